import { annotation, annotationList, at, groupOf, isRecord, listAt, nameOf, objectKey, type Manifest } from './manifest';
import { isHook, kindRank } from './order';
import { isExcluded, type ResourceExclusion } from './exclusions';
import type { KubeApi, ServedKind } from './kube-api';

/** Argo CD's own field manager, so that it takes over without conflicts. */
export const FIELD_MANAGER = 'argocd-controller';

/** Annotation by which Argo CD knows its objects. */
export const TRACKING_ID = 'argocd.argoproj.io/tracking-id';

/** Annotation that Helm puts on the objects of a release. */
export const RELEASE_NAME = 'meta.helm.sh/release-name';

/** What the cluster holds at one moment: the metadata of every object, by key. */
export class Snapshot {
  /** Lists all kinds; events and the like, which no tree holds, are left out. */
  public static async take(api: KubeApi): Promise<Snapshot> {
    const kinds = (await api.listableKinds()).filter((kind) => !SKIPPED.has(kind.kind));
    const objects = new Map<string, SnapshotEntry>();
    const waiting = [...kinds];
    const worker = async (): Promise<void> => {
      for (let served = waiting.shift(); served !== undefined; served = waiting.shift()) {
        for (const object of await api.listMetadata(served)) objects.set(objectKey(object), { object, served });
      }
    };
    await Promise.all(Array.from({ length: LISTS_AT_ONCE }, worker));
    return new Snapshot(objects);
  }

  private constructor(private readonly objects: ReadonlyMap<string, SnapshotEntry>) {}

  /** The object as it was, if it was there. */
  public find(key: string): Manifest | undefined {
    return this.objects.get(key)?.object;
  }

  /** What a sync put there that nobody wants any more, in the order in which it is deleted. */
  public orphans(wanted: ReadonlySet<string>, protectedApplications: ReadonlySet<string>, exclusions: readonly ResourceExclusion[]): readonly Orphan[] {
    const orphans: Orphan[] = [];
    for (const [key, { object, served }] of this.objects) {
      const application = trackedBy(object);
      if (application === undefined || wanted.has(key) || protectedApplications.has(application)) continue;
      if (isHook(object) || isExcluded(object, exclusions) || listAt(object, 'metadata', 'ownerReferences').length > 0) continue;
      orphans.push({ object, served, application });
    }
    return orphans.sort((a, b) => kindRank(b.object.kind) - kindRank(a.object.kind) || (nameOf(a.object) < nameOf(b.object) ? -1 : 1));
  }
}

interface SnapshotEntry {
  readonly object: Manifest;
  readonly served: ServedKind;
}

/** An object without a place in the tree. */
export interface Orphan {
  readonly object: Manifest;
  readonly served: ServedKind;
  readonly application: string;
}

/** Kinds that the control plane writes all the time. */
const SKIPPED: ReadonlySet<string> = new Set(['Event', 'Lease', 'EndpointSlice', 'Endpoints', 'ComponentStatus', 'ControllerRevision']);
const LISTS_AT_ONCE = 6;

/** Value of Argo CD's tracking annotation. */
export function trackingId(application: string, manifest: Manifest, namespace: string): string {
  return `${application}:${groupOf(manifest.apiVersion)}/${manifest.kind}:${namespace}/${nameOf(manifest)}`;
}

/** The application that an object belongs to; copies of the annotation on other objects do not count. */
export function trackedBy(object: Manifest): string | undefined {
  const id = annotation(object, TRACKING_ID);
  if (id === undefined) return undefined;
  const application = id.slice(0, id.indexOf(':'));
  const suffix = `/${nameOf(object)}`;
  const head = `${application}:${groupOf(object.apiVersion)}/${object.kind}:`;
  return id.startsWith(head) && id.endsWith(suffix) ? application : undefined;
}

/** The application that put the object there, or the Helm release. */
export function ownerOf(object: Manifest): string | undefined {
  return trackedBy(object) ?? annotation(object, RELEASE_NAME);
}

/** True for an object that says `Prune=false`. */
export function refusesPrune(object: Manifest): boolean {
  return annotationList(object, 'argocd.argoproj.io/sync-options').includes('Prune=false');
}

/** True when an apply changed nothing; what controllers wrote in between is not a change. */
export function sameObject(before: Manifest, after: Manifest): boolean {
  if (at(before, 'metadata', 'resourceVersion') === at(after, 'metadata', 'resourceVersion')) return true;
  return at(before, 'metadata', 'generation') === at(after, 'metadata', 'generation') && appliedTime(before) !== undefined && appliedTime(before) === appliedTime(after);
}

function appliedTime(object: Manifest): unknown {
  const entry = listAt(object, 'metadata', 'managedFields').find((field) => at(field, 'manager') === FIELD_MANAGER && at(field, 'operation') === 'Apply');
  return isRecord(entry) ? entry.time : undefined;
}
