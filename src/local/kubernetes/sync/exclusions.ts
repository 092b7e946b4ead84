import { parse } from 'yaml';
import { fail } from '../../../core/errors';
import { groupOf, isRecord, type Manifest } from './manifest';

/** One entry of Argo CD's `resource.exclusions`; every list takes `*` patterns, an empty one matches all. */
export interface ResourceExclusion {
  /** @default - every group */
  readonly apiGroups?: readonly string[];
  /** @default - every kind */
  readonly kinds?: readonly string[];
  /** @default - every cluster */
  readonly clusters?: readonly string[];
}

/** The API server that Argo CD itself runs in. */
const IN_CLUSTER = 'https://kubernetes.default.svc';

/**
 * Reads `configs.cm["resource.exclusions"]` of the argo-cd chart's values.
 *
 * @throws `ResourceExclusionsInvalid` for text that is not a list of `{apiGroups, kinds, clusters}`
 */
export function parseExclusions(text: string): readonly ResourceExclusion[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    value = error;
  }
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isExclusion)) {
    fail({ code: 'ResourceExclusionsInvalid', message: 'resource.exclusions cannot be read', allowed: 'a YAML list of {apiGroups, kinds, clusters}, each a list of texts' });
  }
  return value;
}

/** True where Argo CD would not look at the object. */
export function isExcluded(manifest: Pick<Manifest, 'apiVersion' | 'kind'>, exclusions: readonly ResourceExclusion[]): boolean {
  return exclusions.some((exclusion) =>
    matches(exclusion.apiGroups, groupOf(manifest.apiVersion)) && matches(exclusion.kinds, manifest.kind) && matches(exclusion.clusters, IN_CLUSTER));
}

function matches(patterns: readonly string[] | undefined, value: string): boolean {
  if (patterns === undefined || patterns.length === 0) return true;
  return patterns.some((pattern) => new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`).test(value));
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

function isExclusion(value: unknown): value is ResourceExclusion {
  return isRecord(value) && ['apiGroups', 'kinds', 'clusters'].every((field) => {
    const list = value[field];
    return list === undefined || (Array.isArray(list) && list.every((entry) => typeof entry === 'string'));
  });
}
