import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { ICluster } from '../constructs/cluster';
import type { IGpuNodes } from '../constructs/compute';
import type { FeatureStore } from '../constructs/features';
import type { GitOpsTree } from '../constructs/gitops';
import type { INetwork } from '../constructs/network';
import type { IModelRegistry } from '../constructs/registry';
import { MlflowServer } from '../constructs/registry';
import { ExternalSecrets } from '../constructs/secrets';
import type { IArtifactBucket } from '../constructs/storage';
import type { Environment, PlatformDescription } from '../src/core';
import { addSynthFiles, descriptionFile } from '../src/core';
import type { ClusterLayerOptions } from './cluster-stack';
import { ClusterStack } from './cluster-stack';
import type { DataLayerOptions } from './data-stack';
import { DataStack } from './data-stack';
import type { GitOpsLayerOptions } from './gitops-stack';
import { GitOpsStack } from './gitops-stack';
import type { LayerStack } from './layer-stack';
import type { NetworkLayerOptions } from './network-stack';
import { NetworkStack } from './network-stack';

/** Props of `MlPlatform`. */
export interface MlPlatformProps {
  /** Where it stands and how careful it is. */
  readonly environment: Environment;
  /** Options of the network layer. @default - a new VPC */
  readonly network?: NetworkLayerOptions;
  /** Options of the cluster layer. @default - a new cluster with a system node group and a GPU group from zero */
  readonly cluster?: ClusterLayerOptions;
  /** Options of the data layer. @default - an artifact bucket, a model registry and an empty feature store */
  readonly data?: DataLayerOptions;
  /** Options of the gitops layer. @default - by tier */
  readonly gitops?: GitOpsLayerOptions;
}

/** What the NVIDIA device plugin advertises. */
const NVIDIA_GPU = 'nvidia.com/gpu';

/**
 * The whole platform of one environment: its layers in order, each with its own state.
 *
 * ```ts
 * new MlPlatform(app, 'Dev', { environment });
 * ```
 */
export class MlPlatform extends Construct {
  public readonly environment: Environment;
  /** The VPC. */
  public readonly network: INetwork;
  /** The EKS cluster. */
  public readonly cluster: ICluster;
  /** Bucket of artifacts and offline features. */
  public readonly artifacts: IArtifactBucket;
  /** Model registry. */
  public readonly registry: IModelRegistry;
  /** Feature store. */
  public readonly features: FeatureStore;
  /** Everything that Argo CD brings into the cluster; add applications here. */
  public readonly tree: GitOpsTree;
  public readonly networkLayer: NetworkStack;
  public readonly clusterLayer: ClusterStack;
  public readonly dataLayer: DataStack;
  public readonly gitOpsLayer: GitOpsStack;

  constructor(scope: Construct, id: string, props: MlPlatformProps) {
    super(scope, id);
    const { environment } = props;
    this.environment = environment;
    this.networkLayer = new NetworkStack(this, { environment, ...props.network });
    this.clusterLayer = new ClusterStack(this, { environment, networkLayer: this.networkLayer, ...props.cluster });
    this.dataLayer = new DataStack(this, { environment, networkLayer: this.networkLayer, ...props.data });
    this.network = this.networkLayer.network;
    this.cluster = this.clusterLayer.cluster;
    this.artifacts = this.dataLayer.artifacts;
    this.registry = this.dataLayer.registry;
    this.features = this.dataLayer.features;
    this.gitOpsLayer = new GitOpsStack(this, {
      ...props.gitops,
      environment,
      clusterName: this.cluster.clusterName,
      registry: this.registry,
      privateCidrs: this.network.privateSubnetCidrs,
      gpuNodes: this.nvidiaNodes(),
    });
    this.gitOpsLayer.addDependency(this.clusterLayer);
    this.gitOpsLayer.addDependency(this.dataLayer);
    this.tree = this.gitOpsLayer.tree;
    this.addIdentities();
    addSynthFiles(this.networkLayer, () => ({ [descriptionFile(environment.name)]: `${JSON.stringify(this.describe(), null, 2)}\n` }));
  }

  /** The servers of the gitops layer act in AWS by roles of their own. */
  private addIdentities(): void {
    const mlflow = this.cluster.addWorkloadIdentity('Mlflow', { namespace: MlflowServer.NAMESPACE.name, serviceAccount: MlflowServer.SERVICE_ACCOUNT });
    this.registry.grants.connect(mlflow);
    const secrets = this.cluster.addWorkloadIdentity('ExternalSecrets', { namespace: ExternalSecrets.NAMESPACE.name, serviceAccount: ExternalSecrets.SERVICE_ACCOUNT });
    this.registry.grants.readConnection(secrets);
  }

  /** What the NVIDIA node groups have in common; undefined if there are none. */
  private nvidiaNodes(): IGpuNodes | undefined {
    const group = this.clusterLayer.gpuNodeGroups.find((candidate) => candidate.instanceTypes.some((type) => type.resourceName === NVIDIA_GPU));
    return group && { labels: group.deviceLabels, taints: group.deviceTaints };
  }

  private get layers(): readonly LayerStack[] {
    return this.node.findAll().filter((node): node is LayerStack => TerraformStack.isStack(node));
  }

  private describe(): PlatformDescription {
    const { environment, layers } = this;
    return {
      environment: environment.name,
      tier: environment.tier.name,
      account: environment.account,
      region: environment.region,
      emulated: environment.awsEndpoint !== undefined,
      layers: layers.map((stack) => ({
        layer: stack.layer,
        stack: stack.node.id,
        dependsOn: stack.dependencies.map((other) => (other as LayerStack).layer),
      })),
      cluster: { name: this.cluster.clusterName, version: this.cluster.version.version },
      gitops: { tree: `gitops/${environment.name}`, resourceExclusions: environment.resourceExclusions },
    };
  }
}
