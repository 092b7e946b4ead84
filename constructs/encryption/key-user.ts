import type { Environment, PolicyStatement } from '../../src/core';

/** What an AWS service does with a key when it encrypts and decrypts for its customers. */
const SERVICE_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/** Somebody outside the account's own IAM policies who may use a key: an AWS service, acting for this account only. */
export class KeyUser {
  /**
   * CloudWatch Logs, for log groups of these names only.
   * @param logGroupNames names, at least one; `*` stands for any text.
   */
  public static cloudWatchLogs(...logGroupNames: string[]): KeyUser {
    return new KeyUser((environment) => ({
      sid: 'CloudWatchLogs',
      principals: { Service: [`logs.${environment.region}.${environment.dnsSuffix}`] },
      actions: SERVICE_ACTIONS,
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroupNames.map((name) => environment.arn('logs', `log-group:${name}`)) } },
    }));
  }

  /**
   * A service that uses the key with its own principal, only for resources of this account.
   * @param service service name, such as `sns` or `events`; the partition's suffix is added.
   */
  public static service(service: string): KeyUser {
    return new KeyUser((environment) => ({
      sid: `Service${service.replace(/[^A-Za-z0-9]/g, '')}`,
      principals: { Service: [`${service}.amazonaws.com`] },
      actions: SERVICE_ACTIONS,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': environment.account } },
    }));
  }

  /**
   * EC2 Auto Scaling, which starts nodes whose volumes the key encrypts. Its role is named by a condition: as a principal
   * it would have to exist already.
   */
  public static autoScaling(): KeyUser {
    return new KeyUser((environment) => ({
      sid: 'AutoScaling',
      principals: { AWS: ['*'] },
      actions: [...SERVICE_ACTIONS, 'kms:CreateGrant'],
      resources: ['*'],
      conditions: {
        StringEquals: {
          'kms:CallerAccount': environment.account,
          'aws:PrincipalArn': environment.iamArn('role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling'),
        },
      },
    }));
  }

  private constructor(private readonly render: (environment: Environment) => PolicyStatement) {}

  /** The statement of the key's policy. */
  public statement(environment: Environment): PolicyStatement {
    return this.render(environment);
  }
}
