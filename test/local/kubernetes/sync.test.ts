import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '../../../src/core/errors';
import { pullSource } from '../../../src/local/kubernetes/sync/chart-repository';
import { ChartSource } from '../../../src/local/kubernetes/sync/charts';
import { isExcluded, parseExclusions } from '../../../src/local/kubernetes/sync/exclusions';
import { healthOf } from '../../../src/local/kubernetes/sync/health';
import { parseManifests, type Manifest } from '../../../src/local/kubernetes/sync/manifest';
import { groupByWave, orderTasks } from '../../../src/local/kubernetes/sync/order';
import { problemsOf, reportApplication } from '../../../src/local/kubernetes/sync/report';
import { trackedBy, trackingId } from '../../../src/local/kubernetes/sync/snapshot';
import { syncTree } from '../../../src/local/kubernetes/sync/sync';
import { readTree } from '../../../src/local/kubernetes/sync/tree';
import { applicationObject, configMap, deployment, job, writeFiles, writeTree } from './sync-fixtures';

const root = mkdtempSync(join(tmpdir(), 'ml-platform-sync-unit-'));
let trees = 0;
const newTree = (): string => join(root, `tree-${(trees += 1)}`);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function codesOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (PlatformError.isPlatformError(error)) return error.problems.map((problem) => problem.code);
    throw error;
  }
  return [];
}

describe('reading manifests', () => {
  test('follows the YAML of Kubernetes: 1.1 booleans and octal numbers, times as text, lists opened', () => {
    const text = 'apiVersion: v1\nkind: Thing\nmetadata: {name: a}\non: yes\nmode: 0644\nwhen: 2026-01-01\nat: 12:30:00\n---\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n';
    const { manifests, problems } = parseManifests(text, 'a.yaml');
    expect(problems).toEqual([]);
    expect(manifests.map((manifest) => manifest.metadata.name)).toEqual(['a', 'b']);
    expect(manifests[0]).toMatchObject({ true: true, mode: 420, when: '2026-01-01', at: '12:30:00' });
  });

  test.each([
    ['a: [', 'broken YAML in line 1'],
    ['- 1', 'is a list, not an object'],
    ['kind: A\nmetadata: {name: a}', 'has no apiVersion'],
    ['apiVersion: v1\nmetadata: {name: a}', 'has no kind'],
    ['apiVersion: v1\nkind: A', '(A) has no metadata'],
    ['apiVersion: v1\nkind: A\nmetadata: {labels: {}}', '(A) has no metadata.name'],
  ])('fails with ManifestInvalid for %j', (text, message) => {
    const { manifests, problems } = parseManifests(text, 'a.yaml');
    expect(manifests).toEqual([]);
    expect(problems).toEqual([expect.objectContaining({ code: 'ManifestInvalid', path: 'a.yaml', message: expect.stringContaining(message) })]);
  });
});

describe('reading a tree', () => {
  test('gives applications in wave order with their manifests, charts and what nobody reads', () => {
    const dir = newTree();
    const chart = { repoURL: 'charts.example/all', chart: 'grafana', targetRevision: '1.0.0', helm: { valuesObject: { a: 1 }, parameters: [{ name: 'b', value: '2', forceString: true }] } };
    writeTree(dir, {
      late: { wave: 5, objects: [configMap('b', {}), configMap('a', {})] },
      early: { wave: -1, objects: [configMap('c', {})] },
      both: { wave: 5, namespace: 'monitoring', spec: { sources: [chart, { repoURL: 'https://git.example/p.git', path: 'gitops/local/both' }] }, objects: [configMap('d', {})], prune: false, createNamespace: false },
    });
    writeFiles(dir, { 'lost/x.yaml': '', 'applications/project.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: platform}\n', 'late/deeper/ignored.yaml': 'a: [' });
    const tree = readTree(dir);
    expect(tree.applications.map((application) => `${application.wave} ${application.name}`)).toEqual(['-1 early', '5 both', '5 late']);
    expect(tree.rootManifests.map((manifest) => manifest.kind)).toEqual(['AppProject']);
    expect(tree.unusedFolders).toEqual(['lost']);
    const both = tree.applications[1];
    expect(both).toMatchObject({ namespace: 'monitoring', prune: false, createNamespace: false, serverSideApply: true });
    expect(both?.charts).toEqual([{ chart: 'grafana', repoUrl: 'charts.example/all', version: '1.0.0', releaseName: 'both', values: { a: 1 }, parameters: [{ name: 'b', value: '2', forceString: true }], skipCrds: false }]);
    expect(both?.manifests.map((manifest) => manifest.metadata.name)).toEqual(['d']);
  });

  test('fails with GitOpsTreeMissing without the root folder', () => {
    expect(codesOf(() => readTree(newTree()))).toEqual(['GitOpsTreeMissing']);
  });

  test('fails with everything that is wrong at once', () => {
    const dir = newTree();
    writeTree(dir, { one: { objects: [configMap('same', {})] }, two: { namespace: 'one', objects: [configMap('same', {})] }, gone: {} });
    writeFiles(dir, { 'applications/again.json': JSON.stringify(applicationObject('one', { namespace: 'x' })), 'one/broken.yaml': 'a: [' });
    expect([...codesOf(() => readTree(dir))].sort()).toEqual(['DuplicateApplication', 'DuplicateObject', 'DuplicateObject', 'GitOpsFolderMissing', 'ManifestInvalid', 'ManifestInvalid']);
  });

  test.each([
    [{ source: { repoURL: 'r', path: 'a', kustomize: {} } }, 'uses kustomize'],
    [{ source: { repoURL: 'r', path: 'a', plugin: {} } }, 'uses plugin'],
    [{ source: { repoURL: 'r', path: 'a', directory: { jsonnet: {} } } }, 'uses directory.jsonnet'],
    [{ sources: [{ repoURL: 'r', ref: 'values' }] }, 'value files of another source'],
    [{ source: { repoURL: 'r', chart: 'c', targetRevision: '1', helm: { valueFiles: ['v'] } } }, 'uses helm.valueFiles'],
    [{ source: { repoURL: 'r', chart: 'c' } }, 'without targetRevision'],
    [{ source: { chart: 'c', targetRevision: '1' } }, 'without repoURL'],
    [{ source: { repoURL: 'r' } }, 'neither path nor chart'],
    [{ project: 'p' }, 'neither spec.source nor spec.sources'],
  ])('fails with ApplicationSourceUnsupported for %j', (spec, message) => {
    const dir = newTree();
    writeTree(dir, { app: { spec } });
    expect(codesOf(() => readTree(dir))).toEqual(['ApplicationSourceUnsupported']);
    expect(() => readTree(dir)).toThrow(message);
  });

  test('needs a kubeconfig that can be read', async () => {
    const dir = newTree();
    writeTree(dir, { app: { objects: [] } });
    await expect(syncTree({ kubeconfigPath: join(dir, 'none'), treeDir: dir })).rejects.toMatchObject({ code: 'KubeconfigInvalid' });
  });

  test('needs a cluster that answers', async () => {
    const dir = newTree();
    writeTree(dir, { app: { objects: [] } });
    writeFiles(dir, { kubeconfig: JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }], users: [{ name: 'u', user: {} }] }) });
    await expect(syncTree({ kubeconfigPath: join(dir, 'kubeconfig'), treeDir: dir })).rejects.toMatchObject({ code: 'ClusterUnreachable' });
  }, 20_000);
});

describe('order inside an application', () => {
  const named = (manifests: readonly unknown[]): string[] => orderTasks(manifests as Manifest[], 'team').map((task) => `${task.phase} ${task.wave} ${task.manifest.kind}/${task.manifest.metadata.name}`);
  const wave = (number: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(number) });

  test('is phase, wave, kind, name', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } };
    const custom = { apiVersion: 'x.io/v1', kind: 'Custom', metadata: { name: 'c' } };
    expect(named([custom, deployment('b'), deployment('a'), service, configMap('early', {}, wave(-1)), job('after', { 'argocd.argoproj.io/hook': 'PostSync' }), job('before', { 'argocd.argoproj.io/hook': 'PreSync' })])).toEqual([
      'PreSync 0 Job/before', 'Sync -1 ConfigMap/early', 'Sync 0 Service/s', 'Sync 0 Deployment/a', 'Sync 0 Deployment/b', 'Sync 0 Custom/c', 'PostSync 0 Job/after',
    ]);
  });

  test('reads the hooks of Helm, and leaves out those that never run', () => {
    const hook = (name: string, value: string): Record<string, unknown> => job(name, { 'helm.sh/hook': value, 'helm.sh/hook-weight': '-3' });
    expect(named([hook('a', 'pre-install,pre-upgrade'), hook('b', 'post-install'), hook('c', 'test'), hook('d', 'pre-delete'), job('e', { 'argocd.argoproj.io/hook': 'Skip' }), hook('f', 'crd-install')])).toEqual([
      'PreSync -3 Job/a', 'Sync -3 Job/f', 'PostSync -3 Job/b',
    ]);
    const [first] = orderTasks([job('x', { 'helm.sh/hook': 'pre-install', 'helm.sh/hook-delete-policy': 'hook-succeeded,before-hook-creation' }) as unknown as Manifest], 'team');
    expect(first?.deletePolicies).toEqual(['BeforeHookCreation', 'HookSucceeded']);
    expect(orderTasks([job('x', { 'helm.sh/hook': 'pre-install' }) as unknown as Manifest], 'team')[0]?.deletePolicies).toEqual(['BeforeHookCreation']);
  });

  test('brings namespaces and definitions before what needs them, across waves', () => {
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'customs.x.io', annotations: wave(3) }, spec: { group: 'x.io', names: { kind: 'Custom' } } };
    const custom = { apiVersion: 'x.io/v1', kind: 'Custom', metadata: { name: 'c', annotations: wave(1) } };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', annotations: wave(2) } };
    expect(named([custom, definition, namespace])).toEqual(['Sync 1 Namespace/team', 'Sync 1 CustomResourceDefinition/customs.x.io', 'Sync 1 Custom/c']);
  });

  test('falls into groups of one phase and wave', () => {
    const tasks = orderTasks([configMap('a', {}), configMap('b', {}, wave(1)), configMap('c', {}), job('h', { 'argocd.argoproj.io/hook': 'PreSync' })] as unknown as Manifest[], 'team');
    expect(groupByWave(tasks).map((group) => group.map((task) => task.manifest.metadata.name))).toEqual([['h'], ['a', 'c'], ['b']]);
  });
});

describe('resource exclusions', () => {
  test('match groups and kinds with patterns, in the cluster of Argo CD', () => {
    const exclusions = parseExclusions('# comment\n- apiGroups: [admissionregistration.k8s.io]\n  kinds: ["*WebhookConfiguration"]\n  clusters: ["*"]\n- kinds: [Lease]\n- apiGroups: [elsewhere.io]\n  clusters: [https://other]\n');
    const excluded = (apiVersion: string, kind: string): boolean => isExcluded({ apiVersion, kind }, exclusions);
    expect(excluded('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration')).toBe(true);
    expect(excluded('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy')).toBe(false);
    expect(excluded('coordination.k8s.io/v1', 'Lease')).toBe(true);
    expect(excluded('elsewhere.io/v1', 'Any')).toBe(false);
    expect(parseExclusions('')).toEqual([]);
  });

  test.each(['a: b', '- kinds: Lease', '[', '- 1'])('fail with ResourceExclusionsInvalid for %j', (text) => {
    expect(codesOf(() => parseExclusions(text))).toEqual(['ResourceExclusionsInvalid']);
  });
});

describe('charts', () => {
  const reference = { chart: 'grafana', repoUrl: 'http://127.0.0.1:9/charts', version: '1.0.0', releaseName: 'g', values: {}, parameters: [], skipCrds: false };
  const target = { namespace: 'g', kubernetesVersion: '1.35.4' };

  test('come from HTTP repositories and OCI registries, a scheme or not', () => {
    expect(pullSource('https://charts.example/', 'c')).toEqual({ args: ['c', '--repo', 'https://charts.example'], probe: 'https://charts.example/index.yaml' });
    expect(pullSource('ghcr.example/org', 'c')).toEqual({ args: ['oci://ghcr.example/org/c'], probe: 'https://ghcr.example/v2/' });
    expect(pullSource('oci://localhost:5000/org', 'c')).toEqual({ args: ['oci://localhost:5000/org/c', '--plain-http'], probe: 'http://localhost:5000/v2/' });
  });

  test('that cannot be had say why, without building Helm for nothing', async () => {
    let asked = 0;
    const ensureHelm = (): Promise<string | undefined> => Promise.resolve((asked += 1) > 0 ? undefined : '');
    const environment = { PATH: '/nowhere' };
    expect(await new ChartSource({ ensureHelm, environment: { ...environment, ML_PLATFORM_CHART_PULL: 'never' } }).render(reference, target)).toEqual({ unavailable: 'no such archive in ML_PLATFORM_CHART_DIR, and ML_PLATFORM_CHART_PULL is never' });
    expect(await new ChartSource({ ensureHelm, environment }).render(reference, target)).toEqual({ unavailable: expect.stringMatching(/^127\.0\.0\.1:9 does not answer/) });
    expect(asked).toBe(0);
    writeFiles(root, { 'charts/grafana/Chart.yaml': 'apiVersion: v2\nname: grafana\nversion: 1.0.0\n' });
    expect(await new ChartSource({ ensureHelm, chartDir: join(root, 'charts'), environment }).render(reference, target)).toEqual({ unavailable: 'there is no helm' });
    expect(await new ChartSource({ ensureHelm: () => Promise.reject(new Error('no Go')), chartDir: join(root, 'charts'), environment }).render(reference, target)).toEqual({ unavailable: 'there is no helm: no Go' });
  });
});

describe('tracking', () => {
  test('knows its own objects, and not the copies of their annotations', () => {
    const object = { ...configMap('a', {}), apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } } as Manifest;
    const id = trackingId('app', object, 'team');
    expect(id).toBe('app:/ConfigMap:team/a');
    const marked = (metadata: Record<string, unknown>, kind = 'ConfigMap'): Manifest => ({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'team', ...metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } });
    expect(trackedBy(marked({}))).toBe('app');
    expect(trackedBy(marked({ name: 'b' }))).toBeUndefined();
    expect(trackedBy(marked({}, 'Secret'))).toBeUndefined();
    expect(trackedBy(object)).toBeUndefined();
  });
});

describe('health', () => {
  const live = (kind: string, spec: unknown, status: unknown, generation = 1): Manifest => ({ apiVersion: 'v1', kind, metadata: { name: 'a', generation } as Manifest['metadata'], spec, status });
  const seen = { observedGeneration: 1 };
  test.each<[string, Manifest, string, string]>([
    ['a Deployment that is there', live('Deployment', { replicas: 2 }, { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }), 'Healthy', ''],
    ['a Deployment scaled to 0', live('Deployment', { replicas: 0 }, seen), 'Healthy', ''],
    ['a Deployment on its way', live('Deployment', { replicas: 2 }, { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 1 }), 'Progressing', '1 of 2 pods available'],
    ['a Deployment with old pods', live('Deployment', { replicas: 1 }, { ...seen, replicas: 2, updatedReplicas: 1, availableReplicas: 2 }), 'Progressing', 'old pods are still there'],
    ['a Deployment that nobody has seen', live('Deployment', {}, {}, 2), 'Progressing', 'its controller has not seen it yet'],
    ['a Deployment past its deadline', live('Deployment', {}, { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'late' }] }), 'Degraded', 'late'],
    ['a StatefulSet', live('StatefulSet', { replicas: 1 }, { ...seen, readyReplicas: 1, updateRevision: 'r', currentRevision: 'r' }), 'Healthy', ''],
    ['a DaemonSet without nodes', live('DaemonSet', {}, { ...seen, desiredNumberScheduled: 0 }), 'Healthy', ''],
    ['a DaemonSet on its way', live('DaemonSet', {}, { ...seen, desiredNumberScheduled: 2, numberAvailable: 1, updatedNumberScheduled: 2 }), 'Progressing', '1 of 2 pods available'],
    ['a Job that failed', live('Job', {}, { conditions: [{ type: 'Failed', status: 'True', message: 'boom' }] }), 'Degraded', 'boom'],
    ['a Job that completed', live('Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), 'Healthy', ''],
    ['a Job that runs', live('Job', {}, {}), 'Progressing', 'it has not completed'],
    ['a claim without volume', live('PersistentVolumeClaim', {}, { phase: 'Pending' }), 'Progressing', 'its phase is Pending'],
    ['a Pod that failed', live('Pod', {}, { phase: 'Failed' }), 'Degraded', 'its phase is Failed'],
    ['a load balancer that nobody provides', live('Service', { type: 'LoadBalancer' }, {}), 'Healthy', ''],
  ])('of %s', (_, object, status, reason) => {
    expect(healthOf(object)).toEqual({ status, reason });
  });
});

describe('the report', () => {
  const of = (name: string, more: Partial<Parameters<typeof reportApplication>[0]>) => reportApplication({ name, namespace: name, wave: 0, objects: [], health: 'Healthy', unhealthy: [], ...more });
  const object = (result: 'failed' | 'not-served' | 'created', apiVersion = 'x.io/v1') => ({ apiVersion, kind: 'Custom', name: 'c', result, reason: 'because' });

  test('never counts as synced what was not', () => {
    expect(of('a', { objects: [object('created')] })).toMatchObject({ outcome: 'synced', changed: 1 });
    expect(of('a', { objects: [object('not-served')] })).toMatchObject({ outcome: 'failed', reason: '1 of 1 objects not applied: Custom c: because' });
    expect(of('a', { objects: [object('created')], health: 'Progressing', unhealthy: ['Deployment a/b: 0 of 1 pods available'] })).toMatchObject({ outcome: 'failed' });
    expect(of('a', { reason: 'chart x cannot be had' })).toMatchObject({ outcome: 'not-synced' });
  });

  test('tells what is wrong from what could not be shown', () => {
    const missing = of('charts', { reason: 'chart x cannot be had' });
    const unserved = of('app', { objects: [object('not-served')] });
    expect(problemsOf([unserved], new Set())).toMatchObject({ problems: [{ code: 'ObjectNotServed', path: 'app' }], gaps: [] });
    expect(problemsOf([missing, unserved], new Set(['charts']))).toMatchObject({ problems: [], gaps: [{ code: 'ApplicationNotSynced' }, { code: 'ObjectNotServed' }] });
    expect(problemsOf([of('late', { reason: 'wave 0 is not healthy (a)' }), of('bad', { objects: [object('failed')], unhealthy: ['x'], health: 'Degraded' })], new Set()).problems.map((problem) => problem.code)).toEqual(['ApplicationNotSynced', 'ObjectRefused', 'ApplicationNotHealthy']);
  });
});
