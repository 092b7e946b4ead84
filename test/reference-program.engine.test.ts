/**
 * The reference program against the engines that judge it without an account: Terraform's own validation of every stack whose
 * providers can be had, and the reference schemas for everything else.
 *
 * @needs terraform
 * @about 3 min
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'cdktf';
import { parse } from 'yaml';
import { EksVersion } from '../src/catalog';
import { checkHelmValues, checkManifest, checkTerraformJson, gitopsProviderSchemas } from '../src/local/schema';
import type { SchemaProblem } from '../src/local/schema';
import { mirrorEnvironment } from '../src/local/terraform/mirrors';
import { Terraform } from '../src/local/terraform/terraform';
import { referenceEnvironments, referencePlatform } from '../src/reference';
import { synthAll } from '../src/testing';
import { MlPlatform } from '../stacks/ml-platform';
import { describeWithReference } from './support/reference';

jest.setTimeout(300_000);

const ENVIRONMENTS = referenceEnvironments();
const names = ENVIRONMENTS.map((environment) => environment.name);

function build(app: App): void {
  for (const environment of ENVIRONMENTS) new MlPlatform(app, environment.name, referencePlatform(environment));
}

describe('terraform validate', () => {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'validate-'));
  const terraform = Terraform.find({ workFolder: outdir });
  beforeAll(() => {
    const app = new App({ outdir: path.join(outdir, 'cdktf.out'), stackTraces: false });
    build(app);
    app.synth();
  });
  afterAll(() => fs.rmSync(outdir, { recursive: true, force: true }));

  /** Providers are the same for the layers of all environments: one copy of them serves, and no backend is touched. */
  function withoutBackend(folder: string): void {
    fs.writeFileSync(path.join(folder, 'backend_override.tf.json'), JSON.stringify({ terraform: { backend: { local: {} } } }));
  }

  test.each(names)('accepts the AWS layers of %s', async (name) => {
    for (const layer of ['network', 'cluster', 'data']) {
      const folder = path.join(outdir, 'cdktf.out', 'stacks', `${name}-${layer}`);
      withoutBackend(folder);
      const init = await terraform.init(folder);
      expect({ layer, errors: init.errors }).toEqual({ layer, errors: [] });
      const { status, errors } = await terraform.validate(folder);
      expect({ layer, status, errors }).toEqual({ layer, status: 0, errors: [] });
    }
  });

  (gitopsProvidersCanBeHad() ? test : test.skip)('accepts the gitops layer (the helm and kubernetes providers can be had)', async () => {
    const folder = path.join(outdir, 'cdktf.out', 'stacks', 'dev-gitops');
    withoutBackend(folder);
    expect((await terraform.init(folder)).errors).toEqual([]);
    expect((await terraform.validate(folder)).errors).toEqual([]);
  });
});

/** Asked before tests are declared, so that a validation that cannot run is skipped and never counted as passed. */
function gitopsProvidersCanBeHad(): boolean {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'providers-'));
  try {
    const required = Object.fromEntries(['helm', 'kubernetes'].map((name) => [name, { source: `hashicorp/${name}` }]));
    fs.writeFileSync(path.join(folder, 'main.tf.json'), JSON.stringify({ terraform: { required_providers: required } }));
    const { status } = spawnSync('terraform', ['init', '-input=false'], { cwd: folder, env: { ...process.env, ...mirrorEnvironment(folder) }, stdio: 'ignore', timeout: 120_000 });
    return status === 0;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describeWithReference('the reference schemas', (reference) => {
  const result = synthAll(build);
  const errors = (problems: readonly SchemaProblem[] | undefined): string[] => (problems ?? []).filter((problem) => problem.severity === 'error').map((problem) => `${problem.path}: ${problem.message}`);

  test.each(names)('accept every block of the gitops layer of %s', (name) => {
    const schemas = gitopsProviderSchemas(reference);
    expect(schemas).toBeDefined();
    const { problems, checked } = checkTerraformJson(result.stack(`${name}-gitops`).json, schemas ?? []);
    expect(checked.length).toBeGreaterThan(8);
    expect(errors(problems)).toEqual([]);
  });

  test.each(names)('accept every manifest and every chart value of %s', (name) => {
    const files = Object.entries(result.files).filter(([file]) => file.startsWith(`gitops/${name}/`));
    const unchecked: string[] = [];
    const wrong: string[] = [];
    const charts = new Set<string>();
    for (const [file, text] of files) {
      const manifest = parse(text) as { kind: string; spec: { source?: HelmSource; sources?: HelmSource[] } };
      const problems = checkManifest(manifest, EksVersion.DEFAULT.version, reference);
      if (problems === undefined) unchecked.push(file);
      wrong.push(...errors(problems).map((problem) => `${file} ${problem}`));
      if (manifest.kind !== 'Application') continue;
      for (const source of [...(manifest.spec.source ? [manifest.spec.source] : []), ...(manifest.spec.sources ?? [])]) {
        if (source.chart === undefined) continue;
        charts.add(source.chart);
        wrong.push(...errors(checkHelmValues(source.chart, source.helm?.valuesObject ?? {}, reference)).map((problem) => `${file} ${source.chart} ${problem}`));
      }
    }
    expect({ wrong, unchecked }).toEqual({ wrong: [], unchecked: [] });
    expect([...charts]).toEqual(expect.arrayContaining(['external-secrets', 'kube-prometheus-stack', 'nvidia-device-plugin', 'dcgm-exporter']));
    expect(files.length).toBeGreaterThan(20);
  });

  test.each(names)('know every value of the releases of %s', (name) => {
    const releases = result.stack(`${name}-gitops`).resources('helm_release');
    expect(releases.map((release) => release.config.chart).sort()).toEqual(['argo-cd', 'argocd-apps']);
    for (const { config } of releases) {
      for (const values of config.values as string[]) expect(errors(checkHelmValues(String(config.chart), parse(values), reference))).toEqual([]);
    }
  });
});

interface HelmSource {
  readonly chart?: string;
  readonly helm?: { readonly valuesObject?: object };
}
