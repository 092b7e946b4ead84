import { Construct } from 'constructs';
import { Problems } from '../../src/core';
import type { INetwork } from './network-interface';
import { findSubnetProblems } from './subnet-plan';

/** Facts of a network that exists. */
export interface NetworkAttributes {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Address range of the VPC, a literal. */
  readonly vpcCidr: string;
  /** Availability zones of the subnets, each once. */
  readonly zones: readonly string[];
  /** Ids of the private subnets, one per zone, in the order of `zones`. */
  readonly privateSubnetIds: readonly string[];
  /** Address ranges of the private subnets, literals, in the same order. */
  readonly privateSubnetCidrs: readonly string[];
  /** Ids of the public subnets, one per zone, in the same order. @default - none: no load balancer faces the internet */
  readonly publicSubnetIds?: readonly string[];
}

/** A network that somebody else owns. */
export class ImportedNetwork extends Construct implements INetwork {
  public readonly vpcId: string;
  public readonly vpcCidr: string;
  public readonly zones: readonly string[];
  public readonly privateSubnetIds: readonly string[];
  public readonly publicSubnetIds: readonly string[];
  public readonly privateSubnetCidrs: readonly string[];

  constructor(scope: Construct, id: string, attributes: NetworkAttributes) {
    super(scope, id);
    this.vpcId = attributes.vpcId;
    this.vpcCidr = attributes.vpcCidr;
    this.zones = [...attributes.zones];
    this.privateSubnetIds = [...attributes.privateSubnetIds];
    this.publicSubnetIds = [...(attributes.publicSubnetIds ?? [])];
    this.privateSubnetCidrs = [...attributes.privateSubnetCidrs];
    this.rejectIncoherent();
  }

  private rejectIncoherent(): void {
    const problems = new Problems(this);
    const counts = { privateSubnetIds: this.privateSubnetIds, privateSubnetCidrs: this.privateSubnetCidrs, ...(this.publicSubnetIds.length > 0 ? { publicSubnetIds: this.publicSubnetIds } : {}) };
    for (const [key, list] of Object.entries(counts)) {
      problems.when(list.length !== this.zones.length, {
        code: 'SubnetCountMismatch',
        message: `${key} got ${list.length} for ${this.zones.length} zones`,
        allowed: 'one per zone, in the order of the zones',
      });
    }
    findSubnetProblems(this.vpcCidr, this.privateSubnetCidrs).forEach((problem) => problems.add(problem));
    problems.throwIfAny();
  }
}
