import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../../core/errors';
import { withLock } from './build-lock';
import { isAlive, run } from './processes';
import type { BinarySource, EngineVersion, OptionalBinary } from './versions';
import { optionalCacheName, optionalSource } from './versions';

/** One step of a build, told as it happens. */
export interface BuildProgress {
  /** `waiting`: another process builds the same; `building` and `built`: one program. */
  readonly state: 'waiting' | 'building' | 'built';
  /** Name of the program, or of the whole while waiting. */
  readonly binary: string;
  /** Counts from 1. */
  readonly position: number;
  /** Number of programs of this build. */
  readonly total: number;
  /** Seconds since the build began. */
  readonly elapsedSeconds: number;
}

/** How the engine is built. */
export interface BuildOptions {
  /** @default - progress is not told */
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Stops the build when aborted. @default - it cannot be stopped */
  readonly signal?: AbortSignal;
  /** @default - the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
}

const BINARY_TIMEOUT_SECONDS = 30 * 60;
const STDERR_LINES = 5;

/** Folder of the cache for one user: `${XDG_CACHE_HOME:-~/.cache}/cdktf-ml-platform`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'cdktf-ml-platform');
}

/** Folder in which a whole build of this version lies; it exists only when the build is whole. */
export function engineBinDirectory(version: EngineVersion, env?: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(env), version.cacheName, 'bin');
}

/**
 * Builds the engine from its pinned Go modules unless this user has it already; about five minutes on two cores.
 *
 * @returns the folder with the programs. Throws `KubernetesEngineBuildFailed`.
 */
export function buildEngine(version: EngineVersion, options: BuildOptions = {}): Promise<string> {
  return buildOnce(version.cacheName, version.sources, options);
}

/** Builds a program that not everybody needs. @returns the program's path. Throws `KubernetesEngineBuildFailed`. */
export async function buildOptional(binary: OptionalBinary, options: BuildOptions = {}): Promise<string> {
  return join(await buildOnce(optionalCacheName(binary), [optionalSource(binary)], options), binary);
}

async function buildOnce(name: string, sources: readonly BinarySource[], options: BuildOptions): Promise<string> {
  const root = cacheDirectory(options.env);
  const whole = join(root, name);
  const bin = join(whole, 'bin');
  if (existsSync(bin)) return bin;
  const started = Date.now();
  const tell = (state: BuildProgress['state'], binary: string, position: number) =>
    options.onProgress?.({ state, binary, position, total: sources.length, elapsedSeconds: (Date.now() - started) / 1000 });
  const build = async () => {
    if (existsSync(bin)) return;
    removeAbandoned(root, name);
    const unfinished = join(root, `${name}.building-${process.pid}`);
    mkdirSync(join(unfinished, 'bin'), { recursive: true });
    try {
      for (const [index, source] of sources.entries()) {
        tell('building', source.binary, index + 1);
        await buildBinary(source, join(unfinished, 'bin', source.binary), options);
        tell('built', source.binary, index + 1);
      }
      renameSync(unfinished, whole);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  };
  await withLock(join(root, `${name}.lock`), build, () => tell('waiting', name, 0), options.signal);
  return bin;
}

async function buildBinary(source: BinarySource, output: string, options: BuildOptions): Promise<void> {
  const variables = Object.entries(source.linkerVariables).map(([variable, value]) => `-X ${variable}=${value}`);
  const result = await run('go', ['build', '-trimpath', '-ldflags', ['-s', '-w', ...variables].join(' '), '-o', output, source.packagePath], {
    cwd: source.moduleDirectory,
    env: { ...(options.env ?? process.env), CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOOS: '', GOARCH: '' },
    timeoutSeconds: BINARY_TIMEOUT_SECONDS,
    signal: options.signal,
  });
  options.signal?.throwIfAborted();
  if (result.code !== 0) {
    fail({
      code: 'KubernetesEngineBuildFailed',
      message: `go could not build ${source.binary} ${source.version}: ${lastLines(result.stderr)}`,
      remedy: 'check that the Go module proxy can be reached, then run it again: what was compiled so far is kept by Go',
      path: source.moduleDirectory,
    });
  }
}

function removeAbandoned(root: string, name: string): void {
  const prefix = `${name}.building-`;
  for (const entry of readdirSync(root)) {
    if (entry.startsWith(prefix) && !isAlive(Number(entry.slice(prefix.length)))) rmSync(join(root, entry), { recursive: true, force: true });
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-STDERR_LINES).join(' | ');
}
