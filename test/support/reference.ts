import { SCHEMA_DIR_VARIABLE, SchemaReference } from '../../src/local/schema';

/** The reference schemas of this run; undefined where `PLATFORM_SCHEMA_DIR` is not set. */
export const reference = SchemaReference.fromEnvironment();

/** A group of tests that needs the reference schemas: skipped, and named so, without them. */
export function describeWithReference(name: string, tests: (schemas: SchemaReference) => void): void {
  if (reference === undefined) describe.skip(`${name} (${SCHEMA_DIR_VARIABLE} is not set)`, () => it('needs the reference schemas', () => undefined));
  else describe(name, () => tests(reference));
}
