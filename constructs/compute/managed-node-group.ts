import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { AmiType, EksVersion, InstanceType } from '../../src/catalog';
import type { IKey } from '../../src/core';
import { Size } from '../../src/core';
import { NodeLaunchTemplate } from './node-launch-template';
import { rejectImpossibleNodes } from './node-group-checks';
import { NodeRole } from './node-role';
import type { Taint } from './taint';

/** Label that names the pool of a node. */
export const POOL_LABEL = 'ml-platform/pool';

/** How nodes are paid, in the words of EKS. */
export enum CapacityType {
  /** By the second, for as long as wanted. */
  ON_DEMAND = 'ON_DEMAND',
  /** Spare capacity, cheaper, taken back with two minutes' notice. */
  SPOT = 'SPOT',
}

/** A cluster, by the facts that its nodes need. */
export interface INodeGroupCluster {
  /** Name of the cluster, a fact. */
  readonly clusterName: string;
  /** Kubernetes version of the control plane. */
  readonly version: EksVersion;
}

/** A network, by what nodes need of it. */
export interface INodeNetwork {
  /** Availability zones, in the order of the subnets. */
  readonly zones: readonly string[];
  /** Ids of the private subnets, one per zone. */
  readonly privateSubnetIds: readonly string[];
}

/** Options of a managed node group. */
export interface ManagedNodeGroupOptions {
  /** Types that the nodes may have, of one architecture and one image type, the preferred first. */
  readonly instanceTypes: readonly InstanceType[];
  /** Fewest nodes, at least 0. @default 0 */
  readonly minNodes?: number;
  /** Nodes to start with; later the autoscaler decides. @default - minNodes */
  readonly desiredNodes?: number;
  /** Most nodes, at least 1. @default 4 */
  readonly maxNodes?: number;
  /** How nodes are paid. @default CapacityType.ON_DEMAND */
  readonly capacityType?: CapacityType;
  /** Zones of the network to run in. @default - all */
  readonly zones?: readonly string[];
  /** Labels of the nodes, beside `ml-platform/pool`. @default - none */
  readonly labels?: { readonly [key: string]: string };
  /** Taints of the nodes. @default - none */
  readonly taints?: readonly Taint[];
  /** Size of the root volume, 20 GiB to 16 TiB. @default 50 GiB */
  readonly rootVolumeSize?: Size;
  /** Key of the root volume; it needs `KeyUser.autoScaling()`. @default - the account's key for EBS, which AWS manages */
  readonly rootVolumeKey?: IKey;
  /** Network hops to the instance metadata, 1 to 64; 2 lets every pod take the node's role. @default 1 */
  readonly metadataHopLimit?: number;
  /** Image type. @default - by instance type */
  readonly amiType?: AmiType;
  /** What must exist before the first node starts. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Props of `ManagedNodeGroup`. */
export interface ManagedNodeGroupProps extends ManagedNodeGroupOptions {
  /** The cluster that the nodes join. */
  readonly cluster: INodeGroupCluster;
  /** The network whose private subnets they run in. */
  readonly network: INodeNetwork;
}

/**
 * Nodes of one purpose, replaced one by one by EKS when their image or template changes.
 *
 * Terraform sets the number of nodes once and then leaves it alone: it belongs to the autoscaler. A change that needs a new
 * group (instance types, subnets, capacity) creates it before the old one is drained.
 */
export class ManagedNodeGroup extends Construct implements ITerraformDependable {
  /** Name of the pool: the group's name without what Terraform adds, and the value of the label `ml-platform/pool`. */
  public readonly poolName: string;
  public readonly instanceTypes: readonly InstanceType[];
  public readonly minNodes: number;
  public readonly maxNodes: number;
  public readonly labels: { readonly [key: string]: string };
  public readonly taints: readonly Taint[];
  /** The role of the nodes. */
  public readonly role: NodeRole;
  /** Terraform address, so that others can wait for the nodes. */
  public readonly fqn: string;

  /**
   * @throws InstanceTypesEmpty, ArchitectureMixed, ImageMixed, NodeCountInvalid, NodeGroupSizeInverted, DesiredOutOfRange, TaintInvalid, TaintDuplicate,
   * LabelInvalid, LabelReserved, RootVolumeTooSmall, RootVolumeTooLarge, HopLimitOutOfRange, ZoneNotInNetwork, NameInvalid, NameTooLong (all of them together)
   */
  constructor(scope: Construct, id: string, props: ManagedNodeGroupProps) {
    super(scope, id);
    this.poolName = poolNameOf(id);
    this.instanceTypes = [...props.instanceTypes];
    this.minNodes = props.minNodes ?? 0;
    this.maxNodes = props.maxNodes ?? 4;
    const desiredNodes = props.desiredNodes ?? this.minNodes;
    this.labels = { ...props.labels, [POOL_LABEL]: this.poolName };
    this.taints = [...(props.taints ?? [])];
    const rootVolumeSize = props.rootVolumeSize ?? Size.gibibytes(50);
    const metadataHopLimit = props.metadataHopLimit ?? 1;
    const zones = props.zones ?? props.network.zones;
    rejectImpossibleNodes(this, { ...this.facts(), labels: props.labels ?? {}, desiredNodes, rootVolumeSize, metadataHopLimit, zones, networkZones: props.network.zones, hasOwnImage: props.amiType !== undefined });

    this.role = new NodeRole(this, 'Role', { roleNameSuffix: `${this.poolName}-nodes` });
    const template = new NodeLaunchTemplate(this, 'LaunchTemplate', { nameSuffix: `${this.poolName}-nodes`, rootVolumeSize, rootVolumeKey: props.rootVolumeKey, metadataHopLimit });
    const group = new EksNodeGroup(this, 'Resource', {
      clusterName: props.cluster.clusterName,
      nodeGroupNamePrefix: `${this.poolName}-`,
      nodeRoleArn: this.role.createdArn,
      version: props.cluster.version.version,
      amiType: props.amiType ?? this.instanceTypes[0]?.amiType,
      capacityType: props.capacityType ?? CapacityType.ON_DEMAND,
      instanceTypes: this.instanceTypes.map((type) => type.name),
      subnetIds: props.network.privateSubnetIds.filter((_, index) => zones.includes(props.network.zones[index] as string)),
      launchTemplate: { id: template.launchTemplateId, version: template.latestVersion },
      scalingConfig: { minSize: this.minNodes, maxSize: this.maxNodes, desiredSize: desiredNodes },
      labels: this.labels,
      taint: this.taints.map(({ key, value, effect }) => ({ key, effect, ...(value === '' ? {} : { value }) })),
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      lifecycle: { createBeforeDestroy: true, ignoreChanges: ['scaling_config[0].desired_size'] },
      dependsOn: [...(props.dependsOn ?? []), ...this.role.attachments],
    });
    this.fqn = group.fqn;
  }

  private facts() {
    const { poolName, instanceTypes, minNodes, maxNodes, taints } = this;
    return { poolName, instanceTypes, minNodes, maxNodes, taints };
  }
}

/** `GpuTraining` → `gpu-training`. */
export function poolNameOf(id: string): string {
  return id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
