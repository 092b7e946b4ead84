import { at, isRecord } from './manifest';

/** Answers what a Terraform expression, the text between `${` and `}`, stands for; undefined when it is not known. */
export type ExpressionResolver = (expression: string) => unknown;

/** A value without expressions, and those that nobody could resolve. */
export interface ResolvedValue {
  readonly value: unknown;
  readonly unresolved: readonly string[];
}

/** `${`, unless it is the second half of the escape `$${`. */
const TEMPLATE = /(\$\$\{|%%\{)|\$\{((?:[^{}"]|"(?:[^"\\]|\\.)*"|\{[^{}]*\})*)\}/g;

/** Reads a value of `cdk.tf.json` as Terraform would: expressions are resolved, escapes are taken off. */
export function resolveValue(value: unknown, resolve: ExpressionResolver): ResolvedValue {
  const unresolved = new Set<string>();
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return resolveText(node, resolve, unresolved);
    if (Array.isArray(node)) return node.map(walk);
    return isRecord(node) ? Object.fromEntries(Object.entries(node).map(([key, entry]) => [key, walk(entry)])) : node;
  };
  return { value: walk(value), unresolved: [...unresolved] };
}

/** Resolves attributes that are written in the same file: `kubernetes_namespace_v1.x.metadata[0].name`. */
export function resolverOf(resources: unknown, next: ExpressionResolver): ExpressionResolver {
  const resolve = (expression: string): unknown => {
    const address = /^([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_.[\]]+)$/.exec(expression.trim());
    if (address === null) return next(expression);
    const [, type = '', name = '', path = ''] = address;
    const found = follow(at(resources, type, name), path.split(/[.[\]]+/).filter((step) => step !== ''));
    if (typeof found !== 'string') return found ?? next(expression);
    const { value, unresolved } = resolveValue(found, resolve);
    return unresolved.length === 0 ? value : undefined;
  };
  return resolve;
}

/** Blocks of one are written as an object or as a list of one. */
function follow(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((current, step) => (step === '0' && isRecord(current) ? current : at(current, step)), value);
}

function resolveText(text: string, resolve: ExpressionResolver, unresolved: Set<string>): unknown {
  const find = (expression: string): unknown => {
    const found = resolve(expression);
    if (found === undefined) unresolved.add(expression);
    return found;
  };
  const whole = [...text.matchAll(TEMPLATE)];
  const [only] = whole;
  if (whole.length === 1 && only?.[2] !== undefined && only[0] === text) return find(only[2]);
  return text.replace(TEMPLATE, (_, escape: string | undefined, expression: string | undefined) =>
    escape === undefined ? String(find(expression ?? '') ?? '') : escape.slice(1));
}
