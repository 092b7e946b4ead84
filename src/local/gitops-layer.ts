import * as path from 'node:path';
import type { LayerDescription } from '../core/descriptor';
import type { Problem } from '../core/errors';
import { bindPendingClaims, buildOptional } from './kubernetes';
import type { BootstrapOptions } from './kubernetes/sync/bootstrap';
import { applyBootstrap } from './kubernetes/sync/bootstrap';
import type { Verdict } from './kubernetes/sync/proof';
import { proveCluster } from './kubernetes/sync/proof';
import type { SyncReport } from './kubernetes/sync/report';
import type { SyncOptions } from './kubernetes/sync/sync';
import { syncTree } from './kubernetes/sync/sync';
import type { LayerOutcome, LayerRun } from './layers';
import { initLayer, runLayer } from './layers';
import { checkTerraformJson, gitopsProviderSchemas, SCHEMA_DIR_VARIABLE, SchemaReference } from './schema';
import type { Twin } from './twin';

/** What happened inside the cluster. */
export interface GitOpsOutcome {
  /** How the gitops layer was applied, in a few words. */
  readonly how: string;
  /** The layer, if Terraform applied it. */
  readonly layer?: LayerOutcome;
  readonly sync?: SyncReport;
  readonly verdict?: Verdict;
  readonly problems: readonly Problem[];
  readonly notShown: readonly string[];
}

/** Names of the node groups that the platform declared: Terraform may have completed them, so the states say. */
export function declaredNodegroups(twin: Twin): string[] {
  return twin.stacks.flatMap((stack) => twin.workspace.stateValues(stack, 'aws_eks_node_group', 'node_group_name'));
}

/** Applies the gitops layer, syncs the GitOps tree and judges where every pod runs. */
export async function bringGitOpsUp(twin: Twin, run: LayerRun, layer: LayerDescription): Promise<GitOpsOutcome> {
  twin.progress.section('Cluster');
  const cluster = twin.cluster();
  if (!cluster) return { how: 'not applied: there is no Kubernetes API here', problems: [], notShown: ['the gitops layer and the GitOps tree'] };
  const kubeconfigPath = cluster.access().kubeconfigPath;
  const tools = clusterTools(twin);
  const { releases, ...bootstrap } = await twin.stopwatch.time('gitops layer', () => applyLayer(twin, run, layer, kubeconfigPath, tools));
  if (bootstrap.problems.length > 0) return bootstrap;
  const sync = await twin.stopwatch.time('GitOps tree', () =>
    syncTree({ ...tools, kubeconfigPath, treeDir: path.join(twin.workspace.outdir, twin.description.gitops.tree), bindPendingClaims: () => bindPendingClaims(kubeconfigPath) }),
  );
  const synced = sync.applications.filter((application) => application.outcome !== 'not-synced').map((application) => application.name);
  const verdict = await proveCluster({ kubeconfigPath, nodegroups: declaredNodegroups(twin), applications: [...synced, ...releases] });
  return {
    ...bootstrap,
    sync,
    verdict,
    problems: [...sync.problems, ...verdict.problems],
    notShown: [...bootstrap.notShown, ...sync.gaps.map((gap) => `${gap.path ?? ''}: ${gap.message}`), ...verdict.notes],
  };
}

/** What both the bootstrap and the sync of the tree work with. */
function clusterTools(twin: Twin): Pick<SyncOptions, 'exclusions' | 'crdDir' | 'charts' | 'signal' | 'onProgress'> {
  const reference = SchemaReference.fromEnvironment();
  return {
    exclusions: twin.description.gitops.resourceExclusions,
    ...(reference ? { crdDir: path.join(reference.folder, 'crds') } : {}),
    charts: { ensureHelm: () => buildOptional('helm', { signal: twin.signal, onProgress: (step) => twin.progress.step('engine', `${step.state} ${step.binary} (${Math.round(step.elapsedSeconds)} s)`) }) },
    signal: twin.signal,
    onProgress: (event) => (event.step === 'done' ? twin.progress.note(`${event.application}: ${event.detail}`) : twin.progress.step('tree', `${event.application}: ${event.step} ${event.detail}`)),
  };
}

/** By Terraform where its providers can be had; otherwise checked against their schemas, and its objects applied through the API. */
async function applyLayer(twin: Twin, run: LayerRun, layer: LayerDescription, kubeconfigPath: string, tools: BootstrapOptions): Promise<GitOpsOutcome & { readonly releases: readonly string[] }> {
  const init = await initLayer(run, layer.stack);
  if (init.status === 0) {
    const outcome = await runLayer(run, layer, 'apply');
    return {
      how: 'applied by Terraform',
      layer: outcome,
      problems: outcome.errors.map((message) => ({ code: 'LayerFailed', message, path: layer.layer })),
      notShown: [],
      releases: [],
    };
  }
  const json = twin.workspace.stackJson(layer.stack);
  const notShown = ['the gitops layer by Terraform: the helm and kubernetes providers cannot be had'];
  const checked = checkAgainstSchemas(json);
  if (checked.problems.length > 0) return { how: 'refused by the schemas of its providers', problems: checked.problems, notShown, releases: [] };
  const applied = await applyBootstrap(kubeconfigPath, json, tools);
  twin.progress.note(`gitops: ${applied.applied.length} objects applied through the Kubernetes API, ${checked.how}`);
  return {
    how: `its objects applied through the Kubernetes API, ${checked.how}`,
    problems: applied.problems,
    notShown: [...notShown, ...applied.notApplied.map((object) => `${object.name}: ${object.reason}`)],
    releases: applied.releases,
  };
}

function checkAgainstSchemas(json: { readonly [key: string]: unknown }): { readonly how: string; readonly problems: readonly Problem[] } {
  const reference = SchemaReference.fromEnvironment();
  const schemas = reference && gitopsProviderSchemas(reference);
  if (!schemas) return { how: `not checked against provider schemas (${SCHEMA_DIR_VARIABLE} names none)`, problems: [] };
  const { problems, checked } = checkTerraformJson(json, schemas);
  return {
    how: `${checked.length} blocks checked against the providers' schemas`,
    problems: problems.filter((problem) => problem.severity === 'error').map((problem) => ({ code: 'SchemaMismatch', message: problem.message, path: problem.path })),
  };
}
