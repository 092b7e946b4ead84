import type { MotoClient } from '../moto-client';
import { AwsError } from '../request';
import { xmlElements, xmlText, xmlTexts } from '../xml';

const VERSION = '2016-11-15';

/** A subnet, as far as EKS looks at it. */
export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
}

/** A launch template, as far as EKS looks at it. */
export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  /** Instance type of the version asked for. @default - the template names none */
  readonly instanceType?: string;
  /** Image of the version asked for. @default - the template names none */
  readonly imageId?: string;
}

/** Subnets in the order of the ids. Error: InvalidParameterException for an unknown one. */
export async function findSubnets(moto: MotoClient, region: string, ids: readonly string[]): Promise<Subnet[]> {
  return Promise.all(ids.map(async (id) => {
    const xml = await lookUp(moto.query('ec2', region, VERSION, 'DescribeSubnets', { 'SubnetId.1': id }), `The subnet ID '${id}' does not exist`);
    return { id, vpcId: xmlText(xml, 'vpcId') ?? '', zone: xmlText(xml, 'availabilityZone') ?? '' };
  }));
}

/** Creates the security group that EKS puts on control plane and nodes. */
export async function createClusterSecurityGroup(moto: MotoClient, region: string, vpcId: string, cluster: string): Promise<string> {
  const xml = await moto.query('ec2', region, VERSION, 'CreateSecurityGroup', {
    GroupName: `eks-cluster-sg-${cluster}-${Math.floor(Math.random() * 1e9)}`,
    GroupDescription: 'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    VpcId: vpcId,
    'TagSpecification.1.ResourceType': 'security-group',
    'TagSpecification.1.Tag.1.Key': `kubernetes.io/cluster/${cluster}`,
    'TagSpecification.1.Tag.1.Value': 'owned',
    'TagSpecification.1.Tag.2.Key': 'aws:eks:cluster-name',
    'TagSpecification.1.Tag.2.Value': cluster,
  });
  return xmlText(xml, 'groupId') ?? '';
}

/** Deletes a security group; one that is gone is fine. */
export async function deleteSecurityGroup(moto: MotoClient, region: string, id: string): Promise<void> {
  await moto.query('ec2', region, VERSION, 'DeleteSecurityGroup', { GroupId: id }).catch((error: unknown) => {
    if (!(error instanceof AwsError && error.code === 'InvalidGroup.NotFound')) throw error;
  });
}

/** A launch template by id or name. Error: InvalidRequestException for an unknown one. */
export async function findLaunchTemplate(moto: MotoClient, region: string, by: { id?: string; name?: string }, version: string): Promise<LaunchTemplate> {
  const which: Record<string, string> = by.id === undefined ? { LaunchTemplateName: by.name ?? '' } : { LaunchTemplateId: by.id };
  const answer = moto.query('ec2', region, VERSION, 'DescribeLaunchTemplateVersions', { ...which, 'LaunchTemplateVersion.1': version });
  const xml = await lookUp(answer, `The launch template ${by.id ?? by.name ?? ''} with version ${version} does not exist`, 'InvalidRequestException');
  const id = xmlText(xml, 'launchTemplateId');
  const name = xmlText(xml, 'launchTemplateName');
  if (id === undefined || name === undefined) throw new AwsError('InvalidRequestException', `The launch template ${by.id ?? by.name ?? ''} with version ${version} does not exist`);
  const data = xmlElements(xml, 'launchTemplateData')[0] ?? '';
  return { id, name, instanceType: xmlTexts(data, 'instanceType')[0], imageId: xmlTexts(data, 'imageId')[0] };
}

async function lookUp(answer: Promise<string>, message: string, code = 'InvalidParameterException'): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) throw new AwsError(code, message);
    throw error;
  }
}
