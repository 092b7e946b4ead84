import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodegroupSpec } from '../../../src/local/cluster-backend';
import { buildEngine, buildOptional, discoverEngine, engineVersion, twinKubernetesVersions, type BuildProgress, type KubernetesEngine, type KwokCluster } from '../../../src/local/kubernetes';
import { withLock } from '../../../src/local/kubernetes/engine/build-lock';
import { catalogShape } from '../../../src/local/kubernetes/engine/catalog-shape';
import { nodeResources, type NodeShape } from '../../../src/local/kubernetes/engine/node-shape';
import { buildNode } from '../../../src/local/kubernetes/engine/nodes';
import { freePorts } from '../../../src/local/kubernetes/engine/ports';
import { endProcesses, processesOfPrograms, run, sleep } from '../../../src/local/kubernetes/engine/processes';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'engine '))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A `go` that records each call and writes its output, so that the builder's own work is what is tested. */
function pretendGo(script = 'echo "#!/bin/sh" > "$out"; chmod +x "$out"'): NodeJS.ProcessEnv {
  const bin = join(directory, 'path');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'go'), `#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\nout="$2"\necho "$3" >> "${directory}/calls"\n${script}\n`);
  chmodSync(join(bin, 'go'), 0o755);
  return { ...process.env, PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(directory, 'cache') };
}
const calls = () => readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n');
const cached = () => readdirSync(join(directory, 'cache', 'cdktf-ml-platform'));

describe('engine versions', () => {
  it('are those with pinned modules, each pin in go.mod alone', () => {
    expect(twinKubernetesVersions()).toEqual(['1.35']);
    const { kubernetes, sources, cacheName } = engineVersion('1.35');
    expect(kubernetes).toMatch(/^1\.35\.\d+$/);
    expect(cacheName.startsWith(`kubernetes-${kubernetes}-`)).toBe(true);
    for (const { binary, packagePath, version, moduleDirectory } of sources) {
      const pins = readFileSync(join(moduleDirectory, 'go.mod'), 'utf8');
      expect(pins).toContain(packagePath);
      expect(pins).toContain(` ${version}`);
      expect(existsSync(join(moduleDirectory, 'go.sum')) && binary.length > 0).toBe(true);
    }
  });

  it('fails for a version that the twin cannot run', () => {
    expect(() => engineVersion('1.34', 'local/Cluster')).toThrow(
      '[KubernetesVersionNotInTwin] the local twin has no control plane of Kubernetes 1.34; allowed: 1.35; give the local environment a cluster of version 1.35 (at local/Cluster)',
    );
  });
});

describe('the build of the engine', () => {
  it('runs once, tells its progress, and is found afterwards', async () => {
    const env = pretendGo();
    const progress: BuildProgress[] = [];
    const bin = await buildEngine(engineVersion('1.35'), { env, onProgress: (step) => progress.push(step) });
    expect(await buildEngine(engineVersion('1.35'), { env })).toBe(bin);
    expect(calls()).toHaveLength(7);
    expect(readdirSync(bin)).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok', 'kwokctl']);
    expect(progress.map(({ state, binary, position, total }) => `${state} ${binary} ${position}/${total}`).slice(0, 3)).toEqual(['building etcd 1/7', 'built etcd 1/7', 'building kube-apiserver 2/7']);
    expect(cached()).toEqual([engineVersion('1.35').cacheName]);
  });

  it('makes helm only for those who ask', async () => {
    const path = await buildOptional('helm', { env: pretendGo() });
    expect(calls()).toEqual(['helm.sh/helm/v3/cmd/helm']);
    expect(path).toMatch(/cdktf-ml-platform\/helm-3\.\d+\.\d+-[0-9a-f]{8}\/bin\/helm$/);
    expect(existsSync(path)).toBe(true);
  });

  it('is shared by two that ask at once', async () => {
    const env = pretendGo('sleep 0.1; echo > "$out"');
    const states: string[] = [];
    const ask = () => buildEngine(engineVersion('1.35'), { env, onProgress: ({ state }) => states.push(state) });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first).toBe(second);
    expect(calls()).toHaveLength(7);
    expect(states.filter((state) => state === 'waiting')).toHaveLength(1);
  });

  it('that breaks in the middle is not taken for a whole one', async () => {
    const env = pretendGo('case "$out" in *kubectl) echo "no such module" >&2; exit 1;; esac; echo > "$out"');
    await expect(buildEngine(engineVersion('1.35'), { env })).rejects.toMatchObject({ code: 'KubernetesEngineBuildFailed', message: expect.stringContaining('could not build kubectl v1.35.4: no such module') });
    expect(cached()).toEqual([]);
    mkdirSync(join(directory, 'cache', 'cdktf-ml-platform', `${engineVersion('1.35').cacheName}.building-999999999`), { recursive: true });
    await buildEngine(engineVersion('1.35'), { env: pretendGo() });
    expect(cached()).toEqual([engineVersion('1.35').cacheName]);
  });

  it('stops when it is told to', async () => {
    const abort = new AbortController();
    const env = pretendGo('exec sleep 30');
    const build = buildEngine(engineVersion('1.35'), { env, signal: abort.signal });
    setTimeout(() => abort.abort(), 300);
    await expect(build).rejects.toMatchObject({ name: 'AbortError' });
    expect(cached()).toEqual([]);
  });

  it('takes the lock of a holder that was killed', async () => {
    const file = join(directory, 'lock');
    writeFileSync(file, JSON.stringify({ pid: 999999999, host: (await import('node:os')).hostname() }));
    const waited: boolean[] = [];
    expect(await withLock(file, async () => 'done', () => waited.push(true))).toBe('done');
    expect(existsSync(file)).toBe(false);
  });
});

describe('the search for the engine', () => {
  it('says in one sentence what is missing and what is therefore not shown', async () => {
    const env = { PATH: join(directory, 'nothing'), XDG_CACHE_HOME: directory };
    expect(await discoverEngine('1.35', { env })).toEqual({
      kind: 'missing',
      message: 'neither a working kwokctl with the control plane of Kubernetes 1.35 nor Go to build it is on PATH, so the cluster has no API here: no manifest is applied, no pod is scheduled, and only the AWS side is shown',
    });
  });

  it('builds nothing when it is not asked to', async () => {
    expect(await discoverEngine('1.35', { env: pretendGo(), build: false })).toMatchObject({ kind: 'missing', message: expect.stringContaining('is not built yet') });
    expect(existsSync(join(directory, 'calls'))).toBe(false);
  });

  it('goes on without an engine when Go cannot build it, or when what it built does not run', async () => {
    expect(await discoverEngine('1.35', { env: pretendGo('echo offline >&2; exit 1') })).toMatchObject({ kind: 'missing', message: expect.stringContaining('offline') });
    expect(await discoverEngine('1.35', { env: pretendGo('echo > "$out"') })).toMatchObject({ kind: 'missing', message: expect.stringContaining('does not run') });
  });

  it('passes over programs on PATH that have another version', async () => {
    const env = pretendGo('exit 1');
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok', 'kwokctl']) {
      writeFileSync(join(directory, 'path', name), '#!/bin/sh\necho "Kubernetes v1.30.2"\n', { mode: 0o755 });
    }
    expect(await discoverEngine('1.35', { env })).toMatchObject({ kind: 'missing' });
    writeFileSync(join(directory, 'path', 'kube-apiserver'), '#!/bin/sh\necho "Kubernetes v1.35.9"\n', { mode: 0o755 });
    expect(await discoverEngine('1.35', { env })).toMatchObject({ kind: 'found', engine: { source: 'path', kubernetesVersion: '1.35.9' } });
  });
});

describe('simulated nodes', () => {
  const shape: NodeShape = { vcpu: 2, memoryMiB: 8192, pods: 29, architecture: 'amd64' };
  const group: NodegroupSpec = {
    cluster: 'c', name: 'g', instanceTypes: ['m5.large', 'm6i.large'], desiredSize: 3, minSize: 0, maxSize: 3, labels: { team: 'a' }, amiType: 'AL2023_x86_64_STANDARD',
    taints: [{ key: 'only', effect: 'NoExecute' }], capacityType: 'ON_DEMAND', subnetZones: ['eu-west-1a', 'eu-west-1c'],
  };
  const context = { region: 'eu-west-1', kubernetesVersion: '1.35.4', shape, takenNames: new Set<string>() };

  it('offer what an EKS image leaves of the machine', () => {
    const { capacity, allocatable } = nodeResources(shape, 100);
    expect(capacity).toMatchObject({ cpu: '2', memory: '7577Mi', pods: '29', 'ephemeral-storage': '100Gi' });
    expect(allocatable).toMatchObject({ cpu: '1930m', memory: '6903Mi', pods: '29', 'ephemeral-storage': '91136Mi' });
    expect(nodeResources({ ...shape, vcpu: 8 }, 100).allocatable.cpu).toBe('7910m');
  });

  it('carry the accelerators of the catalog', () => {
    expect(catalogShape('g5.12xlarge')).toMatchObject({ vcpu: 48, architecture: 'amd64', accelerators: expect.arrayContaining([{ resource: 'nvidia.com/gpu', count: 4 }]) });
    expect(catalogShape('m6g.large')).toMatchObject({ architecture: 'arm64', accelerators: [] });
    expect(nodeResources({ ...shape, accelerators: [{ resource: 'nvidia.com/gpu', count: 4 }] }, 100).allocatable['nvidia.com/gpu']).toBe('4');
  });

  it('have the same name for the same place, another one elsewhere, spread over the zones', () => {
    const nodes = [0, 1, 2].map((index) => buildNode(group, index, context));
    expect(nodes[0]).toEqual(buildNode(group, 0, context));
    expect(new Set(nodes.map(({ metadata }) => metadata.name)).size).toBe(3);
    expect(nodes.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])).toEqual(['eu-west-1a', 'eu-west-1c', 'eu-west-1a']);
    expect(nodes[0].metadata.name).toMatch(/^ip-10-\d+-\d+-\d+\.eu-west-1\.compute\.internal$/);
    const taken = new Set([nodes[0].metadata.name]);
    expect(buildNode(group, 0, { ...context, takenNames: taken }).metadata.name).not.toBe(nodes[0].metadata.name);
  });

  it('have the labels and taints of their group', () => {
    const { metadata, spec } = buildNode(group, 0, context);
    expect(metadata.labels).toMatchObject({ team: 'a', 'eks.amazonaws.com/nodegroup': 'g', 'eks.amazonaws.com/capacityType': 'ON_DEMAND', 'node.kubernetes.io/instance-type': 'm5.large', 'kubernetes.io/arch': 'amd64' });
    expect(spec?.taints).toEqual([{ key: 'only', effect: 'NoExecute' }]);
  });
});

describe('processes and ports', () => {
  it('choose ports on which nobody listens', async () => {
    const [first] = await freePorts(1, 'key');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first, '127.0.0.1', resolve));
    const ports = await freePorts(6, 'key');
    expect(ports).not.toContain(first);
    expect(new Set(ports).size).toBe(6);
    await new Promise((resolve) => server.close(resolve));
  });

  it('fail when more ports are asked for than there are', async () => {
    await expect(freePorts(12_001, 'key')).rejects.toMatchObject({ code: 'NoFreePort' });
  }, 60_000);

  it('end programs of a folder by their ids, also those that ignore it, and nobody else', async () => {
    const program = join(directory, 'bin', 'stubborn');
    mkdirSync(join(directory, 'bin'));
    writeFileSync(program, readFileSync(process.execPath), { mode: 0o755 });
    const finished = run(program, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { timeoutSeconds: 30 });
    const bystander = run(process.execPath, ['-e', 'setTimeout(() => {}, 4000)', program], { timeoutSeconds: 30 });
    while ((await processesOfPrograms(join(directory, 'bin'))).length === 0) await sleep(50);
    await sleep(300);
    expect(await endProcesses(() => processesOfPrograms(join(directory, 'bin')), 1)).toEqual([]);
    expect((await finished).code).toBeUndefined();
    expect((await bystander).code).toBe(0);
  }, 30_000);

  it('keep a cluster from being called deleted while one of them runs', async () => {
    const path = '../../../src/local/kubernetes/engine/processes';
    const survivor = { pid: 4711, commandLine: '/twin/bin/etcd --name=node0' };
    jest.doMock(path, () => ({ ...jest.requireActual<object>(path), endProcesses: async () => [survivor] }));
    let cluster: KwokCluster | undefined;
    jest.isolateModules(() => {
      const loaded = jest.requireActual<object>('../../../src/local/kubernetes/engine/kwok-cluster') as { KwokCluster: typeof KwokCluster };
      cluster = new loaded.KwokCluster({ version: '1.35', kubernetesVersion: '1.35.4', source: 'cache', binaries: { kwokctl: join(directory, 'kwokctl') } as KubernetesEngine['binaries'] }, directory, 'haunted');
    });
    await expect(cluster?.delete()).rejects.toMatchObject({ code: 'KubernetesProcessesLeft', message: expect.stringContaining('4711 /twin/bin/etcd') });
    jest.dontMock(path);
  });

  it('end a program that takes too long', async () => {
    expect(await run('sleep', ['30'], { timeoutSeconds: 0.2 })).toMatchObject({ code: undefined, stderr: expect.stringContaining('ended after 0.2 seconds') });
    expect(await run(join(directory, 'nothing'), [], { timeoutSeconds: 1 })).toMatchObject({ code: undefined, stderr: expect.stringContaining('ENOENT') });
  });
});
