import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fail } from '../core/errors';

/** A CDKTF project: the folder of its `cdktf.json`. */
export interface Project {
  readonly folder: string;
  /** Command that runs the program. */
  readonly app: string;
  /** Folder of the synth output. */
  readonly outdir: string;
}

/**
 * Reads `cdktf.json` of the folder.
 * @throws ProjectNotFound, ProjectBroken
 */
export function readProject(folder: string): Project {
  const file = path.join(folder, 'cdktf.json');
  if (!fs.existsSync(file)) {
    fail({ code: 'ProjectNotFound', message: `${folder} has no cdktf.json`, remedy: 'run the command in the folder of a CDKTF project' });
  }
  let config: { readonly app?: string; readonly output?: string };
  try {
    config = JSON.parse(fs.readFileSync(file, 'utf8')) as typeof config;
  } catch (error) {
    return fail({ code: 'ProjectBroken', message: `cdktf.json is not JSON: ${(error as Error).message}`, path: file });
  }
  if (!config.app) return fail({ code: 'ProjectBroken', message: 'cdktf.json names no "app"', allowed: 'the command that runs the program', path: file });
  return { folder, app: config.app, outdir: path.join(folder, config.output ?? 'cdktf.out') };
}

/**
 * Runs the program, which writes the synth output.
 * @throws SynthFailed with what the program said.
 */
export function synth(project: Project): void {
  const result = spawnSync(project.app, {
    cwd: project.folder,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, CDKTF_OUTDIR: project.outdir, CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS: undefined },
  });
  if (result.status === 0) return;
  const said = `${result.stderr}`.trim();
  fail({ code: 'SynthFailed', message: `"${project.app}" ended with ${result.status ?? result.signal}:\n${withoutStack(said)}` });
}

/** Coded problems as they are; the stack of a crash only where there are none. */
function withoutStack(text: string): string {
  const coded = text.split('\n').filter((line) => /\[[A-Z][A-Za-z]+\] /.test(line));
  return coded.length > 0 ? coded.map((line) => line.replace(/^\w*Error: /, '')).join('\n') : text;
}
