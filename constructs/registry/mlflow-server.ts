import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ApiVersion, ContainerImage } from '../../src/catalog';
import { Environment, Problems, Size } from '../../src/core';
import type { Application, GitOpsTree } from '../gitops';
import { IntOrString, KubeConfigMap, KubeDeployment, KubeHorizontalPodAutoscalerV2, KubeJob, KubeNetworkPolicy, KubePodDisruptionBudget, KubeService, KubeServiceAccount, PlatformNamespace, SyncWave } from '../gitops';
import type { ClusterSecretStore } from '../secrets';
import { GeneratedSecret } from '../secrets';
import { addDatabaseSecret } from './mlflow-database';
import { serverNetworkPolicy } from './mlflow-network';
import type { MlflowPodProps } from './mlflow-pod';
import { authConfig, migrationPod, MLFLOW_PORT, MlflowKeys, serverLabels, serverPod } from './mlflow-pod';
import type { IModelRegistry } from './model-registry';

/** CPU of the asked-for share at which another replica is started, in percent. */
const TARGET_CPU_PERCENT = 70;

/** How far the number of replicas may grow beyond its floor. */
const GROWTH = 3;

/** Room for artifacts on their way. Larger files should go to S3 in parts, straight from the client: it sets `MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD`. */
const SCRATCH = Size.gibibytes(20);

/** Name of the server, its service, service account and application. */
const NAME = 'mlflow';

/** Order within the application: what pods mount, the schema, the server. */
const Order = {
  SECRETS: { 'argocd.argoproj.io/sync-wave': '-2' },
  MIGRATION: { 'argocd.argoproj.io/sync-wave': '-1', 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' },
} as const;

/** Options of the MLflow server. */
export interface MlflowServerOptions {
  /** Image with database driver, boto3 and authentication. @default ContainerImage.MLFLOW */
  readonly image?: ContainerImage;
  /** Fewest replicas, at least 1. @default - by tier */
  readonly minReplicas?: number;
  /** Most replicas, at least `minReplicas`. @default - three times `minReplicas` */
  readonly maxReplicas?: number;
  /** Worker processes of each replica, 1 to 16; each takes about 300 MiB. @default 2 */
  readonly workers?: number;
  /** Room on the node for artifacts that pass through a replica: it holds each whole while it is up- or downloaded. @default Size.gibibytes(20) */
  readonly scratch?: Size;
  /** Host names by which it may be called, beside its service's. @default - `mlflow.<domain>` if the environment has a domain */
  readonly hosts?: readonly string[];
}

/** Props of the MLflow server. */
export interface MlflowServerProps extends MlflowServerOptions {
  /** The AWS side, by its facts. */
  readonly registry: IModelRegistry;
  /** Where passwords come from. */
  readonly store: ClusterSecretStore;
  /** Address ranges of the subnets that the database is in, at least one. */
  readonly privateCidrs: readonly string[];
}

/** The MLflow server on Kubernetes, for a registry in AWS. Clients in namespaces with the label `ml-platform/mlflow-client: "true"` reach it. */
export class MlflowServer extends Construct {
  /** Namespace of the server. */
  public static readonly NAMESPACE = PlatformNamespace.MLFLOW;
  /** Service account whose pod identity reads and writes artifacts. */
  public static readonly SERVICE_ACCOUNT = NAME;
  /** The application that carries it. */
  public readonly application: Application;
  /** Address inside the cluster. */
  public readonly trackingUri = `http://${NAME}.${PlatformNamespace.MLFLOW.name}.svc:${MLFLOW_PORT}`;
  private readonly minReplicas: number;
  private readonly maxReplicas: number;
  private readonly workers: number;
  private readonly labels = serverLabels(NAME);

  /** @throws MlflowReplicasInvalid, MlflowWorkersInvalid, PrivateCidrsEmpty */
  constructor(scope: GitOpsTree, id: string, private readonly props: MlflowServerProps) {
    super(scope, id);
    this.minReplicas = props.minReplicas ?? Environment.of(this).tier.defaults.replicas;
    this.maxReplicas = props.maxReplicas ?? this.minReplicas * GROWTH;
    this.workers = props.workers ?? 2;
    this.rejectBadNumbers();
    this.application = scope.addApplication(NAME, { namespace: MlflowServer.NAMESPACE, wave: SyncWave.SERVICES });
    const pod = this.podProps();
    this.addConfiguration(pod);
    new KubeJob(this.application, 'Migration', {
      metadata: { name: `${NAME}-migration`, annotations: Order.MIGRATION },
      spec: { backoffLimit: 3, activeDeadlineSeconds: 1800, template: { metadata: { labels: { ...this.labels, 'app.kubernetes.io/component': 'migration' } }, spec: migrationPod(pod) } },
    });
    this.node.defaultChild = this.addServer(pod);
    this.addAvailability();
    this.addMetrics(pod);
  }

  private podProps(): MlflowPodProps {
    const { domain } = Environment.of(this);
    const hosts = this.props.hosts ?? (domain === undefined ? [] : [`${NAME}.${domain}`]);
    const service = [NAME, `${NAME}.${MlflowServer.NAMESPACE.name}`, `${NAME}.${MlflowServer.NAMESPACE.name}.svc`, `${NAME}.${MlflowServer.NAMESPACE.name}.svc.cluster.local`];
    return {
      names: { serviceAccount: MlflowServer.SERVICE_ACCOUNT, config: NAME, database: `${NAME}-database`, keys: `${NAME}-keys` },
      image: (this.props.image ?? ContainerImage.MLFLOW).image,
      artifactRoot: this.props.registry.artifactRoot,
      workers: this.workers,
      scratch: this.props.scratch ?? SCRATCH,
      allowedHosts: [...service.flatMap((host) => [host, `${host}:${MLFLOW_PORT}`]), ...hosts],
      allowedOrigins: [`http://localhost:${MLFLOW_PORT}`, ...hosts.map((host) => `https://${host}`)],
    };
  }

  private addConfiguration({ names }: MlflowPodProps): void {
    const { registry, store } = this.props;
    new KubeServiceAccount(this.application, 'ServiceAccount', { metadata: { name: names.serviceAccount, annotations: Order.SECRETS }, automountServiceAccountToken: false });
    new KubeConfigMap(this.application, 'Config', { metadata: { name: names.config, annotations: Order.SECRETS }, data: { 'auth.ini': authConfig() } });
    addDatabaseSecret(this.application, 'Database', { name: names.database, registry, store, annotations: Order.SECRETS });
    new GeneratedSecret(this.application, 'Keys', {
      name: names.keys,
      randomKeys: [MlflowKeys.SESSION, MlflowKeys.PASSWORD],
      plainKeys: { [MlflowKeys.USER]: 'admin' },
      annotations: Order.SECRETS,
    });
    new KubeNetworkPolicy(this.application, 'NetworkPolicy', { metadata: { name: NAME, annotations: Order.SECRETS }, spec: serverNetworkPolicy({ 'app.kubernetes.io/name': NAME }, this.props.privateCidrs) });
  }

  /** The number of replicas is the autoscaler's: written here, every sync would set it back. */
  private addServer(pod: MlflowPodProps): KubeDeploymentObject {
    new KubeService(this.application, 'Service', {
      metadata: { name: NAME, labels: this.labels },
      spec: { type: 'ClusterIP', selector: this.labels, ports: [{ name: 'http', port: MLFLOW_PORT, targetPort: IntOrString.fromString('http') }] },
    });
    return new KubeDeployment(this.application, 'Server', {
      metadata: { name: NAME, labels: this.labels },
      spec: {
        revisionHistoryLimit: 5,
        selector: { matchLabels: this.labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: IntOrString.fromNumber(0), maxSurge: IntOrString.fromNumber(1) } },
        template: { metadata: { labels: this.labels }, spec: serverPod(pod, this.labels) },
      },
    });
  }

  private addAvailability(): void {
    new KubePodDisruptionBudget(this.application, 'DisruptionBudget', { metadata: { name: NAME }, spec: { maxUnavailable: IntOrString.fromNumber(1), selector: { matchLabels: this.labels } } });
    new KubeHorizontalPodAutoscalerV2(this.application, 'Autoscaler', {
      metadata: { name: NAME },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
        minReplicas: this.minReplicas,
        maxReplicas: this.maxReplicas,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: TARGET_CPU_PERCENT } } }],
      },
    });
  }

  /** Metrics need credentials like everything but `/health`. */
  private addMetrics({ names }: MlflowPodProps): void {
    new ApiObject(this.application, 'Metrics', {
      apiVersion: ApiVersion.PROMETHEUS_OPERATOR,
      kind: 'ServiceMonitor',
      metadata: { name: NAME },
      spec: {
        selector: { matchLabels: this.labels },
        endpoints: [{ port: 'http', path: '/metrics', interval: '30s', basicAuth: { username: { name: names.keys, key: MlflowKeys.USER }, password: { name: names.keys, key: MlflowKeys.PASSWORD } } }],
      },
    });
  }

  private rejectBadNumbers(): void {
    const problems = new Problems(this);
    problems.when(!Number.isInteger(this.minReplicas) || this.minReplicas < 1 || !Number.isInteger(this.maxReplicas) || this.maxReplicas < this.minReplicas, {
      code: 'MlflowReplicasInvalid', message: `got minReplicas ${this.minReplicas} and maxReplicas ${this.maxReplicas}`, allowed: 'whole numbers, at least 1, minReplicas not above maxReplicas',
    });
    problems.when(!Number.isInteger(this.workers) || this.workers < 1 || this.workers > 16, { code: 'MlflowWorkersInvalid', message: `workers got ${this.workers}`, allowed: 'a whole number from 1 to 16' });
    problems.when(this.props.privateCidrs.length === 0, { code: 'PrivateCidrsEmpty', message: 'privateCidrs got an empty list', allowed: 'at least one address range', remedy: "give the database's subnets: without them the server reaches no database" });
    problems.throwIfAny();
  }
}

type KubeDeploymentObject = InstanceType<typeof KubeDeployment>;
