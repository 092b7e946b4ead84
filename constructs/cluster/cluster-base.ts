import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { EksAddon, EksVersion } from '../../src/catalog';
import { fail } from '../../src/core';
import type { ManagedNodeGroupOptions } from '../compute';
import { GpuNodeGroup, ManagedNodeGroup, poolNameOf } from '../compute';
import type { WorkloadIdentityOptions } from '../identity';
import { WorkloadIdentity } from '../identity';
import type { INetwork } from '../network';
import type { ClusterAccessOptions } from './cluster-access';
import { ClusterAccess } from './cluster-access';
import type { ClusterAddonOptions } from './cluster-addon';
import { ClusterAddon } from './cluster-addon';
import type { ICluster } from './cluster-interface';

/** What is added to a cluster, built here or not. Each kind has a scope of its own, so ids of different kinds never meet. */
export abstract class ClusterBase extends Construct implements ICluster {
  public abstract readonly clusterName: string;
  public abstract readonly clusterArn: string;
  public abstract readonly version: EksVersion;
  protected abstract readonly network: INetwork;
  /** What everything in the cluster waits for. */
  protected readonly foundations: ITerraformDependable[] = [];
  /** What nodes wait for: a node without pod network never becomes ready. */
  protected readonly nodePrerequisites: ITerraformDependable[] = [];
  /** What pods wait for that need a node. */
  protected readonly firstNodes: ITerraformDependable[] = [];
  private readonly taken = new Map<string, string>();

  public addNodeGroup(id: string, options: ManagedNodeGroupOptions): ManagedNodeGroup {
    return new ManagedNodeGroup(this.claimNodeGroup(id), id, this.nodeGroupProps(options));
  }

  public addGpuNodeGroup(id: string, options: ManagedNodeGroupOptions): GpuNodeGroup {
    return new GpuNodeGroup(this.claimNodeGroup(id), id, this.nodeGroupProps(options));
  }

  public addWorkloadIdentity(id: string, options: WorkloadIdentityOptions): WorkloadIdentity {
    const account = `${options.namespace}/${options.serviceAccount}`;
    this.claim(account, id, { code: 'WorkloadIdentityDuplicate', what: `service account ${account}`, remedy: 'a service account has one role: use the identity that exists' });
    return new WorkloadIdentity(this.child('Identities'), id, { ...options, cluster: this, dependsOn: [...this.foundations, ...(options.dependsOn ?? [])] });
  }

  public addAccess(id: string, options: ClusterAccessOptions): ClusterAccess {
    this.claim(options.principalArn, id, { code: 'AccessDuplicate', what: options.principalArn, remedy: 'a principal has one access entry: change the one that exists' });
    return new ClusterAccess(this.child('Access'), id, { ...options, clusterName: this.clusterName, dependsOn: this.foundations });
  }

  public addAddon(addon: EksAddon, options: ClusterAddonOptions = {}): ClusterAddon {
    this.claim(`addon ${addon.name}`, addon.name, { code: 'AddonDuplicate', what: `add-on ${addon.name}`, remedy: 'give its options where it is added first; for a default add-on, by addonOptions' });
    const after = addon.needsNodes ? this.firstNodes : [];
    return new ClusterAddon(this.child('Addons'), addon.name, { ...options, addon, cluster: this, foundations: this.foundations, dependsOn: [...after, ...(options.dependsOn ?? [])] });
  }

  private nodeGroupProps(options: ManagedNodeGroupOptions) {
    return { ...options, cluster: this, network: this.network, dependsOn: [...this.foundations, ...this.nodePrerequisites, ...(options.dependsOn ?? [])] };
  }

  private claimNodeGroup(id: string): Construct {
    const name = poolNameOf(id);
    this.claim(`node group ${name}`, id, { code: 'NodeGroupNameDuplicate', what: `node group name "${name}"`, remedy: 'choose an id that differs in more than case' });
    return this.child('NodeGroups');
  }

  private claim(key: string, id: string, problem: { readonly code: string; readonly what: string; readonly remedy: string }): void {
    const other = this.taken.get(key);
    if (other !== undefined) fail({ code: problem.code, message: `${problem.what} is used by "${other}" and "${id}"`, remedy: problem.remedy, path: this.node.path });
    this.taken.set(key, id);
  }

  private child(id: string): Construct {
    return (this.node.tryFindChild(id) as Construct | undefined) ?? new Construct(this, id);
  }
}
