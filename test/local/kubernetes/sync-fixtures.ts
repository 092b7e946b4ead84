import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

/** What an Application of a test says. */
export interface TestApplication {
  readonly wave?: number;
  readonly namespace?: string;
  readonly spec?: Record<string, unknown>;
  readonly createNamespace?: boolean;
  readonly prune?: boolean;
  readonly objects?: readonly Record<string, unknown>[];
}

/** Writes files below a folder. */
export function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

/** Writes a GitOps tree as synth does: one folder per application and the Application objects beside them. */
export function writeTree(dir: string, applications: Readonly<Record<string, TestApplication>>): void {
  for (const [name, application] of Object.entries(applications)) {
    writeFiles(dir, { [`applications/${name}.yaml`]: stringify(applicationObject(name, application)) });
    if (application.objects !== undefined) writeFiles(dir, { [`${name}/objects.yaml`]: application.objects.map((object) => stringify(object)).join('---\n') });
  }
}

/** An Application object as the tree holds it. */
export function applicationObject(name: string, { wave = 0, namespace = name, spec, createNamespace = true, prune = true }: TestApplication): Record<string, unknown> {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', annotations: { 'argocd.argoproj.io/sync-wave': String(wave) }, finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune, selfHeal: true }, syncOptions: [`CreateNamespace=${createNamespace}`, 'ServerSideApply=true'] },
      ...(spec ?? { source: { repoURL: 'https://git.example/platform.git', targetRevision: 'main', path: `gitops/local/${name}` } }),
    },
  };
}

/** A Deployment whose pods ask for what is given. */
export function deployment(name: string, { replicas = 1, requests = { cpu: '100m', memory: '64Mi' }, pod = {}, annotations = {} }: {
  readonly replicas?: number; readonly requests?: Record<string, string>; readonly pod?: Record<string, unknown>; readonly annotations?: Record<string, string>;
} = {}): Record<string, unknown> {
  const gpu = requests['nvidia.com/gpu'] === undefined ? {} : { limits: { 'nvidia.com/gpu': requests['nvidia.com/gpu'] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { ...pod, containers: [{ name: 'main', image: 'registry.example/app:1', resources: { requests, ...gpu } }] } },
    },
  };
}

/** A Job, for example as a hook. */
export function job(name: string, annotations: Record<string, string> = {}): Record<string, unknown> {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/migrate:1' }] } } },
  };
}

/** A ConfigMap. */
export function configMap(name: string, data: Record<string, string>, annotations: Record<string, string> = {}): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data };
}

/** A simulated node of a node group. */
export function node(name: string, nodegroup: string, { gpus = 0 }: { readonly gpus?: number } = {}): Record<string, unknown> {
  const resources = { cpu: '4', memory: '16Gi', pods: '58', 'ephemeral-storage': '100Gi', ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { 'eks.amazonaws.com/nodegroup': nodegroup, 'kubernetes.io/hostname': name } },
    spec: gpus > 0 ? { taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }] } : {},
    status: { capacity: resources, allocatable: resources },
  };
}
