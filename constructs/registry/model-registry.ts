import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version';
import { Construct } from 'constructs';
import { AuroraPostgresVersion } from '../../src/catalog';
import type { Duration } from '../../src/core';
import { claimName, Environment, NameRule, Problems } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import { EncryptionKey, KeyUser } from '../encryption';
import type { INetwork } from '../network';
import type { IArtifactBucket } from '../storage';
import { ArtifactBucket, checkPrefix, claimPrefix } from '../storage';
import { ModelRegistryGrants } from './model-registry-grants';
import { registryProblems } from './registry-checks';
import { databaseLogGroupName, POSTGRES_PORT, RegistryDatabase } from './registry-database';

/** Days in which a deleted secret can be brought back where state is protected; the longest that Secrets Manager allows. */
const SECRET_RECOVERY_DAYS = 30;

/** Where experiments and model versions are kept. All members are facts. */
export interface IModelRegistry {
  /** Bucket of the artifacts. */
  readonly bucketName: string;
  /** Key prefix of the artifacts, ended by a slash. */
  readonly artifactPrefix: string;
  /** `s3://bucket/prefix`, without a slash at the end. */
  readonly artifactRoot: string;
  /** ARN of the database cluster; also the value of the tag `aws:rds:primaryDBClusterArn` on the master user's secret. */
  readonly databaseClusterArn: string;
  /** Name of the database. */
  readonly databaseName: string;
  /** Secret with `host`, `port`, `dbname` and `engine`, and no password. */
  readonly connectionSecretName: string;
  /** Permissions to give. */
  readonly grants: ModelRegistryGrants;
}

/** A registry that exists. */
export interface ModelRegistryAttributes {
  /** Bucket of the artifacts. */
  readonly bucket: IArtifactBucket;
  /** Key prefix of the artifacts, ended by a slash. */
  readonly artifactPrefix: string;
  /** Identifier of the Aurora cluster in this account and region. */
  readonly clusterIdentifier: string;
  /** Name of the database. */
  readonly databaseName: string;
  /** Secret with `host`, `port`, `dbname` and `engine`. */
  readonly connectionSecretName: string;
  /** `alias/…` of the key that encrypts the secrets. */
  readonly keyAliasName: string;
}

/** What can be chosen of a registry. */
export interface ModelRegistryOptions {
  /** Last part of physical names, in words divided by hyphens. @default "registry" */
  readonly name?: string;
  /** Key prefix of the artifacts, ended by a slash. @default "mlflow/" */
  readonly artifactPrefix?: string;
  /** Name of the database. @default "mlflow" */
  readonly databaseName?: string;
  /** Name of the master user. @default "mlflow" */
  readonly masterUsername?: string;
  /** Version of Aurora PostgreSQL. @default AuroraPostgresVersion.DEFAULT */
  readonly version?: AuroraPostgresVersion;
  /** Instances beside the writer, 0 to 15, each in the next zone. @default - by tier */
  readonly replicas?: number;
  /** Capacity floor in ACU (2 GiB of memory each), 0 to 256 in halves. @default - by tier */
  readonly minCapacity?: number;
  /** Capacity ceiling in ACU, 1 to 256 in halves. @default - by tier */
  readonly maxCapacity?: number;
  /** How long the database can be restored to any point in time, 1 to 35 days. @default - by tier */
  readonly backupRetention?: Duration;
  /** Key of database, secrets and logs; its policy must let CloudWatch Logs use it. @default - a key of its own */
  readonly encryptionKey?: IEncryptionKey;
}

/** Props of `ModelRegistry`. */
export interface ModelRegistryProps extends ModelRegistryOptions {
  /** Network with private subnets in at least two zones. */
  readonly network: INetwork;
  /** Bucket of the artifacts. @default - a bucket of its own, named after the registry */
  readonly bucket?: IArtifactBucket;
}

/** The AWS side of a model registry: PostgreSQL for what is known of models, a prefix of a bucket for the models. */
export class ModelRegistry extends Construct implements IModelRegistry {
  /** A registry that exists. @throws PrefixInvalid, NameInvalid */
  public static fromAttributes(scope: Construct, id: string, attributes: ModelRegistryAttributes): IModelRegistry {
    return new ImportedRegistry(scope, id, attributes);
  }

  public readonly bucketName: string;
  public readonly artifactPrefix: string;
  public readonly artifactRoot: string;
  public readonly databaseClusterArn: string;
  public readonly databaseName: string;
  public readonly connectionSecretName: string;
  public readonly grants: ModelRegistryGrants;

  /**
   * @throws NameTooLong, NameInvalid, PhysicalNameDuplicate, PrefixInvalid, PrefixOverlap, DatabaseNameInvalid, DatabaseUserInvalid,
   * DatabaseCapacityInvalid, DatabaseCapacityInverted, DatabaseReplicasInvalid, BackupRetentionInvalid
   */
  constructor(scope: Construct, id: string, props: ModelRegistryProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { defaults } = environment.tier;
    const name = props.name ?? 'registry';
    const settings = {
      databaseName: props.databaseName ?? 'mlflow',
      masterUsername: props.masterUsername ?? 'mlflow',
      replicas: props.replicas ?? defaults.databaseReplicas,
      minCapacity: props.minCapacity ?? defaults.databaseMinCapacity,
      maxCapacity: props.maxCapacity ?? defaults.databaseMaxCapacity,
      backupRetention: props.backupRetention ?? defaults.backupRetention,
    };
    const problems = new Problems(this);
    registryProblems(settings).forEach((problem) => problems.add(problem));
    problems.throwIfAny();
    const clusterIdentifier = environment.physicalName(NameRule.RDS_IDENTIFIER, name);
    claimName(this, 'RDS cluster', clusterIdentifier);

    const bucket = props.bucket ?? new ArtifactBucket(this, 'Bucket', { name });
    this.bucketName = bucket.bucketName;
    this.artifactPrefix = props.artifactPrefix ?? 'mlflow/';
    claimPrefix(this, this.bucketName, this.artifactPrefix);
    this.artifactRoot = artifactRoot(this.bucketName, this.artifactPrefix);
    this.databaseClusterArn = environment.arn('rds', `cluster:${clusterIdentifier}`);
    this.databaseName = settings.databaseName;
    this.connectionSecretName = environment.physicalName(NameRule.SECRET, name, 'connection');

    const key = props.encryptionKey ?? new EncryptionKey(this, 'Key', {
      aliasSuffix: `${name}-database`,
      purpose: `Database, secrets and logs of ${clusterIdentifier}`,
      users: [KeyUser.cloudWatchLogs(databaseLogGroupName(clusterIdentifier))],
    });
    const database = new RegistryDatabase(this, 'Database', { ...settings, clusterIdentifier, network: props.network, key, version: props.version ?? AuroraPostgresVersion.DEFAULT });
    this.node.defaultChild = database.node.defaultChild;
    this.addConnectionSecret(database, key);
    this.grants = new ModelRegistryGrants(this, { ...facts(this), bucket, keyAliasName: key.aliasName });
  }

  /** What is known only after apply, for those who look it up by name in the cluster. */
  private addConnectionSecret(database: RegistryDatabase, key: IEncryptionKey): void {
    const { protectsState } = Environment.of(this).tier.defaults;
    const secret = new SecretsmanagerSecret(this, 'Connection', {
      name: this.connectionSecretName,
      description: `Where the database ${this.databaseName} is; the password is in the secret that RDS manages`,
      kmsKeyId: key.keyArn,
      recoveryWindowInDays: protectsState ? SECRET_RECOVERY_DAYS : 0,
      tags: { Name: this.connectionSecretName },
    });
    new SecretsmanagerSecretVersion(this, 'ConnectionValue', {
      secretId: secret.id,
      secretString: JSON.stringify({ host: database.endpoint, port: POSTGRES_PORT, dbname: this.databaseName, engine: 'postgres' }),
    });
  }
}

class ImportedRegistry extends Construct implements IModelRegistry {
  public readonly bucketName: string;
  public readonly artifactPrefix: string;
  public readonly artifactRoot: string;
  public readonly databaseClusterArn: string;
  public readonly databaseName: string;
  public readonly connectionSecretName: string;
  public readonly grants: ModelRegistryGrants;

  constructor(scope: Construct, id: string, attributes: ModelRegistryAttributes) {
    super(scope, id);
    this.bucketName = attributes.bucket.bucketName;
    this.artifactPrefix = checkPrefix(attributes.artifactPrefix, this.node.path);
    this.artifactRoot = artifactRoot(this.bucketName, this.artifactPrefix);
    this.databaseClusterArn = Environment.of(this).arn('rds', `cluster:${NameRule.RDS_IDENTIFIER.check(attributes.clusterIdentifier, this.node.path)}`);
    this.databaseName = attributes.databaseName;
    this.connectionSecretName = NameRule.SECRET.check(attributes.connectionSecretName, this.node.path);
    this.grants = new ModelRegistryGrants(this, { ...facts(this), bucket: attributes.bucket, keyAliasName: attributes.keyAliasName });
  }
}

function artifactRoot(bucketName: string, prefix: string): string {
  return `s3://${bucketName}/${prefix}`.replace(/\/$/, '');
}

function facts(registry: Omit<IModelRegistry, 'grants'>): Pick<IModelRegistry, 'artifactPrefix' | 'databaseClusterArn' | 'connectionSecretName'> {
  const { artifactPrefix, databaseClusterArn, connectionSecretName } = registry;
  return { artifactPrefix, databaseClusterArn, connectionSecretName };
}
