import { waveOf } from './application';
import { annotation, annotationList, at, groupOf, nameOf, textAt, type Manifest } from './manifest';

/** When an object is applied within its application. */
export type SyncPhase = 'PreSync' | 'Sync' | 'PostSync';

/** When a hook is deleted again. */
export type HookDeletePolicy = 'BeforeHookCreation' | 'HookSucceeded' | 'HookFailed';

/** One object in its place of the order. */
export interface SyncTask {
  readonly manifest: Manifest;
  readonly phase: SyncPhase;
  readonly wave: number;
  /** Hooks run once per sync and are never pruned. */
  readonly hook: boolean;
  readonly deletePolicies: readonly HookDeletePolicy[];
}

const PHASES: readonly SyncPhase[] = ['PreSync', 'Sync', 'PostSync'];

/** Argo CD's order of kinds inside a wave (gitops-engine `pkg/sync/sync_tasks.go`); kinds not named come last. */
const KIND_ORDER: readonly string[] = [
  'Namespace', 'NetworkPolicy', 'ResourceQuota', 'LimitRange', 'PodSecurityPolicy', 'PodDisruptionBudget', 'ServiceAccount',
  'Secret', 'SecretList', 'ConfigMap', 'StorageClass', 'PersistentVolume', 'PersistentVolumeClaim', 'CustomResourceDefinition',
  'ClusterRole', 'ClusterRoleList', 'ClusterRoleBinding', 'ClusterRoleBindingList', 'Role', 'RoleList', 'RoleBinding',
  'RoleBindingList', 'Service', 'DaemonSet', 'Pod', 'ReplicationController', 'ReplicaSet', 'Deployment',
  'HorizontalPodAutoscaler', 'StatefulSet', 'Job', 'CronJob', 'Ingress', 'APIService',
];

/** How Argo CD reads Helm's hooks; the others (`test`, `pre-delete`, …) are never run. */
const HELM_HOOKS: Readonly<Record<string, SyncPhase>> = {
  'pre-install': 'PreSync', 'pre-upgrade': 'PreSync', 'post-install': 'PostSync', 'post-upgrade': 'PostSync',
};

const HELM_DELETE_POLICIES: Readonly<Record<string, HookDeletePolicy>> = {
  'before-hook-creation': 'BeforeHookCreation', 'hook-succeeded': 'HookSucceeded', 'hook-failed': 'HookFailed',
};

/** True for an object that Argo CD treats as a hook, whether it runs or not. */
export function isHook(manifest: Manifest): boolean {
  if (annotation(manifest, 'argocd.argoproj.io/hook') !== undefined) return true;
  const helm = annotation(manifest, 'helm.sh/hook');
  return helm !== undefined && helm !== 'crd-install';
}

/**
 * The objects of one application in the order in which Argo CD applies them: phase, wave, kind, name; namespaces and
 * CustomResourceDefinitions before whatever needs them. Hooks of other phases (`Skip`, `SyncFail`, `test`, …) are left out.
 */
export function orderTasks(manifests: readonly Manifest[], namespace: string): readonly SyncTask[] {
  const tasks = manifests.flatMap((manifest) => tasksOf(manifest)).sort(compareTasks);
  const spaced = liftDependencies(tasks, (manifest) => (isNamespace(manifest) ? nameOf(manifest) : undefined),
    (manifest) => (isNamespace(manifest) ? undefined : manifest.metadata.namespace ?? namespace));
  return liftDependencies(spaced, definedKind, (manifest) => `${groupOf(manifest.apiVersion)}/${manifest.kind}`);
}

/** Splits an order into the runs of one phase and wave. */
export function groupByWave(tasks: readonly SyncTask[]): readonly (readonly SyncTask[])[] {
  const groups: SyncTask[][] = [];
  for (const task of tasks) {
    const last = groups[groups.length - 1];
    const first = last?.[0];
    if (last !== undefined && first !== undefined && first.phase === task.phase && first.wave === task.wave) last.push(task);
    else groups.push([task]);
  }
  return groups;
}

/** Place of a kind in Argo CD's order, lowest first. */
export function kindRank(kind: string): number {
  const rank = KIND_ORDER.indexOf(kind);
  return rank < 0 ? KIND_ORDER.length : rank;
}

function tasksOf(manifest: Manifest): readonly SyncTask[] {
  const wave = waveOf(manifest);
  if (!isHook(manifest)) return [{ manifest, phase: 'Sync', wave, hook: false, deletePolicies: [] }];
  const deletePolicies = deletePoliciesOf(manifest);
  return phasesOf(manifest).map((phase) => ({ manifest: named(manifest, phase), phase, wave, hook: true, deletePolicies }));
}

function phasesOf(manifest: Manifest): readonly SyncPhase[] {
  const own = annotationList(manifest, 'argocd.argoproj.io/hook');
  if (own.length > 0) return own.includes('Skip') ? [] : PHASES.filter((phase) => own.includes(phase));
  const helm = annotationList(manifest, 'helm.sh/hook');
  return PHASES.filter((phase) => helm.some((name) => HELM_HOOKS[name] === phase));
}

function deletePoliciesOf(manifest: Manifest): readonly HookDeletePolicy[] {
  const own = annotationList(manifest, 'argocd.argoproj.io/hook-delete-policy');
  const helm = annotationList(manifest, 'helm.sh/hook-delete-policy').map((name) => HELM_DELETE_POLICIES[name] ?? name);
  const known = Object.values(HELM_DELETE_POLICIES);
  const found = known.filter((policy) => own.includes(policy) || helm.includes(policy));
  return found.length > 0 ? found : ['BeforeHookCreation'];
}

function named(manifest: Manifest, phase: SyncPhase): Manifest {
  const { generateName, ...metadata } = manifest.metadata;
  if (metadata.name !== undefined || generateName === undefined) return manifest;
  return { ...manifest, metadata: { ...metadata, name: `${generateName}${phase.toLowerCase()}` } };
}

function compareTasks(a: SyncTask, b: SyncTask): number {
  return PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase)
    || a.wave - b.wave
    || kindRank(a.manifest.kind) - kindRank(b.manifest.kind)
    || compareText(nameOf(a.manifest), nameOf(b.manifest));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Moves what provides a key before the first object that needs it, into that object's phase and wave. */
function liftDependencies(
  tasks: readonly SyncTask[],
  provides: (manifest: Manifest) => string | undefined,
  needs: (manifest: Manifest) => string | undefined,
): readonly SyncTask[] {
  const result = [...tasks];
  for (const task of tasks) {
    const key = provides(task.manifest);
    if (key === undefined) continue;
    const from = result.indexOf(task);
    const to = result.findIndex((other) => provides(other.manifest) === undefined && needs(other.manifest) === key);
    const target = result[to];
    if (target === undefined || to > from) continue;
    result.splice(from, 1);
    result.splice(to, 0, { ...task, phase: target.phase, wave: target.wave });
  }
  return result;
}

function isNamespace(manifest: Manifest): boolean {
  return manifest.kind === 'Namespace' && manifest.apiVersion === 'v1';
}

function definedKind(manifest: Manifest): string | undefined {
  if (manifest.kind !== 'CustomResourceDefinition') return undefined;
  const kind = textAt(manifest, 'spec', 'names', 'kind');
  return kind === undefined ? undefined : `${String(at(manifest, 'spec', 'group') ?? '')}/${kind}`;
}
