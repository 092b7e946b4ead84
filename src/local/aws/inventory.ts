import type { Mend } from './mends';
import type { MotoClient } from './moto-client';
import type { Json, JsonObject } from './request';
import { xmlElements, xmlText, xmlTexts } from './xml';

type Lister = (moto: MotoClient, region: string) => Promise<string[]>;

const EC2 = '2016-11-15';
const RDS = '2014-10-31';
const IAM = '2010-05-08';

/** What lives once per account. */
const GLOBAL: Readonly<Record<string, Lister>> = {
  buckets: async (moto, region) => xmlElements(await moto.get('s3', region, '/'), 'Bucket').flatMap((bucket) => xmlTexts(bucket, 'Name')),
  roles: async (moto, region) => {
    const roles = xmlElements(await moto.query('iam', region, IAM, 'ListRoles', { MaxItems: '1000' }), 'member');
    return roles.filter((role) => !xmlText(role, 'Path')?.startsWith('/aws-service-role/')).flatMap((role) => xmlTexts(role, 'RoleName'));
  },
  policies: async (moto, region) => xmlTexts(await moto.query('iam', region, IAM, 'ListPolicies', { Scope: 'Local', MaxItems: '1000' }), 'PolicyName'),
};

/** What lives in a region. */
const REGIONAL: Readonly<Record<string, Lister>> = {
  vpcs: async (moto, region) => {
    const own = { 'Filter.1.Name': 'is-default', 'Filter.1.Value.1': 'false' };
    return [...new Set(xmlTexts(await moto.query('ec2', region, EC2, 'DescribeVpcs', own), 'vpcId'))];
  },
  natGateways: async (moto, region) => {
    const alive = { 'Filter.1.Name': 'state', 'Filter.1.Value.1': 'available', 'Filter.1.Value.2': 'pending' };
    return xmlTexts(await moto.query('ec2', region, EC2, 'DescribeNatGateways', alive), 'natGatewayId');
  },
  addresses: async (moto, region) => xmlTexts(await moto.query('ec2', region, EC2, 'DescribeAddresses'), 'allocationId'),
  launchTemplates: async (moto, region) => xmlTexts(await moto.query('ec2', region, EC2, 'DescribeLaunchTemplates'), 'launchTemplateName'),
  databaseClusters: async (moto, region) => xmlTexts(await moto.query('rds', region, RDS, 'DescribeDBClusters'), 'DBClusterIdentifier'),
  databaseInstances: async (moto, region) => xmlTexts(await moto.query('rds', region, RDS, 'DescribeDBInstances'), 'DBInstanceIdentifier'),
  keys: (moto, region) => listKeys(moto, region),
  tables: async (moto, region) => strings((await moto.json('dynamodb', region, 'DynamoDB_20120810.ListTables')).TableNames),
  secrets: async (moto, region) => names((await moto.json('secretsmanager', region, 'secretsmanager.ListSecrets')).SecretList, 'Name'),
  logGroups: async (moto, region) => names((await moto.json('logs', region, 'Logs_20140328.DescribeLogGroups')).logGroups, 'logGroupName'),
  imageRepositories: async (moto, region) =>
    names((await moto.json('ecr', region, 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories')).repositories, 'repositoryName'),
  catalogDatabases: async (moto, region) => names((await moto.json('glue', region, 'AWSGlue.GetDatabases')).DatabaseList, 'Name'),
  queues: async (moto, region) => strings((await moto.json('sqs', region, 'AmazonSQS.ListQueues')).QueueUrls),
  parameters: async (moto, region) => names((await moto.json('ssm', region, 'AmazonSSM.DescribeParameters')).Parameters, 'Name'),
  eventRules: async (moto, region) => names((await moto.json('events', region, 'AWSEvents.ListRules')).Rules, 'Name'),
};

/**
 * What still exists, as names by kind, over all regions that were ever asked for. AWS's own things (default VPC, service-linked
 * roles, AWS managed keys) and keys that await their deletion do not count.
 */
export async function takeInventory(moto: MotoClient, mends: ReadonlyMap<string, Mend>, regions: readonly string[]): Promise<JsonObject> {
  const resources: Record<string, string[]> = {};
  for (const mend of mends.values()) {
    for (const [kind, found] of Object.entries(mend.inventory?.() ?? {})) resources[kind] = [...found].sort();
  }
  for (const [kind, list] of Object.entries(GLOBAL)) resources[kind] = (await list(moto, regions[0] ?? 'us-east-1')).sort();
  for (const [kind, list] of Object.entries(REGIONAL)) {
    const found: string[] = [];
    for (const region of regions) found.push(...(await list(moto, region)));
    resources[kind] = found.sort();
  }
  const counts = Object.fromEntries(Object.entries(resources).map(([kind, found]) => [kind, found.length]));
  return { total: Object.values(counts).reduce((sum, count) => sum + count, 0), counts, resources, regions: [...regions] };
}

/** Keys that AWS would show as managed by itself are known by their alias only. */
async function listKeys(moto: MotoClient, region: string): Promise<string[]> {
  const aliases = (await moto.json('kms', region, 'TrentService.ListAliases')).Aliases;
  const managed = new Set(objectsOf(aliases).filter((alias) => String(alias.AliasName).startsWith('alias/aws/')).map((alias) => alias.TargetKeyId));
  const kept: string[] = [];
  for (const id of names((await moto.json('kms', region, 'TrentService.ListKeys')).Keys, 'KeyId')) {
    if (managed.has(id)) continue;
    const metadata = (await moto.json('kms', region, 'TrentService.DescribeKey', { KeyId: id })).KeyMetadata as JsonObject | undefined;
    if (metadata?.KeyState !== 'PendingDeletion') kept.push(id);
  }
  return kept;
}

function strings(list: Json | undefined): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

function names(list: Json | undefined, key: string): string[] {
  return objectsOf(list).flatMap((item) => (typeof item[key] === 'string' ? [item[key]] : []));
}

function objectsOf(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item)) : [];
}
