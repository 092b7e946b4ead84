import * as path from 'node:path';
import { declaredNodegroups } from './gitops-layer';
import { KubeApi } from './kubernetes/sync/kube-api';
import type { Manifest } from './kubernetes/sync/manifest';
import { at, textAt } from './kubernetes/sync/manifest';
import { proveCluster } from './kubernetes/sync/proof';
import type { PodPlace } from './kubernetes/sync/proof';
import { readTree } from './kubernetes/sync/tree';
import type { Twin } from './twin';

/** What stands of an environment. */
export interface TwinStatus {
  readonly emulator: string | undefined;
  readonly layers: readonly { readonly layer: string; readonly stack: string; readonly resources: number; readonly types: string }[];
  readonly applications: readonly { readonly name: string; readonly namespaces: string; readonly running: number; readonly succeeded: number; readonly pending: number }[];
  readonly nodes: readonly NodeGroupStatus[];
  /** Commands that show more. */
  readonly hints: readonly string[];
}

/** The nodes of one group together. */
export interface NodeGroupStatus {
  readonly nodegroup: string;
  readonly instanceType: string;
  readonly nodes: number;
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  readonly pods: number;
}

const SHOWN_TYPES = 5;

/** Reads the states, the emulator and the cluster's API. */
export async function readStatus(twin: Twin): Promise<TwinStatus> {
  const emulator = await twin.runningEmulator();
  const cluster = twin.cluster();
  const inside = cluster && emulator && cluster.exists() && (await cluster.isReady()) ? await readCluster(twin, cluster.kubeconfigPath) : { applications: [], nodes: [] };
  return {
    emulator: emulator?.url,
    layers: twin.description.layers.map((layer) => {
      const types = [...twin.workspace.stateResources(layer.stack)].sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
      const shown = types.slice(0, SHOWN_TYPES).map(({ type, count }) => `${count} ${type.replace(/^aws_/, '')}`);
      return { layer: layer.layer, stack: layer.stack, resources: types.reduce((sum, { count }) => sum + count, 0), types: [...shown, ...(types.length > SHOWN_TYPES ? ['…'] : [])].join(', ') };
    }),
    ...inside,
    hints: emulator
      ? [
          `aws --endpoint-url ${emulator.url} --region ${twin.description.region} eks list-clusters   (any credentials)`,
          ...(cluster?.exists() ? [`kubectl --kubeconfig ${path.relative(process.cwd(), cluster.kubeconfigPath)} get pods -A -o wide`] : []),
          `TF_VAR_aws_endpoint=${emulator.url} terraform -chdir=${path.relative(process.cwd(), twin.workspace.stackFolder(twin.stacks[0] ?? ''))} plan`,
          'ml-platform down removes it all',
        ]
      : ['nothing is running: ml-platform up'],
  };
}

async function readCluster(twin: Twin, kubeconfigPath: string): Promise<Pick<TwinStatus, 'applications' | 'nodes'>> {
  const api = await KubeApi.connect(kubeconfigPath);
  try {
    const names = readTree(path.join(twin.workspace.outdir, twin.description.gitops.tree)).applications.map((application) => textAt(application.manifest, 'metadata', 'name') ?? '');
    const { pods } = await proveCluster({ kubeconfigPath, nodegroups: declaredNodegroups(twin), applications: names });
    const nodes = await api.list('v1', 'Node');
    return { applications: names.map((name) => applicationStatus(name, pods)), nodes: declaredNodegroups(twin).map((group) => nodegroupStatus(group, nodes, pods)) };
  } finally {
    api.close();
  }
}

function applicationStatus(name: string, pods: readonly PodPlace[]): TwinStatus['applications'][number] {
  const own = pods.filter((pod) => pod.application === name);
  const count = (phase: string): number => own.filter((pod) => pod.phase === phase).length;
  return { name, namespaces: [...new Set(own.map((pod) => pod.namespace))].sort().join(' '), running: count('Running'), succeeded: count('Succeeded'), pending: count('Pending') };
}

function nodegroupStatus(nodegroup: string, nodes: readonly Manifest[], pods: readonly PodPlace[]): NodeGroupStatus {
  const own = nodes.filter((node) => textAt(node, 'metadata', 'labels', 'eks.amazonaws.com/nodegroup') === nodegroup);
  const sum = (resource: string, unit: (text: string) => number): number => own.reduce((total, node) => total + unit(String(at(node, 'status', 'allocatable', resource) ?? '0')), 0);
  return {
    nodegroup,
    instanceType: textAt(own[0] ?? ({} as Manifest), 'metadata', 'labels', 'node.kubernetes.io/instance-type') ?? '-',
    nodes: own.length,
    cpu: sum('cpu', (text) => (text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text))),
    memoryGiB: Math.round(sum('memory', kibibytes) / 1024 / 1024),
    gpus: sum('nvidia.com/gpu', Number),
    pods: pods.filter((pod) => pod.nodegroup === nodegroup).length,
  };
}

const FACTORS: Readonly<Record<string, number>> = { Ki: 1, Mi: 1024, Gi: 1024 * 1024 };

function kibibytes(text: string): number {
  return Number(text.replace(/[KMG]i$/, '')) * (FACTORS[text.slice(-2)] ?? 1 / 1024);
}
