import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '../../../src/core/errors';
import { checkHelmValues, checkManifest, checkTerraformJson, gitopsProviderSchemas, SchemaReference, type SchemaProblem } from '../../../src/local/schema';
import { describeWithReference } from '../../support/reference';

const told = (problems: readonly SchemaProblem[] | undefined): string[] | undefined => problems?.map((problem) => `${problem.severity} ${problem.path}: ${problem.message}`);

describe('SchemaReference', () => {
  it('is undefined where no folder is named, and fails for a folder that is not there', () => {
    expect(SchemaReference.fromEnvironment({})).toBeUndefined();
    expect(SchemaReference.fromEnvironment({ PLATFORM_SCHEMA_DIR: '' })).toBeUndefined();
    expect.assertions(3);
    try {
      SchemaReference.fromEnvironment({ PLATFORM_SCHEMA_DIR: join(tmpdir(), 'not-there') });
    } catch (error) {
      expect(PlatformError.isPlatformError(error) && error.code).toBe('SchemaFolderMissing');
    }
  });
});

describe('checkTerraformJson', () => {
  const schemas = [{
    provider_schemas: {
      'registry.terraform.io/hashicorp/thing': {
        provider: { block: { attributes: { host: { type: 'string', required: true } }, block_types: { exec: { nesting_mode: 'list', block: { attributes: { command: { type: 'string', required: true } } } } } } },
        resource_schemas: {
          thing_box: {
            block: {
              attributes: {
                id: { type: 'string', computed: true }, size: { type: 'number', optional: true }, open: { type: 'bool', optional: true, deprecated: true },
                tags: { type: ['map', 'string'], optional: true }, ports: { type: ['list', 'number'], optional: true }, anything: { type: 'dynamic', optional: true },
                lid: { optional: true, nested_type: { nesting_mode: 'single', attributes: { color: { type: 'string', required: true } } } },
                set: { optional: true, nested_type: { nesting_mode: 'list', attributes: { name: { type: 'string', required: true } } } },
                shape: { type: ['object', { width: 'number' }], optional: true },
              },
              block_types: { content: { nesting_mode: 'list', min_items: 1, max_items: 1, block: { attributes: { name: { type: 'string', required: true } } } }, timeouts: { nesting_mode: 'single', block: { attributes: { create: { type: 'string', optional: true } } } } },
            },
          },
        },
        data_source_schemas: { thing_box: { block: { attributes: { name: { type: 'string', required: true } } } } },
      },
    },
  }];
  const box = (properties: object) => checkTerraformJson({ resource: { thing_box: { b: properties } } }, schemas);

  it('accepts what the provider accepts', () => {
    const { problems, checked } = checkTerraformJson({
      provider: { thing: [{ alias: 'a', host: 'h', exec: [{ command: 'c' }] }] },
      data: { thing_box: { d: { name: 'n' } } },
      resource: { thing_box: { b: {
        '//': {}, depends_on: [], lifecycle: {}, size: '3', tags: { a: 1 }, ports: '${local.ports}', anything: { x: [1] }, lid: { color: 'red' }, set: [{ name: 'a' }],
        shape: { width: 2 }, content: [{ name: 'c' }], timeouts: { create: '1m' },
      } } },
    }, schemas);
    expect(problems).toEqual([]);
    expect(checked).toEqual(['provider.thing[0]', 'resource.thing_box.b', 'data.thing_box.d']);
    expect(box({ dynamic: { content: { for_each: '${local.all}', content: { name: '${content.value}' } } } }).problems).toEqual([]);
  });

  it.each([
    [{ content: [{ name: 'c' }], siez: 1 }, 'error resource.thing_box.b.siez: unknown key siez, nearest known key: size'],
    [{ content: [{}] }, 'error resource.thing_box.b.content[0].name: is required and missing'],
    [{ content: { name: null } }, 'error resource.thing_box.b.content.name: is required and missing'],
    [{}, 'error resource.thing_box.b.content: needs at least 1 block, got none'],
    [{ content: [{ name: 'a' }, { name: 'b' }] }, 'error resource.thing_box.b.content: takes at most 1 block, got 2'],
    [{ content: [{ name: ['a'] }] }, 'error resource.thing_box.b.content[0].name: must be a string, got list ["a"]'],
    [{ content: [{ name: 'c' }], size: 'big' }, 'error resource.thing_box.b.size: must be a number, got string "big"'],
    [{ content: [{ name: 'c' }], open: true }, 'warning resource.thing_box.b.open: is deprecated by the provider'],
    [{ content: [{ name: 'c' }], id: 'x' }, 'error resource.thing_box.b.id: is computed by the provider and cannot be set'],
    [{ content: [{ name: 'c' }], tags: ['a'] }, 'error resource.thing_box.b.tags: must be a map, got list ["a"]'],
    [{ content: [{ name: 'c' }], ports: [1, 'x'] }, 'error resource.thing_box.b.ports[1]: must be a number, got string "x"'],
    [{ content: [{ name: 'c' }], lid: [{ color: 'red' }] }, 'error resource.thing_box.b.lid: must be an object, got list'],
    [{ content: [{ name: 'c' }], lid: { colour: 'red', color: 'red' } }, 'error resource.thing_box.b.lid.colour: unknown key colour, nearest known key: color'],
    [{ content: [{ name: 'c' }], set: [{}] }, 'error resource.thing_box.b.set[0].name: is required and missing'],
    [{ content: [{ name: 'c' }], set: { name: 'a' } }, 'error resource.thing_box.b.set: must be a list of objects, got map'],
    [{ content: [{ name: 'c' }], shape: { width: 2, heigth: 1 } }, 'error resource.thing_box.b.shape.heigth: unknown key heigth, nearest known key: width'],
    [{ content: [{ name: 'c' }], timeouts: { kreate: '1m' } }, 'error resource.thing_box.b.timeouts.kreate: unknown key kreate, nearest known key: create'],
  ])('says what is wrong with %j', (properties, message) => {
    expect(told(box(properties).problems)).toEqual([message]);
  });

  it('names unknown types, and what it could not check', () => {
    const check = checkTerraformJson({ provider: { thing: {}, aws: [{}] }, resource: { thing_bax: { b: {} }, aws_vpc: { v: {} } } }, schemas);
    expect(told(check.problems)).toEqual([
      'error provider.thing[0].host: is required and missing',
      'error resource.thing_bax.b: the provider has no such type; unknown key thing_bax, nearest known key: thing_box',
    ]);
    expect(check.unchecked).toEqual(['provider.aws[0]', 'resource.aws_vpc.v']);
  });
});

describe('with a small reference folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
  const write = (file: string, content: unknown): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  write('charts/index.json', [
    { chart: 'parent', name: 'parent', dependencies: [{ name: 'child', alias: 'kid' }, { name: 'stranger' }] },
    { chart: 'strict', name: 'strict', dependencies: [] },
  ]);
  write('charts/parent/value-paths.json', {
    defaults: { 'server.replicas': 'integer', 'server.enabled': 'bool', 'server.name': 'string', 'server.args': 'list[2]', 'server.extra': '{}', 'server.nodeSelector.os': 'string', 'config.a\\.b': 'string', 'kid.enabled': 'bool' },
    templateRefs: ['server', 'server.port', 'global.domain'], commented: ['server.hidden.key'],
  });
  write('charts/parent/subcharts/child/value-paths.json', { defaults: { size: 'string', 'deep.key': 'string' }, templateRefs: ['global.region'] });
  write('charts/strict/value-paths.json', { defaults: { mode: 'string' } });
  write('charts/strict/values.schema.json', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', additionalProperties: false, required: ['mode'], properties: { mode: { enum: ['a', 'b'] }, list: { type: 'array', prefixItems: [{ type: 'integer' }] } } });
  write('charts/strict/values.yaml', 'mode: a\n');
  const schemas = new SchemaReference(folder);
  const parent = (values: unknown) => told(checkHelmValues('parent', values, schemas));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('accepts defaults, free-form maps, template references and keys of dependencies', () => {
    const server = { replicas: '2', enabled: null, args: [], extra: { any: { thing: 1 } }, nodeSelector: { mine: 'x' }, port: { http: 80 } };
    expect(parent({ server, config: { 'a.b': 'x' }, kid: { enabled: true, size: 'L', deep: { key: 'x' } }, global: { domain: 'd', region: 'r' } })).toEqual([]);
  });

  it.each([
    [{ sever: {} }, 'error sever: unknown key sever, nearest known key: server'],
    [{ server: { replcas: 2 } }, 'error server.replcas: unknown key replcas, nearest known key: replicas'],
    [{ server: { enabled: 'yes' } }, 'error server.enabled: must be bool as its default, got string'],
    [{ server: { name: { first: 'x' } } }, 'error server.name: must be string as its default, got map'],
    [{ server: { args: 'x' } }, 'error server.args: must be list[2] as its default, got string'],
    [{ server: { extra: 'x' } }, 'error server.extra: must be a map as its default, got string'],
    [{ server: 3 }, 'error server: must be a map, got number'],
    [{ server: { hidden: { key: 1 } } }, 'warning server.hidden: is known from a comment of the chart only'],
    [{ kid: { sise: 'L' } }, 'error kid.sise: unknown key sise, nearest known key: size'],
    [{ kid: { deep: { kee: 'L' } } }, 'error kid.deep.kee: unknown key kee, nearest known key: key'],
    [{ stranger: { a: 1 } }, 'warning stranger: not checked: no key list for dependency stranger'],
    [{ global: { domian: 'x' } }, 'error global.domian: unknown key domian, nearest known key: domain'],
    [['a'], 'error : values must be a map, got list'],
  ])('says what is wrong with %j', (values, message) => {
    expect(parent(values)).toEqual([message]);
  });

  it("asks the chart's own schema first, over its defaults", () => {
    expect(checkHelmValues('strict', { list: [1] }, schemas)).toEqual([]);
    expect(told(checkHelmValues('strict', { mode: 'c', lists: [], list: ['x'] }, schemas))).toEqual([
      'error lists: unknown key lists, nearest known key: list',
      'error mode: must be one of "a", "b", got "c"',
      'error list[0]: must be integer, got string "x"',
    ]);
    expect(told(checkHelmValues('strict', { mode: null }, schemas))).toEqual(['error mode: is required and missing']);
  });

  it('leaves unchecked what the folder does not hold', () => {
    expect(checkHelmValues('argo-cd', {}, schemas)).toBeUndefined();
    expect(checkManifest({ apiVersion: 'v1', kind: 'Pod' }, '1.35', schemas)).toBeUndefined();
    expect(gitopsProviderSchemas(schemas)).toBeUndefined();
  });
});

describeWithReference('with the reference schemas', (schemas) => {
  const manifest = (object: unknown, version = '1.35') => told(checkManifest(object, version, schemas));
  const container = { name: 'c', image: 'i', ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1, memory: '1Gi' } } };
  const deployment = (spec: object, pod: object = container) => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', labels: { a: 'b' } },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [pod] } }, ...spec },
  });
  const custom = (apiVersion: string, kind: string, spec: object) => ({ apiVersion, kind, metadata: { name: 'x', namespace: 'n' }, spec });
  const application = { project: 'default', source: { repoURL: 'https://charts.example.com', chart: 'c', targetRevision: '1.0.0', helm: { valuesObject: { free: { form: 1 } } } }, destination: { server: 'https://kubernetes.default.svc', namespace: 'n' }, syncPolicy: { automated: { prune: true }, syncOptions: ['ServerSideApply=true'] } };

  it.each([
    deployment({ strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } }),
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'p' }, spec: { maxUnavailable: 1, selector: {} } },
    { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'gp3' }, provisioner: 'ebs.csi.aws.com', parameters: { type: 'gp3' } },
    custom('argoproj.io/v1alpha1', 'Application', application),
    custom('external-secrets.io/v1', 'ExternalSecret', { secretStoreRef: { name: 's', kind: 'ClusterSecretStore' }, target: { name: 't' }, dataFrom: [{ extract: { key: 'k' } }] }),
    custom('monitoring.coreos.com/v1', 'ServiceMonitor', { selector: { matchLabels: { a: 'b' } }, endpoints: [{ port: 'http', interval: '30s' }] }),
    custom('monitoring.coreos.com/v1', 'PrometheusRule', { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 1, for: '5m' }] }] }),
    { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotClass', metadata: { name: 'v' }, driver: 'ebs.csi.aws.com', deletionPolicy: 'Retain' },
    custom('ray.io/v1', 'RayCluster', { headGroupSpec: { rayStartParams: {}, template: { spec: { containers: [container] } } }, workerGroupSpecs: [{ groupName: 'g', rayStartParams: {}, template: { spec: { containers: [container] } } }] }),
  ])('accepts $kind', (object) => {
    expect(manifest(object)).toEqual([]);
  });

  it.each([
    ['a wrong key', deployment({ replcas: 1 }), ['error spec.replcas: unknown key replcas, nearest known key: replicas']],
    ['a wrong key deep inside', deployment({}, { ...container, imagePullPolice: 'Always' } as object), ['error spec.template.spec.containers[0].imagePullPolice: unknown key imagePullPolice, nearest known key: imagePullPolicy']],
    ['a missing key', deployment({ selector: undefined }), ['error spec.selector: is required and missing']],
    ['a wrong type', deployment({ replicas: '2' }), ['error spec.replicas: must be integer, got string "2"']],
    ['a version no longer served', { apiVersion: 'autoscaling/v2beta2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h' } }, ['error apiVersion: Kubernetes 1.35 does not serve HorizontalPodAutoscaler as autoscaling/v2beta2; served: v1, v2']],
    ['an unknown kind', { apiVersion: 'apps/v1', kind: 'Deploymnet', metadata: { name: 'd' } }, ['error kind: Kubernetes 1.35 has no Deploymnet in apps/v1, nearest: Deployment']],
    ['a namespace on a cluster object', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', namespace: 'x' } }, ['error metadata.namespace: Namespace is not namespaced']],
    ['a missing name', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: {} } }, ['error metadata.name: is required and missing; unknown key name, nearest known key: labels']],
    ['no object', 'text', ['error : must be an object with apiVersion and kind']],
    ['a wrong key of a custom resource', custom('argoproj.io/v1alpha1', 'Application', { ...application, sources: undefined, syncPolcy: {} }), ['error spec.syncPolcy: unknown key syncPolcy, nearest known key: syncPolicy']],
    ['a wrong key in a part that is compiled late', custom('argoproj.io/v1alpha1', 'Application', { ...application, source: { ...application.source, helm: { values: 'a: b', valueFile: 'x' } } }), ['error spec.source.helm.valueFile: unknown key valueFile, nearest known key: valueFiles']],
    ['a missing key of a custom resource', custom('argoproj.io/v1alpha1', 'Application', { source: application.source, destination: {} }), ['error spec.project: is required and missing']],
    ['a wrong type in a custom resource', custom('monitoring.coreos.com/v1', 'ServiceMonitor', { selector: {}, endpoints: { port: 'http' } }), ['error spec.endpoints: must be array, got map {"port":"http"}']],
    ['a wrong pattern in a custom resource', custom('monitoring.coreos.com/v1', 'ServiceMonitor', { selector: {}, endpoints: [{ interval: 'soon' }] }), [expect.stringMatching(/^error spec\.endpoints\[0\]\.interval: must match pattern/)]],
    ['an unserved version', custom('external-secrets.io/v1beta1', 'ExternalSecret', {}), ['error apiVersion: ExternalSecret is not served as external-secrets.io/v1beta1; use external-secrets.io/v1']],
    ['a deprecated version', custom('kueue.x-k8s.io/v1beta1', 'LocalQueue', { clusterQueue: 'q' }), ['warning apiVersion: LocalQueue as kueue.x-k8s.io/v1beta1 is deprecated; use kueue.x-k8s.io/v1beta2']],
    ['an unknown custom kind', custom('argoproj.io/v1alpha1', 'Aplication', {}), ['error kind: argoproj.io has no Aplication, nearest: Application']],
    ['wrong metadata of a custom resource', { ...custom('argoproj.io/v1alpha1', 'Application', application), metadata: { name: 'x', label: {} } }, ['error metadata.label: unknown key label, nearest known key: labels']],
  ])('says what is wrong: %s', (_, object, expected) => {
    expect(manifest(JSON.parse(JSON.stringify(object)))).toEqual(expected);
  });

  it('leaves unchecked what it has no schema for', () => {
    expect(manifest(custom('example.com/v1', 'Thing', {}))).toBeUndefined();
    expect(manifest(deployment({}), '1.20')).toBeUndefined();
  });

  it('checks the values of the charts that the platform installs', () => {
    const values = (chart: string, given: object) => told(checkHelmValues(chart, given, schemas));
    expect(values('argo-cd', { configs: { params: { 'server.insecure': true }, cm: { 'resource.exclusions': '' } }, 'redis-ha': { enabled: true, haproxy: { metrics: { enabled: true } } }, global: { domain: 'x' } })).toEqual([]);
    expect(values('argo-cd', { server: { replica: 2 } })).toEqual([expect.stringMatching(/^error server\.replica: unknown key replica, nearest known key: replicas/)]);
    expect(values('kube-prometheus-stack', {
      kubeEtcd: { enabled: false }, prometheus: { prometheusSpec: { retention: '15d', serviceMonitorSelectorNilUsesHelmValues: false, storageSpec: { volumeClaimTemplate: { spec: {} } } } },
      grafana: { admin: { existingSecret: 's' }, 'grafana.ini': { server: { domain: 'x' } } }, 'kube-state-metrics': { resources: { limits: { cpu: 1 } } }, defaultRules: { disabled: { Watchdog: true } },
    })).toEqual([]);
    expect(values('kube-prometheus-stack', { prometheus: { prometheusSpec: { retentionDays: 15 } }, grafana: { admn: {} } })).toEqual([
      expect.stringMatching(/^error prometheus\.prometheusSpec\.retentionDays: unknown key/),
      expect.stringMatching(/^error grafana\.admn: unknown key admn, nearest known key: admin/),
    ]);
    expect(values('external-secrets', { replicaCount: 'two' })).toEqual([expect.stringMatching(/^error replicaCount: must be/)]);
    expect(values('cert-manager', { crds: { enable: true } })).toEqual([expect.stringMatching(/^error crds\.enable: unknown key enable, nearest known key: enabled/)]);
    expect(values('nvidia-device-plugin', { gfd: { enabled: true }, tolerations: [{ key: 'nvidia.com/gpu' }] })).toEqual([]);
    expect(values('dcgm-exporter', { serviceMonitor: { enabled: true, additionalLabels: { a: 'b' } }, nodeSelector: { a: 'b' } })).toEqual([]);
  });

  it('checks a gitops stack against the helm and kubernetes providers', () => {
    const providers = gitopsProviderSchemas(schemas);
    const exec = { api_version: 'client.authentication.k8s.io/v1beta1', command: 'aws', args: ['eks', 'get-token'] };
    const stack = (helm: object, release: object, namespace: object) => checkTerraformJson({
      provider: { kubernetes: [{ host: '${data.aws_eks_cluster.c.endpoint}', exec: [exec] }], helm: [{ kubernetes: helm }] },
      resource: { helm_release: { r: { name: 'argo-cd', chart: 'argo-cd', values: ['a: b'], ...release } }, kubernetes_namespace: { n: namespace } },
    }, providers ?? []);
    expect(stack({ exec }, { set: [{ name: 'a', value: 'b' }] }, { metadata: { name: 'n', labels: { a: 'b' } } })).toMatchObject({ problems: [], unchecked: [] });
    expect(told(stack({ exec: [exec] }, { set: { name: 'a' }, version: ['1'], chart: undefined }, {}).problems)).toEqual([
      'error provider.helm[0].kubernetes.exec: must be an object, got list',
      'error resource.helm_release.r.set: must be a list of objects, got map',
      'error resource.helm_release.r.version: must be a string, got list ["1"]',
      'error resource.helm_release.r.chart: is required and missing',
      'error resource.kubernetes_namespace.n.metadata: needs at least 1 block, got none',
    ]);
  });
});
