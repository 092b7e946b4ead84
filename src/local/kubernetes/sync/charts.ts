import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ChartReference } from './application';
import { pullSource, RepositoryProbe } from './chart-repository';
import { messageOf } from './kube-api';
import { parseManifests, textAt, type Manifest } from './manifest';

/** Where the cluster stands that a chart is rendered for. */
export interface RenderTarget {
  readonly namespace: string;
  /** `1.35.4`. */
  readonly kubernetesVersion: string;
}

/** A rendered chart, or why there is none. */
export type RenderedChart =
  | { readonly manifests: readonly Manifest[] }
  /** A short phrase that completes `chart … cannot be had: …`. */
  | { readonly unavailable: string };

/** How charts are found. */
export interface ChartSourceOptions {
  /** Folder of archives `<chart>-<version>.tgz` or unpacked charts. @default - ML_PLATFORM_CHART_DIR */
  readonly chartDir?: string;
  /** Whether repositories may be asked. @default - unless ML_PLATFORM_CHART_PULL is `never` */
  readonly pull?: boolean;
  /** The `helm` program where PATH has none; undefined when it cannot be had. @default - PATH only */
  readonly ensureHelm?: () => Promise<string | undefined>;
  /** @default - of this process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long a repository may take to answer, in seconds. @default 20 */
  readonly pullTimeoutSeconds?: number;
}

type Found = { readonly path: string } | { readonly unavailable: string };

/** What the platform serves besides core Kubernetes; charts ask for it before they emit such objects. */
const API_VERSIONS = ['monitoring.coreos.com/v1', 'monitoring.coreos.com/v1/ServiceMonitor', 'monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule', 'apiregistration.k8s.io/v1'];
const RENDER_TIMEOUT_MILLISECONDS = 60_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Finds charts and renders them with the real Helm. */
export class ChartSource {
  private helm: Promise<Found> | undefined;

  private readonly probe: RepositoryProbe;

  constructor(private readonly options: ChartSourceOptions = {}) {
    this.probe = new RepositoryProbe(this.environment);
  }

  /** Renders a chart as Argo CD would: templates, hooks and CustomResourceDefinitions. */
  public async render(reference: ChartReference, target: RenderTarget): Promise<RenderedChart> {
    const work = mkdtempSync(join(tmpdir(), 'ml-platform-chart-'));
    try {
      const local = this.inFolder(reference);
      const nowhere = local === undefined ? await this.whyNotPulled(reference) : undefined;
      if (nowhere !== undefined) return { unavailable: nowhere };
      const helm = await (this.helm ??= this.findHelm());
      if ('unavailable' in helm) return helm;
      const found = local ?? (await this.pull(helm.path, reference, work));
      if ('unavailable' in found) return found;
      return await this.template(helm.path, found.path, reference, target, work);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  private get environment(): Readonly<Record<string, string | undefined>> {
    return this.options.environment ?? process.env;
  }

  private async findHelm(): Promise<Found> {
    for (const folder of (this.environment.PATH ?? '').split(':').filter((entry) => entry !== '')) {
      const path = join(folder, 'helm');
      if (existsSync(path)) return { path };
    }
    try {
      const path = await this.options.ensureHelm?.();
      return path === undefined ? { unavailable: 'there is no helm' } : { path };
    } catch (error) {
      return { unavailable: `there is no helm: ${messageOf(error)}` };
    }
  }

  /** Asks before helm is built: most machines without archives are without a way to the repository too. */
  private async whyNotPulled({ repoUrl, chart }: ChartReference): Promise<string | undefined> {
    if (!(this.options.pull ?? this.environment.ML_PLATFORM_CHART_PULL !== 'never')) {
      return 'no such archive in ML_PLATFORM_CHART_DIR, and ML_PLATFORM_CHART_PULL is never';
    }
    return this.probe.silence(pullSource(repoUrl, chart).probe);
  }

  private inFolder(reference: ChartReference): { readonly path: string } | undefined {
    const folder = this.options.chartDir ?? this.environment.ML_PLATFORM_CHART_DIR ?? '';
    if (folder === '' || !existsSync(folder)) return undefined;
    const bare = reference.version.replace(/^v/, '');
    const archive = [bare, `v${bare}`].map((version) => join(folder, `${reference.chart}-${version}.tgz`)).find((path) => existsSync(path));
    if (archive !== undefined) return { path: archive };
    const unpacked = join(folder, reference.chart);
    const chartFile = join(unpacked, 'Chart.yaml');
    if (!existsSync(chartFile)) return undefined;
    const version = textAt(parse(readFileSync(chartFile, 'utf8')) as unknown, 'version') ?? '';
    return version.replace(/^v/, '') === bare ? { path: unpacked } : undefined;
  }

  private async pull(helm: string, reference: ChartReference, work: string): Promise<Found> {
    const target = join(work, 'pulled');
    mkdirSync(target);
    const args = ['pull', ...pullSource(reference.repoUrl, reference.chart).args, '--version', reference.version, '--destination', target];
    const ran = await this.run(helm, args, work, (this.options.pullTimeoutSeconds ?? 20) * 1000);
    const archive = readdirSync(target).find((name) => name.endsWith('.tgz'));
    if (ran.error === undefined && archive !== undefined) return { path: join(target, archive) };
    return { unavailable: ran.error === undefined ? `${reference.repoUrl} gave no archive` : shorten(ran.error) };
  }

  private async template(helm: string, path: string, reference: ChartReference, target: RenderTarget, work: string): Promise<RenderedChart> {
    const values = join(work, 'values.yaml');
    writeFileSync(values, JSON.stringify(reference.values));
    const args = ['template', reference.releaseName, path, '--namespace', target.namespace, '--kube-version', target.kubernetesVersion, '--values', values];
    for (const version of API_VERSIONS) args.push('--api-versions', version);
    for (const { name, value, forceString } of reference.parameters) args.push(forceString ? '--set-string' : '--set', `${name}=${value}`);
    args.push(reference.skipCrds ? '--skip-crds' : '--include-crds');
    const ran = await this.run(helm, args, work, RENDER_TIMEOUT_MILLISECONDS);
    if (ran.error !== undefined) return { unavailable: `helm template says: ${shorten(ran.error)}` };
    const { manifests, problems } = parseManifests(ran.output, `${reference.chart} ${reference.version}`);
    return problems[0] === undefined ? { manifests } : { unavailable: `it renders to ${problems[0].message}` };
  }

  /** Helm with its own folders, so that nobody's settings and credentials have a say. */
  private run(helm: string, args: readonly string[], work: string, timeout: number): Promise<{ readonly output: string; readonly error?: string }> {
    const env = { ...this.environment, HELM_CACHE_HOME: join(work, 'cache'), HELM_CONFIG_HOME: join(work, 'config'), HELM_DATA_HOME: join(work, 'data') };
    return new Promise((resolve) => {
      execFile(helm, [...args], { env, timeout, killSignal: 'SIGKILL', maxBuffer: OUTPUT_LIMIT_BYTES }, (error, stdout, stderr) => {
        if (error === null) resolve({ output: stdout });
        else resolve({ output: stdout, error: error.killed === true ? `did not answer within ${timeout / 1000} seconds` : stderr.trim() || error.message });
      });
    });
  }
}

/** The last line that says something, without Helm's prefix. */
function shorten(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('WARNING') && !line.startsWith('Use --debug'));
  const line = (lines[lines.length - 1] ?? text).replace(/^Error: /, '');
  return line.length > 240 ? `${line.slice(0, 240)}…` : line;
}
