import { DbSubnetGroup } from '@cdktf/provider-aws/lib/db-subnet-group';
import { RdsCluster } from '@cdktf/provider-aws/lib/rds-cluster';
import { RdsClusterInstance } from '@cdktf/provider-aws/lib/rds-cluster-instance';
import { RdsClusterParameterGroup } from '@cdktf/provider-aws/lib/rds-cluster-parameter-group';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { AuroraPostgresVersion } from '../../src/catalog';
import type { Duration } from '../../src/core';
import { Environment } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import { EncryptedLogGroup } from '../encryption';
import type { INetwork } from '../network';

/** Port that PostgreSQL listens on. */
export const POSTGRES_PORT = 5432;

/** Engine as RDS names it. */
export const POSTGRES_ENGINE = 'aurora-postgresql';

/** Instance class of Aurora Serverless v2. */
const SERVERLESS = 'db.serverless';

/** Retention of Performance Insights that costs nothing, in days. Source: RDS pricing. */
const FREE_INSIGHTS_DAYS = 7;

/** Name of the log group that RDS exports to; RDS chooses it. */
export function databaseLogGroupName(clusterIdentifier: string): string {
  return `/aws/rds/cluster/${clusterIdentifier}/postgresql`;
}

/** What `RegistryDatabase` is built from; every value is checked already. */
export interface RegistryDatabaseProps {
  readonly clusterIdentifier: string;
  readonly databaseName: string;
  readonly masterUsername: string;
  readonly version: AuroraPostgresVersion;
  readonly network: INetwork;
  readonly key: IEncryptionKey;
  readonly replicas: number;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly backupRetention: Duration;
}

/** Aurora PostgreSQL Serverless v2 in private subnets, reachable from them only, over TLS only. */
export class RegistryDatabase extends Construct {
  /** Host of the writer; a token until apply. */
  public readonly endpoint: string;

  constructor(scope: Construct, id: string, private readonly props: RegistryDatabaseProps) {
    super(scope, id);
    const { defaults } = Environment.of(this).tier;
    const { clusterIdentifier, key } = props;
    const logGroup = new EncryptedLogGroup(this, 'Log', { logGroupName: databaseLogGroupName(clusterIdentifier), key });
    const cluster = new RdsCluster(this, 'Resource', {
      clusterIdentifier,
      engine: POSTGRES_ENGINE,
      engineVersion: props.version.version,
      databaseName: props.databaseName,
      port: POSTGRES_PORT,
      masterUsername: props.masterUsername,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: key.keyArn,
      iamDatabaseAuthenticationEnabled: true,
      storageEncrypted: true,
      kmsKeyId: key.keyArn,
      dbSubnetGroupName: this.addSubnetGroup(),
      vpcSecurityGroupIds: [this.addSecurityGroup()],
      dbClusterParameterGroupName: this.addParameterGroup(),
      serverlessv2ScalingConfiguration: { minCapacity: props.minCapacity, maxCapacity: props.maxCapacity },
      backupRetentionPeriod: props.backupRetention.toDays(),
      copyTagsToSnapshot: true,
      enabledCloudwatchLogsExports: ['postgresql'],
      deletionProtection: defaults.protectsState,
      deleteAutomatedBackups: !defaults.protectsState,
      skipFinalSnapshot: !defaults.protectsState,
      ...(defaults.protectsState ? { finalSnapshotIdentifier: `${clusterIdentifier}-final` } : {}),
      applyImmediately: !defaults.protectsState,
      tags: { Name: clusterIdentifier },
      lifecycle: defaults.protectsState ? { preventDestroy: true } : undefined,
      dependsOn: [logGroup],
    });
    this.addInstances(cluster);
    this.endpoint = cluster.endpoint;
  }

  private addSubnetGroup(): string {
    const name = this.props.clusterIdentifier;
    return new DbSubnetGroup(this, 'SubnetGroup', { name, description: `Private subnets of ${name}`, subnetIds: [...this.props.network.privateSubnetIds], tags: { Name: name } }).name;
  }

  /** Lets the private subnets in and nothing out: a database opens no connections. */
  private addSecurityGroup(): string {
    const { clusterIdentifier, network } = this.props;
    const name = `${clusterIdentifier}-database`;
    const group = new SecurityGroup(this, 'SecurityGroup', { name, description: `PostgreSQL of ${clusterIdentifier}`, vpcId: network.vpcId, tags: { Name: name } });
    network.privateSubnetCidrs.forEach((cidr, index) => {
      new VpcSecurityGroupIngressRule(this, `Ingress${index + 1}`, {
        securityGroupId: group.id,
        description: `PostgreSQL from the private subnet in ${network.zones[index]}`,
        cidrIpv4: cidr,
        ipProtocol: 'tcp',
        fromPort: POSTGRES_PORT,
        toPort: POSTGRES_PORT,
        tags: { Name: name },
      });
    });
    return group.id;
  }

  /** A new family gets a new name, so that a major upgrade creates its group before the old one goes. */
  private addParameterGroup(): string {
    const { clusterIdentifier, version } = this.props;
    return new RdsClusterParameterGroup(this, 'ParameterGroup', {
      name: `${clusterIdentifier}-postgresql${version.majorVersion}`,
      family: version.parameterGroupFamily,
      description: `Parameters of ${clusterIdentifier}`,
      parameter: [{ name: 'rds.force_ssl', value: '1' }],
      tags: { Name: clusterIdentifier },
      lifecycle: { createBeforeDestroy: true },
    }).name;
  }

  /** The first instance writes; each further one stands in the next zone and can take over. */
  private addInstances(cluster: RdsCluster): void {
    const { clusterIdentifier, network, key, replicas } = this.props;
    const { protectsState } = Environment.of(this).tier.defaults;
    for (let index = 0; index <= replicas; index++) {
      const identifier = `${clusterIdentifier}-${index + 1}`;
      new RdsClusterInstance(this, `Instance${index + 1}`, {
        identifier,
        clusterIdentifier: cluster.id,
        engine: POSTGRES_ENGINE,
        instanceClass: SERVERLESS,
        availabilityZone: network.zones[index % network.zones.length],
        promotionTier: index === 0 ? 0 : 1,
        publiclyAccessible: false,
        autoMinorVersionUpgrade: false,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key.keyArn,
        performanceInsightsRetentionPeriod: FREE_INSIGHTS_DAYS,
        copyTagsToSnapshot: true,
        applyImmediately: !protectsState,
        tags: { Name: identifier },
      });
    }
  }
}
