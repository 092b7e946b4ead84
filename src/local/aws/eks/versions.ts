import { EksVersion } from '../../../catalog';
import type { JsonObject } from '../request';
import { AwsError } from '../request';
import type { Operation } from './world';

/** Platform version that every emulated cluster reports. */
export const PLATFORM_VERSION = 'eks.1';

const DAY_MS = 86_400_000;

/** Operations on Kubernetes versions. */
export const VERSION_OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: '/cluster-versions', run: (_world, call) => ({ clusterVersions: listVersions(call.query) }) },
];

/** The version a new cluster gets. Error: InvalidParameterException for one that EKS does not offer. */
export function checkClusterVersion(version: string | undefined): string {
  if (version === undefined) return EksVersion.DEFAULT.version;
  if (!EksVersion.offered().includes(version)) throw new AwsError('InvalidParameterException', `unsupported Kubernetes version ${version}`);
  return version;
}

/** EKS goes up one minor version at a time and never down. Error: InvalidParameterException. */
export function checkVersionUpdate(from: string, to: string): void {
  checkClusterVersion(to);
  if (minorOf(to) === minorOf(from)) throw new AwsError('InvalidParameterException', `Cluster is already at the desired version ${to}`);
  if (minorOf(to) !== minorOf(from) + 1) throw new AwsError('InvalidParameterException', `Unsupported Kubernetes minor version update from ${from} to ${to}`);
}

/** A node group's version: the cluster's or up to three minor versions older. Error: InvalidParameterException. */
export function checkNodegroupVersion(cluster: string, version: string | undefined): string {
  if (version === undefined) return cluster;
  const skew = minorOf(cluster) - minorOf(version);
  if (!(skew >= 0 && skew <= 3)) {
    throw new AwsError('InvalidParameterException', `Requested Nodegroup version ${version} is not supported on a cluster of version ${cluster}`);
  }
  return version;
}

/** Number behind `1.`; NaN for anything else. */
export function minorOf(version: string): number {
  return Number(/^1\.(\d+)$/.exec(version)?.[1] ?? Number.NaN);
}

function listVersions(query: URLSearchParams): JsonObject[] {
  const wanted = query.getAll('clusterVersions');
  const defaultOnly = query.get('defaultOnly') === 'true';
  const status = query.get('versionStatus') ?? query.get('status')?.toUpperCase().replace('-', '_');
  return EksVersion.offered()
    .map((name) => describe(EksVersion.of(name)))
    .filter((version) => wanted.length === 0 || wanted.includes(String(version.clusterVersion)))
    .filter((version) => !defaultOnly || version.defaultVersion === true)
    .filter((version) => status === undefined || version.versionStatus === status)
    .reverse();
}

function describe(version: EksVersion): JsonObject {
  const past = version.isPastStandardSupport(new Date().toISOString().slice(0, 'YYYY-MM-DD'.length));
  return {
    clusterVersion: version.version,
    clusterType: 'eks',
    defaultPlatformVersion: PLATFORM_VERSION,
    defaultVersion: version.version === EksVersion.DEFAULT.version,
    releaseDate: seconds(version.release),
    endOfStandardSupportDate: seconds(version.endOfStandardSupport),
    endOfExtendedSupportDate: seconds(version.endOfExtendedSupport),
    status: past ? 'extended-support' : 'standard-support',
    versionStatus: past ? 'EXTENDED_SUPPORT' : 'STANDARD_SUPPORT',
    kubernetesPatchVersion: `${version.version}.0`,
  };
}

function seconds(day: string): number {
  return (Math.floor(Date.parse(day) / DAY_MS) * DAY_MS) / 1000;
}
