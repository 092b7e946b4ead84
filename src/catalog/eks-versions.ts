import { fail } from '../core/errors';
import type { CatalogSource } from './source';

/** Source of the calendar below. */
export const EKS_VERSIONS_SOURCE: CatalogSource = { source: 'endoflife.date, products/amazon-eks', asOf: '2026-08-22' };

/** Support calendar of one Kubernetes version on EKS; days are `YYYY-MM-DD`. */
export interface EksVersionDates {
  /** Day EKS began to offer the version. */
  readonly release: string;
  /** Last day of standard support. */
  readonly endOfStandardSupport: string;
  /** Last day of extended support, after which AWS upgrades the cluster by itself. */
  readonly endOfExtendedSupport: string;
}

/** Versions in standard or extended support on the day of the source, oldest first. */
const CALENDAR: Readonly<Record<string, EksVersionDates>> = {
  '1.31': { release: '2024-09-26', endOfStandardSupport: '2025-11-26', endOfExtendedSupport: '2026-11-26' },
  '1.32': { release: '2025-01-25', endOfStandardSupport: '2026-03-23', endOfExtendedSupport: '2027-03-23' },
  '1.33': { release: '2025-05-28', endOfStandardSupport: '2026-07-29', endOfExtendedSupport: '2027-07-29' },
  '1.34': { release: '2025-10-06', endOfStandardSupport: '2026-12-02', endOfExtendedSupport: '2027-12-02' },
  '1.35': { release: '2026-01-28', endOfStandardSupport: '2027-03-27', endOfExtendedSupport: '2028-03-27' },
  '1.36': { release: '2026-06-02', endOfStandardSupport: '2027-08-02', endOfExtendedSupport: '2028-08-02' },
};

const VERSION_FORM = /^1\.\d{2}$/;
const DAY_FORM = /^\d{4}-\d{2}-\d{2}$/;

/** A Kubernetes version that EKS runs. */
export class EksVersion {
  /** Kubernetes 1.31, extended support. */
  public static readonly V1_31 = EksVersion.of('1.31');
  /** Kubernetes 1.32, extended support. */
  public static readonly V1_32 = EksVersion.of('1.32');
  /** Kubernetes 1.33, extended support. */
  public static readonly V1_33 = EksVersion.of('1.33');
  /** Kubernetes 1.34. */
  public static readonly V1_34 = EksVersion.of('1.34');
  /** Kubernetes 1.35, the default. */
  public static readonly V1_35 = EksVersion.of('1.35');
  /** Kubernetes 1.36, the newest. */
  public static readonly V1_36 = EksVersion.of('1.36');

  /** Version that the library chooses where none is given. */
  public static readonly DEFAULT = EksVersion.V1_35;

  /**
   * The version of that name.
   * @param version minor version without patch, such as `1.35`.
   * @param dates calendar of a version that the table does not hold. @default - from the table
   * @throws KubernetesVersionUnsupported the table does not hold it, or it is no minor version.
   * @throws KubernetesVersionDatesInvalid a day is not `YYYY-MM-DD`, or support ends before it begins.
   */
  public static of(version: string, dates?: EksVersionDates): EksVersion {
    const known = dates ?? CALENDAR[version];
    if (known === undefined || !VERSION_FORM.test(version)) {
      return fail({
        code: 'KubernetesVersionUnsupported',
        message: `EKS does not run Kubernetes ${version} (table of ${EKS_VERSIONS_SOURCE.asOf})`,
        allowed: EksVersion.offered().join(', '),
        remedy: 'choose one of these, or give a newer minor version with its dates: EksVersion.of(version, { release, endOfStandardSupport, endOfExtendedSupport })',
      });
    }
    rejectImpossibleDates(version, known);
    return new EksVersion(version, known);
  }

  /** Names of all versions in the table, oldest first. */
  public static offered(): readonly string[] {
    return Object.keys(CALENDAR);
  }

  /** Minor version, such as `1.35`. */
  public readonly version: string;
  /** Day EKS began to offer it. */
  public readonly release: string;
  /** Last day of standard support. */
  public readonly endOfStandardSupport: string;
  /** Last day of extended support. */
  public readonly endOfExtendedSupport: string;

  private constructor(version: string, dates: EksVersionDates) {
    this.version = version;
    this.release = dates.release;
    this.endOfStandardSupport = dates.endOfStandardSupport;
    this.endOfExtendedSupport = dates.endOfExtendedSupport;
  }

  /**
   * True if standard support (without surcharge) is over.
   * @param asOf day to judge by, `YYYY-MM-DD`; no clock is read. @default - the day of the table
   */
  public isPastStandardSupport(asOf: string = EKS_VERSIONS_SOURCE.asOf): boolean {
    return asOf > this.endOfStandardSupport;
  }

  /**
   * True if extended support is over, too: EKS upgrades such a cluster by itself.
   * @param asOf day to judge by, `YYYY-MM-DD`. @default - the day of the table
   */
  public isPastExtendedSupport(asOf: string = EKS_VERSIONS_SOURCE.asOf): boolean {
    return asOf > this.endOfExtendedSupport;
  }

  /** The minor version. */
  public toString(): string {
    return this.version;
  }
}

function rejectImpossibleDates(version: string, dates: EksVersionDates): void {
  const days = [dates.release, dates.endOfStandardSupport, dates.endOfExtendedSupport];
  const ordered = days.every((day, index) => index === 0 || (days[index - 1] ?? '') <= day);
  if (days.every((day) => DAY_FORM.test(day)) && ordered) return;
  fail({
    code: 'KubernetesVersionDatesInvalid',
    message: `Kubernetes ${version} has the dates release ${dates.release}, endOfStandardSupport ${dates.endOfStandardSupport}, endOfExtendedSupport ${dates.endOfExtendedSupport}`,
    allowed: 'days YYYY-MM-DD in this order',
    remedy: 'correct the dates',
  });
}
