import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PlatformDescription } from '../core/descriptor';
import { descriptionFile } from '../core/descriptor';
import { fail } from '../core/errors';

/** The files of one environment's local twin in one checkout. */
export class Workspace {
  /** Folder of everything that the twin keeps. */
  public readonly twin: string;

  constructor(
    /** Folder of the project: where `cdktf.json` is. */
    public readonly project: string,
    /** The synth output. */
    public readonly outdir: string,
    public readonly environment: string,
  ) {
    this.twin = path.join(project, '.ml-platform', 'twin', environment);
  }

  /**
   * What synth said of the environment.
   * @throws EnvironmentUnknown
   */
  public description(): PlatformDescription {
    const file = path.join(this.outdir, descriptionFile(this.environment));
    if (!fs.existsSync(file)) {
      const folder = path.join(this.outdir, 'platforms');
      const known = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
      fail({ code: 'EnvironmentUnknown', message: `the program has no environment "${this.environment}"`, allowed: known.join(', ') || 'none', remedy: 'name one with --environment' });
    }
    return JSON.parse(fs.readFileSync(file, 'utf8')) as PlatformDescription;
  }

  /** Folder of a stack in the synth output. */
  public stackFolder(stack: string): string {
    return path.join(this.outdir, 'stacks', stack);
  }

  /** The synthesised configuration of a stack. */
  public stackJson(stack: string): { readonly [key: string]: unknown } {
    return JSON.parse(fs.readFileSync(path.join(this.stackFolder(stack), 'cdk.tf.json'), 'utf8')) as { [key: string]: unknown };
  }

  /** File of a stack's local state. */
  public stateFile(stack: string): string {
    return path.join(this.project, '.ml-platform', 'state', `${stack}.tfstate`);
  }

  /** How many resources the state says exist. @throws StateBroken */
  public stateResources(stack: string): { readonly type: string; readonly count: number }[] {
    const counts = new Map<string, number>();
    for (const { type, instances } of this.managedResources(stack)) counts.set(type, (counts.get(type) ?? 0) + instances.length);
    return [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  /** One attribute of every resource of a type, as the state has it. @throws StateBroken */
  public stateValues(stack: string, type: string, attribute: string): string[] {
    return this.managedResources(stack)
      .filter((resource) => resource.type === type)
      .flatMap((resource) => resource.instances.map((instance) => String(instance.attributes[attribute])));
  }

  /** Removes the states of the stacks, with their backups and locks: what they describe is gone. */
  public forgetStates(stacks: readonly string[]): void {
    for (const stack of stacks) {
      const folder = path.dirname(this.stateFile(stack));
      if (!fs.existsSync(folder)) continue;
      for (const name of fs.readdirSync(folder)) {
        if (name === `${stack}.tfstate` || name.startsWith(`${stack}.tfstate.`) || name === `.${stack}.tfstate.lock.info`) {
          fs.rmSync(path.join(folder, name));
        }
      }
    }
  }

  /** Identity of the emulated world that the states describe; undefined if there is none yet. */
  public get world(): string | undefined {
    const file = path.join(this.twin, 'world');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  }

  public rememberWorld(instanceId: string): void {
    fs.mkdirSync(this.twin, { recursive: true });
    fs.writeFileSync(path.join(this.twin, 'world'), instanceId);
  }

  private managedResources(stack: string): readonly StateResource[] {
    const file = this.stateFile(stack);
    if (!fs.existsSync(file) || fs.statSync(file).size === 0) return [];
    return readState(file).filter((resource) => resource.mode === 'managed');
  }
}

interface StateResource {
  readonly mode: string;
  readonly type: string;
  readonly instances: readonly { readonly attributes: { readonly [name: string]: unknown } }[];
}

function readState(file: string): readonly StateResource[] {
  try {
    const state = JSON.parse(fs.readFileSync(file, 'utf8')) as { resources: readonly StateResource[] };
    if (Array.isArray(state.resources)) return state.resources;
  } catch {
    // Falls through: not JSON is as broken as JSON of another shape.
  }
  return fail({ code: 'StateBroken', message: `${file} is not a Terraform state`, remedy: 'restore it from its .backup, or run "ml-platform down", which removes the whole environment with its states' });
}
