import type { Problem } from '../../src/core';
import { FeatureType } from './feature-type';
import { isReserved } from './reserved-words';

/** One column: what it is called and what it holds. */
export interface FeatureColumn {
  /** Lower-case letters, digits and single underscores, beginning with a letter; up to 255 characters. */
  readonly name: string;
  /** What it holds. */
  readonly type: FeatureType;
  /** What it means, for whoever reads the catalog. @default - nothing is said */
  readonly description?: string;
}

/** The schema that the online and the offline table share. */
export interface FeatureSchema {
  /** Keys of the entity that features are about, such as a customer; at least one. */
  readonly entities: readonly FeatureColumn[];
  /** Features; at least one. */
  readonly features: readonly FeatureColumn[];
  /** Column with the time at which features were true. @default "event_timestamp" */
  readonly eventTimestamp?: string;
  /** Column with the time at which a row was written, which decides between rows of the same event time. @default - no such column */
  readonly createdTimestamp?: string;
}

/** Types that can identify an entity in Feast. */
const KEY_TYPES = [FeatureType.INT64, FeatureType.INT32, FeatureType.STRING, FeatureType.BYTES, FeatureType.TIMESTAMP, FeatureType.BOOL];

/** Every column in the order of the offline table: entities, features, timestamps. */
export function columnsOf(schema: FeatureSchema): FeatureColumn[] {
  const time = (name: string | undefined): FeatureColumn[] => (name === undefined ? [] : [{ name, type: FeatureType.TIMESTAMP }]);
  return [...schema.entities, ...schema.features, ...time(schema.eventTimestamp ?? 'event_timestamp'), ...time(schema.createdTimestamp)];
}

/** Everything that is wrong with the schema. */
export function schemaProblems(schema: FeatureSchema): Problem[] {
  const problems: Problem[] = [];
  if (schema.entities.length === 0) {
    problems.push({ code: 'EntityMissing', message: 'entities got an empty list', allowed: 'at least one column', remedy: 'name the key by which features are looked up' });
  }
  if (schema.features.length === 0) {
    problems.push({ code: 'SchemaEmpty', message: 'features got an empty list', allowed: 'at least one column' });
  }
  for (const entity of schema.entities) {
    if (!KEY_TYPES.includes(entity.type)) {
      problems.push({ code: 'EntityTypeInvalid', message: `entity "${entity.name}" has the type ${entity.type}`, allowed: KEY_TYPES.join(', '), remedy: 'two floating-point keys that look alike may differ: use a whole number or text' });
    }
  }
  const names = columnsOf(schema).map((column) => column.name);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) problems.push({ code: 'FeatureNameDuplicate', message: `the column "${name}" is there twice`, remedy: 'give one of the two another name' });
    else problems.push(...nameProblems('column', name));
  });
  return problems;
}

/** What is wrong with the name of a table or column. Two underscores in a row divide view and feature in Feast's answers. */
export function nameProblems(noun: string, name: string): Problem[] {
  if (!/^[a-z](?:_?[a-z0-9])*$/.test(name) || name.length > 255) {
    return [{ code: 'FeatureNameInvalid', message: `${noun} got the name "${name}"`, allowed: 'lower-case letters, digits and single underscores inside, beginning with a letter; up to 255 characters' }];
  }
  if (isReserved(name)) {
    return [{ code: 'FeatureNameReserved', message: `${noun} got the name "${name}"`, allowed: 'a name that neither Athena nor the table layout keeps for itself', remedy: `say more, such as ${name}_value` }];
  }
  return [];
}
