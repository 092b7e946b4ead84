import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import type { IGpuNodes } from '../constructs/compute';
import { NvidiaDevicePlugin } from '../constructs/compute';
import type { ArgoCdOptions } from '../constructs/gitops';
import { ArgoCd, BootstrapNamespaces, GitOpsTree, PlatformBase, PlatformNamespace, RootApplication } from '../constructs/gitops';
import type { PrometheusStackOptions } from '../constructs/monitoring';
import { DcgmExporter, PrometheusStack } from '../constructs/monitoring';
import type { IModelRegistry, MlflowServerOptions } from '../constructs/registry';
import { MlflowServer } from '../constructs/registry';
import type { ExternalSecretsOptions } from '../constructs/secrets';
import { ClusterSecretStore, ExternalSecrets } from '../constructs/secrets';
import type { Environment } from '../src/core';
import { AwsLayerStack } from './aws-layer-stack';
import { addClusterProviders } from './cluster-providers';

/** Choices for the gitops layer. */
export interface GitOpsLayerOptions {
  /** ARN of the key that encrypts volumes, a fact. @default - the account's key for EBS */
  readonly volumeKeyArn?: string;
  /** More facts for the facts secret, by name; no secret values. @default - none */
  readonly facts?: { readonly [name: string]: string };
  /** Choices for Argo CD. @default - by tier */
  readonly argoCd?: ArgoCdOptions;
  /** Choices for External Secrets. @default - by tier */
  readonly externalSecrets?: ExternalSecretsOptions;
  /** Choices for Prometheus. @default - by tier */
  readonly monitoring?: PrometheusStackOptions;
  /** Choices for MLflow. @default - by tier */
  readonly mlflow?: MlflowServerOptions;
}

/** Props of the gitops layer. All of them are facts: the layer needs no output of another. */
export interface GitOpsStackProps extends GitOpsLayerOptions {
  /** The environment that the layer belongs to. */
  readonly environment: Environment;
  /** Name of the cluster. */
  readonly clusterName: string;
  /** The model registry's AWS side. */
  readonly registry: IModelRegistry;
  /** Address ranges of the private subnets, where the registry's database is. */
  readonly privateCidrs: readonly string[];
  /** Nodes with GPUs. @default - none: neither device plugin nor GPU metrics */
  readonly gpuNodes?: IGpuNodes;
}

/** The layer inside the cluster: namespaces, Argo CD, its root application, the facts; and the GitOps tree that Argo CD takes from there. */
export class GitOpsStack extends AwsLayerStack {
  /** The tree; whoever has more for the cluster adds applications to it. */
  public readonly tree: GitOpsTree;
  /** The MLflow server. */
  public readonly mlflow: MlflowServer;
  /** Namespaces of the cluster; an application's comes by itself. */
  public readonly namespaces: BootstrapNamespaces;

  constructor(scope: Construct, private readonly props: GitOpsStackProps) {
    super(scope, { environment: props.environment, layer: 'gitops' });
    addClusterProviders(this, props.clusterName);
    this.namespaces = new BootstrapNamespaces(this, 'Namespaces');
    this.tree = new GitOpsTree(this, 'GitOps', { namespaces: this.namespaces });
    new PlatformBase(this.tree, 'Base', { volumeKeyArn: props.volumeKeyArn });
    new ExternalSecrets(this.tree, 'ExternalSecrets', props.externalSecrets);
    const store = new ClusterSecretStore(this.tree, 'SecretStore', { namespaces: [MlflowServer.NAMESPACE] });
    new PrometheusStack(this.tree, 'Monitoring', props.monitoring);
    if (props.gpuNodes) {
      new NvidiaDevicePlugin(this.tree, 'DevicePlugin', { nodes: props.gpuNodes });
      new DcgmExporter(this.tree, 'DcgmExporter', { nodes: props.gpuNodes });
    }
    this.mlflow = new MlflowServer(this.tree, 'Mlflow', { ...props.mlflow, registry: props.registry, store, privateCidrs: props.privateCidrs });
    this.bootstrap();
  }

  /** Applications go before Argo CD, Argo CD before its namespace: destroy runs the other way round. */
  private bootstrap(): void {
    const home = this.namespaces.add(PlatformNamespace.ARGO_CD);
    const argo = new ArgoCd(this, 'ArgoCd', { ...this.props.argoCd, dependsOn: [home] });
    const facts = this.addFacts([home]);
    new RootApplication(this, 'RootApplication', { tree: this.tree, namespaces: this.namespaces, dependsOn: [argo.release, facts] });
  }

  /** What the platform knows of itself, as annotations of Argo CD's own cluster: generators of application sets read them. */
  private addFacts(dependsOn: ITerraformDependable[]): ITerraformDependable {
    const { environment, clusterName, registry } = this.props;
    const facts = {
      account: environment.account,
      region: environment.region,
      environment: environment.name,
      tier: environment.tier.name,
      'cluster-name': clusterName,
      'artifact-bucket': registry.bucketName,
      'artifact-root': registry.artifactRoot,
      'registry-connection-secret': registry.connectionSecretName,
      ...(environment.domain === undefined ? {} : { domain: environment.domain }),
      ...this.props.facts,
    };
    return new SecretV1(this, 'Facts', {
      metadata: {
        name: 'platform-facts',
        namespace: PlatformNamespace.ARGO_CD.name,
        labels: { 'argocd.argoproj.io/secret-type': 'cluster', 'app.kubernetes.io/part-of': 'ml-platform' },
        annotations: Object.fromEntries(Object.entries(facts).map(([name, value]) => [`ml-platform/${name}`, value])),
      },
      data: { name: 'in-cluster', server: this.tree.clusterServer, config: JSON.stringify({ tlsClientConfig: { insecure: false } }) },
      dependsOn,
    });
  }
}
