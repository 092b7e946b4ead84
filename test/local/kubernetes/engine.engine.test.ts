/**
 * A real control plane with simulated nodes.
 * @needs kubernetes
 * @about 2 min
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterAccess, ClusterBackend, NodegroupSpec } from '../../../src/local/cluster-backend';
import { KwokCluster, bindPendingClaims, createClusterBackend } from '../../../src/local/kubernetes';
import { EngineApi } from '../../../src/local/kubernetes/engine/api';
import { catalogShape } from '../../../src/local/kubernetes/engine/catalog-shape';
import { putNodes } from '../../../src/local/kubernetes/engine/nodegroups';
import type { ClaimObject, NodeObject, PodObject } from '../../../src/local/kubernetes/engine/objects';
import { becomesFree } from '../../../src/local/kubernetes/engine/ports';
import { sleep } from '../../../src/local/kubernetes/engine/processes';
import { engineForTests } from '../../support/kubernetes-engine';

const discovery = engineForTests('1.35');
const suite = discovery.kind === 'found' ? describe : describe.skip;

const ZONES = ['eu-central-1a', 'eu-central-1b'];
const group = (overrides: Partial<NodegroupSpec>): NodegroupSpec => ({
  cluster: 'twin', name: 'system', instanceTypes: ['m5.large'], desiredSize: 2, minSize: 0, maxSize: 4, labels: { purpose: 'system' }, taints: [],
  amiType: 'AL2023_x86_64_STANDARD', capacityType: 'ON_DEMAND', subnetZones: ZONES, ...overrides,
});
const GPU = group({
  name: 'gpu', instanceTypes: ['g5.xlarge'], desiredSize: 1, labels: { purpose: 'gpu' }, amiType: 'AL2023_x86_64_NVIDIA', capacityType: 'SPOT',
  taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
});

async function eventually<T>(what: string, ask: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(200);
  }
  throw new Error(`${what} did not happen within ${seconds} seconds`);
}

function workload(kind: 'Deployment' | 'StatefulSet', name: string, podSpec: object, extra: object = {}): object {
  const labels = { app: name };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec }, ...extra };
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'default' }, spec };
}

suite('the Kubernetes engine of the local twin', () => {
  const engine = discovery.kind === 'found' ? discovery.engine : undefined!;
  const directory = mkdtempSync(join(tmpdir(), 'twin with space '));
  const other = mkdtempSync(join(tmpdir(), 'twin-'));
  const cluster = (name: string, root = directory) => new KwokCluster(engine, root, name);
  const backend: ClusterBackend = createClusterBackend({ directory, engine, bindVolumes: false });
  const neighbour: ClusterBackend = createClusterBackend(JSON.parse(JSON.stringify({ directory: other, engine })));
  const spec = { name: 'twin', version: '1.35', region: 'eu-central-1', accountId: '111111111111' };
  let access: ClusterAccess;
  let api: EngineApi;

  const running = (app: string) => async () => {
    const pods = await api.list<PodObject>('/api/v1/namespaces/default/pods', `app=${app}`);
    return pods.find(({ status }) => status?.phase === 'Running');
  };
  const nodes = (name: string) => api.list<NodeObject>('/api/v1/nodes', `eks.amazonaws.com/nodegroup=${name}`);

  beforeAll(async () => {
    [access] = await Promise.all([backend.createCluster(spec), neighbour.createCluster(spec)]);
    api = new EngineApi(access.kubeconfigPath);
    await backend.putNodegroup(group({}));
    await backend.putNodegroup(GPU);
  }, 300_000);

  afterAll(async () => {
    await backend.deleteCluster('twin');
    await neighbour.deleteCluster('twin');
    for (const path of [directory, other]) rmSync(path, { recursive: true, force: true });
  }, 120_000);

  it('serves the version asked for on loopback alone, with the authority that it names', async () => {
    expect(await api.get('/version')).toMatchObject({ gitVersion: `v${engine.kubernetesVersion}`, minor: '35' });
    expect(access.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(Buffer.from(access.certificateAuthorityData, 'base64').toString()).toContain('BEGIN CERTIFICATE');
    const commands = (await cluster('twin').processes()).map(({ commandLine }) => commandLine).join('\n');
    expect(commands.match(/127\.0\.0\.1|0\.0\.0\.0/g)).not.toContain('0.0.0.0');
  });

  it('answers a repeated creation with the same cluster', async () => {
    const before = (await cluster('twin').processes()).map(({ pid }) => pid);
    expect(await backend.createCluster(spec)).toEqual(access);
    expect((await cluster('twin').processes()).map(({ pid }) => pid)).toEqual(before);
  });

  it('registers nodes as the groups declare them', async () => {
    const system = await nodes('system');
    expect(system.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone']).sort()).toEqual(ZONES);
    expect(system[0].metadata.labels).toMatchObject({ purpose: 'system', 'node.kubernetes.io/instance-type': 'm5.large', 'kubernetes.io/hostname': system[0].metadata.name });
    expect(system[0].status?.allocatable).toMatchObject({ cpu: '1930m', pods: '29' });
    const [gpu] = await nodes('gpu');
    expect(gpu.metadata.labels).toMatchObject({ 'eks.amazonaws.com/capacityType': 'SPOT', 'topology.kubernetes.io/region': 'eu-central-1' });
    expect(gpu.spec?.taints).toEqual([{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }]);
    expect(gpu.status?.allocatable).toMatchObject({ 'nvidia.com/gpu': '1' });
  });

  it('lets the real scheduler place GPU pods on GPU nodes and refuse what fits nowhere', async () => {
    const container = { name: 'main', image: 'example.com/model:1', resources: { limits: { 'nvidia.com/gpu': '1' } } };
    const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];
    await api.create('/apis/apps/v1/namespaces/default/deployments', workload('Deployment', 'model', { containers: [container], tolerations }));
    await api.create('/apis/apps/v1/namespaces/default/deployments', workload('Deployment', 'intolerant', { containers: [container] }));
    const pod = await eventually('the model runs', running('model'));
    expect((await nodes('gpu')).map(({ metadata }) => metadata.name)).toContain(pod.spec.nodeName);
    const [refused] = await api.list<PodObject & { status: { conditions: { message: string }[] } }>('/api/v1/namespaces/default/pods', 'app=intolerant');
    expect(refused.status.conditions.map(({ message }) => message).join()).toContain('untolerated taint');
  }, 90_000);

  it('binds claims in the zone of the chosen node, and names those that no driver would serve', async () => {
    const gp3 = { metadata: { name: 'gp3', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' };
    await api.create('/apis/storage.k8s.io/v1/storageclasses', gp3);
    const claim = (name: string, fields: object) => ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, ...fields } });
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
    await api.create(claims, claim('unused', {}));
    await api.create(claims, claim('shared', { accessModes: ['ReadWriteMany'] }));
    await api.create(claims, claim('elsewhere', { storageClassName: 'io2' }));
    const podSpec = { containers: [{ name: 'main', image: 'example.com/db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] };
    await api.create('/apis/apps/v1/namespaces/default/statefulsets', workload('StatefulSet', 'db', podSpec, { serviceName: 'db', volumeClaimTemplates: [claim('data', {})] }));
    const round = await eventually('the claim is bound', async () => {
      const result = await bindPendingClaims(access.kubeconfigPath);
      return result.bound.length > 0 ? result : undefined;
    });
    expect(round).toEqual({
      bound: ['default/data-db-0'],
      waiting: ['default/unused'],
      impossible: [
        { claim: 'default/elsewhere', reason: 'there is no storage class "io2" (classes: gp3)' },
        { claim: 'default/shared', reason: 'ebs.csi.aws.com cannot give a file system to several nodes (ReadWriteMany)' },
      ],
    });
    const pod = await eventually('the database runs', running('db'));
    const bound = await api.get<ClaimObject>(`${claims}/data-db-0`);
    expect(bound?.status?.phase).toBe('Bound');
    const node = (await nodes('system')).find(({ metadata }) => metadata.name === pod.spec.nodeName);
    const volume = await api.get<NodeObject>(`/api/v1/persistentvolumes/${bound?.spec.volumeName}`);
    expect(volume?.metadata.labels).toMatchObject({ 'topology.kubernetes.io/zone': node?.metadata.labels?.['topology.kubernetes.io/zone'] });
    await api.delete('/apis/apps/v1/namespaces/default/statefulsets/db');
    await eventually('the pod is gone', async () => ((await running('db')()) === undefined ? true : undefined));
    await api.delete(`${claims}/data-db-0`);
    await eventually('the released volume is removed', async () => {
      await bindPendingClaims(access.kubeconfigPath);
      return (await api.list('/api/v1/persistentvolumes')).length === 0 ? true : undefined;
    });
  }, 180_000);

  it('follows a group that changes: labels, taints, size, machines', async () => {
    const names = async (name: string) => (await nodes(name)).map(({ metadata }) => metadata.name).sort();
    const two = await names('system');
    const taint = { key: 'dedicated', value: 'system', effect: 'NoSchedule' } as const;
    await backend.putNodegroup(group({ desiredSize: 3, labels: { stage: 'new' }, taints: [taint] }));
    expect(await names('system')).toEqual(expect.arrayContaining(two));
    for (const node of await nodes('system')) {
      expect(node.metadata.labels).toMatchObject({ stage: 'new' });
      expect(node.metadata.labels).not.toHaveProperty('purpose');
      expect(node.spec?.taints).toEqual([taint]);
    }
    await backend.putNodegroup(group({}));
    expect(await names('system')).toEqual(two);
    expect((await nodes('system')).flatMap(({ spec: nodeSpec }) => nodeSpec?.taints ?? [])).toEqual([]);
    await backend.putNodegroup(group({ instanceTypes: ['m5.xlarge'], desiredSize: 1 }));
    expect((await nodes('system')).map(({ status }) => status?.capacity?.cpu)).toEqual(['4']);
    await backend.putNodegroup(group({ desiredSize: 0 }));
    expect(await names('system')).toEqual([]);
  }, 180_000);

  it('comes back with its data after a component, or all of them, were killed', async () => {
    const apiServer = (await cluster('twin').processes()).find(({ commandLine }) => commandLine.includes('/bin/kube-apiserver'));
    process.kill(apiServer!.pid, 'SIGKILL');
    await eventually('the API is away', async () => ((await cluster('twin').isReady()) ? undefined : true));
    await backend.putNodegroup(group({ desiredSize: 1 }));
    expect(await nodes('system')).toHaveLength(1);
    for (const { pid } of await cluster('twin').processes()) process.kill(pid, 'SIGKILL');
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
    writeFileSync(join(directory, '.kwok', 'clusters', 'twin', 'pids', 'etcd.pid'), String(bystander.pid));
    expect(await backend.createCluster(spec)).toEqual(access);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill();
    expect(await nodes('gpu')).toHaveLength(1);
    const [model] = await api.list<PodObject>('/api/v1/namespaces/default/pods', 'app=model');
    await api.delete(`/api/v1/namespaces/default/pods/${model.metadata.name}`);
    await eventually('a new model runs', async () => {
      const pod = await running('model')();
      return pod?.metadata.name === model.metadata.name ? undefined : pod;
    }, 20);
  }, 180_000);

  it('fails coded for versions and clusters that it does not have', async () => {
    await expect(backend.createCluster({ ...spec, name: 'old', version: '1.31' })).rejects.toMatchObject({ code: 'KubernetesVersionNotInTwin' });
    await expect(backend.putNodegroup(group({ cluster: 'nobody' }))).rejects.toMatchObject({ code: 'KubernetesClusterUnknown' });
    await expect(backend.putNodegroup(group({ instanceTypes: ['x99.huge'] }))).rejects.toMatchObject({ code: 'InstanceTypeUnknown' });
    await expect(backend.deleteNodegroup('nobody', 'system')).resolves.toBeUndefined();
    await expect(backend.deleteCluster('nobody')).resolves.toBeUndefined();
  });

  it('names nodes that do not become Ready', async () => {
    const kwok = (await cluster('twin').processes()).find(({ commandLine }) => commandLine.includes('/bin/kwok-controller'));
    process.kill(kwok!.pid, 'SIGSTOP');
    const context = { api, region: spec.region, kubernetesVersion: engine.kubernetesVersion, readySeconds: 1 };
    await expect(putNodes(group({ name: 'late', desiredSize: 1 }), catalogShape('m5.large'), context)).rejects.toMatchObject({
      code: 'KubernetesNodesNotReady', message: expect.stringContaining('"late" has 0 Ready nodes of 1'),
    });
    process.kill(kwok!.pid, 'SIGCONT');
    await backend.putNodegroup(group({ name: 'late', desiredSize: 1 }));
    await backend.deleteNodegroup('twin', 'late');
  }, 120_000);

  it('names the port that somebody took while the cluster was down', async () => {
    const beside = cluster('twin', other);
    const { endpoint } = beside.access();
    for (const { pid } of await beside.processes()) process.kill(pid, 'SIGKILL');
    await eventually('they are gone', async () => ((await beside.processes()).length === 0 ? true : undefined));
    const port = Number(new URL(endpoint).port);
    expect(await becomesFree(port, 10)).toBe(true);
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(neighbour.createCluster(spec)).rejects.toMatchObject({ code: 'KubernetesPortTaken', message: expect.stringContaining(`${port} (kube-apiserver)`) });
    await new Promise((resolve) => server.close(resolve));
    expect((await neighbour.createCluster(spec)).endpoint).toBe(endpoint);
  }, 120_000);

  it('says which component ended when a control plane cannot start, and leaves nothing', async () => {
    const broken = new KwokCluster({ ...engine, binaries: { ...engine.binaries, etcd: '/bin/false' } }, other, 'broken');
    await expect(broken.create()).rejects.toMatchObject({ code: 'KubernetesClusterStartFailed', message: expect.stringContaining('etcd') });
    expect(await broken.processes()).toEqual([]);
    expect(broken.exists()).toBe(false);
  }, 200_000);

  it('deletes a group, then the cluster, and leaves no process, no file, and the neighbour alone', async () => {
    await backend.deleteNodegroup('twin', 'gpu');
    expect(await nodes('gpu')).toEqual([]);
    await backend.deleteCluster('twin');
    expect(await cluster('twin').processes()).toEqual([]);
    expect(existsSync(access.kubeconfigPath)).toBe(false);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toEqual([]);
    expect(await cluster('twin', other).isReady()).toBe(true);
    expect(readFileSync(cluster('twin', other).kubeconfigPath, 'utf8')).toContain('kwok-twin');
  }, 120_000);
});
