import type { Construct } from 'constructs';
import type { INetwork, NetworkAttributes, NetworkProps } from '../constructs/network';
import { Network } from '../constructs/network';
import type { Environment } from '../src/core';
import { fail } from '../src/core';
import { AwsLayerStack } from './aws-layer-stack';
import type { LayerStack } from './layer-stack';

/** Names of the layer's outputs. */
const OUTPUT = { vpc: 'vpc_id', privateSubnets: 'private_subnet_ids', publicSubnets: 'public_subnet_ids' };

/** Options of the network layer. */
export interface NetworkLayerOptions extends NetworkProps {
  /** A network to build in instead of a new one; excludes the other options. @default - a new network */
  readonly existing?: NetworkAttributes;
}

/** Props of `NetworkStack`. */
export interface NetworkStackProps extends NetworkLayerOptions {
  /** The environment that the layer belongs to. */
  readonly environment: Environment;
}

/** The network layer: a VPC, or one that exists. */
export class NetworkStack extends AwsLayerStack {
  /** The network, for constructs of this layer. */
  public readonly network: INetwork;
  private readonly existing: boolean;

  /** @throws NetworkOptionsConflict */
  constructor(scope: Construct, props: NetworkStackProps) {
    super(scope, { environment: props.environment, layer: 'network' });
    const { environment, existing, ...options } = props;
    this.existing = existing !== undefined;
    if (existing) this.rejectOptions(options);
    this.network = existing ? Network.fromAttributes(this, 'Network', existing) : new Network(this, 'Network', options);
    this.export(OUTPUT.vpc, this.network.vpcId, 'Id of the VPC.');
    this.export(OUTPUT.privateSubnets, this.network.privateSubnetIds, 'Ids of the private subnets, in the order of the zones.');
    this.export(OUTPUT.publicSubnets, this.network.publicSubnetIds, 'Ids of the public subnets, in the order of the zones.');
  }

  /** The network as another layer of the environment sees it: ids from this layer's state, ranges and zones as literals. */
  public networkFor(consumer: LayerStack): INetwork {
    if (this.existing) return this.network;
    const { vpcCidr, zones, privateSubnetCidrs } = this.network;
    return {
      vpcCidr,
      zones,
      privateSubnetCidrs,
      vpcId: consumer.importFrom(this, OUTPUT.vpc),
      privateSubnetIds: consumer.importListFrom(this, OUTPUT.privateSubnets, zones.length),
      publicSubnetIds: consumer.importListFrom(this, OUTPUT.publicSubnets, zones.length),
    };
  }

  private rejectOptions(options: NetworkProps): void {
    const given = Object.entries(options).filter(([, value]) => value !== undefined).map(([key]) => key);
    if (given.length === 0) return;
    fail({ code: 'NetworkOptionsConflict', message: `existing is given together with ${given.join(', ')}`, remedy: 'leave them out: an existing network is used as it is', path: this.node.path });
  }
}
