import type { ApiObject } from 'cdk8s';

/** Kinds without a namespace, as far as a platform writes them; every `Cluster…` kind besides. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'APIService', 'CSIDriver', 'CustomResourceDefinition', 'DeviceClass', 'EC2NodeClass', 'GatewayClass', 'IngressClass', 'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding', 'MutatingWebhookConfiguration', 'Namespace', 'Node', 'NodePool', 'PersistentVolume', 'PriorityClass',
  'ResourceFlavor', 'RuntimeClass', 'StorageClass', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration',
  'VolumeAttributesClass', 'VolumeSnapshotClass', 'WorkloadPriorityClass',
]);

/** Namespace of an object: its own, else its application's; undefined for kinds without. */
export function namespaceOf(object: ApiObject, fallback: string): string | undefined {
  if (CLUSTER_SCOPED.has(object.kind) || object.kind.startsWith('Cluster')) return undefined;
  return object.metadata.namespace ?? fallback;
}

/** What identifies an object in a cluster: group, kind, namespace, name. */
export function objectKey(object: ApiObject, fallbackNamespace: string): string {
  return [object.apiGroup, object.kind, namespaceOf(object, fallbackNamespace) ?? '', object.name].join('/');
}

/** Order by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
