import type { IGpuNodes } from '../../../constructs/compute';
import { NvidiaDevicePlugin, Taint } from '../../../constructs/compute';
import { DcgmExporter, PrometheusStack } from '../../../constructs/monitoring';
import type { PrometheusStackOptions } from '../../../constructs/monitoring';
import { Duration, Size, Tier } from '../../../src/core';
import type { EnvironmentProps } from '../../../src/core';
import { synthTree, treeErrors } from '../../support/tree';

const synth = (options: PrometheusStackOptions = {}, overrides: Partial<EnvironmentProps> = {}) => synthTree((tree) => new PrometheusStack(tree, 'Monitoring', options), overrides);
const wave = (application: { metadata: { annotations: { [key: string]: string } } }) => Number(application.metadata.annotations['argocd.argoproj.io/sync-wave']);

describe('the monitoring stack', () => {
  test.each([
    [Tier.SANDBOX, 1, 1, '7d', '16GiB', '20Gi'],
    [Tier.PRODUCTION, 2, 3, '30d', '80GiB', '100Gi'],
  ])('%s: %d of Prometheus, %d of Alertmanager, %s in %s of %s', (tier, replicas, alertmanagers, retention, retentionSize, storage) => {
    const { prometheus, alertmanager } = synth({}, { tier }).values('kube-prometheus-stack');
    expect(prometheus.prometheusSpec).toMatchObject({ replicas, retention, retentionSize });
    expect(prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec).toMatchObject({ storageClassName: 'gp3', resources: { requests: { storage } } });
    expect(alertmanager.alertmanagerSpec.replicas).toBe(alertmanagers);
    expect([prometheus.podDisruptionBudget.enabled, alertmanager.podDisruptionBudget.enabled]).toEqual([replicas > 1, alertmanagers > 1]);
  });

  test('takes monitors and rules of every team, and scrapes nothing that EKS hides', () => {
    const values = synth().values('kube-prometheus-stack');
    for (const kind of ['serviceMonitor', 'podMonitor', 'rule', 'probe', 'scrapeConfig']) expect(values.prometheus.prometheusSpec[`${kind}SelectorNilUsesHelmValues`]).toBe(false);
    for (const part of ['kubeControllerManager', 'kubeScheduler', 'kubeEtcd', 'kubeProxy']) expect(values[part]).toEqual({ enabled: false });
    expect(values.prometheus.prometheusSpec.externalLabels).toEqual({ platform: 'mlp', environment: 'dev', region: 'eu-central-1' });
  });

  test('brings its definitions first and apart, so that every chart can bring monitors', () => {
    const tree = synth();
    expect(wave(tree.object('applications/prometheus-operator-crds.yaml'))).toBeLessThan(wave(tree.object('applications/kube-prometheus-stack.yaml')));
    expect(tree.values('kube-prometheus-stack').crds).toEqual({ enabled: false });
  });

  test('has no password in git: Grafana\'s administrator is made in the cluster', () => {
    const tree = synth();
    const { admin } = tree.values('kube-prometheus-stack').grafana;
    expect(tree.object('kube-prometheus-stack/externalsecret-grafana-admin.yaml').spec.target).toMatchObject({ name: admin.existingSecret, template: { data: { [admin.userKey]: 'admin' } } });
    expect(tree.object('kube-prometheus-stack/password-grafana-admin.yaml').spec.secretKeys).toEqual([admin.passwordKey]);
  });

  test('watches Argo CD', () => {
    expect(synth().object('kube-prometheus-stack/servicemonitor-argocd.yaml').spec).toMatchObject({ namespaceSelector: { matchNames: ['argocd'] }, selector: { matchLabels: { 'app.kubernetes.io/part-of': 'argocd' } } });
  });

  test('takes sizes, and values last', () => {
    const values = synth({ replicas: 3, retention: Duration.days(90), storage: Size.gibibytes(500), values: { grafana: { replicas: 2 }, prometheus: { prometheusSpec: { replicas: 4 } } } }).values('kube-prometheus-stack');
    expect(values.prometheus.prometheusSpec).toMatchObject({ replicas: 4, retention: '90d', retentionSize: '400GiB' });
    expect(values.grafana).toMatchObject({ replicas: 2, admin: { existingSecret: 'grafana-admin' } });
  });

  test('has its application as default child', () => {
    synthTree((tree) => {
      const stack = new PrometheusStack(tree, 'Monitoring');
      expect(stack.node.defaultChild).toBe(stack.application);
    });
  });

  test('fails with impossible sizes', () => {
    expect(treeErrors((tree) => void new PrometheusStack(tree, 'Monitoring', { replicas: 0, storage: Size.gibibytes(5) }))).toEqual(['PrometheusReplicasInvalid', 'PrometheusStorageInvalid']);
    expect(treeErrors((tree) => void new PrometheusStack(tree, 'Monitoring', { retention: Duration.hours(5) }))).toEqual(['UnitInvalid']);
  });
});

describe('on GPU nodes', () => {
  const nodes: IGpuNodes = { labels: { 'nvidia.com/gpu.present': 'true' }, taints: [Taint.noSchedule('nvidia.com/gpu', 'present'), Taint.noExecute('team')] };
  const tree = synthTree((gitOps) => {
    new NvidiaDevicePlugin(gitOps, 'DevicePlugin', { nodes, values: { migStrategy: 'single' } });
    new DcgmExporter(gitOps, 'Dcgm', { nodes, values: { serviceMonitor: { interval: '60s' } } });
  });

  test.each(['nvidia-device-plugin', 'dcgm-exporter'])('%s runs there, all there, and nowhere else', (application) => {
    const { affinity, tolerations } = tree.values(application);
    expect(affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([{ matchExpressions: [{ key: 'nvidia.com/gpu.present', operator: 'In', values: ['true'] }] }]);
    expect(tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Equal', value: 'present', effect: 'NoSchedule' }, { key: 'team', operator: 'Exists', effect: 'NoExecute' }]);
  });

  test('values are merged last', () => {
    expect(tree.values('nvidia-device-plugin').migStrategy).toBe('single');
    expect(tree.values('dcgm-exporter').serviceMonitor).toMatchObject({ enabled: true, interval: '60s' });
  });

  test('fails on nodes without a label, which would be every node', () => {
    expect(treeErrors((gitOps) => void new NvidiaDevicePlugin(gitOps, 'DevicePlugin', { nodes: { labels: {}, taints: [] } }))).toEqual(['GpuLabelsEmpty']);
  });
});
