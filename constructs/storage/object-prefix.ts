import type { IConstruct } from 'constructs';
import type { Problem } from '../../src/core';
import { fail } from '../../src/core';

/** Folders, each ended by a slash. Wildcards and policy variables are left out, as a grant puts the prefix into an ARN. */
const PREFIX = /^(?:[A-Za-z0-9!_.'()=-]+\/)+$/;

/** What is wrong with a key prefix; undefined if nothing is. The empty prefix is the whole bucket. */
export function prefixProblem(prefix: string): Problem | undefined {
  if (prefix === '' || PREFIX.test(prefix)) return undefined;
  return {
    code: 'PrefixInvalid',
    message: `prefix got "${prefix}"`,
    allowed: "folders of letters, digits and !_.'()=-, each ended by a slash, such as models/churn/",
    remedy: 'leave out a leading slash and end with one: without it, models would also reach models-old',
  };
}

/** Returns the prefix. @throws PrefixInvalid */
export function checkPrefix(prefix: string, path?: string): string {
  const problem = prefixProblem(prefix);
  if (problem) fail({ ...problem, path });
  return prefix;
}

const owners = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Gives a prefix of a bucket to one owner. Nobody else in the program may own it, a folder of it or a folder above it.
 * @throws PrefixInvalid, PrefixOverlap
 */
export function claimPrefix(owner: IConstruct, bucketName: string, prefix: string): void {
  checkPrefix(prefix, owner.node.path);
  const location = `${bucketName}/${prefix}`;
  const known = owners.get(owner.node.root) ?? new Map<string, string>();
  owners.set(owner.node.root, known);
  for (const [other, path] of known) {
    if (location.startsWith(other) || other.startsWith(location)) {
      fail({ code: 'PrefixOverlap', message: `s3://${location} overlaps s3://${other} of ${path}`, remedy: 'choose a prefix of its own, or another bucket', path: owner.node.path });
    }
  }
  known.set(location, owner.node.path);
}
