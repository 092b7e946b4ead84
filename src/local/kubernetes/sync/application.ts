import { isMap, parseDocument } from 'yaml';
import type { Problem } from '../../../core/errors';
import { annotation, at, isRecord, listAt, textAt, type Manifest } from './manifest';

/** A pinned chart as an Application names it. */
export interface ChartReference {
  readonly chart: string;
  /** Helm or OCI repository; without a scheme it is an OCI registry, as in Argo CD. */
  readonly repoUrl: string;
  readonly version: string;
  readonly releaseName: string;
  /** Values below everything else: text given as YAML, then the values object, then single parameters. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Single parameters in Helm's `key=value` form, each with its type. */
  readonly parameters: readonly ChartParameter[];
  readonly skipCrds: boolean;
}

/** One `helm.parameters` entry. */
export interface ChartParameter {
  readonly name: string;
  readonly value: string;
  readonly forceString: boolean;
}

/** A folder of plain manifests. */
export interface FolderReference {
  /** Path in the repository; its last part is the folder in the tree. */
  readonly path: string;
  readonly recurse: boolean;
}

/** An Argo CD Application in the parts that decide what is synced. */
export interface ApplicationSpec {
  readonly name: string;
  readonly wave: number;
  /** Destination namespace. */
  readonly namespace: string;
  readonly charts: readonly ChartReference[];
  readonly folders: readonly FolderReference[];
  readonly createNamespace: boolean;
  readonly serverSideApply: boolean;
  /** Whether objects that left the tree are deleted. */
  readonly prune: boolean;
  /** Metadata that Argo CD puts on a namespace which it created. */
  readonly namespaceMetadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  /** The object itself. */
  readonly manifest: Manifest;
}

/** Sync wave of an object; 0 without a valid annotation. */
export function waveOf(manifest: Manifest): number {
  const wave = Number(annotation(manifest, 'argocd.argoproj.io/sync-wave') ?? annotation(manifest, 'helm.sh/hook-weight') ?? '0');
  return Number.isInteger(wave) ? wave : 0;
}

/** True for `argoproj.io/…` `Application`. */
export function isApplication(manifest: Manifest): boolean {
  return manifest.kind === 'Application' && manifest.apiVersion.startsWith('argoproj.io/');
}

/** Reads one Application; a source that the stand-in cannot read is an `ApplicationSourceUnsupported` problem. */
export function readApplication(manifest: Manifest, file: string, problems: Problem[]): ApplicationSpec {
  const name = manifest.metadata.name ?? '';
  const options = listAt(manifest, 'spec', 'syncPolicy', 'syncOptions').map(String);
  const single = at(manifest, 'spec', 'source');
  const sources = single === undefined ? listAt(manifest, 'spec', 'sources') : [single];
  const charts: ChartReference[] = [];
  const folders: FolderReference[] = [];
  for (const source of sources) {
    const why = unsupported(source);
    if (why !== undefined) problems.push(unsupportedSource(name, why, file));
    else if (textAt(source, 'chart') !== undefined) charts.push(readChart(source, name, file, problems));
    else folders.push({ path: textAt(source, 'path') ?? '', recurse: at(source, 'directory', 'recurse') === true });
  }
  if (sources.length === 0) problems.push(unsupportedSource(name, 'has neither spec.source nor spec.sources', file));
  const metadata = at(manifest, 'spec', 'syncPolicy', 'managedNamespaceMetadata');
  return {
    name,
    wave: waveOf(manifest),
    namespace: textAt(manifest, 'spec', 'destination', 'namespace') ?? '',
    charts,
    folders,
    createNamespace: options.includes('CreateNamespace=true'),
    serverSideApply: options.includes('ServerSideApply=true'),
    prune: at(manifest, 'spec', 'syncPolicy', 'automated', 'prune') === true,
    ...(isRecord(metadata) ? { namespaceMetadata: metadata } : {}),
    manifest,
  };
}

const OTHER_TOOLS = ['kustomize', 'plugin'] as const;

function unsupported(source: unknown): string | undefined {
  if (!isRecord(source)) return 'has a source that is not an object';
  const tool = OTHER_TOOLS.find((name) => source[name] !== undefined);
  if (tool !== undefined) return `uses ${tool}`;
  if (source.ref !== undefined) return 'refers to value files of another source (ref)';
  if (listAt(source, 'helm', 'valueFiles').length > 0) return 'uses helm.valueFiles';
  for (const field of ['jsonnet', 'include', 'exclude']) {
    if (at(source, 'directory', field) !== undefined) return `uses directory.${field}`;
  }
  if (textAt(source, 'chart') !== undefined && (textAt(source, 'repoURL') ?? '') === '') return 'has a chart without repoURL';
  if (textAt(source, 'chart') !== undefined && (textAt(source, 'targetRevision') ?? '') === '') return 'has a chart without targetRevision';
  if (textAt(source, 'chart') === undefined && textAt(source, 'path') === undefined) return 'has a source with neither path nor chart';
  return undefined;
}

function unsupportedSource(name: string, why: string, file: string): Problem {
  return {
    code: 'ApplicationSourceUnsupported',
    message: `Application ${name} ${why}`,
    allowed: 'spec.source or spec.sources with path (plain manifests) or chart, repoURL, targetRevision and helm.valuesObject',
    path: file,
  };
}

function readChart(source: unknown, application: string, file: string, problems: Problem[]): ChartReference {
  const object = at(source, 'helm', 'valuesObject');
  return {
    chart: textAt(source, 'chart') ?? '',
    repoUrl: textAt(source, 'repoURL') ?? '',
    version: textAt(source, 'targetRevision') ?? '',
    releaseName: textAt(source, 'helm', 'releaseName') ?? application,
    values: isRecord(object) ? object : readValues(textAt(source, 'helm', 'values') ?? '', application, file, problems),
    parameters: listAt(source, 'helm', 'parameters').map((parameter) => ({
      name: String(at(parameter, 'name') ?? ''),
      value: String(at(parameter, 'value') ?? ''),
      forceString: at(parameter, 'forceString') === true,
    })),
    skipCrds: at(source, 'helm', 'skipCrds') === true,
  };
}

function readValues(text: string, application: string, file: string, problems: Problem[]): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const document = parseDocument(text, { version: '1.1' });
  if (document.errors.length === 0 && isMap(document.contents)) return document.toJS() as Record<string, unknown>;
  problems.push({ code: 'ManifestInvalid', message: `helm.values of Application ${application} is not a YAML map`, remedy: 'use helm.valuesObject', path: file });
  return {};
}
