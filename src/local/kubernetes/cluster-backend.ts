import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../core/errors';
import type { ClusterAccess, ClusterBackend, ClusterSpec, NodegroupSpec } from '../cluster-backend';
import { EngineApi } from './engine/api';
import { catalogShape } from './engine/catalog-shape';
import type { KubernetesEngine } from './engine/discover';
import { KwokCluster } from './engine/kwok-cluster';
import type { ShapeOf } from './engine/node-shape';
import { putNodes, removeNodes } from './engine/nodegroups';
import { engineVersion } from './engine/versions';
import { startVolumeBinder, type VolumeBinder } from './engine/volumes';

/** What a process needs to know to run clusters; plain JSON. */
export interface KubernetesBackendConfig {
  /** Private folder of the checkout; clusters, their data and credentials live in it. */
  readonly directory: string;
  /** Programs, as `discoverEngine` found them. */
  readonly engine: KubernetesEngine;
  /** Give pending claims their volumes for as long as this process runs. @default true */
  readonly bindVolumes?: boolean;
}

/**
 * Clusters of the local twin: real control planes with simulated nodes.
 *
 * @param shapeOf what a machine of an instance type offers. @default - the catalog's table
 */
export function createClusterBackend(config: KubernetesBackendConfig, shapeOf: ShapeOf = catalogShape): ClusterBackend {
  return new KwokBackend(config, shapeOf);
}

class KwokBackend implements ClusterBackend {
  private readonly binders = new Map<string, VolumeBinder>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly config: KubernetesBackendConfig,
    private readonly shapeOf: ShapeOf,
  ) {}

  public createCluster(spec: ClusterSpec): Promise<ClusterAccess> {
    return this.oneByOne(spec.name, async () => {
      this.rejectOtherVersion(spec);
      mkdirSync(join(this.config.directory, 'specs'), { recursive: true });
      writeFileSync(this.specPath(spec.name), JSON.stringify(spec));
      const access = await this.cluster(spec.name).create();
      this.keepBinding(spec.name, access.kubeconfigPath);
      return access;
    });
  }

  public deleteCluster(name: string): Promise<void> {
    return this.oneByOne(name, async () => {
      await this.binders.get(name)?.stop();
      this.binders.delete(name);
      await this.cluster(name).delete();
      rmSync(this.specPath(name), { force: true });
    });
  }

  public putNodegroup(spec: NodegroupSpec): Promise<void> {
    return this.oneByOne(spec.cluster, async () => {
      const shape = this.shapeOf(spec.instanceTypes[0]);
      const api = await this.reach(spec.cluster);
      const { region } = JSON.parse(readFileSync(this.specPath(spec.cluster), 'utf8')) as ClusterSpec;
      await putNodes(spec, shape, { api, region, kubernetesVersion: this.config.engine.kubernetesVersion });
    });
  }

  public deleteNodegroup(cluster: string, name: string): Promise<void> {
    return this.oneByOne(cluster, async () => {
      if (this.cluster(cluster).exists()) await removeNodes(await this.reach(cluster), name);
    });
  }

  /** Starts again what ended since the cluster was created. */
  private async reach(name: string): Promise<EngineApi> {
    const cluster = this.cluster(name);
    const { kubeconfigPath } = cluster.exists() ? await cluster.create() : cluster.access();
    this.keepBinding(name, kubeconfigPath);
    return new EngineApi(kubeconfigPath);
  }

  private keepBinding(name: string, kubeconfigPath: string): void {
    if (this.config.bindVolumes !== false && !this.binders.has(name)) this.binders.set(name, startVolumeBinder(kubeconfigPath));
  }

  /** Two changes of one cluster never run at the same time; different clusters do not wait for each other. */
  private oneByOne<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.queues.get(name) ?? Promise.resolve();
    const result = before.then(task, task);
    this.queues.set(name, result.catch(() => undefined));
    return result;
  }

  private cluster(name: string): KwokCluster {
    return new KwokCluster(this.config.engine, this.config.directory, name);
  }

  private specPath(name: string): string {
    return join(this.config.directory, 'specs', `${name}.json`);
  }

  private rejectOtherVersion({ name, version }: ClusterSpec): void {
    engineVersion(version, name);
    if (version === this.config.engine.version) return;
    fail({
      code: 'KubernetesVersionNotInTwin',
      message: `cluster "${name}" asks for Kubernetes ${version}, but this twin was started with ${this.config.engine.kubernetesVersion}`,
      allowed: this.config.engine.version,
      remedy: 'start the twin again with the engine of that version',
      path: name,
    });
  }
}
