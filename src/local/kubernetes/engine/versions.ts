import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../../core/errors';

/** Programs of a control plane with simulated nodes; `kubectl` is what `kwokctl` asks the API with. */
export const ENGINE_BINARIES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok', 'kwokctl'] as const;

/** Programs that are built only when somebody asks for them. */
export const OPTIONAL_BINARIES = ['helm'] as const;

/** Name of a program of the engine. */
export type EngineBinary = (typeof ENGINE_BINARIES)[number];

/** Name of a program that is built on request. */
export type OptionalBinary = (typeof OPTIONAL_BINARIES)[number];

/** One program and the pinned Go module folder that it is built from. */
export interface BinarySource {
  readonly binary: EngineBinary | OptionalBinary;
  /** Folder with `go.mod` and `go.sum`. */
  readonly moduleDirectory: string;
  /** Import path of the program. */
  readonly packagePath: string;
  /** Version of the program, with its `v`. */
  readonly version: string;
  /** Go variables set by the linker, name to value. */
  readonly linkerVariables: Readonly<Record<string, string>>;
}

/** Everything that one Kubernetes version of the twin is built from. */
export interface EngineVersion {
  /** Minor version as EKS writes it: `1.35`. */
  readonly minor: string;
  /** Full version without its `v`: `1.35.4`. */
  readonly kubernetes: string;
  /** Name of the cache folder: changes with every pin. */
  readonly cacheName: string;
  readonly sources: readonly BinarySource[];
}

const KUBERNETES_FOLDER = /^kubernetes-(\d+\.\d+)$/;
const VERSION_PACKAGE = 'k8s.io/component-base/version';
const MODULES: Readonly<Record<'etcd' | 'kubernetes' | 'kwok' | 'helm', string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubernetes: 'k8s.io/kubernetes',
  kwok: 'sigs.k8s.io/kwok',
  helm: 'helm.sh/helm/v3',
};

/** Minor versions of Kubernetes that the twin can run: those with a module folder. */
export function twinKubernetesVersions(): string[] {
  return readdirSync(goModulesDirectory())
    .flatMap((name) => KUBERNETES_FOLDER.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * Pins of one Kubernetes version, read from the module folders.
 *
 * @param minor for example `1.35`.
 * @param path where the version was asked for, printed in the error.
 * Throws `KubernetesVersionNotInTwin`.
 */
export function engineVersion(minor: string, path?: string): EngineVersion {
  const offered = twinKubernetesVersions();
  if (!offered.includes(minor)) {
    fail({
      code: 'KubernetesVersionNotInTwin',
      message: `the local twin has no control plane of Kubernetes ${minor}`,
      allowed: offered.join(', '),
      remedy: `give the local environment a cluster of version ${offered.join(' or ')}`,
      path,
    });
  }
  const folders = { etcd: 'etcd', kubernetes: `kubernetes-${minor}`, kwok: 'kwok' };
  const kubernetes = pinnedVersion(folders.kubernetes, MODULES.kubernetes);
  return {
    minor,
    kubernetes: kubernetes.slice(1),
    cacheName: `kubernetes-${kubernetes.slice(1)}-${digestOf(Object.values(folders))}`,
    sources: [
      { ...moduleSource('etcd', folders.etcd), binary: 'etcd', packagePath: MODULES.etcd },
      ...(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const).map((binary) => ({
        ...moduleSource('kubernetes', folders.kubernetes),
        binary,
        packagePath: `${MODULES.kubernetes}/cmd/${binary}`,
        linkerVariables: kubernetesVersionVariables(kubernetes),
      })),
      ...(['kwok', 'kwokctl'] as const).map((binary) => ({
        ...moduleSource('kwok', folders.kwok),
        binary,
        packagePath: `${MODULES.kwok}/cmd/${binary}`,
      })),
    ],
  };
}

/** Pin of a program that is built on request. */
export function optionalSource(binary: OptionalBinary): BinarySource {
  const source = moduleSource(binary, binary);
  const linkerVariables = { [`${MODULES[binary]}/internal/version.version`]: source.version };
  return { ...source, binary, packagePath: `${MODULES[binary]}/cmd/${binary}`, linkerVariables };
}

/** Cache folder of a program that is built on request. */
export function optionalCacheName(binary: OptionalBinary): string {
  return `${binary}-${pinnedVersion(binary, MODULES[binary]).slice(1)}-${digestOf([binary])}`;
}

function moduleSource(module: keyof typeof MODULES, folder: string): Omit<BinarySource, 'binary' | 'packagePath'> {
  return { moduleDirectory: join(goModulesDirectory(), folder), version: pinnedVersion(folder, MODULES[module]), linkerVariables: {} };
}

function kubernetesVersionVariables(version: string): Record<string, string> {
  const [major, minor] = version.slice(1).split('.');
  return {
    [`${VERSION_PACKAGE}.gitVersion`]: version,
    [`${VERSION_PACKAGE}.gitMajor`]: major,
    [`${VERSION_PACKAGE}.gitMinor`]: minor,
    [`${VERSION_PACKAGE}.gitTreeState`]: 'clean',
  };
}

function pinnedVersion(folder: string, module: string): string {
  const lines = readFileSync(join(goModulesDirectory(), folder, 'go.mod'), 'utf8').split('\n');
  const words = lines.map((line) => line.trim().replace(/^require /, '').split(/\s+/)).find(([path]) => path === module);
  if (words?.[1] === undefined) throw new Error(`${folder}/go.mod pins no ${module}`);
  return words[1];
}

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(goModulesDirectory(), folder, file)));
  }
  return hash.digest('hex').slice(0, 8);
}

/** The module folders lie beside this file, in the sources and, copied by the build, in the package. */
function goModulesDirectory(): string {
  return join(__dirname, 'go');
}
