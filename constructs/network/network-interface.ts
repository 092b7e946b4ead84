/** A network to build in. CIDRs and zones are literals, so that others can compute with them at synth. */
export interface INetwork {
  /** Id of the VPC. */
  readonly vpcId: string;
  /** Address range of the VPC, a literal. */
  readonly vpcCidr: string;
  /** Availability zones, one per subnet of each kind. */
  readonly zones: readonly string[];
  /** Ids of the private subnets, in the order of `zones`. */
  readonly privateSubnetIds: readonly string[];
  /** Ids of the public subnets, in the order of `zones`; empty in a network without. */
  readonly publicSubnetIds: readonly string[];
  /** Address ranges of the private subnets, literals, in the order of `zones`. */
  readonly privateSubnetCidrs: readonly string[];
}
