import { appendFileSync } from 'node:fs';

import type { ClusterAccess, ClusterBackend, ClusterSpec, NodegroupSpec } from '../../../src/local/cluster-backend';

/** Configuration of the recording backend. */
export interface RecordingConfig {
  /** File that gets one JSON line per call. */
  readonly file: string;
}

/** Writes down what the front asks for; whatever has `broken` in its name fails. */
export function createClusterBackend({ file }: RecordingConfig): ClusterBackend {
  const record = async (method: string, argument: object, name: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    appendFileSync(file, `${JSON.stringify([method, argument])}\n`);
    if (name.includes('broken')) throw new Error(`${name} cannot start`);
  };
  return {
    async createCluster(spec: ClusterSpec): Promise<ClusterAccess> {
      await record('createCluster', spec, spec.name);
      return { endpoint: 'https://127.0.0.1:6443', certificateAuthorityData: 'Y2E=', kubeconfigPath: '/kubeconfig' };
    },
    deleteCluster: (name: string) => record('deleteCluster', { name }, ''),
    putNodegroup: (spec: NodegroupSpec) => record('putNodegroup', spec, spec.name),
    deleteNodegroup: (cluster: string, name: string) => record('deleteNodegroup', { cluster, name }, ''),
  };
}
