import type { Construct } from 'constructs';
import { EncryptionKey } from '../../../constructs/encryption';
import type { FeatureStoreProps, FeatureTableOptions } from '../../../constructs/features';
import { FeatureStore, FeatureTable, FeatureType } from '../../../constructs/features';
import { ArtifactBucket } from '../../../constructs/storage';
import { Tier } from '../../../src/core';
import type { EnvironmentProps } from '../../../src/core';
import type { SynthStack } from '../../../src/testing';
import { errorCodes, synthLayer } from '../../support/fixtures';
import { TestIdentity } from '../../support/identity';

const DRIVER: FeatureTableOptions = {
  tableName: 'driver_stats',
  entities: [{ name: 'driver_id', type: FeatureType.INT64 }],
  features: [{ name: 'conv_rate', type: FeatureType.DOUBLE, description: 'Share of offers taken' }, { name: 'embedding', type: FeatureType.DOUBLE_LIST }],
};
const ONLINE_ARN = 'arn:aws:dynamodb:eu-central-1:111122223333:table/mlp_dev.driver_stats';
const LOCATION = 's3://mlp-dev-features-111122223333-eu-central-1/features/driver_stats/';

const table = (options: Partial<FeatureTableOptions> = {}, store: FeatureStoreProps = {}) => (stack: Construct): FeatureTable =>
  new FeatureStore(stack, 'Features', store).addTable('DriverStats', { ...DRIVER, ...options });
const synth = (options: Partial<FeatureTableOptions> = {}, environment: Partial<EnvironmentProps> = {}): SynthStack => synthLayer(table(options), environment);

describe('a feature table', () => {
  const layer = synth();
  const offline = layer.resource('aws_glue_catalog_table');
  const descriptor = offline.config.storage_descriptor as { location: string; columns: { name: string; type: string; comment?: string }[] };

  test('all members are facts', () => {
    synthLayer((stack) => {
      const made = table()(stack);
      expect(made).toMatchObject({ tableName: 'driver_stats', onlineTableName: 'mlp_dev.driver_stats', onlineTableArn: ONLINE_ARN, databaseName: 'mlp_dev_features', offlineLocation: LOCATION });
      expect(made.schema.eventTimestamp).toBe('event_timestamp');
    });
  });

  test('online has the key that Feast looks up, is paid by request and encrypted by the key of the store', () => {
    expect(layer.resource('aws_dynamodb_table').config).toMatchObject({
      name: 'mlp_dev.driver_stats', billing_mode: 'PAY_PER_REQUEST', hash_key: 'entity_id', attribute: [{ name: 'entity_id', type: 'S' }],
      server_side_encryption: { enabled: true, kms_key_arn: expect.stringMatching(/^\$\{aws_kms_key\.Features_Key/) },
    });
    expect(layer.resource('aws_dynamodb_table').config).not.toHaveProperty('ttl');
  });

  test('offline is Parquet with every column of the schema', () => {
    expect(descriptor.location).toBe(LOCATION);
    expect(descriptor.columns).toEqual([
      { name: 'driver_id', type: 'bigint' },
      { name: 'conv_rate', type: 'double', comment: 'Share of offers taken' },
      { name: 'embedding', type: 'array<double>' },
      { name: 'event_timestamp', type: 'timestamp' },
    ]);
  });

  test('offline partitions are computed by day; the text column is what Feast compares with', () => {
    expect(offline.config).toMatchObject({ table_type: 'EXTERNAL_TABLE', partition_keys: [{ name: 'event_date', type: 'string' }] });
    expect(offline.config.parameters).toMatchObject({
      'projection.enabled': 'true', 'projection.event_date.type': 'date', 'projection.event_date.format': 'yyyy-MM-dd', 'projection.event_date.range': '2020-01-01,NOW',
      'storage.location.template': `${LOCATION}event_date=$$\{event_date}/`,
    });
  });

  test('the database stands before its tables', () => {
    expect(offline.config.depends_on).toEqual([`aws_glue_catalog_database.${layer.resource('aws_glue_catalog_database').name}`]);
  });

  test.each([[Tier.SANDBOX, false], [Tier.DEVELOPMENT, false], [Tier.STAGING, true], [Tier.PRODUCTION, true]])('%s: protected and restorable %s', (tier, protectsState) => {
    const { config } = synth({}, { tier }).resource('aws_dynamodb_table');
    expect(config).toMatchObject({ deletion_protection_enabled: protectsState, point_in_time_recovery: { enabled: protectsState } });
    expect(config.lifecycle).toEqual(protectsState ? { prevent_destroy: true } : undefined);
  });

  test('takes an expiry, a written time and another event time', () => {
    const full = synth({ expiryAttribute: 'expires', eventTimestamp: 'happened_at', createdTimestamp: 'written_at', description: 'Drivers' });
    expect(full.resource('aws_dynamodb_table').config).toMatchObject({ ttl: { enabled: true, attribute_name: 'expires' } });
    const columns = (full.resource('aws_glue_catalog_table').config.storage_descriptor as typeof descriptor).columns;
    expect(columns.slice(-2)).toEqual([{ name: 'happened_at', type: 'timestamp' }, { name: 'written_at', type: 'timestamp' }]);
  });

  test('the default child is the online table', () => {
    synthLayer((stack) => expect(table()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_dynamodb_table' }));
  });
});

describe('a feature store', () => {
  test('shares database, bucket and key among its tables', () => {
    const layer = synthLayer((stack) => {
      const bucket = ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'company-data' });
      const store = new FeatureStore(stack, 'Features', { name: 'fraud', project: 'fraud', offlinePrefix: 'offline/', bucket, encryptionKey: EncryptionKey.fromAliasName(stack, 'Own', 'alias/company') });
      store.addTable('One', { ...DRIVER, tableName: 'one' });
      store.addTable('Two', { ...DRIVER, tableName: 'two' });
      expect(store.tables.map((made) => [made.onlineTableName, made.offlineLocation])).toEqual([['fraud.one', 's3://company-data/offline/one/'], ['fraud.two', 's3://company-data/offline/two/']]);
      expect(store.databaseName).toBe('mlp_dev_fraud');
    });
    expect(layer.resources('aws_glue_catalog_database')).toHaveLength(1);
    expect([...layer.resources('aws_s3_bucket'), ...layer.resources('aws_kms_key')]).toEqual([]);
  });

  test('a table can join a store that exists', () => {
    const layer = synthLayer((stack) => {
      const store = { project: 'shared', databaseName: 'shared_features', offlinePrefix: 'features/', bucket: ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'company-data' }), encryptionKey: EncryptionKey.fromAliasName(stack, 'Own', 'alias/company') };
      new FeatureTable(stack, 'Mine', { ...DRIVER, store });
    });
    expect(layer.resource('aws_glue_catalog_table').config).toMatchObject({ database_name: 'shared_features' });
    expect(layer.resource('aws_dynamodb_table').config).toMatchObject({ name: 'shared.driver_stats' });
  });

  test('the default child is the database', () => {
    synthLayer((stack) => expect(new FeatureStore(stack, 'Features').node.defaultChild).toMatchObject({ terraformResourceType: 'aws_glue_catalog_database' }));
  });
});

describe('types', () => {
  test.each(Object.entries(FeatureType))('%s has a side for each store', (_, type: FeatureType) => {
    expect(type.hiveType).toMatch(/^[a-z<>]+$/);
    expect(type.feastName).toMatch(/^[A-Z][A-Za-z0-9()]+$/);
    expect(type.valueField).toMatch(/_val$/);
  });

  test('of() describes one that is not in the list', () => {
    expect(FeatureType.of('Array(Bool)', 'array<boolean>', 'bool_list_val')).toMatchObject({ hiveType: 'array<boolean>' });
  });
});

describe('fails', () => {
  const feature = (name: string) => ({ name, type: FeatureType.DOUBLE });
  test.each<[string, Partial<FeatureTableOptions>]>([
    ['SchemaEmpty', { features: [] }],
    ['EntityMissing', { entities: [] }],
    ['EntityTypeInvalid', { entities: [feature('driver_id')] }],
    ['FeatureNameInvalid', { features: [feature('ConvRate')] }],
    ['FeatureNameInvalid', { features: [feature('conv__rate')] }],
    ['FeatureNameInvalid', { tableName: 'driver-stats' }],
    ['FeatureNameDuplicate', { features: [feature('driver_id')] }],
    ['FeatureNameDuplicate', { eventTimestamp: 'conv_rate' }],
    ['FeatureNameReserved', { features: [feature('timestamp')] }],
    ['FeatureNameReserved', { features: [feature('event_date')] }],
    ['FeatureNameReserved', { tableName: 'user' }],
    ['ExpiryAttributeReserved', { expiryAttribute: 'entity_id' }],
    ['NameTooLong', { tableName: 'f'.repeat(250) }],
  ])('%s', (code, options) => {
    expect(errorCodes(table(options))).toEqual([code]);
  });

  test('with all problems together', () => {
    expect(errorCodes(table({ entities: [], features: [feature('X'), feature('y'), feature('y')] }))).toEqual(['EntityMissing', 'FeatureNameInvalid', 'FeatureNameDuplicate']);
  });

  test('FeatureProjectInvalid, PrefixInvalid, PhysicalNameDuplicate', () => {
    expect(errorCodes(table({}, { project: '_ml' }))).toEqual(['FeatureProjectInvalid']);
    expect(errorCodes(table({}, { offlinePrefix: '/features' }))).toEqual(['PrefixInvalid']);
    expect(errorCodes((stack) => { table()(stack); new FeatureStore(stack, 'Again'); })).toEqual(['PhysicalNameDuplicate']);
    expect(errorCodes((stack) => { const store = new FeatureStore(stack, 'Features'); store.addTable('A', DRIVER); store.addTable('B', DRIVER); })).toEqual(['PhysicalNameDuplicate']);
  });
});

describe('grants', () => {
  const granted = (grant: (made: FeatureTable, identity: TestIdentity) => void): TestIdentity => {
    let identity: TestIdentity | undefined;
    synthLayer((stack) => {
      identity = new TestIdentity(stack);
      grant(table()(stack), identity);
    });
    return identity as TestIdentity;
  };

  test('readOnline looks up items of this table', () => {
    const identity = granted((made, to) => made.grants.readOnline(to));
    expect(identity.allowed).toEqual(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'kms:Decrypt', 'kms:DescribeKey']);
    expect(identity.about('dynamodb:GetItem')[0]?.resources).toEqual([ONLINE_ARN]);
  });

  test('writeOnline leaves the table and its tags to Terraform', () => {
    const identity = granted((made, to) => made.grants.writeOnline(to));
    expect(identity.allowed).toEqual(expect.arrayContaining(['dynamodb:BatchWriteItem', 'dynamodb:DescribeTable']));
    expect(identity.about('dynamodb:DeleteTable')).toEqual([{ effect: 'Deny', actions: ['dynamodb:CreateTable', 'dynamodb:DeleteTable', 'dynamodb:TagResource', 'dynamodb:UntagResource'], resources: [ONLINE_ARN] }]);
  });

  test('readOffline opens the files of this table and its description', () => {
    const identity = granted((made, to) => made.grants.readOffline(to));
    expect(identity.about('s3:GetObject')).toEqual([{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::mlp-dev-features-111122223333-eu-central-1/features/driver_stats/*'] }]);
    expect(identity.about('glue:GetTable')[0]?.resources).toEqual(['catalog', 'database/mlp_dev_features', 'table/mlp_dev_features/driver_stats'].map((resource) => `arn:aws:glue:eu-central-1:111122223333:${resource}`));
    expect(identity.allowed).not.toContain('s3:PutObject');
  });

  test('writeOffline adds files, and changes no description', () => {
    const { allowed } = granted((made, to) => made.grants.writeOffline(to));
    expect(allowed).toContain('s3:PutObject');
    expect(allowed.filter((action) => action.startsWith('glue:'))).toEqual(['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable']);
  });

  test('are made of facts', () => {
    const identity = granted((made, to) => [made.grants.writeOnline(to), made.grants.writeOffline(to)]);
    expect(JSON.stringify(identity.statements)).not.toMatch(/\$\{|TfToken/);
  });
});
