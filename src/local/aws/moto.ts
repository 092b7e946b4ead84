import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync, closeSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { fail } from '../../core/errors';

const run = promisify(execFile);

/** Version that is installed where none is found. */
export const MOTO_VERSION = '5.2.5';

/** First lines of scripts are no longer than this on any system. */
const FIRST_LINE_BYTES = 512;
const PROBE_TIMEOUT_MS = 30_000;
const INSTALL_TIMEOUT_MS = 600_000;
const USABLE_MAJOR = '5.';
const LOCK_POLL_MS = 500;

/** A moto that can be started. */
export interface MotoCommand {
  /** Program and its first arguments; host and port come after them. */
  readonly command: readonly string[];
  /** Version of moto. */
  readonly version: string;
}

/** Where to look for moto and how to report. */
export interface FindMotoOptions {
  /** Environment that is searched: PATH, XDG_CACHE_HOME, HOME. @default - that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** Takes one line per slow step. @default - nothing is written */
  readonly onProgress?: (line: string) => void;
}

/**
 * The moto of PATH if it works, else one in a private Python environment of this user, which is made if it is not there.
 *
 * @throws PythonMissing neither moto nor Python 3 is on PATH.
 * @throws MotoInstallFailed Python is there, but the installation failed.
 */
export async function findMoto(options: FindMotoOptions = {}): Promise<MotoCommand> {
  const env = options.env ?? process.env;
  for (const script of findOnPath('moto_server', env)) {
    const found = await probeScript(script, env);
    if (found !== undefined) return found;
  }
  return installMoto(env, options.onProgress ?? (() => undefined));
}

/** Folder of the private Python environment. */
export function motoEnvironmentFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : join(env.HOME ?? homedir(), '.cache');
  return join(cache, 'cdktf-ml-platform', `moto-${MOTO_VERSION}`);
}

/** Every executable file of that name on PATH, in order. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

/** Interpreter that a script's first line names directly; undefined for `env`, shells and binaries. */
export function interpreterOf(firstLine: string): string | undefined {
  const path = /^#!\s*(\/\S+)\s*$/.exec(firstLine)?.[1];
  return path !== undefined && /python[\d.]*$/.test(path) ? path : undefined;
}

async function probeScript(script: string, env: NodeJS.ProcessEnv): Promise<MotoCommand | undefined> {
  const real = await resolveShim(script, env);
  const python = real === undefined ? undefined : interpreterOf(readFirstLine(real));
  if (real === undefined || python === undefined) return undefined;
  const version = await versionIn(python);
  return version?.startsWith(USABLE_MAJOR) ? { command: [python, real], version } : undefined;
}

/** A version manager puts shell scripts on PATH that start the real program: the real one is wanted, as its pid is kept. */
async function resolveShim(script: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (interpreterOf(readFirstLine(script)) !== undefined) return script;
  const manager = join(dirname(dirname(script)), 'bin', 'pyenv');
  const [pyenv] = isExecutable(manager) ? [manager] : findOnPath('pyenv', env);
  if (pyenv === undefined) return undefined;
  const answer = await run(pyenv, ['which', 'moto_server'], { env, timeout: PROBE_TIMEOUT_MS }).catch(() => undefined);
  return answer?.stdout.trim() || undefined;
}

async function versionIn(python: string): Promise<string | undefined> {
  const program = 'import importlib.metadata as m, flask, flask_cors; print(m.version("moto"))';
  const answer = await run(python, ['-c', program], { timeout: PROBE_TIMEOUT_MS }).catch(() => undefined);
  return answer?.stdout.trim();
}

async function installMoto(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<MotoCommand> {
  const folder = motoEnvironmentFolder(env);
  const python = join(folder, 'bin', 'python');
  const installed = { command: [python, join(folder, 'bin', 'moto_server')], version: MOTO_VERSION };
  if ((await versionIn(python)) === MOTO_VERSION) return installed;
  const [base] = findOnPath('python3', env);
  if (base === undefined) {
    return fail({
      code: 'PythonMissing',
      message: `moto ${MOTO_VERSION}, which stands in for AWS, needs Python 3, and neither moto_server nor python3 is on PATH`,
      remedy: 'install Python 3.10 or newer with its venv module, and run again',
    });
  }
  const release = await lock(`${folder}.lock`);
  try {
    if ((await versionIn(python)) === MOTO_VERSION) return installed;
    onProgress(`installing moto ${MOTO_VERSION} to ${folder} (once, about 180 MB)`);
    rmSync(folder, { recursive: true, force: true });
    await build(folder, base, env);
    return installed;
  } finally {
    release();
  }
}

async function build(folder: string, base: string, env: NodeJS.ProcessEnv): Promise<void> {
  const requirement = `moto[server]==${MOTO_VERSION}`;
  const python = join(folder, 'bin', 'python');
  const [uv] = findOnPath('uv', env);
  const steps = uv === undefined
    ? [[base, '-m', 'venv', folder], [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement]]
    : [[uv, 'venv', '--quiet', '--python', base, folder], [uv, 'pip', 'install', '--quiet', '--python', python, requirement]];
  for (const [program, ...args] of steps) {
    await run(program!, args, { env, timeout: INSTALL_TIMEOUT_MS }).catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      const output = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-3).join(' ') ?? String(error);
      fail({
        code: 'MotoInstallFailed',
        message: `moto ${MOTO_VERSION} could not be installed with ${program!}: ${output}`,
        remedy: `put a moto_server of version 5 on PATH (pip install '${requirement}'), or make the Python package index reachable`,
        path: folder,
      });
    });
  }
}

/** A lock file with the holder's pid, so that two runs do not install over each other; a dead holder's lock is taken over. */
async function lock(file: string): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (holderIsGone(file)) rmSync(file, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

function holderIsGone(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readFirstLine(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(FIRST_LINE_BYTES);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer)).split('\n')[0]!;
  } finally {
    closeSync(descriptor);
  }
}
