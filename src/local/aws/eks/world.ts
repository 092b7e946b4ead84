import { randomBytes, randomUUID } from 'node:crypto';

import { partitionOf } from '../../../catalog';
import type { MendContext } from '../mends';
import type { JsonObject } from '../request';
import { AwsError } from '../request';
import { now } from './json';

/** An access entry and the policies associated with it, by policy ARN. */
export interface AccessEntry {
  readonly doc: JsonObject;
  readonly policies: Map<string, JsonObject>;
}

/** An update and what it belongs to besides the cluster. */
export interface UpdateRecord {
  readonly doc: JsonObject;
  readonly nodegroup?: string;
  readonly addon?: string;
}

/** One cluster with all that hangs on it; `doc` is what DescribeCluster answers with. */
export interface Cluster {
  readonly name: string;
  readonly region: string;
  readonly doc: JsonObject;
  /** True when vpc-cni, coredns and kube-proxy were put in at creation. */
  readonly selfManagedAddons: boolean;
  readonly nodegroups: Map<string, JsonObject>;
  readonly addons: Map<string, JsonObject>;
  readonly accessEntries: Map<string, AccessEntry>;
  readonly associations: Map<string, JsonObject>;
  readonly identityProviders: Map<string, JsonObject>;
  readonly fargateProfiles: Map<string, JsonObject>;
  readonly updates: Map<string, UpdateRecord>;
}

/** One call of an operation. */
export interface Call {
  readonly region: string;
  /** Decoded path labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly input: JsonObject;
}

/** One operation of the EKS API. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with labels in braces; a label is one percent-encoded segment. */
  readonly path: string;
  run(world: World, call: Call): JsonObject | Promise<JsonObject>;
}

/** The whole EKS of one account: what exists, and the order in which the engine behind it works. */
export class World {
  private readonly clusters = new Map<string, Cluster>();
  private readonly work = new Map<string, Promise<void>>();
  private readonly settled = new WeakSet<JsonObject>();

  constructor(public readonly context: MendContext) {}

  /** Clusters, of one region or of all. */
  public list(region?: string): Cluster[] {
    return [...this.clusters.values()].filter((cluster) => region === undefined || cluster.region === region);
  }

  /** A cluster by name. Error: ResourceNotFoundException. */
  public cluster(region: string, name: string): Cluster {
    const found = this.clusters.get(`${region}/${name}`);
    if (found === undefined) throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404, { clusterName: name });
    return found;
  }

  /** The cluster that a call names, which must be ready for changes. */
  public activeCluster(call: Call): Cluster {
    const cluster = this.cluster(call.region, call.labels.name!);
    const status = cluster.doc.status;
    if (status !== 'ACTIVE' && status !== 'UPDATING') {
      throw new AwsError('InvalidRequestException', `Cluster ${cluster.name} is not in ACTIVE status, it is ${String(status)}`, 400, { clusterName: cluster.name });
    }
    return cluster;
  }

  /** Adds a cluster. Error: ResourceInUseException. */
  public add(cluster: Cluster): void {
    const key = `${cluster.region}/${cluster.name}`;
    if (this.clusters.has(key)) throw new AwsError('ResourceInUseException', `Cluster already exists with name: ${cluster.name}`, 409, { clusterName: cluster.name });
    this.clusters.set(key, cluster);
  }

  /** Forgets a cluster. */
  public remove(cluster: Cluster): void {
    this.clusters.delete(`${cluster.region}/${cluster.name}`);
  }

  /** ARN of this account's resource: `nodegroup/demo/system/<id>`. */
  public arn(region: string, resource: string): string {
    return `arn:${partitionOf(region)}:eks:${region}:${this.context.accountId}:${resource}`;
  }

  /**
   * Status of something that is there but may wait for another thing: `ACTIVE` as soon as `ready` was true once, `CREATING` until
   * then, `late` when it never came in time (AWS takes its 20 to 30 minutes for the same verdict).
   */
  public settle(doc: JsonObject, ready: boolean, late: JsonObject): JsonObject {
    if (doc.status !== 'ACTIVE' || this.settled.has(doc)) return doc;
    if (ready) {
      this.settled.add(doc);
      return doc;
    }
    return now() - Number(doc.createdAt) < this.context.settleSeconds ? { ...doc, status: 'CREATING' } : { ...doc, ...late };
  }

  /** Records an update; with `work` it is in progress until that ends, without it has succeeded. */
  public update(cluster: Cluster, type: string, params: Readonly<Record<string, string>>, owner: Omit<UpdateRecord, 'doc'> = {}, work?: Promise<void>): JsonObject {
    const doc: JsonObject = {
      id: randomUUID(),
      type,
      status: work === undefined ? 'Successful' : 'InProgress',
      params: Object.entries(params).map(([key, value]) => ({ type: key, value })),
      createdAt: now(),
      errors: [],
    };
    cluster.updates.set(String(doc.id), { doc, ...owner });
    work?.then(
      () => void (doc.status = 'Successful'),
      (error: unknown) => {
        doc.status = 'Failed';
        doc.errors = [{ errorCode: 'Unknown', errorMessage: messageOf(error), resourceIds: [cluster.name] }];
      },
    );
    return { update: { ...doc } };
  }

  /** Runs work of the engine behind a cluster after all earlier work of that cluster. */
  public enqueue(cluster: Cluster, task: () => Promise<void>): Promise<void> {
    const key = `${cluster.region}/${cluster.name}`;
    const result = (this.work.get(key) ?? Promise.resolve()).then(task);
    this.work.set(key, result.catch((error: unknown) => this.context.log(`cluster ${key}: ${messageOf(error)}`)));
    return result;
  }
}

/** Message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Upper-case hexadecimal id, as in OIDC issuer addresses. */
export function hexId(bytes: number): string {
  return randomBytes(bytes).toString('hex').toUpperCase();
}
