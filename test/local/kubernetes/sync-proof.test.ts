import type { Manifest } from '../../../src/local/kubernetes/sync/manifest';
import { judgeCluster, type ClusterState } from '../../../src/local/kubernetes/sync/proof';
import { trackingId } from '../../../src/local/kubernetes/sync/snapshot';
import { node } from './sync-fixtures';

const NAMESPACE = 'team';

function owned(kind: string, name: string, spec: unknown, status: unknown = {}): Manifest {
  const object: Manifest = { apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, metadata: { name, namespace: NAMESPACE }, spec, status };
  return { ...object, metadata: { ...object.metadata, annotations: { 'argocd.argoproj.io/tracking-id': trackingId('app', object, NAMESPACE) } } };
}

function child(of: Manifest, kind: string, name: string, spec: unknown, status: unknown): Manifest {
  const ownerReferences = [{ apiVersion: of.apiVersion, kind: of.kind, name: of.metadata.name, controller: true }];
  return { apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, metadata: { name, namespace: NAMESPACE, ownerReferences } as Manifest['metadata'], spec, status };
}

const SYSTEM = node('system-0', 'system') as unknown as Manifest;
const GPU = node('gpu-0', 'gpu', { gpus: 1 }) as unknown as Manifest;
const OPEN_GPU = { ...GPU, metadata: { ...GPU.metadata, name: 'open-0' }, spec: {} } as Manifest;
const FOREIGN = node('stranger', 'elsewhere') as unknown as Manifest;
const DEPLOYMENT = owned('Deployment', 'api', { replicas: 1 });
const REPLICAS = child(DEPLOYMENT, 'ReplicaSet', 'api-1', { replicas: 1 }, {});
const ASKS = { resources: { limits: { 'nvidia.com/gpu': '1' } } };

function pod(where: string | undefined, { container = {}, phase = 'Running', owner = REPLICAS, tolerations = [] as unknown[], conditions = [] as unknown[] } = {}): Manifest {
  return child(owner, 'Pod', 'api-1-x', { ...(where === undefined ? {} : { nodeName: where }), containers: [container], tolerations }, { phase, conditions });
}

function judge(state: Partial<ClusterState>, applications = ['app']) {
  return judgeCluster({ nodes: [SYSTEM, GPU, OPEN_GPU, FOREIGN], pods: [], workloads: [DEPLOYMENT, REPLICAS], events: [], ...state }, { nodegroups: ['system', 'gpu'], applications });
}

describe('the verdict', () => {
  test('counts pods that run where they may, found through their owners', () => {
    const verdict = judge({ pods: [pod('system-0')] });
    expect(verdict).toMatchObject({ running: 1, succeeded: 0, problems: [], notes: [] });
    expect(verdict.pods).toEqual([{ application: 'app', namespace: NAMESPACE, name: 'api-1-x', phase: 'Running', accelerated: false, node: 'system-0', nodegroup: 'system' }]);
    expect(judge({ pods: [pod('system-0')] }, ['other']).pods).toEqual([]);
  });

  test('takes a Helm release for an application', () => {
    const released: Manifest = { ...DEPLOYMENT, metadata: { name: 'api', namespace: NAMESPACE, annotations: { 'meta.helm.sh/release-name': 'argocd' } } };
    expect(judge({ workloads: [released, REPLICAS], pods: [pod('system-0')] }, ['argocd'])).toMatchObject({ running: 1, problems: [] });
  });

  test.each<[string, string, Manifest, string]>([
    ['a pod without a place, in the scheduler’s words', 'PodUnschedulable', pod(undefined, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' }] }), '0/2 nodes are available'],
    ['a pod that does not run', 'PodNotRunning', pod('system-0', { phase: 'Failed' }), 'is Failed on node system-0'],
    ['a pod on a node that nobody declared', 'PodOnForeignNode', pod('stranger'), 'belongs to no declared node group'],
    ['a GPU pod without GPU', 'PodOnWrongNode', pod('system-0', { container: ASKS }), 'asks for nvidia.com/gpu and runs on node system-0 (system), which has none'],
    ['a plain pod on an open GPU node', 'PodOnWrongNode', pod('open-0'), 'asks for no accelerator and runs on the GPU node open-0'],
  ])('names %s', (_, code, one, message) => {
    expect(judge({ pods: [one] }).problems).toEqual([expect.objectContaining({ code, path: 'app', message: expect.stringContaining(message) })]);
  });

  test('takes the scheduler’s reason from its event where the pod has none', () => {
    const events = [{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'FailedScheduling', message: 'no preemption victims', involvedObject: { kind: 'Pod', name: 'api-1-x', namespace: NAMESPACE } }];
    expect(judge({ pods: [pod(undefined, { phase: 'Pending' })], events }).problems[0]?.message).toContain('no preemption victims');
  });

  test('lets onto GPU nodes who asks, who tolerates their taint, and DaemonSets', () => {
    const daemonSet = owned('DaemonSet', 'exporter', {}, { desiredNumberScheduled: 1 });
    expect(judge({ pods: [pod('gpu-0', { container: ASKS })] }).problems).toEqual([]);
    expect(judge({ pods: [pod('gpu-0', { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] })] }).problems).toEqual([]);
    expect(judge({ workloads: [daemonSet], pods: [pod('open-0', { owner: daemonSet })] }).problems).toEqual([]);
  });

  test('names workloads whose pods were never created, with the controller’s words', () => {
    const refused = child(DEPLOYMENT, 'ReplicaSet', 'api-1', { replicas: 1 }, { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] });
    expect(judge({ workloads: [DEPLOYMENT, refused] }).problems).toEqual([expect.objectContaining({ code: 'PodsMissing', message: 'Deployment team/api has 0 of 1 pods: exceeded quota' })]);
  });

  test('notes what has no pods and is fine, and forgets the failed attempts of a Job that completed', () => {
    const idle = owned('Deployment', 'idle', { replicas: 0 });
    const plugin = owned('DaemonSet', 'plugin', { template: { spec: { nodeSelector: { gpu: 'yes' } } } }, { desiredNumberScheduled: 0 });
    const job = owned('Job', 'migrate', {}, { conditions: [{ type: 'Complete', status: 'True' }] });
    const verdict = judge({ workloads: [idle, plugin, job], pods: [pod('system-0', { owner: job, phase: 'Failed' }), pod('system-0', { owner: job, phase: 'Succeeded' })] });
    expect(verdict).toMatchObject({ succeeded: 1, problems: [], notes: ['app: Deployment team/idle is scaled to 0', 'app: DaemonSet team/plugin has no node to run on (it selects gpu=yes): such a node group is at zero'] });
  });
});
