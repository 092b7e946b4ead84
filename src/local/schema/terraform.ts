import { checkType } from './terraform-types';
import { below, isObject, kindOf, unknownKey, unwise, wrong, type JsonObject, type SchemaProblem } from './problem';
import type { SchemaReference } from './reference';

/** Attribute of a provider schema (`terraform providers schema -json`). */
export interface AttributeSchema {
  readonly type?: unknown;
  readonly nested_type?: { readonly attributes: Readonly<Record<string, AttributeSchema>>; readonly nesting_mode: string };
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly deprecated?: boolean;
}

interface BlockTypeSchema { readonly block: BlockSchema; readonly nesting_mode: string; readonly min_items?: number; readonly max_items?: number }
interface BlockSchema { readonly attributes?: Readonly<Record<string, AttributeSchema>>; readonly block_types?: Readonly<Record<string, BlockTypeSchema>> }
interface SchemaEntry { readonly block: BlockSchema }
interface ProviderSchema {
  readonly provider: SchemaEntry;
  readonly resource_schemas?: Readonly<Record<string, SchemaEntry>>;
  readonly data_source_schemas?: Readonly<Record<string, SchemaEntry>>;
}

/** Output of `terraform providers schema -json`, for one provider or several. */
export interface ProviderSchemas {
  readonly provider_schemas: Readonly<Record<string, ProviderSchema>>;
}

/** Result of checking one stack. */
export interface TerraformCheck {
  readonly problems: readonly SchemaProblem[];
  /** Blocks that were checked, such as `resource.kubernetes_namespace.Argo`. */
  readonly checked: readonly string[];
  /** Blocks whose provider schema is not given. */
  readonly unchecked: readonly string[];
}

const META_ARGUMENTS = ['count', 'depends_on', 'for_each', 'provider', 'lifecycle', 'provisioner', 'connection', '//'];
const PROVIDER_META_ARGUMENTS = ['alias', 'version', '//'];

/** Schemas of the helm and kubernetes providers in the reference data; undefined where they are not there. */
export function gitopsProviderSchemas(reference: SchemaReference): readonly ProviderSchemas[] | undefined {
  const files = ['terraform/kubernetes-2.38.0.schema.json', 'terraform/helm-3.1.1.schema.json'];
  return files.every((file) => reference.has(file)) ? files.map((file) => reference.read(file) as ProviderSchemas) : undefined;
}

/** Checks every provider, resource and data block of a stack's JSON (`cdk.tf.json`) against provider schemas. */
export function checkTerraformJson(document: unknown, schemas: readonly ProviderSchemas[]): TerraformCheck {
  const providers = new Map(schemas.flatMap((file) => Object.entries(file.provider_schemas)).map(([address, schema]) => [address.split('/').pop() ?? address, schema]));
  const problems: SchemaProblem[] = [];
  const checked: string[] = [];
  const unchecked: string[] = [];
  const visit = (path: string, block: unknown, schema: SchemaEntry | undefined, meta: readonly string[], known: readonly string[]): void => {
    checked.push(path);
    if (schema === undefined) problems.push(wrong(path, `the provider has no such type${known.length === 0 ? '' : `; ${unknownKey(path.split('.')[1] ?? '', known)}`}`));
    else problems.push(...checkBlock(path, block, schema.block, meta));
  };
  const root = isObject(document) ? document : {};
  for (const [name, blocks] of entries(root.provider)) {
    const provider = providers.get(name);
    for (const [index, block] of asList(blocks).entries()) {
      const path = `provider.${name}[${index}]`;
      if (provider === undefined) unchecked.push(path);
      else visit(path, block, provider.provider, PROVIDER_META_ARGUMENTS, []);
    }
  }
  for (const kind of ['resource', 'data'] as const) {
    for (const [type, named] of entries(root[kind])) {
      const provider = providers.get(type.split('_')[0] ?? type);
      const known = (kind === 'resource' ? provider?.resource_schemas : provider?.data_source_schemas) ?? {};
      for (const [name, block] of entries(named)) {
        const path = `${kind}.${type}.${name}`;
        if (provider === undefined) unchecked.push(path);
        else visit(path, block, known[type], META_ARGUMENTS, Object.keys(known));
      }
    }
  }
  return { problems, checked, unchecked };
}

function checkBlock(path: string, given: unknown, schema: BlockSchema, meta: readonly string[] = []): SchemaProblem[] {
  if (!isObject(given)) return [wrong(path, `must be a block, got ${kindOf(given)}`)];
  const attributes = schema.attributes ?? {};
  const blocks = schema.block_types ?? {};
  const block = expandDynamic(given);
  const problems = checkAttributes(path, block, attributes, [...Object.keys(blocks), ...meta]);
  for (const [name, blockType] of Object.entries(blocks)) {
    problems.push(...checkNestedBlocks(below(path, name), block[name], blockType));
  }
  return problems;
}

function checkAttributes(path: string, given: JsonObject, attributes: Readonly<Record<string, AttributeSchema>>, others: readonly string[]): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const [key, value] of Object.entries(given)) {
    const at = below(path, key);
    const schema = attributes[key];
    if (schema === undefined) {
      if (!others.includes(key)) problems.push(wrong(at, unknownKey(key, [...Object.keys(attributes), ...others])));
      continue;
    }
    if (value === null || value === undefined) continue;
    if (schema.required !== true && schema.optional !== true) problems.push(wrong(at, 'is computed by the provider and cannot be set'));
    if (schema.deprecated === true) problems.push(unwise(at, 'is deprecated by the provider'));
    problems.push(...checkAttribute(at, value, schema));
  }
  for (const [key, schema] of Object.entries(attributes)) {
    if (schema.required === true && (given[key] === undefined || given[key] === null)) problems.push(wrong(below(path, key), 'is required and missing'));
  }
  return problems;
}

function checkAttribute(path: string, value: unknown, schema: AttributeSchema): SchemaProblem[] {
  const nested = schema.nested_type;
  if (nested === undefined) return checkType(path, value, schema.type);
  if (typeof value === 'string' && value.includes('${')) return [];
  const object = (at: string, item: unknown): SchemaProblem[] =>
    isObject(item) ? checkAttributes(at, item, nested.attributes, []) : [wrong(at, `must be an object, got ${kindOf(item)}`)];
  if (nested.nesting_mode === 'single') return object(path, value);
  if (nested.nesting_mode === 'map') {
    return isObject(value) ? Object.entries(value).flatMap(([key, item]) => object(below(path, key), item)) : [wrong(path, `must be a map of objects, got ${kindOf(value)}`)];
  }
  return Array.isArray(value) ? value.flatMap((item, index) => object(below(path, index), item)) : [wrong(path, `must be a list of objects, got ${kindOf(value)}`)];
}

function checkNestedBlocks(path: string, given: unknown, schema: BlockTypeSchema): SchemaProblem[] {
  const atLeast = schema.min_items ?? 0;
  if (given === undefined || given === null) return atLeast > 0 ? [wrong(path, `needs at least ${atLeast} block, got none`)] : [];
  if (schema.nesting_mode === 'map') return entries(given).flatMap(([label, block]) => checkBlock(below(path, label), block, schema.block));
  const list = asList(given);
  const single = schema.nesting_mode === 'single' || schema.nesting_mode === 'group';
  const atMost = single ? 1 : schema.max_items ?? Infinity;
  const problems = list.flatMap((block, index) => checkBlock(Array.isArray(given) ? below(path, index) : path, block, schema.block));
  if (list.length < atLeast) problems.push(wrong(path, `needs at least ${atLeast} block, got ${list.length}`));
  if (list.length > atMost) problems.push(wrong(path, `takes at most ${atMost} block, got ${list.length}`));
  return problems;
}

/** Blocks made by `dynamic` are checked by their content, as if each stood there once. */
function expandDynamic(block: JsonObject): JsonObject {
  const { dynamic, ...rest } = block;
  const made = entries(dynamic).map(([name, value]) => [name, asList(value).map((item) => (isObject(item) ? item.content : item))]);
  return dynamic === undefined ? block : { ...Object.fromEntries(made), ...rest };
}

function entries(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
