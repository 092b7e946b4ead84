import { Applier, report } from './apply';
import { applyApplication, renderApplication, type AppliedApplication, type RenderedApplication, type SyncTools } from './application-sync';
import { ChartSource, type ChartSourceOptions } from './charts';
import { CrdShelf } from './crds';
import type { ResourceExclusion } from './exclusions';
import { KubeApi } from './kube-api';
import { isApplication } from './application';
import { orderTasks } from './order';
import { problemsOf, reportApplication, type ApplicationReport, type ObjectReport, type SyncProgress, type SyncReport } from './report';
import { refusesPrune, Snapshot } from './snapshot';
import { readTree, ROOT_FOLDER, type GitOpsTree, type TreeApplication } from './tree';
import { waitForHealth, type WaitOptions, type WaitResult } from './wait';

/** One sync of a GitOps tree into a cluster. */
export interface SyncOptions {
  /** File with administrator credentials. */
  readonly kubeconfigPath: string;
  /** `<synth output>/gitops/<environment>`. */
  readonly treeDir: string;
  /** Argo CD's `resource.exclusions` of this environment. @default - nothing is left out */
  readonly exclusions?: readonly ResourceExclusion[];
  /** Folder `<group>/*.yaml|json` of definitions for kinds that nobody in the tree ships. @default - such kinds are reported as not served */
  readonly crdDir?: string;
  /** @default - ML_PLATFORM_CHART_DIR, then the repositories */
  readonly charts?: ChartSourceOptions;
  /** Version that charts are rendered for. @default - of the API server */
  readonly kubernetesVersion?: string;
  /** Binds volumes to waiting claims. @default - nobody does */
  readonly bindPendingClaims?: () => Promise<unknown>;
  /** How long one wave may take to become healthy, in seconds. @default 120 */
  readonly healthTimeoutSeconds?: number;
  /** Give a wave up when nothing in it changed for so long, in seconds. @default 15 */
  readonly healthStallSeconds?: number;
  /** @default - nobody watches */
  readonly onProgress?: (event: SyncProgress) => void;
  /** Stops between two requests; the sync then rejects with the signal's reason. @default - never */
  readonly signal?: AbortSignal;
}

/**
 * Brings a GitOps tree into a cluster as Argo CD would: Applications in wave order, each wave healthy before the next,
 * server-side apply, then pruning. A second sync of the same tree changes nothing.
 *
 * @throws the errors of `readTree`, `KubeconfigInvalid`, `ClusterUnreachable`; everything else is in the report
 */
export async function syncTree(options: SyncOptions): Promise<SyncReport> {
  const tree = readTree(options.treeDir);
  const api = await KubeApi.connect(options.kubeconfigPath);
  try {
    const snapshot = await Snapshot.take(api);
    const applier = new Applier(api, snapshot, new CrdShelf(options.crdDir), options.exclusions ?? []);
    const wait: WaitOptions = {
      timeoutSeconds: options.healthTimeoutSeconds ?? 120,
      stallSeconds: options.healthStallSeconds ?? 15,
      bindPendingClaims: oneAtATime(options.bindPendingClaims),
      signal: options.signal,
    };
    const tools: SyncTools = {
      api, applier, wait, charts: new ChartSource(options.charts), kubernetesVersion: options.kubernetesVersion ?? (await api.version()),
      owners: new Map(), progress: options.onProgress ?? (() => undefined),
    };
    return await new TreeSync(tree, snapshot, tools, options.exclusions ?? []).run();
  } finally {
    api.close();
  }
}

interface Applied {
  readonly rendered: RenderedApplication;
  readonly applied: AppliedApplication;
  /** Why nothing was applied. @default - it was */
  readonly reason?: string;
  /** True when the reason is a chart that cannot be had. */
  readonly unavailable: boolean;
}

class TreeSync {
  private readonly started = Date.now();
  private readonly done: Applied[] = [];
  private readonly health = new Map<string, WaitResult>();

  constructor(
    private readonly tree: GitOpsTree,
    private readonly snapshot: Snapshot,
    private readonly tools: SyncTools,
    private readonly exclusions: readonly ResourceExclusion[],
  ) {}

  public async run(): Promise<SyncReport> {
    const root = await this.applyRoot();
    let stopped: string | undefined;
    for (const wave of new Set(this.tree.applications.map((application) => application.wave))) {
      const members = this.tree.applications.filter((application) => application.wave === wave);
      if (stopped === undefined) stopped = await this.syncWave(wave, members);
      else this.holdBack(members, stopped);
    }
    const retried = await this.retryRoot(root);
    const pruned = await this.prune();
    const applications = [this.reportRoot(retried, pruned), ...this.done.map((one) => this.reportOne(one, pruned))];
    const sum = (field: 'changed' | 'unchanged' | 'pruned'): number => applications.reduce((total, application) => total + application[field], 0);
    return {
      applications,
      referenceCrds: this.tools.applier.referenceCrds,
      changed: sum('changed'),
      unchanged: sum('unchanged'),
      pruned: sum('pruned'),
      ...problemsOf(applications, new Set(this.done.filter((one) => one.unavailable).map((one) => one.rendered.application.name))),
      seconds: (Date.now() - this.started) / 1000,
    };
  }

  /** The root application holds the Application objects themselves. */
  private async applyRoot(): Promise<readonly ObjectReport[]> {
    const context = this.rootContext();
    const manifests = [...this.tree.rootManifests, ...this.tree.applications.map((application) => application.manifest)];
    const objects: ObjectReport[] = [];
    this.tools.progress({ application: ROOT_FOLDER, wave: 0, step: 'applying', detail: `${manifests.length} objects` });
    for (const { manifest } of orderTasks(manifests, context.namespace)) {
      this.tools.owners.set(await this.tools.applier.keyOf(manifest, context.namespace), ROOT_FOLDER);
      objects.push(await this.tools.applier.apply(manifest, context));
    }
    return objects;
  }

  /** Argo CD's own kinds may have come with the tree. */
  private async retryRoot(objects: readonly ObjectReport[]): Promise<readonly ObjectReport[]> {
    const manifests = [...this.tree.rootManifests, ...this.tree.applications.map((application) => application.manifest)];
    const result: ObjectReport[] = [];
    for (const object of objects) {
      const manifest = manifests.find((one) => one.kind === object.kind && one.metadata.name === object.name);
      const again = manifest !== undefined && (object.result === 'not-served' || object.result === 'failed');
      result.push(again ? await this.tools.applier.apply(manifest, this.rootContext()) : object);
    }
    return result;
  }

  private rootContext(): { application: string; namespace: string; strict: boolean; clientSide: boolean } {
    const namespace = [...this.tree.applications.map((one) => one.manifest), ...this.tree.rootManifests.filter(isApplication)][0]?.metadata.namespace;
    return { application: ROOT_FOLDER, namespace: namespace ?? 'argocd', strict: true, clientSide: false };
  }

  /** Syncs one wave and waits for it; answers why the next one must not start. */
  private async syncWave(wave: number, members: readonly TreeApplication[]): Promise<string | undefined> {
    const mine: Applied[] = [];
    for (const application of members) {
      this.tools.wait.signal?.throwIfAborted();
      const rendered = await renderApplication(application, this.tools);
      if (rendered.unavailable === undefined) {
        this.tools.progress({ application: application.name, wave, step: 'applying', detail: `${rendered.manifests.length} objects` });
        mine.push({ rendered, applied: await applyApplication(rendered, this.tools), unavailable: false });
      } else mine.push({ rendered, applied: NOTHING, reason: rendered.unavailable, unavailable: true });
    }
    await Promise.all(mine.map(async ({ rendered, applied }) => {
      if (rendered.unavailable !== undefined) return;
      const { name } = rendered.application;
      this.tools.progress({ application: name, wave, step: 'waiting', detail: 'for health' });
      const health = applied.health.status === 'Healthy' ? await waitForHealth(this.tools.api, applied.watched, this.tools.wait) : applied.health;
      this.health.set(name, health);
      this.tools.progress({ application: name, wave, step: 'done', detail: health.status });
    }));
    this.done.push(...mine);
    const unhealthy = mine.map((one) => one.rendered.application.name).filter((name) => (this.health.get(name)?.unhealthy.length ?? 0) > 0);
    return unhealthy.length === 0 ? undefined : `wave ${wave} is not healthy (${unhealthy.join(', ')})`;
  }

  /** What these applications own stays as it is: `prune` leaves out applications with a reason. */
  private holdBack(members: readonly TreeApplication[], reason: string): void {
    for (const application of members) {
      this.done.push({ rendered: { application, manifests: [], unavailable: reason }, applied: NOTHING, reason, unavailable: false });
    }
  }

  private async prune(): Promise<readonly { application: string; object: ObjectReport }[]> {
    const { owners, applier } = this.tools;
    const unknown = new Set(this.done.filter((one) => one.reason !== undefined).map((one) => one.rendered.application.name));
    const orphans = this.snapshot.orphans(new Set(owners.keys()), unknown, this.exclusions);
    const pruned: { application: string; object: ObjectReport }[] = [];
    if (orphans.length > 0) this.tools.progress({ application: ROOT_FOLDER, wave: 0, step: 'pruning', detail: `${orphans.length} objects` });
    for (const { object, served, application } of orphans) {
      const owner = this.tree.applications.find((one) => one.name === application);
      const allowed = owner?.prune ?? true;
      if (refusesPrune(object) || !allowed) {
        const reason = allowed ? 'it says Prune=false' : 'its application does not prune (syncPolicy.automated.prune)';
        pruned.push({ application, object: report(object, 'kept', reason) });
      } else {
        const gone = await applier.remove(object, served);
        pruned.push({ application, object: gone ? report(object, 'pruned') : report(object, 'failed', 'it is deleted but does not go; look at its finalizers') });
      }
    }
    return pruned;
  }

  private reportRoot(objects: readonly ObjectReport[], pruned: readonly { application: string; object: ObjectReport }[]): ApplicationReport {
    const names = new Set(this.tree.applications.map((one) => one.name));
    const mine = pruned.filter(({ application }) => !names.has(application)).map(({ object }) => object);
    return reportApplication({ name: ROOT_FOLDER, namespace: this.rootContext().namespace, wave: 0, objects: [...objects, ...mine], health: 'Healthy', unhealthy: [] });
  }

  private reportOne({ rendered, applied, reason }: Applied, pruned: readonly { application: string; object: ObjectReport }[]): ApplicationReport {
    const { name, namespace, wave } = rendered.application;
    const health = this.health.get(name) ?? { status: 'Unknown' as const, unhealthy: [] };
    const mine = pruned.filter(({ application }) => application === name).map(({ object }) => object);
    return reportApplication({ name, namespace, wave, objects: [...applied.objects, ...mine], health: health.status, unhealthy: health.unhealthy, reason });
  }
}

const NOTHING: AppliedApplication = { objects: [], watched: [], health: { status: 'Healthy', unhealthy: [] } };

/** Waves wait for several applications at once, and a claim must not be bound twice. */
function oneAtATime(work: (() => Promise<unknown>) | undefined): (() => Promise<unknown>) | undefined {
  if (work === undefined) return undefined;
  let running: Promise<unknown> | undefined;
  return () => (running ??= work().finally(() => { running = undefined; }));
}
