import type { EksAddon, EksVersion } from '../../src/catalog';
import type { GpuNodeGroup, INodeGroupCluster, ManagedNodeGroup, ManagedNodeGroupOptions } from '../compute';
import type { IPodIdentityCluster, WorkloadIdentity, WorkloadIdentityOptions } from '../identity';
import type { ClusterAccess, ClusterAccessOptions } from './cluster-access';
import type { ClusterAddon, ClusterAddonOptions } from './cluster-addon';

/** An EKS cluster. Name, ARN and version are facts, so they cross layers. */
export interface ICluster extends IPodIdentityCluster, INodeGroupCluster {
  /** Name of the cluster, a fact. */
  readonly clusterName: string;
  /** ARN of the cluster, built from account and name: a fact. */
  readonly clusterArn: string;
  /** Kubernetes version. */
  readonly version: EksVersion;

  /**
   * Adds nodes.
   * @throws NodeGroupNameDuplicate, and what `ManagedNodeGroup` throws
   */
  addNodeGroup(id: string, options: ManagedNodeGroupOptions): ManagedNodeGroup;
  /**
   * Adds nodes with accelerators, tainted and labelled as such.
   * @throws NodeGroupNameDuplicate, GpuGroupWithoutAccelerator, and what `ManagedNodeGroup` throws
   */
  addGpuNodeGroup(id: string, options: ManagedNodeGroupOptions): GpuNodeGroup;
  /**
   * Gives the pods of a service account a role.
   * @throws WorkloadIdentityDuplicate, and what `WorkloadIdentity` throws
   */
  addWorkloadIdentity(id: string, options: WorkloadIdentityOptions): WorkloadIdentity;
  /**
   * Gives a principal access to the Kubernetes API.
   * @throws AccessDuplicate, and what `ClusterAccess` throws
   */
  addAccess(id: string, options: ClusterAccessOptions): ClusterAccess;
  /**
   * Adds an add-on that EKS manages.
   * @throws AddonDuplicate
   */
  addAddon(addon: EksAddon, options?: ClusterAddonOptions): ClusterAddon;
}
