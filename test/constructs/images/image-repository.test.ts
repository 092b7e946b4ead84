import type { Construct } from 'constructs';
import { EncryptionKey } from '../../../constructs/encryption';
import type { IImageRepository, ImageRepositoryOptions } from '../../../constructs/images';
import { ImageRepository } from '../../../constructs/images';
import { Duration, Tier } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';
import { TestIdentity } from '../../support/identity';

const ARN = 'arn:aws:ecr:eu-central-1:111122223333:repository/mlp/dev/training/churn';
const repository = (options: Partial<ImageRepositoryOptions> = {}) => (stack: Construct) => new ImageRepository(stack, 'Churn', { name: 'training/churn', ...options });

interface LifecycleRule {
  readonly rulePriority: number;
  readonly selection: Record<string, unknown>;
}
const rulesOf = (options: Partial<ImageRepositoryOptions> = {}): LifecycleRule[] =>
  (JSON.parse(synthLayer(repository(options)).resource('aws_ecr_lifecycle_policy').config.policy as string) as { rules: LifecycleRule[] }).rules;

describe('defaults', () => {
  const layer = synthLayer(repository());

  test('all members are facts', () => {
    synthLayer((stack) => {
      expect(repository()(stack)).toMatchObject({ repositoryName: 'mlp/dev/training/churn', repositoryArn: ARN, repositoryUri: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/mlp/dev/training/churn' });
    });
  });

  test('tags never move, images are scanned and encrypted by a key of its own', () => {
    expect(layer.resource('aws_ecr_repository').config).toMatchObject({
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: [{ encryption_type: 'KMS', kms_key: expect.stringMatching(/^\$\{aws_kms_key\./) }],
    });
    expect(layer.resource('aws_kms_alias').config).toMatchObject({ name: 'alias/mlp-dev-images-training-churn' });
  });

  test('untagged images go after two weeks, and a hundred tagged ones stay', () => {
    expect(rulesOf().map((rule) => rule.selection)).toEqual([
      { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      { tagStatus: 'tagged', tagPatternList: ['*'], countType: 'imageCountMoreThan', countNumber: 100 },
    ]);
  });

  test('nobody else gets in', () => {
    expect(layer.resources('aws_ecr_repository_policy')).toEqual([]);
  });

  test('images go with the repository below staging; from there on it stays', () => {
    expect(layer.resource('aws_ecr_repository').config).toMatchObject({ force_delete: true });
    expect(synthLayer(repository(), { tier: Tier.PRODUCTION }).resource('aws_ecr_repository').config).toMatchObject({ force_delete: false, lifecycle: { prevent_destroy: true } });
  });

  test('the default child is the repository', () => {
    synthLayer((stack) => expect(repository()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_ecr_repository' }));
  });
});

test('everything set', () => {
  const layer = synthLayer((stack) => {
    const encryptionKey = EncryptionKey.fromAliasName(stack, 'Own', 'alias/company');
    repository({ keepTagged: 5, expireUntaggedAfter: Duration.days(1), pullAccounts: ['444455556666'], encryptionKey })(stack);
  });
  const { Statement } = JSON.parse(layer.resource('aws_ecr_repository_policy').config.policy as string) as { Statement: unknown[] };
  expect(Statement).toEqual([expect.objectContaining({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:root' }, Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] })]);
  expect(layer.resources('aws_kms_key')).toEqual([]);
  expect(rulesOf({ keepTagged: 5, expireUntaggedAfter: Duration.days(1) }).map((rule) => rule.selection.countNumber)).toEqual([1, 5]);
});

describe('fails', () => {
  test.each<[string[], Partial<ImageRepositoryOptions>]>([
    [['NameInvalid'], { name: 'Training' }],
    [['ImageRetentionInvalid'], { keepTagged: 0 }],
    [['ImageRetentionInvalid', 'AccountInvalid'], { expireUntaggedAfter: Duration.days(0), pullAccounts: ['4444'] }],
  ])('%j', (codes, options) => {
    expect(errorCodes(repository(options))).toEqual(codes);
  });

  test('PhysicalNameDuplicate', () => {
    expect(errorCodes((stack) => { repository()(stack); new ImageRepository(stack, 'Again', { name: 'training/churn' }); })).toEqual(['PhysicalNameDuplicate']);
  });
});

describe('grants', () => {
  const granted = (grant: (repository: IImageRepository, identity: TestIdentity) => void, make: (stack: Construct) => IImageRepository = repository()): TestIdentity => {
    let identity: TestIdentity | undefined;
    synthLayer((stack) => {
      identity = new TestIdentity(stack);
      grant(make(stack), identity);
    });
    return identity as TestIdentity;
  };

  test('pull reads this repository and signs in', () => {
    const identity = granted((made, to) => made.grants.pull(to));
    expect(identity.statements).toEqual([
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      { actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], resources: [ARN] },
    ]);
  });

  test('push adds uploads, and no deletion', () => {
    const { allowed } = granted((made, to) => made.grants.push(to));
    expect(allowed).toEqual(expect.arrayContaining(['ecr:PutImage', 'ecr:UploadLayerPart', 'ecr:InitiateLayerUpload', 'ecr:CompleteLayerUpload', 'ecr:BatchGetImage']));
    expect(allowed.filter((action) => action.includes('Delete'))).toEqual([]);
  });

  test('work for a repository that exists', () => {
    const identity = granted((made, to) => made.grants.pull(to), (stack) => ImageRepository.fromRepositoryName(stack, 'Company', 'company/base'));
    expect(identity.about('ecr:BatchGetImage')[0]?.resources).toEqual(['arn:aws:ecr:eu-central-1:111122223333:repository/company/base']);
    expect(errorCodes((stack) => ImageRepository.fromRepositoryName(stack, 'Company', 'Company'))).toEqual(['NameInvalid']);
  });
});
