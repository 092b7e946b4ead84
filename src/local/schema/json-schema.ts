import Ajv, { type ErrorObject, type Options, type SchemaValidateFunction, type ValidateFunction } from 'ajv';
import { below, isObject, kindOf, unknownKey, wrong, type JsonObject, type SchemaProblem } from './problem';

/** Options for schemas made by others: unknown keywords and formats are their business. */
export const AJV_OPTIONS: Options = { strict: false, allErrors: true, validateFormats: false, validateSchema: false, verbose: true, unicodeRegExp: false, logger: false, code: { optimize: false } };

const LOGICAL = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'];
const OPEN_MARKS = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'];

/** Keyword whose schema is compiled when a value first gets there. */
const LAZY = 'x-lazy';
/** Characters of JSON from which compiling at once costs more than it saves; the largest CRDs have 500,000. */
const LAZY_FROM = 4000;

/** A new validator for plain JSON schema and Kubernetes' dialect. */
export function newAjv(options: Options = {}): Ajv {
  const ajv = new Ajv({ ...AJV_OPTIONS, ...options });
  const compiled = new Map<unknown, ValidateFunction>();
  const check: SchemaValidateFunction = (schema: JsonObject, value: unknown, _parent, context) => {
    const validator = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validator);
    const valid = validator(value) === true;
    check.errors = valid ? [] : (validator.errors ?? []).map((error) => ({ ...error, instancePath: `${context?.instancePath ?? ''}${error.instancePath}` }));
    return valid;
  };
  ajv.addKeyword({ keyword: LAZY, validate: check, errors: 'full' });
  return ajv;
}

/** Puts off compiling a large part until an object has something there; its default stays in sight. */
function lazy(schema: unknown): unknown {
  if (!isObject(schema) || JSON.stringify(schema).length < LAZY_FROM) return schema;
  return { ...('default' in schema ? { default: schema.default } : {}), [LAZY]: schema };
}

/** Runs a compiled validator and says what is wrong, each place once. */
export function validate(validator: ValidateFunction, value: unknown, at = ''): SchemaProblem[] {
  if (validator(value) === true) return [];
  const problems = (validator.errors ?? []).map((error) => toProblem(error, value, at));
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()];
}

/**
 * Kubernetes' structural schema as plain JSON schema in which a key that the API server would prune is an error.
 * Value rules inside allOf, anyOf, oneOf and not stay as they are.
 */
export function strictStructural(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'format' || keyword === 'nullable' || keyword === 'description') continue;
    if (keyword === 'properties' && isObject(value)) result[keyword] = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, lazy(strictStructural(item))]));
    else if (keyword === 'items' || keyword === 'additionalProperties') result[keyword] = lazy(strictStructural(value));
    else if (keyword !== 'pattern' || compiles(value)) result[keyword] = value;
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    for (const keyword of LOGICAL) delete result[keyword];
    result.type = ['integer', 'number', 'string'];
  }
  if (schema.nullable === true) allowNull(result);
  const open = 'additionalProperties' in schema || OPEN_MARKS.some((mark) => schema[mark] === true);
  if (isObject(schema.properties) && !open) result.additionalProperties = false;
  return result;
}

function allowNull(schema: Record<string, unknown>): void {
  if (schema.type !== undefined) schema.type = [schema.type, 'null'].flat();
  if (Array.isArray(schema.enum)) schema.enum = [...(schema.enum as unknown[]), null];
}

/** Some patterns are written for another engine; the API server judges those. */
function compiles(pattern: unknown): boolean {
  try {
    return typeof pattern === 'string' && new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function toProblem(error: ErrorObject, root: unknown, at: string): SchemaProblem {
  const { path, value } = locate(error.instancePath, root, at);
  const params = error.params as JsonObject;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params.additionalProperty ?? params.unevaluatedProperty);
      const parent = error.parentSchema;
      return wrong(below(path, key), unknownKey(key, isObject(parent) && isObject(parent.properties) ? Object.keys(parent.properties) : []));
    }
    case 'required':
      return wrong(below(path, String(params.missingProperty)), 'is required and missing');
    case 'type':
      return wrong(path, `must be ${[params.type].flat().join(' or ')}, got ${kindOf(value)} ${JSON.stringify(value)?.slice(0, 60)}`);
    case 'enum':
      return wrong(path, `must be one of ${(params.allowedValues as unknown[]).map((allowed) => JSON.stringify(allowed)).join(', ')}, got ${JSON.stringify(value)}`);
    default:
      return wrong(path, error.message ?? error.keyword);
  }
}

/** `/spec/containers/0/image` as `spec.containers[0].image`, with the value there. */
function locate(pointer: string, root: unknown, at: string): { readonly path: string; readonly value: unknown } {
  let path = at;
  let value: unknown = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replace(/~1/g, '/').replace(/~0/g, '~');
    path = below(path, Array.isArray(value) ? Number(key) : key);
    value = Array.isArray(value) ? (value as unknown[])[Number(key)] : isObject(value) ? value[key] : undefined;
  }
  return { path, value };
}
