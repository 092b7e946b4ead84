import { Token } from 'cdktf';

/** References and function calls of Terraform inside text; `${HOME}` and Grafana's `${datasource}` are none. */
const TERRAFORM_EXPRESSION = /\$\{\s*(?:TfToken\[|(?:data|var|local|module|each|count|path|self|terraform)\.|[a-z][a-z0-9]*_[a-z0-9_]+\.[A-Za-z0-9_-]+[.[]|[a-z0-9_]+\()/;

/**
 * Paths of the fields that hold a Terraform token or expression: what would be text without meaning in YAML.
 * @param value what is to be written as YAML.
 */
export function findTokens(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return Token.isUnresolved(value) || TERRAFORM_EXPRESSION.test(value) ? [path] : [];
  if (typeof value === 'number') return Token.isUnresolved(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  if (Token.isUnresolved(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((entry, index) => findTokens(entry, `${path}[${index}]`));
  return Object.entries(value).flatMap(([key, entry]) => [
    ...(findTokens(key).length > 0 ? [`${path}.<key>`] : []),
    ...findTokens(entry, path === '' ? key : `${path}.${key}`),
  ]);
}
