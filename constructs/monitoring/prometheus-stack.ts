import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ApiVersion, Chart } from '../../src/catalog';
import type { Size } from '../../src/core';
import { Duration, Environment, Problems } from '../../src/core';
import type { Application, GitOpsTree, HelmValues } from '../gitops';
import { mergeValues, PlatformNamespace, SyncWave } from '../gitops';
import { GeneratedSecret } from '../secrets';
import { prometheusValues } from './prometheus-values';

/** Name of the secret with Grafana's administrator. */
const GRAFANA_SECRET = 'grafana-admin';

/** Options of the monitoring stack. */
export interface PrometheusStackOptions {
  /** Replicas of Prometheus, at least 1. @default - 2 where the tier protects state, else 1 */
  readonly replicas?: number;
  /** How long metrics are kept, whole days. @default - 30 days where the tier protects state, else 7 */
  readonly retention?: Duration;
  /** Volume of each Prometheus, whole GiB, at least 10. @default - 100 GiB where the tier protects state, else 20 */
  readonly storage?: Size;
  /** Values of kube-prometheus-stack that are merged last. @default - none */
  readonly values?: HelmValues;
}

/** Prometheus, Alertmanager and Grafana, by kube-prometheus-stack. Its definitions are an application of their own, so that every other chart can bring monitors. */
export class PrometheusStack extends Construct {
  /** The application that carries it. */
  public readonly application: Application;

  /** @throws PrometheusReplicasInvalid, PrometheusStorageInvalid, UnitInvalid */
  constructor(scope: GitOpsTree, id: string, props: PrometheusStackOptions = {}) {
    super(scope, id);
    const environment = Environment.of(this);
    const { protectsState } = environment.tier.defaults;
    const replicas = props.replicas ?? (protectsState ? 2 : 1);
    const storageGib = props.storage?.toGibibytes() ?? (protectsState ? 100 : 20);
    this.rejectBadNumbers(replicas, storageGib);
    scope.addApplication('prometheus-operator-crds', { namespace: PlatformNamespace.MONITORING, wave: SyncWave.DEFINITIONS, helm: { chart: Chart.PROMETHEUS_OPERATOR_CRDS } });
    this.application = scope.addApplication('kube-prometheus-stack', {
      namespace: PlatformNamespace.MONITORING,
      otherNamespaces: ['kube-system'],
      wave: SyncWave.SERVICES,
      helm: {
        chart: Chart.KUBE_PROMETHEUS_STACK,
        values: mergeValues(
          prometheusValues({
            replicas,
            // Alertmanager's cluster agrees by gossip: three survive the loss of one.
            alertmanagers: protectsState ? 3 : 1,
            retentionDays: (props.retention ?? Duration.days(protectsState ? 30 : 7)).toDays(),
            storageGib,
            grafanaSecret: GRAFANA_SECRET,
            externalLabels: { platform: environment.platformName, environment: environment.name, region: environment.region },
          }),
          props.values,
        ),
      },
    });
    this.node.defaultChild = this.application;
    new GeneratedSecret(this.application, 'GrafanaAdmin', {
      name: GRAFANA_SECRET,
      randomKeys: ['password'],
      plainKeys: { username: 'admin' },
      annotations: { 'argocd.argoproj.io/sync-wave': '-1' },
    });
    this.watchArgoCd(scope);
  }

  /** Argo CD stands before the definitions of monitors do, so its monitor is here. */
  private watchArgoCd(tree: GitOpsTree): void {
    new ApiObject(this.application, 'ArgoCd', {
      apiVersion: ApiVersion.PROMETHEUS_OPERATOR,
      kind: 'ServiceMonitor',
      metadata: { name: 'argocd' },
      spec: {
        namespaceSelector: { matchNames: [tree.argoCdNamespace] },
        selector: { matchLabels: { 'app.kubernetes.io/part-of': 'argocd' } },
        endpoints: [{ port: 'http-metrics', interval: '30s' }],
      },
    });
  }

  private rejectBadNumbers(replicas: number, storageGib: number): void {
    const problems = new Problems(this);
    problems.when(!Number.isInteger(replicas) || replicas < 1, { code: 'PrometheusReplicasInvalid', message: `replicas got ${replicas}`, allowed: 'a whole number of at least 1' });
    problems.when(storageGib < 10, { code: 'PrometheusStorageInvalid', message: `storage got ${storageGib} GiB`, allowed: 'at least 10 GiB' });
    problems.throwIfAny();
  }
}
