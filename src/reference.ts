import { FeatureType } from '../constructs/features';
import type { FeatureTableOptions } from '../constructs/features';
import type { MlPlatformProps } from '../stacks/ml-platform';
import { InstanceType } from './catalog';
import { Environment, StateBackend, Tier } from './core';

const EMULATOR_ACCOUNT = '123456789012';
const GIT_OPS = { url: 'https://git.example.com/ml/platform-gitops.git' };

function admin(account: string): string[] {
  return [`arn:aws:iam::${account}:role/platform-admin`];
}

/** An environment of the example company in its own account, with its states in a bucket of that account. */
function companyEnvironment(name: string, tier: Tier, account: string): Environment {
  return new Environment({
    name,
    tier,
    account,
    region: 'eu-central-1',
    zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    adminPrincipals: admin(account),
    domain: `${name}.ml.example.com`,
    gitOps: GIT_OPS,
    stateBackend: StateBackend.s3({ bucket: `mlp-terraform-state-${account}` }),
  });
}

/**
 * The environments of the reference program. `local` stands on the local twin: only its endpoint differs, and Argo CD
 * leaves out the kinds whose servers are simulated there and would block the API.
 */
export function referenceEnvironments(): Environment[] {
  return [
    new Environment({
      name: 'local',
      tier: Tier.SANDBOX,
      account: EMULATOR_ACCOUNT,
      region: 'eu-central-1',
      zones: ['eu-central-1a', 'eu-central-1b'],
      adminPrincipals: admin(EMULATOR_ACCOUNT),
      gitOps: GIT_OPS,
      awsEndpoint: 'http://127.0.0.1:4566',
      resourceExclusions: [
        { apiGroups: ['admissionregistration.k8s.io'], kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] },
        { apiGroups: ['apiregistration.k8s.io'], kinds: ['APIService'] },
      ],
    }),
    companyEnvironment('dev', Tier.DEVELOPMENT, '111122223333'),
    companyEnvironment('staging', Tier.STAGING, '222233334444'),
    companyEnvironment('prod', Tier.PRODUCTION, '333344445555'),
  ];
}

/** How customers use their cards, as the fraud model reads it. */
const CARD_ACTIVITY: FeatureTableOptions = {
  tableName: 'card_activity',
  description: 'Use of a payment card over the last hours.',
  entities: [{ name: 'card_id', type: FeatureType.STRING }],
  features: [
    { name: 'payments_1h', type: FeatureType.INT64, description: 'Payments in the last hour.' },
    { name: 'mean_amount_24h', type: FeatureType.DOUBLE, description: 'Mean amount of the last 24 hours, in EUR.' },
    { name: 'abroad', type: FeatureType.BOOL, description: 'Whether the last payment was made in another country.' },
  ],
};

/**
 * The platform of the example company in one environment. The local twin keeps one GPU node, because nothing scales it from
 * zero there.
 */
export function referencePlatform(environment: Environment): MlPlatformProps {
  return {
    environment,
    cluster: { gpuNodeGroups: { Gpu: { instanceTypes: [InstanceType.G6_XLARGE], minNodes: environment.tier === Tier.SANDBOX ? 1 : 0, maxNodes: 4 } } },
    data: { featureTables: [CARD_ACTIVITY], repositories: [{ name: 'fraud-trainer' }, { name: 'fraud-server' }] },
  };
}
