import { chartData, chartLocation, offeredCharts, type ChartData, type ChartLocation } from './chart-facts';

/** A Helm chart at its pinned version. */
export class Chart {
  // members: begin (written by generate.ts)
  public static readonly ARGO_CD = new Chart('argo-cd');
  public static readonly ARGOCD_APPS = new Chart('argocd-apps');
  public static readonly ARGOCD_IMAGE_UPDATER = new Chart('argocd-image-updater');
  public static readonly ARGO_WORKFLOWS = new Chart('argo-workflows');
  public static readonly ARGO_ROLLOUTS = new Chart('argo-rollouts');
  public static readonly ARGO_EVENTS = new Chart('argo-events');
  public static readonly KUBE_PROMETHEUS_STACK = new Chart('kube-prometheus-stack');
  public static readonly PROMETHEUS_PUSHGATEWAY = new Chart('prometheus-pushgateway');
  public static readonly PROMETHEUS_ADAPTER = new Chart('prometheus-adapter');
  public static readonly PROMETHEUS_OPERATOR_CRDS = new Chart('prometheus-operator-crds');
  public static readonly DCGM_EXPORTER = new Chart('dcgm-exporter');
  public static readonly GPU_OPERATOR = new Chart('gpu-operator');
  public static readonly NVIDIA_DEVICE_PLUGIN = new Chart('nvidia-device-plugin');
  public static readonly DRA_DRIVER_NVIDIA_GPU = new Chart('dra-driver-nvidia-gpu');
  public static readonly KAI_SCHEDULER = new Chart('kai-scheduler');
  public static readonly KARPENTER = new Chart('karpenter');
  public static readonly KARPENTER_CRD = new Chart('karpenter-crd');
  public static readonly AWS_LOAD_BALANCER_CONTROLLER = new Chart('aws-load-balancer-controller');
  public static readonly EXTERNAL_SECRETS = new Chart('external-secrets');
  public static readonly CERT_MANAGER = new Chart('cert-manager');
  public static readonly KEDA = new Chart('keda');
  public static readonly KEDA_ADD_ONS_HTTP = new Chart('keda-add-ons-http');
  public static readonly KSERVE_CRD = new Chart('kserve-crd');
  public static readonly KSERVE_RESOURCES = new Chart('kserve-resources');
  public static readonly KSERVE_RUNTIME_CONFIGS = new Chart('kserve-runtime-configs');
  public static readonly KSERVE_LLMISVC_CRD = new Chart('kserve-llmisvc-crd');
  public static readonly KSERVE_LLMISVC_RESOURCES = new Chart('kserve-llmisvc-resources');
  public static readonly KSERVE_LOCALMODEL_RESOURCES = new Chart('kserve-localmodel-resources');
  public static readonly KUBERAY_OPERATOR = new Chart('kuberay-operator');
  public static readonly RAY_CLUSTER = new Chart('ray-cluster');
  public static readonly KUEUE = new Chart('kueue');
  public static readonly JOBSET = new Chart('jobset');
  public static readonly LWS = new Chart('lws');
  public static readonly KUBEFLOW_TRAINER = new Chart('kubeflow-trainer');
  public static readonly SPARK_OPERATOR = new Chart('spark-operator');
  public static readonly OPENTELEMETRY_COLLECTOR = new Chart('opentelemetry-collector');
  public static readonly OPENTELEMETRY_OPERATOR = new Chart('opentelemetry-operator');
  public static readonly OPENTELEMETRY_KUBE_STACK = new Chart('opentelemetry-kube-stack');
  public static readonly MLFLOW = new Chart('mlflow');
  public static readonly KYVERNO = new Chart('kyverno');
  public static readonly KYVERNO_POLICIES = new Chart('kyverno-policies');
  public static readonly QDRANT = new Chart('qdrant');
  public static readonly METRICS_SERVER = new Chart('metrics-server');
  public static readonly OPENCOST = new Chart('opencost');
  public static readonly GRAFANA = new Chart('grafana');
  public static readonly LOKI = new Chart('loki');
  public static readonly TEMPO = new Chart('tempo');
  public static readonly TEMPO_DISTRIBUTED = new Chart('tempo-distributed');
  public static readonly ALLOY = new Chart('alloy');
  public static readonly AWS_MOUNTPOINT_S3_CSI_DRIVER = new Chart('aws-mountpoint-s3-csi-driver');
  public static readonly AWS_EFS_CSI_DRIVER = new Chart('aws-efs-csi-driver');
  public static readonly AWS_EBS_CSI_DRIVER = new Chart('aws-ebs-csi-driver');
  public static readonly AWS_FSX_CSI_DRIVER = new Chart('aws-fsx-csi-driver');
  public static readonly SECRETS_STORE_CSI_DRIVER = new Chart('secrets-store-csi-driver');
  public static readonly SECRETS_STORE_CSI_DRIVER_PROVIDER_AWS = new Chart('secrets-store-csi-driver-provider-aws');
  public static readonly EXTERNAL_DNS = new Chart('external-dns');
  public static readonly AWS_EFA_K8S_DEVICE_PLUGIN = new Chart('aws-efa-k8s-device-plugin');
  public static readonly AWS_FOR_FLUENT_BIT = new Chart('aws-for-fluent-bit');
  public static readonly AWS_CLOUDWATCH_METRICS = new Chart('aws-cloudwatch-metrics');
  public static readonly AWS_DRANET = new Chart('aws-dranet');
  public static readonly AWS_VPC_CNI = new Chart('aws-vpc-cni');
  public static readonly AMAZON_CLOUDWATCH_OBSERVABILITY = new Chart('amazon-cloudwatch-observability');
  public static readonly NEURON_HELM_CHART = new Chart('neuron-helm-chart');
  public static readonly EKS_NODE_MONITORING_AGENT = new Chart('eks-node-monitoring-agent');
  public static readonly CLUSTER_AUTOSCALER = new Chart('cluster-autoscaler');
  public static readonly DESCHEDULER = new Chart('descheduler');
  public static readonly VELERO = new Chart('velero');
  public static readonly GATEWAY_HELM = new Chart('gateway-helm');
  public static readonly VLLM_STACK = new Chart('vllm-stack');
  public static readonly FEAST_FEATURE_SERVER = new Chart('feast-feature-server');
  // members: end

  /**
   * The chart of that name.
   * @param data version and repository of a chart that the table does not hold, or other ones. @default - from the table
   * @throws ChartUnknown the table does not hold it and nothing is given.
   */
  public static of(name: string, data?: ChartData): Chart {
    if (data === undefined) chartData(name);
    return new Chart(name, data);
  }

  /** Names of all charts in the table. */
  public static offered(): readonly string[] {
    return offeredCharts();
  }

  private constructor(
    /** Chart name. */
    public readonly name: string,
    private readonly given?: ChartData,
  ) {}

  /** Pinned version. */
  public get version(): string {
    return this.data.version;
  }

  /** Version of the program inside, where the chart names one. */
  public get appVersion(): string | undefined {
    return this.data.appVersion;
  }

  /**
   * Where it comes from.
   * @param mirror one address that replaces every chart repository. @default - the chart's own repository
   * @throws ChartMirrorInvalid the mirror is neither `oci://…` nor `https://…`.
   */
  public location(mirror?: string): ChartLocation {
    return chartLocation(this.name, this.data, mirror);
  }

  private get data(): ChartData {
    return this.given ?? chartData(this.name);
  }
}

/** Where a chart comes from, with the environment's mirror if it has one. @throws ChartMirrorInvalid */
export function repositoryFor(chart: Chart, chartMirror?: string): ChartLocation {
  return chart.location(chartMirror);
}
