import { fail } from '../../../core/errors';
import type { NodegroupSpec } from '../../cluster-backend';
import { unlessStatus } from './api';
import type { EngineApi } from './api';
import type { NodeShape } from './node-shape';
import { INDEX_ANNOTATION, NODEGROUP_LABEL, OWNED_LABELS_ANNOTATION, OWNED_TAINTS_ANNOTATION, buildNode, nodeTaints, ownedAnnotations } from './nodes';
import type { NodeObject, PodObject, Taint } from './objects';
import { sleep } from './processes';

const NODES = '/api/v1/nodes';
/** How long a disruption budget may hold a pod on a node that goes; EKS itself waits 15 minutes. */
const DRAIN_SECONDS = 10;
const NODE_READY_SECONDS = 60;
const POLL_MILLISECONDS = 250;

/** What is known of the cluster whose node groups are changed. */
export interface NodegroupContext {
  readonly api: EngineApi;
  readonly region: string;
  /** Full Kubernetes version: `1.35.4`. */
  readonly kubernetesVersion: string;
  /** Seconds within which the nodes have to be Ready. @default 60 */
  readonly readySeconds?: number;
}

/** Brings the nodes of a group to what the spec says and waits until they are Ready. Throws `KubernetesNodesNotReady`. */
export async function putNodes(group: NodegroupSpec, shape: NodeShape, context: NodegroupContext): Promise<void> {
  const all = await context.api.list<NodeObject>(NODES);
  const outdated = all.filter((node) => isOf(node, group.name) && node.metadata.labels?.['node.kubernetes.io/instance-type'] !== group.instanceTypes[0]);
  for (const node of outdated) await removeNode(context.api, node.metadata.name);
  const present = all.filter((node) => isOf(node, group.name) && !outdated.includes(node));
  const keep = oldestFirst(present).slice(0, group.desiredSize);
  for (const node of present.filter((candidate) => !keep.includes(candidate)).reverse()) await removeNode(context.api, node.metadata.name);
  for (const node of keep) await updateNode(context.api, node, group);
  const takenNames = new Set(all.map(({ metadata }) => metadata.name));
  for (const index of freeIndexes(keep, group.desiredSize - keep.length)) {
    const node = buildNode(group, index, { region: context.region, kubernetesVersion: context.kubernetesVersion, shape, takenNames });
    takenNames.add(node.metadata.name);
    await context.api.create(NODES, node);
  }
  await waitUntilReady(context.api, group, context.readySeconds ?? NODE_READY_SECONDS);
}

/** Drains and removes every node of a group. */
export async function removeNodes(api: EngineApi, nodegroup: string): Promise<void> {
  const nodes = await api.list<NodeObject>(NODES, `${NODEGROUP_LABEL}=${nodegroup}`);
  await Promise.all(nodes.map(({ metadata }) => cordon(api, metadata.name)));
  await Promise.all(nodes.map(({ metadata }) => removeNode(api, metadata.name)));
}

/** Cordons a node, evicts its pods, deletes those that a disruption budget holds too long, and removes it. */
export async function removeNode(api: EngineApi, name: string): Promise<void> {
  await cordon(api, name);
  const deadline = Date.now() + DRAIN_SECONDS * 1000;
  const podsOfNode = async () => (await api.list<PodObject>('/api/v1/pods')).filter(({ spec }) => spec.nodeName === name);
  let pods = await podsOfNode();
  while (pods.some(mayBeEvicted) && Date.now() < deadline) {
    for (const pod of pods.filter(mayBeEvicted)) await evict(api, pod);
    await sleep(POLL_MILLISECONDS);
    pods = await podsOfNode();
  }
  for (const pod of pods) await api.delete(podPath(pod), { gracePeriodSeconds: 0 });
  await api.delete(`${NODES}/${name}`);
}

async function cordon(api: EngineApi, name: string): Promise<void> {
  await unlessStatus(api.patch(`${NODES}/${name}`, { spec: { unschedulable: true } }), 404);
}

/** Labels and taints that others put on the node stay. */
async function updateNode(api: EngineApi, node: NodeObject, group: NodegroupSpec): Promise<void> {
  const annotations = node.metadata.annotations ?? {};
  const formerLabels = JSON.parse(annotations[OWNED_LABELS_ANNOTATION] ?? '[]') as string[];
  const formerTaints = JSON.parse(annotations[OWNED_TAINTS_ANNOTATION] ?? '[]') as Taint[];
  const wanted = ownedAnnotations(group);
  const droppedLabels = Object.fromEntries(formerLabels.filter((key) => !(key in group.labels)).map((key) => [key, null]));
  const foreign = (node.spec?.taints ?? []).filter((taint) => !formerTaints.some((former) => former.key === taint.key && former.effect === taint.effect));
  await api.patch(`${NODES}/${node.metadata.name}`, {
    metadata: { labels: { ...droppedLabels, ...group.labels }, annotations: wanted },
    spec: { taints: [...foreign, ...nodeTaints(group)] },
  });
}

async function evict(api: EngineApi, pod: PodObject): Promise<void> {
  const { name, namespace } = pod.metadata;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await unlessStatus(api.post(`${podPath(pod)}/eviction`, eviction), 404, 409, 429);
}

async function waitUntilReady(api: EngineApi, group: NodegroupSpec, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let ready = 0;
  while (Date.now() < deadline) {
    const nodes = await api.list<NodeObject>(NODES, `${NODEGROUP_LABEL}=${group.name}`);
    ready = nodes.filter(isReady).length;
    if (ready === group.desiredSize && nodes.length === group.desiredSize) return;
    await sleep(POLL_MILLISECONDS);
  }
  fail({
    code: 'KubernetesNodesNotReady',
    message: `node group "${group.name}" has ${ready} Ready nodes of ${group.desiredSize} after ${seconds} seconds`,
    remedy: 'look at the nodes with kubectl and at the log of kwok-controller',
    path: group.cluster,
  });
}

function isReady(node: NodeObject): boolean {
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && !(node.spec?.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/not-ready');
}

function isOf(node: NodeObject, nodegroup: string): boolean {
  return node.metadata.labels?.[NODEGROUP_LABEL] === nodegroup;
}

/** Pods of a DaemonSet come back at once, so they are left to the end. */
function mayBeEvicted(pod: PodObject): boolean {
  return !(pod.metadata.ownerReferences ?? []).some(({ kind, controller }) => kind === 'DaemonSet' && controller === true);
}

function podPath({ metadata }: PodObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

function oldestFirst(nodes: readonly NodeObject[]): NodeObject[] {
  const age = ({ metadata }: NodeObject) => metadata.creationTimestamp ?? '';
  return [...nodes].sort((a, b) => age(a).localeCompare(age(b)) || indexOf(a) - indexOf(b));
}

function indexOf(node: NodeObject): number {
  return Number(node.metadata.annotations?.[INDEX_ANNOTATION] ?? 0);
}

function freeIndexes(nodes: readonly NodeObject[], count: number): number[] {
  const taken = new Set(nodes.map(indexOf));
  const free: number[] = [];
  for (let index = 0; free.length < count; index += 1) if (!taken.has(index)) free.push(index);
  return free;
}
