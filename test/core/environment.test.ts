import { App, TerraformStack, Token } from 'cdktf';
import { Environment, NameRule, StateBackend, Tier } from '../../src/core';
import type { EnvironmentProps, PlatformError } from '../../src/core';
import { anEnvironment } from '../support/fixtures';
import * as os from 'node:os';

function codes(overrides: Partial<EnvironmentProps>): string[] {
  try {
    anEnvironment(overrides);
  } catch (error) {
    return (error as PlatformError).problems.map((problem) => problem.code);
  }
  return [];
}

describe('defaults', () => {
  const environment = anEnvironment();

  test('an environment has a platform name, the main branch, local states and its own tags', () => {
    expect(environment).toMatchObject({ platformName: 'mlp', gitOps: { revision: 'main', path: 'gitops' }, partition: 'aws', chartMirror: undefined, awsEndpoint: undefined });
    expect(environment.stateBackend.s3Location).toBeUndefined();
    expect(environment.tags).toEqual({
      'ml-platform:name': 'mlp',
      'ml-platform:environment': 'dev',
      'ml-platform:tier': 'development',
      'ml-platform:managed-by': 'cdktf-ml-platform',
    });
  });

  test('the platform keeps its own tags when a company uses the same keys', () => {
    expect(anEnvironment({ tags: { 'ml-platform:tier': 'x', team: 'ml' } }).tags).toMatchObject({ 'ml-platform:tier': 'development', team: 'ml' });
  });

  test('lists are copies', () => {
    const zones = ['eu-central-1a', 'eu-central-1b'];
    const copy = anEnvironment({ zones });
    zones.push('eu-central-1c');
    expect(copy.zones).toHaveLength(2);
  });
});

describe('names and ARNs', () => {
  const environment = anEnvironment();

  test.each([
    [NameRule.S3_BUCKET, ['artifacts'], 'mlp-dev-artifacts-111122223333-eu-central-1'],
    [NameRule.GLUE_NAME, ['driver-stats'], 'mlp_dev_driver_stats'],
    [NameRule.SECRET, ['registry', 'connection'], 'mlp/dev/registry/connection'],
    [NameRule.EKS_CLUSTER, [], 'mlp-dev'],
  ])('%# follow the rule of the service', (rule, parts, name) => {
    expect(environment.physicalName(rule, ...parts)).toBe(name);
  });

  test('ARNs are facts of partition, region and account', () => {
    expect(environment.arn('eks', 'cluster/mlp-dev')).toBe('arn:aws:eks:eu-central-1:111122223333:cluster/mlp-dev');
    expect(environment.iamArn('role/x')).toBe('arn:aws:iam::111122223333:role/x');
    expect(environment.managedPolicyArn('AdministratorAccess')).toBe('arn:aws:iam::aws:policy/AdministratorAccess');
  });

  test('fails for a name over the limit of its service', () => {
    expect(() => environment.physicalName(NameRule.S3_BUCKET, 'a-very-long-name-for-a-bucket-indeed')).toThrow('[NameTooLong]');
  });
});

describe('bad input', () => {
  test.each<[string, Partial<EnvironmentProps>, string]>([
    ['an upper-case name', { name: 'Dev' }, 'EnvironmentNameInvalid'],
    ['a long name', { name: 'development-of-fraud' }, 'EnvironmentNameInvalid'],
    ['a bad platform name', { platformName: '9x' }, 'EnvironmentNameInvalid'],
    ['an account without 12 digits', { account: '1234' }, 'AccountInvalid'],
    ['a region that is none', { region: 'eu-central-9', zones: ['eu-central-9a', 'eu-central-9b'] }, 'RegionUnknown'],
    ['a zone of another region', { zones: ['eu-central-1a', 'eu-west-1a'] }, 'ZoneUnknown'],
    ['one zone', { zones: ['eu-central-1a'] }, 'ZoneCountInvalid'],
    ['a zone twice', { zones: ['eu-central-1a', 'eu-central-1a'] }, 'ZoneDuplicate'],
    ['nobody who administers', { adminPrincipals: [] }, 'AdminPrincipalsEmpty'],
    ['a session as administrator', { adminPrincipals: ['arn:aws:sts::111122223333:assumed-role/x/y'] }, 'AdminPrincipalInvalid'],
    ['a mirror without scheme', { chartMirror: 'charts.example.com' }, 'UrlInvalid'],
    ['credentials in a URL', { gitOps: { url: 'https://me:secret@git.example.com/x.git' } }, 'UrlHasCredentials'],
    ['a token as account', { account: Token.asString({ resolve: () => '1' }) }, 'LiteralNeeded'],
  ])('fails for %s', (_, overrides, code) => {
    expect(codes(overrides)).toContain(code);
  });

  test('everything that is wrong is said at once, with the environment named', () => {
    expect(codes({ account: '1', adminPrincipals: [], zones: ['eu-central-1a'] })).toEqual(['AccountInvalid', 'ZoneCountInvalid', 'AdminPrincipalsEmpty']);
    expect(() => anEnvironment({ account: '1' })).toThrow(/account got "1"; allowed: exactly 12 digits; quote it.*\(at environment dev\)/);
  });

  test('fails for a construct that stands in no environment', () => {
    const stack = new TerraformStack(new App({ outdir: os.tmpdir() }), 'bare');
    expect(() => Environment.of(stack)).toThrow('[EnvironmentMissing]');
  });
});

test('an environment is found from any construct below the scope it is bound to', () => {
  const environment = anEnvironment();
  const stack = new TerraformStack(new App({ outdir: os.tmpdir() }), 'bound');
  environment.bindTo(stack);
  expect(Environment.of(new TerraformStack(stack, 'inner'))).toBe(environment);
});

test('a company has tiers of its own', () => {
  const tier = Tier.of('experiment', { ...Tier.SANDBOX.defaults, replicas: 1 });
  expect(anEnvironment({ tier, stateBackend: StateBackend.s3({ bucket: 'states' }) }).tags['ml-platform:tier']).toBe('experiment');
});
