import { EncryptedLogGroup, EncryptionKey, KeyUser } from '../../../constructs/encryption';
import type { IIdentity, PolicyStatement } from '../../../src/core';
import { Duration, Tier } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';

function statementsOf(policy: unknown): { [key: string]: unknown }[] {
  return (JSON.parse(policy as string) as { Statement: { [key: string]: unknown }[] }).Statement;
}

describe('EncryptionKey', () => {
  test('rotates, leaves decisions to the IAM of the account and has an alias that is a fact', () => {
    let aliasName = '';
    const layer = synthLayer((stack) => {
      aliasName = new EncryptionKey(stack, 'Key', { aliasSuffix: 'artifacts', purpose: 'Artifacts' }).aliasName;
    });
    const key = layer.resource('aws_kms_key').config;
    expect(aliasName).toBe('alias/mlp-dev-artifacts');
    expect(layer.resource('aws_kms_alias').config).toMatchObject({ name: aliasName });
    expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 7, description: 'Artifacts' });
    expect(key).not.toHaveProperty('lifecycle');
    expect(statementsOf(key.policy)).toEqual([{ Sid: 'Account', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }]);
  });

  test('is protected in production, and by prop', () => {
    const production = synthLayer((stack) => new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A' }), { tier: Tier.PRODUCTION });
    expect(production.resource('aws_kms_key').config).toMatchObject({ deletion_window_in_days: 30, lifecycle: { prevent_destroy: true } });
    const loosened = synthLayer((stack) => new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A', protectsState: false, recovery: Duration.days(14) }), { tier: Tier.PRODUCTION });
    expect(loosened.resource('aws_kms_key').config).toMatchObject({ deletion_window_in_days: 14 });
    expect(loosened.resource('aws_kms_key').config).not.toHaveProperty('lifecycle');
  });

  test('lets each service in only for this account or its own log groups', () => {
    const layer = synthLayer((stack) => new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A', users: [KeyUser.cloudWatchLogs('/x', '/y/*'), KeyUser.service('sns'), KeyUser.autoScaling()] }));
    const [, logs, sns, scaling] = statementsOf(layer.resource('aws_kms_key').config.policy);
    expect(logs).toMatchObject({
      Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': ['arn:aws:logs:eu-central-1:111122223333:log-group:/x', 'arn:aws:logs:eu-central-1:111122223333:log-group:/y/*'] } },
    });
    expect(sns).toMatchObject({ Principal: { Service: 'sns.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } });
    expect(scaling).toMatchObject({ Condition: { StringEquals: { 'kms:CallerAccount': '111122223333' } } });
    expect(scaling?.Action).toContain('kms:CreateGrant');
  });

  test('grants name the key by its alias', () => {
    const given: PolicyStatement[] = [];
    const identity: IIdentity = { roleName: 'r', roleArn: 'arn:aws:iam::111122223333:role/r', addToPolicy: (statement) => (given.push(statement), { fqn: 'aws_iam_role_policy.x' }) };
    synthLayer((stack) => {
      const key = new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A' });
      key.grants.decrypt(identity);
      key.grants.encryptDecrypt(identity);
    });
    expect(given.map((statement) => statement.conditions)).toEqual(Array(2).fill({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/mlp-dev-a'] } }));
    expect(given[0]?.actions).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
    expect(given[1]?.actions).toContain('kms:GenerateDataKey*');
  });

  test('one that exists is found by alias, and can be granted', () => {
    const layer = synthLayer((stack) => {
      const key = EncryptionKey.fromAliasName(stack, 'Key', 'alias/company');
      new EncryptedLogGroup(stack, 'Logs', { logGroupName: '/a', key });
      expect(key.aliasName).toBe('alias/company');
      expect(key.grants).toBeDefined();
    });
    expect(layer.resources('aws_kms_key')).toEqual([]);
    expect(layer.dataSources('aws_kms_alias')[0]?.config).toEqual({ name: 'alias/company' });
    expect(layer.resource('aws_cloudwatch_log_group').config.kms_key_id).toMatch(/data\.aws_kms_alias\..*target_key_arn/);
  });

  test('the default child is the key', () => {
    synthLayer((stack) => expect(new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A' }).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_kms_key' }));
  });

  test.each([6, 31])('fails for a recovery of %d days', (days) => {
    expect(errorCodes((stack) => new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A', recovery: Duration.days(days) }))).toEqual(['KeyRecoveryOutOfRange']);
  });

  test('fails for an alias that has no prefix, and for one that is taken', () => {
    expect(errorCodes((stack) => EncryptionKey.fromAliasName(stack, 'Key', 'company'))).toEqual(['KeyAliasInvalid']);
    expect(
      errorCodes((stack) => {
        new EncryptionKey(stack, 'One', { aliasSuffix: 'a', purpose: 'A' });
        new EncryptionKey(stack, 'Two', { aliasSuffix: 'a', purpose: 'A' });
      }),
    ).toEqual(['PhysicalNameDuplicate']);
  });
});

describe('EncryptedLogGroup', () => {
  const aGroup = (logGroupName: string, retention?: Duration) => (stack: Parameters<Parameters<typeof synthLayer>[0]>[0]) => {
    const key = new EncryptionKey(stack, 'Key', { aliasSuffix: 'a', purpose: 'A', users: [KeyUser.cloudWatchLogs(logGroupName)] });
    return new EncryptedLogGroup(stack, 'Logs', { logGroupName, key, retention });
  };

  test.each([[Tier.SANDBOX, 7], [Tier.DEVELOPMENT, 30], [Tier.STAGING, 90], [Tier.PRODUCTION, 365]])('keeps events by tier: %s', (tier, days) => {
    const group = synthLayer(aGroup('/x'), { tier }).resource('aws_cloudwatch_log_group').config;
    expect(group).toMatchObject({ name: '/x', retention_in_days: days });
    expect(group.kms_key_id).toMatch(/aws_kms_key\..*\.arn/);
  });

  test('its ARN is a fact', () => {
    synthLayer((stack) => expect(aGroup('/x')(stack).logGroupArn).toBe('arn:aws:logs:eu-central-1:111122223333:log-group:/x'));
  });

  test('fails for a name and a retention that CloudWatch does not take, in one error', () => {
    expect(errorCodes(aGroup('a b', Duration.days(8)))).toEqual(['NameInvalid', 'LogRetentionInvalid']);
    expect(errorCodes(aGroup('/x', Duration.hours(12)))).toEqual(['LogRetentionInvalid']);
  });
});
