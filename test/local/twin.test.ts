import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { readProject, synth } from '../../src/cli/project';
import { table } from '../../src/cli/table';
import type { LayerDescription, PlatformDescription } from '../../src/core';
import type { PlatformError } from '../../src/core';
import { dependencies, dependents, runInOrder } from '../../src/local/layers';
import type { LayerOutcome } from '../../src/local/layers';
import { ConsoleProgress, Stopwatch } from '../../src/local/progress';
import { cliConfigFor, findMirrors, mirrorEnvironment, providersIn } from '../../src/local/terraform/mirrors';
import { Terraform } from '../../src/local/terraform/terraform';
import { Twin } from '../../src/local/twin';
import { Workspace } from '../../src/local/workspace';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'twin-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function write(file: string, text: string): string {
  const full = path.join(folder, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
  return full;
}

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    return (error as PlatformError).code;
  }
  return undefined;
}

const LAYERS: LayerDescription[] = [
  { layer: 'network', stack: 'x-network', dependsOn: [] },
  { layer: 'cluster', stack: 'x-cluster', dependsOn: ['network'] },
  { layer: 'data', stack: 'x-data', dependsOn: ['network'] },
  { layer: 'gitops', stack: 'x-gitops', dependsOn: ['cluster', 'data'] },
];

describe('layers', () => {
  /** Runs the layers and tells in which order they began and ended. */
  async function order(before: (layer: LayerDescription) => readonly string[], failing?: string, stopAfter?: string): Promise<{ log: string[]; outcomes: LayerOutcome[] }> {
    const log: string[] = [];
    let stopped = false;
    const outcomes = await runInOrder(
      LAYERS,
      before,
      async ({ layer }) => {
        log.push(`${layer} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${layer} ends`);
        stopped ||= layer === stopAfter;
        return { layer, status: layer === failing ? 'failed' : 'done', errors: [], summary: { add: 0, change: 0, remove: 0 } };
      },
      () => stopped,
    );
    return { log, outcomes };
  }

  test('are applied in the order of dependence, those that do not depend on each other at the same time', async () => {
    const { log } = await order(dependencies);
    expect(log).toEqual(['network begins', 'network ends', 'cluster begins', 'data begins', 'cluster ends', 'data ends', 'gitops begins', 'gitops ends']);
  });

  test('are destroyed in the reverse order', async () => {
    const { log } = await order(dependents(LAYERS));
    expect(log.filter((line) => line.endsWith('begins'))).toEqual(['gitops begins', 'cluster begins', 'data begins', 'network begins']);
  });

  test('are skipped after a layer that they need has failed', async () => {
    const { outcomes } = await order(dependencies, 'cluster');
    expect(outcomes.map(({ layer, status }) => `${layer} ${status}`)).toEqual(['network done', 'cluster failed', 'data done', 'gitops skipped']);
  });

  test('are not begun after an interrupt', async () => {
    const { outcomes } = await order(dependencies, undefined, 'network');
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'skipped', 'skipped', 'skipped']);
  });
});

describe('provider mirrors', () => {
  const mirror = path.join(folder, 'mirror');
  fs.mkdirSync(path.join(mirror, 'registry.terraform.io', 'hashicorp', 'aws', '5.100.0'), { recursive: true });
  fs.mkdirSync(path.join(mirror, 'registry.terraform.io', 'hashicorp', 'helm'), { recursive: true });

  test('a named folder comes first, each provider is taken from the first mirror that holds it', () => {
    expect(findMirrors({ HOME: folder, ML_PLATFORM_PROVIDER_MIRROR: mirror })[0]).toBe(mirror);
    expect(providersIn(mirror)).toEqual(['registry.terraform.io/hashicorp/aws', 'registry.terraform.io/hashicorp/helm']);
    const config = cliConfigFor([mirror, mirror]);
    expect(config.match(/filesystem_mirror/g)).toHaveLength(1);
    expect(config).toContain('exclude = ["registry.terraform.io/hashicorp/aws","registry.terraform.io/hashicorp/helm"]');
  });

  test('a mirror in a usual place below the home folder is found', () => {
    fs.mkdirSync(path.join(folder, 'home', '.terraform.d', 'plugins', 'registry.terraform.io'), { recursive: true });
    expect(findMirrors({ HOME: path.join(folder, 'home') })).toContain(path.join(folder, 'home', '.terraform.d', 'plugins'));
  });

  test("the user's own configuration wins, one that does not exist is replaced", () => {
    const own = write('own.rc', '');
    expect(mirrorEnvironment(folder, { HOME: folder, TF_CLI_CONFIG_FILE: own })).toEqual({ TF_CLI_CONFIG_FILE: own });
    const made = mirrorEnvironment(path.join(folder, 'made'), { HOME: folder, TF_CLI_CONFIG_FILE: path.join(folder, 'none.rc') });
    expect(fs.readFileSync(String(made.TF_CLI_CONFIG_FILE), 'utf8')).toContain('provider_installation {');
  });
});

describe('Terraform', () => {
  const fake = (version: string): string => {
    const file = write(`terraform-${version}`, `#!/bin/sh\necho '{"terraform_version":"${version}"}'\n`);
    fs.chmodSync(file, 0o755);
    return file;
  };

  test.each([
    ['is not there', path.join(folder, 'no-such-program'), 'TerraformMissing'],
    ['is too old for the lock file', fake('1.9.8'), 'TerraformTooOld'],
  ])('fails when it %s', async (_, binary, code) => {
    expect(await codeOf(() => Terraform.find({ workFolder: folder, binary }))).toBe(code);
  });

  test('is accepted from 1.10 on', () => {
    expect(Terraform.find({ workFolder: folder, binary: fake('1.10.0') }).version).toBe('1.10.0');
  });
});

describe('a workspace', () => {
  const description: PlatformDescription = {
    environment: 'x', tier: 'sandbox', account: '123456789012', region: 'eu-central-1', emulated: true, layers: LAYERS,
    cluster: { name: 'mlp-x', version: '1.35' }, gitops: { tree: 'gitops/x', resourceExclusions: [] },
  };
  write('project/cdktf.out/platforms/x/platform.json', JSON.stringify(description));
  write('project/cdktf.out/platforms/real/platform.json', JSON.stringify({ ...description, environment: 'real', emulated: false }));
  const workspace = (environment: string): Workspace => new Workspace(path.join(folder, 'project'), path.join(folder, 'project', 'cdktf.out'), environment);
  const state = (stack: string, text: string): string => write(`project/.ml-platform/state/${stack}.tfstate`, text);

  test('counts what a state holds', () => {
    state('x-data', JSON.stringify({ resources: [{ mode: 'managed', type: 'aws_s3_bucket', instances: [{ attributes: { bucket: 'a' } }, { attributes: { bucket: 'b' } }] }, { mode: 'data', type: 'aws_vpc', instances: [{ attributes: {} }] }] }));
    expect(workspace('x').stateResources('x-data')).toEqual([{ type: 'aws_s3_bucket', count: 2 }]);
    expect(workspace('x').stateValues('x-data', 'aws_s3_bucket', 'bucket')).toEqual(['a', 'b']);
    expect(workspace('x').stateResources('x-none')).toEqual([]);
  });

  test.each(['{ broken', '{"version":4}'])('fails for the state %s', async (text) => {
    state('x-bad', text);
    expect(await codeOf(() => workspace('x').stateResources('x-bad'))).toBe('StateBroken');
  });

  test('forgets the states of its stacks and of no other', () => {
    for (const name of ['x-data', 'x-data-other']) state(name, '{"resources":[]}');
    write('project/.ml-platform/state/x-data.tfstate.backup', '');
    workspace('x').forgetStates(['x-data']);
    expect(fs.readdirSync(path.join(folder, 'project', '.ml-platform', 'state')).filter((file) => file.startsWith('x-data'))).toEqual(['x-data-other.tfstate']);
  });

  test('remembers which world the states describe', () => {
    expect(workspace('x').world).toBeUndefined();
    workspace('x').rememberWorld('one');
    expect(workspace('x').world).toBe('one');
  });

  test('fails for an environment that the program does not have, naming those it has', async () => {
    expect(() => workspace('nowhere').description()).toThrow('[EnvironmentUnknown] the program has no environment "nowhere"; allowed: real, x; name one with --environment');
  });

  test('fails for an environment that stands in AWS', () => {
    expect(() => new Twin(workspace('real'))).toThrow(/\[EnvironmentNotEmulated\].*npx cdktf deploy 'real-\*'/);
  });

  test('is worked on by one command at a time', async () => {
    const twin = new Twin(workspace('x'), new ConsoleProgress(() => undefined));
    expect(await twin.exclusively(async () => fs.existsSync(path.join(twin.workspace.twin, 'lock')))).toBe(true);
    expect(fs.existsSync(path.join(twin.workspace.twin, 'lock'))).toBe(false);
    fs.writeFileSync(path.join(twin.workspace.twin, 'lock'), '1');
    expect(await twin.exclusively(async () => 'a lock of a process that is none of ours does not count')).toContain('does not count');
  });
});

describe('a project', () => {
  test('fails without cdktf.json, with one that is not JSON, and with one that names no program', async () => {
    write('none/x', '');
    expect(await codeOf(() => readProject(path.join(folder, 'none')))).toBe('ProjectNotFound');
    write('broken/cdktf.json', '{');
    expect(await codeOf(() => readProject(path.join(folder, 'broken')))).toBe('ProjectBroken');
    write('empty/cdktf.json', '{}');
    expect(await codeOf(() => readProject(path.join(folder, 'empty')))).toBe('ProjectBroken');
  });

  test('says what a failing program said, without its stack', () => {
    write('fails/cdktf.json', JSON.stringify({ app: `node -e "process.stderr.write('PlatformError: [NameTooLong] x\\n    at file.ts:1\\n'); process.exit(3)"` }));
    expect(() => synth(readProject(path.join(folder, 'fails')))).toThrow(/^\[SynthFailed\] .* ended with 3:\n\[NameTooLong\] x$/);
  });
});

test('lines of one key that follow quickly are thinned out, notes are not', () => {
  const lines: string[] = [];
  const progress = new ConsoleProgress((line) => lines.push(line.trim()));
  progress.step('data', '1 of 2');
  progress.step('data', '2 of 2');
  progress.step('cluster', '1 of 9');
  progress.note('done');
  expect(lines.map((line) => line.replace(/^\d+ s {2}/, ''))).toEqual(['data     1 of 2', 'cluster  1 of 9', 'done']);
});

test('a stopwatch says where the time went, also of what failed', async () => {
  const watch = new Stopwatch();
  await watch.time('engines', async () => undefined);
  await expect(watch.time('network', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(watch.toString()).toBe('engines 0 s, network 0 s');
});

test('columns of a table are as wide as their widest cell', () => {
  expect(table(['a', 'name'], [['1', 'x'], ['22', 'yy']])).toBe('a   name\n--  ----\n1   x\n22  yy\n');
});
