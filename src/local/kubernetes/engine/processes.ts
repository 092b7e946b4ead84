import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { promisify } from 'node:util';

/** What a program left behind. */
export interface RunResult {
  /** Exit code; undefined when it could not be started or was ended. */
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Seconds after which it is ended. */
  readonly timeoutSeconds: number;
  /** @default - the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** @default - the current directory */
  readonly cwd?: string;
  /** Ends the program when aborted. @default - it cannot be aborted */
  readonly signal?: AbortSignal;
}

/** A process of this machine. */
export interface ProcessInfo {
  readonly pid: number;
  readonly commandLine: string;
}

const END_POLL_MILLISECONDS = 100;
/** How long a program's own children may hold its pipes after its end. */
const PIPE_DRAIN_MILLISECONDS = 2000;

/** Runs a program to its end; failures are told by the result, never thrown. */
export function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const child = spawn(file, args, { env: options.env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (reason: string) => {
      stderr += reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end(`\nended after ${options.timeoutSeconds} seconds`), options.timeoutSeconds * 1000);
    const aborted = () => end('\nstopped on request');
    options.signal?.addEventListener('abort', aborted, { once: true });
    if (options.signal?.aborted) aborted();
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const finish = (code?: number) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      resolve({ code, stdout, stderr });
    };
    child.on('error', (error) => {
      stderr += error.message;
      finish();
    });
    child.on('close', (code) => finish(code ?? undefined));
    child.on('exit', (code) => setTimeout(() => finish(code ?? undefined), PIPE_DRAIN_MILLISECONDS).unref());
  });
}

/**
 * Processes whose program lies in the directory, so that an editor or a pager that merely names it is left alone.
 * Zombies have no command line and are not listed.
 */
export async function processesOfPrograms(directory: string): Promise<ProcessInfo[]> {
  const all = existsSync('/proc/self/cmdline') ? listFromProc() : await listFromPs();
  return all.filter(({ commandLine }) => commandLine.startsWith(`${directory}${sep}`));
}

/**
 * Ends processes by their ids, first kindly, after the grace period by force.
 *
 * @returns those that still run after twice the grace period.
 */
export async function endProcesses(find: () => Promise<ProcessInfo[]>, graceSeconds: number): Promise<ProcessInfo[]> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const { pid } of await find()) sendSignal(pid, signal);
    const deadline = Date.now() + graceSeconds * 1000;
    while ((await find()).length > 0 && Date.now() < deadline) await sleep(END_POLL_MILLISECONDS);
  }
  return find();
}

/** Waits without keeping the processor busy. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** True while a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function listFromProc(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return commandLine === '' ? [] : [{ pid: Number(name), commandLine }];
      } catch {
        return [];
      }
    });
}

async function listFromPs(): Promise<ProcessInfo[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.+)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), commandLine: match[2] }];
  });
}
