import { EngineApi } from './api';
import type { ClaimObject, NodeObject, StorageClassObject, VolumeObject } from './objects';

/** What happened to the claims of one cluster in one round. */
export interface BoundClaims {
  /** `namespace/name` of claims that got a volume in this round. */
  readonly bound: readonly string[];
  /** `namespace/name` of claims that wait for the scheduler to choose a node for their first pod. */
  readonly waiting: readonly string[];
  /** Claims that no driver would serve on EKS either. */
  readonly impossible: readonly ImpossibleClaim[];
}

/** A claim that stays Pending, and why. */
export interface ImpossibleClaim {
  /** `namespace/name`. */
  readonly claim: string;
  readonly reason: string;
}

const VOLUMES = '/api/v1/persistentvolumes';
const CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';
const SELECTED_NODE_ANNOTATION = 'volume.kubernetes.io/selected-node';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** Marks volumes of the twin, so that only those are removed when they are released. */
const VOLUME_LABEL = 'ml-platform/simulated-volume';
/** Drivers of block devices, which one node at a time can hold. */
const BLOCK_DRIVERS = ['ebs.csi.aws.com', 'ebs.csi.eks.amazonaws.com', 'kubernetes.io/aws-ebs'];
const DEFAULT_INTERVAL_MILLISECONDS = 1000;

/**
 * Does once what the volume drivers of a real cluster do: gives every pending claim a volume of its class, size and
 * access modes, in the zone of the node that the scheduler chose, and removes released volumes of class policy Delete.
 * Nothing in the twin reads or writes files, so a volume has no contents.
 */
export async function bindPendingClaims(kubeconfigPath: string): Promise<BoundClaims> {
  return bindClaims(new EngineApi(kubeconfigPath));
}

/** A binder that goes on working. */
export interface VolumeBinder {
  /** Stops it after the round that runs. */
  stop(): Promise<void>;
}

/**
 * Binds claims again and again until it is stopped; a round that fails, for example while the API restarts, is
 * made up by the next. It does not keep the process alive.
 *
 * @param intervalMilliseconds pause between two rounds.
 */
export function startVolumeBinder(kubeconfigPath: string, intervalMilliseconds = DEFAULT_INTERVAL_MILLISECONDS): VolumeBinder {
  let round: Promise<unknown> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    round = bindPendingClaims(kubeconfigPath)
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, intervalMilliseconds);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await round;
    },
  };
}

async function bindClaims(api: EngineApi): Promise<BoundClaims> {
  const claims = (await api.list<ClaimObject>('/api/v1/persistentvolumeclaims')).filter(isPending);
  const classes = await api.list<StorageClassObject>(CLASSES);
  const bound: string[] = [];
  const waiting: string[] = [];
  const impossible: ImpossibleClaim[] = [];
  for (const claim of claims) {
    const name = `${claim.metadata.namespace}/${claim.metadata.name}`;
    const storageClass = classOf(claim, classes);
    const reason = storageClass === undefined ? missingClass(claim, classes) : refusalOf(claim, storageClass);
    if (storageClass === undefined || reason !== undefined) {
      impossible.push({ claim: name, reason: reason ?? '' });
      continue;
    }
    const zone = await zoneOf(api, claim, storageClass);
    if (zone.kind === 'waiting') {
      waiting.push(name);
      continue;
    }
    if ((await api.create(VOLUMES, volumeFor(claim, storageClass, zone.zone))) !== undefined) bound.push(name);
  }
  await removeReleased(api);
  return { bound, waiting, impossible };
}

/** A claim that names its volume, or asks for no class, is served by volumes that somebody declared. */
function isPending({ metadata, spec, status }: ClaimObject): boolean {
  return (status?.phase ?? 'Pending') === 'Pending' && metadata.deletionTimestamp === undefined && !spec.volumeName && spec.storageClassName !== '';
}

function classOf({ spec }: ClaimObject, classes: readonly StorageClassObject[]): StorageClassObject | undefined {
  if (spec.storageClassName !== undefined) return classes.find(({ metadata }) => metadata.name === spec.storageClassName);
  return classes.find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true');
}

function missingClass({ spec }: ClaimObject, classes: readonly StorageClassObject[]): string {
  const there = classes.map(({ metadata }) => metadata.name).join(', ') || 'none';
  if (spec.storageClassName === undefined) return `it names no storage class and none is the default (classes: ${there})`;
  return `there is no storage class "${spec.storageClassName}" (classes: ${there})`;
}

function refusalOf({ spec }: ClaimObject, { provisioner }: StorageClassObject): string | undefined {
  if (provisioner === 'kubernetes.io/no-provisioner') return 'its storage class provisions nothing: the volume has to be declared';
  if (spec.selector !== undefined) return 'it has a selector, and a provisioned volume never matches one';
  const shared = (spec.accessModes ?? []).find((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
  if (BLOCK_DRIVERS.includes(provisioner) && shared !== undefined && spec.volumeMode !== 'Block') {
    return `${provisioner} cannot give a file system to several nodes (${shared})`;
  }
  return undefined;
}

async function zoneOf(api: EngineApi, { metadata }: ClaimObject, storageClass: StorageClassObject): Promise<{ kind: 'waiting' } | { kind: 'chosen'; zone?: string }> {
  if (storageClass.volumeBindingMode !== 'WaitForFirstConsumer') return { kind: 'chosen' };
  const nodeName = metadata.annotations?.[SELECTED_NODE_ANNOTATION];
  const node = nodeName === undefined ? undefined : await api.get<NodeObject>(`/api/v1/nodes/${nodeName}`);
  return node === undefined ? { kind: 'waiting' } : { kind: 'chosen', zone: node.metadata.labels?.[ZONE_LABEL] };
}

/** A host path has no driver, so that no controller waits for an attachment that nobody makes. */
function volumeFor({ metadata, spec }: ClaimObject, storageClass: StorageClassObject, zone?: string): VolumeObject {
  const name = `pvc-${metadata.uid}`;
  const term = { matchExpressions: [{ key: ZONE_LABEL, operator: 'In', values: [zone] }] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      labels: { [VOLUME_LABEL]: 'true', ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }) },
      annotations: { 'pv.kubernetes.io/provisioned-by': storageClass.provisioner },
    },
    spec: {
      capacity: { storage: spec.resources?.requests?.storage ?? '1Gi' },
      accessModes: spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: spec.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      mountOptions: storageClass.mountOptions,
      hostPath: { path: `/simulated/${name}` },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
      ...(zone === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [term] } } }),
    },
  };
}

async function removeReleased(api: EngineApi): Promise<void> {
  const volumes = await api.list<VolumeObject & { spec: { persistentVolumeReclaimPolicy?: string } }>(VOLUMES, `${VOLUME_LABEL}=true`);
  for (const { metadata, spec, status } of volumes) {
    const over = status?.phase === 'Released' || status?.phase === 'Failed';
    if (over && spec.persistentVolumeReclaimPolicy === 'Delete') await api.delete(`${VOLUMES}/${metadata.name}`);
  }
}
