import { fail, PlatformError, type Problem } from '../core/errors';
import { nearestNames, type CatalogSource } from './source';

/** Source of the table below. */
export const REGIONS_SOURCE: CatalogSource = {
  source: 'botocore 1.43.11 (partitions, regions with EC2 and EKS) and moto 5.2.1 (zones)',
  asOf: '2026-05-20',
};

/** Partition and DNS suffix of AWS service names. Source: botocore 1.43.11, partitions. */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  'aws': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-us-gov': 'amazonaws.com',
  'aws-eusc': 'amazonaws.eu',
};

/** Regions with EKS and the letters of their zones, as moto and most accounts show them. */
const ZONE_LETTERS: Readonly<Record<string, string>> = {
  'af-south-1': 'abc', 'ap-east-1': 'abc', 'ap-east-2': 'abc', 'ap-northeast-1': 'acd', 'ap-northeast-2': 'abcd',
  'ap-northeast-3': 'abc', 'ap-south-1': 'abc', 'ap-south-2': 'abc', 'ap-southeast-1': 'abc', 'ap-southeast-2': 'abc',
  'ap-southeast-3': 'abc', 'ap-southeast-4': 'abc', 'ap-southeast-5': 'abc', 'ap-southeast-6': 'abc', 'ap-southeast-7': 'abc',
  'ca-central-1': 'abd', 'ca-west-1': 'abc', 'eu-central-1': 'abc', 'eu-central-2': 'abc', 'eu-north-1': 'abc',
  'eu-south-1': 'abc', 'eu-south-2': 'abc', 'eu-west-1': 'abc', 'eu-west-2': 'abc', 'eu-west-3': 'abc',
  'il-central-1': 'abc', 'me-central-1': 'abc', 'me-south-1': 'abc', 'mx-central-1': 'abc', 'sa-east-1': 'abc',
  'us-east-1': 'abcdef', 'us-east-2': 'abc', 'us-west-1': 'ab', 'us-west-2': 'abcd',
  'us-gov-east-1': 'abc', 'us-gov-west-1': 'abc', 'cn-north-1': 'ab', 'cn-northwest-1': 'abc',
};

/** Partition of the regions outside the commercial one. */
const OTHER_PARTITIONS: Readonly<Record<string, string>> = {
  'us-gov-east-1': 'aws-us-gov',
  'us-gov-west-1': 'aws-us-gov',
  'cn-north-1': 'aws-cn',
  'cn-northwest-1': 'aws-cn',
};

const COMMERCIAL = 'aws';

/** Facts of a region that the table does not hold, or whose zones differ in your account. */
export interface RegionData {
  /** AWS partition: `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`. @default - from the table, else `aws` */
  readonly partition?: string;
  /** Letters of the zones, such as `['a', 'b', 'c']`. @default - from the table */
  readonly zoneLetters?: readonly string[];
}

/** An AWS region with its zones. */
export class Region {
  /** N. Virginia. */
  public static readonly US_EAST_1 = Region.of('us-east-1');
  /** Ohio. */
  public static readonly US_EAST_2 = Region.of('us-east-2');
  /** Oregon. */
  public static readonly US_WEST_2 = Region.of('us-west-2');
  /** Montreal. */
  public static readonly CA_CENTRAL_1 = Region.of('ca-central-1');
  /** São Paulo. */
  public static readonly SA_EAST_1 = Region.of('sa-east-1');
  /** Frankfurt. */
  public static readonly EU_CENTRAL_1 = Region.of('eu-central-1');
  /** Ireland. */
  public static readonly EU_WEST_1 = Region.of('eu-west-1');
  /** London. */
  public static readonly EU_WEST_2 = Region.of('eu-west-2');
  /** Paris. */
  public static readonly EU_WEST_3 = Region.of('eu-west-3');
  /** Stockholm. */
  public static readonly EU_NORTH_1 = Region.of('eu-north-1');
  /** Mumbai. */
  public static readonly AP_SOUTH_1 = Region.of('ap-south-1');
  /** Singapore. */
  public static readonly AP_SOUTHEAST_1 = Region.of('ap-southeast-1');
  /** Sydney. */
  public static readonly AP_SOUTHEAST_2 = Region.of('ap-southeast-2');
  /** Tokyo. */
  public static readonly AP_NORTHEAST_1 = Region.of('ap-northeast-1');
  /** Seoul. */
  public static readonly AP_NORTHEAST_2 = Region.of('ap-northeast-2');

  /**
   * The region of that name.
   * @param data facts of a region outside the table, or zones that differ. @default - from the table
   * @throws RegionUnknown the table does not hold it and no zones are given.
   * @throws RegionDataInvalid unknown partition, or zones that are not single letters.
   */
  public static of(name: string, data: RegionData = {}): Region {
    const letters = data.zoneLetters ?? ZONE_LETTERS[name]?.split('');
    if (letters === undefined) return fail(unknownRegion(name));
    const partition = data.partition ?? OTHER_PARTITIONS[name] ?? COMMERCIAL;
    const problems = badData(name, partition, letters);
    if (problems.length > 0) throw new PlatformError(problems);
    return new Region(name, partition, letters);
  }

  /** Names of all regions in the table. */
  public static offered(): readonly string[] {
    return Object.keys(ZONE_LETTERS);
  }

  /** Region code, such as `eu-central-1`. */
  public readonly name: string;
  /** AWS partition, the second part of each ARN. */
  public readonly partition: string;
  /** Suffix of service host names and service principals in this partition. */
  public readonly dnsSuffix: string;
  /** Full zone names, such as `eu-central-1a`. */
  public readonly zones: readonly string[];

  private constructor(name: string, partition: string, letters: readonly string[]) {
    this.name = name;
    this.partition = partition;
    this.dnsSuffix = DNS_SUFFIXES[partition] ?? '';
    this.zones = letters.map((letter) => `${name}${letter}`);
  }

  /**
   * What is wrong with a choice of zones: one `ZoneUnknown` for each that the region does not have.
   * @param zones full names, such as `eu-central-1a`.
   */
  public zoneProblems(zones: readonly string[]): Problem[] {
    return zones
      .filter((zone) => !this.zones.includes(zone))
      .map((zone) => ({
        code: 'ZoneUnknown',
        message: `region ${this.name} has no zone ${zone}`,
        allowed: this.zones.join(', '),
        remedy: 'choose among these, by full name',
      }));
  }

  /** The region code. */
  public toString(): string {
    return this.name;
  }
}

/**
 * What is wrong with a region and its zones, both given as text: what `Region.of` throws, or one `ZoneUnknown` for each zone.
 * @param zones full names, such as `eu-central-1a`.
 * @param data facts of a region outside the table. @default - from the table
 */
export function regionProblems(region: string, zones: readonly string[], data?: RegionData): readonly Problem[] {
  try {
    return Region.of(region, data).zoneProblems(zones);
  } catch (error) {
    if (PlatformError.isPlatformError(error)) return error.problems;
    throw error;
  }
}

/** Partition of a region: `aws`, `aws-us-gov` or `aws-cn`. @throws RegionUnknown */
export function partitionOf(region: string): string {
  return Region.of(region).partition;
}

function unknownRegion(name: string): Problem {
  return {
    code: 'RegionUnknown',
    message: `no region ${name} in the table of ${REGIONS_SOURCE.asOf}`,
    allowed: `one of ${Region.offered().length} regions, nearest: ${nearestNames(name, Region.offered()).join(', ')}`,
    remedy: "correct the name, or where a Region is taken describe it: Region.of(name, { partition: 'aws', zoneLetters: ['a', 'b', 'c'] })",
  };
}

function badData(name: string, partition: string, letters: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (!(partition in DNS_SUFFIXES)) {
    problems.push({ code: 'RegionDataInvalid', message: `region ${name} is given the partition ${partition}`, allowed: Object.keys(DNS_SUFFIXES).join(', ') });
  }
  const wellFormed = letters.length > 0 && letters.every((letter) => /^[a-z]$/.test(letter));
  if (!wellFormed || new Set(letters).size !== letters.length) {
    problems.push({ code: 'RegionDataInvalid', message: `region ${name} is given the zone letters ${JSON.stringify(letters)}`, allowed: 'different single letters a to z, at least one' });
  }
  return problems;
}
