import type { TreeApplication } from './tree';
import { report, type Applier, type ApplyContext } from './apply';
import type { ChartSource } from './charts';
import type { KubeApi } from './kube-api';
import { nameOf, type Manifest } from './manifest';
import { groupByWave, orderTasks, type SyncTask } from './order';
import type { ObjectReport, SyncProgress } from './report';
import { FIELD_MANAGER } from './snapshot';
import { waitForHealth, type Watched, type WaitOptions, type WaitResult } from './wait';

/** What the sync of one application works with. */
export interface SyncTools {
  readonly api: KubeApi;
  readonly applier: Applier;
  readonly charts: ChartSource;
  readonly kubernetesVersion: string;
  readonly wait: WaitOptions;
  /** Owner of every object met so far, by key. */
  readonly owners: Map<string, string>;
  readonly progress: (event: SyncProgress) => void;
}

/** What is synced as one application: an Application of the tree, or a release that was never one. */
export type SyncUnit = Omit<TreeApplication, 'manifest'> & { readonly tracked?: boolean };

/** An application whose manifests are all known. */
export interface RenderedApplication {
  readonly application: SyncUnit;
  readonly manifests: readonly Manifest[];
  /** Why its manifests are not all known. @default - they are */
  readonly unavailable?: string;
}

/** An application after its objects were applied; its last wave may still be coming up. */
export interface AppliedApplication {
  readonly objects: readonly ObjectReport[];
  readonly watched: readonly Watched[];
  /** Health of the waves inside the application that had to be waited for. */
  readonly health: WaitResult;
}

const HEALTHY: WaitResult = { status: 'Healthy', unhealthy: [] };

/** Plain manifests together with every chart of the application; all charts or none. */
export async function renderApplication(application: TreeApplication, tools: SyncTools): Promise<RenderedApplication> {
  const manifests = [...application.manifests];
  for (const reference of application.charts) {
    tools.progress({ application: application.name, wave: application.wave, step: 'rendering', detail: `chart ${reference.chart} ${reference.version}` });
    const rendered = await tools.charts.render(reference, { namespace: application.namespace, kubernetesVersion: tools.kubernetesVersion });
    if ('unavailable' in rendered) {
      return { application, manifests: [], unavailable: `chart ${reference.chart} ${reference.version} cannot be had: ${rendered.unavailable}` };
    }
    manifests.push(...rendered.manifests);
  }
  return { application, manifests };
}

/** Applies one application in Argo CD's order: phases, waves, kinds; hooks only when something else is out of sync. */
export async function applyApplication(rendered: RenderedApplication, tools: SyncTools): Promise<AppliedApplication> {
  const { application, manifests } = rendered;
  const context: ApplyContext = {
    application: application.name, namespace: application.namespace, strict: application.charts.length === 0, clientSide: !application.serverSideApply,
    tracked: application.tracked,
  };
  const objects: ObjectReport[] = [];
  const watched: Watched[] = [];
  const tasks = orderTasks(manifests, application.namespace);
  for (const task of tasks) await claim(task.manifest, context, tools);
  const hooksRun = tasks.some((task) => task.hook) && !(await inSync(tasks, context, tools));
  if (application.createNamespace) objects.push(...(await createNamespace(application, tools)));
  const groups = groupByWave(tasks.filter((task) => !task.hook || hooksRun));
  for (const [index, group] of groups.entries()) {
    const applied = await applyGroup(group, context, tools, objects);
    watched.push(...applied);
    if (index === groups.length - 1 && !group.some((task) => task.hook)) break;
    const health = await waitForHealth(tools.api, applied, tools.wait);
    await deleteHooks(group, health, context, tools);
    if (health.status !== 'Healthy') return { objects: [...objects, ...(await heldBack(groups.slice(index + 1), context, tools))], watched: [], health };
  }
  await tools.applier.waitForCrds();
  const hooks = new Set(tasks.filter((task) => task.hook).map((task) => task.manifest));
  return { objects, watched: watched.filter(({ manifest }) => !hooks.has(manifest)), health: HEALTHY };
}

async function applyGroup(group: readonly SyncTask[], context: ApplyContext, tools: SyncTools, objects: ObjectReport[]): Promise<readonly Watched[]> {
  const watched: Watched[] = [];
  for (const task of group) {
    tools.wait.signal?.throwIfAborted();
    const taken = await takenBy(task.manifest, context, tools);
    if (taken !== undefined) {
      objects.push(report(await tools.applier.locate(task.manifest, context.namespace), 'failed', `it belongs to application ${taken} too, and two owners overwrite each other for ever`));
      continue;
    }
    if (task.hook && task.deletePolicies.includes('BeforeHookCreation')) await removeHook(task, context, tools);
    const applied = await tools.applier.apply(task.manifest, context);
    objects.push(applied);
    if (['created', 'changed', 'unchanged'].includes(applied.result)) {
      watched.push({ manifest: task.manifest, live: () => tools.applier.live(task.manifest, context.namespace) });
    }
  }
  return watched;
}

/** Takes the object for this application unless another one has it; everything claimed is safe from pruning. */
async function claim(manifest: Manifest, context: ApplyContext, tools: SyncTools): Promise<void> {
  const key = await tools.applier.keyOf(manifest, context.namespace);
  if (!tools.owners.has(key)) tools.owners.set(key, context.application);
}

async function takenBy(manifest: Manifest, context: ApplyContext, tools: SyncTools): Promise<string | undefined> {
  const owner = tools.owners.get(await tools.applier.keyOf(manifest, context.namespace));
  return owner === undefined || owner === context.application || tools.applier.excludes(manifest) ? undefined : owner;
}

async function inSync(tasks: readonly SyncTask[], context: ApplyContext, tools: SyncTools): Promise<boolean> {
  for (const task of tasks.filter((one) => !one.hook)) {
    if (!(await tools.applier.isInSync(task.manifest, context))) return false;
  }
  return tasks.some((task) => !task.hook);
}

async function removeHook(task: SyncTask, context: ApplyContext, tools: SyncTools): Promise<void> {
  const live = await tools.applier.live(task.manifest, context.namespace);
  if (live !== undefined) await tools.applier.remove(live);
}

async function deleteHooks(group: readonly SyncTask[], health: WaitResult, context: ApplyContext, tools: SyncTools): Promise<void> {
  const policy = health.status === 'Healthy' ? 'HookSucceeded' : 'HookFailed';
  for (const task of group) {
    if (task.hook && task.deletePolicies.includes(policy)) await removeHook(task, context, tools);
  }
}

async function heldBack(groups: readonly (readonly SyncTask[])[], context: ApplyContext, tools: SyncTools): Promise<readonly ObjectReport[]> {
  return Promise.all(groups.flat().map(async (task) =>
    report(await tools.applier.locate(task.manifest, context.namespace), 'held-back', 'an earlier phase or wave of the application is not healthy')));
}

/** Argo CD's `CreateNamespace=true`: the namespace is made, never pruned, and gets only the metadata given for it. */
async function createNamespace(application: SyncUnit, tools: SyncTools): Promise<readonly ObjectReport[]> {
  const { namespace, namespaceMetadata } = application;
  const path = `/api/v1/namespaces/${namespace}`;
  const object: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...namespaceMetadata, name: namespace } };
  if (rendersNamespace(application) || namespace === '') return [];
  const exists = (await tools.api.get(path)) !== undefined;
  if (exists && namespaceMetadata === undefined) return [];
  const answer = await tools.api.request({ method: 'PATCH', path, query: { fieldManager: FIELD_MANAGER, force: 'true' }, body: object, contentType: 'application/apply-patch+yaml' });
  if (exists && answer.status < 300) return [];
  return [report(object, answer.status < 300 ? 'created' : 'failed', answer.status < 300 ? undefined : `namespace ${namespace} cannot be created`)];
}

function rendersNamespace(application: SyncUnit): boolean {
  return application.manifests.some((manifest) => manifest.kind === 'Namespace' && manifest.apiVersion === 'v1' && nameOf(manifest) === application.namespace);
}
