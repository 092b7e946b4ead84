/**
 * The AWS layers of dev and prod as they are, on emulators that only the standard AWS_ENDPOINT_URL points to.
 *
 * @needs terraform, moto
 * @about 8 min
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'cdktf';
import { Environment, Tier } from '../../src/core';
import { emulatorInventory, startEmulator, stopEmulator } from '../../src/local/aws/emulator';
import type { EmulatorHandle } from '../../src/local/aws/emulator';
import { Terraform } from '../../src/local/terraform/terraform';
import { referenceEnvironments, referencePlatform } from '../../src/reference';
import { MlPlatform } from '../../stacks/ml-platform';

jest.setTimeout(900_000);

/** One environment on an emulator of its own. */
interface Stage {
  readonly environment: Environment;
  readonly folder: string;
  readonly emulator: EmulatorHandle;
  readonly terraform: Terraform;
}

const stages: Stage[] = [];

afterAll(async () => {
  for (const { emulator, folder } of stages) {
    await stopEmulator(emulator.directory);
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

function synth(folder: string, environment: Environment): void {
  const app = new App({ outdir: path.join(folder, 'cdktf.out'), stackTraces: false });
  new MlPlatform(app, environment.name, referencePlatform(environment));
  app.synth();
}

/** The bucket of the states is there before the platform, as a company has it. */
async function makeStateBucket({ environment, emulator }: Stage): Promise<void> {
  const response = await fetch(`${emulator.url}/${environment.stateBackend.s3Location?.bucket}`, {
    method: 'PUT',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${environment.region}/s3/aws4_request, SignedHeaders=host, Signature=0` },
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${environment.region}</LocationConstraint></CreateBucketConfiguration>`,
  });
  expect(response.status).toBe(200);
}

async function prepare(name: string): Promise<Stage> {
  const environment = referenceEnvironments().find((candidate) => candidate.name === name) as Environment;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `ml-platform-${name}-`));
  const emulator = await startEmulator({ directory: path.join(folder, 'aws'), port: 0, accountId: environment.account });
  const terraform = Terraform.find({ workFolder: folder, env: { AWS_ENDPOINT_URL: emulator.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '2' } });
  const stage = { environment, folder, emulator, terraform };
  stages.push(stage);
  synth(folder, environment);
  await makeStateBucket(stage);
  return stage;
}

/** Does the work on network, then on cluster and data at the same time; or the other way round. */
async function onLayers(stage: Stage, reverse: boolean, work: (folder: string, layer: string) => Promise<void>): Promise<void> {
  const one = (layer: string): Promise<void> => work(path.join(stage.folder, 'cdktf.out', 'stacks', `${stage.environment.name}-${layer}`), layer);
  const steps = [['network'], ['cluster', 'data']];
  for (const step of reverse ? [...steps].reverse() : steps) await Promise.all(step.map(one));
}

function succeed(stage: Stage, command: 'init' | 'apply' | 'destroy'): (folder: string, layer: string) => Promise<void> {
  return async (folder, layer) => {
    const { status, errors } = await stage.terraform[command](folder);
    expect({ layer, command, status, errors }).toEqual({ layer, command, status: 0, errors: [] });
  };
}

async function planIsEmpty(stage: Stage): Promise<void> {
  await onLayers(stage, false, async (folder, layer) => {
    const changes: string[] = [];
    const { status, errors } = await stage.terraform.plan(folder, [], (event) => {
      if (event.type === 'planned_change') changes.push(event['@message']);
    });
    expect({ layer, status, errors, changes }).toEqual({ layer, status: 0, errors: [], changes: [] });
  });
}

test('dev and prod are applied unchanged, and their second plans are empty', async () => {
  await Promise.all(
    ['dev', 'prod'].map(async (name) => {
      const stage = await prepare(name);
      await onLayers(stage, false, succeed(stage, 'init'));
      await onLayers(stage, false, succeed(stage, 'apply'));
      await planIsEmpty(stage);
    }),
  );
});

test('the states are in the bucket, each with its lock released', () => {
  for (const { environment, emulator } of stages) {
    const listing = execFileSync('curl', ['-s', '-H', 'Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0', `${emulator.url}/${environment.stateBackend.s3Location?.bucket}?list-type=2`], { encoding: 'utf8' });
    expect([...listing.matchAll(/<Key>([^<]+)<\/Key>/g)].map((match) => match[1])).toEqual(['cluster', 'data', 'network'].map((layer) => `mlp/${environment.name}/${layer}.tfstate`));
  }
});

test('prod refuses to be destroyed', async () => {
  const prod = stages.find((stage) => stage.environment.name === 'prod') as Stage;
  const { status, errors } = await prod.terraform.destroy(path.join(prod.folder, 'cdktf.out', 'stacks', 'prod-data'));
  expect(status).toBe(1);
  expect(errors.join(' ')).toMatch(/prevent_destroy/);
});

test('dev is destroyed as it is, prod after its protection was taken away on purpose, and nothing is left', async () => {
  await Promise.all(
    stages.map(async (stage) => {
      const { environment } = stage;
      if (environment.tier.defaults.protectsState) {
        const unprotected = Tier.of(environment.tier.name, { ...environment.tier.defaults, protectsState: false });
        synth(stage.folder, new Environment({ ...environment, tier: unprotected }));
        await onLayers(stage, false, succeed(stage, 'apply'));
      }
      await onLayers(stage, true, succeed(stage, 'destroy'));
      const { resources } = await emulatorInventory(stage.emulator);
      const left = Object.entries(resources).filter(([, names]) => names.length > 0);
      expect(left).toEqual([['buckets', [environment.stateBackend.s3Location?.bucket]]]);
    }),
  );
});
