import { parse } from 'yaml';
import type { Problem } from '../../../core/errors';
import type { ChartReference } from './application';
import { applyApplication, type SyncTools } from './application-sync';
import { Applier } from './apply';
import { ChartSource, type ChartSourceOptions } from './charts';
import { CrdShelf } from './crds';
import type { ResourceExclusion } from './exclusions';
import { KubeApi, messageOf } from './kube-api';
import { at, isRecord, listAt, textAt, withAnnotations, type Manifest } from './manifest';
import type { ObjectReport, SyncProgress } from './report';
import { RELEASE_NAME, Snapshot } from './snapshot';
import { manifestOf } from './terraform-manifests';
import { resolverOf, resolveValue, type ExpressionResolver } from './terraform-values';
import { waitForHealth } from './wait';

/** How the gitops layer is applied where its Terraform providers cannot be had. */
export interface BootstrapOptions {
  /** Values from outside the layer, such as remote state. @default - none is known */
  readonly resolve?: ExpressionResolver;
  /** @default - ML_PLATFORM_CHART_DIR, then the repositories */
  readonly charts?: ChartSourceOptions;
  /** @default - nothing is left out */
  readonly exclusions?: readonly ResourceExclusion[];
  /** Definitions for kinds that no release brings. @default - such kinds are reported as not served */
  readonly crdDir?: string;
  /** How long a release may take to become healthy, in seconds. @default 120 */
  readonly healthTimeoutSeconds?: number;
  /** @default - nobody watches */
  readonly onProgress?: (event: SyncProgress) => void;
  /** @default - never */
  readonly signal?: AbortSignal;
}

/** A resource of the layer that was not applied. */
export interface NotApplied {
  /** Terraform address, `helm_release.ArgoCd`. */
  readonly name: string;
  readonly reason: string;
}

/** What became of the layer's resources. */
export interface BootstrapReport {
  readonly applied: readonly ObjectReport[];
  /** What could not be shown here; nothing is wrong with it. */
  readonly notApplied: readonly NotApplied[];
  /** Helm releases that were applied; the proof takes them as applications. */
  readonly releases: readonly string[];
  /** What the API refused, or what did not become healthy. */
  readonly problems: readonly Problem[];
}

/**
 * Applies the Kubernetes objects and Helm releases of a synthesised gitops stack through the API, in the order of their
 * dependence, as Terraform's providers would.
 *
 * @param json the stack's `cdk.tf.json`
 * @throws `KubeconfigInvalid`, `ClusterUnreachable`; everything else is in the report
 */
export async function applyBootstrap(kubeconfigPath: string, json: unknown, options: BootstrapOptions = {}): Promise<BootstrapReport> {
  const api = await KubeApi.connect(kubeconfigPath);
  try {
    const applier = new Applier(api, await Snapshot.take(api), new CrdShelf(options.crdDir), options.exclusions ?? []);
    const tools: SyncTools = {
      api, applier, charts: new ChartSource(options.charts), kubernetesVersion: await api.version(), owners: new Map(),
      wait: { timeoutSeconds: options.healthTimeoutSeconds ?? 120, stallSeconds: 15, signal: options.signal }, progress: options.onProgress ?? (() => undefined),
    };
    return await new Bootstrap(json, tools, options.resolve ?? (() => undefined)).run();
  } finally {
    api.close();
  }
}

interface Resource {
  readonly address: string;
  readonly type: string;
  readonly block: Record<string, unknown>;
}

class Bootstrap {
  private readonly applied: ObjectReport[] = [];
  private readonly notApplied: NotApplied[] = [];
  private readonly releases: string[] = [];
  private readonly problems: Problem[] = [];

  constructor(private readonly json: unknown, private readonly tools: SyncTools, private readonly outside: ExpressionResolver) {}

  public async run(): Promise<BootstrapReport> {
    const resolve = resolverOf(at(this.json, 'resource'), this.outside);
    for (const { address, type, block } of inOrder(resourcesOf(this.json))) {
      this.tools.wait.signal?.throwIfAborted();
      const { value, unresolved } = resolveValue(withoutMeta(block), resolve);
      if (unresolved.length > 0) this.notApplied.push({ name: address, reason: `its value \${${unresolved[0]}} is known to Terraform only` });
      else if (type === 'helm_release') await this.applyRelease(address, value as Record<string, unknown>);
      else await this.applyObject(address, type, value as Record<string, unknown>);
    }
    return { applied: this.applied, notApplied: this.notApplied, releases: this.releases, problems: this.problems };
  }

  private async applyObject(address: string, type: string, block: Record<string, unknown>): Promise<void> {
    const manifest = manifestOf(type, block);
    if (manifest === undefined) {
      this.notApplied.push({ name: address, reason: `resource type ${type} has no manifest here` });
      return;
    }
    this.note(address, await this.tools.applier.apply(manifest, { application: address, namespace: 'default', strict: true, clientSide: false, tracked: false }));
  }

  private async applyRelease(address: string, block: Record<string, unknown>): Promise<void> {
    const reference = this.readRelease(address, block);
    if (reference === undefined) return;
    const name = reference.releaseName;
    const namespace = textAt(block, 'namespace') ?? 'default';
    this.tools.progress({ application: name, wave: 0, step: 'rendering', detail: `chart ${reference.chart} ${reference.version}` });
    const rendered = await this.tools.charts.render(reference, { namespace, kubernetesVersion: this.tools.kubernetesVersion });
    if ('unavailable' in rendered) {
      this.notApplied.push({ name: address, reason: `chart ${reference.chart} ${reference.version} cannot be had: ${rendered.unavailable}` });
      return;
    }
    const manifests = rendered.manifests.map((manifest) => ofRelease(manifest, name, namespace));
    this.tools.progress({ application: name, wave: 0, step: 'applying', detail: `${manifests.length} objects` });
    const application = { name, namespace, wave: 0, charts: [reference], folders: [], manifests: [], createNamespace: block.create_namespace === true, serverSideApply: true, prune: false, tracked: false };
    const applied = await applyApplication({ application, manifests }, this.tools);
    for (const object of applied.objects) this.note(address, object);
    const health = applied.health.status === 'Healthy' ? await waitForHealth(this.tools.api, applied.watched, this.tools.wait) : applied.health;
    if (health.unhealthy.length > 0) this.problems.push({ code: 'ReleaseNotHealthy', message: `${health.status}: ${health.unhealthy.join('; ')}`, path: address });
    this.releases.push(name);
  }

  private readRelease(address: string, block: Record<string, unknown>): ChartReference | undefined {
    try {
      return {
        chart: textAt(block, 'chart') ?? '',
        repoUrl: textAt(block, 'repository') ?? '',
        version: textAt(block, 'version') ?? '',
        releaseName: textAt(block, 'name') ?? '',
        values: listAt(block, 'values').map((text) => parse(String(text)) as unknown).filter(isRecord).reduce(mergeValues, {}),
        parameters: listAt(block, 'set').map((entry) => ({
          name: String(at(entry, 'name')), value: String(at(entry, 'value') ?? ''), forceString: at(entry, 'type') === 'string',
        })),
        skipCrds: block.skip_crds === true,
      };
    } catch (error) {
      this.problems.push({ code: 'ReleaseValuesInvalid', message: `its values are no YAML: ${messageOf(error)}`, path: address });
      return undefined;
    }
  }

  private note(address: string, object: ObjectReport): void {
    const words = `${object.kind} ${object.name}: ${object.reason ?? ''}`;
    if (object.result === 'failed') this.problems.push({ code: 'ObjectRefused', message: words, path: address });
    else if (object.result === 'not-served') this.notApplied.push({ name: address, reason: words });
    else if (object.result !== 'excluded' && object.result !== 'held-back') this.applied.push(object);
  }
}

function ofRelease(manifest: Manifest, name: string, namespace: string): Manifest {
  const marked = withAnnotations(manifest, { [RELEASE_NAME]: name, 'meta.helm.sh/release-namespace': namespace });
  return { ...marked, metadata: { ...marked.metadata, labels: { ...marked.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' } } };
}

function resourcesOf(json: unknown): readonly Resource[] {
  const types = at(json, 'resource');
  return Object.entries(isRecord(types) ? types : {}).flatMap(([type, named]) =>
    Object.entries(isRecord(named) ? named : {}).flatMap(([name, block]) => (isRecord(block) ? [{ address: `${type}.${name}`, type, block }] : [])));
}

/** What others depend on first; otherwise objects before releases, as they are written. */
function inOrder(resources: readonly Resource[]): readonly Resource[] {
  const rank = ({ type }: Resource): number => ['kubernetes_namespace', 'kubernetes_namespace_v1'].includes(type) ? 0 : type === 'helm_release' ? 2 : 1;
  const waiting = [...resources].sort((a, b) => rank(a) - rank(b));
  const ordered: Resource[] = [];
  while (waiting.length > 0) {
    const ready = waiting.findIndex((resource) => !waiting.some((other) => other !== resource && dependsOn(resource, other)));
    ordered.push(...waiting.splice(Math.max(ready, 0), 1));
  }
  return ordered;
}

function dependsOn(resource: Resource, other: Resource): boolean {
  return listAt(resource.block, 'depends_on').includes(other.address) || JSON.stringify(resource.block).includes(`\${${other.address}.`);
}

function withoutMeta(block: Record<string, unknown>): Record<string, unknown> {
  const { '//': _, depends_on: __, lifecycle: ___, provider: ____, ...own } = block;
  return own;
}

function mergeValues(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const under = merged[key];
    merged[key] = isRecord(under) && isRecord(value) ? mergeValues(under, value) : value;
  }
  return merged;
}
