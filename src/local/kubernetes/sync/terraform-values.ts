import { at, isRecord } from './manifest';

/** Answers what a Terraform expression, the text between `${` and `}`, stands for; undefined when it is not known. */
export type ExpressionResolver = (expression: string) => unknown;

/** A value without expressions, and those that nobody could resolve. */
export interface ResolvedValue {
  readonly value: unknown;
  readonly unresolved: readonly string[];
}

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
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'expression' in only) return find(only.expression);
  return parts.map((part) => ('expression' in part ? String(find(part.expression) ?? '') : part.literal)).join('');
}

type Part = { readonly literal: string } | { readonly expression: string };

/** Literal text, with its escapes `$${` and `%%{` taken off, and the expressions between. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let literal = '';
  for (let index = 0; index < text.length; ) {
    const escape = /^([$%])\1\{/.exec(text.slice(index, index + 3));
    if (escape !== null) {
      literal += `${escape[1]}{`;
      index += 3;
    } else if (text.startsWith('${', index)) {
      const end = closingBrace(text, index + 2);
      if (literal !== '') parts.push({ literal });
      parts.push({ expression: text.slice(index + 2, end) });
      literal = '';
      index = end + 1;
    } else {
      literal += text[index];
      index += 1;
    }
  }
  return literal === '' && parts.length > 0 ? parts : [...parts, { literal }];
}

/** Place of the brace that ends an expression; braces in quotes do not count, templates in quotes nest. */
function closingBrace(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') index = closingQuote(text, index + 1);
    else if (character === '{') depth += 1;
    else if (character === '}' && depth === 0) return index;
    else if (character === '}') depth -= 1;
  }
  return text.length;
}

function closingQuote(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text.startsWith('${', index) && text[index - 1] !== '$') index = closingBrace(text, index + 2);
    else if (text[index] === '"') return index;
  }
  return text.length;
}
