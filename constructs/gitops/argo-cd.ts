import { Release } from '@cdktf/provider-helm/lib/release';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Chart } from '../../src/catalog';
import { Environment } from '../../src/core';
import { APPLICATION_HEALTH, resourceExclusions } from './argo-cd-settings';
import type { HelmValues } from './helm-values';
import { containerResources, mergeValues } from './helm-values';
import { PlatformNamespace } from './platform-namespace';
import { releaseDefaults, terraformText } from './release-defaults';
import { toYaml } from './yaml';

/** Replicas of each server from which Redis is replicated too: its replicas keep to different nodes, so fewer than three are no quorum. */
const REPLICAS_FOR_REDIS_QUORUM = 3;

/** Options of Argo CD. */
export interface ArgoCdOptions {
  /** Replicas of the API and repository servers. From 3 on, Redis is replicated over three nodes. @default - by tier */
  readonly replicas?: number;
  /** Values that are merged last. @default - none */
  readonly values?: HelmValues;
}

/** Props of Argo CD. */
export interface ArgoCdProps extends ArgoCdOptions {
  /** What must exist before: its namespace. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Argo CD by its chart: what syncs the GitOps tree. Its metrics are served from the start; who scrapes them comes with the tree. */
export class ArgoCd extends Construct {
  /** Everything that needs Argo CD's definitions depends on this. */
  public readonly release: ITerraformDependable;
  private readonly replicas: number;

  constructor(scope: Construct, id: string, props: ArgoCdProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.replicas = props.replicas ?? environment.tier.defaults.replicas;
    const location = Chart.ARGO_CD.location(environment.chartMirror);
    this.release = new Release(this, 'Resource', {
      ...releaseDefaults(location),
      name: 'argocd',
      namespace: PlatformNamespace.ARGO_CD.name,
      values: [terraformText(toYaml(mergeValues(this.defaultValues(), props.values)))],
      dependsOn: [...props.dependsOn],
    });
  }

  private defaultValues(): HelmValues {
    const { domain, resourceExclusions: own, tier } = Environment.of(this);
    const metrics = { metrics: { enabled: true } };
    const replicated = { replicas: this.replicas, pdb: { enabled: this.replicas > 1, maxUnavailable: 1 }, ...metrics };
    return {
      crds: { keep: tier.defaults.protectsState },
      global: {
        ...(domain === undefined ? {} : { domain: `argocd.${domain}` }),
        priorityClassName: 'system-cluster-critical',
      },
      configs: {
        cm: {
          'resource.exclusions': resourceExclusions(own),
          'resource.customizations.health.argoproj.io_Application': APPLICATION_HEALTH,
        },
        params: { 'controller.diff.server.side': 'true' },
      },
      server: { ...replicated, resources: containerResources('50m', '128Mi', '256Mi') },
      repoServer: { ...replicated, resources: containerResources('100m', '256Mi', '1Gi') },
      controller: { ...metrics, resources: containerResources('250m', '512Mi', '2Gi') },
      applicationSet: { ...metrics, resources: containerResources('25m', '64Mi', '256Mi') },
      dex: { enabled: false },
      notifications: { enabled: false },
      redisSecretInit: { resources: containerResources('10m', '32Mi', '128Mi') },
      ...this.redisValues(),
    };
  }

  private redisValues(): HelmValues {
    if (this.replicas < REPLICAS_FOR_REDIS_QUORUM) {
      return { redis: { resources: containerResources('50m', '64Mi', '256Mi') } };
    }
    return {
      'redis-ha': {
        enabled: true,
        redis: { resources: containerResources('50m', '64Mi', '256Mi') },
        sentinel: { resources: containerResources('20m', '32Mi', '64Mi') },
        haproxy: { resources: containerResources('20m', '64Mi', '128Mi') },
      },
    };
  }
}
