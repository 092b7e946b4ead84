import type { IConstruct } from 'constructs';
import type { IIdentity, PolicyStatement } from '../../src/core';
import { Environment, Grant, keyStatements } from '../../src/core';
import type { IArtifactBucket } from '../storage';

/** The facts of a feature table that grants need. */
export interface FeatureTableFacts {
  readonly onlineTableArn: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly bucket: IArtifactBucket;
  readonly offlinePrefix: string;
  readonly keyAliasName: string;
}

/** What an identity may do with a feature table. All of it is made of facts. */
export class FeatureTableGrants {
  constructor(private readonly scope: IConstruct, private readonly table: FeatureTableFacts) {}

  /** Look up the newest features of entities. */
  public readOnline(identity: IIdentity): Grant {
    return Grant.toIdentity(identity, [
      { actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'], resources: [this.table.onlineTableArn] },
      ...this.key('kms:Decrypt', 'kms:DescribeKey'),
    ]);
  }

  /**
   * Bring newer features into the online table, and look them up. The table itself stays Terraform's: Feast would remove its
   * tags on `apply` and delete it on `teardown`, so both are denied even where another policy allows them.
   */
  public writeOnline(identity: IIdentity): Grant {
    const resources = [this.table.onlineTableArn];
    return Grant.toIdentity(identity, [
      {
        actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:ListTagsOfResource', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources,
      },
      { effect: 'Deny', actions: ['dynamodb:CreateTable', 'dynamodb:DeleteTable', 'dynamodb:TagResource', 'dynamodb:UntagResource'], resources },
      ...this.key('kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'),
    ]);
  }

  /** Read the history of features: the files and their description in the catalog. */
  public readOffline(identity: IIdentity): Grant {
    return Grant.toIdentity(identity, [...this.catalog(), ...this.table.bucket.grants.readStatements(this.table.offlinePrefix)]);
  }

  /** Read the history of features and add to it. */
  public writeOffline(identity: IIdentity): Grant {
    return Grant.toIdentity(identity, [...this.catalog(), ...this.table.bucket.grants.readWriteStatements(this.table.offlinePrefix)]);
  }

  /** The description of this table; Glue asks for catalog and database along with it. */
  private catalog(): PolicyStatement[] {
    const { databaseName, tableName } = this.table;
    const environment = Environment.of(this.scope);
    const resources = ['catalog', `database/${databaseName}`, `table/${databaseName}/${tableName}`].map((resource) => environment.arn('glue', resource));
    return [{ actions: ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable'], resources }];
  }

  /** The key, as far as DynamoDB uses it for the identity. */
  private key(...actions: string[]): PolicyStatement[] {
    const { account, region, partition, dnsSuffix } = Environment.of(this.scope);
    return keyStatements({ account, region, partition, aliasName: this.table.keyAliasName, actions }).map((statement) => ({
      ...statement,
      conditions: { ...statement.conditions, StringEquals: { 'kms:ViaService': `dynamodb.${region}.${dnsSuffix}` } },
    }));
  }
}
