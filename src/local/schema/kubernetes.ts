import type Ajv from 'ajv';
import type { ValidateFunction } from 'ajv';
import { nearestNames } from '../../catalog/source';
import { newAjv, validate } from './json-schema';
import { isObject, unknownKey, wrong, type JsonObject, type SchemaProblem } from './problem';
import type { SchemaReference } from './reference';

interface ServedKind { readonly group: string; readonly version: string; readonly kind: string; readonly namespaced: boolean; readonly definition: string }

/** Definitions whose Go type is written otherwise than the OpenAPI document says. */
const SCALARS: Readonly<Record<string, unknown>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string' },
};
const OPEN_DEFINITION = /\.(RawExtension|FieldsV1|JSON|JSONSchemaProps\w*)$/;
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Schemas of one Kubernetes version's own API. */
export class KubernetesSchemas {
  /** Schemas of a version such as `1.35`; undefined where the reference data has none. */
  public static of(reference: SchemaReference, version: string): KubernetesSchemas | undefined {
    const swagger = `openapi/kubernetes-swagger-${version}.json`;
    const kinds = `openapi/kubernetes-gvk-${version}.json`;
    if (!reference.has(swagger) || !reference.has(kinds)) return undefined;
    return reference.remember(`kubernetes ${version}`, () => {
      const { definitions } = reference.read(swagger) as { definitions: JsonObject };
      return new KubernetesSchemas(version, closed(definitions), reference.read(kinds) as ServedKind[]);
    });
  }

  private readonly ajv: Ajv = newAjv();
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(
    private readonly version: string,
    definitions: JsonObject,
    private readonly kinds: readonly ServedKind[],
  ) {
    this.ajv.addSchema({ definitions }, 'kubernetes');
  }

  /** True if the group belongs to Kubernetes itself. */
  public hasGroup(group: string): boolean {
    return this.kinds.some((kind) => kind.group === group);
  }

  /** Checks an object of Kubernetes' own API. */
  public check(manifest: JsonObject, group: string, version: string): SchemaProblem[] {
    const sameGroup = this.kinds.filter((kind) => kind.group === group);
    const served = sameGroup.find((kind) => kind.version === version && kind.kind === manifest.kind);
    if (served === undefined) return [this.notServed(manifest, sameGroup)];
    const scope = isObject(manifest.metadata) && manifest.metadata.namespace !== undefined && !served.namespaced
      ? [wrong('metadata.namespace', `${served.kind} is not namespaced`)]
      : [];
    return [...validate(this.validator(served.definition), manifest), ...scope, ...nameProblems(manifest)];
  }

  /** Checks `metadata` alone; custom resources use it. */
  public checkMetadata(manifest: JsonObject): SchemaProblem[] {
    return [...validate(this.validator(OBJECT_META), manifest.metadata ?? {}, 'metadata'), ...nameProblems(manifest)];
  }

  private notServed(manifest: JsonObject, sameGroup: readonly ServedKind[]): SchemaProblem {
    const kind = String(manifest.kind);
    const versions = sameGroup.filter((served) => served.kind === kind).map((served) => served.version);
    if (versions.length > 0) return wrong('apiVersion', `Kubernetes ${this.version} does not serve ${kind} as ${String(manifest.apiVersion)}; served: ${versions.join(', ')}`);
    return wrong('kind', `Kubernetes ${this.version} has no ${kind} in ${String(manifest.apiVersion)}, nearest: ${nearestNames(kind, sameGroup.map((served) => served.kind), 1).join()}`);
  }

  private validator(definition: string): ValidateFunction {
    const known = this.validators.get(definition) ?? this.ajv.compile({ $ref: `kubernetes#/definitions/${definition}` });
    this.validators.set(definition, known);
    return known;
  }
}

function nameProblems(manifest: JsonObject): SchemaProblem[] {
  const metadata = isObject(manifest.metadata) ? manifest.metadata : {};
  return metadata.name || metadata.generateName ? [] : [wrong('metadata.name', `is required and missing; ${unknownKey('name', Object.keys(metadata))}`)];
}

/** A key that no definition has would be dropped by the API server: here it is an error. */
function closed(definitions: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      if (name in SCALARS) return [name, SCALARS[name]];
      const close = isObject(definition) && isObject(definition.properties) && definition.additionalProperties === undefined && !OPEN_DEFINITION.test(name);
      return [name, close ? { ...definition, additionalProperties: false } : definition];
    }),
  );
}
