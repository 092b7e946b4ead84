import type { HelmValues } from '../gitops';
import type { Taint } from './taint';

/** Nodes with GPUs, as pods find them. All members are facts. */
export interface IGpuNodes {
  /** Labels that every such node has and no other; at least one. */
  readonly labels: { readonly [key: string]: string };
  /** Taints that keep other pods away. */
  readonly taints: readonly Taint[];
}

/** Tolerations for the taints of the nodes. */
export function gpuTolerations(nodes: IGpuNodes): readonly HelmValues[] {
  return nodes.taints.map(({ key, value, kubernetesEffect }) => ({
    key,
    ...(value === '' ? { operator: 'Exists' } : { operator: 'Equal', value }),
    effect: kubernetesEffect,
  }));
}

/** Affinity that admits these nodes only. */
export function gpuAffinity(nodes: IGpuNodes): HelmValues {
  const matchExpressions = Object.entries(nodes.labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } };
}
