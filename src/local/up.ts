import * as fs from 'node:fs';
import * as path from 'node:path';
import { PlatformError } from '../core/errors';
import type { Problem } from '../core/errors';
import type { EmulatorHandle } from './aws/emulator';
import { findEmulator, startEmulator, stopEmulator } from './aws/emulator';
import { bringGitOpsUp } from './gitops-layer';
import type { GitOpsOutcome } from './gitops-layer';
import type { KubernetesBackendConfig } from './kubernetes';
import { discoverEngine } from './kubernetes';
import type { LayerOutcome, LayerRun } from './layers';
import { dependencies, initLayer, runInOrder, runLayer } from './layers';
import type { Twin } from './twin';

/** How `up` is run. */
export interface UpOptions {
  /** Port of the emulator's endpoint. @default - the port of the last time, or a free one */
  readonly port?: number;
}

/** What `up` did. */
export interface UpOutcome {
  readonly emulator: EmulatorHandle;
  readonly layers: readonly LayerOutcome[];
  /** What happened inside the cluster. @default - nothing: a layer failed before */
  readonly gitops?: GitOpsOutcome;
  /** Everything that failed; empty when the whole environment stands. */
  readonly problems: readonly Problem[];
  /** What is missing on this machine, and what is therefore not shown. */
  readonly notShown: readonly string[];
  readonly interrupted: boolean;
}

/** Brings an emulated environment up and leaves it running; a second run converges. */
export async function up(twin: Twin, options: UpOptions = {}): Promise<UpOutcome> {
  const terraform = twin.terraform(undefined, undefined);
  twin.stacks.forEach((stack) => twin.workspace.stateResources(stack));
  const ran = await twin.runningEmulator();
  const notShown: string[] = [];
  twin.progress.section('Engines');
  twin.progress.note(`terraform ${terraform.version}`);
  const kubernetes = await twin.stopwatch.time('engines', () => findKubernetes(twin, ran !== undefined, notShown));
  const emulator = await twin.stopwatch.time('emulator', () => startAws(twin, kubernetes, ran, options.port));
  forgetOtherWorld(twin, emulator);
  const onInterrupt = listenForInterrupt(twin);
  try {
    return await build(twin, emulator, notShown, onInterrupt);
  } finally {
    onInterrupt.close();
    if (twin.stopped() && !ran) {
      await stopEverything(twin);
      twin.progress.note('interrupted: what this run started has been stopped; "up" begins anew');
    } else if (twin.stopped()) {
      twin.progress.note('interrupted: the environment of the run before is still running; "up" converges, "down" removes it');
    }
  }
}

/** Stops every process of the environment and forgets the emulated world, which lived in memory. */
export async function stopEverything(twin: Twin): Promise<void> {
  await twin.cluster()?.delete();
  if (fs.existsSync(twin.emulatorFolder)) await stopEmulator(twin.emulatorFolder);
  twin.workspace.forgetStates(twin.stacks);
  fs.rmSync(twin.workspace.twin, { recursive: true, force: true });
}

async function findKubernetes(twin: Twin, running: boolean, notShown: string[]): Promise<KubernetesBackendConfig | undefined> {
  const abort = listenForInterrupt(twin);
  const found = await discoverEngine(twin.description.cluster.version, {
    signal: twin.signal,
    onProgress: (step) => twin.progress.step('engine', `${step.state} ${step.binary} (${step.position} of ${step.total}, ${Math.round(step.elapsedSeconds)} s)`),
  }).finally(() => abort.close());
  if (found.kind === 'missing') {
    twin.progress.warn(found.message);
    notShown.push(found.message);
    if (!running) twin.rememberKubernetes(undefined);
    return undefined;
  }
  twin.progress.note(`Kubernetes ${found.engine.kubernetesVersion} (${found.engine.source})`);
  const config: KubernetesBackendConfig = { directory: twin.kubernetesFolder, engine: found.engine };
  twin.rememberKubernetes(config);
  return config;
}

/** The port is kept from run to run: the states name it. */
async function startAws(twin: Twin, kubernetes: KubernetesBackendConfig | undefined, running: EmulatorHandle | undefined, port: number | undefined): Promise<EmulatorHandle> {
  if (running) twin.progress.note(`AWS emulator runs already at ${running.url}`);
  const emulator = await startEmulator({
    directory: twin.emulatorFolder,
    port: port ?? running?.port ?? lastPort(twin) ?? 0,
    accountId: twin.description.account,
    ...(kubernetes ? { kubernetes } : {}),
    onProgress: (line) => twin.progress.note(line),
  });
  fs.writeFileSync(path.join(twin.workspace.twin, 'port'), String(emulator.port));
  if (!running) twin.progress.note(`AWS emulator at ${emulator.url} (moto ${emulator.motoVersion})`);
  return emulator;
}

function lastPort(twin: Twin): number | undefined {
  const file = path.join(twin.workspace.twin, 'port');
  return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : undefined;
}

/** The emulator keeps the world in memory: what states of an earlier one describe is gone with it. */
function forgetOtherWorld(twin: Twin, emulator: EmulatorHandle): void {
  const { workspace } = twin;
  if (workspace.world !== undefined && workspace.world !== emulator.instanceId) {
    twin.progress.note('the emulator of the last run has ended, and with it what it held: beginning anew');
  }
  if (workspace.world !== emulator.instanceId) workspace.forgetStates(twin.stacks);
  workspace.rememberWorld(emulator.instanceId);
}

interface InterruptListener {
  close(): void;
  /** Called once, at the first interrupt. */
  onInterrupt?: () => void;
}

function listenForInterrupt(twin: Twin): InterruptListener {
  const listener: InterruptListener = {
    close: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
  const handle = (): void => {
    if (twin.stopped()) return;
    twin.progress.note('interrupt: waiting for what is in the middle of a step');
    twin.interrupt();
    listener.onInterrupt?.();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return listener;
}

async function build(twin: Twin, emulator: EmulatorHandle, notShown: string[], interrupt: InterruptListener): Promise<UpOutcome> {
  const { description, workspace } = twin;
  const terraform = twin.terraform(emulator, twin.cluster()?.kubeconfigPath);
  interrupt.onInterrupt = () => terraform.interrupt();
  const run: LayerRun = { terraform, workspace, progress: twin.progress, stopwatch: twin.stopwatch, stopped: twin.stopped };
  twin.progress.section('AWS layers');
  const aws = description.layers.filter((layer) => layer.layer !== 'gitops');
  // Installing providers needs no layer before it: the later ones do it while the first is applied.
  await Promise.all(aws.map((layer) => initLayer(run, layer.stack)));
  const layers = await runInOrder(aws, dependencies, (layer) => runLayer(run, layer, 'apply'), twin.stopped);
  const problems: Problem[] = layers.flatMap((layer) => layer.errors.map((message) => ({ code: 'LayerFailed', message, path: layer.layer })));
  const gitopsLayer = description.layers.find((layer) => layer.layer === 'gitops');
  if (twin.stopped() || problems.length > 0 || !gitopsLayer) {
    return { emulator, layers, problems, notShown, interrupted: twin.stopped() };
  }
  const alive = await findEmulator(twin.emulatorFolder);
  if (!alive) return { emulator, layers, problems: [{ code: 'EmulatorEnded', message: 'the AWS emulator has ended', remedy: 'run "up" again' }], notShown, interrupted: false };
  try {
    const gitops = await bringGitOpsUp(twin, run, gitopsLayer);
    return { emulator, layers: [...layers, ...(gitops.layer ? [gitops.layer] : [])], gitops, problems: gitops.problems, notShown: [...notShown, ...gitops.notShown], interrupted: twin.stopped() };
  } catch (error) {
    if (twin.stopped()) return { emulator, layers, problems, notShown, interrupted: true };
    if (!PlatformError.isPlatformError(error)) throw error;
    return { emulator, layers, problems: error.problems, notShown, interrupted: false };
  }
}
