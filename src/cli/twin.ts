import { fail, formatProblem } from '../core/errors';
import type { Problem } from '../core/errors';
import { down } from '../local/down';
import { readStatus } from '../local/status';
import type { TwinStatus } from '../local/status';
import { Twin } from '../local/twin';
import { up } from '../local/up';
import { Workspace } from '../local/workspace';
import { readProject, synth } from './project';
import { table } from './table';

/** Exit status of a command that the user interrupted. */
const INTERRUPTED = 130;

/** What up, down and status take. */
export interface TwinArguments {
  readonly environment: string;
  /** Port of the emulator's endpoint, as it was typed. @default - the last one, or a free one */
  readonly port?: string;
  /** Print JSON. @default false */
  readonly json?: boolean;
}

function openTwin(environment: string): Twin {
  const project = readProject(process.cwd());
  synth(project);
  return new Twin(new Workspace(project.folder, project.outdir, environment));
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1024 || port > 65_535) {
    fail({ code: 'PortInvalid', message: `--port got "${text}"`, allowed: '1024 to 65535' });
  }
  return port;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(problems: readonly Problem[]): void {
  problems.forEach((problem) => process.stderr.write(`${formatProblem(problem)}\n`));
}

/** `ml-platform up`. @throws PortInvalid and what `up` throws */
export async function upCommand(args: TwinArguments): Promise<number> {
  const port = portOf(args.port);
  const twin = openTwin(args.environment);
  const outcome = await twin.exclusively(() => up(twin, port === undefined ? {} : { port }));
  if (outcome.interrupted) return INTERRUPTED;
  printStatus(await readStatus(twin), outcome.gitops?.how);
  if (outcome.notShown.length > 0) {
    print('\nNot shown here');
    outcome.notShown.forEach((line) => print(`  ${line}`));
  }
  print(`\nTime: ${twin.stopwatch.toString()}`);
  complain(outcome.problems);
  return outcome.problems.length === 0 ? 0 : 1;
}

/** `ml-platform down`. */
export async function downCommand(args: TwinArguments): Promise<number> {
  const twin = openTwin(args.environment);
  const outcome = await twin.exclusively(() => down(twin));
  if (outcome.left?.total === 0) print('\nNothing is left: every kind of resource was counted in the emulator. All processes have ended.');
  print(`Time: ${twin.stopwatch.toString()}`);
  complain(outcome.problems);
  return outcome.problems.length === 0 ? (twin.stopped() ? INTERRUPTED : 0) : 1;
}

/** `ml-platform status`. */
export async function statusCommand(args: TwinArguments): Promise<number> {
  const twin = openTwin(args.environment);
  const status = await readStatus(twin);
  if (args.json) print(JSON.stringify(status, null, 2));
  else printStatus(status);
  return status.emulator ? 0 : 1;
}

function printStatus(status: TwinStatus, gitopsHow?: string): void {
  print('');
  print(
    table(
      ['layer', 'stack', 'resources', 'of them'],
      status.layers.map((layer) => [layer.layer, layer.stack, String(layer.resources), layer.layer === 'gitops' && gitopsHow && layer.resources === 0 ? gitopsHow : layer.types]),
    ),
  );
  if (status.applications.length > 0) {
    print(table(['application', 'namespace', 'pods running', 'completed', 'pending'], status.applications.map((app) => [app.name, app.namespaces, String(app.running), String(app.succeeded), String(app.pending)])));
  }
  if (status.nodes.length > 0) {
    print(table(['node group', 'instance type', 'nodes', 'vCPU', 'memory GiB', 'GPUs', 'pods'], status.nodes.map((group) => [group.nodegroup, group.instanceType, String(group.nodes), String(group.cpu), String(group.memoryGiB), String(group.gpus), String(group.pods)])));
  }
  print('Look at it');
  status.hints.forEach((hint) => print(`  ${hint}`));
}
