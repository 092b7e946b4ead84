import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { GlueCatalogTable } from '@cdktf/provider-aws/lib/glue-catalog-table';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { claimName, Environment, NameRule, Problems } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import type { IArtifactBucket } from '../storage';
import { claimPrefix } from '../storage';
import type { FeatureSchema } from './feature-schema';
import { columnsOf, nameProblems, schemaProblems } from './feature-schema';
import { FeatureTableGrants } from './feature-table-grants';

/** Key of the online table as Feast looks it up: the serialised entity key. */
const ONLINE_KEY = 'entity_id';

/** Column of the offline table that divides files by day; the folder `event_date=2026-01-31` holds one day. */
const PARTITION = 'event_date';

/** First day that queries look for; partitions are computed, and a day without files costs nothing but the look. */
const FIRST_DAY = '2020-01-01';

/** Hive's names for Parquet. */
const PARQUET = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
};

/** Features of one kind of entity, online and offline. All members are facts. */
export interface IFeatureTable {
  /** Name: of the Feast feature view and of the Glue table. */
  readonly tableName: string;
  /** Schema of both sides. */
  readonly schema: FeatureSchema;
  /** Name of the DynamoDB table, `<project>.<table>` as Feast builds it. */
  readonly onlineTableName: string;
  /** ARN of the DynamoDB table. */
  readonly onlineTableArn: string;
  /** Glue database that describes the offline table. */
  readonly databaseName: string;
  /** Where the Parquet files are, `s3://bucket/prefix/`; each day in a folder `event_date=<yyyy-MM-dd>`. */
  readonly offlineLocation: string;
  /** Permissions to give. */
  readonly grants: FeatureTableGrants;
}

/** What can be chosen of a feature table. */
export interface FeatureTableOptions extends FeatureSchema {
  /** Name: lower-case letters, digits and single underscores, beginning with a letter. */
  readonly tableName: string;
  /** What the features are about, for whoever reads the catalog. @default - nothing is said */
  readonly description?: string;
  /** Attribute with the time in Unix seconds at which DynamoDB deletes an item; Feast writes none. @default - items stay */
  readonly expiryAttribute?: string;
}

/** A feature store, by what its tables need. */
export interface IFeatureStore {
  /** Feast project; first part of online table names. */
  readonly project: string;
  /** Glue database. */
  readonly databaseName: string;
  /** Bucket of the offline tables. */
  readonly bucket: IArtifactBucket;
  /** Key prefix of the offline tables, ended by a slash. */
  readonly offlinePrefix: string;
  /** Key of the online tables. */
  readonly encryptionKey: IEncryptionKey;
  /** What creates the database. @default - it exists already */
  readonly database?: ITerraformDependable;
}

/** Props of `FeatureTable`. */
export interface FeatureTableProps extends FeatureTableOptions {
  /** The store that the table belongs to. */
  readonly store: IFeatureStore;
}

/** One schema, two tables: DynamoDB for the newest values, Parquet on S3 described in Glue for the history. */
export class FeatureTable extends Construct implements IFeatureTable {
  public readonly tableName: string;
  public readonly schema: FeatureSchema;
  public readonly onlineTableName: string;
  public readonly onlineTableArn: string;
  public readonly databaseName: string;
  public readonly offlineLocation: string;
  public readonly grants: FeatureTableGrants;
  private readonly store: IFeatureStore;
  private readonly offlinePrefix: string;

  /**
   * @throws SchemaEmpty, EntityMissing, EntityTypeInvalid, FeatureNameInvalid, FeatureNameDuplicate, FeatureNameReserved, ExpiryAttributeReserved,
   * NameTooLong, PhysicalNameDuplicate, PrefixOverlap
   */
  constructor(scope: Construct, id: string, props: FeatureTableProps) {
    super(scope, id);
    this.rejectBadSchema(props);
    const environment = Environment.of(this);
    const { entities, features, eventTimestamp = 'event_timestamp', createdTimestamp } = props;
    this.store = props.store;
    this.tableName = props.tableName;
    this.schema = { entities: [...entities], features: [...features], eventTimestamp, ...(createdTimestamp === undefined ? {} : { createdTimestamp }) };
    this.databaseName = this.store.databaseName;
    this.onlineTableName = NameRule.DYNAMODB_TABLE.check(`${this.store.project}.${this.tableName}`, this.node.path);
    this.onlineTableArn = environment.arn('dynamodb', `table/${this.onlineTableName}`);
    this.offlinePrefix = `${this.store.offlinePrefix}${this.tableName}/`;
    this.offlineLocation = `s3://${this.store.bucket.bucketName}/${this.offlinePrefix}`;
    claimName(this, 'DynamoDB table', this.onlineTableName);
    claimPrefix(this, this.store.bucket.bucketName, this.offlinePrefix);
    this.node.defaultChild = this.addOnlineTable(props.expiryAttribute);
    this.addOfflineTable(props.description);
    this.grants = new FeatureTableGrants(this, {
      onlineTableArn: this.onlineTableArn,
      databaseName: this.databaseName,
      tableName: this.tableName,
      bucket: this.store.bucket,
      offlinePrefix: this.offlinePrefix,
      keyAliasName: this.store.encryptionKey.aliasName,
    });
  }

  private rejectBadSchema(props: FeatureTableProps): void {
    const problems = new Problems(this);
    [...nameProblems('feature table', props.tableName), ...schemaProblems(props)].forEach((problem) => problems.add(problem));
    problems.when(['', ONLINE_KEY, 'event_ts', 'values'].includes(props.expiryAttribute ?? 'none'), {
      code: 'ExpiryAttributeReserved',
      message: `expiryAttribute got "${props.expiryAttribute}"`,
      allowed: `a name other than ${ONLINE_KEY}, event_ts and values, which hold the features`,
    });
    problems.throwIfAny();
  }

  private addOnlineTable(expiryAttribute: string | undefined): DynamodbTable {
    const { protectsState } = Environment.of(this).tier.defaults;
    return new DynamodbTable(this, 'Online', {
      name: this.onlineTableName,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: ONLINE_KEY,
      attribute: [{ name: ONLINE_KEY, type: 'S' }],
      serverSideEncryption: { enabled: true, kmsKeyArn: this.store.encryptionKey.keyArn },
      pointInTimeRecovery: { enabled: protectsState },
      deletionProtectionEnabled: protectsState,
      ...(expiryAttribute === undefined ? {} : { ttl: { enabled: true, attributeName: expiryAttribute } }),
      tags: { Name: this.onlineTableName },
      lifecycle: protectsState ? { preventDestroy: true } : undefined,
    });
  }

  /** Partitions are computed from the query's days, so that nothing has to register new ones. */
  private addOfflineTable(description: string | undefined): void {
    new GlueCatalogTable(this, 'Offline', {
      name: this.tableName,
      databaseName: this.databaseName,
      dependsOn: this.store.database === undefined ? undefined : [this.store.database],
      description: description ?? `Features of ${this.tableName}`,
      tableType: 'EXTERNAL_TABLE',
      partitionKeys: [{ name: PARTITION, type: 'string' }],
      parameters: {
        EXTERNAL: 'TRUE',
        classification: 'parquet',
        'projection.enabled': 'true',
        [`projection.${PARTITION}.type`]: 'date',
        [`projection.${PARTITION}.format`]: 'yyyy-MM-dd',
        [`projection.${PARTITION}.range`]: `${FIRST_DAY},NOW`,
        [`projection.${PARTITION}.interval`]: '1',
        [`projection.${PARTITION}.interval.unit`]: 'DAYS',
        'storage.location.template': `${this.offlineLocation}${PARTITION}=$\${${PARTITION}}/`,
      },
      storageDescriptor: {
        location: this.offlineLocation,
        inputFormat: PARQUET.inputFormat,
        outputFormat: PARQUET.outputFormat,
        serDeInfo: { name: 'parquet', serializationLibrary: PARQUET.serializationLibrary, parameters: { 'serialization.format': '1' } },
        columns: columnsOf(this.schema).map(({ name, type, description: comment }) => ({ name, type: type.hiveType, ...(comment === undefined ? {} : { comment }) })),
      },
    });
  }
}
