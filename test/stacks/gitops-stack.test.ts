import { parse } from 'yaml';
import { Taint } from '../../constructs/compute';
import { PlatformNamespace, SyncWave } from '../../constructs/gitops';
import type { IModelRegistry } from '../../constructs/registry';
import { Chart } from '../../src/catalog';
import type { EnvironmentProps } from '../../src/core';
import { Tier } from '../../src/core';
import { checkHelmValues, checkManifest, checkTerraformJson, gitopsProviderSchemas } from '../../src/local/schema';
import { synthAll } from '../../src/testing';
import type { GitOpsStackProps } from '../../stacks/gitops-stack';
import { GitOpsStack } from '../../stacks/gitops-stack';
import { anEnvironment } from '../support/fixtures';
import { describeWithReference } from '../support/reference';
import type { AnyManifest } from '../support/tree';
import { readTree } from '../support/tree';

const registry: IModelRegistry = {
  bucketName: 'models', artifactPrefix: 'mlflow/', artifactRoot: 's3://models/mlflow', databaseClusterArn: 'arn:aws:rds:eu-central-1:111122223333:cluster:mlp-dev-registry', databaseName: 'mlflow',
  connectionSecretName: 'mlp/dev/registry/connection', grants: undefined as never,
};
const gpuNodes = { labels: { 'nvidia.com/gpu.present': 'true' }, taints: [Taint.noSchedule('nvidia.com/gpu', 'present')] };

function synth(overrides: Partial<EnvironmentProps> = {}, props: Partial<GitOpsStackProps> = {}, extend: (stack: GitOpsStack) => void = () => undefined) {
  const environment = anEnvironment(overrides);
  const result = synthAll((app) => extend(new GitOpsStack(app, { environment, clusterName: 'mlp-dev', registry, privateCidrs: ['10.0.0.0/19'], gpuNodes, ...props })));
  const stack = result.stack(`${environment.name}-gitops`);
  return { stack, tree: readTree(stack.files), provider: stack.json.provider as AnyManifest };
}

const applicationsOf = (tree: ReturnType<typeof readTree>) => tree.files.filter((file) => file.startsWith('applications/')).map((file) => tree.object(file)).filter(({ kind }) => kind === 'Application');

describe.each([[Tier.SANDBOX], [Tier.PRODUCTION]])('the gitops layer of tier %s', (tier) => {
  const { stack, tree } = synth({ tier });

  test('holds every application in its wave', () => {
    const waves = applicationsOf(tree).map(({ metadata }) => [metadata.name, Number(metadata.annotations['argocd.argoproj.io/sync-wave'])]);
    expect(Object.fromEntries(waves)).toEqual({
      'platform-base': 0, 'prometheus-operator-crds': 10, 'external-secrets': 20, 'secret-stores': 30, 'dcgm-exporter': 40, 'kube-prometheus-stack': 40, mlflow: 40, 'nvidia-device-plugin': 40,
    });
  });

  test('creates every namespace before anything is synced', () => {
    const names = stack.resources('kubernetes_namespace_v1').map(({ config }) => (config.metadata as { name: string }).name).sort();
    expect(names).toEqual(['argocd', 'external-secrets', 'gpu', 'mlflow', 'monitoring']);
    expect(applicationsOf(tree).every(({ spec }) => names.includes(spec.destination.namespace))).toBe(true);
    expect(stack.resource('helm_release', 'RootApplication').config.depends_on).toHaveLength(names.length + 2);
  });

  test('holds no secret value: neither in the tree nor in the plan', () => {
    const objects = tree.files.map((file) => tree.object(file));
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(stack.resource('kubernetes_secret_v1').config.data).toEqual({ name: 'in-cluster', server: 'https://kubernetes.default.svc', config: '{"tlsClientConfig":{"insecure":false}}' });
  });

  test('says what the platform knows of itself on Argo CD\'s cluster', () => {
    const [metadata] = [stack.resource('kubernetes_secret_v1').config.metadata as AnyManifest].flat();
    expect(metadata.labels['argocd.argoproj.io/secret-type']).toBe('cluster');
    expect(metadata.annotations).toMatchObject({
      'ml-platform/account': '111122223333', 'ml-platform/cluster-name': 'mlp-dev', 'ml-platform/artifact-bucket': 'models', 'ml-platform/registry-connection-secret': 'mlp/dev/registry/connection', 'ml-platform/tier': tier.name,
    });
  });

  test('never uses kubernetes_manifest', () => expect(stack.resources('kubernetes_manifest')).toEqual([]));
});

describe('its providers', () => {
  const { stack, provider } = synth();

  test('find the cluster by name and ask for a token at each run', () => {
    expect(stack.dataSources('aws_eks_cluster').map(({ config }) => config)).toEqual([{ name: 'mlp-dev' }]);
    const [kubernetes] = provider.kubernetes;
    const [{ kubernetes: helm }] = provider.helm;
    const exec = { api_version: 'client.authentication.k8s.io/v1beta1', command: 'aws', args: ['eks', 'get-token', '--cluster-name', 'mlp-dev', '--region', 'eu-central-1'] };
    expect(kubernetes.exec).toEqual([exec]);
    expect(helm.exec).toEqual(exec);
    expect([helm.host, helm.cluster_ca_certificate]).toEqual([kubernetes.host, kubernetes.cluster_ca_certificate]);
    expect(kubernetes.host).toBe('${data.aws_eks_cluster.Cluster.endpoint}');
  });

  test('are named so that OpenTofu finds them too', () => {
    const { required_providers: required } = stack.json.terraform as AnyManifest;
    expect(Object.values(required).map((entry) => (entry as { source: string }).source).sort()).toEqual(['hashicorp/aws', 'hashicorp/helm', 'hashicorp/kubernetes']);
  });

  test('read the administrator\'s file in an emulated environment, where nothing else differs', () => {
    const emulated = synth({ awsEndpoint: 'http://127.0.0.1:5000' });
    expect(emulated.provider.kubernetes).toEqual([{ config_path: '${var.kubeconfig_path}' }]);
    expect(emulated.provider.helm).toEqual([{ kubernetes: { config_path: '${var.kubeconfig_path}' } }]);
    expect(emulated.stack.resources().map(({ type, config }) => [type, config])).toEqual(stack.resources().map(({ type, config }) => [type, config]));
    expect(emulated.stack.files).toEqual(stack.files);
  });
});

describe('choices', () => {
  test('without GPU nodes there is neither device plugin nor GPU metrics', () => {
    const { stack, tree } = synth({}, { gpuNodes: undefined });
    expect(applicationsOf(tree).map(({ metadata }) => metadata.name)).not.toEqual(expect.arrayContaining(['dcgm-exporter']));
    expect(JSON.stringify(stack.json)).not.toContain('"gpu"');
  });

  test('reach their part', () => {
    const { tree, stack } = synth({}, { argoCd: { replicas: 3 }, mlflow: { workers: 4 }, monitoring: { replicas: 2 }, externalSecrets: { replicas: 1 }, facts: { 'feature-bucket': 'features' }, volumeKeyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/ebs' });
    expect(parse((stack.resource('helm_release', 'ArgoCd').config.values as string[])[0] as string)['redis-ha'].enabled).toBe(true);
    expect(tree.object('mlflow/deployment-mlflow.yaml').spec.template.spec.containers[0].args).toContain('--workers=4');
    expect(tree.values('kube-prometheus-stack').prometheus.prometheusSpec.replicas).toBe(2);
    expect(tree.values('external-secrets').replicaCount).toBe(1);
    expect(JSON.stringify(stack.resource('kubernetes_secret_v1').config)).toContain('"ml-platform/feature-bucket":"features"');
    expect(tree.object('platform-base/storageclass-gp3.yaml').parameters.kmsKeyId).toContain('alias/ebs');
  });

  test('more applications can be added, in namespaces of their own', () => {
    const { tree, stack } = synth({}, {}, (layer) => layer.tree.addApplication('keda', { namespace: PlatformNamespace.of('keda'), wave: SyncWave.OPERATORS, helm: { chart: Chart.KEDA } }));
    expect(tree.object('applications/keda.yaml').spec.source.chart).toBe('keda');
    expect(stack.resources('kubernetes_namespace_v1')).toHaveLength(6);
    expect(stack.resource('helm_release', 'RootApplication').config.depends_on).toHaveLength(8);
  });

  test('is the same twice', () => expect(JSON.stringify(synth().stack)).toBe(JSON.stringify(synth().stack)));
});

describeWithReference('by the reference schemas', (reference) => {
  const variants = [
    ['sandbox', {}, {}],
    ['production with domain and mirror', { tier: Tier.PRODUCTION, domain: 'ml.example.com', chartMirror: 'oci://registry.example.com/charts' }, {}],
    ['emulated, one replica', { tier: Tier.SANDBOX, awsEndpoint: 'http://127.0.0.1:5000' }, { argoCd: { replicas: 1 }, externalSecrets: { replicas: 1 }, mlflow: { minReplicas: 1 } }],
  ] as const;

  test.each(variants)('%s: manifests, Helm keys and Terraform arguments are known', (_, overrides, props) => {
    const { stack, tree } = synth(overrides, props);
    const wrong = tree.files.flatMap((file) => (checkManifest(tree.object(file), '1.35', reference) ?? [{ message: 'not checked' }]).map((problem) => ({ file, ...problem })));
    expect(wrong).toEqual([]);
    const charts = [
      ...applicationsOf(tree).flatMap(({ spec }) => (spec.sources ?? [spec.source]).filter((source: AnyManifest) => source.chart).map((source: AnyManifest) => [source.chart, source.helm.valuesObject])),
      ...stack.resources('helm_release').map(({ config }) => [config.chart, parse((config.values as string[])[0] as string)]),
    ];
    expect(charts.flatMap(([chart, values]) => checkHelmValues(chart, values, reference) ?? [{ message: `${chart} not checked` }])).toEqual([]);
    const providers = gitopsProviderSchemas(reference);
    expect(checkTerraformJson(stack.json, providers ?? []).problems).toEqual([]);
    expect(charts).toHaveLength(7);
  });
});

test('refuses a tree that is wrong, with the rest of the program', () => {
  expect(() => synth({}, { registry: { ...registry, artifactRoot: '${aws_s3_bucket.b.id}' } })).toThrow(/\[TokenInManifest\] Deployment "mlflow" holds a Terraform token in spec\.template\.spec\.containers\[0\]\.args\[3\]/);
});
