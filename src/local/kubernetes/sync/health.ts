import { at, listAt, textAt, type Manifest } from './manifest';

/** Health of one object in Argo CD's words. */
export interface ObjectHealth {
  readonly status: 'Healthy' | 'Progressing' | 'Degraded';
  /** Why it is not healthy; empty otherwise. */
  readonly reason: string;
}

const HEALTHY: ObjectHealth = { status: 'Healthy', reason: '' };

/**
 * Health of a live object by Argo CD's rules for its kind. Kinds that only a controller outside the twin would bring to
 * life (load balancers, ingresses, autoscalers without metrics, custom resources) are not judged: they are healthy.
 */
export function healthOf(object: Manifest): ObjectHealth {
  return RULES[object.kind]?.(object) ?? HEALTHY;
}

const RULES: Readonly<Record<string, (object: Manifest) => ObjectHealth>> = {
  Deployment: deploymentHealth,
  StatefulSet: statefulSetHealth,
  DaemonSet: daemonSetHealth,
  Job: jobHealth,
  Pod: podHealth,
  PersistentVolumeClaim: claimHealth,
};

function deploymentHealth(object: Manifest): ObjectHealth {
  const condition = listAt(object, 'status', 'conditions').find((entry) => at(entry, 'type') === 'Progressing');
  if (textAt(condition, 'reason') === 'ProgressDeadlineExceeded') return { status: 'Degraded', reason: textAt(condition, 'message') ?? 'its deadline passed' };
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  return rollout(object, wanted, Math.min(numberAt(object, 0, 'status', 'updatedReplicas'), numberAt(object, 0, 'status', 'availableReplicas')),
    numberAt(object, 0, 'status', 'replicas') <= wanted);
}

function statefulSetHealth(object: Manifest): ObjectHealth {
  const wanted = numberAt(object, 1, 'spec', 'replicas');
  const updated = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete'
    || textAt(object, 'status', 'updateRevision') === textAt(object, 'status', 'currentRevision');
  return rollout(object, wanted, numberAt(object, 0, 'status', 'readyReplicas'), updated);
}

function daemonSetHealth(object: Manifest): ObjectHealth {
  const available = numberAt(object, 0, 'status', 'numberAvailable');
  const updated = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete' ? available : numberAt(object, 0, 'status', 'updatedNumberScheduled');
  return rollout(object, numberAt(object, 0, 'status', 'desiredNumberScheduled'), Math.min(available, updated), true);
}

function rollout(object: Manifest, wanted: number, available: number, finished: boolean): ObjectHealth {
  if (numberAt(object, 0, 'status', 'observedGeneration') < numberAt(object, 0, 'metadata', 'generation')) {
    return { status: 'Progressing', reason: 'its controller has not seen it yet' };
  }
  if (available >= wanted && finished) return HEALTHY;
  return { status: 'Progressing', reason: available < wanted ? `${available} of ${wanted} pods available` : 'old pods are still there' };
}

function jobHealth(object: Manifest): ObjectHealth {
  for (const condition of listAt(object, 'status', 'conditions')) {
    if (at(condition, 'status') !== 'True') continue;
    if (at(condition, 'type') === 'Failed') return { status: 'Degraded', reason: textAt(condition, 'message') ?? 'it failed' };
    if (at(condition, 'type') === 'Complete' || at(condition, 'type') === 'Suspended') return HEALTHY;
  }
  return { status: 'Progressing', reason: 'it has not completed' };
}

function podHealth(object: Manifest): ObjectHealth {
  const phase = textAt(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Running' || phase === 'Succeeded') return HEALTHY;
  return { status: phase === 'Failed' ? 'Degraded' : 'Progressing', reason: `its phase is ${phase}` };
}

function claimHealth(object: Manifest): ObjectHealth {
  const phase = textAt(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Bound') return HEALTHY;
  return { status: phase === 'Lost' ? 'Degraded' : 'Progressing', reason: `its phase is ${phase}` };
}

function numberAt(value: unknown, missing: number, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : missing;
}
