import { KubeApi, objectPath } from './kube-api';
import type { ServedKind } from './kube-api';
import { nameOf } from './manifest';

const APPLICATION = ['argoproj.io/v1alpha1', 'Application'] as const;

/**
 * Takes Argo CD's finalizers from all Applications: where no Argo CD runs, nobody else would, and their namespace could
 * never be deleted.
 *
 * @returns how many Applications were waiting for it
 */
export async function releaseApplications(kubeconfigPath: string): Promise<number> {
  const api = await KubeApi.connect(kubeconfigPath);
  try {
    const served = await api.find(...APPLICATION);
    const held = (await api.list(...APPLICATION)).filter((application) => (application.metadata.finalizers?.length ?? 0) > 0);
    for (const application of held) {
      await api.request({
        method: 'PATCH',
        path: objectPath(served as ServedKind, nameOf(application), application.metadata.namespace),
        body: { metadata: { finalizers: null } },
        contentType: 'application/merge-patch+json',
      });
    }
    return held.length;
  } finally {
    api.close();
  }
}
