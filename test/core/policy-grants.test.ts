import { Grant, keyStatements, policyDocument, serviceTrust } from '../../src/core';
import type { PolicyStatement } from '../../src/core';

test('a policy document has what IAM reads', () => {
  const text = policyDocument([
    { sid: 'Read', actions: ['s3:GetObject', 's3:ListBucket'], resources: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'], conditions: { StringEquals: { 'aws:SourceAccount': '111122223333' } } },
    { effect: 'Deny', actions: ['*'], resources: ['*'], principals: '*' },
  ]);
  expect(JSON.parse(text)).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'], Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } },
      { Effect: 'Deny', Action: '*', Resource: '*', Principal: '*' },
    ],
  });
});

test('policy variables reach IAM instead of being read by Terraform', () => {
  expect(policyDocument([{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/${aws:username}/*'] }])).toContain('b/$${aws:username}/*');
});

test('a Terraform reference stays one', () => {
  expect(policyDocument([{ actions: ['s3:GetObject'], resources: ['${aws_s3_bucket.b.arn}/*'] }])).toContain('"${aws_s3_bucket.b.arn}/*"');
});

test('a service trust names the service and its conditions', () => {
  expect(JSON.parse(serviceTrust('eks.amazonaws.com'))).toEqual({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'eks.amazonaws.com' } }],
  });
});

describe('grants', () => {
  const added: PolicyStatement[] = [];
  const identity = {
    roleName: 'r',
    roleArn: 'arn:aws:iam::111122223333:role/r',
    addToPolicy: (statement: PolicyStatement) => {
      added.push(statement);
      return { fqn: 'aws_iam_role_policy.P' };
    },
  };

  test('add their statements to the identity and can be depended on', () => {
    const grant = Grant.toIdentity(identity, [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }]);
    expect(added).toEqual([{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }]);
    expect(grant.fqn).toBe('aws_iam_role_policy.P');
  });

  test('fails for a grant of nothing', () => {
    expect(() => Grant.toIdentity(identity, [])).toThrow('[GrantEmpty]');
  });

  test('a key is named by its alias, as its id is no fact', () => {
    expect(keyStatements({ account: '111122223333', region: 'eu-central-1', partition: 'aws', aliasName: 'alias/mlp/dev/data', actions: ['kms:Decrypt'] })).toEqual([
      { actions: ['kms:Decrypt'], resources: ['arn:aws:kms:eu-central-1:111122223333:key/*'], conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/mlp/dev/data'] } } },
    ]);
  });
});
