import type { Construct } from 'constructs';
import type { EksVersion } from '../../src/catalog';
import { Environment, NameRule, Problems } from '../../src/core';
import type { INetwork } from '../network';
import { ClusterBase } from './cluster-base';

/** Facts of a cluster that exists. */
export interface ClusterAttributes {
  /** Kubernetes version. */
  readonly version: EksVersion;
  /** The network that its nodes run in. */
  readonly network: INetwork;
}

/** A cluster that somebody else owns. For identities it needs the add-on `eks-pod-identity-agent`; for access, access entries. */
export class ImportedCluster extends ClusterBase {
  public readonly clusterArn: string;
  public readonly version: EksVersion;
  protected readonly network: INetwork;

  constructor(scope: Construct, id: string, public readonly clusterName: string, attributes: ClusterAttributes) {
    super(scope, id);
    const problems = new Problems(this);
    const problem = NameRule.EKS_CLUSTER.problemOf(clusterName);
    if (problem) problems.add(problem);
    problems.throwIfAny();
    this.clusterArn = Environment.of(this).arn('eks', `cluster/${clusterName}`);
    this.version = attributes.version;
    this.network = attributes.network;
  }
}
