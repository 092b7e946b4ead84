import { ADDONS_SOURCE, Chart, CHARTS_SOURCE, EKS_VERSIONS_SOURCE, EksAddon, EksVersion, InstanceType, INSTANCE_TYPES_SOURCE } from '../catalog';
import type { CatalogSource } from '../catalog';
import { fail } from '../core/errors';
import { table } from './table';

type Cell = string | number | boolean | undefined;

/** One printed table of the catalog. */
interface Listing {
  readonly source: CatalogSource;
  readonly rows: readonly { readonly [column: string]: Cell }[];
}

function instances(): Listing {
  const rows = InstanceType.offered().map((name) => {
    const type = InstanceType.of(name);
    return {
      type: name,
      vCPU: type.vcpu,
      memoryMiB: type.memoryMiB,
      architecture: type.architecture,
      accelerator: type.accelerator?.name,
      accelerators: type.accelerator?.count,
      acceleratorMemoryMiB: type.accelerator?.memoryMiB,
      resource: type.resourceName,
      taint: type.taintKey,
      amiType: type.amiType,
      efa: type.maxEfa,
      localNvmeGB: type.localNvmeGB,
      maxPods: type.maxPods,
      usdPerHour: type.usdPerHour,
    };
  });
  return { source: INSTANCE_TYPES_SOURCE, rows };
}

const LISTINGS: { readonly [name: string]: () => Listing } = {
  instances,
  versions: () => ({
    source: EKS_VERSIONS_SOURCE,
    rows: EksVersion.offered()
      .map((version) => EksVersion.of(version))
      .map((v) => ({ version: v.version, release: v.release, endOfStandardSupport: v.endOfStandardSupport, endOfExtendedSupport: v.endOfExtendedSupport, default: v.version === EksVersion.DEFAULT.version })),
  }),
  charts: () => ({
    source: CHARTS_SOURCE,
    rows: Chart.offered()
      .map((name) => Chart.of(name))
      .map((chart) => ({ chart: chart.name, version: chart.version, appVersion: chart.appVersion, repository: chart.location().helmRepository })),
  }),
  addons: () => ({
    source: ADDONS_SOURCE,
    rows: EksAddon.offered().map((addon) => ({ addon: addon.name, namespace: addon.namespace, serviceAccounts: addon.serviceAccounts.join(' '), managedPolicies: addon.managedPolicies.join(' '), needsNodes: addon.needsNodes })),
  }),
};

/** `ml-platform catalog <listing>`. @throws CatalogUnknown */
export function catalogCommand(args: readonly string[], json: boolean): number {
  const name = args[0] ?? '';
  const listing = Object.hasOwn(LISTINGS, name) ? LISTINGS[name] : undefined;
  if (!listing) return fail({ code: 'CatalogUnknown', message: `catalog got "${name}"`, allowed: Object.keys(LISTINGS).join(', '), remedy: 'run "ml-platform catalog instances"' });
  const { source, rows } = listing();
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...source, rows }, null, 2)}\n`);
    return 0;
  }
  const columns = Object.keys(rows[0] ?? {});
  process.stdout.write(table(columns, rows.map((row) => columns.map((column) => String(row[column] ?? '')))));
  process.stdout.write(`\n${rows.length} rows of ${source.asOf}, from ${source.source}\n`);
  return 0;
}
