import type { Construct } from 'constructs';
import { mergeStatements, WorkloadIdentity } from '../../../constructs/identity';
import type { WorkloadIdentityOptions } from '../../../constructs/identity';
import type { PolicyStatement } from '../../../src/core';
import { Grant } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';

const CLUSTER = { clusterName: 'mlp-dev', clusterArn: 'arn:aws:eks:eu-central-1:111122223333:cluster/mlp-dev' };
const build = (options: Partial<WorkloadIdentityOptions> = {}) => (stack: Construct) =>
  new WorkloadIdentity(stack, 'Mlflow', { cluster: CLUSTER, namespace: 'mlflow', serviceAccount: 'server', ...options });

const READ: PolicyStatement = { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::models/*'] };
const WRITE: PolicyStatement = { actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: ['arn:aws:s3:::models/*'] };
const LIST: PolicyStatement = { actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::models'], conditions: { StringLike: { 's3:prefix': ['b/*', 'a/*'] } } };

describe('a workload identity', () => {
  test('is a role that only pods of this cluster can take', () => {
    const layer = synthLayer((stack) => {
      expect(build()(stack)).toMatchObject({ roleName: 'mlp-dev-mlflow-server', roleArn: 'arn:aws:iam::111122223333:role/mlp-dev-mlflow-server', namespace: 'mlflow', serviceAccount: 'server' });
    });
    const { Statement } = JSON.parse(layer.resource('aws_iam_role').config.assume_role_policy as string) as { Statement: unknown[] };
    expect(Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' }, ArnEquals: { 'aws:SourceArn': CLUSTER.clusterArn } },
      },
    ]);
    expect(layer.resource('aws_eks_pod_identity_association').config).toMatchObject({ cluster_name: 'mlp-dev', namespace: 'mlflow', service_account: 'server' });
  });

  test('has no policy without a grant', () => {
    expect(synthLayer(build()).resources('aws_iam_role_policy')).toEqual([]);
  });

  test('names the role once where namespace and service account are the same, or as given', () => {
    synthLayer((stack) => expect(build({ serviceAccount: 'mlflow' })(stack).roleName).toBe('mlp-dev-mlflow'));
    synthLayer((stack) => expect(build({ roleNameSuffix: 'registry' })(stack).roleName).toBe('mlp-dev-registry'));
  });

  test('takes managed policies by name or ARN, before pods can get the role', () => {
    const layer = synthLayer(build({ managedPolicies: ['service-role/AmazonEBSCSIDriverPolicy', 'arn:aws:iam::111122223333:policy/own'] }));
    expect(layer.resources('aws_iam_role_policy_attachment').map((attachment) => attachment.config.policy_arn)).toEqual(['arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy', 'arn:aws:iam::111122223333:policy/own']);
    expect(layer.resource('aws_eks_pod_identity_association').config.depends_on).toHaveLength(2);
  });

  test('the default child is the role', () => {
    synthLayer((stack) => expect(build()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_iam_role' }));
  });
});

describe('grants', () => {
  const policyOf = (...statements: PolicyStatement[]): string =>
    synthLayer((stack) => {
      const identity = build()(stack);
      statements.forEach((statement) => Grant.toIdentity(identity, [statement]));
    }).resource('aws_iam_role_policy').config.policy as string;

  test('collect in one policy whose text does not depend on their order', () => {
    const text = policyOf(READ, WRITE, LIST);
    expect(policyOf(LIST, WRITE, READ)).toBe(text);
    expect(policyOf(WRITE, READ, LIST, READ)).toBe(text);
    expect((JSON.parse(text) as { Statement: unknown[] }).Statement).toEqual([
      { Effect: 'Allow', Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::models/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': ['a/*', 'b/*'] } } },
    ]);
  });

  test('can be waited for', () => {
    const layer = synthLayer((stack) => {
      const grant = Grant.toIdentity(build()(stack), [READ]);
      new WorkloadIdentity(stack, 'After', { cluster: CLUSTER, namespace: 'after', serviceAccount: 'after', dependsOn: [grant] });
    });
    expect(layer.resource('aws_eks_pod_identity_association', 'After').config.depends_on).toEqual([`aws_iam_role_policy.${layer.resource('aws_iam_role_policy').name}`]);
  });

  test('merge only what means the same', () => {
    const other = { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::data/*'] };
    expect(mergeStatements([READ, other])).toEqual([{ effect: 'Allow', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::data/*', 'arn:aws:s3:::models/*'] }]);
    expect(mergeStatements([READ, { ...other, actions: ['s3:PutObject'] }])).toHaveLength(2);
    expect(mergeStatements([READ, { ...READ, effect: 'Deny' }])).toHaveLength(2);
    expect(mergeStatements([READ, { ...READ, conditions: { Bool: { 'aws:SecureTransport': 'true' } } }])).toHaveLength(2);
    expect(mergeStatements([{ ...READ, sid: 'One' }, { ...READ, sid: 'Two', effect: 'Allow' }])).toHaveLength(1);
  });

  test('permit exactly what was granted: no merged statement pairs an action with a resource that no grant pairs', () => {
    const pool: PolicyStatement[] = ['a', 'b', 'c'].flatMap((action, i) => ['x', 'y', 'z'].filter((_, j) => (i + j) % 2 === 0).map((resource) => ({ actions: [action], resources: [resource] })));
    const pairs = (statements: readonly PolicyStatement[]) => [...new Set(statements.flatMap(({ actions, resources = [] }) => actions.flatMap((action) => resources.map((resource) => `${action}>${resource}`))))].sort();
    expect(pairs(mergeStatements(pool))).toEqual(pairs(pool));
    expect(mergeStatements(pool).length).toBeLessThan(pool.length);
  });
});

describe('fails', () => {
  test('for names that Kubernetes does not take, both together', () => {
    expect(errorCodes(build({ namespace: 'ML', serviceAccount: 'a_b' }))).toEqual(['NameInvalid', 'NameInvalid']);
  });

  test('for a role name over the limit', () => {
    expect(errorCodes(build({ serviceAccount: 'a'.repeat(60) }))).toEqual(['NameTooLong']);
  });

  test('for a role name that is taken', () => {
    expect(
      errorCodes((stack) => {
        build()(stack);
        new WorkloadIdentity(stack, 'Other', { cluster: CLUSTER, namespace: 'mlflow-server', serviceAccount: 'mlflow-server' });
      }),
    ).toEqual(['PhysicalNameDuplicate']);
  });

  test('for grants over the limit of a role', () => {
    expect(
      errorCodes((stack) => {
        const identity = build()(stack);
        Array.from({ length: 300 }, (_, index) => identity.addToPolicy({ actions: [`s3:Get${index}`], resources: [`arn:aws:s3:::models/${index}`] }));
      }),
    ).toEqual(['PolicyTooLong']);
  });
});
