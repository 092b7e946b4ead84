import type { Construct } from 'constructs';
import type { ClusterOptions, ICluster } from '../constructs/cluster';
import { Cluster } from '../constructs/cluster';
import type { GpuNodeGroup, ManagedNodeGroupOptions } from '../constructs/compute';
import { EksVersion, InstanceType } from '../src/catalog';
import type { Environment } from '../src/core';
import { fail } from '../src/core';
import { AwsLayerStack } from './aws-layer-stack';
import type { NetworkStack } from './network-stack';

/** Props that make sense for a cluster that exists. */
const GO_WITH_EXISTING = ['environment', 'networkLayer', 'existingClusterName', 'version', 'nodeGroups', 'gpuNodeGroups'];

/** Options of the cluster layer. */
export interface ClusterLayerOptions extends ClusterOptions {
  /** Node groups with accelerators, by id. @default - `Gpu`: g6.xlarge, 0 to 4 nodes */
  readonly gpuNodeGroups?: { readonly [id: string]: ManagedNodeGroupOptions };
  /** Further node groups, by id. @default - none */
  readonly nodeGroups?: { readonly [id: string]: ManagedNodeGroupOptions };
  /** Name of a cluster to use instead of a new one; of the other options, `version` and the node groups go with it. @default - a new cluster */
  readonly existingClusterName?: string;
}

/** Props of `ClusterStack`. */
export interface ClusterStackProps extends ClusterLayerOptions {
  /** The environment that the layer belongs to. */
  readonly environment: Environment;
  /** The layer that the cluster's network comes from. */
  readonly networkLayer: NetworkStack;
}

/** The cluster layer: EKS with add-ons, nodes and the identities of workloads; or a cluster that exists, with nodes and identities. */
export class ClusterStack extends AwsLayerStack {
  /** The cluster. Its name, ARN and version are facts; workload identities are added here. */
  public readonly cluster: ICluster;
  /** Node groups with accelerators, in the order given. */
  public readonly gpuNodeGroups: readonly GpuNodeGroup[];

  /** @throws ClusterOptionsConflict, and what `Cluster` and the node groups throw */
  constructor(scope: Construct, props: ClusterStackProps) {
    super(scope, { environment: props.environment, layer: 'cluster' });
    this.cluster = props.existingClusterName === undefined ? this.build(props) : this.adopt(props.existingClusterName, props);
    this.export('cluster_name', this.cluster.clusterName, 'Name of the EKS cluster.');
    for (const [id, options] of Object.entries(props.nodeGroups ?? {})) this.cluster.addNodeGroup(id, options);
    const gpuNodeGroups = props.gpuNodeGroups ?? { Gpu: { instanceTypes: [InstanceType.G6_XLARGE], maxNodes: 4 } };
    this.gpuNodeGroups = Object.entries(gpuNodeGroups).map(([id, options]) => this.cluster.addGpuNodeGroup(id, options));
  }

  private build(props: ClusterStackProps): ICluster {
    const cluster = new Cluster(this, 'Cluster', { ...props, network: props.networkLayer.networkFor(this) });
    this.export('cluster_endpoint', cluster.clusterEndpoint, 'URL of the Kubernetes API.');
    this.export('cluster_security_group_id', cluster.clusterSecurityGroupId, 'Security group of control plane and nodes.');
    return cluster;
  }

  private adopt(clusterName: string, props: ClusterStackProps): ICluster {
    const given = Object.entries(props).filter(([key, value]) => value !== undefined && !GO_WITH_EXISTING.includes(key)).map(([key]) => key);
    if (given.length > 0) {
      fail({ code: 'ClusterOptionsConflict', message: `existingClusterName is given together with ${given.join(', ')}`, remedy: 'leave them out: an existing cluster is used as it is', path: this.node.path });
    }
    const network = props.networkLayer.networkFor(this);
    return Cluster.fromClusterName(this, 'Cluster', clusterName, { version: props.version ?? EksVersion.DEFAULT, network });
  }
}
