import { App } from 'cdktf';
import { Duration } from '../../src/core';
import { referenceEnvironments, referencePlatform } from '../../src/reference';
import { InstanceType } from '../../src/catalog';
import { MlPlatform } from '../../stacks/ml-platform';

/** The reference program; `E2E_CHANGE=1` makes one change as a team would: more GPU nodes and longer backups. */
const app = new App({ stackTraces: false });
const changed = process.env.E2E_CHANGE === '1';
for (const environment of referenceEnvironments()) {
  const platform = referencePlatform(environment);
  new MlPlatform(app, environment.name, {
    ...platform,
    ...(changed
      ? {
          cluster: { ...platform.cluster, gpuNodeGroups: { Gpu: { instanceTypes: [InstanceType.G6_XLARGE], minNodes: 1, maxNodes: 6 } } },
          data: { ...platform.data, registry: { backupRetention: Duration.days(3) } },
        }
      : {}),
  });
}
app.synth();
