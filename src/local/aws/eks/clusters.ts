import { randomBytes } from 'node:crypto';

import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { grantCreator } from './access';
import { createClusterSecurityGroup, deleteSecurityGroup, findSubnets } from './ec2';
import { now, object, objects, requiredText, text, textMap, texts } from './json';
import { checkClusterVersion, checkVersionUpdate, PLATFORM_VERSION } from './versions';
import type { Call, Cluster, Operation, World } from './world';
import { hexId, messageOf } from './world';

const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];
/** Answer of a cluster behind which no engine stands; nothing listens there (RFC 6761). */
const NO_ENDPOINT_DOMAIN = 'eks.invalid';
const NAME = /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/;

/** Operations on clusters. */
export const CLUSTER_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters', run: create },
  { method: 'GET', path: '/clusters', run: (world, call) => ({ clusters: world.list(call.region).map((cluster) => cluster.name) }) },
  { method: 'GET', path: '/clusters/{name}', run: (world, call) => ({ cluster: world.cluster(call.region, call.labels.name!).doc }) },
  { method: 'DELETE', path: '/clusters/{name}', run: remove },
  { method: 'POST', path: '/clusters/{name}/updates', run: updateVersion },
  { method: 'POST', path: '/clusters/{name}/update-config', run: updateConfig },
  { method: 'POST', path: '/clusters/{name}/encryption-config/associate', run: associateEncryption },
];

async function create(world: World, call: Call): Promise<JsonObject> {
  const { input, region } = call;
  const name = requiredText(input, 'name');
  if (!NAME.test(name)) throw new AwsError('InvalidParameterException', `The cluster name ${name} does not match ${NAME.source}`);
  const version = checkClusterVersion(text(input, 'version'));
  const vpc = object(input, 'resourcesVpcConfig');
  const subnets = await findSubnets(world.context.moto, region, texts(vpc, 'subnetIds'));
  if (new Set(subnets.map((subnet) => subnet.zone)).size < 2) throw new AwsError('InvalidParameterException', 'Subnets specified must be in at least two different AZs');
  if (vpc.endpointPublicAccess === false && vpc.endpointPrivateAccess !== true) {
    throw new AwsError('InvalidParameterException', 'Private and public endpoint access cannot both be false');
  }
  const cluster: Cluster = {
    name, region, selfManagedAddons: input.bootstrapSelfManagedAddons !== false,
    doc: describeNew(world, call, name, version),
    nodegroups: new Map(), addons: new Map(), accessEntries: new Map(), associations: new Map(),
    identityProviders: new Map(), fargateProfiles: new Map(), updates: new Map(),
  };
  world.add(cluster);
  const resolved = object(cluster.doc, 'resourcesVpcConfig');
  resolved.vpcId = subnets[0]!.vpcId;
  try {
    resolved.clusterSecurityGroupId = await createClusterSecurityGroup(world.context.moto, region, subnets[0]!.vpcId, name);
    await ensureLogGroup(world, cluster);
  } catch (error) {
    world.remove(cluster);
    throw error;
  }
  if (object(cluster.doc, 'accessConfig').bootstrapClusterCreatorAdminPermissions === true) grantCreator(world, cluster);
  const answer = { cluster: { ...cluster.doc } };
  await start(world, cluster, version);
  return answer;
}

function describeNew(world: World, call: Call, name: string, version: string): JsonObject {
  const { input, region } = call;
  const vpc = object(input, 'resourcesVpcConfig');
  const network = object(input, 'kubernetesNetworkConfig');
  const access = object(input, 'accessConfig');
  return {
    name,
    arn: world.arn(region, `cluster/${name}`),
    createdAt: now(),
    version,
    roleArn: requiredText(input, 'roleArn'),
    status: 'CREATING',
    platformVersion: PLATFORM_VERSION,
    resourcesVpcConfig: {
      subnetIds: texts(vpc, 'subnetIds'),
      securityGroupIds: texts(vpc, 'securityGroupIds'),
      endpointPublicAccess: vpc.endpointPublicAccess !== false,
      endpointPrivateAccess: vpc.endpointPrivateAccess === true,
      publicAccessCidrs: vpc.endpointPublicAccess === false ? [] : (vpc.publicAccessCidrs ?? ['0.0.0.0/0']),
    },
    kubernetesNetworkConfig: {
      serviceIpv4Cidr: text(network, 'serviceIpv4Cidr') ?? '172.20.0.0/16',
      ipFamily: text(network, 'ipFamily') ?? 'ipv4',
      elasticLoadBalancing: { enabled: object(network, 'elasticLoadBalancing').enabled === true },
    },
    logging: { clusterLogging: readLogging(input) },
    identity: { oidc: { issuer: `https://oidc.eks.${region}.amazonaws.com/id/${hexId(16)}` } },
    certificateAuthority: {},
    encryptionConfig: objects(input, 'encryptionConfig'),
    accessConfig: {
      authenticationMode: text(access, 'authenticationMode') ?? 'CONFIG_MAP',
      bootstrapClusterCreatorAdminPermissions: access.bootstrapClusterCreatorAdminPermissions !== false,
    },
    upgradePolicy: { supportType: text(object(input, 'upgradePolicy'), 'supportType') ?? 'EXTENDED' },
    ...optional(input, ['zonalShiftConfig', 'computeConfig', 'storageConfig', 'remoteNetworkConfig', 'controlPlaneScalingConfig']),
    deletionProtection: input.deletionProtection === true,
    health: { issues: [] },
    tags: textMap(input, 'tags'),
  };
}

async function start(world: World, cluster: Cluster, version: string): Promise<void> {
  const { backend, accountId } = world.context;
  if (backend === undefined) {
    const host = `${hexId(16)}.gr7.${cluster.region}.${NO_ENDPOINT_DOMAIN}`;
    return ready(cluster, `https://${host}`, plausibleAuthority());
  }
  world
    .enqueue(cluster, async () => {
      const access = await backend.createCluster({ name: cluster.name, version, region: cluster.region, accountId });
      ready(cluster, access.endpoint, access.certificateAuthorityData);
    })
    .catch((error: unknown) => {
      cluster.doc.status = 'FAILED';
      cluster.doc.health = { issues: [{ code: 'InternalFailure', message: messageOf(error), resourceIds: [cluster.name] }] };
    });
}

function ready(cluster: Cluster, endpoint: string, authority: string): void {
  cluster.doc.endpoint = endpoint;
  cluster.doc.certificateAuthority = { data: authority };
  if (cluster.doc.status === 'CREATING') cluster.doc.status = 'ACTIVE';
}

/** Has the outer form of a certificate only: no one holds a key for it. */
function plausibleAuthority(): string {
  const body = randomBytes(720).toString('base64').replace(/(.{64})/g, '$1\n').trim();
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`).toString('base64');
}

async function remove(world: World, call: Call): Promise<JsonObject> {
  const cluster = world.cluster(call.region, call.labels.name!);
  const refuse = (what: string): never => {
    throw new AwsError('ResourceInUseException', `Cluster has ${what} attached`, 409, { clusterName: cluster.name });
  };
  if (cluster.doc.deletionProtection === true) {
    throw new AwsError('InvalidRequestException', `Cluster ${cluster.name} has deletion protection enabled`, 400, { clusterName: cluster.name });
  }
  if (cluster.nodegroups.size > 0) refuse('nodegroups');
  if (cluster.fargateProfiles.size > 0) refuse('Fargate profiles');
  if (cluster.doc.status === 'DELETING') return { cluster: cluster.doc };
  cluster.doc.status = 'DELETING';
  const { backend, moto } = world.context;
  const work = world.enqueue(cluster, async () => {
    await backend?.deleteCluster(cluster.name);
    await deleteSecurityGroup(moto, cluster.region, String(object(cluster.doc, 'resourcesVpcConfig').clusterSecurityGroupId));
    world.remove(cluster);
  });
  work.catch((error: unknown) => {
    cluster.doc.status = 'FAILED';
    cluster.doc.health = { issues: [{ code: 'InternalFailure', message: messageOf(error), resourceIds: [cluster.name] }] };
  });
  const answer = { cluster: { ...cluster.doc } };
  if (backend === undefined) await work;
  return answer;
}

function updateVersion(world: World, call: Call): JsonObject {
  const cluster = world.activeCluster(call);
  const version = requiredText(call.input, 'version');
  checkVersionUpdate(String(cluster.doc.version), version);
  cluster.doc.version = version;
  return world.update(cluster, 'VersionUpdate', { Version: version, PlatformVersion: PLATFORM_VERSION });
}

async function updateConfig(world: World, call: Call): Promise<JsonObject> {
  const cluster = world.activeCluster(call);
  const { doc } = cluster;
  const { input } = call;
  if (input.logging !== undefined) {
    doc.logging = { clusterLogging: readLogging(input) };
    await ensureLogGroup(world, cluster);
    return world.update(cluster, 'LoggingUpdate', { ClusterLogging: JSON.stringify(input.logging) });
  }
  if (input.resourcesVpcConfig !== undefined) {
    const change = object(input, 'resourcesVpcConfig');
    if (texts(change, 'subnetIds').length > 0) await findSubnets(world.context.moto, cluster.region, texts(change, 'subnetIds'));
    Object.assign(object(doc, 'resourcesVpcConfig'), change);
    return world.update(cluster, change.subnetIds === undefined && change.securityGroupIds === undefined ? 'EndpointAccessUpdate' : 'VpcConfigUpdate', {});
  }
  const types: Readonly<Record<string, string>> = {
    accessConfig: 'AccessConfigUpdate', upgradePolicy: 'UpgradePolicyUpdate', zonalShiftConfig: 'ZonalShiftConfigUpdate',
    remoteNetworkConfig: 'RemoteNetworkConfigUpdate', controlPlaneScalingConfig: 'ControlPlaneScalingConfigUpdate',
    computeConfig: 'AutoModeUpdate', storageConfig: 'AutoModeUpdate', kubernetesNetworkConfig: 'AutoModeUpdate',
  };
  let type: string | undefined;
  for (const [key, updateType] of Object.entries(types)) {
    if (input[key] === undefined) continue;
    doc[key] = { ...object(doc, key), ...object(input, key) };
    type ??= updateType;
  }
  if (input.deletionProtection !== undefined) {
    doc.deletionProtection = input.deletionProtection;
    type ??= 'DeletionProtectionUpdate';
  }
  if (type === undefined) throw new AwsError('InvalidParameterException', 'No changes were given', 400, { clusterName: cluster.name });
  return world.update(cluster, type, {});
}

function associateEncryption(world: World, call: Call): JsonObject {
  const cluster = world.activeCluster(call);
  if (objects(cluster.doc, 'encryptionConfig').length > 0) {
    throw new AwsError('ResourceInUseException', `Encryption is already enabled on cluster ${cluster.name}`, 409, { clusterName: cluster.name });
  }
  cluster.doc.encryptionConfig = objects(call.input, 'encryptionConfig');
  return world.update(cluster, 'AssociateEncryptionConfig', { EncryptionConfig: JSON.stringify(call.input.encryptionConfig) });
}

/** EKS writes to a log group of a fixed name and creates it where nobody did before. */
async function ensureLogGroup(world: World, cluster: Cluster): Promise<void> {
  if (!objects(object(cluster.doc, 'logging'), 'clusterLogging').some((setup) => setup.enabled === true)) return;
  const logGroupName = `/aws/eks/${cluster.name}/cluster`;
  await world.context.moto.json('logs', cluster.region, 'Logs_20140328.CreateLogGroup', { logGroupName }).catch((error: unknown) => {
    if (!(error instanceof AwsError && error.code === 'ResourceAlreadyExistsException')) throw error;
  });
}

function readLogging(input: JsonObject): JsonObject[] {
  const enabled = objects(object(input, 'logging'), 'clusterLogging').filter((setup) => setup.enabled === true).flatMap((setup) => texts(setup, 'types'));
  const disabled = LOG_TYPES.filter((type) => !enabled.includes(type));
  return [
    ...(enabled.length > 0 ? [{ types: enabled, enabled: true }] : []),
    ...(disabled.length > 0 ? [{ types: disabled, enabled: false }] : []),
  ];
}

function optional(input: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => input[key] !== undefined).map((key) => [key, input[key]]));
}
