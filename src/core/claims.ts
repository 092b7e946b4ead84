import type { IConstruct } from 'constructs';
import { Environment } from './environment';
import { fail } from './errors';

const claims = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Claims a physical name for a construct. Two constructs of one program that claim the same name of the same kind in the
 * same account and region are refused: the second would take over, or collide with, what the first created.
 *
 * @param noun what is named, as the service says it.
 * @throws PhysicalNameDuplicate
 */
export function claimName(construct: IConstruct, noun: string, name: string): void {
  const { account, region } = Environment.of(construct);
  const known = claims.get(construct.node.root) ?? new Map<string, string>();
  claims.set(construct.node.root, known);
  const key = [account, region, noun, name].join('\n');
  const owner = known.get(key);
  if (owner !== undefined) {
    fail({ code: 'PhysicalNameDuplicate', message: `${noun} "${name}" belongs to ${owner} already`, remedy: 'give one of the two another name', path: construct.node.path });
  }
  known.set(key, construct.node.path);
}
