import type { HelmValues } from '../gitops';
import { containerResources, DEFAULT_STORAGE_CLASS, PriorityClass } from '../gitops';

/** What decides the values of kube-prometheus-stack. */
export interface PrometheusValuesProps {
  /** Replicas of Prometheus. */
  readonly replicas: number;
  /** Replicas of Alertmanager. */
  readonly alertmanagers: number;
  /** How long metrics are kept, in days. */
  readonly retentionDays: number;
  /** Volume of each Prometheus, in GiB. */
  readonly storageGib: number;
  /** Secret with Grafana's administrator. */
  readonly grafanaSecret: string;
  /** Labels of everything that leaves this Prometheus. */
  readonly externalLabels: { readonly [label: string]: string };
}

/** Share of the volume that metrics may fill; the rest is for the write-ahead log and compaction. Source: Prometheus manual, storage. */
const RETENTION_SHARE = 0.8;

/** Volume of each Alertmanager: silences and notifications only. */
const ALERTMANAGER_STORAGE = '2Gi';

/** Values of kube-prometheus-stack on EKS. */
export function prometheusValues(props: PrometheusValuesProps): HelmValues {
  return {
    crds: { enabled: false },
    ...eksControlPlane(),
    prometheusOperator: {
      // Rules come from typed code and are checked in its tests; the webhook would need certificates that every sync renews.
      admissionWebhooks: { enabled: false },
      tls: { enabled: false },
      resources: containerResources('25m', '128Mi', '256Mi'),
      prometheusConfigReloader: { resources: containerResources('10m', '32Mi', '64Mi') },
    },
    prometheus: { podDisruptionBudget: { enabled: props.replicas > 1, minAvailable: 1 }, prometheusSpec: prometheusSpec(props) },
    alertmanager: {
      podDisruptionBudget: { enabled: props.alertmanagers > 1, minAvailable: 1 },
      alertmanagerSpec: {
        replicas: props.alertmanagers,
        priorityClassName: PriorityClass.CRITICAL.name,
        resources: containerResources('10m', '64Mi', '128Mi'),
        storage: { volumeClaimTemplate: volumeClaim(ALERTMANAGER_STORAGE) },
      },
    },
    grafana: {
      admin: { existingSecret: props.grafanaSecret, userKey: 'username', passwordKey: 'password' },
      resources: containerResources('50m', '192Mi', '512Mi'),
      sidecar: { resources: containerResources('10m', '96Mi', '192Mi') },
      testFramework: { enabled: false },
    },
    'kube-state-metrics': { resources: containerResources('10m', '64Mi', '256Mi') },
    'prometheus-node-exporter': { resources: containerResources('10m', '32Mi', '64Mi') },
  };
}

/** EKS runs these itself and lets nobody scrape them; kube-proxy answers on loopback only. */
function eksControlPlane(): HelmValues {
  const off = { enabled: false };
  return { kubeControllerManager: off, kubeScheduler: off, kubeEtcd: off, kubeProxy: off };
}

/** Takes every monitor and rule of every namespace, whatever its labels: teams bring their own. */
function prometheusSpec(props: PrometheusValuesProps): HelmValues {
  const everyNamespace = ['serviceMonitor', 'podMonitor', 'rule', 'probe', 'scrapeConfig'].map((kind) => [`${kind}SelectorNilUsesHelmValues`, false]);
  return {
    ...(Object.fromEntries(everyNamespace) as HelmValues),
    replicas: props.replicas,
    retention: `${props.retentionDays}d`,
    retentionSize: `${Math.floor(props.storageGib * RETENTION_SHARE)}GiB`,
    priorityClassName: PriorityClass.CRITICAL.name,
    resources: containerResources('250m', '1Gi', '4Gi'),
    externalLabels: props.externalLabels,
    storageSpec: { volumeClaimTemplate: volumeClaim(`${props.storageGib}Gi`) },
  };
}

function volumeClaim(storage: string): HelmValues {
  return { spec: { storageClassName: DEFAULT_STORAGE_CLASS, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } };
}
