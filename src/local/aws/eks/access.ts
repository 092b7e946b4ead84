import { randomUUID } from 'node:crypto';

import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { now, object, requiredText, text, textMap, texts } from './json';
import type { AccessEntry, Call, Cluster, Operation, World } from './world';

/** Prefixes that EKS keeps for itself. Source: EKS API reference, CreateAccessEntry. */
const RESERVED_GROUP_PREFIXES = ['eks:', 'system:', 'amazon:', 'aws:', 'iam:'];
const PRINCIPAL = /^arn:aws[\w-]*:iam::(\d{12}):(role|user)\/(.+)$/;
const POLICY = /^arn:aws[\w-]*:eks::aws:cluster-access-policy\/(\w+)$/;
const ADMIN_POLICY = 'AmazonEKSClusterAdminPolicy';
/** Source: EKS user guide, access policy permissions. */
const POLICIES = [
  ADMIN_POLICY, 'AmazonEKSAdminPolicy', 'AmazonEKSAdminViewPolicy', 'AmazonEKSEditPolicy', 'AmazonEKSViewPolicy', 'AmazonEKSSecretReaderPolicy',
  'AmazonEKSAutoNodePolicy', 'AmazonEKSBlockStoragePolicy', 'AmazonEKSBlockStorageClusterPolicy', 'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSLoadBalancingClusterPolicy', 'AmazonEKSNetworkingPolicy', 'AmazonEKSNetworkingClusterPolicy', 'AmazonEKSComputePolicy',
  'AmazonEKSComputeClusterPolicy', 'AmazonEKSClusterInsightsPolicy', 'AmazonEKSHybridPolicy',
];

/** Operations on access entries and access policies. */
export const ACCESS_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters/{name}/access-entries', run: create },
  { method: 'GET', path: '/clusters/{name}/access-entries', run: list },
  { method: 'GET', path: '/clusters/{name}/access-entries/{principalArn}', run: (world, call) => ({ accessEntry: find(world, call).entry.doc }) },
  { method: 'POST', path: '/clusters/{name}/access-entries/{principalArn}', run: update },
  { method: 'DELETE', path: '/clusters/{name}/access-entries/{principalArn}', run: remove },
  { method: 'POST', path: '/clusters/{name}/access-entries/{principalArn}/access-policies', run: associate },
  { method: 'GET', path: '/clusters/{name}/access-entries/{principalArn}/access-policies', run: listAssociated },
  { method: 'DELETE', path: '/clusters/{name}/access-entries/{principalArn}/access-policies/{policyArn}', run: disassociate },
  { method: 'GET', path: '/access-policies', run: (_world) => ({ accessPolicies: POLICIES.map((name) => ({ name, arn: `arn:aws:eks::aws:cluster-access-policy/${name}` })) }) },
];

/** Gives the creator of a cluster the administrator policy, as EKS does unless told not to. */
export function grantCreator(world: World, cluster: Cluster): void {
  const entry = add(world, cluster, `arn:aws:iam::${world.context.accountId}:user/moto`, {});
  const policyArn = `arn:aws:eks::aws:cluster-access-policy/${ADMIN_POLICY}`;
  entry.policies.set(policyArn, { policyArn, accessScope: { type: 'cluster', namespaces: [] }, associatedAt: now(), modifiedAt: now() });
}

/** Lets nodes with that role join, as EKS does for every managed node group; an entry that is there stays. */
export function admitNodeRole(world: World, cluster: Cluster, roleArn: string): void {
  const mode = object(cluster.doc, 'accessConfig').authenticationMode;
  if (mode !== 'CONFIG_MAP' && !cluster.accessEntries.has(roleArn)) add(world, cluster, roleArn, { type: 'EC2_LINUX' });
}

function create(world: World, call: Call): JsonObject {
  const cluster = clusterWithEntries(world, call);
  const principalArn = requiredText(call.input, 'principalArn');
  if (!PRINCIPAL.test(principalArn)) throw new AwsError('InvalidParameterException', `The principalArn ${principalArn} is not the ARN of an IAM role or user`);
  if (cluster.accessEntries.has(principalArn)) {
    throw new AwsError('ResourceInUseException', 'The specified access entry resource is already in use on this cluster.', 409, { clusterName: cluster.name });
  }
  checkGroups(texts(call.input, 'kubernetesGroups'));
  return { accessEntry: add(world, cluster, principalArn, call.input).doc };
}

function add(world: World, cluster: Cluster, principalArn: string, input: JsonObject): AccessEntry {
  const [, account = world.context.accountId, kind = 'role', path = ''] = PRINCIPAL.exec(principalArn) ?? [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  const type = text(input, 'type') ?? 'STANDARD';
  const nodes = type !== 'STANDARD';
  const assumed = kind === 'role' ? principalArn.replace(':iam:', ':sts:').replace(/:role\/.*$/, `:assumed-role/${name}/{{SessionName}}`) : principalArn;
  const doc: JsonObject = {
    clusterName: cluster.name,
    principalArn,
    kubernetesGroups: nodes ? ['system:nodes'] : texts(input, 'kubernetesGroups'),
    accessEntryArn: world.arn(cluster.region, `access-entry/${cluster.name}/${kind}/${account}/${name}/${randomUUID()}`),
    createdAt: now(),
    modifiedAt: now(),
    tags: textMap(input, 'tags'),
    username: text(input, 'username') ?? (nodes ? 'system:node:{{EC2PrivateDNSName}}' : assumed),
    type,
  };
  const entry = { doc, policies: new Map<string, JsonObject>() };
  cluster.accessEntries.set(principalArn, entry);
  return entry;
}

function list(world: World, call: Call): JsonObject {
  const policy = call.query.get('associatedPolicyArn');
  const entries = [...clusterWithEntries(world, call).accessEntries].filter(([, entry]) => policy === null || entry.policies.has(policy));
  return { accessEntries: entries.map(([principalArn]) => principalArn) };
}

function update(world: World, call: Call): JsonObject {
  const { entry } = find(world, call);
  if (call.input.kubernetesGroups !== undefined) {
    checkGroups(texts(call.input, 'kubernetesGroups'));
    entry.doc.kubernetesGroups = texts(call.input, 'kubernetesGroups');
  }
  if (call.input.username !== undefined) entry.doc.username = call.input.username;
  entry.doc.modifiedAt = now();
  return { accessEntry: entry.doc };
}

function remove(world: World, call: Call): JsonObject {
  const { cluster } = find(world, call);
  cluster.accessEntries.delete(call.labels.principalArn!);
  return {};
}

function associate(world: World, call: Call): JsonObject {
  const { entry } = find(world, call);
  const policyArn = requiredText(call.input, 'policyArn');
  const scope = object(call.input, 'accessScope');
  const namespaces = texts(scope, 'namespaces');
  if (!POLICIES.includes(POLICY.exec(policyArn)?.[1] ?? '')) throw new AwsError('ResourceNotFoundException', `The specified policyArn ${policyArn} could not be found`, 404);
  if (entry.doc.type !== 'STANDARD') throw new AwsError('InvalidRequestException', `Access policies cannot be associated with an access entry of type ${String(entry.doc.type)}`);
  if ((scope.type === 'namespace') !== (namespaces.length > 0)) {
    throw new AwsError('InvalidParameterException', 'namespaces must be given for an access scope of type namespace, and for no other');
  }
  const known = entry.policies.get(policyArn);
  const associated = { policyArn, accessScope: { type: scope.type, namespaces }, associatedAt: known?.associatedAt ?? now(), modifiedAt: now() };
  entry.policies.set(policyArn, associated);
  return { clusterName: call.labels.name, principalArn: call.labels.principalArn, associatedAccessPolicy: associated };
}

function listAssociated(world: World, call: Call): JsonObject {
  const { cluster, entry } = find(world, call);
  return { clusterName: cluster.name, principalArn: call.labels.principalArn, associatedAccessPolicies: [...entry.policies.values()] };
}

function disassociate(world: World, call: Call): JsonObject {
  const { entry } = find(world, call);
  if (!entry.policies.delete(call.labels.policyArn!)) {
    throw new AwsError('ResourceNotFoundException', `The access policy ${call.labels.policyArn!} is not associated with this access entry`, 404);
  }
  return {};
}

function clusterWithEntries(world: World, call: Call): Cluster {
  const cluster = world.cluster(call.region, call.labels.name!);
  if (object(cluster.doc, 'accessConfig').authenticationMode === 'CONFIG_MAP') {
    throw new AwsError('InvalidRequestException', "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.");
  }
  return cluster;
}

function find(world: World, call: Call): { cluster: Cluster; entry: AccessEntry } {
  const cluster = clusterWithEntries(world, call);
  const entry = cluster.accessEntries.get(call.labels.principalArn!);
  if (entry === undefined) {
    throw new AwsError('ResourceNotFoundException', 'The specified principalArn could not be found. You can view your available access entries with \'list-access-entries\'.', 404);
  }
  return { cluster, entry };
}

function checkGroups(groups: readonly string[]): void {
  const reserved = groups.find((group) => RESERVED_GROUP_PREFIXES.some((prefix) => group.startsWith(prefix)));
  if (reserved !== undefined) {
    throw new AwsError('InvalidParameterException', `The kubernetes group name ${reserved} is invalid, it cannot start with any of [${RESERVED_GROUP_PREFIXES.join(', ')}]`);
  }
}
