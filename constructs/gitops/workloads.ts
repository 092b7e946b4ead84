import { k8s } from 'cdk8s-plus-27';

/*
 * The only module that imports cdk8s-plus. Its typed objects are used, not its intents: those add selectors by hash and
 * know neither topology spread nor seccomp, and what is written here is what stands in the file. Fields that are newer
 * than its Kubernetes 1.27 go in by JsonPatch.
 */
export const {
  IntOrString, KubeConfigMap, KubeDeployment, KubeHorizontalPodAutoscalerV2, KubeJob, KubeNetworkPolicy, KubePodDisruptionBudget,
  KubePriorityClass, KubeService, KubeServiceAccount, KubeStorageClass, Quantity,
} = k8s;

export type Container = k8s.Container;
export type EnvVar = k8s.EnvVar;
export type NetworkPolicySpec = k8s.NetworkPolicySpec;
export type PodSpec = k8s.PodSpec;
export type Probe = k8s.Probe;
export type ResourceRequirements = k8s.ResourceRequirements;
export type SecurityContext = k8s.SecurityContext;
export type Volume = k8s.Volume;
