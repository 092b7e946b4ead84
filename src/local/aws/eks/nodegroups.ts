import { randomUUID } from 'node:crypto';

import type { NodegroupSpec, NodeTaint } from '../../cluster-backend';
import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { admitNodeRole } from './access';
import { findLaunchTemplate, findSubnets } from './ec2';
import { now, number, object, objects, requiredText, text, textMap, texts } from './json';
import { checkNodegroupVersion } from './versions';
import type { Call, Cluster, Operation, World } from './world';
import { messageOf } from './world';

const DEFAULT_INSTANCE_TYPE = 't3.medium';
const DEFAULT_DISK_GIB = 20;
const EFFECTS: Readonly<Record<string, NodeTaint['effect']>> = { NO_SCHEDULE: 'NoSchedule', PREFER_NO_SCHEDULE: 'PreferNoSchedule', NO_EXECUTE: 'NoExecute' };

/** Operations on managed node groups. */
export const NODEGROUP_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters/{name}/node-groups', run: create },
  { method: 'GET', path: '/clusters/{name}/node-groups', run: (world, call) => ({ nodegroups: [...world.cluster(call.region, call.labels.name!).nodegroups.keys()] }) },
  { method: 'GET', path: '/clusters/{name}/node-groups/{nodegroupName}', run: describe },
  { method: 'DELETE', path: '/clusters/{name}/node-groups/{nodegroupName}', run: remove },
  { method: 'POST', path: '/clusters/{name}/node-groups/{nodegroupName}/update-config', run: updateConfig },
  { method: 'POST', path: '/clusters/{name}/node-groups/{nodegroupName}/update-version', run: updateVersion },
];

/** True once a node of the cluster can run pods. */
export function hasReadyNodes(cluster: Cluster): boolean {
  return [...cluster.nodegroups.values()].some((group) => group.status === 'ACTIVE' && (number(object(group, 'scalingConfig'), 'desiredSize') ?? 0) > 0);
}

async function create(world: World, call: Call): Promise<JsonObject> {
  const cluster = world.activeCluster(call);
  const { input } = call;
  const name = requiredText(input, 'nodegroupName');
  if (cluster.nodegroups.has(name)) {
    throw new AwsError('ResourceInUseException', `NodeGroup already exists with name ${name} and cluster name ${cluster.name}`, 409, { clusterName: cluster.name, nodegroupName: name });
  }
  const scaling = readScaling(object(input, 'scalingConfig'), { minSize: 1, maxSize: 2, desiredSize: 2 });
  const zones = await findSubnets(world.context.moto, cluster.region, texts(input, 'subnets'));
  if (zones.length === 0) throw new AwsError('InvalidParameterException', 'Subnets must not be empty');
  const template = await resolveTemplate(world, cluster, input);
  const id = randomUUID();
  const doc: JsonObject = {
    nodegroupName: name,
    nodegroupArn: world.arn(cluster.region, `nodegroup/${cluster.name}/${name}/${id}`),
    clusterName: cluster.name,
    version: checkNodegroupVersion(String(cluster.doc.version), text(input, 'version')),
    createdAt: now(),
    modifiedAt: now(),
    status: 'CREATING',
    capacityType: text(input, 'capacityType') ?? 'ON_DEMAND',
    scalingConfig: scaling,
    ...(template?.instanceType === undefined ? { instanceTypes: orDefault(texts(input, 'instanceTypes'), DEFAULT_INSTANCE_TYPE) } : {}),
    subnets: texts(input, 'subnets'),
    amiType: text(input, 'amiType') ?? (template?.imageId === undefined ? 'AL2023_x86_64_STANDARD' : 'CUSTOM'),
    nodeRole: requiredText(input, 'nodeRole'),
    labels: textMap(input, 'labels'),
    taints: objects(input, 'taints'),
    resources: { autoScalingGroups: [{ name: `eks-${name}-${id}` }] },
    ...(template === undefined ? { diskSize: number(input, 'diskSize') ?? DEFAULT_DISK_GIB } : { launchTemplate: template.answer }),
    ...(input.remoteAccess === undefined ? {} : { remoteAccess: input.remoteAccess }),
    health: { issues: [] },
    updateConfig: input.updateConfig ?? { maxUnavailable: 1 },
    ...(input.nodeRepairConfig === undefined ? {} : { nodeRepairConfig: input.nodeRepairConfig }),
    tags: textMap(input, 'tags'),
  };
  doc.releaseVersion = text(input, 'releaseVersion') ?? releaseOf(doc);
  if (cluster.nodegroups.has(name)) throw new AwsError('ResourceInUseException', `NodeGroup already exists with name ${name} and cluster name ${cluster.name}`, 409);
  cluster.nodegroups.set(name, doc);
  admitNodeRole(world, cluster, String(doc.nodeRole));
  const answer = { nodegroup: { ...doc } };
  const settled = put(world, cluster, doc, template?.instanceType);
  settled.then(() => void (doc.status = doc.status === 'CREATING' ? 'ACTIVE' : doc.status), (error: unknown) => fail(doc, 'CREATE_FAILED', error));
  return answer;
}

function describe(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  const late = failure('CREATE_FAILED', 'NodeCreationFailure', 'Instances failed to join the kubernetes cluster: it has no vpc-cni add-on', [cluster.name]);
  return { nodegroup: world.settle(doc, !needsNetwork(cluster, doc), late) };
}

/** Nodes of a cluster without any pod network never become ready. */
function needsNetwork(cluster: Cluster, doc: JsonObject): boolean {
  const wanted = number(object(doc, 'scalingConfig'), 'desiredSize') ?? 0;
  return wanted > 0 && !cluster.selfManagedAddons && object(cluster.doc, 'computeConfig').enabled !== true && !cluster.addons.has('vpc-cni');
}

function remove(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  const name = String(doc.nodegroupName);
  if (doc.status === 'DELETING') return { nodegroup: doc };
  doc.status = 'DELETING';
  const answer = { nodegroup: { ...doc } };
  const { backend } = world.context;
  if (backend === undefined) {
    cluster.nodegroups.delete(name);
    return answer;
  }
  world
    .enqueue(cluster, () => backend.deleteNodegroup(cluster.name, name))
    .then(() => void cluster.nodegroups.delete(name), (error: unknown) => fail(doc, 'DELETE_FAILED', error));
  return answer;
}

function updateConfig(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  const { input } = call;
  const scaling = object(input, 'scalingConfig');
  if (input.scalingConfig !== undefined) doc.scalingConfig = readScaling(scaling, object(doc, 'scalingConfig'));
  if (input.labels !== undefined) {
    const labels = { ...textMap(doc, 'labels'), ...textMap(object(input, 'labels'), 'addOrUpdateLabels') };
    for (const label of texts(object(input, 'labels'), 'removeLabels')) delete labels[label];
    doc.labels = labels;
  }
  if (input.taints !== undefined) {
    const changed = objects(object(input, 'taints'), 'addOrUpdateTaints');
    const gone = [...objects(object(input, 'taints'), 'removeTaints'), ...changed];
    const same = (one: JsonObject, other: JsonObject): boolean => one.key === other.key && one.effect === other.effect;
    doc.taints = [...objects(doc, 'taints').filter((taint) => !gone.some((other) => same(taint, other))), ...changed];
  }
  if (input.updateConfig !== undefined) doc.updateConfig = input.updateConfig;
  if (input.nodeRepairConfig !== undefined) doc.nodeRepairConfig = input.nodeRepairConfig;
  doc.modifiedAt = now();
  const params = Object.fromEntries(Object.entries(scaling).map(([key, value]) => [key[0]!.toUpperCase() + key.slice(1), String(value)]));
  return world.update(cluster, 'ConfigUpdate', params, { nodegroup: String(doc.nodegroupName) }, world.context.backend && put(world, cluster, doc));
}

async function updateVersion(world: World, call: Call): Promise<JsonObject> {
  const { cluster, doc } = find(world, call);
  const { input } = call;
  if (input.launchTemplate !== undefined) doc.launchTemplate = (await resolveTemplate(world, cluster, { launchTemplate: input.launchTemplate }))?.answer;
  if (input.launchTemplate === undefined || input.version !== undefined) doc.version = checkNodegroupVersion(String(cluster.doc.version), text(input, 'version') ?? String(cluster.doc.version));
  doc.releaseVersion = text(input, 'releaseVersion') ?? releaseOf(doc);
  doc.modifiedAt = now();
  const params = { Version: String(doc.version), ReleaseVersion: String(doc.releaseVersion) };
  return world.update(cluster, 'VersionUpdate', params, { nodegroup: String(doc.nodegroupName) });
}

async function put(world: World, cluster: Cluster, doc: JsonObject, templateType = DEFAULT_INSTANCE_TYPE): Promise<void> {
  const { backend, moto } = world.context;
  if (backend === undefined) return;
  const zones = (await findSubnets(moto, cluster.region, texts(doc, 'subnets'))).map((subnet) => subnet.zone);
  const scaling = object(doc, 'scalingConfig');
  const spec: NodegroupSpec = {
    cluster: cluster.name,
    name: String(doc.nodegroupName),
    instanceTypes: orDefault(texts(doc, 'instanceTypes'), templateType),
    desiredSize: number(scaling, 'desiredSize') ?? 0,
    minSize: number(scaling, 'minSize') ?? 0,
    maxSize: number(scaling, 'maxSize') ?? 0,
    labels: textMap(doc, 'labels'),
    taints: objects(doc, 'taints').map((taint) => ({ key: String(taint.key), value: text(taint, 'value'), effect: EFFECTS[String(taint.effect)] ?? 'NoSchedule' })),
    amiType: String(doc.amiType),
    capacityType: String(doc.capacityType),
    subnetZones: [...new Set(zones)],
  };
  await world.enqueue(cluster, () => backend.putNodegroup(spec));
}

interface ResolvedTemplate {
  readonly answer: JsonObject;
  readonly instanceType?: string;
  readonly imageId?: string;
}

async function resolveTemplate(world: World, cluster: Cluster, input: JsonObject): Promise<ResolvedTemplate | undefined> {
  if (input.launchTemplate === undefined) return undefined;
  const reject = (message: string): never => {
    throw new AwsError('InvalidParameterException', message, 400, { clusterName: cluster.name });
  };
  const given = object(input, 'launchTemplate');
  const version = text(given, 'version') ?? '$Default';
  const template = await findLaunchTemplate(world.context.moto, cluster.region, { id: text(given, 'id'), name: text(given, 'name') }, version);
  if (input.diskSize !== undefined) reject('Disk size must be specified within the launch template.');
  if (input.remoteAccess !== undefined) reject('Remote access configuration cannot be specified with a launch template.');
  if (template.instanceType !== undefined && texts(input, 'instanceTypes').length > 0) reject('Instance types must be specified either in the launch template or in the request, not in both.');
  return { answer: { id: template.id, name: template.name, version }, instanceType: template.instanceType, imageId: template.imageId };
}

function readScaling(input: JsonObject, before: JsonObject): JsonObject {
  const minSize = number(input, 'minSize') ?? number(before, 'minSize') ?? 0;
  const maxSize = number(input, 'maxSize') ?? number(before, 'maxSize') ?? 0;
  const desiredSize = number(input, 'desiredSize') ?? number(before, 'desiredSize') ?? 0;
  if (maxSize < 1) throw new AwsError('InvalidParameterException', 'Maximum size must be at least 1');
  if (minSize > desiredSize) throw new AwsError('InvalidParameterException', `Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`);
  if (desiredSize > maxSize) throw new AwsError('InvalidParameterException', `desired capacity ${desiredSize} can't be greater than max size ${maxSize}`);
  return { minSize, maxSize, desiredSize };
}

function find(world: World, call: Call): { cluster: Cluster; doc: JsonObject } {
  const cluster = world.cluster(call.region, call.labels.name!);
  const name = call.labels.nodegroupName!;
  const doc = cluster.nodegroups.get(name);
  if (doc === undefined) throw new AwsError('ResourceNotFoundException', `No node group found for name: ${name}.`, 404, { clusterName: cluster.name, nodegroupName: name });
  return { cluster, doc };
}

function fail(doc: JsonObject, status: string, error: unknown): void {
  Object.assign(doc, failure(status, 'InternalFailure', messageOf(error), [String(doc.nodegroupName)]));
}

function failure(status: string, code: string, message: string, resourceIds: string[]): JsonObject {
  return { status, health: { issues: [{ code, message, resourceIds }] } };
}

function releaseOf(doc: JsonObject): string {
  return `${String(doc.version)}.0-20250101`;
}

function orDefault(list: readonly string[], otherwise: string): string[] {
  return list.length > 0 ? [...list] : [otherwise];
}
