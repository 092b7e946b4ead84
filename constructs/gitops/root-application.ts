import { Release } from '@cdktf/provider-helm/lib/release';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Chart } from '../../src/catalog';
import { Environment } from '../../src/core';
import { APPLICATIONS_FOLDER } from './application';
import type { BootstrapNamespaces } from './bootstrap-namespaces';
import type { GitOpsTree } from './gitops-tree';
import type { HelmValues } from './helm-values';
import { releaseDefaults, terraformText } from './release-defaults';
import { toYaml } from './yaml';

/** Name of the application that all others come from, and of its project. */
const ROOT = 'platform-root';

/** Props of the root application. */
export interface RootApplicationProps {
  /** The tree that it syncs. */
  readonly tree: GitOpsTree;
  /** Namespaces that must exist before, those that are added later included. */
  readonly namespaces: BootstrapNamespaces;
  /** What must exist before: Argo CD. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The one Argo CD application that Terraform creates: it reads the tree's Application objects from git. Its project admits that
 * repository and those objects only. Where state is not protected, deleting it deletes what it brought, in reverse order.
 */
export class RootApplication extends Construct {
  constructor(scope: Construct, id: string, private readonly props: RootApplicationProps) {
    super(scope, id);
    const location = Chart.ARGOCD_APPS.location(Environment.of(this).chartMirror);
    const release = new Release(this, 'Resource', {
      ...releaseDefaults(location),
      name: ROOT,
      namespace: props.tree.argoCdNamespace,
      values: [terraformText(toYaml({ projects: { [ROOT]: this.project() }, applications: { [ROOT]: this.application() } }))],
      dependsOn: [...props.dependsOn],
    });
    props.namespaces.holdBack(release);
  }

  private project(): HelmValues {
    const { tree } = this.props;
    const { gitOps } = Environment.of(this);
    return {
      namespace: tree.argoCdNamespace,
      description: 'Reads the Application objects of the GitOps tree',
      sourceRepos: [gitOps.url],
      destinations: [{ server: tree.clusterServer, namespace: tree.argoCdNamespace }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [{ group: 'argoproj.io', kind: 'Application' }, { group: 'argoproj.io', kind: 'AppProject' }],
    };
  }

  private application(): HelmValues {
    const { tree } = this.props;
    const { gitOps, tier } = Environment.of(this);
    return {
      namespace: tree.argoCdNamespace,
      project: ROOT,
      ...(tier.defaults.protectsState ? {} : { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
      source: { repoURL: gitOps.url, targetRevision: gitOps.revision, path: `${tree.repositoryPath}/${APPLICATIONS_FOLDER}` },
      destination: { server: tree.clusterServer, namespace: tree.argoCdNamespace },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        retry: { limit: 5, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
        syncOptions: ['ServerSideApply=true'],
      },
    };
  }
}
