import { createHash } from 'node:crypto';
import type { NodegroupSpec } from '../../cluster-backend';
import type { NodeShape } from './node-shape';
import { nodeResources } from './node-shape';
import type { NodeObject, Taint } from './objects';

/** Label by which the nodes of a group are found. */
export const NODEGROUP_LABEL = 'eks.amazonaws.com/nodegroup';
/** Annotation with the place of a node in its group, counted from 0. */
export const INDEX_ANNOTATION = 'ml-platform/nodegroup-index';
/** Annotation with the owner's label keys, so that one that is taken away later can be removed. */
export const OWNED_LABELS_ANNOTATION = 'ml-platform/nodegroup-labels';
/** Annotation with the owner's taints, for the same reason. */
export const OWNED_TAINTS_ANNOTATION = 'ml-platform/nodegroup-taints';

/** Root volume of a node whose launch template is not known here. */
const NODE_DISK_GIB = 100;

/** What a node needs to know beside its group. */
export interface NodeContext {
  readonly region: string;
  /** Full Kubernetes version: `1.35.4`. */
  readonly kubernetesVersion: string;
  readonly shape: NodeShape;
  /** Names of nodes of the cluster that are taken. */
  readonly takenNames: ReadonlySet<string>;
}

/** Node of a group, as the kubelet of an EKS image would register it. */
export function buildNode(group: NodegroupSpec, index: number, context: NodeContext): NodeObject {
  const { name, address } = nodeName(group, index, context);
  const zone = group.subnetZones[index % Math.max(1, group.subnetZones.length)] ?? `${context.region}a`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...nodeLabels(group, zone, context), 'kubernetes.io/hostname': name },
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0', [INDEX_ANNOTATION]: String(index), ...ownedAnnotations(group) },
    },
    spec: { providerID: `aws:///${zone}/i-${digest(group, index, 0).slice(0, 17)}`, taints: nodeTaints(group) },
    status: {
      ...nodeResources(context.shape, NODE_DISK_GIB),
      addresses: [
        { type: 'InternalIP', address },
        { type: 'InternalDNS', address: name },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: context.shape.architecture,
        operatingSystem: 'linux',
        osImage: 'Amazon Linux 2023 (simulated)',
        kernelVersion: 'simulated',
        containerRuntimeVersion: 'containerd://simulated',
        kubeletVersion: `v${context.kubernetesVersion}`,
        kubeProxyVersion: '',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    },
  };
}

/** Labels of a group's owner and those that EKS, the kubelet and the cloud provider add. */
function nodeLabels(group: NodegroupSpec, zone: string, context: NodeContext): Record<string, string> {
  const instanceType = group.instanceTypes[0];
  return {
    ...group.labels,
    [NODEGROUP_LABEL]: group.name,
    'eks.amazonaws.com/capacityType': group.capacityType,
    'node.kubernetes.io/instance-type': instanceType,
    'beta.kubernetes.io/instance-type': instanceType,
    'topology.kubernetes.io/region': context.region,
    'topology.kubernetes.io/zone': zone,
    'failure-domain.beta.kubernetes.io/region': context.region,
    'failure-domain.beta.kubernetes.io/zone': zone,
    'topology.ebs.csi.aws.com/zone': zone,
    'kubernetes.io/arch': context.shape.architecture,
    'beta.kubernetes.io/arch': context.shape.architecture,
    'kubernetes.io/os': 'linux',
    'beta.kubernetes.io/os': 'linux',
  };
}

/** Taints of a group's owner. */
export function nodeTaints(group: NodegroupSpec): Taint[] {
  return group.taints.map(({ key, value, effect }) => ({ key, effect, ...(value === undefined || value === '' ? {} : { value }) }));
}

/** What is remembered on a node of what its group's owner gave. */
export function ownedAnnotations(group: NodegroupSpec): Record<string, string> {
  return {
    [OWNED_LABELS_ANNOTATION]: JSON.stringify(Object.keys(group.labels).sort()),
    [OWNED_TAINTS_ANNOTATION]: JSON.stringify(nodeTaints(group)),
  };
}

function nodeName(group: NodegroupSpec, index: number, context: NodeContext): { name: string; address: string } {
  for (let attempt = 0; ; attempt += 1) {
    const bytes = Buffer.from(digest(group, index, attempt), 'hex');
    const octets = [10, bytes[0], bytes[1], 4 + (bytes[2] % 250)];
    const name = `ip-${octets.join('-')}.${context.region}.compute.internal`;
    if (!context.takenNames.has(name)) return { name, address: octets.join('.') };
  }
}

function digest(group: NodegroupSpec, index: number, attempt: number): string {
  return createHash('sha256').update(JSON.stringify([group.cluster, group.name, index, attempt])).digest('hex');
}
