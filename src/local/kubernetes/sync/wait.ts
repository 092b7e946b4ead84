import { healthOf } from './health';
import { pause, type KubeApi } from './kube-api';
import { at, listAt, nameOf, textAt, type Manifest } from './manifest';
import type { HealthStatus } from './report';

/** One object whose health is waited for. */
export interface Watched {
  readonly manifest: Manifest;
  /** Reads the live object. */
  readonly live: () => Promise<Manifest | undefined>;
}

/** How long to wait and what to do meanwhile. */
export interface WaitOptions {
  readonly timeoutSeconds: number;
  /** Give up when nothing changed for so long. */
  readonly stallSeconds: number;
  /** Binds volumes, as a provisioner would. @default - nobody does */
  readonly bindPendingClaims?: () => Promise<unknown>;
  readonly signal?: AbortSignal;
}

/** What is not healthy after the wait; healthy when empty. */
export interface WaitResult {
  readonly status: HealthStatus;
  /** `Deployment team/api: 1 of 2 pods available (0/3 nodes are available: …)`. */
  readonly unhealthy: readonly string[];
}

const POLL_MILLISECONDS = 300;

/** Kinds whose health is judged; the others are healthy once applied. */
const JUDGED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod', 'PersistentVolumeClaim']);

/** Waits until every object is healthy, one is degraded, nothing moves any more, or the time is over. */
export async function waitForHealth(api: KubeApi, watched: readonly Watched[], options: WaitOptions): Promise<WaitResult> {
  let waiting = watched.filter(({ manifest }) => JUDGED.has(manifest.kind));
  const start = Date.now();
  let lastChange = start;
  let last = '';
  for (;;) {
    options.signal?.throwIfAborted();
    if (waiting.length === 0) return { status: 'Healthy', unhealthy: [] };
    await options.bindPendingClaims?.();
    const states = await Promise.all(waiting.map(async (one) => judge(one)));
    const open = states.filter((state) => state.status !== 'Healthy');
    const degraded = open.some((state) => state.status === 'Degraded');
    const text = open.map((state) => `${nameOf(state.watched.manifest)}${state.reason}`).join();
    const now = Date.now();
    if (text !== last) [last, lastChange] = [text, now];
    const over = now - start > options.timeoutSeconds * 1000 || now - lastChange > options.stallSeconds * 1000;
    if (open.length > 0 && (degraded || over)) return { status: degraded ? 'Degraded' : 'Progressing', unhealthy: await Promise.all(open.map((state) => explain(api, state))) };
    waiting = open.map((state) => state.watched);
    if (waiting.length > 0) await pause(POLL_MILLISECONDS);
  }
}

interface State {
  readonly watched: Watched;
  readonly object: Manifest;
  readonly status: 'Healthy' | 'Progressing' | 'Degraded';
  readonly reason: string;
}

async function judge(watched: Watched): Promise<State> {
  const live = await watched.live();
  if (live === undefined) return { watched, object: watched.manifest, status: 'Progressing', reason: 'it is not there' };
  return { watched, object: live, ...healthOf(live) };
}

/** Adds what the scheduler says about the object's pods. */
async function explain(api: KubeApi, state: State): Promise<string> {
  const { object, reason } = state;
  const namespace = object.metadata.namespace;
  const base = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${nameOf(object)}: ${reason}`;
  if (namespace === undefined || object.kind === 'PersistentVolumeClaim') return base;
  const labels = Object.entries((at(object, 'spec', 'selector', 'matchLabels') ?? {}) as Record<string, unknown>);
  const pods = (await api.list('v1', 'Pod', namespace)).filter((pod) =>
    object.kind === 'Pod' ? nameOf(pod) === nameOf(object) : labels.length > 0 && labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
  const said = pods.map(schedulerReason).find((text) => text !== undefined) ?? replicaFailure(object);
  return said === undefined ? base : `${base} (${said})`;
}

/** Why the scheduler leaves a pod alone. */
export function schedulerReason(pod: Manifest): string | undefined {
  const condition = listAt(pod, 'status', 'conditions').find((entry) => at(entry, 'type') === 'PodScheduled' && at(entry, 'status') === 'False');
  return textAt(condition, 'message');
}

/** Why a controller cannot create pods. */
export function replicaFailure(object: Manifest): string | undefined {
  const condition = listAt(object, 'status', 'conditions').find((entry) => at(entry, 'type') === 'ReplicaFailure' && at(entry, 'status') === 'True');
  return textAt(condition, 'message');
}
