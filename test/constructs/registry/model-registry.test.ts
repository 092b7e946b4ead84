import type { Construct } from 'constructs';
import { EncryptionKey } from '../../../constructs/encryption';
import type { INetwork } from '../../../constructs/network';
import type { IModelRegistry, ModelRegistryOptions } from '../../../constructs/registry';
import { ModelRegistry } from '../../../constructs/registry';
import { ArtifactBucket } from '../../../constructs/storage';
import { AuroraPostgresVersion } from '../../../src/catalog';
import type { EnvironmentProps } from '../../../src/core';
import { Duration, Tier } from '../../../src/core';
import type { SynthStack } from '../../../src/testing';
import { errorCodes, synthLayer } from '../../support/fixtures';
import { TestIdentity } from '../../support/identity';

const CLUSTER_ARN = 'arn:aws:rds:eu-central-1:111122223333:cluster:mlp-dev-registry';

/** A network of two or three zones. */
function aNetwork(zones = 3): INetwork {
  const first = <T>(values: readonly T[]): readonly T[] => values.slice(0, zones);
  return {
    vpcId: 'vpc-0123456789abcdef0',
    vpcCidr: '10.0.0.0/16',
    zones: first(['eu-central-1a', 'eu-central-1b', 'eu-central-1c']),
    privateSubnetIds: first(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb', 'subnet-0cccccccccccccccc']),
    privateSubnetCidrs: first(['10.0.0.0/19', '10.0.32.0/19', '10.0.64.0/19']),
    publicSubnetIds: [],
  };
}

const registry = (options: ModelRegistryOptions = {}) => (stack: Construct) => new ModelRegistry(stack, 'Registry', { network: aNetwork(), ...options });
const synth = (options: ModelRegistryOptions = {}, environment: Partial<EnvironmentProps> = {}): SynthStack => synthLayer(registry(options), environment);

describe('defaults', () => {
  const layer = synth();
  const cluster = layer.resource('aws_rds_cluster').config;

  test('all members are facts', () => {
    synthLayer((stack) => {
      expect(registry()(stack)).toMatchObject({
        bucketName: 'mlp-dev-registry-111122223333-eu-central-1',
        artifactPrefix: 'mlflow/',
        artifactRoot: 's3://mlp-dev-registry-111122223333-eu-central-1/mlflow',
        databaseClusterArn: CLUSTER_ARN,
        databaseName: 'mlflow',
        connectionSecretName: 'mlp/dev/registry/connection',
      });
    });
  });

  test('is Aurora PostgreSQL Serverless v2 of a pinned long-term support version', () => {
    expect(cluster).toMatchObject({ engine: 'aurora-postgresql', engine_version: '16.8', serverlessv2_scaling_configuration: { min_capacity: 0.5, max_capacity: 4 } });
    expect(layer.resource('aws_rds_cluster_instance').config).toMatchObject({ instance_class: 'db.serverless', auto_minor_version_upgrade: false, publicly_accessible: false });
  });

  test('no password passes through Terraform', () => {
    expect(cluster).toMatchObject({ manage_master_user_password: true, iam_database_authentication_enabled: true });
    expect(JSON.stringify(layer.json)).not.toMatch(/master_password|random_password/);
  });

  test('one key of its own encrypts storage, secrets, logs and insights', () => {
    const key = cluster.kms_key_id;
    expect(key).toMatch(/^\$\{aws_kms_key\./);
    expect(cluster).toMatchObject({ storage_encrypted: true, master_user_secret_kms_key_id: key });
    expect(layer.resource('aws_secretsmanager_secret').config.kms_key_id).toBe(key);
    expect(layer.resource('aws_cloudwatch_log_group').config.kms_key_id).toBe(key);
    expect(layer.resource('aws_rds_cluster_instance').config).toMatchObject({ performance_insights_enabled: true, performance_insights_kms_key_id: key, performance_insights_retention_period: 7 });
  });

  test('clients must use TLS', () => {
    expect(layer.resource('aws_rds_cluster_parameter_group').config).toMatchObject({ family: 'aurora-postgresql16', parameter: [{ name: 'rds.force_ssl', value: '1' }] });
  });

  test('the private subnets get in on 5432, each by a rule of its own, and nothing gets out', () => {
    expect(layer.resources('aws_vpc_security_group_ingress_rule').map(({ config }) => [config.cidr_ipv4, config.from_port, config.to_port, config.ip_protocol])).toEqual([
      ['10.0.0.0/19', 5432, 5432, 'tcp'],
      ['10.0.32.0/19', 5432, 5432, 'tcp'],
      ['10.0.64.0/19', 5432, 5432, 'tcp'],
    ]);
    expect(layer.resources('aws_vpc_security_group_egress_rule')).toEqual([]);
    expect(layer.resource('aws_security_group', 'Database').config).not.toHaveProperty('egress');
  });

  test('the log group stands before RDS would make one that is kept for ever', () => {
    const log = layer.resource('aws_cloudwatch_log_group');
    expect(log.config).toMatchObject({ name: '/aws/rds/cluster/mlp-dev-registry/postgresql', retention_in_days: 30 });
    expect(cluster).toMatchObject({ enabled_cloudwatch_logs_exports: ['postgresql'], depends_on: [`aws_cloudwatch_log_group.${log.name}`] });
  });

  test('the connection secret says where, and no password', () => {
    const value = JSON.parse(layer.resource('aws_secretsmanager_secret_version').config.secret_string as string) as object;
    expect(value).toEqual({ host: expect.stringMatching(/^\$\{aws_rds_cluster\..*\.endpoint\}$/), port: 5432, dbname: 'mlflow', engine: 'postgres' });
  });

  test('the default child is the database cluster', () => {
    synthLayer((stack) => expect(registry()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_rds_cluster' }));
  });
});

describe('by tier', () => {
  test('sandbox has one instance and leaves nothing behind', () => {
    const layer = synth({}, { tier: Tier.SANDBOX });
    expect(layer.resource('aws_rds_cluster').config).toMatchObject({ deletion_protection: false, skip_final_snapshot: true, delete_automated_backups: true, apply_immediately: true, backup_retention_period: 1 });
    expect(layer.resource('aws_secretsmanager_secret').config).toMatchObject({ recovery_window_in_days: 0 });
    expect(layer.resources('aws_rds_cluster_instance')).toHaveLength(1);
  });

  test('production has a replica in another zone and is protected', () => {
    const layer = synth({}, { tier: Tier.PRODUCTION });
    const cluster = layer.resource('aws_rds_cluster').config;
    expect(cluster).toMatchObject({
      deletion_protection: true, skip_final_snapshot: false, final_snapshot_identifier: 'mlp-dev-registry-final', delete_automated_backups: false,
      apply_immediately: false, backup_retention_period: 35, copy_tags_to_snapshot: true, lifecycle: { prevent_destroy: true },
    });
    expect(layer.resource('aws_secretsmanager_secret').config).toMatchObject({ recovery_window_in_days: 30 });
    expect(layer.resources('aws_rds_cluster_instance').map(({ config }) => [config.identifier, config.availability_zone, config.promotion_tier])).toEqual([
      ['mlp-dev-registry-1', 'eu-central-1a', 0],
      ['mlp-dev-registry-2', 'eu-central-1b', 1],
    ]);
  });
});

test('everything set', () => {
  const layer = synthLayer((stack) => {
    const bucket = ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'company-models' });
    const network = aNetwork(2);
    const made = new ModelRegistry(stack, 'Registry', {
      name: 'models', network, bucket, artifactPrefix: 'team/models/', databaseName: 'models', masterUsername: 'owner', version: AuroraPostgresVersion.V17_7,
      replicas: 2, minCapacity: 0, maxCapacity: 1.5, backupRetention: Duration.days(3), encryptionKey: EncryptionKey.fromAliasName(stack, 'Own', 'alias/company'),
    });
    expect(made).toMatchObject({ artifactRoot: 's3://company-models/team/models', connectionSecretName: 'mlp/dev/models/connection' });
  });
  expect(layer.resources('aws_s3_bucket')).toEqual([]);
  expect(layer.resources('aws_kms_key')).toEqual([]);
  expect(layer.resource('aws_rds_cluster').config).toMatchObject({ database_name: 'models', master_username: 'owner', engine_version: '17.7', backup_retention_period: 3, serverlessv2_scaling_configuration: { min_capacity: 0, max_capacity: 1.5 } });
  expect(layer.resource('aws_rds_cluster_parameter_group').config).toMatchObject({ name: 'mlp-dev-models-postgresql17', family: 'aurora-postgresql17' });
  expect(layer.resources('aws_rds_cluster_instance').map(({ config }) => config.availability_zone)).toEqual(['eu-central-1a', 'eu-central-1b', 'eu-central-1a']);
});

describe('fails', () => {
  test.each<[string, ModelRegistryOptions]>([
    ['DatabaseNameInvalid', { databaseName: 'ML-flow' }],
    ['DatabaseNameInvalid', { databaseName: 'postgres' }],
    ['DatabaseUserInvalid', { masterUsername: 'admin' }],
    ['DatabaseCapacityInvalid', { minCapacity: 0.25 }],
    ['DatabaseCapacityInvalid', { maxCapacity: 257 }],
    ['DatabaseCapacityInverted', { minCapacity: 8, maxCapacity: 4 }],
    ['DatabaseReplicasInvalid', { replicas: 16 }],
    ['BackupRetentionInvalid', { backupRetention: Duration.days(36) }],
    ['PrefixInvalid', { artifactPrefix: 'mlflow' }],
    ['NameTooLong', { name: 'a-registry-whose-name-is-so-long-that-no-cluster-could-carry-it-ever' }],
  ])('%s', (code, options) => {
    expect(errorCodes(registry(options))).toEqual([code]);
  });

  test('with all problems together', () => {
    expect(errorCodes(registry({ databaseName: '1', replicas: -1 }))).toEqual(['DatabaseNameInvalid', 'DatabaseReplicasInvalid']);
  });

  test('PhysicalNameDuplicate and PrefixOverlap for two registries in one place', () => {
    const two = (second: ModelRegistryOptions) => (stack: Construct): void => {
      const bucket = ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'company-models' });
      const network = aNetwork();
      new ModelRegistry(stack, 'One', { network, bucket });
      new ModelRegistry(stack, 'Two', { network, bucket, ...second });
    };
    expect(errorCodes(two({}))).toEqual(['PhysicalNameDuplicate']);
    expect(errorCodes(two({ name: 'two' }))).toEqual(['PrefixOverlap']);
    expect(errorCodes(two({ name: 'two', artifactPrefix: 'two/' }))).toEqual([]);
  });

  test('DatabaseVersionUnknown', () => {
    expect(() => AuroraPostgresVersion.of('16.2')).toThrow(/\[DatabaseVersionUnknown\].*16\.8/);
    expect(AuroraPostgresVersion.of('17.9', { endOfStandardSupport: '2027-12-01' })).toMatchObject({ majorVersion: '17', longTermSupport: false });
  });
});

describe('grants', () => {
  const granted = (grant: (registry: IModelRegistry, identity: TestIdentity) => void, make: (stack: Construct) => IModelRegistry = registry()): TestIdentity => {
    let identity: TestIdentity | undefined;
    synthLayer((stack) => {
      identity = new TestIdentity(stack);
      grant(make(stack), identity);
    });
    return identity as TestIdentity;
  };

  test('connect opens the prefix of the registry and nothing else', () => {
    const identity = granted((made, to) => made.grants.connect(to));
    expect(identity.allowed.filter((action) => !/^(s3|kms):/.test(action))).toEqual([]);
    expect(identity.about('s3:PutObject')[0]?.resources).toEqual(['arn:aws:s3:::mlp-dev-registry-111122223333-eu-central-1/mlflow/*']);
    expect(granted((made, to) => made.grants.readArtifacts(to)).allowed).not.toContain('s3:PutObject');
  });

  test('readConnection opens one secret by name and the master secret by the tag of RDS', () => {
    const identity = granted((made, to) => made.grants.readConnection(to));
    const read = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];
    expect(identity.about('secretsmanager:GetSecretValue')).toEqual([
      { actions: read, resources: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:mlp/dev/registry/connection-??????'] },
      { actions: read, resources: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!cluster-*'], conditions: { StringEquals: { 'secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn': CLUSTER_ARN } } },
    ]);
    expect(identity.about('kms:Decrypt')[0]?.conditions).toEqual({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/mlp-dev-registry-database'] }, StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } });
    expect(identity.statements.filter((statement) => statement.resources?.includes('*')).flatMap((statement) => statement.actions)).toEqual(['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets']);
  });

  test('are made of facts, and work for a registry that exists', () => {
    const imported = (stack: Construct): IModelRegistry =>
      ModelRegistry.fromAttributes(stack, 'Company', {
        bucket: ArtifactBucket.fromBucketName(stack, 'Bucket', { bucketName: 'company-models' }),
        artifactPrefix: 'mlflow/', clusterIdentifier: 'company', databaseName: 'mlflow', connectionSecretName: 'company/mlflow', keyAliasName: 'alias/company',
      });
    const all = (made: IModelRegistry, to: TestIdentity): void => void [made.grants.connect(to), made.grants.readConnection(to)];
    expect(JSON.stringify(granted(all).statements)).not.toMatch(/\$\{|TfToken/);
    const text = JSON.stringify(granted(all, imported).statements);
    for (const part of ['arn:aws:s3:::company-models/mlflow/*', 'secret:company/mlflow-??????', 'cluster:company"', 'alias/company']) expect(text).toContain(part);
  });
});
