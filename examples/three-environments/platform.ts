import type { App } from 'cdktf';
import { Environment, FeatureType, InstanceType, MlPlatform, Size, StateBackend, Tier } from 'cdktf-ml-platform';

/** What differs between the environments of this company; everything else follows from the tier. */
const ENVIRONMENTS = [
  { name: 'dev', tier: Tier.DEVELOPMENT, account: '111122223333', gpuNodes: 2 },
  { name: 'staging', tier: Tier.STAGING, account: '222233334444', gpuNodes: 2 },
  { name: 'prod', tier: Tier.PRODUCTION, account: '333344445555', gpuNodes: 8 },
];

/** The blueprint: one platform per environment, all alike. */
export function buildPlatforms(app: App): void {
  for (const { gpuNodes, ...facts } of ENVIRONMENTS) {
    const environment = new Environment({
      ...facts,
      region: 'eu-west-1',
      zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
      adminPrincipals: [`arn:aws:iam::${facts.account}:role/platform-admin`],
      domain: `${facts.name}.ml.example.com`,
      gitOps: { url: 'https://git.example.com/platform.git' },
      chartMirror: 'oci://registry.example.com/charts',
      stateBackend: StateBackend.s3({ bucket: `mlp-terraform-state-${facts.account}` }),
      tags: { 'cost-center': 'ml' },
    });
    new MlPlatform(app, facts.name, {
      environment,
      cluster: { gpuNodeGroups: { Gpu: { instanceTypes: [InstanceType.G6_2XLARGE], maxNodes: gpuNodes, rootVolumeSize: Size.gibibytes(300) } } },
      data: {
        featureTables: [
          {
            tableName: 'driver_hours',
            entities: [{ name: 'driver_id', type: FeatureType.INT64 }],
            features: [{ name: 'trips_today', type: FeatureType.INT64 }, { name: 'mean_rating', type: FeatureType.DOUBLE }],
          },
        ],
        repositories: [{ name: 'eta-trainer' }],
      },
    });
  }
}
