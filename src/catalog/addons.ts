import { fail } from '../core/errors';
import { nearestNames, type CatalogSource } from './source';

/** Source of the table below. */
export const ADDONS_SOURCE: CatalogSource = {
  source: 'Amazon EKS user guide (add-ons), eksctl v1alpha5 constants and public blueprints; workload kinds from the charts of the same projects',
  asOf: '2026-08-22',
};

/** What the platform needs to know about an EKS managed add-on. */
export interface AddonData {
  /** Namespace it is installed to. */
  readonly namespace: string;
  /** Service accounts that may be given AWS permissions. @default - none */
  readonly serviceAccounts?: readonly string[];
  /** AWS managed policies for these, as `name` or `path/name`. @default - none */
  readonly managedPolicies?: readonly string[];
  /**
   * True if it runs pods that need a node before EKS calls it active (a Deployment, not only a DaemonSet):
   * create it after the first node group. @default false
   */
  readonly needsNodes?: boolean;
}

/** An EKS managed add-on. */
export class EksAddon {
  /** Pod network. */
  public static readonly VPC_CNI = new EksAddon('vpc-cni', { namespace: 'kube-system', serviceAccounts: ['aws-node'], managedPolicies: ['AmazonEKS_CNI_Policy'] });
  /** Cluster DNS. */
  public static readonly COREDNS = new EksAddon('coredns', { namespace: 'kube-system', serviceAccounts: ['coredns'], needsNodes: true });
  /** Service network. */
  public static readonly KUBE_PROXY = new EksAddon('kube-proxy', { namespace: 'kube-system', serviceAccounts: ['kube-proxy'] });
  /** Hands AWS credentials to pods; the node role needs `eks-auth:AssumeRoleForPodIdentity`. */
  public static readonly POD_IDENTITY_AGENT = new EksAddon('eks-pod-identity-agent', { namespace: 'kube-system' });
  /** EBS volumes. */
  public static readonly EBS_CSI_DRIVER = new EksAddon('aws-ebs-csi-driver', {
    namespace: 'kube-system',
    serviceAccounts: ['ebs-csi-controller-sa'],
    managedPolicies: ['service-role/AmazonEBSCSIDriverPolicy'],
    needsNodes: true,
  });
  /** EFS volumes. */
  public static readonly EFS_CSI_DRIVER = new EksAddon('aws-efs-csi-driver', {
    namespace: 'kube-system',
    serviceAccounts: ['efs-csi-controller-sa', 'efs-csi-node-sa'],
    managedPolicies: ['service-role/AmazonEFSCSIDriverPolicy'],
    needsNodes: true,
  });
  /** S3 as a file system; since version 2 its mounter pods run in the namespace mount-s3. */
  public static readonly MOUNTPOINT_S3_CSI_DRIVER = new EksAddon('aws-mountpoint-s3-csi-driver', {
    namespace: 'kube-system',
    serviceAccounts: ['s3-csi-driver-sa'],
    needsNodes: true,
  });
  /** FSx for Lustre volumes. */
  public static readonly FSX_CSI_DRIVER = new EksAddon('aws-fsx-csi-driver', {
    namespace: 'kube-system',
    serviceAccounts: ['fsx-csi-controller-sa'],
    managedPolicies: ['AmazonFSxFullAccess'],
    needsNodes: true,
  });
  /** Volume snapshots. */
  public static readonly SNAPSHOT_CONTROLLER = new EksAddon('snapshot-controller', { namespace: 'kube-system', needsNodes: true });
  /** CPU and memory figures for autoscaling. */
  public static readonly METRICS_SERVER = new EksAddon('metrics-server', { namespace: 'kube-system', needsNodes: true });
  /** Detects unhealthy nodes. */
  public static readonly NODE_MONITORING_AGENT = new EksAddon('eks-node-monitoring-agent', { namespace: 'kube-system' });
  /** Container Insights. */
  public static readonly CLOUDWATCH_OBSERVABILITY = new EksAddon('amazon-cloudwatch-observability', {
    namespace: 'amazon-cloudwatch',
    serviceAccounts: ['cloudwatch-agent'],
    managedPolicies: ['AWSXrayWriteOnlyAccess', 'CloudWatchAgentServerPolicy'],
    needsNodes: true,
  });
  /** Threat detection. */
  public static readonly GUARDDUTY_AGENT = new EksAddon('aws-guardduty-agent', { namespace: 'amazon-guardduty' });
  /** Secrets Manager and SSM as mounted files. */
  public static readonly SECRETS_STORE_CSI_DRIVER_PROVIDER = new EksAddon('aws-secrets-store-csi-driver-provider', { namespace: 'aws-secrets-manager' });

  /**
   * The add-on of that name.
   * @param data facts of an add-on that the table does not hold. @default - from the table
   * @throws AddonUnknown the table does not hold it and no facts are given.
   */
  public static of(name: string, data?: AddonData): EksAddon {
    if (data !== undefined) return new EksAddon(name, data);
    const known = EksAddon.offered();
    return (
      known.find((addon) => addon.name === name) ??
      fail({
        code: 'AddonUnknown',
        message: `no EKS add-on ${name} in the table of ${ADDONS_SOURCE.asOf}`,
        allowed: known.map((addon) => addon.name).join(', '),
        remedy: `did you mean ${nearestNames(name, known.map((addon) => addon.name), 1)[0]}? Or describe it: EksAddon.of(name, { namespace })`,
      })
    );
  }

  /** All add-ons of the table. */
  public static offered(): readonly EksAddon[] {
    return Object.values(EksAddon).filter((member): member is EksAddon => member instanceof EksAddon);
  }

  /** Name in the EKS API. */
  public readonly name: string;
  /** Namespace it is installed to. */
  public readonly namespace: string;
  /** Service accounts that may be given AWS permissions. */
  public readonly serviceAccounts: readonly string[];
  /** AWS managed policies for these, as `name` or `path/name`. */
  public readonly managedPolicies: readonly string[];
  /** True if it must be created after the first node group. */
  public readonly needsNodes: boolean;

  private constructor(name: string, data: AddonData) {
    this.name = name;
    this.namespace = data.namespace;
    this.serviceAccounts = [...(data.serviceAccounts ?? [])];
    this.managedPolicies = [...(data.managedPolicies ?? [])];
    this.needsNodes = data.needsNodes ?? false;
  }
}
