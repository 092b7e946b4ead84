import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Duration, IKey } from '../../src/core';
import { claimName, Environment, NameRule, Problems } from '../../src/core';

/** Days that CloudWatch Logs can keep events. Source: CloudWatch Logs API reference, PutRetentionPolicy. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** Props of `EncryptedLogGroup`. */
export interface EncryptedLogGroupProps {
  /** Name of the log group; where a service expects a certain name, that one. */
  readonly logGroupName: string;
  /** Key with `KeyUser.cloudWatchLogs` for this name. */
  readonly key: IKey;
  /** How long events are kept; one of the lengths that CloudWatch Logs offers. @default - by tier */
  readonly retention?: Duration;
}

/** A CloudWatch log group that is encrypted and does not grow for ever. */
export class EncryptedLogGroup extends Construct implements ITerraformDependable {
  /** Name, a fact. */
  public readonly logGroupName: string;
  /** ARN, built from account and name: a fact. */
  public readonly logGroupArn: string;
  /** The same ARN as Terraform knows it, so that whoever uses it waits for the group. */
  public readonly createdArn: string;
  /** Terraform address, so that others can wait for the group. */
  public readonly fqn: string;

  /** @throws LogRetentionInvalid, NameTooLong, NameInvalid, PhysicalNameDuplicate */
  constructor(scope: Construct, id: string, props: EncryptedLogGroupProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const retentionDays = (props.retention ?? environment.tier.defaults.logRetention).toSeconds() / 86_400;
    this.rejectImpossible(props.logGroupName, retentionDays);
    this.logGroupName = props.logGroupName;
    claimName(this, 'log group', this.logGroupName);
    this.logGroupArn = environment.arn('logs', `log-group:${this.logGroupName}`);
    const group = new CloudwatchLogGroup(this, 'Resource', {
      name: this.logGroupName,
      retentionInDays: retentionDays,
      kmsKeyId: props.key.keyArn,
    });
    this.createdArn = group.arn;
    this.fqn = group.fqn;
  }

  private rejectImpossible(name: string, days: number): void {
    const problems = new Problems(this);
    const badName = NameRule.LOG_GROUP.problemOf(name);
    if (badName) problems.add(badName);
    problems.when(!RETENTION_DAYS.includes(days), {
      code: 'LogRetentionInvalid',
      message: `retention got ${days} days`,
      allowed: `${RETENTION_DAYS.join(', ')} days`,
    });
    problems.throwIfAny();
  }
}
