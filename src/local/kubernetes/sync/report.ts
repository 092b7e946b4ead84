import type { Problem } from '../../../core/errors';

/** What happened to one object. */
export type ObjectResult =
  | 'created' | 'changed' | 'unchanged'
  /** Left out by Argo CD's resource exclusions. */
  | 'excluded'
  /** The API does not serve the kind, or a value is not known. */
  | 'not-applied'
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
  /** Everything that keeps the tree from being wholly synced. */
  readonly problems: readonly Problem[];
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
  const bad = of.objects.filter((object) => object.result === 'failed' || object.result === 'not-applied');
  let outcome: ApplicationOutcome = 'synced';
  let reason = of.reason;
  if (reason !== undefined) outcome = of.objects.length === 0 ? 'not-synced' : 'failed';
  else if (bad.length > 0) {
    outcome = 'failed';
    reason = `${bad.length} of ${of.objects.length} objects not applied: ${bad[0]?.kind} ${bad[0]?.name}: ${bad[0]?.reason}`;
  } else if (of.unhealthy.length > 0) {
    outcome = 'failed';
    reason = `not healthy: ${of.unhealthy[0]}`;
  }
  return { ...of, outcome, ...(reason === undefined ? {} : { reason }), changed: count('created', 'changed'), unchanged: count('unchanged'), pruned: count('pruned') };
}

/** The problems of a report: one per object that was not applied, one per application that was not synced or is not healthy. */
export function problemsOf(applications: readonly ApplicationReport[]): readonly Problem[] {
  return applications.flatMap((application) => {
    const objects = application.objects.filter((object) => object.result === 'failed' || object.result === 'not-applied');
    const problems: Problem[] = objects.map((object) => ({
      code: object.result === 'failed' ? 'ObjectRefused' : 'ObjectNotApplied',
      message: `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}: ${object.reason ?? 'no reason given'}`,
      path: application.name,
    }));
    if (application.outcome === 'not-synced') {
      problems.push({ code: 'ApplicationNotSynced', message: `not synced: ${application.reason ?? 'no reason given'}`, path: application.name });
    }
    if (application.unhealthy.length > 0) {
      problems.push({ code: 'ApplicationNotHealthy', message: `${application.health}: ${application.unhealthy.join('; ')}`, path: application.name });
    }
    return problems;
  });
}
