import type { MlflowServerOptions } from '../../../constructs/registry';
import { MASTER_SECRET_TAG, MlflowServer } from '../../../constructs/registry';
import type { IModelRegistry } from '../../../constructs/registry';
import { ClusterSecretStore } from '../../../constructs/secrets';
import type { GitOpsTree } from '../../../constructs/gitops';
import { ContainerImage } from '../../../src/catalog';
import { Size, Tier } from '../../../src/core';
import type { EnvironmentProps } from '../../../src/core';
import type { AnyManifest } from '../../support/tree';
import { synthTree, treeErrors } from '../../support/tree';

const CLUSTER_ARN = 'arn:aws:rds:eu-central-1:111122223333:cluster:mlp-dev-registry';
const registry: IModelRegistry = {
  bucketName: 'models', artifactPrefix: 'mlflow/', artifactRoot: 's3://models/mlflow', databaseClusterArn: CLUSTER_ARN, databaseName: 'mlflow',
  connectionSecretName: 'mlp/dev/registry/connection', grants: undefined as never,
};

const build = (options: MlflowServerOptions & { privateCidrs?: string[] } = {}) => (tree: GitOpsTree) =>
  new MlflowServer(tree, 'Mlflow', { registry, store: new ClusterSecretStore(tree, 'Store', { namespaces: [MlflowServer.NAMESPACE] }), privateCidrs: ['10.0.0.0/19', '10.0.32.0/19'], ...options });
const synth = (options: Parameters<typeof build>[0] = {}, overrides: Partial<EnvironmentProps> = {}) => synthTree((tree) => void build(options)(tree), overrides);
const podOf = (workload: AnyManifest) => workload.spec.template.spec;
const argument = (workload: AnyManifest, name: string): string => podOf(workload).containers[0].args.find((arg: string) => arg.startsWith(`--${name}=`)).split('=').slice(1).join('=');

describe('an MLflow server with defaults', () => {
  const tree = synth();
  const server = tree.object('mlflow/deployment-mlflow.yaml');
  const job = tree.object('mlflow/job-mlflow-migration.yaml');

  test('serves artifacts of the registry with authentication', () => {
    expect(podOf(server).containers[0].image).toBe(ContainerImage.MLFLOW.image);
    expect(argument(server, 'artifacts-destination')).toBe('s3://models/mlflow');
    expect(argument(server, 'app-name')).toBe('basic-auth');
    expect(argument(server, 'workers')).toBe('2');
  });

  test('reads address and password of the database whenever it connects, so that rotation needs no restart', () => {
    expect(argument(server, 'backend-store-uri')).toBe('postgresql+psycopg2:///?service=mlflow');
    expect(tree.object('mlflow/configmap-mlflow.yaml').data['auth.ini']).toContain('database_uri = postgresql+psycopg2:///?service=mlflow\n');
    const [container] = podOf(server).containers;
    const file = container.env.find((entry: AnyManifest) => entry.name === 'PGSERVICEFILE').value;
    const mount = container.volumeMounts.find((entry: AnyManifest) => file.startsWith(`${entry.mountPath}/`));
    expect(podOf(server).volumes.find((volume: AnyManifest) => volume.name === mount.name).secret).toEqual({ secretName: 'mlflow-database', items: [{ key: 'pg_service.conf', path: 'pg_service.conf' }] });
    expect(container.env.some((entry: AnyManifest) => /PASSWORD$/.test(entry.name) && entry.value !== undefined)).toBe(false);
  });

  test('gets the address by the name of the connection secret and the password by the tag that RDS sets', () => {
    const { spec } = tree.object('mlflow/externalsecret-mlflow-database.yaml');
    expect(spec.data.map(({ remoteRef: { key, property } }: AnyManifest) => [key, property])).toEqual(['host', 'port', 'dbname'].map((property) => ['mlp/dev/registry/connection', property]));
    expect(spec.dataFrom).toMatchObject([{ find: { tags: { [MASTER_SECRET_TAG]: CLUSTER_ARN } }, rewrite: [{ regexp: { source: '^.*$', target: 'master' } }] }]);
    expect(spec.target.template.data['pg_service.conf']).toBe(
      '[mlflow]\nhost={{ .host }}\nport={{ .port }}\ndbname={{ .dbname }}\nuser={{ (.master | fromJson).username }}\npassword={{ (.master | fromJson).password }}\nsslmode=require\n',
    );
    expect(spec).toMatchObject({ refreshPolicy: 'Periodic', refreshInterval: '300s', secretStoreRef: { kind: 'ClusterSecretStore', name: 'aws-secrets-manager' } });
  });

  test('has session key and administrator made once in the cluster', () => {
    expect(tree.object('mlflow/password-mlflow-keys.yaml').spec).toMatchObject({ secretKeys: ['session-key', 'password'], length: 48, symbols: 0 });
    expect(tree.object('mlflow/externalsecret-mlflow-keys.yaml').spec).toMatchObject({ refreshPolicy: 'CreatedOnce', target: { template: { mergePolicy: 'Merge', data: { username: 'admin' } } } });
  });

  test('migrates both schemas after the secrets are there and before the server starts', () => {
    const wave = (object: AnyManifest) => Number(object.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    expect(wave(tree.object('mlflow/externalsecret-mlflow-database.yaml'))).toBeLessThan(wave(job));
    expect(wave(job)).toBeLessThan(wave(server));
    expect(job.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' });
    expect(podOf(job).initContainers[0].command).toEqual(['mlflow', 'db', 'upgrade', 'postgresql+psycopg2:///?service=mlflow']);
    expect(podOf(job).containers[0].command.slice(0, 5)).toEqual(['python', '-m', 'mlflow.server.auth', 'db', 'upgrade']);
  });

  test('runs hardened, as the restricted level asks', () => {
    for (const pod of [podOf(server), podOf(job)]) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
        expect(container.resources.requests).toHaveProperty('memory');
        expect(container.resources.limits).not.toHaveProperty('cpu');
      }
    }
  });

  test('survives nodes and zones, and leaves its size to the autoscaler', () => {
    expect(server.spec.replicas).toBeUndefined();
    expect(server.spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(podOf(server).topologySpreadConstraints.map((constraint: AnyManifest) => constraint.topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect(tree.object('mlflow/horizontalpodautoscaler-mlflow.yaml').spec).toMatchObject({ minReplicas: 2, maxReplicas: 6, scaleTargetRef: { kind: 'Deployment', name: 'mlflow' } });
    expect(tree.object('mlflow/poddisruptionbudget-mlflow.yaml').spec.maxUnavailable).toBe(1);
  });

  test('every selector finds the pods of the server and not those of the migration', () => {
    const labels = server.spec.template.metadata.labels;
    for (const selector of [tree.object('mlflow/service-mlflow.yaml').spec.selector, tree.object('mlflow/poddisruptionbudget-mlflow.yaml').spec.selector.matchLabels, server.spec.selector.matchLabels]) {
      expect(labels).toMatchObject(selector);
      expect(job.spec.template.metadata.labels).not.toMatchObject(selector);
    }
    expect(labels).toMatchObject(tree.object('mlflow/networkpolicy-mlflow.yaml').spec.podSelector.matchLabels);
    expect(job.spec.template.metadata.labels).toMatchObject(tree.object('mlflow/networkpolicy-mlflow.yaml').spec.podSelector.matchLabels);
  });

  test('lets in Prometheus and labelled namespaces, and reaches database, credentials, S3 and names only', () => {
    const { ingress, egress } = tree.object('mlflow/networkpolicy-mlflow.yaml').spec;
    expect(ingress).toHaveLength(1);
    expect(ingress[0].from.map((peer: AnyManifest) => peer.namespaceSelector.matchLabels)).toEqual([{ 'kubernetes.io/metadata.name': 'monitoring' }, { 'ml-platform/mlflow-client': 'true' }]);
    expect(egress.map((rule: AnyManifest) => [rule.to.map((peer: AnyManifest) => peer.ipBlock?.cidr ?? 'kube-system').join(), rule.ports[0].port])).toEqual([
      ['kube-system', 53], ['10.0.0.0/19,10.0.32.0/19', 5432], ['169.254.170.23/32', 80], ['0.0.0.0/0', 443],
    ]);
  });

  test('is scraped with credentials, at an address that it accepts as host', () => {
    expect(tree.object('mlflow/servicemonitor-mlflow.yaml').spec.endpoints).toEqual([
      { port: 'http', path: '/metrics', interval: '30s', basicAuth: { username: { name: 'mlflow-keys', key: 'username' }, password: { name: 'mlflow-keys', key: 'password' } } },
    ]);
    expect(argument(server, 'allowed-hosts').split(',')).toEqual(expect.arrayContaining(['mlflow.mlflow.svc:5000', '$(POD_IP):5000']));
  });

  test('is probed where no credentials are needed', () => {
    const [container] = podOf(server).containers;
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) expect(probe.httpGet).toMatchObject({ path: '/health', port: 'http' });
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBeGreaterThanOrEqual(120);
  });
});

describe('an MLflow server with everything set', () => {
  test('takes image, size and host names', () => {
    const tree = synth({ image: ContainerImage.of('registry.example.com/mlflow', 'sha256:abc'), minReplicas: 4, maxReplicas: 5, workers: 8, hosts: ['models.example.com'], scratch: Size.gibibytes(50) });
    const server = tree.object('mlflow/deployment-mlflow.yaml');
    expect(podOf(server).containers[0].image).toBe('registry.example.com/mlflow@sha256:abc');
    expect(tree.object('mlflow/job-mlflow-migration.yaml').spec.template.spec.containers[0].image).toBe('registry.example.com/mlflow@sha256:abc');
    expect(podOf(server).volumes.find((volume: AnyManifest) => volume.name === 'tmp').emptyDir).toEqual({ sizeLimit: '50Gi' });
    expect(argument(server, 'workers')).toBe('8');
    expect(argument(server, 'allowed-hosts').split(',')).toContain('models.example.com');
    expect(argument(server, 'cors-allowed-origins')).toBe('http://localhost:5000,https://models.example.com');
    expect(tree.object('mlflow/horizontalpodautoscaler-mlflow.yaml').spec).toMatchObject({ minReplicas: 4, maxReplicas: 5 });
  });

  test('follows domain and tier of its environment', () => {
    const tree = synth({}, { tier: Tier.PRODUCTION, domain: 'ml.example.com' });
    expect(argument(tree.object('mlflow/deployment-mlflow.yaml'), 'cors-allowed-origins')).toContain('https://mlflow.ml.example.com');
    expect(tree.object('mlflow/horizontalpodautoscaler-mlflow.yaml').spec).toMatchObject({ minReplicas: 3, maxReplicas: 9 });
  });

  test('says its address, and has the deployment as default child', () => {
    synthTree((tree) => {
      const server = build()(tree);
      expect(server.trackingUri).toBe('http://mlflow.mlflow.svc:5000');
      expect((server.node.defaultChild as unknown as { kind: string }).kind).toBe('Deployment');
    });
  });
});

describe('fails', () => {
  test.each([
    ['without replicas', { minReplicas: 0 }, ['MlflowReplicasInvalid']],
    ['with more least than most replicas', { minReplicas: 3, maxReplicas: 2 }, ['MlflowReplicasInvalid']],
    ['with half a worker and without subnets', { workers: 1.5, privateCidrs: [] }, ['MlflowWorkersInvalid', 'PrivateCidrsEmpty']],
  ])('%s', (_, options, codes) => expect(treeErrors((tree) => void build(options)(tree))).toEqual(codes));
});
