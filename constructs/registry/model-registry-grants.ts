import type { IConstruct } from 'constructs';
import type { IIdentity, PolicyStatement } from '../../src/core';
import { Environment, Grant, keyStatements } from '../../src/core';
import type { IArtifactBucket } from '../storage';

/** Tag by which RDS marks the secret of a cluster's master user. Source: RDS user guide, password management with Secrets Manager. */
export const MASTER_SECRET_TAG = 'aws:rds:primaryDBClusterArn';

/** The facts of a registry that grants need. */
export interface RegistryFacts {
  readonly bucket: IArtifactBucket;
  readonly artifactPrefix: string;
  readonly databaseClusterArn: string;
  readonly connectionSecretName: string;
  readonly keyAliasName: string;
}

/** What an identity may do with a registry. All of it is made of facts. */
export class ModelRegistryGrants {
  constructor(private readonly scope: IConstruct, private readonly registry: RegistryFacts) {}

  /**
   * Be the registry's server: read and write artifacts under the registry's prefix, and nothing else. The database is
   * reached by network and password, which External Secrets brings.
   */
  public connect(identity: IIdentity): Grant {
    return this.registry.bucket.grants.readWrite(identity, this.registry.artifactPrefix);
  }

  /** Read artifacts of models without the registry's server, as serving does. */
  public readArtifacts(identity: IIdentity): Grant {
    return this.registry.bucket.grants.read(identity, this.registry.artifactPrefix);
  }

  /**
   * Read how to connect: the connection secret by name, and the master user's secret by the tag that RDS gives it, because
   * RDS chooses its name. Searching by tag takes two actions that know no resources; what they return is still decided by
   * `GetSecretValue` on each secret.
   */
  public readConnection(identity: IIdentity): Grant {
    const environment = Environment.of(this.scope);
    const read = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];
    return Grant.toIdentity(identity, [
      { actions: read, resources: [environment.arn('secretsmanager', `secret:${this.registry.connectionSecretName}-??????`)] },
      {
        actions: read,
        resources: [environment.arn('secretsmanager', 'secret:rds!cluster-*')],
        conditions: { StringEquals: { [`secretsmanager:ResourceTag/${MASTER_SECRET_TAG}`]: this.registry.databaseClusterArn } },
      },
      { actions: ['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'], resources: ['*'] },
      ...this.decryptSecrets(environment),
    ]);
  }

  private decryptSecrets({ account, region, partition, dnsSuffix }: Environment): PolicyStatement[] {
    return keyStatements({ account, region, partition, aliasName: this.registry.keyAliasName, actions: ['kms:Decrypt'] }).map((statement) => ({
      ...statement,
      conditions: { ...statement.conditions, StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${dnsSuffix}` } },
    }));
  }
}
