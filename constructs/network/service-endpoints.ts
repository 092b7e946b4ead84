import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { Environment, NameRule } from '../../src/core';
import type { InterfaceEndpoint } from './interface-endpoint';

/** Props of `ServiceEndpoints`. */
export interface ServiceEndpointsProps {
  /** The VPC. */
  readonly vpcId: string;
  /** Its address range, the only one that may call. */
  readonly vpcCidr: string;
  /** Subnets that get a network interface of each endpoint. */
  readonly subnetIds: readonly string[];
  /** Route tables that lead to S3 and DynamoDB. */
  readonly routeTableIds: readonly string[];
  /** Services with an endpoint of their own. */
  readonly interfaceEndpoints: readonly InterfaceEndpoint[];
}

/** Ways from the VPC to AWS services that do not leave AWS's network. */
export class ServiceEndpoints extends Construct {
  constructor(scope: Construct, id: string, private readonly props: ServiceEndpointsProps) {
    super(scope, id);
    for (const [childId, service] of [['S3', 's3'], ['DynamoDb', 'dynamodb']] as const) this.addGateway(childId, service);
    if (props.interfaceEndpoints.length > 0) this.addInterfaces(props.interfaceEndpoints);
  }

  private addGateway(id: string, service: string): void {
    const environment = Environment.of(this);
    new VpcEndpoint(this, id, {
      vpcId: this.props.vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${environment.region}.${service}`,
      routeTableIds: [...this.props.routeTableIds],
      tags: { Name: environment.physicalName(NameRule.GENERAL, service) },
    });
  }

  private addInterfaces(endpoints: readonly InterfaceEndpoint[]): void {
    const environment = Environment.of(this);
    const name = environment.physicalName(NameRule.GENERAL, 'endpoints');
    const group = new SecurityGroup(this, 'SecurityGroup', {
      name,
      description: 'HTTPS from the VPC to endpoints of AWS services',
      vpcId: this.props.vpcId,
      tags: { Name: name },
    });
    new VpcSecurityGroupIngressRule(this, 'Https', {
      securityGroupId: group.id,
      description: 'HTTPS from the VPC',
      cidrIpv4: this.props.vpcCidr,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    });
    for (const endpoint of endpoints) {
      new VpcEndpoint(this, endpoint.service, {
        vpcId: this.props.vpcId,
        vpcEndpointType: 'Interface',
        serviceName: endpoint.serviceName(environment.region),
        privateDnsEnabled: true,
        subnetIds: [...this.props.subnetIds],
        securityGroupIds: [group.id],
        tags: { Name: `${environment.platformName}-${environment.name}-${endpoint.service}` },
      });
    }
  }
}
