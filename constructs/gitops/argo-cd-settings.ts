import type { ResourceExclusion } from '../../src/core';
import { toYaml } from './yaml';

/**
 * Kinds that Argo CD's chart leaves alone by itself (argo-cd chart 10, `configs.cm`): made by controllers, never by git, and
 * many. The setting replaces the chart's, so they are repeated.
 */
const DEFAULT_EXCLUSIONS: readonly ResourceExclusion[] = [
  { apiGroups: ['', 'discovery.k8s.io'], kinds: ['Endpoints', 'EndpointSlice'] },
  { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'] },
  { apiGroups: ['authentication.k8s.io', 'authorization.k8s.io'], kinds: ['SelfSubjectReview', 'TokenReview', 'LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'] },
  { apiGroups: ['certificates.k8s.io'], kinds: ['CertificateSigningRequest'] },
  { apiGroups: ['cert-manager.io'], kinds: ['CertificateRequest'] },
  { apiGroups: ['cilium.io'], kinds: ['CiliumIdentity', 'CiliumEndpoint', 'CiliumEndpointSlice'] },
  { apiGroups: ['kyverno.io', 'reports.kyverno.io', 'wgpolicyk8s.io'], kinds: ['PolicyReport', 'ClusterPolicyReport', 'EphemeralReport', 'ClusterEphemeralReport', 'AdmissionReport', 'ClusterAdmissionReport', 'BackgroundScanReport', 'ClusterBackgroundScanReport', 'UpdateRequest'] },
];

/** Argo CD's `resource.exclusions`: the chart's own and the environment's. */
export function resourceExclusions(own: readonly ResourceExclusion[]): string {
  return toYaml([...DEFAULT_EXCLUSIONS, ...own].map(({ apiGroups, kinds }) => ({ apiGroups: [...apiGroups], kinds: [...kinds], clusters: ['*'] })));
}

/**
 * Health of an Application, which decides when the next wave starts: Progressing until it is synced and no operation runs, then
 * its own health. Without this the next wave starts as soon as the object exists. A failed operation is Degraded, so that the
 * root sync ends and can pick up the commit that mends it.
 */
export const APPLICATION_HEALTH = `local health = { status = "Progressing", message = "waiting for the first sync" }
local status = obj.status
if status == nil then
  return health
end
local phase = ""
if status.operationState ~= nil then
  phase = status.operationState.phase or ""
end
if obj.operation ~= nil or phase == "Running" or phase == "Terminating" then
  health.message = "a sync is running"
  return health
end
if phase == "Failed" or phase == "Error" then
  health.status = "Degraded"
  health.message = status.operationState.message or "the last sync failed"
  return health
end
if status.sync == nil or status.sync.status ~= "Synced" then
  health.message = "not synced yet"
  return health
end
if status.health ~= nil and status.health.status ~= nil then
  health.status = status.health.status
  health.message = status.health.message or ""
end
return health
`;
