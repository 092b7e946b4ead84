import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LayerDescription } from '../core/descriptor';
import type { Progress, Stopwatch } from './progress';
import type { Terraform, TerraformEvent, TerraformResult } from './terraform/terraform';
import type { Workspace } from './workspace';

/** How one layer went. */
export interface LayerOutcome {
  readonly layer: string;
  /** `done`, `failed`, or `skipped` because a layer before it failed or the run was interrupted. */
  readonly status: 'done' | 'failed' | 'skipped';
  readonly errors: readonly string[];
  /** Resources created, changed and removed. */
  readonly summary: TerraformResult['summary'];
}

/** What the work on layers needs. */
export interface LayerRun {
  readonly terraform: Terraform;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly stopwatch: Stopwatch;
  /** True when nothing new should begin. */
  readonly stopped: () => boolean;
}

const NOTHING = { add: 0, change: 0, remove: 0 };

/** Installs the providers of a layer, unless that was done for the same requirements before. */
export async function initLayer(run: LayerRun, stack: string): Promise<TerraformResult> {
  const folder = run.workspace.stackFolder(stack);
  const requirements = createHash('sha256').update(JSON.stringify(run.workspace.stackJson(stack).terraform)).digest('hex');
  const marker = path.join(folder, '.terraform', 'initialised');
  if (fs.existsSync(marker) && fs.readFileSync(marker, 'utf8') === requirements) {
    return { status: 0, errors: [], summary: NOTHING, output: '', interrupted: false };
  }
  const result = await run.terraform.init(folder);
  if (result.status === 0) fs.writeFileSync(marker, requirements);
  return result;
}

/** Reports what Terraform does to a layer, with how far it is. */
function reporter(progress: Progress, layer: string): (event: TerraformEvent) => void {
  let planned = 0;
  let done = 0;
  return (event) => {
    if (event.type === 'planned_change') planned++;
    if (event.type === 'apply_complete' && event.hook?.action !== 'read') {
      done++;
      progress.step(layer, `${done} of ${planned}  ${event.hook?.resource?.addr ?? ''}`);
    }
    if (event.type === 'apply_progress') progress.step(layer, `${done} of ${planned}  waiting for ${event.hook?.resource?.addr ?? ''} (${event.hook?.elapsed_seconds ?? 0} s)`);
  };
}

/** Applies or destroys one layer. */
export async function runLayer(run: LayerRun, layer: LayerDescription, action: 'apply' | 'destroy'): Promise<LayerOutcome> {
  const folder = run.workspace.stackFolder(layer.stack);
  const result = await run.stopwatch.time(`${layer.layer} ${action}`, async () => {
    const init = await initLayer(run, layer.stack);
    return init.status === 0 ? run.terraform[action](folder, reporter(run.progress, layer.layer)) : init;
  });
  const { add, change, remove } = result.summary;
  if (result.status !== 0) {
    run.progress.warn(`${layer.layer}: ${action} ${result.interrupted || run.stopped() ? 'interrupted' : 'failed'}`);
    return { layer: layer.layer, status: 'failed', errors: result.errors, summary: result.summary };
  }
  run.progress.note(`${layer.layer}: ${add} created, ${change} changed, ${remove} removed`);
  return { layer: layer.layer, status: 'done', errors: [], summary: result.summary };
}

/**
 * Does the work on every layer as soon as the layers before it are done; layers that do not depend on each other run at
 * the same time.
 *
 * @param before names of the layers that must be done before the given one.
 */
export async function runInOrder(
  layers: readonly LayerDescription[],
  before: (layer: LayerDescription) => readonly string[],
  work: (layer: LayerDescription) => Promise<LayerOutcome>,
  stopped: () => boolean,
): Promise<LayerOutcome[]> {
  const outcomes = new Map<string, Promise<LayerOutcome>>();
  const outcomeOf = (layer: LayerDescription): Promise<LayerOutcome> => {
    const known = outcomes.get(layer.layer);
    if (known) return known;
    const outcome = (async (): Promise<LayerOutcome> => {
      const previous = await Promise.all(layers.filter((other) => before(layer).includes(other.layer)).map(outcomeOf));
      if (stopped() || previous.some((other) => other.status !== 'done')) {
        return { layer: layer.layer, status: 'skipped', errors: [], summary: NOTHING };
      }
      return work(layer);
    })();
    outcomes.set(layer.layer, outcome);
    return outcome;
  };
  return Promise.all(layers.map(outcomeOf));
}

/** Order of creation. */
export function dependencies(layer: LayerDescription): readonly string[] {
  return layer.dependsOn;
}

/** Order of destruction: whatever depends on a layer goes first. */
export function dependents(layers: readonly LayerDescription[]): (layer: LayerDescription) => readonly string[] {
  return (layer) => layers.filter((other) => other.dependsOn.includes(layer.layer)).map((other) => other.layer);
}
