import { EksAddon as EksAddonResource } from '@cdktf/provider-aws/lib/eks-addon';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { EksAddon } from '../../src/catalog';
import type { IPodIdentityCluster } from '../identity';
import { WorkloadIdentity } from '../identity';

/** Options of an add-on. */
export interface ClusterAddonOptions {
  /** Version in the EKS API, such as `v1.2.3-eksbuild.1`. @default - EKS's default for the cluster's version when it is created */
  readonly addonVersion?: string;
  /** Settings, by the add-on's own schema. @default - none */
  readonly configuration?: { readonly [key: string]: unknown };
  /** What must exist first. @default - the system node group if the add-on runs pods that need nodes */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Props of `ClusterAddon`. */
export interface ClusterAddonProps extends ClusterAddonOptions {
  /** The cluster. */
  readonly cluster: IPodIdentityCluster;
  /** The add-on, with what the catalog knows of it. */
  readonly addon: EksAddon;
  /** What must exist before anything in the cluster, identities included. @default - nothing */
  readonly foundations?: readonly ITerraformDependable[];
}

/** An add-on that EKS runs and updates, with an identity for each service account that needs AWS permissions. */
export class ClusterAddon extends Construct implements ITerraformDependable {
  /** Identities of the add-on's service accounts, in the order of the catalog; empty if it needs no AWS permissions. */
  public readonly identities: readonly WorkloadIdentity[];
  /** Terraform address, so that others can wait for the add-on. */
  public readonly fqn: string;

  constructor(scope: Construct, id: string, props: ClusterAddonProps) {
    super(scope, id);
    const { addon, cluster } = props;
    const foundations = props.foundations ?? [];
    const needsIdentity = addon.managedPolicies.length > 0;
    this.identities = (needsIdentity ? addon.serviceAccounts : []).map(
      (serviceAccount) => new WorkloadIdentity(this, serviceAccount, { cluster, namespace: addon.namespace, serviceAccount, managedPolicies: addon.managedPolicies, dependsOn: foundations }),
    );
    const resource = new EksAddonResource(this, 'Resource', {
      clusterName: cluster.clusterName,
      addonName: addon.name,
      addonVersion: props.addonVersion,
      configurationValues: props.configuration === undefined ? undefined : JSON.stringify(props.configuration),
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'OVERWRITE',
      dependsOn: [...foundations, ...(props.dependsOn ?? []), ...this.identities.map((identity) => identity.association)],
    });
    this.fqn = resource.fqn;
  }
}
