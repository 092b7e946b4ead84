import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Annotations } from 'cdktf';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { EKS_VERSIONS_SOURCE, EksAddon, EksVersion, InstanceType } from '../../src/catalog';
import type { Duration, IKey } from '../../src/core';
import { claimName, Environment, formatProblem, NameRule, Problems, serviceTrust } from '../../src/core';
import type { ManagedNodeGroup, ManagedNodeGroupOptions } from '../compute';
import { EncryptedLogGroup, EncryptionKey, KeyUser } from '../encryption';
import type { INetwork } from '../network';
import { AccessPolicy } from './access-policy';
import type { ClusterAddonOptions } from './cluster-addon';
import { ClusterBase } from './cluster-base';
import type { ICluster } from './cluster-interface';
import type { ClusterAttributes } from './imported-cluster';
import { ImportedCluster } from './imported-cluster';
import { publicAccessProblems } from './public-access';

/** A log of the control plane, in the words of EKS. */
export enum ControlPlaneLog {
  API = 'api',
  AUDIT = 'audit',
  AUTHENTICATOR = 'authenticator',
  CONTROLLER_MANAGER = 'controllerManager',
  SCHEDULER = 'scheduler',
}

/** What EKS does when standard support of the version ends. */
export enum UpgradePolicy {
  /** Upgrades the cluster by itself. */
  STANDARD = 'STANDARD',
  /** Keeps the version for another year, for a higher price per hour. */
  EXTENDED = 'EXTENDED',
}

/** Add-ons that every cluster gets. */
const DEFAULT_ADDONS = [
  EksAddon.VPC_CNI, EksAddon.KUBE_PROXY, EksAddon.POD_IDENTITY_AGENT, EksAddon.COREDNS, EksAddon.EBS_CSI_DRIVER, EksAddon.SNAPSHOT_CONTROLLER, EksAddon.METRICS_SERVER,
];

/** Options of the node group that runs the platform's own servers. */
export interface SystemNodeGroupOptions {
  /** Types that the nodes may have. @default [InstanceType.M7I_XLARGE] */
  readonly instanceTypes?: readonly InstanceType[];
  /** Fewest nodes, at least 1. @default - by tier */
  readonly minNodes?: number;
  /** Most nodes. @default - twice minNodes */
  readonly maxNodes?: number;
}

/** Options of a cluster. */
export interface ClusterOptions {
  /** Kubernetes version. @default EksVersion.DEFAULT */
  readonly version?: EksVersion;
  /** Public ranges that may reach the Kubernetes API from outside; never 0.0.0.0/0. @default - none: the endpoint is private */
  readonly publicAccessCidrs?: readonly string[];
  /** Logs of the control plane to keep. @default - all five */
  readonly logTypes?: readonly ControlPlaneLog[];
  /** How long they are kept. @default - by tier */
  readonly logRetention?: Duration;
  /** Key for Kubernetes secrets and logs; it needs `KeyUser.cloudWatchLogs('/aws/eks/<name>/cluster')`. @default - a key of its own */
  readonly key?: IKey;
  /** What EKS does when standard support ends. @default - STANDARD; EXTENDED for a version that is past it */
  readonly upgradePolicy?: UpgradePolicy;
  /** The node group that runs the platform's own servers. @default - see `SystemNodeGroupOptions` */
  readonly systemNodeGroup?: SystemNodeGroupOptions;
  /** Options of the default add-ons, by name in the EKS API; configuration replaces the default one. @default - none */
  readonly addonOptions?: { readonly [addonName: string]: ClusterAddonOptions };
  /** Terraform refuses to destroy or replace the cluster. @default - by tier */
  readonly protectsState?: boolean;
}

/** Props of `Cluster`. */
export interface ClusterProps extends ClusterOptions {
  /** The network whose private subnets it stands in. */
  readonly network: INetwork;
}

/** An EKS cluster with its add-ons and the system node group. Its administrators are those of the environment and nobody else. */
export class Cluster extends ClusterBase {
  /**
   * A cluster that exists.
   * @throws NameInvalid, NameTooLong, NameNotLiteral
   */
  public static fromClusterName(scope: Construct, id: string, clusterName: string, attributes: ClusterAttributes): ICluster {
    return new ImportedCluster(scope, id, clusterName, attributes);
  }

  public readonly clusterName: string;
  public readonly clusterArn: string;
  public readonly version: EksVersion;
  /** URL of the Kubernetes API; a token until apply. */
  public readonly clusterEndpoint: string;
  /** Certificate authority of the Kubernetes API, base64; a token until apply. */
  public readonly certificateAuthority: string;
  /** The security group that EKS gives control plane and nodes; a token until apply. */
  public readonly clusterSecurityGroupId: string;
  /** Nodes of the platform's own servers. */
  public readonly systemNodeGroup: ManagedNodeGroup;
  protected readonly network: INetwork;

  /** @throws CidrInvalid, PublicAccessUnlimited, PublicAccessNotPublic, ControlPlaneLogsEmpty, AddonOptionsUnknown, SystemNodesMissing (all of them together), LogRetentionInvalid, PhysicalNameDuplicate */
  constructor(scope: Construct, id: string, props: ClusterProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.network = props.network;
    this.version = props.version ?? EksVersion.DEFAULT;
    this.clusterName = environment.physicalName(NameRule.EKS_CLUSTER);
    this.clusterArn = environment.arn('eks', `cluster/${this.clusterName}`);
    claimName(this, 'EKS cluster', this.clusterName);
    const logTypes = props.logTypes ?? Object.values(ControlPlaneLog);
    const publicAccessCidrs = props.publicAccessCidrs ?? [];
    this.rejectImpossible(props, logTypes, publicAccessCidrs);

    const logGroupName = `/aws/eks/${this.clusterName}/cluster`;
    const key = props.key ?? new EncryptionKey(this, 'Key', { aliasSuffix: 'cluster', purpose: `Kubernetes secrets and control plane logs of ${this.clusterName}`, users: [KeyUser.cloudWatchLogs(logGroupName)] });
    const logGroup = new EncryptedLogGroup(this, 'LogGroup', { logGroupName, key, retention: props.logRetention });
    const role = new IamRole(this, 'Role', { name: environment.physicalName(NameRule.IAM_ROLE, 'cluster'), assumeRolePolicy: serviceTrust('eks.amazonaws.com', { ArnEquals: { 'aws:SourceArn': this.clusterArn } }) });
    const permission = new IamRolePolicyAttachment(this, 'RolePolicy', { role: role.name, policyArn: environment.managedPolicyArn('AmazonEKSClusterPolicy') });
    const cluster = new EksCluster(this, 'Resource', {
      name: this.clusterName,
      roleArn: role.arn,
      version: this.version.version,
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
      bootstrapSelfManagedAddons: false,
      enabledClusterLogTypes: [...logTypes],
      encryptionConfig: { provider: { keyArn: key.keyArn }, resources: ['secrets'] },
      upgradePolicy: { supportType: props.upgradePolicy ?? this.defaultUpgradePolicy() },
      vpcConfig: {
        subnetIds: [...props.network.privateSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: publicAccessCidrs.length > 0,
        ...(publicAccessCidrs.length > 0 ? { publicAccessCidrs: [...publicAccessCidrs] } : {}),
      },
      zonalShiftConfig: { enabled: true },
      lifecycle: (props.protectsState ?? environment.tier.defaults.protectsState) ? { preventDestroy: true } : undefined,
      dependsOn: [permission, logGroup],
    });
    this.clusterEndpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
    this.clusterSecurityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    this.foundations.push(cluster);

    for (const principalArn of new Set(environment.adminPrincipals)) this.addAccess(accessId(principalArn), { principalArn, policy: AccessPolicy.CLUSTER_ADMIN });
    const [nodesNeeded, nodesNotNeeded] = [DEFAULT_ADDONS.filter((addon) => addon.needsNodes), DEFAULT_ADDONS.filter((addon) => !addon.needsNodes)];
    this.nodePrerequisites.push(...this.addDefaultAddons(nodesNotNeeded, props));
    this.systemNodeGroup = this.addNodeGroup('System', systemNodes(environment, props.systemNodeGroup));
    this.firstNodes.push(this.systemNodeGroup);
    this.addDefaultAddons(nodesNeeded, props);
    this.warnOfExtendedSupport();
  }

  private addDefaultAddons(addons: readonly EksAddon[], props: ClusterProps): ITerraformDependable[] {
    return addons.map((addon) => this.addAddon(addon, { configuration: this.defaultConfiguration(addon), ...props.addonOptions?.[addon.name] }));
  }

  /** Without the first, network policies are accepted and ignored; without the second, volumes carry no tags. */
  private defaultConfiguration(addon: EksAddon): { readonly [key: string]: unknown } | undefined {
    if (addon.name === EksAddon.VPC_CNI.name) return { enableNetworkPolicy: 'true' };
    if (addon.name === EksAddon.EBS_CSI_DRIVER.name) return { controller: { extraVolumeTags: Environment.of(this).tags } };
    return undefined;
  }

  private defaultUpgradePolicy(): UpgradePolicy {
    return this.version.isPastStandardSupport() ? UpgradePolicy.EXTENDED : UpgradePolicy.STANDARD;
  }

  private warnOfExtendedSupport(): void {
    if (!this.version.isPastStandardSupport()) return;
    Annotations.of(this).addWarning(
      formatProblem({
        code: 'KubernetesVersionInExtendedSupport',
        message: `standard support of Kubernetes ${this.version} ended on ${this.version.endOfStandardSupport} (table of ${EKS_VERSIONS_SOURCE.asOf}): each hour costs more until ${this.version.endOfExtendedSupport}, when EKS upgrades by itself`,
        remedy: `upgrade one minor version at a time towards ${EksVersion.DEFAULT}`,
        path: this.node.path,
      }),
    );
  }

  private rejectImpossible(props: ClusterProps, logTypes: readonly ControlPlaneLog[], publicAccessCidrs: readonly string[]): void {
    const problems = new Problems(this);
    publicAccessProblems(publicAccessCidrs).forEach((problem) => problems.add(problem));
    problems.when(logTypes.length === 0, { code: 'ControlPlaneLogsEmpty', message: 'logTypes got an empty list', allowed: Object.values(ControlPlaneLog).join(', '), remedy: 'keep at least AUDIT: it is the only record of who did what' });
    const names = DEFAULT_ADDONS.map((addon) => addon.name);
    const unknown = Object.keys(props.addonOptions ?? {}).filter((name) => !names.includes(name));
    problems.when(unknown.length > 0, { code: 'AddonOptionsUnknown', message: `addonOptions got ${unknown.join(', ')}`, allowed: names.join(', '), remedy: 'add others by cluster.addAddon()' });
    problems.when(props.systemNodeGroup?.minNodes === 0, { code: 'SystemNodesMissing', message: 'systemNodeGroup got minNodes 0', allowed: 'at least 1', remedy: 'DNS and the autoscaler itself need a node' });
    problems.throwIfAny();
  }
}

/** Depends on the principal alone, so the order of the list means nothing. */
function accessId(principalArn: string): string {
  return principalArn.split(':').slice(4).join('-').replace(/\//g, '-');
}

function systemNodes(environment: Environment, options: SystemNodeGroupOptions = {}): ManagedNodeGroupOptions {
  const minNodes = options.minNodes ?? environment.tier.defaults.systemNodes;
  return { instanceTypes: options.instanceTypes ?? [InstanceType.M7I_XLARGE], minNodes, maxNodes: options.maxNodes ?? 2 * minNodes };
}
