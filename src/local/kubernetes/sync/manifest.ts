import { LineCounter, parseAllDocuments } from 'yaml';
import type { Problem } from '../../../core/errors';

/** Name, place and marks of a Kubernetes object. */
export interface ManifestMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** A Kubernetes object as it was written: nothing added, nothing dropped. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMetadata;
  readonly [field: string]: unknown;
}

/** Manifests of one text together with what is wrong in it. */
export interface ParsedManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/** API group of an `apiVersion`; the core group is the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Name that Kubernetes compares by, independent of the version: `apps/Deployment:namespace/name`. */
export function objectKey(manifest: Manifest, namespace?: string): string {
  const place = namespace ?? manifest.metadata.namespace ?? '';
  return `${groupOf(manifest.apiVersion)}/${manifest.kind}:${place}/${nameOf(manifest)}`;
}

/** Name of the object; for a generated name, its prefix. */
export function nameOf(manifest: Manifest): string {
  return manifest.metadata.name ?? manifest.metadata.generateName ?? '';
}

/** Value of an annotation. */
export function annotation(manifest: Manifest, key: string): string | undefined {
  const value: unknown = manifest.metadata.annotations?.[key];
  return value === undefined || value === null ? undefined : String(value);
}

/** The entries of a comma-separated annotation. */
export function annotationList(manifest: Manifest, key: string): readonly string[] {
  return (annotation(manifest, key) ?? '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
}

/** A copy with more annotations. */
export function withAnnotations(manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { ...manifest.metadata.annotations, ...annotations } } };
}

/** A plain object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value under a path of keys, if every step is there. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isRecord(current)) current = current[step];
    else return undefined;
  }
  return current;
}

/** Text under a path of keys; numbers and booleans are no text. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** List under a path of keys; empty where there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/**
 * Reads the objects of one YAML text the way Kubernetes does: YAML 1.1 booleans and octal numbers, but times stay text.
 * `List` objects are opened. Broken documents come back as `ManifestInvalid` problems.
 */
export function parseManifests(text: string, file: string): ParsedManifests {
  const lines = new LineCounter();
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  const documents = parseAllDocuments(text, { version: '1.1', merge: true, lineCounter: lines, prettyErrors: false, customTags: kubernetesTags });
  for (const document of Array.isArray(documents) ? documents : []) {
    const line = lines.linePos(document.range[0]).line;
    const error = document.errors[0];
    if (error !== undefined) {
      problems.push(invalid(`broken YAML in line ${lines.linePos(error.pos[0]).line}: ${error.message}`, file));
      continue;
    }
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (value === null || value === undefined) continue;
    for (const found of open(value)) {
      const why = shapeProblem(found);
      if (why === undefined) manifests.push(found as Manifest);
      else problems.push(invalid(`the document in line ${line} ${why}`, file));
    }
  }
  return { manifests, problems };
}

type Tags = Extract<NonNullable<Parameters<typeof parseAllDocuments>[1]>['customTags'], (tags: never) => unknown>;

const kubernetesTags: Tags = (tags) =>
  tags.filter((tag) => typeof tag === 'string' || (tag.format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp'));

function open(value: unknown): readonly unknown[] {
  return isRecord(value) && value.kind === 'List' && Array.isArray(value.items) ? value.items : [value];
}

function shapeProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return `is ${Array.isArray(value) ? 'a list' : typeof value}, not an object`;
  if (typeof value.apiVersion !== 'string') return 'has no apiVersion';
  if (typeof value.kind !== 'string') return 'has no kind';
  if (!isRecord(value.metadata)) return `(${value.kind}) has no metadata`;
  const { name, generateName } = value.metadata;
  if (typeof name !== 'string' && typeof generateName !== 'string') return `(${value.kind}) has no metadata.name`;
  return undefined;
}

function invalid(message: string, file: string): Problem {
  return { code: 'ManifestInvalid', message, allowed: 'YAML documents with apiVersion, kind and metadata.name', path: file };
}
