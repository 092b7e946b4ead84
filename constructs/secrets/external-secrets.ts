import { Construct } from 'constructs';
import { Chart } from '../../src/catalog';
import { Environment } from '../../src/core';
import type { Application, GitOpsTree, HelmValues } from '../gitops';
import { containerResources, mergeValues, PlatformNamespace, PriorityClass, SyncWave } from '../gitops';

/** Options of External Secrets. */
export interface ExternalSecretsOptions {
  /** Replicas of operator and webhook, at least 1. @default - by tier, at most 2: one works, the other takes over */
  readonly replicas?: number;
  /** Values that are merged last. @default - none */
  readonly values?: HelmValues;
}

/** The operator that makes Kubernetes secrets from AWS Secrets Manager. It acts as the pod identity of its service account. */
export class ExternalSecrets extends Construct {
  /** Namespace of the operator. */
  public static readonly NAMESPACE = PlatformNamespace.EXTERNAL_SECRETS;
  /** Service account whose pod identity reads the secrets. */
  public static readonly SERVICE_ACCOUNT = 'external-secrets';
  /** The application that carries it. */
  public readonly application: Application;

  constructor(scope: GitOpsTree, id: string, props: ExternalSecretsOptions = {}) {
    super(scope, id);
    const replicas = props.replicas ?? Math.min(2, Environment.of(this).tier.defaults.replicas);
    this.application = scope.addApplication('external-secrets', {
      namespace: ExternalSecrets.NAMESPACE,
      wave: SyncWave.OPERATORS,
      helm: { chart: Chart.EXTERNAL_SECRETS, values: mergeValues(defaultValues(replicas), props.values) },
    });
    this.node.defaultChild = this.application;
  }
}

function defaultValues(replicas: number): HelmValues {
  const server = {
    replicaCount: replicas,
    podDisruptionBudget: { enabled: replicas > 1, minAvailable: 1 },
    priorityClassName: PriorityClass.CRITICAL.name,
  };
  const spread = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
  const spreadOver = (name: string) => ({ topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }] });
  return {
    ...server,
    ...spreadOver('external-secrets'),
    leaderElect: replicas > 1,
    serviceAccount: { name: ExternalSecrets.SERVICE_ACCOUNT },
    resources: containerResources('25m', '128Mi', '256Mi'),
    serviceMonitor: { enabled: true, renderMode: 'alwaysRender' },
    webhook: { ...server, ...spreadOver('external-secrets-webhook'), resources: containerResources('10m', '64Mi', '128Mi') },
    certController: { priorityClassName: PriorityClass.CRITICAL.name, resources: containerResources('10m', '96Mi', '192Mi') },
  };
}
