import type { ValidateFunction } from 'ajv';
import { nearestNames } from '../../catalog/source';
import { newAjv, strictStructural, validate } from './json-schema';
import { isObject, unwise, wrong, type JsonObject, type SchemaProblem } from './problem';
import type { SchemaReference } from './reference';

interface CrdVersion { readonly name: string; readonly served: boolean; readonly storage: boolean; readonly deprecated: boolean }
interface CrdEntry { readonly group: string; readonly kind: string; readonly scope: string; readonly versions: readonly CrdVersion[]; readonly file: string }
interface Crd { readonly spec: { readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema?: JsonObject } }[] } }

const CRD_INDEX = 'crds/index.json';

/** Checks a custom resource but for its metadata; undefined where the reference data does not hold its group. */
export function checkCustomResource(manifest: JsonObject, group: string, version: string, reference: SchemaReference): SchemaProblem[] | undefined {
  const sameGroup = ((reference.read(CRD_INDEX) ?? []) as readonly CrdEntry[]).filter((entry) => entry.group === group);
  if (sameGroup.length === 0) return undefined;
  const entry = sameGroup.find((candidate) => candidate.kind === manifest.kind);
  if (entry === undefined) {
    return [wrong('kind', `${group} has no ${String(manifest.kind)}, nearest: ${nearestNames(String(manifest.kind), sameGroup.map((candidate) => candidate.kind), 1).join()}`)];
  }
  const known = entry.versions.find((candidate) => candidate.name === version);
  const current = entry.versions.find((candidate) => candidate.storage)?.name ?? '';
  if (known?.served !== true) return [wrong('apiVersion', `${entry.kind} is not served as ${String(manifest.apiVersion)}; use ${group}/${current}`)];
  const validator = validatorOf(entry, version, reference);
  if (validator === undefined) return undefined;
  const problems = validate(validator, structuredClone(manifest));
  if (known.deprecated) problems.push(unwise('apiVersion', `${entry.kind} as ${String(manifest.apiVersion)} is deprecated; use ${group}/${current}`));
  if (entry.scope === 'Cluster' && isObject(manifest.metadata) && manifest.metadata.namespace !== undefined) problems.push(wrong('metadata.namespace', `${entry.kind} is not namespaced`));
  return problems;
}

/** Compiled schema of one version; undefined where the CRD describes nothing. */
function validatorOf(entry: CrdEntry, version: string, reference: SchemaReference): ValidateFunction | undefined {
  return reference.remember(`crd ${entry.group} ${entry.kind} ${version}`, () => {
    const crd = reference.read(entry.file) as Crd | undefined;
    const schema = crd?.spec.versions.find((candidate) => candidate.name === version)?.schema?.openAPIV3Schema;
    if (!isObject(schema?.properties)) return undefined;
    const described = schema.properties;
    const properties = { ...described, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
    const strict = strictStructural({ ...schema, properties });
    if (isObject(described.spec) && described.spec['x-kubernetes-preserve-unknown-fields'] === true && described.spec.properties === undefined) return undefined;
    return newAjv({ useDefaults: true }).compile(strict as JsonObject);
  });
}
