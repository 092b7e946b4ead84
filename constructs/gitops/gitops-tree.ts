import type { ApiObject } from 'cdk8s';
import { App } from 'cdk8s';
import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { Problem, SynthFiles } from '../../src/core';
import { addSynthFiles, Environment, fail, formatProblem, PlatformError } from '../../src/core';
import type { ApplicationOptions } from './application';
import { Application, APPLICATIONS_FOLDER } from './application';
import type { HelmValues } from './helm-values';
import { compareText, namespaceOf } from './object-key';
import type { BootstrapNamespaces } from './bootstrap-namespaces';
import { PlatformNamespace } from './platform-namespace';
import { findTokens } from './token-guard';
import { toYaml } from './yaml';

/** One object as it is written. */
interface TreeObject {
  readonly file: string;
  readonly manifest: HelmValues;
}

/** What can be written, and what is wrong. */
interface Rendering {
  readonly objects: readonly TreeObject[];
  readonly problems: readonly Problem[];
}

/** Props of the tree. */
export interface GitOpsTreeProps {
  /** Where the namespaces of its applications are created. */
  readonly namespaces: BootstrapNamespaces;
}

/**
 * The rendered Kubernetes manifests of one environment: `gitops/<environment>/<application>/*.yaml`, one object per file, and
 * `gitops/<environment>/applications/*.yaml`, which Argo CD's root application reads. Written at synth beside the stack.
 *
 * Synth refuses a tree with `TokenInManifest`, `DuplicateObject`, `ApplicationEmpty` or `ManifestInvalid`.
 */
export class GitOpsTree extends Construct {
  /** Home of the manifests: a tree of its own, apart from Terraform's. */
  public readonly manifests: App;
  /** Argo CD project that every application of the tree belongs to. */
  public readonly projectName = 'platform';
  /** Namespace of the Application objects. */
  public readonly argoCdNamespace = PlatformNamespace.ARGO_CD.name;
  /** API server that Argo CD itself runs in. */
  public readonly clusterServer = 'https://kubernetes.default.svc';
  /** Folder of this environment in the git repository. */
  public readonly repositoryPath: string;
  private readonly environmentName: string;

  constructor(scope: Construct, id: string, private readonly props: GitOpsTreeProps) {
    super(scope, id);
    const environment = Environment.of(this);
    this.environmentName = environment.name;
    this.repositoryPath = `${environment.gitOps.path}/${environment.name}`;
    this.manifests = new App();
    environment.bindTo(this.manifests);
    addSynthFiles(TerraformStack.of(this), () => this.files());
    this.node.addValidation({ validate: () => this.render().problems.map((problem) => formatProblem(problem)) });
  }

  /** Adds an application, and its namespace if it is new. @throws ApplicationNameInvalid, ApplicationDuplicate */
  public addApplication(name: string, options: ApplicationOptions): Application {
    if (this.manifests.node.tryFindChild(name)) {
      fail({ code: 'ApplicationDuplicate', message: `application "${name}" is there already`, remedy: 'choose another name', path: this.node.path });
    }
    this.props.namespaces.add(options.namespace);
    return new Application(this, name, options);
  }

  /** All applications, in the order of their sync: by wave, then by name. */
  public get applications(): readonly Application[] {
    return (this.manifests.node.children as Application[])
      .slice()
      .sort((a, b) => a.wave.number - b.wave.number || compareText(a.applicationName, b.applicationName));
  }

  /** The tree's files: path below the synth output → text. @throws PlatformError with everything that is wrong. */
  public files(): SynthFiles {
    const { objects, problems } = this.render();
    if (problems.length > 0) throw new PlatformError(problems);
    return Object.fromEntries(objects.map(({ file, manifest }) => [`gitops/${this.environmentName}/${file}`, toYaml(manifest)]));
  }

  private render(): Rendering {
    const project = { file: `${APPLICATIONS_FOLDER}/${this.projectName}.project.yaml`, manifest: this.projectManifest() };
    const problems = this.applications.flatMap((application) => findMistakes(application));
    const parts = this.applications.map((application) => renderApplication(application));
    return {
      objects: [...parts.flatMap((part) => part.objects), project],
      problems: [...problems, ...this.findDuplicates(), ...parts.flatMap((part) => part.problems)].map((problem) => ({ ...problem, path: `${this.node.path}/${problem.path ?? ''}` })),
    };
  }

  /** The project admits the repositories, charts and namespaces of this tree, and nothing else. */
  private projectManifest(): HelmValues {
    const { gitOps, chartMirror } = Environment.of(this);
    const charts = this.applications.flatMap(({ helm }) => (helm ? [helm.chart.location(chartMirror).argoRepoUrl] : []));
    const namespaces = this.applications.flatMap((application) => application.namespaceNames);
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: this.projectName, namespace: this.argoCdNamespace, annotations: { 'argocd.argoproj.io/sync-wave': '-10' } },
      spec: {
        description: `Applications of the ML platform in ${this.environmentName}`,
        sourceRepos: unique([gitOps.url, ...charts]),
        destinations: unique(namespaces).map((namespace) => ({ server: this.clusterServer, namespace })),
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    };
  }

  private findDuplicates(): readonly Problem[] {
    const owners = new Map<string, string>();
    return this.applications.flatMap((application) => application.ownObjects.flatMap((object) => {
      const key = application.keyOf(object);
      const owner = owners.get(key);
      owners.set(key, object.node.path);
      if (owner === undefined) return [];
      return [{ code: 'DuplicateObject', message: `${object.kind} "${object.name}" is in ${owner} and in ${object.node.path}`, remedy: 'keep one: two owners overwrite each other for ever', path: application.applicationName }];
    }));
  }
}

function findMistakes(application: Application): readonly Problem[] {
  const path = application.applicationName;
  const empty = !application.helm && application.ownObjects.length === 0;
  return [
    ...(empty ? [{ code: 'ApplicationEmpty', message: `application "${path}" has neither chart nor manifests`, remedy: 'add one, or remove it', path }] : []),
    ...application.node.findAll().flatMap((node) => node.node.validate().map((message) => ({ code: 'ManifestInvalid', message, path: node.node.path }))),
  ];
}

function renderApplication(application: Application): Rendering {
  const name = application.applicationName;
  const own = application.toManifest();
  const objects: TreeObject[] = [{ file: `${APPLICATIONS_FOLDER}/${name}.yaml`, manifest: own }];
  const problems: Problem[] = [...tokenProblems(`Application "${name}"`, own, name)];
  const used = new Set<string>();
  for (const object of application.ownObjects) {
    try {
      const namespace = namespaceOf(object, application.targetNamespace.name);
      const manifest = withNamespace(object.toJson() as ObjectJson, namespace);
      problems.push(...tokenProblems(`${object.kind} "${object.name}"`, manifest, name));
      objects.push({ file: `${name}/${fileName(object, namespace, used)}`, manifest });
    } catch (error) {
      problems.push({ code: 'ManifestInvalid', message: error instanceof Error ? error.message : String(error), allowed: 'plain text, numbers, booleans, lists and maps', path: name });
    }
  }
  return { objects, problems };
}

function fileName(object: ApiObject, namespace: string | undefined, used: Set<string>): string {
  const short = `${object.kind}-${object.name}`.toLowerCase().replace(/[^a-z0-9.-]/g, '_');
  const name = used.has(short) ? `${short}.${namespace ?? object.apiGroup}` : short;
  used.add(short);
  return `${name}.yaml`;
}

interface ObjectJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: HelmValues;
  readonly [field: string]: unknown;
}

/** The namespace stands in every file, so that it says the same without Argo CD. */
function withNamespace({ apiVersion, kind, metadata, ...rest }: ObjectJson, namespace: string | undefined): HelmValues {
  return { apiVersion, kind, metadata: namespace === undefined ? metadata : { ...metadata, namespace }, ...rest };
}

function tokenProblems(object: string, manifest: unknown, path: string): readonly Problem[] {
  return findTokens(manifest).map((field) => ({
    code: 'TokenInManifest',
    message: `${object} holds a Terraform token in ${field}`,
    allowed: 'facts: values known at synth',
    remedy: 'pass a computed name, or let Terraform write the value to Secrets Manager and read it through an ExternalSecret',
    path,
  }));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort(compareText);
}
