import type { Mend, MendContext } from '../mends';
import { AwsError, jsonBody, jsonError, jsonResponse } from '../request';
import type { AwsRequest, AwsResponse } from '../request';
import { ACCESS_OPERATIONS } from './access';
import { ADDON_OPERATIONS } from './addons';
import { CLUSTER_OPERATIONS } from './clusters';
import { EXTRA_OPERATIONS } from './extras';
import { NODEGROUP_OPERATIONS } from './nodegroups';
import { POD_IDENTITY_OPERATIONS } from './pod-identity';
import { VERSION_OPERATIONS } from './versions';
import type { Operation } from './world';
import { World } from './world';

const OPERATIONS: readonly Operation[] = [
  ...CLUSTER_OPERATIONS, ...NODEGROUP_OPERATIONS, ...ADDON_OPERATIONS, ...ACCESS_OPERATIONS, ...POD_IDENTITY_OPERATIONS,
  ...VERSION_OPERATIONS, ...EXTRA_OPERATIONS,
];

/** A path against a template; undefined where it does not fit. Labels come decoded. */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index]!;
    if (part.startsWith('{')) {
      if (value === '') return undefined;
      labels[part.slice(1, -1)] = decodeURIComponent(value);
    } else if (part !== value) return undefined;
  }
  return labels;
}

/**
 * The whole EKS API of the local twin. moto's own is not asked at all: it knows a third of the operations and forgets most of what
 * a cluster was created with.
 */
export class EksService implements Mend {
  private readonly world: World;

  constructor(context: MendContext) {
    this.world = new World(context);
  }

  public async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      for (const operation of OPERATIONS) {
        const labels = operation.method === request.method ? matchPath(operation.path, request.path) : undefined;
        if (labels === undefined) continue;
        const input = request.method === 'POST' ? jsonBody(request.body) : {};
        return jsonResponse(await operation.run(this.world, { region: request.region, labels, query: request.query, input }));
      }
      throw new AwsError('NotFoundException', `The local twin has no EKS operation ${request.method} ${request.path}`, 404);
    } catch (error) {
      if (error instanceof AwsError) return jsonError(error);
      throw error;
    }
  }

  public inventory(): Readonly<Record<string, readonly string[]>> {
    const clusters = this.world.list();
    return {
      clusters: clusters.map((cluster) => cluster.name),
      nodegroups: clusters.flatMap((cluster) => [...cluster.nodegroups.keys()].map((name) => `${cluster.name}/${name}`)),
      addons: clusters.flatMap((cluster) => [...cluster.addons.keys()].map((name) => `${cluster.name}/${name}`)),
    };
  }

  public async close(): Promise<void> {
    const { backend, log } = this.world.context;
    if (backend === undefined) return;
    for (const cluster of this.world.list()) {
      await this.world.enqueue(cluster, () => backend.deleteCluster(cluster.name)).catch((error: unknown) => log(`close ${cluster.name}: ${String(error)}`));
    }
  }
}
