import type { ValidateFunction } from 'ajv';
import Ajv2019 from 'ajv/dist/2019';
import Ajv2020 from 'ajv/dist/2020';
import { ChartPaths, joinPath, PathKnowledge } from './helm-paths';
import { AJV_OPTIONS, newAjv, validate } from './json-schema';
import { isObject, kindOf, unknownKey, unwise, wrong, type JsonObject, type SchemaProblem } from './problem';
import type { SchemaReference } from './reference';

interface Dependency { readonly name: string; readonly alias?: string | null }
interface ChartEntry { readonly chart: string; readonly name: string; readonly publishedName?: string; readonly dependencies: readonly Dependency[] }

/** Values that Helm passes to every dependency. */
const GLOBAL = 'global';

/**
 * Checks the values given to a chart: first its `values.schema.json` (over the chart's own defaults), then every key
 * against what its defaults and templates know, keys of a dependency against the dependency.
 * @param chart chart name, such as `argo-cd`.
 * @returns undefined where the reference data does not hold the chart: it was not checked.
 */
export function checkHelmValues(chart: string, values: unknown, reference: SchemaReference): SchemaProblem[] | undefined {
  const charts = (reference.read('charts/index.json') ?? []) as readonly ChartEntry[];
  const entry = charts.find((candidate) => !candidate.chart.includes('/') && [candidate.chart, candidate.name, candidate.publishedName].includes(chart));
  if (entry === undefined) return undefined;
  if (!isObject(values)) return [wrong('', `values must be a map, got ${kindOf(values)}`)];
  return new ValuesCheck(reference, charts).run(entry.chart, values, '');
}

class ValuesCheck {
  constructor(
    private readonly reference: SchemaReference,
    private readonly charts: readonly ChartEntry[],
  ) {}

  /** @param folder chart folder below `charts/`. @param at path of these values in the whole. */
  public run(folder: string, values: JsonObject, at: string): SchemaProblem[] {
    const paths = ChartPaths.of(this.reference, folder);
    if (paths === undefined) return [unwise(at, `not checked: no key list for chart ${folder}`)];
    const schema = this.schemaOf(folder);
    const problems = schema === undefined ? [] : validate(schema.validator, merged(this.defaultsOf(folder), values), at);
    if (schema?.strict === true) return problems;
    const fromSchema = problems.length;
    const toldBySchema = new Set(problems.map((problem) => problem.path));
    const dependencies = new Map(this.entryOf(folder)?.dependencies.map((dependency) => [dependency.alias ?? dependency.name, dependency.name]));
    for (const [key, value] of Object.entries(values)) {
      const dependency = dependencies.get(key);
      if (key === GLOBAL) problems.push(...this.checkGlobal(folder, paths, [...dependencies.values()], value, at));
      else if (dependency === undefined) problems.push(...checkKey(paths, '', key, value, at));
      else problems.push(...this.checkDependency(folder, paths, key, dependency, value, at));
    }
    return problems.filter((problem, index) => index < fromSchema || !toldBySchema.has(problem.path));
  }

  /** A key below a dependency may be known to it or to the chart that carries it. */
  private checkDependency(folder: string, paths: ChartPaths, key: string, dependency: string, value: unknown, at: string): SchemaProblem[] {
    const own = checkKey(paths, '', key, value, at);
    if (own.length === 0) return [];
    const child = this.folderOf(folder, dependency);
    const path = joinPath(at, key);
    if (child === undefined) return [unwise(path, `not checked: no key list for dependency ${dependency}`)];
    if (!isObject(value)) return own;
    const unknownToParent = new Set(own.map((problem) => problem.path));
    return this.run(child, value, path).filter((problem) => unknownToParent.has(problem.path) || problem.severity === 'error' && !knownToParent(paths, at, problem.path));
  }

  private checkGlobal(folder: string, paths: ChartPaths, dependencies: readonly string[], value: unknown, at: string): SchemaProblem[] {
    const children = dependencies.map((dependency) => this.folderOf(folder, dependency)).flatMap((child) => (child === undefined ? [] : ChartPaths.of(this.reference, child) ?? []));
    const views = [paths, ...children].map((view) => checkKey(view, '', GLOBAL, value, at));
    return views.reduce((fewest, view) => fewest.filter((problem) => view.some((other) => other.path === problem.path)));
  }

  private folderOf(parent: string, dependency: string): string | undefined {
    return [`${parent}/subcharts/${dependency}`, dependency].find((folder) => this.reference.has(`charts/${folder}/value-paths.json`));
  }

  private entryOf(folder: string): ChartEntry | undefined {
    return this.charts.find((candidate) => candidate.chart === folder);
  }

  private defaultsOf(folder: string): unknown {
    return this.reference.read(`charts/${folder}/values.yaml`) ?? {};
  }

  private schemaOf(folder: string): { readonly validator: ValidateFunction; readonly strict: boolean } | undefined {
    return this.reference.remember(`chart schema ${folder}`, () => {
      const schema = this.reference.read(`charts/${folder}/values.schema.json`);
      if (!isObject(schema)) return undefined;
      const { $schema: draft, ...body } = schema;
      const ajv = String(draft).includes('2020-12') ? new Ajv2020(AJV_OPTIONS) : String(draft).includes('2019-09') ? new Ajv2019(AJV_OPTIONS) : newAjv();
      return { validator: ajv.compile(body), strict: schema.additionalProperties === false };
    });
  }
}

function checkKey(paths: ChartPaths, parent: string, key: string, value: unknown, at: string): SchemaProblem[] {
  const path = joinPath(parent, key);
  const shown = at === '' ? path : `${at}.${path}`;
  switch (paths.knowledge(path)) {
    case PathKnowledge.UNKNOWN:
      return [wrong(shown, unknownKey(key, paths.keysBelow(parent)))];
    case PathKnowledge.COMMENTED:
      return [unwise(shown, 'is known from a comment of the chart only')];
    case PathKnowledge.BRANCH:
      if (isObject(value)) return Object.entries(value).flatMap(([name, item]) => checkKey(paths, path, name, item, at));
      return value === null ? [] : [wrong(shown, `must be a map, got ${kindOf(value)}`)];
    case PathKnowledge.LEAF:
      return fitsDefault(value, paths.typeOf(path)) ? [] : [wrong(shown, `must be ${paths.typeOf(path)} as its default, got ${kindOf(value)}`)];
    case PathKnowledge.OPEN:
      return paths.typeOf(path) === '{}' && (typeof value !== 'object' || Array.isArray(value)) ? [wrong(shown, `must be a map as its default, got ${kindOf(value)}`)] : [];
  }
}

/** Helm turns scalars into text, but a map where a template prints a word, or a word where it loops, breaks it. */
function fitsDefault(value: unknown, type: string | undefined): boolean {
  if (value === null || type === undefined) return true;
  if (type.startsWith('list')) return Array.isArray(value);
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'integer' || type === 'number') return typeof value === 'number' || typeof value === 'string';
  return typeof value !== 'object';
}

function knownToParent(paths: ChartPaths, at: string, problemPath: string): boolean {
  const path = at === '' ? problemPath : problemPath.slice(at.length + 1);
  return paths.knowledge(path) !== PathKnowledge.UNKNOWN;
}

/** Helm's merge: maps key by key, null removes, everything else replaces. */
function merged(defaults: unknown, values: unknown): unknown {
  if (!isObject(defaults) || !isObject(values)) return values;
  const result: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete result[key];
    else result[key] = key in defaults ? merged(defaults[key], value) : value;
  }
  return result;
}
