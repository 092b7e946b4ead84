import { ApiObject } from 'cdk8s';
import { Fn, Lazy, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { parse } from 'yaml';
import type { ApplicationOptions, HelmValues } from '../../../constructs/gitops';
import { ArgoCd, BootstrapNamespaces, GitOpsTree, KubeConfigMap, mergeValues, PlatformBase, PlatformNamespace, PodSecurity, RootApplication, SyncWave } from '../../../constructs/gitops';
import { findTokens } from '../../../constructs/gitops/token-guard';
import { toYaml } from '../../../constructs/gitops/yaml';
import { Chart } from '../../../src/catalog';
import { Tier } from '../../../src/core';
import { synthLayer } from '../../support/fixtures';
import { inCluster, synthTree, treeErrors, treeIn } from '../../support/tree';

const options: ApplicationOptions = { namespace: PlatformNamespace.of('team-a'), wave: SyncWave.SERVICES };
const configMap = (scope: Construct, id: string, name: string, data: { [key: string]: string } = {}) => new KubeConfigMap(scope, id, { metadata: { name }, data });

describe('an application of manifests', () => {
  const tree = synthTree((gitOps) => {
    const application = gitOps.addApplication('demo', options);
    configMap(application, 'B', 'beta', { text: 'one\ntwo\n' });
    configMap(application, 'A', 'alpha');
  });

  test('has a file for each object in its folder, and an Application object beside the others', () => {
    expect(tree.files).toEqual(['applications/demo.yaml', 'applications/platform.project.yaml', 'demo/configmap-alpha.yaml', 'demo/configmap-beta.yaml']);
    expect(tree.object('demo/configmap-beta.yaml')).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'beta', namespace: 'team-a' }, data: { text: 'one\ntwo\n' } });
  });

  test('is synced by itself, in its wave, from its folder in git', () => {
    const { metadata, spec } = tree.object('applications/demo.yaml');
    expect(metadata).toMatchObject({ namespace: 'argocd', annotations: { 'argocd.argoproj.io/sync-wave': '40' }, finalizers: ['resources-finalizer.argocd.argoproj.io'] });
    expect(spec.source).toEqual({ repoURL: 'https://git.example.com/platform.git', targetRevision: 'main', path: 'gitops/dev/demo' });
    expect(spec.syncPolicy).toMatchObject({ automated: { prune: true, selfHeal: true }, retry: { limit: 5, refresh: true } });
    expect(spec.syncPolicy.syncOptions).toEqual(['CreateNamespace=false', 'ServerSideApply=true']);
    expect(spec.destination).toEqual({ server: 'https://kubernetes.default.svc', namespace: 'team-a' });
  });

  test('belongs to a project that admits its repository and its namespace', () => {
    expect(tree.object('applications/platform.project.yaml').spec).toMatchObject({
      sourceRepos: ['https://git.example.com/platform.git'],
      destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'team-a' }],
    });
  });
});

describe('an application of a chart', () => {
  const build = (gitOps: GitOpsTree) => {
    const application = gitOps.addApplication('metrics', {
      ...options, otherNamespaces: ['kube-system'], helm: { chart: Chart.METRICS_SERVER, values: { replicas: 2 } }, ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    });
    configMap(application, 'Extra', 'extra');
  };

  test('names the pinned chart, its values, and the folder of extra manifests', () => {
    const { spec } = synthTree(build).object('applications/metrics.yaml');
    expect(spec.source).toBeUndefined();
    expect(spec.sources).toEqual([
      { repoURL: Chart.METRICS_SERVER.location().argoRepoUrl, chart: 'metrics-server', targetRevision: Chart.METRICS_SERVER.version, helm: { releaseName: 'metrics', valuesObject: { replicas: 2 } } },
      { repoURL: 'https://git.example.com/platform.git', targetRevision: 'main', path: 'gitops/dev/metrics' },
    ]);
    expect(spec.ignoreDifferences).toHaveLength(1);
    expect(spec.syncPolicy.syncOptions).toContain('RespectIgnoreDifferences=true');
  });

  test('comes from the mirror, written as Argo CD writes OCI registries', () => {
    const tree = synthTree(build, { chartMirror: 'oci://registry.example.com/charts' });
    expect(tree.object('applications/metrics.yaml').spec.sources[0].repoURL).toBe('registry.example.com/charts');
    const { sourceRepos, destinations } = tree.object('applications/platform.project.yaml').spec;
    expect(sourceRepos).toEqual(['https://git.example.com/platform.git', 'registry.example.com/charts']);
    expect(destinations.map((destination: { namespace: string }) => destination.namespace)).toEqual(['kube-system', 'team-a']);
  });
});

describe('a tree', () => {
  test('is the same whatever the order of its lines', () => {
    const one = (gitOps: GitOpsTree) => configMap(gitOps.addApplication('one', options), 'Config', 'one');
    const two = (gitOps: GitOpsTree) => configMap(gitOps.addApplication('two', { ...options, wave: SyncWave.BASE }), 'Config', 'two');
    const files = (...builds: ((gitOps: GitOpsTree) => unknown)[]) => synthLayer(inCluster((stack) => { const tree = treeIn(stack); builds.forEach((build) => build(tree)); })).files;
    expect(JSON.stringify(files(one, two))).toBe(JSON.stringify(files(two, one)));
  });

  test('keeps apart objects of one kind and name in two namespaces', () => {
    const tree = synthTree((gitOps) => {
      const application = gitOps.addApplication('demo', options);
      configMap(application, 'Own', 'same');
      new KubeConfigMap(application, 'Other', { metadata: { name: 'same', namespace: 'team-b' } });
    });
    expect(tree.files).toEqual(expect.arrayContaining(['demo/configmap-same.yaml', 'demo/configmap-same.team-b.yaml']));
  });

  test('creates each namespace once, with its level of pod security', () => {
    const layer = synthLayer(inCluster((stack) => {
      const tree = treeIn(stack);
      configMap(tree.addApplication('one', options), 'Config', 'one');
      configMap(tree.addApplication('two', { ...options, namespace: PlatformNamespace.of('open', PodSecurity.PRIVILEGED) }), 'Config', 'two');
      configMap(tree.addApplication('three', options), 'Config', 'three');
    }));
    const labels = layer.resources('kubernetes_namespace_v1').map(({ config }) => config.metadata as { name: string; labels: { [key: string]: string } });
    expect(labels.map(({ name, labels: { 'pod-security.kubernetes.io/enforce': level } }) => [name, level])).toEqual([['open', 'privileged'], ['team-a', 'restricted']]);
  });
});

describe('fails', () => {
  const token = Token.asString({ resolve: () => 'x' });
  test.each([
    ['a token in an object', (tree: GitOpsTree) => configMap(tree.addApplication('demo', options), 'Config', 'config', { host: token }), 'TokenInManifest'],
    ['a token inside text', (tree: GitOpsTree) => configMap(tree.addApplication('demo', options), 'Config', 'config', { uri: `postgres://${token}:5432` }), 'TokenInManifest'],
    ['an expression written by hand', (tree: GitOpsTree) => configMap(tree.addApplication('demo', options), 'Config', 'config', { arn: '${aws_iam_role.mlflow.arn}' }), 'TokenInManifest'],
    ['a token in Helm values', (tree: GitOpsTree) => tree.addApplication('demo', { ...options, helm: { chart: Chart.KEDA, values: { deep: [{ size: Token.asNumber({ resolve: () => 1 }) }] } } }), 'TokenInManifest'],
    ['the same object twice', (tree: GitOpsTree) => { configMap(tree.addApplication('one', options), 'Config', 'same'); configMap(tree.addApplication('two', options), 'Config', 'same'); }, 'DuplicateObject'],
    ['the same cluster-wide object from two namespaces', (tree: GitOpsTree) => {
      for (const [name, namespace] of [['one', PlatformNamespace.of('a')], ['two', PlatformNamespace.of('b')]] as const) {
        new ApiObject(tree.addApplication(name, { ...options, namespace }), 'Class', { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'same' } });
      }
    }, 'DuplicateObject'],
    ['an empty application', (tree: GitOpsTree) => tree.addApplication('demo', options), 'ApplicationEmpty'],
    ['an object that is no plain data', (tree: GitOpsTree) => new ApiObject(tree.addApplication('demo', options), 'Bad', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bad' }, data: new Map() } as never), 'ManifestInvalid'],
    ['a validation of a construct in the tree', (tree: GitOpsTree) => configMap(tree.addApplication('demo', options), 'Config', 'config').node.addValidation({ validate: () => ['not so'] }), 'ManifestInvalid'],
    ['an application name twice', (tree: GitOpsTree) => { tree.addApplication('demo', options); tree.addApplication('demo', options); }, 'ApplicationDuplicate'],
    ['a name with capitals', (tree: GitOpsTree) => tree.addApplication('Demo', options), 'ApplicationNameInvalid'],
    ['a name longer than a Helm release', (tree: GitOpsTree) => tree.addApplication('d'.repeat(54), options), 'ApplicationNameInvalid'],
    ['the name of the folder of applications', (tree: GitOpsTree) => tree.addApplication('applications', options), 'ApplicationNameInvalid'],
    ['a namespace of Kubernetes', () => PlatformNamespace.of('kube-system'), 'NamespaceReserved'],
    ['a namespace that is no label', () => PlatformNamespace.of('Team_A'), 'NameInvalid'],
  ])('%s', (_, build, code) => {
    expect(treeErrors((tree) => void build(tree))).toEqual([code]);
  });

  test('at render too, and says where the token is', () => {
    const layer = synthLayer(inCluster((stack) => {
      const tree = treeIn(stack);
      configMap(tree.addApplication('demo', options), 'Config', 'config');
      configMap(tree.applications[0] as never, 'Late', 'late', {});
      new ApiObject(tree.addApplication('bad', options), 'X', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: ['${var.password}'] } });
      expect(() => tree.files()).toThrow(/\[TokenInManifest\] ConfigMap "x" holds a Terraform token in data\.a\[0\].*bad/);
      tree.manifests.node.tryRemoveChild('bad');
    }));
    expect(Object.keys(layer.files)).toHaveLength(4);
  });
});

describe('tokens', () => {
  test.each([
    ['${data.aws_eks_cluster.x.endpoint}', true], ['${var.region}', true], ['${module.vpc.id}', true], ['x ${aws_s3_bucket.b.arn} y', true], ['${jsonencode({})}', true], ['${TfToken[TOKEN.1]}', true],
    ['${HOME}', false], ['${datasource}', false], ['${__field.labels}', false], ['$(POD_IP):80', false], ['{{ .value }}', false], ['${DS_PROMETHEUS:-x}', false],
  ])('%s: %s', (value, found) => expect(findTokens({ value }).length > 0).toBe(found));

  test('are found in keys, lists, lazies and functions', () => {
    expect(findTokens({ a: [{ [Token.asString({ resolve: () => 1 })]: 1 }], b: Lazy.anyValue({ produce: () => 1 }), c: Fn.join(',', ['x']), d: null, e: true, f: 7 })).toEqual(['a[0].<key>', 'b', 'c']);
  });
});

describe('YAML', () => {
  const samples: unknown[] = [
    {}, [], 'text', { empty: { list: [], map: {}, text: '' } }, { null: null, yes: true, n: 1.5 },
    { words: ['yes', 'No', 'on', 'null', '~', '1.10', '0x1f', '1e3', '12:30:00', '2020-01-01', '.inf', '=', '-', '- x', 'a: b', 'a #b', '# c', '*x', '&x', '!x', '%x', '@x', '`x', '[x', '{{ .x }}', ' lead', 'trail ', 'ü', 'a,b', '128Mi', '10s', '--flag=1', '---', '\t', 'x:'] },
    { on: 1, 'a b': 2, 1: 3, 'k/x.y': 4, '': 5 },
    { block: 'a\n  b\n\nc\n', noEnd: 'a\nb', indented: '  a\nb\n', spaces: 'a \nb\n', blank: '\n', twoEnds: 'a\n\n', tab: 'a\tb\nc\n' },
    { nested: [[1, [2]], [{ a: [{ b: 'x\ny\n' }] }], { c: 'd\ne\n', f: 1 }] },
  ];

  test.each(['1.1', '1.2'] as const)('reads back the same in version %s', (version) => {
    for (const sample of samples) expect(parse(toYaml(sample), { version })).toEqual(sample);
  });

  test('reads well', () => {
    expect(toYaml({ kind: 'Pod', args: ['--port=80', 'a: b'], spec: { script: 'one\ntwo\n', memory: '128Mi', none: undefined } })).toBe(
      'kind: Pod\nargs:\n- --port=80\n- "a: b"\nspec:\n  script: |\n    one\n    two\n  memory: 128Mi\n',
    );
  });
});

test('values merge as Helm merges: maps by key, lists and null replace', () => {
  const below: HelmValues = { a: { b: 1, c: [1, 2] }, d: { e: 1 }, f: 1 };
  expect(mergeValues(below, { a: { c: [3] }, d: null }, undefined)).toEqual({ a: { b: 1, c: [3] }, d: null, f: 1 });
  expect(below).toEqual({ a: { b: 1, c: [1, 2] }, d: { e: 1 }, f: 1 });
});

describe('the base', () => {
  test('makes encrypted gp3 the default storage class and brings priority classes', () => {
    const tree = synthTree((gitOps) => new PlatformBase(gitOps, 'Base', { volumeKeyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/ebs' }));
    expect(tree.object('platform-base/storageclass-gp3.yaml')).toMatchObject({
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true', kmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:alias/ebs' },
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    expect(tree.object('platform-base/storageclass-gp3.yaml').metadata.namespace).toBeUndefined();
    expect(tree.object('platform-base/priorityclass-platform-critical.yaml').value).toBe(1_000_000);
    expect(tree.object('applications/platform-base.yaml').metadata.annotations).toEqual(SyncWave.BASE.annotations);
  });

  test('has the storage class as default child, and the account\'s key by default', () => {
    const tree = synthTree((gitOps) => expect((new PlatformBase(gitOps, 'Base').node.defaultChild as ApiObject).kind).toBe('StorageClass'));
    expect(tree.object('platform-base/storageclass-gp3.yaml').parameters.kmsKeyId).toBeUndefined();
  });
});

describe('Argo CD', () => {
  const build = (props: Partial<ConstructorParameters<typeof ArgoCd>[2]> = {}) => inCluster((stack: Construct) => {
    const namespaces = new BootstrapNamespaces(stack, 'Namespaces');
    const tree = new GitOpsTree(stack, 'GitOps', { namespaces });
    const argo = new ArgoCd(stack, 'ArgoCd', { dependsOn: [namespaces.add(PlatformNamespace.ARGO_CD)], ...props });
    new RootApplication(stack, 'Root', { tree, namespaces, dependsOn: [argo.release] });
    configMap(tree.addApplication('late', options), 'Config', 'config');
  });
  const values = (layer: ReturnType<typeof synthLayer>, path: string) => parse((layer.resource('helm_release', path).config.values as string[])[0] as string, { version: '1.1' });

  test('is pinned, waits, cleans up after a failure and takes up what was interrupted', () => {
    expect(synthLayer(build()).resource('helm_release', 'ArgoCd').config).toMatchObject({
      chart: 'argo-cd', version: Chart.ARGO_CD.version, repository: 'https://argoproj.github.io/argo-helm', namespace: 'argocd', wait: true, atomic: true, cleanup_on_fail: true, upgrade_install: true,
    });
  });

  test.each([[Tier.SANDBOX, 2, false, false], [Tier.STAGING, 2, false, true], [Tier.PRODUCTION, 3, true, true]])('%s: %d replicas, replicated Redis %s, definitions kept %s', (tier, replicas, redis, kept) => {
    const argo = values(synthLayer(build(), { tier }), 'ArgoCd');
    expect([argo.server.replicas, argo.repoServer.replicas, argo.server.pdb.enabled]).toEqual([replicas, replicas, true]);
    expect(argo['redis-ha']?.enabled ?? false).toBe(redis);
    expect(argo.crds.keep).toBe(kept);
  });

  test('leaves alone what the environment names, beside what the chart does', () => {
    const own = { apiGroups: ['admissionregistration.k8s.io'], kinds: ['*'] };
    const { configs } = values(synthLayer(build(), { resourceExclusions: [own] }), 'ArgoCd');
    const exclusions = parse(configs.cm['resource.exclusions']);
    expect(exclusions).toContainEqual({ ...own, clusters: ['*'] });
    expect(exclusions).toContainEqual({ apiGroups: ['coordination.k8s.io'], kinds: ['Lease'], clusters: ['*'] });
    expect(configs.cm['resource.customizations.health.argoproj.io_Application']).toContain('status.sync.status ~= "Synced"');
  });

  test('takes values last, and text that looks like Terraform literally', () => {
    const layer = synthLayer(build({ replicas: 1, values: { server: { replicas: 5 }, note: '${HOME} %{if}' } }));
    expect(values(layer, 'ArgoCd').server).toMatchObject({ replicas: 5, pdb: { enabled: false } });
    expect((layer.resource('helm_release', 'ArgoCd').config.values as string[])[0]).toContain('"$${HOME} %%{if}"');
  });

  test('comes from the mirror and is found under the domain', () => {
    const layer = synthLayer(build(), { chartMirror: 'oci://registry.example.com/charts', domain: 'ml.example.com' });
    expect(layer.resources('helm_release').map((release) => release.config.repository)).toEqual(['oci://registry.example.com/charts', 'oci://registry.example.com/charts']);
    expect(values(layer, 'ArgoCd').global.domain).toBe('argocd.ml.example.com');
  });

  test('starts from one application, which waits for every namespace, later ones too', () => {
    const layer = synthLayer(build());
    const { applications, projects } = values(layer, 'Root');
    expect(applications['platform-root']).toMatchObject({ project: 'platform-root', source: { path: 'gitops/dev/applications' }, finalizers: ['resources-finalizer.argocd.argoproj.io'] });
    expect(projects['platform-root'].namespaceResourceWhitelist.map((entry: { kind: string }) => entry.kind)).toEqual(['Application', 'AppProject']);
    const namespaces = layer.resources('kubernetes_namespace_v1').map((namespace) => `kubernetes_namespace_v1.${namespace.name}`);
    expect(layer.resource('helm_release', 'Root').config.depends_on).toEqual(expect.arrayContaining(namespaces));
    expect(namespaces).toHaveLength(2);
  });

  test('deleting the root does not delete the platform where state is protected', () => {
    expect(values(synthLayer(build(), { tier: Tier.PRODUCTION }), 'Root').applications['platform-root'].finalizers).toBeUndefined();
  });
});
