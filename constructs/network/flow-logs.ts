import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Duration } from '../../src/core';
import { Environment, NameRule, policyDocument, serviceTrust } from '../../src/core';
import { EncryptedLogGroup, EncryptionKey, KeyUser } from '../encryption';

/** Props of `FlowLogs`. */
export interface FlowLogsProps {
  /** The VPC whose traffic is recorded. */
  readonly vpcId: string;
  /** How long records are kept. @default - by tier */
  readonly retention?: Duration;
}

/** Who talked to whom in a VPC, accepted or rejected, in an encrypted log group. */
export class FlowLogs extends Construct {
  /** Name of the log group, a fact. */
  public readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.logGroupName = `/${environment.physicalName(NameRule.LOG_GROUP, 'network', 'flow-logs')}`;
    const key = new EncryptionKey(this, 'Key', { aliasSuffix: 'network', purpose: `Flow logs of ${environment.name}`, users: [KeyUser.cloudWatchLogs(this.logGroupName)] });
    const group = new EncryptedLogGroup(this, 'LogGroup', { logGroupName: this.logGroupName, key, retention: props.retention });
    const role = new IamRole(this, 'Role', {
      name: environment.physicalName(NameRule.IAM_ROLE, 'flow-logs'),
      assumeRolePolicy: serviceTrust('vpc-flow-logs.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': environment.account },
        ArnLike: { 'aws:SourceArn': environment.arn('ec2', 'vpc-flow-log/*') },
      }),
    });
    const policy = new IamRolePolicy(this, 'Policy', {
      name: 'write-flow-logs',
      role: role.name,
      policy: policyDocument([
        { actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], resources: [`${group.logGroupArn}:*`] },
        { actions: ['logs:DescribeLogGroups'], resources: ['*'] },
      ]),
    });
    new FlowLog(this, 'Resource', {
      vpcId: props.vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.createdArn,
      iamRoleArn: role.arn,
      tags: { Name: environment.physicalName(NameRule.GENERAL, 'flow-logs') },
      dependsOn: [policy],
    });
  }
}
