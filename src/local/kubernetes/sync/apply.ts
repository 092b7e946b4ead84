import { isDeepStrictEqual } from 'node:util';
import { isApplication } from './application';
import type { CrdShelf } from './crds';
import { definedKindOf, establishedOf, isCrd, withoutConversionWebhook } from './crds';
import { isExcluded, type ResourceExclusion } from './exclusions';
import { objectPath, pause, refusal, type KubeAnswer, type KubeApi, type ServedKind } from './kube-api';
import { annotationList, groupOf, isRecord, nameOf, objectKey, withAnnotations, type Manifest } from './manifest';
import type { ObjectReport, ObjectResult, ReferenceCrd } from './report';
import { FIELD_MANAGER, sameObject, TRACKING_ID, trackingId, type Snapshot } from './snapshot';

/** Whose object is applied, and how strictly. */
export interface ApplyContext {
  readonly application: string;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Refuse fields that the kind does not have; charts only get a warning. */
  readonly strict: boolean;
  /** Argo CD would write the whole object into an annotation. */
  readonly clientSide: boolean;
  /** False for objects that do not come from the tree and are never pruned. @default true */
  readonly tracked?: boolean;
}

const CRD_TIMEOUT_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 200;
const APPLY_ATTEMPTS = 40;
/** All annotations of an object together (Kubernetes `TotalAnnotationSizeLimitB`). */
const ANNOTATION_LIMIT_BYTES = 262_144;
/** Refusals that pass by themselves. */
const PASSING = [/error looking up service account/, /being terminated/, /could not find the requested resource/, /the object has been modified/];

/** Applies objects server-side as Argo CD does, and keeps book of what changed. */
export class Applier {
  /** Definitions taken from the shelf. */
  public readonly referenceCrds: ReferenceCrd[] = [];
  private readonly defined = new Set<string>();
  private readonly pendingCrds = new Map<string, string>();

  constructor(
    private readonly api: KubeApi,
    private readonly snapshot: Snapshot,
    private readonly shelf: CrdShelf,
    private readonly exclusions: readonly ResourceExclusion[],
  ) {}

  /** The object with the namespace that the cluster will hold it in, or none. */
  public async locate(manifest: Manifest, namespace: string): Promise<Manifest> {
    return place(manifest, await this.serve(manifest, undefined), namespace);
  }

  /** Key of the object as the cluster will hold it. */
  public async keyOf(manifest: Manifest, namespace: string): Promise<string> {
    return objectKey(await this.locate(manifest, namespace));
  }

  /** True when Argo CD would not look at the object. */
  public excludes(manifest: Manifest): boolean {
    return isExcluded(manifest, this.exclusions);
  }

  /** Applies one object. */
  public async apply(manifest: Manifest, context: ApplyContext): Promise<ObjectReport> {
    if (this.excludes(manifest)) return report(await this.locate(manifest, context.namespace), 'excluded', 'left out by resource.exclusions');
    if (!isCrd(manifest)) await this.waitForCrds();
    const served = await this.serve(manifest, context.application);
    if (served === undefined) return report(place(manifest, undefined, context.namespace), 'not-served', notServed(manifest));
    const object = this.prepare(manifest, served, context);
    const size = Buffer.byteLength(JSON.stringify(manifest));
    if (context.clientSide && size > ANNOTATION_LIMIT_BYTES && !hasOption(manifest, 'ServerSideApply=true', 'Replace=true')) {
      return report(object, 'failed', `${size} bytes do not fit Argo CD's client-side apply (${ANNOTATION_LIMIT_BYTES} bytes of annotations); set ServerSideApply=true`);
    }
    let answer = await this.patch(object, served, context.strict, false);
    if (answer.status === 422 && hasOption(manifest, 'Force=true', 'Replace=true')) {
      await this.remove(object, served);
      answer = await this.patch(object, served, context.strict, false);
    }
    if (answer.status >= 300) return report(object, 'failed', refusal(answer), answer.warnings);
    if (isCrd(object)) this.expect(object);
    return report(object, this.compare(object, answer), undefined, answer.warnings);
  }

  /** True when applying would change nothing; asks the API without writing. */
  public async isInSync(manifest: Manifest, context: ApplyContext): Promise<boolean> {
    if (this.excludes(manifest)) return true;
    const served = await this.api.find(manifest.apiVersion, manifest.kind);
    if (served === undefined) return false;
    const object = this.prepare(manifest, served, context);
    const live = await this.api.get(objectPath(served, nameOf(object), object.metadata.namespace));
    if (live === undefined) return false;
    const answer = await this.patch(object, served, context.strict, true);
    return answer.status < 300 && isDeepStrictEqual(comparable(live), comparable(answer.body));
  }

  /**
   * Deletes an object with all that it owns and waits until it is gone; true when it was there and went. Workloads go
   * after their pods; for new custom kinds the garbage collector would need half a minute to notice them.
   */
  public async remove(object: Manifest, known?: ServedKind): Promise<boolean> {
    const served = known ?? (await this.api.find(object.apiVersion, object.kind));
    if (served === undefined) return false;
    const path = objectPath(served, nameOf(object), object.metadata.namespace);
    if (isApplication(object)) await this.dropFinalizers(path);
    const propagationPolicy = ['apps', 'batch'].includes(groupOf(object.apiVersion)) ? 'Foreground' : 'Background';
    const answer = await this.api.request({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy } });
    if (answer.status >= 300) return false;
    for (let waited = 0; waited < CRD_TIMEOUT_MILLISECONDS; waited += POLL_MILLISECONDS) {
      if ((await this.api.get(path)) === undefined) return true;
      await pause(POLL_MILLISECONDS);
    }
    return false;
  }

  /** Argo CD's controller, which would take its finalizer off after cleaning up, does not run here. */
  private async dropFinalizers(path: string): Promise<void> {
    await this.api.request({ method: 'PATCH', path, body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' });
  }

  /** The live object of a manifest. */
  public async live(manifest: Manifest, namespace: string): Promise<Manifest | undefined> {
    const served = await this.api.find(manifest.apiVersion, manifest.kind);
    if (served === undefined) return undefined;
    return this.api.get(objectPath(served, nameOf(manifest), place(manifest, served, namespace).metadata.namespace));
  }

  /** Waits until the API serves every definition that was applied. */
  public async waitForCrds(): Promise<void> {
    for (const path of this.pendingCrds.values()) {
      for (let waited = 0; waited < CRD_TIMEOUT_MILLISECONDS; waited += POLL_MILLISECONDS) {
        if (establishedOf(await this.api.get(path)) !== false) break;
        await pause(POLL_MILLISECONDS);
      }
    }
    this.pendingCrds.clear();
  }

  private prepare(manifest: Manifest, served: ServedKind, context: ApplyContext): Manifest {
    const placed = place(isCrd(manifest) ? withoutConversionWebhook(manifest) : manifest, served, context.namespace);
    const tracking = { [TRACKING_ID]: trackingId(context.application, manifest, placed.metadata.namespace ?? context.namespace) };
    const { status: _, ...object } = context.tracked === false ? placed : withAnnotations(placed, tracking);
    return object as Manifest;
  }

  private async patch(object: Manifest, served: ServedKind, strict: boolean, dryRun: boolean): Promise<KubeAnswer> {
    const query = { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: strict ? 'Strict' : 'Warn', ...(dryRun ? { dryRun: 'All' } : {}) };
    const path = objectPath(served, nameOf(object), object.metadata.namespace);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.api.request({ method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml' });
      const passing = answer.status >= 400 && PASSING.some((pattern) => pattern.test(refusal(answer)));
      if (!passing || attempt === APPLY_ATTEMPTS) return answer;
      await pause(POLL_MILLISECONDS);
    }
  }

  private compare(object: Manifest, answer: KubeAnswer): ObjectResult {
    if (answer.status === 201) return 'created';
    const before = this.snapshot.find(objectKey(object));
    return before !== undefined && sameObject(before, answer.body as Manifest) ? 'unchanged' : 'changed';
  }

  /** What the API serves for a kind; takes the definition from the shelf when nobody brought it. */
  private async serve(manifest: Manifest, neededBy: string | undefined): Promise<ServedKind | undefined> {
    const { apiVersion, kind } = manifest;
    const known = await this.api.find(apiVersion, kind);
    if (known !== undefined || neededBy === undefined) return known;
    const key = `${groupOf(apiVersion)}/${kind}`;
    if (!this.defined.has(key)) await this.takeFromShelf(manifest, neededBy);
    for (let waited = 0; ; waited += POLL_MILLISECONDS) {
      const served = await this.api.find(apiVersion, kind, true);
      if (served !== undefined || !this.defined.has(key) || waited >= CRD_TIMEOUT_MILLISECONDS / 2) return served;
      await pause(POLL_MILLISECONDS);
    }
  }

  private async takeFromShelf(manifest: Manifest, neededBy: string): Promise<void> {
    const definition = this.shelf.find(groupOf(manifest.apiVersion), manifest.kind);
    const served = await this.api.find('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
    if (definition === undefined || served === undefined) return;
    const { status: _, ...object } = withoutConversionWebhook(definition);
    const answer = await this.patch(object as Manifest, served, false, false);
    if (answer.status >= 300) return;
    this.referenceCrds.push({ name: nameOf(definition), neededBy });
    this.expect(definition);
    await this.waitForCrds();
  }

  private expect(definition: Manifest): void {
    this.defined.add(definedKindOf(definition));
    this.pendingCrds.set(nameOf(definition), `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${nameOf(definition)}`);
  }
}

/** A line of the report about an object. */
export function report(manifest: Manifest, result: ObjectResult, reason?: string, warnings: readonly string[] = []): ObjectReport {
  const { namespace } = manifest.metadata;
  return {
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name: nameOf(manifest),
    result,
    ...(reason === undefined ? {} : { reason }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function place(manifest: Manifest, served: ServedKind | undefined, namespace: string): Manifest {
  const { namespace: own, ...metadata } = manifest.metadata;
  if (served !== undefined && !served.namespaced) return { ...manifest, metadata };
  return { ...manifest, metadata: { ...metadata, namespace: own ?? namespace } };
}

function notServed(manifest: Manifest): string {
  return `kind ${manifest.apiVersion} ${manifest.kind} is not served: what ships its CustomResourceDefinition was not synced`;
}

function hasOption(manifest: Manifest, ...options: readonly string[]): boolean {
  const own = annotationList(manifest, 'argocd.argoproj.io/sync-options');
  return options.some((option) => own.includes(option));
}

function comparable(value: unknown): unknown {
  if (!isRecord(value) || !isRecord(value.metadata)) return value;
  const { managedFields: _, resourceVersion: __, ...metadata } = value.metadata;
  return { ...value, metadata };
}
