import { nearestNames } from '../../catalog/source';

/** One disagreement between an object and its schema. */
export interface SchemaProblem {
  /** Where in the object, such as `spec.containers[0].image`. */
  readonly path: string;
  /** What is wrong, with the nearest known key where that helps. */
  readonly message: string;
  /** `error`: it will be refused or ignored; `warning`: it works, but is deprecated or could not be checked. */
  readonly severity: 'error' | 'warning';
}

/** Type of parsed JSON or YAML that is an object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for objects that are neither arrays nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A problem that makes the object wrong. */
export function wrong(path: string, message: string): SchemaProblem {
  return { path, message, severity: 'error' };
}

/** A problem that the object lives with. */
export function unwise(path: string, message: string): SchemaProblem {
  return { path, message, severity: 'warning' };
}

/** Path of a key below a path. */
export function below(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** `unknown key x, did you mean y?` */
export function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestNames(key, known, 1)[0];
  return `unknown key ${key}${nearest === undefined ? '' : `, nearest known key: ${nearest}`}`;
}

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : typeof value;
}
