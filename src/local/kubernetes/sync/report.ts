import type { Problem } from '../../../core/errors';

/** What happened to one object. */
export type ObjectResult =
  | 'created' | 'changed' | 'unchanged'
  /** Left out by Argo CD's resource exclusions. */
  | 'excluded'
  /** The API does not serve the kind: nobody brought its definition. */
  | 'not-served'
  /** Something that comes earlier in the application is not healthy. */
  | 'held-back'
  /** Refused by the API. */
  | 'failed'
  | 'pruned'
  /** Left the tree, but its application or its own annotation forbids pruning. */
  | 'kept';

/** One object of the report. */
export interface ObjectReport {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default - the object belongs to the cluster */
  readonly namespace?: string;
  readonly name: string;
  readonly result: ObjectResult;
  /** Why it was refused, left out or kept, in the words of whoever decided it. @default - it was applied */
  readonly reason?: string;
  /** What the API server warned about. @default - nothing */
  readonly warnings?: readonly string[];
}

/** How far an application came. */
export type ApplicationOutcome =
  /** Every object was applied or excluded by Argo CD's own rules. */
  | 'synced'
  /** Something was refused, is not served, or did not become healthy. */
  | 'failed'
  /** Nothing was applied: its chart cannot be had, or an earlier wave is not healthy. */
  | 'not-synced';

/** Health in Argo CD's words; `Unknown` where nothing was applied. */
export type HealthStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Unknown';

/** One application of the report. */
export interface ApplicationReport {
  readonly name: string;
  readonly namespace: string;
  readonly wave: number;
  readonly outcome: ApplicationOutcome;
  /** Why it is not synced. @default - it is */
  readonly reason?: string;
  readonly health: HealthStatus;
  /** What is not healthy, by name and reason. */
  readonly unhealthy: readonly string[];
  readonly objects: readonly ObjectReport[];
  readonly changed: number;
  readonly unchanged: number;
  readonly pruned: number;
}

/** A CustomResourceDefinition that came from the reference data, because nobody in the tree ships it. */
export interface ReferenceCrd {
  readonly name: string;
  /** The application whose object needed it first. */
  readonly neededBy: string;
}

/** What one sync did. */
export interface SyncReport {
  /** The root application first, then wave order. */
  readonly applications: readonly ApplicationReport[];
  readonly referenceCrds: readonly ReferenceCrd[];
  /** Objects created or changed. */
  readonly changed: number;
  readonly unchanged: number;
  readonly pruned: number;
  /** What is wrong with the tree. Codes: `ObjectRefused`, `ObjectNotServed`, `ApplicationNotHealthy`, `ApplicationNotSynced`. */
  readonly problems: readonly Problem[];
  /** What could not be shown here, because charts cannot be had; same codes. */
  readonly gaps: readonly Problem[];
  readonly seconds: number;
}

/** A step of the sync, for whoever watches. */
export interface SyncProgress {
  readonly application: string;
  readonly wave: number;
  readonly step: 'rendering' | 'applying' | 'waiting' | 'pruning' | 'done';
  /** A few words, such as `12 objects`. */
  readonly detail: string;
}

/** Sums and outcome of one application. */
export function reportApplication(
  of: Pick<ApplicationReport, 'name' | 'namespace' | 'wave' | 'objects' | 'health' | 'unhealthy'> & { readonly reason?: string },
): ApplicationReport {
  const count = (...results: readonly ObjectResult[]): number => of.objects.filter((object) => results.includes(object.result)).length;
  const reason = of.reason ?? whyFailed(of);
  const outcome = of.reason !== undefined ? 'not-synced' : reason === undefined ? 'synced' : 'failed';
  return { ...of, outcome, ...(reason === undefined ? {} : { reason }), changed: count('created', 'changed'), unchanged: count('unchanged'), pruned: count('pruned') };
}

function whyFailed({ objects, unhealthy }: Pick<ApplicationReport, 'objects' | 'unhealthy'>): string | undefined {
  if (unhealthy.length > 0) return `not healthy: ${unhealthy[0]}`;
  const bad = objects.filter((object) => object.result === 'failed' || object.result === 'not-served');
  const [first] = bad;
  return first === undefined ? undefined : `${bad.length} of ${objects.length} objects not applied: ${first.kind} ${first.name}: ${first.reason}`;
}

/** What is wrong, and what only could not be shown: charts that cannot be had, and kinds that they may ship. */
export function problemsOf(applications: readonly ApplicationReport[], unavailable: ReadonlySet<string>): Pick<SyncReport, 'problems' | 'gaps'> {
  const problems: Problem[] = [];
  const gaps: Problem[] = [];
  for (const application of applications) {
    const path = application.name;
    for (const object of application.objects) {
      const message = `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}: ${object.reason ?? 'no reason given'}`;
      if (object.result === 'failed') problems.push({ code: 'ObjectRefused', message, path });
      if (object.result === 'not-served') (comesWithAChart(object, unavailable) ? gaps : problems).push({ code: 'ObjectNotServed', message, path });
    }
    if (application.outcome === 'not-synced') {
      (unavailable.has(path) ? gaps : problems).push({ code: 'ApplicationNotSynced', message: `not synced: ${application.reason ?? 'no reason given'}`, path });
    }
    if (application.unhealthy.length > 0) problems.push({ code: 'ApplicationNotHealthy', message: `${application.health}: ${application.unhealthy.join('; ')}`, path });
  }
  return { problems, gaps };
}

/** Argo CD's own kinds come with the gitops layer; of the others any missing chart may be the owner. */
function comesWithAChart(object: ObjectReport, unavailable: ReadonlySet<string>): boolean {
  return unavailable.size > 0 || object.apiVersion.startsWith('argoproj.io/');
}
