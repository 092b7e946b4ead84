import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PlatformError } from '../../../core/errors';
import type { BuildOptions } from './build';
import { buildEngine, engineBinDirectory } from './build';
import { run } from './processes';
import type { EngineBinary, EngineVersion } from './versions';
import { ENGINE_BINARIES, engineVersion } from './versions';

/** Programs that work, with which clusters of one Kubernetes version are made; plain JSON. */
export interface KubernetesEngine {
  /** Minor version as EKS writes it: `1.35`. */
  readonly version: string;
  /** Full version of the API server: `1.35.4`. */
  readonly kubernetesVersion: string;
  /** `path`: found on PATH; `cache`: built earlier by this user; `built`: built just now. */
  readonly source: 'path' | 'cache' | 'built';
  /** Absolute paths. */
  readonly binaries: Readonly<Record<EngineBinary, string>>;
}

/** What the search for the engine found. */
export type EngineDiscovery =
  | { readonly kind: 'found'; readonly engine: KubernetesEngine }
  /** `message` is one sentence: what is missing and what is therefore not shown. */
  | { readonly kind: 'missing'; readonly message: string };

/** How the engine is looked for. */
export interface DiscoverOptions extends BuildOptions {
  /** Build it when Go is there and it is not. @default true */
  readonly build?: boolean;
}

const NOT_SHOWN = 'so the cluster has no API here: no manifest is applied, no pod is scheduled, and only the AWS side is shown';
const CHECK_TIMEOUT_SECONDS = 30;

/**
 * Finds the programs of a control plane: a working set on PATH, else this user's build, else one is built with Go.
 *
 * A program counts only after it was run. Throws `KubernetesVersionNotInTwin`; everything else that is
 * missing is told by the result.
 *
 * @param minor for example `1.35`.
 */
export async function discoverEngine(minor: string, options: DiscoverOptions = {}): Promise<EngineDiscovery> {
  const version = engineVersion(minor);
  const env = options.env ?? process.env;
  const onPath = await engineOnPath(version, env);
  if (onPath !== undefined) return { kind: 'found', engine: onPath };
  const cached = await engineIn(engineBinDirectory(version, env), version, 'cache');
  if (cached !== undefined) return { kind: 'found', engine: cached };
  if (findOnPath('go', env) === undefined) {
    return missing(`neither a working kwokctl with the control plane of Kubernetes ${minor} nor Go to build it is on PATH`);
  }
  if (options.build === false) return missing(`the control plane of Kubernetes ${minor} is not built yet and building was not asked for`);
  return build(version, options);
}

async function build(version: EngineVersion, options: DiscoverOptions): Promise<EngineDiscovery> {
  try {
    const built = await engineIn(await buildEngine(version, options), version, 'built');
    return built === undefined ? missing(`the built control plane of Kubernetes ${version.minor} does not run on this machine`) : { kind: 'found', engine: built };
  } catch (error) {
    if (!PlatformError.isPlatformError(error)) throw error;
    return missing(error.message);
  }
}

function missing(what: string): EngineDiscovery {
  return { kind: 'missing', message: `${what}, ${NOT_SHOWN}` };
}

async function engineOnPath(version: EngineVersion, env: NodeJS.ProcessEnv): Promise<KubernetesEngine | undefined> {
  const paths = ENGINE_BINARIES.map((binary) => [binary, findOnPath(binary, env)] as const);
  if (paths.some(([, path]) => path === undefined)) return undefined;
  return workingEngine(Object.fromEntries(paths) as Record<EngineBinary, string>, version, 'path');
}

async function engineIn(directory: string, version: EngineVersion, source: KubernetesEngine['source']): Promise<KubernetesEngine | undefined> {
  if (!existsSync(directory)) return undefined;
  const paths = ENGINE_BINARIES.map((binary) => [binary, join(directory, binary)] as const);
  return workingEngine(Object.fromEntries(paths) as Record<EngineBinary, string>, version, source);
}

async function workingEngine(
  binaries: Record<EngineBinary, string>,
  version: EngineVersion,
  source: KubernetesEngine['source'],
): Promise<KubernetesEngine | undefined> {
  const answers = new Map<EngineBinary, string>();
  for (const binary of ENGINE_BINARIES) {
    const args = binary === 'kubectl' ? ['version', '--client'] : ['--version'];
    const { code, stdout } = await run(binaries[binary], args, { timeoutSeconds: CHECK_TIMEOUT_SECONDS });
    if (code !== 0) return undefined;
    answers.set(binary, stdout);
  }
  const kubernetesVersion = /v(\d+\.\d+\.\d+)/.exec(answers.get('kube-apiserver') ?? '')?.[1];
  if (kubernetesVersion === undefined || !kubernetesVersion.startsWith(`${version.minor}.`)) return undefined;
  return { version: version.minor, kubernetesVersion, source, binaries };
}

/** Absolute path of a program that may be executed. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
