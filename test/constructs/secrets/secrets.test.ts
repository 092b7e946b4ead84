import type { ApiObject } from 'cdk8s';
import { PlatformNamespace, SyncWave } from '../../../constructs/gitops';
import { ClusterSecretStore, ExternalSecret, ExternalSecrets, GeneratedSecret } from '../../../constructs/secrets';
import { Duration, Tier } from '../../../src/core';
import { synthTree, treeErrors } from '../../support/tree';

const wave = (application: { metadata: { annotations: { [key: string]: string } } }) => Number(application.metadata.annotations['argocd.argoproj.io/sync-wave']);

describe('External Secrets', () => {
  test('works by the pod identity of its service account, one active and one ready to take over', () => {
    const values = synthTree((tree) => new ExternalSecrets(tree, 'ExternalSecrets'), { tier: Tier.PRODUCTION }).values('external-secrets');
    expect(values).toMatchObject({ replicaCount: 2, leaderElect: true, serviceAccount: { name: 'external-secrets' }, webhook: { replicaCount: 2 }, podDisruptionBudget: { enabled: true } });
    expect(values.serviceAccount.annotations).toBeUndefined();
    expect(ExternalSecrets.NAMESPACE.name).toBe('external-secrets');
    expect(ExternalSecrets.SERVICE_ACCOUNT).toBe('external-secrets');
  });

  test('takes a number of replicas, and values last', () => {
    const values = synthTree((tree) => new ExternalSecrets(tree, 'ExternalSecrets', { replicas: 1, values: { webhook: { replicaCount: 4 }, log: { level: 'debug' } } })).values('external-secrets');
    expect(values).toMatchObject({ replicaCount: 1, leaderElect: false, podDisruptionBudget: { enabled: false }, webhook: { replicaCount: 4, podDisruptionBudget: { enabled: false } }, log: { level: 'debug' } });
  });
});

describe('a secret store', () => {
  test('is open to the named namespaces only, after the operator answers', () => {
    const tree = synthTree((gitOps) => {
      new ExternalSecrets(gitOps, 'ExternalSecrets');
      const store = new ClusterSecretStore(gitOps, 'Store', { namespaces: [PlatformNamespace.MONITORING, PlatformNamespace.MLFLOW] });
      expect((store.node.defaultChild as ApiObject).kind).toBe('ClusterSecretStore');
    });
    expect(tree.object('secret-stores/clustersecretstore-aws-secrets-manager.yaml').spec).toEqual({
      conditions: [{ namespaces: ['mlflow', 'monitoring'] }],
      provider: { aws: { region: 'eu-central-1', service: 'SecretsManager' } },
    });
    expect(wave(tree.object('applications/secret-stores.yaml'))).toBeGreaterThan(wave(tree.object('applications/external-secrets.yaml')));
  });

  test('fails without namespaces: it would be open to all', () => {
    expect(treeErrors((tree) => void new ClusterSecretStore(tree, 'Store', { namespaces: [] }))).toEqual(['SecretStoreOpen']);
  });
});

describe('secrets in the cluster', () => {
  const tree = synthTree((gitOps) => {
    const store = new ClusterSecretStore(gitOps, 'Store', { namespaces: [PlatformNamespace.of('team-a')], storeName: 'team-store' });
    const application = gitOps.addApplication('demo', { namespace: PlatformNamespace.of('team-a'), wave: SyncWave.SERVICES });
    new ExternalSecret(application, 'Read', {
      name: 'read', store, refresh: Duration.minutes(2), fields: { token: { secretName: 'mlp/dev/token', property: 'value' } }, template: { header: 'Bearer {{ .token }}' }, annotations: { a: 'b' },
    });
    expect(new GeneratedSecret(application, 'Made', { name: 'made', randomKeys: ['one', 'two'] }).secretName).toBe('made');
  });

  test('are read by name and shaped by a template', () => {
    expect(tree.object('demo/externalsecret-read.yaml')).toMatchObject({
      metadata: { name: 'read', namespace: 'team-a', annotations: { a: 'b' } },
      spec: {
        secretStoreRef: { name: 'team-store' }, refreshInterval: '120s', target: { template: { data: { header: 'Bearer {{ .token }}' } } },
        data: [{ secretKey: 'token', remoteRef: { key: 'mlp/dev/token', property: 'value' } }],
      },
    });
    expect(tree.object('demo/externalsecret-read.yaml').spec.dataFrom).toBeUndefined();
  });

  test('or made once from a generator that only they use', () => {
    const { spec } = tree.object('demo/externalsecret-made.yaml');
    expect(spec).toMatchObject({ refreshPolicy: 'CreatedOnce', dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'made' } } }] });
    expect(spec.target.template).toBeUndefined();
    expect(tree.object('demo/password-made.yaml').spec.secretKeys).toEqual(['one', 'two']);
  });
});
