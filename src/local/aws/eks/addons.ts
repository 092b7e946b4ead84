import { randomUUID } from 'node:crypto';

import { parse } from 'yaml';

import { EksAddon, EksVersion } from '../../../catalog';
import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { now, objects, requiredText, text, textMap, texts } from './json';
import { hasReadyNodes } from './nodegroups';
import { associate } from './pod-identity';
import type { Call, Cluster, Operation, World } from './world';

/** Operations on add-ons. */
export const ADDON_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters/{name}/addons', run: create },
  { method: 'GET', path: '/clusters/{name}/addons', run: (world, call) => ({ addons: [...world.cluster(call.region, call.labels.name!).addons.keys()] }) },
  { method: 'GET', path: '/clusters/{name}/addons/{addonName}', run: describe },
  { method: 'POST', path: '/clusters/{name}/addons/{addonName}/update', run: update },
  { method: 'DELETE', path: '/clusters/{name}/addons/{addonName}', run: remove },
  { method: 'GET', path: '/addons/supported-versions', run: (_world, call) => ({ addons: listVersions(call.query) }) },
  { method: 'GET', path: '/addons/configuration-schemas', run: (_world, call) => describeConfiguration(call.query) },
];

function create(world: World, call: Call): JsonObject {
  const cluster = world.activeCluster(call);
  const { input } = call;
  const name = requiredText(input, 'addonName');
  if (cluster.addons.has(name)) {
    throw new AwsError('ResourceInUseException', 'Addon already exists.', 409, { clusterName: cluster.name, addonName: name });
  }
  checkConfiguration(cluster, name, text(input, 'configurationValues'));
  const known = findKnown(name);
  const doc: JsonObject = {
    addonName: name,
    clusterName: cluster.name,
    status: 'ACTIVE',
    addonVersion: text(input, 'addonVersion') ?? defaultVersion(String(cluster.doc.version)),
    health: { issues: [] },
    addonArn: world.arn(cluster.region, `addon/${cluster.name}/${name}/${randomUUID()}`),
    createdAt: now(),
    modifiedAt: now(),
    tags: textMap(input, 'tags'),
    ...(input.serviceAccountRoleArn === undefined ? {} : { serviceAccountRoleArn: input.serviceAccountRoleArn }),
    ...(input.configurationValues === undefined ? {} : { configurationValues: input.configurationValues }),
    namespaceConfig: { namespace: known?.namespace ?? 'kube-system' },
  };
  replaceAssociations(world, cluster, doc, objects(input, 'podIdentityAssociations'));
  cluster.addons.set(name, doc);
  return { addon: { ...doc, status: 'CREATING' } };
}

function describe(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  const needsNodes = findKnown(String(doc.addonName))?.needsNodes === true;
  const message = 'The add-on is unhealthy because it doesn\'t have the desired number of replicas: the cluster has no nodes';
  const late = { status: 'CREATE_FAILED', health: { issues: [{ code: 'InsufficientNumberOfReplicas', message, resourceIds: [cluster.name] }] } };
  return { addon: world.settle(doc, !needsNodes || hasReadyNodes(cluster), late) };
}

function update(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  const { input } = call;
  const name = String(doc.addonName);
  checkConfiguration(cluster, name, text(input, 'configurationValues'));
  for (const key of ['addonVersion', 'configurationValues', 'serviceAccountRoleArn']) if (input[key] !== undefined) doc[key] = input[key];
  if (input.podIdentityAssociations !== undefined) replaceAssociations(world, cluster, doc, objects(input, 'podIdentityAssociations'));
  doc.modifiedAt = now();
  const params = { AddonVersion: String(doc.addonVersion), ResolveConflicts: text(input, 'resolveConflicts') ?? 'NONE' };
  return world.update(cluster, 'AddonUpdate', params, { addon: name });
}

function remove(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  replaceAssociations(world, cluster, doc, []);
  cluster.addons.delete(String(doc.addonName));
  return { addon: { ...doc, status: 'DELETING' } };
}

/** An add-on owns its associations: what is not named again is removed. */
function replaceAssociations(world: World, cluster: Cluster, addon: JsonObject, wanted: readonly JsonObject[]): void {
  const namespace = findKnown(String(addon.addonName))?.namespace ?? 'kube-system';
  const own = [...cluster.associations.values()].filter((association) => association.ownerArn === addon.addonArn);
  const kept = own.filter((association) => wanted.some((one) => one.serviceAccount === association.serviceAccount));
  for (const association of own) if (!kept.includes(association)) cluster.associations.delete(String(association.associationId));
  const arns = wanted.map((one) => {
    const before = kept.find((association) => association.serviceAccount === one.serviceAccount);
    if (before === undefined) return associate(world, cluster, { ...one, namespace }, String(addon.addonArn)).associationArn;
    before.roleArn = one.roleArn;
    return before.associationArn;
  });
  if (arns.length > 0 || texts(addon, 'podIdentityAssociations').length > 0) addon.podIdentityAssociations = arns.map(String);
}

function checkConfiguration(cluster: Cluster, addonName: string, values: string | undefined): void {
  if (values === undefined || values === '') return;
  try {
    const parsed: unknown = parse(values);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return;
  } catch {
    // falls through to the same answer as for a document that is no map
  }
  throw new AwsError('InvalidParameterException', 'ConfigurationValue is not in valid JSON or YAML format, or it is no map', 400, { clusterName: cluster.name, addonName });
}

function find(world: World, call: Call): { cluster: Cluster; doc: JsonObject } {
  const cluster = world.cluster(call.region, call.labels.name!);
  const name = call.labels.addonName!;
  const doc = cluster.addons.get(name);
  if (doc === undefined) throw new AwsError('ResourceNotFoundException', `No addon: ${name} found in cluster: ${cluster.name}`, 404, { clusterName: cluster.name, addonName: name });
  return { cluster, doc };
}

function findKnown(name: string): EksAddon | undefined {
  return EksAddon.offered().find((addon) => addon.name === name);
}

/** No list of real versions is at hand; one per Kubernetes version keeps apart what an upgrade changes. */
function defaultVersion(kubernetes: string): string {
  return `v${kubernetes}.0-eksbuild.1`;
}

function listVersions(query: URLSearchParams): JsonObject[] {
  const name = query.get('addonName');
  const version = query.get('kubernetesVersion');
  const versions = EksVersion.offered().filter((offered) => version === null || offered === version);
  return EksAddon.offered().filter((addon) => name === null || addon.name === name).map((addon) => ({
    addonName: addon.name,
    type: 'infra-management',
    publisher: 'eks',
    owner: 'aws',
    defaultNamespace: addon.namespace,
    addonVersions: [...versions].reverse().map((offered) => ({
      addonVersion: defaultVersion(offered),
      architecture: ['amd64', 'arm64'],
      computeTypes: ['ec2'],
      compatibilities: [{ clusterVersion: offered, platformVersions: ['*'], defaultVersion: true }],
      requiresConfiguration: false,
      requiresIamPermissions: addon.managedPolicies.length > 0,
    })),
  }));
}

function describeConfiguration(query: URLSearchParams): JsonObject {
  const name = query.get('addonName') ?? '';
  const addon = findKnown(name);
  if (addon === undefined) throw new AwsError('ResourceNotFoundException', `Addon ${name} is not supported`, 404, { addonName: name });
  return {
    addonName: name,
    addonVersion: query.get('addonVersion') ?? '',
    configurationSchema: JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }),
    podIdentityConfiguration: addon.serviceAccounts.map((serviceAccount) => ({
      serviceAccount,
      recommendedManagedPolicies: addon.managedPolicies.map((policy) => `arn:aws:iam::aws:policy/${policy}`),
    })),
  };
}
