import { fail } from '../core/errors';
import type { CatalogSource } from './source';

/** Source of the table below. */
export const DATABASES_SOURCE: CatalogSource = { source: 'Aurora PostgreSQL release calendars, Release Notes for Aurora PostgreSQL', asOf: '2025-12-18' };

/** What is known of one minor version of Aurora PostgreSQL; days are `YYYY-MM-DD`. */
export interface AuroraPostgresData {
  /** Last day of standard support of the minor version. */
  readonly endOfStandardSupport: string;
  /** Kept for years with critical fixes only, so that upgrades are the owner's decision. @default false */
  readonly longTermSupport?: boolean;
}

/** Minor versions that the library offers; where the source names a month only, its first day stands here. */
const VERSIONS: Readonly<Record<string, AuroraPostgresData>> = {
  '15.10': { endOfStandardSupport: '2028-02-29', longTermSupport: true },
  '16.8': { endOfStandardSupport: '2029-02-28', longTermSupport: true },
  '16.11': { endOfStandardSupport: '2027-07-01' },
  '17.7': { endOfStandardSupport: '2027-07-01' },
};

/** A version of Aurora PostgreSQL. */
export class AuroraPostgresVersion {
  /** PostgreSQL 15.10, long-term support. */
  public static readonly V15_10 = AuroraPostgresVersion.of('15.10');
  /** PostgreSQL 16.8, long-term support; the default. */
  public static readonly V16_8 = AuroraPostgresVersion.of('16.8');
  /** PostgreSQL 16.11. */
  public static readonly V16_11 = AuroraPostgresVersion.of('16.11');
  /** PostgreSQL 17.7. */
  public static readonly V17_7 = AuroraPostgresVersion.of('17.7');

  /** Newest version with long-term support: no upgrade is forced until February 2029. */
  public static readonly DEFAULT = AuroraPostgresVersion.V16_8;

  /**
   * The version of that name.
   * @param version major and minor, such as `16.8`.
   * @param data what is known of a version that the table does not hold. @default - from the table
   * @throws DatabaseVersionUnknown
   */
  public static of(version: string, data?: AuroraPostgresData): AuroraPostgresVersion {
    const known = data ?? VERSIONS[version];
    if (known === undefined || !/^\d{2}\.\d{1,2}$/.test(version)) {
      return fail({
        code: 'DatabaseVersionUnknown',
        message: `no Aurora PostgreSQL ${version} in the table of ${DATABASES_SOURCE.asOf}`,
        allowed: AuroraPostgresVersion.offered().join(', '),
        remedy: "choose one of these, or describe a newer minor version: AuroraPostgresVersion.of('17.9', { endOfStandardSupport: '2027-12-01' })",
      });
    }
    return new AuroraPostgresVersion(version, known);
  }

  /** Names of all versions in the table, oldest first. */
  public static offered(): readonly string[] {
    return Object.keys(VERSIONS);
  }

  /** Major version, such as `16`. */
  public readonly majorVersion: string;
  /** Family of parameter groups, such as `aurora-postgresql16`. */
  public readonly parameterGroupFamily: string;
  /** Last day of standard support. */
  public readonly endOfStandardSupport: string;
  /** True for a long-term support version. */
  public readonly longTermSupport: boolean;

  private constructor(
    /** Major and minor version, such as `16.8`. */
    public readonly version: string,
    data: AuroraPostgresData,
  ) {
    this.majorVersion = version.slice(0, version.indexOf('.'));
    this.parameterGroupFamily = `aurora-postgresql${this.majorVersion}`;
    this.endOfStandardSupport = data.endOfStandardSupport;
    this.longTermSupport = data.longTermSupport ?? false;
  }

  /** Major and minor version. */
  public toString(): string {
    return this.version;
  }
}
