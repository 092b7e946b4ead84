import type { Problem } from '../../../core/errors';
import { KubeApi } from './kube-api';
import { at, isRecord, listAt, nameOf, objectKey, textAt, type Manifest } from './manifest';
import { replicaFailure, schedulerReason } from './wait';
import { ownerOf } from './snapshot';

/** What the verdict is about. */
export interface ProofOptions {
  readonly kubeconfigPath: string;
  /** Names of the node groups that the platform declared. */
  readonly nodegroups: readonly string[];
  /** Applications and Helm releases whose pods are judged, usually those of the reports. */
  readonly applications: readonly string[];
}

/** One pod and where it runs. */
export interface PodPlace {
  readonly application: string;
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  /** @default - not scheduled */
  readonly node?: string;
  /** Node group of the node. @default - not scheduled, or a node that nobody declared */
  readonly nodegroup?: string;
  /** True when it asks for an accelerator. */
  readonly accelerated: boolean;
}

/** Whether every pod of the synced applications has its place. */
export interface Verdict {
  readonly pods: readonly PodPlace[];
  readonly running: number;
  readonly succeeded: number;
  /** Codes: `PodUnschedulable`, `PodNotRunning`, `PodOnForeignNode`, `PodOnWrongNode`, `PodsMissing`. */
  readonly problems: readonly Problem[];
  /** What is fine but worth knowing: workloads without pods, and why. */
  readonly notes: readonly string[];
}

/** Everything that the verdict looks at, as the API lists it. */
export interface ClusterState {
  readonly nodes: readonly Manifest[];
  readonly pods: readonly Manifest[];
  /** Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs. */
  readonly workloads: readonly Manifest[];
  /** Events of reason `FailedScheduling` and `FailedCreate`. */
  readonly events: readonly Manifest[];
}

const WORKLOADS = [
  ['apps/v1', 'Deployment'], ['apps/v1', 'ReplicaSet'], ['apps/v1', 'StatefulSet'], ['apps/v1', 'DaemonSet'], ['batch/v1', 'Job'], ['batch/v1', 'CronJob'],
] as const;

/** Extended resources that are accelerators. */
const ACCELERATOR = /^(nvidia\.com\/(gpu|mig-.*)(\.shared)?|amd\.com\/gpu|aws\.amazon\.com\/neuron(core|device)?|habana\.ai\/gaudi|gpu\.intel\.com\/.*)$/;
const NODEGROUP_LABEL = 'eks.amazonaws.com/nodegroup';

/**
 * The proof of the whole: every pod of the synced applications runs on a node that the platform declared, pods that ask
 * for accelerators on nodes that have them, and nobody else there unasked. A pod without a place is named with the
 * scheduler's own words.
 */
export async function proveCluster(options: ProofOptions): Promise<Verdict> {
  const api = await KubeApi.connect(options.kubeconfigPath);
  try {
    const workloads = await Promise.all(WORKLOADS.map(([apiVersion, kind]) => api.list(apiVersion, kind)));
    const events = (await api.list('v1', 'Event')).filter((event) => ['FailedScheduling', 'FailedCreate'].includes(textAt(event, 'reason') ?? ''));
    const state: ClusterState = { nodes: await api.list('v1', 'Node'), pods: await api.list('v1', 'Pod'), workloads: workloads.flat(), events };
    return judgeCluster(state, options);
  } finally {
    api.close();
  }
}

/** The verdict over a state that was listed. */
export function judgeCluster(state: ClusterState, options: Pick<ProofOptions, 'nodegroups' | 'applications'>): Verdict {
  const judge = new Judge(state, new Set(options.nodegroups), new Set(options.applications));
  return judge.verdict();
}

class Judge {
  private readonly problems: Problem[] = [];
  private readonly notes: string[] = [];
  private readonly byKey = new Map<string, Manifest>();
  private readonly nodes: ReadonlyMap<string, Manifest>;

  constructor(private readonly state: ClusterState, private readonly nodegroups: ReadonlySet<string>, private readonly applications: ReadonlySet<string>) {
    for (const workload of state.workloads) this.byKey.set(objectKey(workload), workload);
    this.nodes = new Map(state.nodes.map((node) => [nameOf(node), node]));
  }

  public verdict(): Verdict {
    const pods = this.state.pods.flatMap((pod) => {
      const application = this.applicationOf(pod);
      return application === undefined || this.isReplaced(pod) ? [] : [this.judgePod(pod, application)];
    });
    for (const workload of this.state.workloads) this.judgeWorkload(workload);
    const count = (phase: string): number => pods.filter((pod) => pod.phase === phase).length;
    return { pods, running: count('Running'), succeeded: count('Succeeded'), problems: this.problems, notes: this.notes };
  }

  /** The application at the top of an object's owners, if its pods are judged. */
  private applicationOf(object: Manifest): string | undefined {
    const own = ownerOf(object);
    if (own !== undefined) return this.applications.has(own) ? own : undefined;
    const owner = this.ownerOf(object);
    return owner === undefined ? undefined : this.applicationOf(owner);
  }

  private ownerOf(object: Manifest): Manifest | undefined {
    const reference = listAt(object, 'metadata', 'ownerReferences').find((entry) => at(entry, 'controller') === true);
    if (!isRecord(reference)) return undefined;
    const { apiVersion, kind, name } = reference;
    return this.byKey.get(objectKey({ apiVersion: String(apiVersion), kind: String(kind), metadata: { name: String(name), namespace: object.metadata.namespace } }));
  }

  /** Pods on their way out, and failed attempts of a Job that completed. */
  private isReplaced(pod: Manifest): boolean {
    if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return true;
    const owner = this.ownerOf(pod);
    return textAt(pod, 'status', 'phase') === 'Failed' && owner?.kind === 'Job'
      && listAt(owner, 'status', 'conditions').some((entry) => at(entry, 'type') === 'Complete' && at(entry, 'status') === 'True');
  }

  private judgePod(pod: Manifest, application: string): PodPlace {
    const phase = textAt(pod, 'status', 'phase') ?? 'Pending';
    const nodeName = textAt(pod, 'spec', 'nodeName');
    const accelerated = acceleratorsAsked(pod).length > 0;
    const place = { application, namespace: pod.metadata.namespace ?? '', name: nameOf(pod), phase, accelerated };
    const problem = (code: string, message: string, remedy: string): void => {
      this.problems.push({ code, message: `pod ${place.namespace}/${place.name} ${message}`, remedy, path: application });
    };
    if (nodeName === undefined) {
      problem('PodUnschedulable', `fits on no node: ${this.schedulerWords(pod)}`, 'give the platform a node group that fits, or change what the pod asks for');
      return place;
    }
    if (phase !== 'Running' && phase !== 'Succeeded') problem('PodNotRunning', `is ${phase} on node ${nodeName}${reasonOf(pod)}`, 'look at its events');
    const node = this.nodes.get(nodeName);
    const nodegroup = node?.metadata.labels?.[NODEGROUP_LABEL];
    if (nodegroup === undefined || !this.nodegroups.has(nodegroup)) {
      problem('PodOnForeignNode', `runs on node ${nodeName}, which belongs to no declared node group`, `declared: ${[...this.nodegroups].sort().join(', ') || 'none'}`);
      return { ...place, node: nodeName };
    }
    const offered = acceleratorsOf(node);
    const missing = acceleratorsAsked(pod).filter((name) => !offered.includes(name));
    if (missing.length > 0) problem('PodOnWrongNode', `asks for ${missing.join(', ')} and runs on node ${nodeName} (${nodegroup}), which has none`, 'let it select the GPU node group');
    if (offered.length > 0 && !accelerated && !this.mayUseAcceleratedNode(pod, node)) {
      problem('PodOnWrongNode', `asks for no accelerator and runs on the GPU node ${nodeName} (${nodegroup})`, 'taint the GPU node group');
    }
    return { ...place, node: nodeName, nodegroup };
  }

  /** DaemonSets go where they are sent; others have to tolerate the taint that keeps the node free. */
  private mayUseAcceleratedNode(pod: Manifest, node: Manifest | undefined): boolean {
    if (this.ownerOf(pod)?.kind === 'DaemonSet') return true;
    const taints = listAt(node, 'spec', 'taints').map((taint) => textAt(taint, 'key'));
    return listAt(pod, 'spec', 'tolerations').some((toleration) => {
      const key = textAt(toleration, 'key');
      return key === undefined ? taints.length > 0 : taints.includes(key) && !key.startsWith('node.kubernetes.io/');
    });
  }

  private judgeWorkload(workload: Manifest): void {
    const application = this.applicationOf(workload);
    if (application === undefined || this.ownerOf(workload) !== undefined) return;
    const name = `${workload.kind} ${workload.metadata.namespace ?? ''}/${nameOf(workload)}`;
    const wanted = podsWanted(workload);
    if (wanted === undefined) return;
    if (wanted === 0) {
      this.notes.push(`${application}: ${name} ${workload.kind === 'DaemonSet' ? this.noNodes(workload) : 'is scaled to 0'}`);
      return;
    }
    const there = this.state.pods.filter((pod) => !this.isReplaced(pod) && this.belongsTo(pod, workload)).length;
    if (there >= wanted) return;
    this.problems.push({
      code: 'PodsMissing', message: `${name} has ${there} of ${wanted} pods: ${this.creationWords(workload)}`,
      remedy: 'admit what its pods need: quota, service account, security context', path: application,
    });
  }

  private noNodes(workload: Manifest): string {
    const selector = Object.entries((at(workload, 'spec', 'template', 'spec', 'nodeSelector') ?? {}) as Record<string, unknown>);
    const wish = selector.length > 0 ? ` (it selects ${selector.map(([key, value]) => `${key}=${String(value)}`).join(', ')})` : '';
    return `has no node to run on${wish}: such a node group is at zero`;
  }

  private belongsTo(object: Manifest, workload: Manifest): boolean {
    const owner = this.ownerOf(object);
    return owner !== undefined && (owner === workload || this.belongsTo(owner, workload));
  }

  private schedulerWords(pod: Manifest): string {
    return schedulerReason(pod) ?? this.eventOf(pod, 'FailedScheduling') ?? 'the scheduler has not said why';
  }

  private creationWords(workload: Manifest): string {
    const chain = [workload, ...this.state.workloads.filter((other) => this.belongsTo(other, workload))];
    for (const object of chain) {
      const words = replicaFailure(object) ?? this.eventOf(object, 'FailedCreate');
      if (words !== undefined) return words;
    }
    return 'its controller has not said why';
  }

  private eventOf(object: Manifest, reason: string): string | undefined {
    const events = this.state.events.filter((event) =>
      textAt(event, 'reason') === reason && textAt(event, 'involvedObject', 'kind') === object.kind
      && textAt(event, 'involvedObject', 'name') === nameOf(object) && textAt(event, 'involvedObject', 'namespace') === object.metadata.namespace);
    return textAt(events[events.length - 1], 'message');
  }
}

/** Pods that a workload is to have; undefined where it is not fixed. */
function podsWanted(workload: Manifest): number | undefined {
  const desired = workload.kind === 'DaemonSet' ? at(workload, 'status', 'desiredNumberScheduled') : at(workload, 'spec', 'replicas');
  return ['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind) && typeof desired === 'number' ? desired : undefined;
}

function acceleratorsAsked(pod: Manifest): readonly string[] {
  const containers = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')];
  const names = containers.flatMap((container) => ['requests', 'limits'].flatMap((kind) => positive(at(container, 'resources', kind))));
  return [...new Set(names)];
}

function acceleratorsOf(node: Manifest | undefined): readonly string[] {
  return positive(at(node, 'status', 'allocatable'));
}

function positive(resources: unknown): readonly string[] {
  return isRecord(resources) ? Object.keys(resources).filter((name) => ACCELERATOR.test(name) && String(resources[name]) !== '0') : [];
}

function reasonOf(pod: Manifest): string {
  const words = textAt(pod, 'status', 'message') ?? textAt(pod, 'status', 'reason');
  return words === undefined ? '' : `: ${words}`;
}
