import type { LayerDescription } from '../core/descriptor';
import type { Problem } from '../core/errors';
import { PlatformError } from '../core/errors';
import type { EmulatorHandle } from './aws/emulator';
import { emulatorInventory } from './aws/emulator';
import { releaseApplications } from './kubernetes/sync/release';
import type { LayerOutcome, LayerRun } from './layers';
import { dependents, runInOrder, runLayer } from './layers';
import type { Twin } from './twin';
import { stopEverything } from './up';

/** What `down` did. */
export interface DownOutcome {
  readonly layers: readonly LayerOutcome[];
  /** What the emulator still held after everything was destroyed; undefined if no emulator was running. */
  readonly left?: { readonly total: number; readonly resources: Readonly<Record<string, readonly string[]>> };
  readonly problems: readonly Problem[];
}

/**
 * Destroys an emulated environment in reverse order, proves that nothing is left and stops every process. Where the emulator
 * has ended already, or a state is broken, the world that lived in its memory is dropped with it.
 */
export async function down(twin: Twin): Promise<DownOutcome> {
  const emulator = await twin.runningEmulator();
  const broken = brokenStates(twin);
  broken.forEach((problem) => twin.progress.warn(problem.message));
  if (!emulator || broken.length > 0 || twin.workspace.world !== emulator.instanceId) {
    twin.progress.note(emulator ? 'the states do not describe the running emulator: dropping it whole' : 'no emulator is running: removing what the last one left');
    await stopEverything(twin);
    return { layers: [], problems: [] };
  }
  return destroy(twin, emulator);
}

function brokenStates(twin: Twin): readonly Problem[] {
  return twin.stacks.flatMap((stack) => {
    try {
      twin.workspace.stateResources(stack);
      return [];
    } catch (error) {
      if (PlatformError.isPlatformError(error)) return error.problems;
      throw error;
    }
  });
}

async function destroy(twin: Twin, emulator: EmulatorHandle): Promise<DownOutcome> {
  const { workspace, description } = twin;
  const terraform = twin.terraform(emulator, twin.cluster()?.kubeconfigPath);
  const run: LayerRun = { terraform, workspace, progress: twin.progress, stopwatch: twin.stopwatch, stopped: twin.stopped };
  const interrupt = (): void => {
    twin.interrupt();
    terraform.interrupt();
  };
  process.once('SIGINT', interrupt);
  try {
    twin.progress.section('Layers');
    const cluster = twin.cluster();
    if (cluster && (await cluster.isReady())) await releaseApplications(cluster.kubeconfigPath);
    const filled = new Set(description.layers.filter((layer) => workspace.stateResources(layer.stack).length > 0).map((layer) => layer.layer));
    const work = (layer: LayerDescription): Promise<LayerOutcome> =>
      filled.has(layer.layer) ? runLayer(run, layer, 'destroy') : Promise.resolve({ layer: layer.layer, status: 'done', errors: [], summary: { add: 0, change: 0, remove: 0 } });
    const layers = await runInOrder(description.layers, dependents(description.layers), work, twin.stopped);
    const problems: Problem[] = layers.flatMap((layer) => layer.errors.map((message) => ({ code: 'LayerFailed', message, path: layer.layer })));
    if (problems.length > 0 || twin.stopped()) return { layers, problems };
    const { total, resources } = await twin.stopwatch.time('proof', () => emulatorInventory(emulator));
    if (total === 0) await twin.stopwatch.time('stop', () => stopEverything(twin));
    return {
      layers,
      left: { total, resources },
      problems: total === 0 ? [] : [{ code: 'ResourcesLeft', message: `${total} resources are left: ${leftOver(resources)}`, remedy: 'they were made outside of the layers or a destroy forgot them; the emulator still runs for a look' }],
    };
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function leftOver(resources: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(resources)
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind} ${names.join(' ')}`)
    .join(', ');
}
