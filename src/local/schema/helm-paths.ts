import { isObject } from './problem';
import type { SchemaReference } from './reference';

/** Content of a chart's `value-paths.json`. */
interface ValuePaths {
  readonly defaults: Readonly<Record<string, string>>;
  readonly templateRefs?: readonly string[];
  readonly commented?: readonly string[];
}

/** Leaf types below which any key is free. */
const FREE_FORM = ['{}', '[]', 'null'];

/** Maps with defaults that users extend with keys of their own, by chart; Helm merges, templates loop over them. */
const OPEN_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  'argo-cd': ['configs.cm', 'configs.params', 'configs.rbac', 'configs.secret.extra', 'configs.styles', 'notifications.notifiers', 'notifications.templates', 'notifications.triggers'],
  'grafana': ['grafana\\.ini', 'datasources', 'dashboardProviders', 'dashboards', 'sidecar.datasources.labels'],
  'kube-prometheus-stack': ['defaultRules.disabled', 'defaultRules.rules', 'alertmanager.config', 'grafana.grafana\\.ini'],
  'loki': ['loki.limits_config', 'loki.structuredConfig', 'loki.storage_config'],
  'opentelemetry-collector': ['config'],
  'opentelemetry-kube-stack': ['collectors'],
};

/** Keys that hold a Kubernetes type or free labels in every chart, even where a chart gives them a default. */
const OPEN_KEYS = new Set([
  'affinity', 'annotations', 'containerSecurityContext', 'labels', 'matchLabels', 'nodeSelector', 'podAnnotations', 'podLabels',
  'podSecurityContext', 'resources', 'securityContext', 'tolerations',
]);

/** How a key path of a chart is known. */
export enum PathKnowledge {
  /** A map that holds known keys. */
  BRANCH,
  /** A value with a default type. */
  LEAF,
  /** Anything goes here and below. */
  OPEN,
  /** Only a comment of the chart mentions it. */
  COMMENTED,
  /** Nothing mentions it. */
  UNKNOWN,
}

/** The keys that a chart's values may have. Paths are dotted; a dot inside a key is written `\.`. */
export class ChartPaths {
  /** Paths of the chart in that folder; undefined where the reference data has none. */
  public static of(reference: SchemaReference, folder: string): ChartPaths | undefined {
    return reference.remember(`chart paths ${folder}`, () => {
      const paths = reference.read(`charts/${folder}/value-paths.json`);
      return isObject(paths) ? new ChartPaths(folder.split('/').pop() ?? folder, paths as unknown as ValuePaths) : undefined;
    });
  }

  private readonly branches = new Set<string>();
  private readonly open: Set<string>;
  private readonly commented: Set<string>;
  private readonly leaves: ReadonlyMap<string, string>;

  private constructor(chart: string, paths: ValuePaths) {
    this.leaves = new Map(Object.entries(paths.defaults));
    this.leaves.forEach((_, leaf) => parentsOf(leaf).forEach((parent) => this.branches.add(parent)));
    const refs = new Set(paths.templateRefs ?? []);
    this.commented = new Set((paths.commented ?? []).flatMap((path) => [path, ...parentsOf(path)]));
    this.open = new Set(OPEN_PREFIXES[chart] ?? []);
    const refParents = new Set([...refs].flatMap(parentsOf));
    refParents.forEach((parent) => this.branches.add(parent));
    for (const ref of refs) if (!this.branches.has(ref) && !this.leaves.has(ref)) this.open.add(ref);
  }

  /** What is known of one path. */
  public knowledge(path: string): PathKnowledge {
    const lineage = [...parentsOf(path), path];
    if (lineage.some((ancestor) => this.isOpen(ancestor))) return PathKnowledge.OPEN;
    if (this.branches.has(path)) return PathKnowledge.BRANCH;
    if (this.leaves.has(path)) return PathKnowledge.LEAF;
    return lineage.some((ancestor) => !this.branches.has(ancestor) && this.commented.has(ancestor)) ? PathKnowledge.COMMENTED : PathKnowledge.UNKNOWN;
  }

  /** Type of the default: `string`, `bool`, `integer`, `number`, `list[n]`, `{}`, `[]`, `null`; undefined without default. */
  public typeOf(path: string): string | undefined {
    return this.leaves.get(path);
  }

  /** Keys known directly below a path; '' is the top. */
  public keysBelow(path: string): string[] {
    const prefix = path === '' ? '' : `${path}.`;
    const all = [...this.leaves.keys(), ...this.branches, ...this.open].filter((known) => known.startsWith(prefix));
    return [...new Set(all.map((known) => splitPath(known.slice(prefix.length))[0] ?? '').filter((key) => key !== ''))];
  }

  private isOpen(path: string): boolean {
    if (this.open.has(path) || FREE_FORM.includes(this.leaves.get(path) ?? '')) return true;
    const known = this.branches.has(path) || this.leaves.has(path);
    return known && OPEN_KEYS.has(splitPath(path).pop() ?? '');
  }
}

/** Adds a key to a path. */
export function joinPath(path: string, key: string): string {
  const escaped = key.replace(/\./g, '\\.');
  return path === '' ? escaped : `${path}.${escaped}`;
}

function splitPath(path: string): string[] {
  return path.split(/(?<!\\)\./);
}

function parentsOf(path: string): string[] {
  const keys = splitPath(path);
  return keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.'));
}
