import type { Construct } from 'constructs';
import { EncryptionKey } from '../../../constructs/encryption';
import type { ArtifactBucketProps, IArtifactBucket, ObjectLifecycle } from '../../../constructs/storage';
import { AccessLogBucket, ArtifactBucket, claimPrefix, StorageClass } from '../../../constructs/storage';
import { Duration, Tier } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';
import { TestIdentity } from '../../support/identity';

const NAME = 'mlp-dev-artifacts-111122223333-eu-central-1';
const ARN = `arn:aws:s3:::${NAME}`;

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Resource: unknown;
  readonly Condition: Record<string, Record<string, unknown>>;
}

const bucket = (props: ArtifactBucketProps = {}) => (stack: Construct) => new ArtifactBucket(stack, 'Artifacts', props);
const statements = (config: { readonly [key: string]: unknown }): Statement[] => (JSON.parse(config.policy as string) as { Statement: Statement[] }).Statement;
const sids = (config: { readonly [key: string]: unknown }): string[] => statements(config).map((statement) => statement.Sid);

describe('defaults', () => {
  const layer = synthLayer(bucket());

  test('the name and ARN are facts', () => {
    synthLayer((stack) => expect(bucket()(stack)).toMatchObject({ bucketName: NAME, bucketArn: ARN, keyAliasName: 'alias/mlp-dev-artifacts' }));
  });

  test('it keeps versions and encrypts with a key of its own and bucket keys', () => {
    expect(layer.resource('aws_s3_bucket_versioning').config.versioning_configuration).toEqual({ status: 'Enabled' });
    expect(layer.resource('aws_s3_bucket_server_side_encryption_configuration', 'Artifacts/Encryption').config.rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: expect.stringMatching(/^\$\{aws_kms_key\..*\.arn\}$/) }, bucket_key_enabled: true },
    ]);
  });

  test.each(['Artifacts/PublicAccessBlock', 'AccessLog/PublicAccessBlock'])('%s closes every public door', (path) => {
    expect(layer.resource('aws_s3_bucket_public_access_block', path).config).toMatchObject({ block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true });
  });

  test('the owner of the bucket owns its objects, which switches ACLs off', () => {
    for (const ownership of layer.resources('aws_s3_bucket_ownership_controls')) expect(ownership.config.rule).toEqual({ object_ownership: 'BucketOwnerEnforced' });
  });

  test('plain HTTP and old TLS are refused on bucket and objects', () => {
    const [http, tls] = statements(layer.resource('aws_s3_bucket_policy', 'Artifacts/Policy').config);
    expect(http).toMatchObject({ Effect: 'Deny', Action: 's3:*', Resource: [ARN, `${ARN}/*`], Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(tls).toMatchObject({ Effect: 'Deny', Resource: [ARN, `${ARN}/*`], Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } });
  });

  test('uploads with another encryption are refused, and uploads that ask for none are not', () => {
    const uploads = statements(layer.resource('aws_s3_bucket_policy', 'Artifacts/Policy').config).filter((statement) => statement.Action === 's3:PutObject');
    expect(uploads.map((statement) => statement.Sid)).toEqual(['DenyOtherEncryption', 'DenyOtherKey', 'DenyCustomerKey']);
    for (const { Condition } of uploads) {
      const compared = Object.entries(Condition).filter(([operator]) => operator !== 'Null').flatMap(([, keys]) => Object.keys(keys));
      for (const key of compared) expect(Condition.Null).toHaveProperty([key], 'false');
    }
  });

  test('abandoned uploads go after a week, old versions after the backup retention of the tier', () => {
    expect(layer.resource('aws_s3_bucket_lifecycle_configuration', 'Artifacts/Lifecycle').config.rule).toEqual([
      expect.objectContaining({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }], noncurrent_version_expiration: [{ noncurrent_days: 7 }] }),
    ]);
  });

  test('destroy leaves nothing below staging, and is refused from there on', () => {
    for (const found of layer.resources('aws_s3_bucket')) expect(found.config).toMatchObject({ force_destroy: true });
    for (const found of synthLayer(bucket(), { tier: Tier.STAGING }).resources('aws_s3_bucket')) expect(found.config).toMatchObject({ force_destroy: false, lifecycle: { prevent_destroy: true } });
  });

  test('the default child is the bucket', () => {
    synthLayer((stack) => expect(bucket()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_s3_bucket' }));
  });
});

describe('the access log', () => {
  const layer = synthLayer(bucket());
  const logPolicy = layer.resource('aws_s3_bucket_policy', 'AccessLog/Policy');

  test('goes to a bucket that accepts it from this bucket of this account only', () => {
    const [delivery] = statements(logPolicy.config);
    expect(delivery).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Condition: { ArnLike: { 'aws:SourceArn': [ARN] }, StringEquals: { 'aws:SourceAccount': '111122223333' } },
    });
    expect(layer.resource('aws_s3_bucket_logging').config).toMatchObject({ target_bucket: 'mlp-dev-artifacts-logs-111122223333-eu-central-1', target_prefix: `${NAME}/`, depends_on: [`aws_s3_bucket_policy.${logPolicy.name}`] });
  });

  test('is encrypted by keys of S3, as S3 delivers to no bucket with a KMS key', () => {
    expect(layer.resource('aws_s3_bucket_server_side_encryption_configuration', 'AccessLog').config.rule).toEqual([{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }]);
  });

  test('is kept as long as the tier keeps logs', () => {
    expect(layer.resource('aws_s3_bucket_lifecycle_configuration', 'AccessLog').config.rule).toEqual([expect.objectContaining({ expiration: [{ days: 30 }] })]);
  });

  test('of several buckets can share one, whose policy does not depend on their order', () => {
    const shared = (first: string, second: string): unknown =>
      statements(
        synthLayer((stack) => {
          const accessLogBucket = new AccessLogBucket(stack, 'Logs');
          for (const name of [first, second]) new ArtifactBucket(stack, name.toUpperCase(), { name, accessLogBucket });
        }).resource('aws_s3_bucket_policy', 'Logs').config,
      )[0]?.Condition.ArnLike;
    expect(shared('a', 'b')).toEqual({ 'aws:SourceArn': ['arn:aws:s3:::mlp-dev-a-111122223333-eu-central-1', 'arn:aws:s3:::mlp-dev-b-111122223333-eu-central-1'] });
    expect(shared('b', 'a')).toEqual(shared('a', 'b'));
  });

  test('can go to a bucket that exists; a log bucket without sources accepts nothing', () => {
    const existing = synthLayer(bucket({ accessLogBucket: AccessLogBucket.fromBucketName('company-logs') }));
    expect(existing.resource('aws_s3_bucket_logging').config).toMatchObject({ target_bucket: 'company-logs' });
    expect(existing.resources('aws_s3_bucket')).toHaveLength(1);
    expect(sids(synthLayer((stack) => new AccessLogBucket(stack, 'Logs')).resource('aws_s3_bucket_policy').config)).toEqual(['DenyPlainHttp', 'DenyOldTls']);
  });
});

describe('everything set', () => {
  const lifecycle: ObjectLifecycle[] = [
    { prefix: 'models/', transitions: [{ to: StorageClass.STANDARD_IA, after: Duration.days(30) }, { to: StorageClass.GLACIER_INSTANT_RETRIEVAL, after: Duration.days(90) }] },
    { prefix: '', expireAfter: Duration.days(400) },
  ];
  const layer = synthLayer((stack) =>
    bucket({ name: 'models', encryptionKey: EncryptionKey.fromAliasName(stack, 'Own', 'alias/company'), refusesOtherEncryption: false, noncurrentRetention: Duration.days(3), lifecycle })(stack),
  );

  test('name, key and policy follow', () => {
    expect(layer.resource('aws_s3_bucket', 'Artifacts/Resource').config).toMatchObject({ bucket: 'mlp-dev-models-111122223333-eu-central-1' });
    expect(layer.resources('aws_kms_key')).toEqual([]);
    expect(sids(layer.resource('aws_s3_bucket_policy', 'Artifacts/Policy').config)).toEqual(['DenyPlainHttp', 'DenyOldTls']);
  });

  test('rules by prefix come after the housekeeping', () => {
    const rules = layer.resource('aws_s3_bucket_lifecycle_configuration', 'Artifacts/Lifecycle').config.rule as Record<string, unknown>[];
    expect(rules.map((rule) => rule.id)).toEqual(['housekeeping', 'age-models/', 'age-everything']);
    expect(rules[0]).toMatchObject({ noncurrent_version_expiration: [{ noncurrent_days: 3 }] });
    expect(rules[1]).toMatchObject({ filter: [{ prefix: 'models/' }], transition: [{ days: 30, storage_class: 'STANDARD_IA' }, { days: 90, storage_class: 'GLACIER_IR' }] });
    expect(rules[2]).toMatchObject({ expiration: [{ days: 400 }] });
  });
});

describe('fails', () => {
  const after = (days: number) => Duration.days(days);
  test.each<[string, ObjectLifecycle[]]>([
    ['PrefixInvalid', [{ prefix: '/models', expireAfter: after(1) }]],
    ['PrefixInvalid', [{ prefix: 'models/*/', expireAfter: after(1) }]],
    ['LifecyclePrefixDuplicate', [{ prefix: 'a/', expireAfter: after(1) }, { prefix: 'a/', expireAfter: after(2) }]],
    ['LifecycleRuleEmpty', [{ prefix: 'a/' }]],
    ['TransitionTooEarly', [{ prefix: 'a/', transitions: [{ to: StorageClass.STANDARD_IA, after: after(29) }] }]],
    ['TransitionOrderInvalid', [{ prefix: 'a/', transitions: [{ to: StorageClass.DEEP_ARCHIVE, after: after(30) }, { to: StorageClass.ONEZONE_IA, after: after(60) }] }]],
    ['TransitionOrderInvalid', [{ prefix: 'a/', transitions: [{ to: StorageClass.STANDARD_IA, after: after(60) }, { to: StorageClass.DEEP_ARCHIVE, after: after(60) }] }]],
    ['ExpiryBeforeTransition', [{ prefix: 'a/', transitions: [{ to: StorageClass.of('EXPRESS', 1), after: after(10) }], expireAfter: after(10) }]],
  ])('%s', (code, lifecycle) => {
    expect(errorCodes(bucket({ lifecycle }))).toEqual([code]);
  });

  test('with all problems of the lifecycle together', () => {
    expect(errorCodes(bucket({ lifecycle: [{ prefix: 'a' }] }))).toEqual(['PrefixInvalid', 'LifecycleRuleEmpty']);
  });

  test('NameTooLong, NameInvalid, PhysicalNameDuplicate', () => {
    expect(errorCodes(bucket({ name: 'artifacts-of-a-team-with-a-very-long-name' }))).toEqual(['NameTooLong']);
    expect(errorCodes(bucket({ name: 'Models' }))).toEqual(['NameInvalid']);
    expect(errorCodes((stack) => { bucket()(stack); new ArtifactBucket(stack, 'Other'); })).toEqual(['PhysicalNameDuplicate']);
  });

  test('PrefixOverlap where two owners meet, not where they are neighbours', () => {
    const claims = (...prefixes: string[]): string[] => errorCodes((stack) => prefixes.forEach((prefix) => claimPrefix(stack, NAME, prefix)));
    expect(claims('mlflow/', 'mlflow/models/')).toEqual(['PrefixOverlap']);
    expect(claims('mlflow/', '')).toEqual(['PrefixOverlap']);
    expect(claims('mlflow/', 'mlflow-two/')).toEqual([]);
    expect(claims('mlflow')).toEqual(['PrefixInvalid']);
  });
});

describe('grants', () => {
  const granted = (grant: (bucket: IArtifactBucket, identity: TestIdentity) => void, make: (stack: Construct) => IArtifactBucket = bucket()): TestIdentity => {
    let identity: TestIdentity | undefined;
    synthLayer((stack) => {
      identity = new TestIdentity(stack);
      grant(make(stack), identity);
    });
    return identity as TestIdentity;
  };

  test('list shows names below the prefix, and nothing of the objects', () => {
    const identity = granted((b, to) => b.grants.list(to, 'models/'));
    expect(identity.allowed).toEqual(['s3:GetBucketLocation', 's3:ListBucket']);
    expect(identity.about('s3:ListBucket')).toEqual([{ actions: ['s3:ListBucket'], resources: [ARN], conditions: { StringLike: { 's3:prefix': ['models/*'] } } }]);
  });

  test('read opens objects below the prefix and the key as far as S3 uses it', () => {
    const identity = granted((b, to) => b.grants.read(to, 'models/'));
    expect(identity.allowed).toEqual(['kms:Decrypt', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket']);
    expect(identity.about('s3:GetObject')).toEqual([{ actions: ['s3:GetObject'], resources: [`${ARN}/models/*`] }]);
    expect(identity.about('kms:Decrypt')).toEqual([
      {
        actions: ['kms:Decrypt'],
        resources: ['arn:aws:kms:eu-central-1:111122223333:key/*'],
        conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/mlp-dev-artifacts'] }, StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' } },
      },
    ]);
  });

  test('readWrite adds writing and deleting, and leaves older versions alone', () => {
    const { allowed } = granted((b, to) => b.grants.readWrite(to));
    expect(allowed).toEqual(['kms:Decrypt', 'kms:GenerateDataKey', 's3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 's3:ListMultipartUploadParts', 's3:PutObject']);
  });

  test('are made of facts, so they cross layers', () => {
    const identity = granted((b, to) => b.grants.readWrite(to, 'models/'));
    expect(JSON.stringify(identity.statements)).not.toMatch(/\$\{|TfToken/);
  });

  test('refuse a prefix that would reach its neighbour', () => {
    expect(errorCodes((stack) => bucket()(stack).grants.read(new TestIdentity(stack), 'models'))).toEqual(['PrefixInvalid']);
  });

  test('work for a bucket that exists, with its key or without', () => {
    const imported = (keyAliasName?: string) => (stack: Construct) => ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'company-models', keyAliasName });
    expect(granted((b, to) => b.grants.read(to), imported('alias/company')).about('kms:Decrypt')).toHaveLength(1);
    const plain = granted((b, to) => b.grants.read(to), imported());
    expect(plain.allowed).not.toContain('kms:Decrypt');
    expect(plain.about('s3:GetObject')[0]?.resources).toEqual(['arn:aws:s3:::company-models/*']);
    expect(errorCodes((stack) => ArtifactBucket.fromBucketName(stack, 'Company', { bucketName: 'Company' }))).toEqual(['NameInvalid']);
  });
});
