import { randomBytes } from 'node:crypto';

import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { now, requiredText, text, textMap } from './json';
import type { Call, Cluster, Operation, World } from './world';

/** Operations on pod identity associations. */
export const POD_IDENTITY_OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '/clusters/{name}/pod-identity-associations', run: (world, call) => ({ association: associate(world, world.activeCluster(call), call.input) }) },
  { method: 'GET', path: '/clusters/{name}/pod-identity-associations', run: list },
  { method: 'GET', path: '/clusters/{name}/pod-identity-associations/{associationId}', run: (world, call) => ({ association: find(world, call).doc }) },
  { method: 'POST', path: '/clusters/{name}/pod-identity-associations/{associationId}', run: update },
  { method: 'DELETE', path: '/clusters/{name}/pod-identity-associations/{associationId}', run: remove },
];

/** Adds an association. Error: ResourceInUseException when the service account has one. */
export function associate(world: World, cluster: Cluster, input: JsonObject, ownerArn?: string): JsonObject {
  const namespace = requiredText(input, 'namespace');
  const serviceAccount = requiredText(input, 'serviceAccount');
  const taken = [...cluster.associations.values()].find((one) => one.namespace === namespace && one.serviceAccount === serviceAccount);
  if (taken !== undefined) throw new AwsError('ResourceInUseException', `Association already exists: ${String(taken.associationId)}`, 409, { clusterName: cluster.name });
  const associationId = `a-${randomBytes(9).toString('hex').slice(0, 17)}`;
  const doc: JsonObject = {
    clusterName: cluster.name,
    namespace,
    serviceAccount,
    roleArn: requiredText(input, 'roleArn'),
    associationArn: world.arn(cluster.region, `podidentityassociation/${cluster.name}/${associationId}`),
    associationId,
    tags: textMap(input, 'tags'),
    createdAt: now(),
    modifiedAt: now(),
    disableSessionTags: input.disableSessionTags === true,
    ...(input.targetRoleArn === undefined ? {} : { targetRoleArn: input.targetRoleArn, externalId: `${cluster.name}/${namespace}/${serviceAccount}` }),
    ...(ownerArn === undefined ? {} : { ownerArn }),
  };
  cluster.associations.set(associationId, doc);
  return doc;
}

function list(world: World, call: Call): JsonObject {
  const cluster = world.cluster(call.region, call.labels.name!);
  const namespace = call.query.get('namespace');
  const serviceAccount = call.query.get('serviceAccount');
  const associations = [...cluster.associations.values()]
    .filter((one) => namespace === null || one.namespace === namespace)
    .filter((one) => serviceAccount === null || one.serviceAccount === serviceAccount)
    .map((one) => ({
      clusterName: one.clusterName, namespace: one.namespace, serviceAccount: one.serviceAccount,
      associationArn: one.associationArn, associationId: one.associationId, ownerArn: one.ownerArn,
    }));
  return { associations };
}

function update(world: World, call: Call): JsonObject {
  const { doc } = find(world, call);
  const roleArn = text(call.input, 'roleArn');
  if (roleArn !== undefined) doc.roleArn = roleArn;
  if (call.input.disableSessionTags !== undefined) doc.disableSessionTags = call.input.disableSessionTags;
  if (call.input.targetRoleArn !== undefined) doc.targetRoleArn = call.input.targetRoleArn;
  doc.modifiedAt = now();
  return { association: doc };
}

function remove(world: World, call: Call): JsonObject {
  const { cluster, doc } = find(world, call);
  if (doc.ownerArn !== undefined) {
    throw new AwsError('InvalidRequestException', `Association ${String(doc.associationId)} is owned by ${String(doc.ownerArn)}; change it there`, 400, { clusterName: cluster.name });
  }
  cluster.associations.delete(String(doc.associationId));
  return { association: doc };
}

function find(world: World, call: Call): { cluster: Cluster; doc: JsonObject } {
  const cluster = world.cluster(call.region, call.labels.name!);
  const doc = cluster.associations.get(call.labels.associationId!);
  if (doc === undefined) {
    throw new AwsError('ResourceNotFoundException', `The podIdentityAssociation with ID ${call.labels.associationId!} was not found in cluster ${cluster.name}`, 404, { clusterName: cluster.name });
  }
  return { cluster, doc };
}
