import type { PolicyStatement } from '../../src/core';

/**
 * The same permissions in the fewest statements and in an order that does not depend on the order of grants. Statement ids
 * are left out, as a merged statement has more than one origin.
 */
export function mergeStatements(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const plain = statements.map(normalise);
  const byResources = group(plain, ({ actions: _, ...rest }) => rest).map((same) => ({ ...same[0], actions: union(same.map((statement) => statement.actions)) }));
  const byActions = group(byResources, ({ resources: _, ...rest }) => rest).map((same) => ({ ...same[0], ...(same[0].resources ? { resources: union(same.map((statement) => statement.resources ?? [])) } : {}) }));
  return byActions.map((statement) => ({ text: JSON.stringify(statement), statement })).sort((a, b) => compare(a.text, b.text)).map(({ statement }) => statement);
}

type Group = [PolicyStatement, ...PolicyStatement[]];

function normalise(statement: PolicyStatement): PolicyStatement {
  return {
    effect: statement.effect ?? 'Allow',
    actions: union([statement.actions]),
    ...(statement.resources === undefined ? {} : { resources: union([statement.resources]) }),
    ...(statement.conditions === undefined ? {} : { conditions: sortedConditions(statement.conditions) }),
  };
}

function group(statements: readonly PolicyStatement[], key: (statement: PolicyStatement) => object): Group[] {
  const groups = new Map<string, Group>();
  for (const statement of statements) {
    const text = JSON.stringify(key(statement));
    const known = groups.get(text);
    if (known) known.push(statement);
    else groups.set(text, [statement]);
  }
  return [...groups.values()];
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort(compare);
}

function sortedConditions(conditions: NonNullable<PolicyStatement['conditions']>): NonNullable<PolicyStatement['conditions']> {
  return sortedEntries(conditions, (keys) => sortedEntries(keys, (values) => (typeof values === 'string' ? values : union([values]))));
}

function sortedEntries<T>(record: { readonly [key: string]: T }, map: (value: T) => T): { [key: string]: T } {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compare(a, b)).map(([key, value]) => [key, map(value)]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
