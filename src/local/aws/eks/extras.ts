import { randomUUID } from 'node:crypto';

import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { now, object, objects, requiredText, text, textMap, texts } from './json';
import type { Call, Cluster, Operation, World } from './world';

/** Operations on identity providers, Fargate profiles, updates and tags. */
export const EXTRA_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters/{name}/identity-provider-configs/associate', run: associateProvider },
  { method: 'POST', path: '/clusters/{name}/identity-provider-configs/describe', run: (world, call) => ({ identityProviderConfig: { oidc: findProvider(world, call).doc } }) },
  { method: 'POST', path: '/clusters/{name}/identity-provider-configs/disassociate', run: disassociateProvider },
  { method: 'GET', path: '/clusters/{name}/identity-provider-configs', run: listProviders },
  { method: 'POST', path: '/clusters/{name}/fargate-profiles', run: createProfile },
  { method: 'GET', path: '/clusters/{name}/fargate-profiles', run: (world, call) => ({ fargateProfileNames: [...clusterOf(world, call).fargateProfiles.keys()] }) },
  { method: 'GET', path: '/clusters/{name}/fargate-profiles/{profile}', run: (world, call) => ({ fargateProfile: findProfile(world, call).doc }) },
  { method: 'DELETE', path: '/clusters/{name}/fargate-profiles/{profile}', run: deleteProfile },
  { method: 'GET', path: '/clusters/{name}/updates', run: listUpdates },
  { method: 'GET', path: '/clusters/{name}/updates/{updateId}', run: describeUpdate },
  { method: 'POST', path: '/clusters/{name}/insights', run: (world, call) => ({ insights: clusterOf(world, call) && [] }) },
  { method: 'GET', path: '/tags/{resourceArn}', run: (world, call) => ({ tags: textMap(findTagged(world, call), 'tags') }) },
  { method: 'POST', path: '/tags/{resourceArn}', run: tag },
  { method: 'DELETE', path: '/tags/{resourceArn}', run: untag },
];

function clusterOf(world: World, call: Call): Cluster {
  return world.cluster(call.region, call.labels.name!);
}

function associateProvider(world: World, call: Call): JsonObject {
  const cluster = world.activeCluster(call);
  const oidc = object(call.input, 'oidc');
  const name = requiredText(oidc, 'identityProviderConfigName');
  if (cluster.identityProviders.size > 0) {
    throw new AwsError('ResourceInUseException', `Cluster ${cluster.name} already has an identity provider configuration`, 409, { clusterName: cluster.name });
  }
  cluster.identityProviders.set(name, {
    ...oidc,
    clusterName: cluster.name,
    identityProviderConfigArn: world.arn(cluster.region, `identityproviderconfig/${cluster.name}/oidc/${name}/${randomUUID()}`),
    status: 'ACTIVE',
    tags: textMap(call.input, 'tags'),
  });
  return { ...world.update(cluster, 'AssociateIdentityProviderConfig', { IdentityProviderConfig: name }), tags: textMap(call.input, 'tags') };
}

function disassociateProvider(world: World, call: Call): JsonObject {
  const { cluster, doc } = findProvider(world, call);
  cluster.identityProviders.delete(String(doc.identityProviderConfigName));
  return world.update(cluster, 'DisassociateIdentityProviderConfig', { IdentityProviderConfig: String(doc.identityProviderConfigName) });
}

function listProviders(world: World, call: Call): JsonObject {
  return { identityProviderConfigs: [...clusterOf(world, call).identityProviders.keys()].map((name) => ({ type: 'oidc', name })) };
}

function findProvider(world: World, call: Call): { cluster: Cluster; doc: JsonObject } {
  const cluster = clusterOf(world, call);
  const name = text(object(call.input, 'identityProviderConfig'), 'name') ?? '';
  const doc = cluster.identityProviders.get(name);
  if (doc === undefined) throw new AwsError('ResourceNotFoundException', `No identity provider config found for name: ${name}`, 404, { clusterName: cluster.name });
  return { cluster, doc };
}

function createProfile(world: World, call: Call): JsonObject {
  const cluster = world.activeCluster(call);
  const name = requiredText(call.input, 'fargateProfileName');
  if (cluster.fargateProfiles.has(name)) throw new AwsError('ResourceInUseException', `A Fargate Profile already exists with this name: ${name}`, 409, { clusterName: cluster.name });
  const doc: JsonObject = {
    fargateProfileName: name,
    fargateProfileArn: world.arn(cluster.region, `fargateprofile/${cluster.name}/${name}/${randomUUID()}`),
    clusterName: cluster.name,
    createdAt: now(),
    podExecutionRoleArn: requiredText(call.input, 'podExecutionRoleArn'),
    subnets: texts(call.input, 'subnets'),
    selectors: objects(call.input, 'selectors'),
    status: 'ACTIVE',
    tags: textMap(call.input, 'tags'),
  };
  cluster.fargateProfiles.set(name, doc);
  return { fargateProfile: doc };
}

function deleteProfile(world: World, call: Call): JsonObject {
  const { cluster, doc } = findProfile(world, call);
  cluster.fargateProfiles.delete(String(doc.fargateProfileName));
  return { fargateProfile: { ...doc, status: 'DELETING' } };
}

function findProfile(world: World, call: Call): { cluster: Cluster; doc: JsonObject } {
  const cluster = clusterOf(world, call);
  const name = call.labels.profile!;
  const doc = cluster.fargateProfiles.get(name);
  if (doc === undefined) throw new AwsError('ResourceNotFoundException', `No Fargate Profile found with name: ${name}.`, 404, { clusterName: cluster.name, fargateProfileName: name });
  return { cluster, doc };
}

function listUpdates(world: World, call: Call): JsonObject {
  const nodegroup = call.query.get('nodegroupName') ?? undefined;
  const addon = call.query.get('addonName') ?? undefined;
  const updates = [...clusterOf(world, call).updates].filter(([, update]) => update.nodegroup === nodegroup && update.addon === addon);
  return { updateIds: updates.map(([id]) => id) };
}

function describeUpdate(world: World, call: Call): JsonObject {
  const found = clusterOf(world, call).updates.get(call.labels.updateId!);
  if (found === undefined) throw new AwsError('ResourceNotFoundException', `No update found for ID: ${call.labels.updateId!}`, 404);
  return { update: found.doc };
}

function tag(world: World, call: Call): JsonObject {
  const doc = findTagged(world, call);
  doc.tags = { ...textMap(doc, 'tags'), ...textMap(call.input, 'tags') };
  return {};
}

function untag(world: World, call: Call): JsonObject {
  const doc = findTagged(world, call);
  const gone = call.query.getAll('tagKeys');
  doc.tags = Object.fromEntries(Object.entries(textMap(doc, 'tags')).filter(([key]) => !gone.includes(key)));
  return {};
}

function findTagged(world: World, call: Call): JsonObject {
  const arn = call.labels.resourceArn!;
  for (const cluster of world.list(call.region)) {
    const docs = [
      cluster.doc, ...cluster.nodegroups.values(), ...cluster.addons.values(), ...cluster.associations.values(),
      ...cluster.identityProviders.values(), ...cluster.fargateProfiles.values(), ...[...cluster.accessEntries.values()].map((entry) => entry.doc),
    ];
    const found = docs.find((doc) => ARN_KEYS.some((key) => doc[key] === arn));
    if (found !== undefined) return found;
  }
  throw new AwsError('NotFoundException', `Resource was not found: ${arn}`, 404);
}

const ARN_KEYS = ['arn', 'nodegroupArn', 'addonArn', 'associationArn', 'identityProviderConfigArn', 'fargateProfileArn', 'accessEntryArn'];
