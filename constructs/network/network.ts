import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { Construct } from 'constructs';
import type { Duration } from '../../src/core';
import { Environment, NameRule, Problems } from '../../src/core';
import { FlowLogs } from './flow-logs';
import type { NetworkAttributes } from './imported-network';
import { ImportedNetwork } from './imported-network';
import { InterfaceEndpoint } from './interface-endpoint';
import type { INetwork } from './network-interface';
import { ServiceEndpoints } from './service-endpoints';
import { computeSubnets, findCidrProblems } from './subnet-plan';

const ANYWHERE = '0.0.0.0/0';

/** Props of `Network`. */
export interface NetworkProps {
  /** Address range of the VPC, /16 to /22. @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Ranges that the VPC must not overlap: peers, offices, other environments. @default - none */
  readonly reservedCidrs?: readonly string[];
  /** Ranges of the private subnets, one per zone. @default - an eighth of the VPC each */
  readonly privateSubnetCidrs?: readonly string[];
  /** Ranges of the public subnets, one per zone. @default - small parts of the fifth eighth of the VPC */
  readonly publicSubnetCidrs?: readonly string[];
  /** A NAT gateway in each zone, so that no zone depends on another. @default - by tier */
  readonly natPerZone?: boolean;
  /** Services with an interface endpoint. @default - by tier: `InterfaceEndpoint.FOR_CLUSTER` or none */
  readonly interfaceEndpoints?: readonly InterfaceEndpoint[];
  /** How long flow logs are kept. @default - by tier */
  readonly flowLogRetention?: Duration;
}

/** A VPC over the zones of the environment: nodes in private subnets, load balancers and NAT in public ones. */
export class Network extends Construct implements INetwork {
  /**
   * A network that exists.
   * @throws SubnetCountMismatch, CidrInvalid, CidrOutsideVpc, CidrOverlap, CidrTooSmall, LiteralNeeded
   */
  public static fromAttributes(scope: Construct, id: string, attributes: NetworkAttributes): INetwork {
    return new ImportedNetwork(scope, id, attributes);
  }

  public readonly vpcId: string;
  public readonly vpcCidr: string;
  public readonly zones: readonly string[];
  public readonly privateSubnetIds: readonly string[];
  public readonly publicSubnetIds: readonly string[];
  public readonly privateSubnetCidrs: readonly string[];
  private readonly environment: Environment;

  /** @throws CidrInvalid, CidrTooSmall, CidrTooLarge, CidrOverlap, CidrOutsideVpc, SubnetCountMismatch, LiteralNeeded (all of them together) */
  constructor(scope: Construct, id: string, props: NetworkProps = {}) {
    super(scope, id);
    this.environment = Environment.of(this);
    const { defaults } = this.environment.tier;
    this.zones = this.environment.zones;
    this.vpcCidr = props.cidr ?? '10.0.0.0/16';
    const request = { cidr: this.vpcCidr, zoneCount: this.zones.length, privateSubnetCidrs: props.privateSubnetCidrs, publicSubnetCidrs: props.publicSubnetCidrs, reservedCidrs: props.reservedCidrs ?? [] };
    const problems = new Problems(this);
    findCidrProblems(request).forEach((problem) => problems.add(problem));
    problems.throwIfAny();
    const plan = computeSubnets(request);
    this.privateSubnetCidrs = plan.privateSubnetCidrs;

    const vpc = new Vpc(this, 'Resource', { cidrBlock: this.vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags: this.named() });
    this.vpcId = vpc.id;
    new DefaultSecurityGroup(this, 'DefaultSecurityGroup', { vpcId: vpc.id, ingress: [], egress: [], tags: this.named('default-closed') });
    const publicSubnets = this.addPublicSubnets(plan.publicSubnetCidrs);
    const privateSubnets = this.addSubnets('Private', plan.privateSubnetCidrs, { 'kubernetes.io/role/internal-elb': '1', ...this.discoveryTag() });
    this.publicSubnetIds = publicSubnets.map((subnet) => subnet.id);
    this.privateSubnetIds = privateSubnets.map((subnet) => subnet.id);
    const routeTables = this.addPrivateRoutes(privateSubnets, publicSubnets, props.natPerZone ?? defaults.natPerZone);
    new ServiceEndpoints(this, 'Endpoints', {
      vpcId: vpc.id,
      vpcCidr: this.vpcCidr,
      subnetIds: this.privateSubnetIds,
      routeTableIds: routeTables.map((table) => table.id),
      interfaceEndpoints: props.interfaceEndpoints ?? (defaults.interfaceEndpoints ? InterfaceEndpoint.FOR_CLUSTER : []),
    });
    new FlowLogs(this, 'FlowLogs', { vpcId: vpc.id, retention: props.flowLogRetention });
  }

  private addPublicSubnets(cidrs: readonly string[]): Subnet[] {
    const gateway = new InternetGateway(this, 'InternetGateway', { vpcId: this.vpcId, tags: this.named() });
    const subnets = this.addSubnets('Public', cidrs, { 'kubernetes.io/role/elb': '1' });
    const table = new RouteTable(this, 'PublicRoutes', { vpcId: this.vpcId, tags: this.named('public') });
    new Route(this, 'PublicDefaultRoute', { routeTableId: table.id, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id });
    subnets.forEach((subnet, index) => new RouteTableAssociation(this, `PublicRoutes${index}`, { routeTableId: table.id, subnetId: subnet.id }));
    return subnets;
  }

  /** Nothing gets a public address by being started in a public subnet. */
  private addSubnets(kind: 'Private' | 'Public', cidrs: readonly string[], tags: { [key: string]: string }): Subnet[] {
    return cidrs.map((cidrBlock, index) => {
      const zone = this.zones[index] as string;
      return new Subnet(this, `${kind}Subnet${index}`, {
        vpcId: this.vpcId,
        cidrBlock,
        availabilityZone: zone,
        mapPublicIpOnLaunch: false,
        tags: { ...this.named(kind.toLowerCase(), zone), ...tags },
      });
    });
  }

  /** A route table per zone in any case, so that a change of the number of NAT gateways replaces routes only. */
  private addPrivateRoutes(privateSubnets: readonly Subnet[], publicSubnets: readonly Subnet[], natPerZone: boolean): RouteTable[] {
    const nats = (natPerZone ? publicSubnets : publicSubnets.slice(0, 1)).map((subnet, index) => this.addNat(subnet, index));
    return privateSubnets.map((subnet, index) => {
      const table = new RouteTable(this, `PrivateRoutes${index}`, { vpcId: this.vpcId, tags: this.named('private', this.zones[index] as string) });
      const nat = nats[natPerZone ? index : 0] as NatGateway;
      new Route(this, `PrivateDefaultRoute${index}`, { routeTableId: table.id, destinationCidrBlock: ANYWHERE, natGatewayId: nat.id });
      new RouteTableAssociation(this, `PrivateRouteAssociation${index}`, { routeTableId: table.id, subnetId: subnet.id });
      return table;
    });
  }

  private addNat(subnet: Subnet, index: number): NatGateway {
    const gateway = this.node.findChild('InternetGateway') as InternetGateway;
    const tags = this.named('nat', this.zones[index] as string);
    const address = new Eip(this, `NatAddress${index}`, { domain: 'vpc', tags, dependsOn: [gateway] });
    return new NatGateway(this, `Nat${index}`, { subnetId: subnet.id, allocationId: address.id, tags, dependsOn: [gateway] });
  }

  /** Karpenter finds its subnets by the name of the environment's cluster, a fact. */
  private discoveryTag(): { [key: string]: string } {
    return { 'karpenter.sh/discovery': this.environment.physicalName(NameRule.EKS_CLUSTER) };
  }

  private named(...parts: string[]): { [key: string]: string } {
    return { Name: this.environment.physicalName(NameRule.GENERAL, ...parts) };
  }
}
