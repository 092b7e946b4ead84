import { fail } from '../core/errors';
import { nearestNames, type CatalogSource } from './source';
import table from './tables/charts.json';

/** Source of chart versions and repositories. */
export const CHARTS_SOURCE: CatalogSource = table.charts;

/** A chart that the table does not hold. */
export interface ChartData {
  /** Chart version. */
  readonly version: string;
  /** `https://…` of a Helm repository, or `oci://…` of the registry folder that holds the chart. */
  readonly repository: string;
  /** Version of the program inside. @default - unknown */
  readonly appVersion?: string;
}

/** Where one chart comes from, in the form each reader wants. */
export interface ChartLocation {
  /** Chart name inside the repository. */
  readonly chart: string;
  /** Chart version. */
  readonly version: string;
  /** For the Helm provider and the helm command: `https://…` or `oci://…`. */
  readonly helmRepository: string;
  /** For an Argo CD source's `repoURL`: `https://…`, or the OCI folder without its scheme. */
  readonly argoRepoUrl: string;
  /** True if it is an OCI registry. */
  readonly oci: boolean;
}

const OCI_SCHEME = 'oci://';
/** Plain HTTP is taken from the own machine only. */
const MIRROR_FORM = /^(oci:\/\/|https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])[^\s]+$/;

/** Names of all charts in the table. */
export function offeredCharts(): readonly string[] {
  return Object.keys(table.rows);
}

/** Version and repository from the table. @throws ChartUnknown */
export function chartData(name: string): ChartData {
  const rows: Readonly<Record<string, string>> = table.rows;
  const row = rows[name];
  if (row === undefined) {
    return fail({
      code: 'ChartUnknown',
      message: `no chart ${name} in the table of ${CHARTS_SOURCE.asOf}`,
      allowed: `one of ${offeredCharts().length} charts, nearest: ${nearestNames(name, offeredCharts()).join(', ')}`,
      remedy: 'correct the name, or describe it: Chart.of(name, { version, repository })',
    });
  }
  const [version, appVersion, repository] = row.split(' ');
  return { version: version ?? '', repository: repository ?? '', appVersion: appVersion === '-' ? undefined : appVersion };
}

/**
 * Location of a chart.
 * @param mirror replaces the repository: `oci://…` or `https://…` holding charts under their own names. @default - the chart's own repository
 * @throws ChartMirrorInvalid the mirror is neither.
 */
export function chartLocation(chart: string, data: ChartData, mirror?: string): ChartLocation {
  if (mirror !== undefined && !MIRROR_FORM.test(mirror)) {
    fail({
      code: 'ChartMirrorInvalid',
      message: `chartMirror got ${mirror}`,
      allowed: 'oci://registry/folder or https://host/folder (http:// on localhost only)',
      remedy: 'give the address that holds all charts, without a chart name',
    });
  }
  const helmRepository = (mirror ?? data.repository).replace(/\/+$/, '');
  const oci = helmRepository.startsWith(OCI_SCHEME);
  return { chart, version: data.version, helmRepository, argoRepoUrl: oci ? helmRepository.slice(OCI_SCHEME.length) : helmRepository, oci };
}
