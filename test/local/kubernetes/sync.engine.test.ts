/** @needs kubernetes @about 90 s */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KwokCluster } from '../../../src/local/kubernetes/engine/kwok-cluster';
import { applyBootstrap } from '../../../src/local/kubernetes/sync/bootstrap';
import { KubeApi } from '../../../src/local/kubernetes/sync/kube-api';
import { proveCluster } from '../../../src/local/kubernetes/sync/proof';
import type { ApplicationReport, SyncProgress, SyncReport } from '../../../src/local/kubernetes/sync/report';
import { syncTree, type SyncOptions } from '../../../src/local/kubernetes/sync/sync';
import { engineForTests } from '../../support/kubernetes-engine';
import { helmForTests } from './sync-helm';
import { configMap, deployment, job, node, writeFiles, writeTree, type TestApplication } from './sync-fixtures';

const root = mkdtempSync(join(tmpdir(), 'ml-platform-sync-'));
const chartDir = join(root, 'charts');
const discovery = engineForTests('1.35');
const helm = discovery.kind === 'found' ? helmForTests() : undefined;
let cluster: KwokCluster | undefined;
let api: KubeApi;
let trees = 0;

const GPU_TOLERATION = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];
const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:1/convert' } } },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } } }],
  },
};

beforeAll(async () => {
  if (discovery.kind === 'missing') return;
  cluster = new KwokCluster(discovery.engine, join(root, 'cluster'), 'sync');
  const access = await cluster.create();
  api = await KubeApi.connect(access.kubeconfigPath);
  await api.request({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } } });
  for (const [name, group, gpus] of [['system-0', 'system', 0], ['system-1', 'system', 0], ['gpu-0', 'gpu', 2]] as const) {
    await api.request({ method: 'POST', path: '/api/v1/nodes', body: node(name, group, { gpus }) });
  }
  writeChart();
}, 120_000);

afterAll(async () => {
  api?.close();
  await cluster?.delete();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

const TEST_MILLISECONDS = 120_000;

/** A test on the real control plane; skipped, never passed, where that is not there. */
function onEngine(name: string, work: () => Promise<void>): void {
  (discovery.kind === 'found' ? test : test.skip)(name, work, TEST_MILLISECONDS);
}

/** A test that renders charts too. */
function onEngineWithHelm(name: string, work: () => Promise<void>): void {
  (discovery.kind === 'found' && helm !== undefined ? test : test.skip)(name, work, TEST_MILLISECONDS);
}

function writeChart(): void {
  writeFiles(join(root, 'source/widgets'), {
    'Chart.yaml': 'apiVersion: v2\nname: widgets\nversion: 1.2.3\n',
    'values.yaml': 'replicas: 1\n',
    'crds/widget.yaml': JSON.stringify(WIDGET_CRD),
    'templates/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-controller}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: widgets}}
  template:
    metadata: {labels: {app: widgets}}
    spec: {containers: [{name: main, image: registry.example/widgets:1}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: default}
spec: {size: 3}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: widgets}
webhooks: []
---
apiVersion: v1
kind: ConfigMap
metadata: {name: in-kube-system, namespace: kube-system}
data: {kubernetes: "{{ .Capabilities.KubeVersion.Version }}", monitors: "{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor" }}"}
---
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: main, image: registry.example/test:1}]}
`,
  });
  mkdirSync(chartDir, { recursive: true });
  if (helm !== undefined) execFileSync(helm, ['package', join(root, 'source/widgets'), '--destination', chartDir], { stdio: 'ignore' });
}

async function sync(applications: Readonly<Record<string, TestApplication>>, more: Partial<SyncOptions> = {}): Promise<SyncReport> {
  const treeDir = join(root, `tree-${(trees += 1)}`);
  writeTree(treeDir, applications);
  return syncTree({
    kubeconfigPath: cluster?.kubeconfigPath ?? '', treeDir, charts: { chartDir, pull: false, ensureHelm: () => Promise.resolve(helm) },
    exclusions: [{ apiGroups: ['admissionregistration.k8s.io'], kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'], clusters: ['*'] }],
    healthTimeoutSeconds: 60, healthStallSeconds: 6, ...more,
  });
}

function application(report: SyncReport, name: string): ApplicationReport {
  const found = report.applications.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no application ${name}`);
  return found;
}

function results(report: ApplicationReport): Record<string, string> {
  return Object.fromEntries(report.objects.map((object) => [`${object.kind}/${object.name}`, object.result]));
}

const PLAIN: TestApplication = {
  wave: 1,
  objects: [
    deployment('api', { replicas: 2 }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: { selector: { app: 'api' }, ports: [{ port: 80 }] } },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'api' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'api' } } } },
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'api' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' }, minReplicas: 2, maxReplicas: 4 } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'api' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } },
    job('migrate', { 'argocd.argoproj.io/hook': 'PreSync', 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' }),
    job('announce', { 'argocd.argoproj.io/hook': 'PostSync', 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' }),
  ],
};

describe('a plain application', () => {
  onEngine('is applied with its hooks in order, becomes healthy, and a second sync changes nothing', async () => {
    const steps: SyncProgress[] = [];
    const first = await sync({ plain: PLAIN }, { onProgress: (step) => steps.push(step) });
    const plain = application(first, 'plain');
    expect(plain).toMatchObject({ outcome: 'synced', health: 'Healthy', wave: 1 });
    expect(plain.objects.map((object) => `${object.kind}/${object.name}`)).toEqual([
      'Namespace/plain', 'Job/migrate', 'NetworkPolicy/api', 'PodDisruptionBudget/api', 'Service/api', 'Deployment/api', 'HorizontalPodAutoscaler/api', 'Job/announce',
    ]);
    expect(plain.changed).toBe(8);
    const migrate = await api.get('/apis/batch/v1/namespaces/plain/jobs/migrate');
    expect(JSON.stringify(migrate?.status)).toContain('"Complete"');
    expect(await api.get('/apis/batch/v1/namespaces/plain/jobs/announce')).toBeUndefined();
    expect(steps.map(({ application: name, step }) => `${name} ${step}`)).toEqual(['applications applying', 'plain applying', 'plain waiting', 'plain done']);

    const second = await sync({ plain: PLAIN });
    expect(application(second, 'plain')).toMatchObject({ outcome: 'synced', changed: 0, unchanged: 5, pruned: 0 });
    expect(results(application(second, 'plain'))).not.toHaveProperty('Job/migrate');

    const verdict = await proveCluster({ kubeconfigPath: cluster?.kubeconfigPath ?? '', nodegroups: ['system', 'gpu'], applications: ['plain'] });
    expect(verdict).toMatchObject({ running: 2, succeeded: 1, problems: [] });
    expect(new Set(verdict.pods.map((pod) => pod.nodegroup))).toEqual(new Set(['system']));
  });

  onEngine('runs its hooks again when something changed, and says what changed', async () => {
    const objects = (PLAIN.objects ?? []).map((object) => (object.kind === 'Deployment' ? deployment('api', { replicas: 3 }) : object));
    const before = await api.get('/apis/batch/v1/namespaces/plain/jobs/migrate');
    const report = await sync({ plain: { ...PLAIN, objects } });
    expect(results(application(report, 'plain'))).toMatchObject({ 'Deployment/api': 'changed', 'Service/api': 'unchanged', 'Job/migrate': 'created' });
    const after = await api.get('/apis/batch/v1/namespaces/plain/jobs/migrate');
    expect((after?.metadata as unknown as { uid: string }).uid).not.toBe((before?.metadata as unknown as { uid: string }).uid);
  });

  onEngine('is pruned of what left the tree, except where the object or the application forbids it', async () => {
    const kept = { 'argocd.argoproj.io/sync-options': 'Prune=false' };
    const both = { pruned: { objects: [configMap('stays', {}), configMap('goes', {}), configMap('refuses', {}, kept)] }, careful: { prune: false, objects: [configMap('one', {}), configMap('two', {})] } };
    await sync({ plain: PLAIN, ...both });
    const report = await sync({ pruned: { objects: [configMap('stays', {})] }, careful: { prune: false, objects: [configMap('one', {})] } });
    expect(results(application(report, 'pruned'))).toMatchObject({ 'ConfigMap/goes': 'pruned', 'ConfigMap/refuses': 'kept', 'ConfigMap/stays': 'unchanged' });
    expect(results(application(report, 'careful'))).toMatchObject({ 'ConfigMap/two': 'kept' });
    expect(results(application(report, 'applications'))).toMatchObject({ 'Deployment/api': 'pruned', 'Service/api': 'pruned' });
    expect(report.pruned).toBe(6);
    expect(await api.get('/apis/apps/v1/namespaces/plain/deployments/api')).toBeUndefined();
    expect(await api.get('/api/v1/namespaces/plain')).toBeDefined();
  });

  onEngine('fails with the words of the API server: unknown field, missing namespace', async () => {
    const report = await sync({
      wrong: { objects: [{ ...configMap('typo', {}), dta: { a: 'b' } }] },
      homeless: { createNamespace: false, objects: [configMap('nowhere', {})] },
      other: { objects: [{ ...configMap('shared', {}), metadata: { name: 'shared', namespace: 'shared' } }], wave: 1 },
    });
    expect(application(report, 'wrong').reason).toContain('.dta: field not declared in schema');
    expect(application(report, 'homeless').reason).toContain('namespaces "homeless" not found');
    expect(report.problems.map((problem) => problem.code)).toEqual(['ObjectRefused', 'ObjectRefused', 'ObjectRefused']);
  });
});

describe('waves', () => {
  onEngine('start only when the earlier one is healthy, and name the pod and the scheduler that hold them', async () => {
    const report = await sync({
      first: { wave: -1, objects: [configMap('early', {})] },
      stuck: { wave: 0, objects: [deployment('big', { requests: { cpu: '64' } })] },
      later: { wave: 1, objects: [configMap('late', {})] },
    });
    expect(report.applications.map((one) => `${one.name} ${one.outcome}`)).toEqual(['applications failed', 'first synced', 'stuck failed', 'later not-synced']);
    expect(application(report, 'stuck').unhealthy).toEqual([expect.stringMatching(/^Deployment stuck\/big: 0 of 1 pods available \(0\/3 nodes are available: .*Insufficient cpu/)]);
    expect(application(report, 'later').reason).toBe('wave 0 is not healthy (stuck)');
    const verdict = await proveCluster({ kubeconfigPath: cluster?.kubeconfigPath ?? '', nodegroups: ['system', 'gpu'], applications: ['stuck'] });
    expect(verdict.problems).toEqual([expect.objectContaining({ code: 'PodUnschedulable', path: 'stuck', message: expect.stringMatching(/pod stuck\/big-.* fits on no node: .*Insufficient cpu/) })]);
  });

  onEngine('inside an application hold back what comes later', async () => {
    const wave = (number: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(number) });
    const report = await sync({ inner: { objects: [configMap('second', {}, wave(2)), deployment('never', { requests: { cpu: '64' }, annotations: wave(1) }), configMap('first', {}, wave(0))] } });
    expect(results(application(report, 'inner'))).toEqual({ 'Namespace/inner': 'created', 'ConfigMap/first': 'created', 'Deployment/never': 'created', 'ConfigMap/second': 'held-back' });
  });
});

describe('pods and accelerators', () => {
  onEngine('go to the nodes that have them; a DaemonSet without nodes is a note', async () => {
    const daemonSet = (name: string, pod: Record<string, unknown>): Record<string, unknown> => ({
      apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { ...pod, containers: [{ name: 'main', image: 'registry.example/plugin:1' }] } } },
    });
    const report = await sync({
      models: {
        objects: [
          deployment('trainer', { requests: { cpu: '1', 'nvidia.com/gpu': '1' }, pod: { tolerations: GPU_TOLERATION } }),
          deployment('idle', { replicas: 0 }),
          daemonSet('device-plugin', { tolerations: GPU_TOLERATION, nodeSelector: { 'eks.amazonaws.com/nodegroup': 'gpu' } }),
          daemonSet('neuron-plugin', { nodeSelector: { 'eks.amazonaws.com/nodegroup': 'neuron' } }),
        ],
      },
    });
    expect(application(report, 'models').health).toBe('Healthy');
    const verdict = await proveCluster({ kubeconfigPath: cluster?.kubeconfigPath ?? '', nodegroups: ['system', 'gpu'], applications: ['models'] });
    expect(verdict.problems).toEqual([]);
    expect(verdict.pods.map((pod) => [pod.name.replace(/-[^-]*$/, '').replace(/-[0-9a-f]+$/, ''), pod.nodegroup, pod.accelerated]).sort()).toEqual([['device-plugin', 'gpu', false], ['trainer', 'gpu', true]]);
    expect(verdict.notes).toEqual([
      'models: Deployment models/idle is scaled to 0',
      'models: DaemonSet models/neuron-plugin has no node to run on (it selects eks.amazonaws.com/nodegroup=neuron): such a node group is at zero',
    ]);
    const strangers = await proveCluster({ kubeconfigPath: cluster?.kubeconfigPath ?? '', nodegroups: ['system'], applications: ['models'] });
    expect(strangers.problems.map((problem) => problem.code)).toEqual(['PodOnForeignNode', 'PodOnForeignNode']);
  });
});

describe('charts', () => {
  const widgets = (version: string): TestApplication => ({
    spec: { source: { repoURL: 'charts.example/platform', chart: 'widgets', targetRevision: version, helm: { valuesObject: { replicas: 2 } } } },
  });

  onEngineWithHelm('are rendered for this cluster, with CRDs first, without webhooks that would block the API and without test pods', async () => {
    const report = await sync({ widgets: widgets('1.2.3') });
    expect(application(report, 'widgets')).toMatchObject({ outcome: 'synced', health: 'Healthy' });
    expect(results(application(report, 'widgets'))).toEqual({
      'Namespace/widgets': 'created', 'CustomResourceDefinition/widgets.example.com': 'created', 'ConfigMap/in-kube-system': 'created',
      'Deployment/widgets-controller': 'created', 'Widget/default': 'created', 'ValidatingWebhookConfiguration/widgets': 'excluded',
    });
    const settings = await api.get('/api/v1/namespaces/kube-system/configmaps/in-kube-system');
    expect(settings?.data).toEqual({ kubernetes: expect.stringMatching(/^v1\.35\./), monitors: 'true' });
    expect((await api.get('/apis/apps/v1/namespaces/widgets/deployments/widgets-controller'))?.spec).toMatchObject({ replicas: 2 });
    expect((await api.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'))?.spec).toMatchObject({ conversion: { strategy: 'None' } });
    expect(application(await sync({ widgets: widgets('1.2.3') }), 'widgets')).toMatchObject({ changed: 0, unchanged: 4, pruned: 0 });

    const twice = await sync({ widgets: widgets('1.2.3'), zwilling: widgets('1.2.3') });
    expect(results(application(twice, 'zwilling'))).toMatchObject({ 'CustomResourceDefinition/widgets.example.com': 'failed', 'ConfigMap/in-kube-system': 'failed', 'Widget/default': 'created' });
    expect(twice.problems.map((problem) => problem.message)).toContain('CustomResourceDefinition widgets.example.com: it belongs to application widgets too, and two owners overwrite each other for ever');
  });

  onEngineWithHelm('that cannot be had leave the application as it is, and the report says so', async () => {
    const report = await sync({ widgets: widgets('9.9.9') });
    expect(application(report, 'widgets')).toMatchObject({
      outcome: 'not-synced', health: 'Unknown', objects: [],
      reason: 'chart widgets 9.9.9 cannot be had: no such archive in ML_PLATFORM_CHART_DIR, and ML_PLATFORM_CHART_PULL is never',
    });
    expect(report.problems).toEqual([]);
    expect(report.gaps.map((gap) => gap.path)).toEqual(['applications', 'widgets']);
    expect(await api.get('/apis/apps/v1/namespaces/widgets/deployments/widgets-controller')).toBeDefined();
  });
});

describe('the gitops layer without Terraform', () => {
  const layer = {
    resource: {
      kubernetes_namespace_v1: { Team: { metadata: { name: 'team', labels: { team: 'vision' } } } },
      kubernetes_secret_v1: {
        Facts: { metadata: { name: 'facts', namespace: '${kubernetes_namespace_v1.Team.metadata[0].name}' }, data: { region: 'eu-central-1', pattern: '$${name}' } },
        Remote: { metadata: { name: 'remote', namespace: 'team' }, data: { endpoint: '${data.terraform_remote_state.data.outputs.endpoint}' } },
        Given: { metadata: { name: 'given', namespace: 'team' }, data: { endpoint: 'tcp://${data.terraform_remote_state.data.outputs.known}' } },
      },
      kubernetes_storage_class_v1: { Gp3: { metadata: { name: 'gp3' }, storage_provisioner: 'ebs.csi.aws.com', parameters: { type: 'gp3' }, volume_binding_mode: 'WaitForFirstConsumer' } },
      kubernetes_manifest: { Raw: { manifest: {} } },
      helm_release: {
        Widgets: { name: 'release', namespace: 'team', chart: 'widgets', repository: 'https://charts.example', version: '1.2.3', values: ['replicas: 1'], depends_on: ['kubernetes_namespace_v1.Team'] },
        Absent: { name: 'absent', namespace: 'team', chart: 'absent', repository: 'https://charts.example', version: '1.0.0', values: [] },
      },
    },
  };

  onEngineWithHelm('is applied by its objects, with what only Terraform knows named, and a sync of the tree leaves it alone', async () => {
    const kubeconfigPath = cluster?.kubeconfigPath ?? '';
    const charts = { chartDir, pull: false, ensureHelm: () => Promise.resolve(helm) };
    await sync({ one: { objects: [configMap('one', {})] } });
    const report = await applyBootstrap(kubeconfigPath, layer, { charts, exclusions: [{ kinds: ['ValidatingWebhookConfiguration'] }], resolve: (expression) => (expression.endsWith('.known') ? 'db' : undefined) });
    expect(report.problems).toEqual([]);
    expect(report.releases).toEqual(['release']);
    expect(report.notApplied).toEqual([
      { name: 'kubernetes_secret_v1.Remote', reason: 'its value ${data.terraform_remote_state.data.outputs.endpoint} is known to Terraform only' },
      { name: 'kubernetes_manifest.Raw', reason: 'resource type kubernetes_manifest has no manifest here' },
      { name: 'helm_release.Absent', reason: expect.stringContaining('chart absent 1.0.0 cannot be had') },
    ]);
    const secret = await api.get('/api/v1/namespaces/team/secrets/facts');
    expect(secret?.data).toEqual({ region: Buffer.from('eu-central-1').toString('base64'), pattern: Buffer.from('${name}').toString('base64') });
    expect((await api.get('/api/v1/namespaces/team/secrets/given'))?.data).toEqual({ endpoint: Buffer.from('tcp://db').toString('base64') });
    expect(await api.get('/apis/storage.k8s.io/v1/storageclasses/gp3')).toMatchObject({ provisioner: 'ebs.csi.aws.com', reclaimPolicy: 'Delete', allowVolumeExpansion: true });

    await sync({ one: { objects: [configMap('one', {})] } });
    const again = await applyBootstrap(kubeconfigPath, layer, { charts, exclusions: [{ kinds: ['ValidatingWebhookConfiguration'] }] });
    expect(new Set(again.applied.map((object) => object.result))).toEqual(new Set(['unchanged']));
    const verdict = await proveCluster({ kubeconfigPath, nodegroups: ['system', 'gpu'], applications: again.releases });
    expect(verdict).toMatchObject({ running: 1, problems: [] });
  });
});

describe('custom resources', () => {
  const gadget = (name: string, spec: Record<string, unknown>): Record<string, unknown> => ({ apiVersion: 'example.org/v1', kind: 'Gadget', metadata: { name }, spec });

  onEngine('whose definition nobody ships are reported, and judged by the API where reference definitions are given', async () => {
    const missing = await sync({ gadgets: { objects: [gadget('right', { size: 1 })] } });
    expect(application(missing, 'gadgets')).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('kind example.org/v1 Gadget is not served') });
    expect(missing.problems).toEqual([expect.objectContaining({ code: 'ObjectNotServed', path: 'gadgets' })]);

    const crdDir = join(root, 'crds');
    const definition = JSON.parse(JSON.stringify(WIDGET_CRD).replaceAll('Widget', 'Gadget').replaceAll('widget', 'gadget').replaceAll('example.com', 'example.org')) as Record<string, unknown>;
    writeFiles(crdDir, { 'example.org/gadget.json': JSON.stringify(definition) });
    const judged = await sync({ gadgets: { objects: [gadget('right', { size: 1 }), gadget('wrong', { size: 'big' }), gadget('typo', { sise: 1 })] } }, { crdDir });
    expect(judged.referenceCrds).toEqual([{ name: 'gadgets.example.org', neededBy: 'gadgets' }]);
    expect(results(application(judged, 'gadgets'))).toMatchObject({ 'Gadget/right': 'created', 'Gadget/wrong': 'failed', 'Gadget/typo': 'failed' });
    expect(judged.problems.map((problem) => problem.message).join('\n')).toMatch(/\.spec\.sise: field not declared[\s\S]*\.spec\.size: expected numeric/);
  });
});
