import { ApiObject, Chart as ManifestChart } from 'cdk8s';
import type { Chart } from '../../src/catalog';
import { Environment, fail, NameRule } from '../../src/core';
import type { GitOpsTree } from './gitops-tree';
import type { HelmValues } from './helm-values';
import { compareText, objectKey } from './object-key';
import type { PlatformNamespace } from './platform-namespace';
import type { SyncWave } from './sync-wave';

/** A chart with its values. */
export interface HelmSource {
  /** The chart, at its pinned version. */
  readonly chart: Chart;
  /** Values, merged by the caller. @default - the chart's own */
  readonly values?: HelmValues;
}

/** Fields that somebody else owns, which a sync leaves alone. */
export interface IgnoredDifference {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Kind. */
  readonly kind: string;
  /** Fields as JSON pointers. */
  readonly jsonPointers: readonly string[];
}

/** What `GitOpsTree.addApplication` takes. */
export interface ApplicationOptions {
  /** Where its objects live. */
  readonly namespace: PlatformNamespace;
  /** Its place in the order. */
  readonly wave: SyncWave;
  /** A chart to install. @default - manifests only */
  readonly helm?: HelmSource;
  /** Namespaces besides its own that its chart writes to, such as `kube-system`. @default - none */
  readonly otherNamespaces?: readonly string[];
  /** Fields that somebody else owns. @default - none */
  readonly ignoreDifferences?: readonly IgnoredDifference[];
}

/** An Argo CD application: a folder of manifests, a chart, or both. Manifests are children: `new ApiObject(application, 'Name', {…})`. */
export class Application extends ManifestChart {
  /** Name of the application and of its folder. */
  public readonly applicationName: string;
  /** Where its objects live. */
  public readonly targetNamespace: PlatformNamespace;
  /** Its place in the order. */
  public readonly wave: SyncWave;
  /** The chart, if it has one. */
  public readonly helm: HelmSource | undefined;
  /** Every namespace that it writes to. */
  public readonly namespaceNames: readonly string[];
  private readonly ignoreDifferences: readonly IgnoredDifference[];

  /** Use `GitOpsTree.addApplication`. @throws ApplicationNameInvalid */
  constructor(private readonly tree: GitOpsTree, name: string, options: ApplicationOptions) {
    super(tree.manifests, checkName(name, tree), { disableResourceNameHashes: true });
    this.applicationName = name;
    this.targetNamespace = options.namespace;
    this.wave = options.wave;
    this.helm = options.helm;
    this.namespaceNames = [options.namespace.name, ...(options.otherNamespaces ?? [])];
    this.ignoreDifferences = [...(options.ignoreDifferences ?? [])];
  }

  /** Objects that it owns, in a stable order. */
  public get ownObjects(): readonly ApiObject[] {
    return this.node
      .findAll()
      .filter((node): node is ApiObject => ApiObject.isApiObject(node))
      .sort((a, b) => compareText(this.keyOf(a), this.keyOf(b)));
  }

  /** What identifies one of its objects in the cluster. */
  public keyOf(object: ApiObject): string {
    return objectKey(object, this.targetNamespace.name);
  }

  /** The Application object that Argo CD reads. */
  public toManifest(): HelmValues {
    const sources = this.sources();
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: this.applicationName,
        namespace: this.tree.argoCdNamespace,
        annotations: this.wave.annotations,
        labels: { 'app.kubernetes.io/part-of': 'ml-platform' },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: {
        project: this.tree.projectName,
        destination: { server: this.tree.clusterServer, namespace: this.targetNamespace.name },
        ...(sources.length === 1 ? { source: sources[0] } : { sources }),
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: 5, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
          syncOptions: ['CreateNamespace=false', 'ServerSideApply=true', ...(this.ignoreDifferences.length > 0 ? ['RespectIgnoreDifferences=true'] : [])],
        },
        ...(this.ignoreDifferences.length > 0 ? { ignoreDifferences: this.ignoreDifferences } : {}),
        revisionHistoryLimit: 5,
      },
    };
  }

  private sources(): readonly HelmValues[] {
    const { gitOps, chartMirror } = Environment.of(this.tree);
    const sources: HelmValues[] = [];
    if (this.helm) {
      const location = this.helm.chart.location(chartMirror);
      sources.push({
        repoURL: location.argoRepoUrl,
        chart: location.chart,
        targetRevision: location.version,
        helm: { releaseName: this.applicationName, valuesObject: this.helm.values ?? {} },
      });
    }
    if (this.ownObjects.length > 0) {
      sources.push({ repoURL: gitOps.url, targetRevision: gitOps.revision, path: `${this.tree.repositoryPath}/${this.applicationName}` });
    }
    return sources;
  }
}

/** Folder of the Application objects, so no application is called like it. */
export const APPLICATIONS_FOLDER = 'applications';

/** Helm limits the name of a release to 53 characters. */
const LONGEST_NAME = 53;

function checkName(name: string, tree: GitOpsTree): string {
  if (NameRule.DNS_LABEL.problemOf(name) !== undefined || name.length > LONGEST_NAME || name === APPLICATIONS_FOLDER) {
    fail({
      code: 'ApplicationNameInvalid',
      message: `application name "${name}"`,
      allowed: `1 to ${LONGEST_NAME} lower-case letters, digits and hyphens, not at the ends, and not "${APPLICATIONS_FOLDER}"`,
      path: tree.node.path,
    });
  }
  return name;
}
