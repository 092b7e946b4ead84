import type { S3BucketLifecycleConfigurationRule } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import type { Duration, Problem } from '../../src/core';
import { prefixProblem } from './object-prefix';

/** Where S3 keeps objects that are read less often than on the first day. */
export class StorageClass {
  /** Read now and then; 30 days at least. */
  public static readonly STANDARD_IA = new StorageClass('STANDARD_IA', 30);
  /** S3 moves each object by its own use; reads cost the same. */
  public static readonly INTELLIGENT_TIERING = new StorageClass('INTELLIGENT_TIERING', 0);
  /** As STANDARD_IA in one zone: for what can be made again. */
  public static readonly ONEZONE_IA = new StorageClass('ONEZONE_IA', 30);
  /** Read once a quarter, at once. */
  public static readonly GLACIER_INSTANT_RETRIEVAL = new StorageClass('GLACIER_IR', 0);
  /** Archive: must be restored before it is read, in minutes to hours. */
  public static readonly GLACIER_FLEXIBLE_RETRIEVAL = new StorageClass('GLACIER', 0);
  /** Archive: must be restored before it is read, in hours. */
  public static readonly DEEP_ARCHIVE = new StorageClass('DEEP_ARCHIVE', 0);

  /** A class that is not in the list. @param minimumDays age in days before S3 accepts the move. */
  public static of(name: string, minimumDays = 0): StorageClass {
    return new StorageClass(name, minimumDays);
  }

  private constructor(
    /** Name in the S3 API. */
    public readonly name: string,
    /** Age in days before S3 accepts the move. Source: S3 user guide, transitioning objects. */
    public readonly minimumDays: number,
  ) {}

  public toString(): string {
    return this.name;
  }
}

/** S3 moves objects down this order only. Source: S3 user guide, transitioning objects. */
const WATERFALL = ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];

/** A move of objects to another storage class. */
export interface StorageTransition {
  /** Class to move to. */
  readonly to: StorageClass;
  /** Age of the object, in whole days. */
  readonly after: Duration;
}

/** What happens to the objects below a prefix as they age. */
export interface ObjectLifecycle {
  /** Folders, each ended by a slash; `''` for the whole bucket. */
  readonly prefix: string;
  /** Moves, in the order of age. @default - objects stay in S3 Standard */
  readonly transitions?: readonly StorageTransition[];
  /** Age at which objects are deleted, in whole days. @default - never */
  readonly expireAfter?: Duration;
}

/** Parts of an upload that was never finished are deleted after this many days. */
const ABANDONED_UPLOAD_DAYS = 7;

/** Everything that is wrong with the rules: prefixes, and moves that S3 would refuse. */
export function lifecycleProblems(rules: readonly ObjectLifecycle[]): Problem[] {
  const prefixes = rules.map((rule) => rule.prefix);
  return rules.flatMap((rule, index) => [
    ...[prefixProblem(rule.prefix)].filter((problem) => problem !== undefined),
    ...(prefixes.indexOf(rule.prefix) === index ? [] : [{ code: 'LifecyclePrefixDuplicate', message: `lifecycle has two rules for "${rule.prefix}"`, remedy: 'join them in one' }]),
    ...transitionProblems(rule),
  ]);
}

function transitionProblems(rule: ObjectLifecycle): Problem[] {
  const moves = rule.transitions ?? [];
  const problems: Problem[] = [];
  if (moves.length === 0 && rule.expireAfter === undefined) {
    problems.push({ code: 'LifecycleRuleEmpty', message: `the lifecycle rule of "${rule.prefix}" does nothing`, remedy: 'give it transitions or expireAfter' });
  }
  moves.forEach((move, index) => {
    const days = move.after.toDays();
    const before = moves[index - 1];
    if (days < move.to.minimumDays) {
      problems.push({ code: 'TransitionTooEarly', message: `"${rule.prefix}" moves to ${move.to} after ${days} days`, allowed: `${move.to.minimumDays} days or later` });
    }
    if (before && (days <= before.after.toDays() || WATERFALL.indexOf(move.to.name) <= WATERFALL.indexOf(before.to.name))) {
      problems.push({ code: 'TransitionOrderInvalid', message: `"${rule.prefix}" moves to ${before.to} after ${before.after.toDays()} days and to ${move.to} after ${days} days`, allowed: `later each time, and in the order ${WATERFALL.join(', ')}` });
    }
  });
  const last = moves.at(-1);
  if (last && rule.expireAfter && rule.expireAfter.toDays() <= last.after.toDays()) {
    problems.push({ code: 'ExpiryBeforeTransition', message: `"${rule.prefix}" is deleted after ${rule.expireAfter.toDays()} days and moved to ${last.to} after ${last.after.toDays()} days`, allowed: 'deletion after the last move' });
  }
  return problems;
}

/** The rules as S3 takes them: housekeeping for the whole bucket first, then one for each prefix. */
export function lifecycleRules(rules: readonly ObjectLifecycle[], noncurrentRetention: Duration): S3BucketLifecycleConfigurationRule[] {
  return [
    {
      id: 'housekeeping',
      status: 'Enabled',
      filter: [{ prefix: '' }],
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABANDONED_UPLOAD_DAYS }],
      noncurrentVersionExpiration: [{ noncurrentDays: noncurrentRetention.toDays() }],
      expiration: [{ expiredObjectDeleteMarker: true }],
    },
    ...rules.map((rule) => ({
      id: `age-${rule.prefix === '' ? 'everything' : rule.prefix}`,
      status: 'Enabled',
      filter: [{ prefix: rule.prefix }],
      ...(rule.transitions === undefined ? {} : { transition: rule.transitions.map((move) => ({ storageClass: move.to.name, days: move.after.toDays() })) }),
      ...(rule.expireAfter === undefined ? {} : { expiration: [{ days: rule.expireAfter.toDays() }] }),
    })),
  ];
}
