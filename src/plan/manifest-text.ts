import { parse, parseAllDocuments } from 'yaml';
import { PropertiesText } from './properties-text';

type Fields = Readonly<Record<string, unknown>>;

const text = new PropertiesText({ readable: (value) => value, leftOut: new Set(), unwrapBlocks: false });

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The object without the given fields and without what is empty. */
function without(object: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(object).filter(([name, value]) => !names.includes(name) && value !== undefined));
}

function byName(entries: readonly Fields[], key: string, value: (entry: Fields) => unknown): Fields | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map((entry) => [String(entry[key]), value(entry)]));
}

/** `from secret name/key` and kin, for a value that the manifest does not hold. */
function origin(source: Fields): string {
  const [kind, at] = Object.entries(source)[0] ?? ['', {}];
  const reference = fields(at);
  return `from ${kind.replace(/(Key)?Ref$/, '')} ${[reference.name, reference.key ?? reference.fieldPath ?? reference.resource].filter(Boolean).join('/')}`;
}

function containerFields(container: Fields): Fields {
  return {
    ...without(container, 'name', 'env', 'volumeMounts', 'ports'),
    env: byName(list(container.env), 'name', (entry) => entry.value ?? origin(fields(entry.valueFrom))),
    volumeMounts: byName(list(container.volumeMounts), 'mountPath', (entry) => (entry.readOnly === true ? `${String(entry.name)} (read-only)` : entry.name)),
    ports: container.ports === undefined ? undefined : list(container.ports).map((port) => [port.name, port.containerPort].filter(Boolean).join(' ')),
  };
}

function podFields(template: unknown): Fields {
  const spec = fields(fields(template).spec);
  const named = (kind: string, containers: unknown): Fields =>
    Object.fromEntries(list(containers).map((container) => [`${kind} ${String(container.name)}`, containerFields(container)]));
  return { ...without(spec, 'containers', 'initContainers'), ...named('init container', spec.initContainers), ...named('container', spec.containers) };
}

/** Chart and version in one line, values as a tree. */
function sourceFields(source: Fields): Fields {
  const helm = fields(source.helm);
  if (source.chart === undefined) return source;
  return {
    ...without(source, 'chart', 'repoURL', 'targetRevision', 'helm'),
    ...without(helm, 'values', 'valuesObject'),
    chart: `${String(source.chart)} ${String(source.targetRevision)} from ${String(source.repoURL)}`,
    values: helm.valuesObject ?? (typeof helm.values === 'string' ? parse(helm.values) : undefined),
  };
}

function applicationFields(spec: Fields): Fields {
  return {
    ...without(spec, 'source', 'sources', 'destination'),
    destination: fields(spec.destination).namespace ?? spec.destination,
    ...(isFields(spec.source) ? sourceFields(spec.source) : {}),
    sources: spec.sources === undefined ? undefined : list(spec.sources).map(sourceFields),
  };
}

/** What of an object a reviewer reads: its spec, in the order and form that the kind is talked about. */
function bodyOf(object: Fields): Fields {
  const spec = fields(object.spec);
  switch (object.kind) {
    case 'Application':
      return applicationFields(spec);
    case 'CustomResourceDefinition':
      return { versions: list(spec.versions).map((version) => version.name) };
    case 'CronJob':
      return { ...without(spec, 'jobTemplate'), pod: podFields(fields(fields(spec.jobTemplate).spec).template) };
    case 'Secret':
      return { type: object.type, keys: [...Object.keys(fields(object.data)), ...Object.keys(fields(object.stringData))].sort() };
    default:
      return {
        ...without(object, 'apiVersion', 'kind', 'metadata', 'spec', 'status'),
        ...(isFields(fields(spec.template).spec) ? { ...without(spec, 'template', 'selector'), pod: podFields(spec.template) } : spec),
      };
  }
}

const WAVE = 'argocd.argoproj.io/sync-wave';
const HOOK = 'argocd.argoproj.io/hook';

function objectLines(object: Fields): string[] {
  const metadata = fields(object.metadata);
  const annotations = fields(metadata.annotations);
  const labels = Object.fromEntries(Object.entries(fields(metadata.labels)).filter(([name]) => !name.startsWith('app.kubernetes.io/')));
  const marks = [
    ...(annotations[HOOK] === undefined ? [] : [` [hook ${String(annotations[HOOK])}]`]),
    ...(annotations[WAVE] === undefined ? [] : [` [wave ${String(annotations[WAVE])}]`]),
  ];
  const notes = { annotations: without(annotations, WAVE, HOOK), labels };
  const name = [metadata.namespace, metadata.name].filter(Boolean).join('/');
  const worthReading = Object.fromEntries(Object.entries({ ...notes, ...bodyOf(object) }).filter(([, value]) => !isFields(value) || Object.keys(value).length > 0));
  return [`${String(object.kind)} ${name}${marks.join('')}`, ...text.lines(worthReading).map((line) => `  ${line}`)];
}

/** Objects ordered by kind, namespace and name. */
export function inOrder(objects: readonly string[][]): string[][] {
  return [...objects].sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

/** Every object of a text of YAML documents. */
export function manifestLines(yaml: string): string[][] {
  return parseAllDocuments(yaml)
    .map((document): unknown => document.toJS())
    .filter(isFields)
    .map(objectLines);
}
