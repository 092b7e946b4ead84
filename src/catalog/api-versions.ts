import type { CatalogSource } from './source';

/** Source of the versions below. */
export const API_VERSIONS_SOURCE: CatalogSource = { source: 'CRDs shipped with the pinned charts', asOf: '2026-08-22' };

/** `apiVersion` of the custom resources that the GitOps tree writes: for each the storage version, served and not deprecated. */
export enum ApiVersion {
  /** Application, ApplicationSet, AppProject. */
  ARGO_CD = 'argoproj.io/v1alpha1',
  /** ExternalSecret, SecretStore, ClusterSecretStore. */
  EXTERNAL_SECRETS = 'external-secrets.io/v1',
  /** ServiceMonitor, PodMonitor, PrometheusRule. */
  PROMETHEUS_OPERATOR = 'monitoring.coreos.com/v1',
  /** NodePool, NodeClaim. */
  KARPENTER = 'karpenter.sh/v1',
  /** EC2NodeClass. */
  KARPENTER_AWS = 'karpenter.k8s.aws/v1',
  /** VolumeSnapshot, VolumeSnapshotClass. */
  VOLUME_SNAPSHOT = 'snapshot.storage.k8s.io/v1',
  /** Certificate, Issuer, ClusterIssuer. */
  CERT_MANAGER = 'cert-manager.io/v1',
  /** InferenceService. */
  KSERVE = 'serving.kserve.io/v1beta1',
  /** ScaledObject, ScaledJob, TriggerAuthentication. */
  KEDA = 'keda.sh/v1alpha1',
  /** RayCluster, RayJob, RayService. */
  RAY = 'ray.io/v1',
  /** ClusterQueue, LocalQueue, ResourceFlavor. */
  KUEUE = 'kueue.x-k8s.io/v1beta2',
}
