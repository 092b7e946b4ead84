import { below, isObject, kindOf, unknownKey, wrong, type SchemaProblem } from './problem';

/**
 * Checks a value against a Terraform type (`"string"`, `["list", "string"]`, `["object", {...}]`).
 * Expressions are accepted for every type, and scalars where Terraform converts them.
 */
export function checkType(path: string, value: unknown, type: unknown): SchemaProblem[] {
  if (value === null || value === undefined || isExpression(value) || type === 'dynamic') return [];
  if (typeof type === 'string') return fitsScalar(value, type) ? [] : [wrong(path, `must be a ${type}, got ${kindOf(value)} ${shown(value)}`)];
  if (!Array.isArray(type)) return [];
  const [collection, element] = type as [string, unknown];
  switch (collection) {
    case 'list':
    case 'set':
      return Array.isArray(value) ? value.flatMap((item, index) => checkType(below(path, index), item, element)) : [wrong(path, `must be a ${collection}, got ${kindOf(value)} ${shown(value)}`)];
    case 'map':
      return isObject(value) ? Object.entries(value).flatMap(([key, item]) => checkType(below(path, key), item, element)) : [wrong(path, `must be a map, got ${kindOf(value)} ${shown(value)}`)];
    case 'object':
      return checkObject(path, value, element);
    default:
      return [];
  }
}

function checkObject(path: string, value: unknown, members: unknown): SchemaProblem[] {
  if (!isObject(value) || !isObject(members)) return [wrong(path, `must be an object, got ${kindOf(value)} ${shown(value)}`)];
  return Object.entries(value).flatMap(([key, item]) =>
    key in members ? checkType(below(path, key), item, members[key]) : [wrong(below(path, key), unknownKey(key, Object.keys(members)))],
  );
}

function isExpression(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

function fitsScalar(value: unknown, type: string): boolean {
  if (type === 'number') return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)));
  if (type === 'bool') return typeof value === 'boolean' || value === 'true' || value === 'false';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
