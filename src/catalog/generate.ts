/**
 * Writes the generated part of the catalog from a folder of reference data:
 * `node -r @swc-node/register src/catalog/generate.ts <reference folder>`.
 * The folder holds `aws/instance-types.json`, `aws/prices.json` and `charts/index.json`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../core/errors';

interface Device { readonly name: string; readonly manufacturer: string; readonly count: number; readonly memoryMiB?: number; readonly resource?: string | null; readonly neuron?: number }
interface TypeRow {
  readonly arch: string; readonly category: string; readonly generation: number; readonly vcpu: number; readonly memoryMiB: number;
  readonly maxPodsDefault: number; readonly maxEFA: number; readonly localNvmeGB?: number; readonly gpus?: Device; readonly accelerators?: Device;
}
interface ChartRow { readonly chart: string; readonly name: string; readonly publishedName?: string; readonly version: string; readonly appVersion: string | null; readonly helmRepository?: string | null; readonly ociRegistry?: string | null }

/** Content of a generated table: `rows` hold space-separated columns. */
export interface GeneratedTable {
  readonly columns: string;
  readonly rows: Readonly<Record<string, string>>;
  readonly [source: string]: unknown;
}

/** General-purpose categories and the first generation that is offered. */
const FIRST_GENERATION: Readonly<Record<string, number>> = { m: 5, c: 5, r: 5, t: 3 };
/** General types that get a static member, beside all accelerated ones. */
const COMMON_FAMILIES = ['t3', 't4g', 'm5', 'm6i', 'm6g', 'm7i', 'm7a', 'm7g', 'm8i', 'm8g', 'c7i', 'c7g', 'r7i', 'r7g'];
const COMMON_SIZES = ['medium', 'large', 'xlarge', '2xlarge', '4xlarge'];
const NEURON_RESOURCE = 'aws.amazon.com/neuron';

/** Table of instance types from the reference folder. */
export function instanceTypeTable(folder: string): GeneratedTable {
  const types = readJson<{ _meta: { generatedForRelease: string }; instanceTypes: Record<string, TypeRow> }>(folder, 'aws/instance-types.json');
  const prices = readJson<{ regions: Record<string, { _generatedAt: string; prices: Record<string, number> }> }>(folder, 'aws/prices.json').regions['us-east-1'];
  const devices = Object.values(types.instanceTypes).flatMap((type) => type.gpus ?? []);
  const rows: Record<string, string> = {};
  for (const [name, type] of Object.entries(types.instanceTypes)) {
    const device = type.gpus ?? type.accelerators;
    if (device === undefined && type.generation < (FIRST_GENERATION[type.category] ?? Infinity)) continue;
    const columns = [type.arch, type.vcpu, type.memoryMiB, type.maxPodsDefault, type.maxEFA, type.localNvmeGB ?? 0, prices?.prices[name] ?? '-'];
    rows[name] = [...columns, ...(device === undefined ? [] : deviceColumns(device, devices))].join(' ');
  }
  return {
    hardware: { source: 'Karpenter provider for AWS, instance type reference', asOf: dayIn(types._meta.generatedForRelease) },
    prices: { source: 'Karpenter provider for AWS, on-demand prices of us-east-1 (Linux)', asOf: dayIn(prices?._generatedAt ?? '') },
    columns: 'arch vcpu memoryMiB maxPods maxEfa localNvmeGB usdPerHour [model manufacturer count deviceMiB fraction resource]',
    rows,
  };
}

/** Table of charts from the reference folder; parts of another chart and charts without repository are left out. */
export function chartTable(folder: string): GeneratedTable {
  const rows: Record<string, string> = {};
  for (const chart of readJson<ChartRow[]>(folder, 'charts/index.json')) {
    const repository = chart.helmRepository ?? chart.ociRegistry;
    if (chart.chart.includes('/') || !repository) continue;
    rows[chart.publishedName ?? chart.name] = [chart.version, chart.appVersion ?? '-', repository.replace(/\/+$/, '')].join(' ');
  }
  return { charts: { source: 'chart sources at their release tags', asOf: '2026-08-22' }, columns: 'version appVersion repository', rows };
}

/** Source text of the class with one static member for each accelerated and each common type. */
export function instanceTypeMembers(table: GeneratedTable): string {
  const common = COMMON_FAMILIES.flatMap((family) => COMMON_SIZES.map((size) => `${family}.${size}`));
  const names = Object.entries(table.rows).filter(([name, row]) => row.split(' ').length > 7 || common.includes(name)).map(([name]) => name);
  return members('InstanceType', names);
}

/** Source text of the static members of `Chart`. */
export function chartMembers(table: GeneratedTable): string {
  return members('Chart', Object.keys(table.rows));
}

/** Static member name of a catalog name: `g6e.12xlarge` is `G6E_12XLARGE`. */
export function memberName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function members(type: string, names: readonly string[]): string {
  return names.map((name) => `  public static readonly ${memberName(name)} = new ${type}('${name}');`).join('\n');
}

function deviceColumns(device: Device, all: readonly Device[]): (string | number)[] {
  const whole = Math.max(0, ...all.filter((other) => other.name === device.name && other.count > 0).map((other) => other.memoryMiB ?? 0));
  const fraction = device.count > 0 || whole === 0 ? '-' : (device.memoryMiB ?? 0) / whole;
  const resource = device.resource ?? (device.neuron === undefined ? '-' : NEURON_RESOURCE);
  return [device.name, device.manufacturer, device.count, device.memoryMiB ?? '-', fraction, resource];
}

function dayIn(text: string): string {
  return /\d{4}-\d{2}-\d{2}/.exec(text)?.[0] ?? fail({ code: 'CatalogSourceUndated', message: `no day in "${text}"`, remedy: 'the reference data must say how fresh it is' });
}

function readJson<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
}

/** Replaces what stands between the generator's marks. */
function replaceMembers(file: string, text: string): void {
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(/(\/\/ members: begin[^\n]*\n)[\s\S]*?( *\/\/ members: end)/, (_, begin: string, end: string) => `${begin}${text}\n${end}`));
}

/** Rewrites tables and members beside this file. @throws CatalogSourceMissing, CatalogSourceUndated */
export function generateCatalog(folder: string | undefined): void {
  if (folder === undefined) fail({ code: 'CatalogSourceMissing', message: 'no folder given', allowed: 'the folder of the reference data as first argument' });
  const types = instanceTypeTable(folder);
  const charts = chartTable(folder);
  writeFileSync(join(__dirname, 'tables', 'instance-types.json'), `${JSON.stringify(types, null, 1)}\n`);
  writeFileSync(join(__dirname, 'tables', 'charts.json'), `${JSON.stringify(charts, null, 1)}\n`);
  replaceMembers(join(__dirname, 'instance-types.ts'), instanceTypeMembers(types));
  replaceMembers(join(__dirname, 'charts.ts'), chartMembers(charts));
}

if (require.main === module) generateCatalog(process.argv[2]);
