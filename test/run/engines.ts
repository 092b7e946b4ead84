import { spawnSync } from 'node:child_process';
import { SCHEMA_DIR_VARIABLE } from '../../src/local/schema';
import { findOnPath } from '../../src/local/aws/moto';
import { discoverEngine } from '../../src/local/kubernetes';

/** Engines that tests name in their first comment: `@needs terraform, moto`. */
export const ENGINES = ['terraform', 'moto', 'kubernetes', 'schemas'] as const;

/** Name of an engine. */
export type EngineName = (typeof ENGINES)[number];

/** Whether an engine can be used here. */
export interface EngineState {
  readonly name: EngineName;
  /** False if tests that need it cannot run. */
  readonly usable: boolean;
  /** What is there, or what is missing. */
  readonly state: string;
  /** Seconds until it can be used for the first time. */
  readonly setupSeconds: number;
}

function onPath(program: string): boolean {
  return findOnPath(program, process.env).length > 0;
}

function terraform(): EngineState {
  const answer = onPath('terraform') ? spawnSync('terraform', ['version', '-json'], { encoding: 'utf8', timeout: 30_000 }) : undefined;
  const version = /"terraform_version":\s*"([^"]+)"/.exec(answer?.stdout ?? '')?.[1];
  return { name: 'terraform', usable: version !== undefined, state: version ?? 'no working terraform on PATH', setupSeconds: 0 };
}

function moto(): EngineState {
  if (onPath('moto_server')) return { name: 'moto', usable: true, state: 'on PATH', setupSeconds: 0 };
  const python = onPath('python3');
  return { name: 'moto', usable: python, state: python ? 'from a private Python environment, installed once' : 'neither moto_server nor python3 on PATH', setupSeconds: python ? 60 : 0 };
}

async function kubernetes(): Promise<EngineState> {
  const found = await discoverEngine('1.35', { build: false });
  if (found.kind === 'found') return { name: 'kubernetes', usable: true, state: `${found.engine.kubernetesVersion} (${found.engine.source})`, setupSeconds: 0 };
  const go = onPath('go');
  return { name: 'kubernetes', usable: go, state: go ? 'built once from pinned Go modules' : found.message, setupSeconds: go ? 400 : 0 };
}

function schemas(): EngineState {
  const folder = process.env[SCHEMA_DIR_VARIABLE];
  return { name: 'schemas', usable: Boolean(folder), state: folder ? 'reference schemas of Kubernetes, charts and providers' : `${SCHEMA_DIR_VARIABLE} is not set: no check against reference schemas`, setupSeconds: 0 };
}

/** What every engine is like on this machine. */
export async function findEngines(): Promise<readonly EngineState[]> {
  return [terraform(), moto(), await kubernetes(), schemas()];
}
