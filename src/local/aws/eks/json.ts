import type { Json, JsonObject } from '../request';
import { AwsError } from '../request';

/** A string member, if it is there. */
export function text(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** A string member that the caller must give. Error: InvalidParameterException. */
export function requiredText(object: JsonObject, key: string): string {
  const value = text(object, key);
  if (value === undefined || value === '') throw new AwsError('InvalidParameterException', `${key} must not be empty`);
  return value;
}

/** A number member, if it is there. */
export function number(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
}

/** An object member; empty where there is none. */
export function object(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : {};
}

/** The objects of a list member; empty where there is none. */
export function objects(parent: JsonObject, key: string): JsonObject[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The strings of a list member; empty where there is none. */
export function texts(parent: JsonObject, key: string): string[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A map of strings. */
export function textMap(parent: JsonObject, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(object(parent, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Time as the REST-JSON protocol writes it: seconds since 1970. */
export function now(): number {
  return Date.now() / 1000;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
