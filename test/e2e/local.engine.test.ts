/**
 * The local environment from nothing to nothing, through the command line as a user types it.
 *
 * @needs terraform, moto, kubernetes
 * @about 10 min
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { findEmulator } from '../../src/local/aws/emulator';
import { processesOfPrograms } from '../../src/local/kubernetes/engine/processes';
import { Terraform } from '../../src/local/terraform/terraform';
import { isStateful } from '../../src/plan';
import { engineForTests } from '../support/kubernetes-engine';
import { Sandbox } from './sandbox';

jest.setTimeout(600_000);

const found = engineForTests('1.35');
const AWS_LAYERS = ['local-network', 'local-cluster', 'local-data'];
const sandbox = new Sandbox('test/e2e/program.ts');

afterAll(async () => {
  await sandbox.run(['down']);
  sandbox.remove();
});

async function terraform(): Promise<Terraform> {
  const emulator = await findEmulator(path.join(sandbox.folder, '.ml-platform', 'twin', 'local', 'aws'));
  return Terraform.find({ workFolder: sandbox.folder, env: { TF_VAR_aws_endpoint: emulator?.url ?? '' } });
}

function complaints(output: string): string[] {
  return output.split('\n').filter((line) => line.startsWith('['));
}

async function nothingRuns(): Promise<void> {
  expect(await processesOfPrograms(sandbox.folder)).toEqual([]);
  expect(await findEmulator(path.join(sandbox.folder, '.ml-platform', 'twin', 'local', 'aws'))).toBeUndefined();
}

(found.kind === 'found' ? describe : describe.skip)('the local environment', () => {
  test('a port that somebody else has is said so in one sentence', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { status, output } = await sandbox.run(['up', '--port', String(port)]);
    server.close();
    expect({ status, complaints: complaints(output) }).toEqual({ status: 1, complaints: [expect.stringContaining(`[PortBusy] port ${port} on 127.0.0.1`)] });
    await nothingRuns();
  });

  test.each([
    ['Terraform', { TERRAFORM_BINARY_NAME: '/nowhere/terraform' }, 'TerraformMissing'],
    ['Python', { TERRAFORM_BINARY_NAME: execFileSync('sh', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim(), PATH: '/nowhere', XDG_CACHE_HOME: path.join(sandbox.folder, 'cache') }, 'PythonMissing'],
  ])('without %s one sentence says what to install', async (_, env, code) => {
    const { status, output } = await sandbox.run(['up'], { env });
    expect({ status, complaints: complaints(output) }).toEqual({ status: 1, complaints: [expect.stringContaining(`[${code}]`)] });
    await nothingRuns();
  });

  test('Ctrl-C in the middle of an apply stops what was started and says so', async () => {
    let interrupted = false;
    const { status, output } = await sandbox.run(['up'], {
      onLine: (line, pid) => {
        if (interrupted || !/network +\d+ of \d+/.test(line)) return;
        interrupted = true;
        process.kill(pid, 'SIGINT');
      },
    });
    expect({ interrupted, status }).toEqual({ interrupted: true, status: 130 });
    expect(output).toContain('what this run started has been stopped');
    await nothingRuns();
  });

  test('an emulator that is killed in the middle of an apply is said so in a sentence, and nothing of Node.js is shown', async () => {
    let killed = false;
    const { status, output } = await sandbox.run(['up'], {
      onLine: (line) => {
        if (killed || !/cluster +\d+ of \d+/.test(line)) return;
        killed = true;
        process.kill(sandbox.twinFile<{ pid: number }>('aws', 'emulator.json').pid, 'SIGKILL');
      },
    });
    expect({ killed, status }).toEqual({ killed: true, status: 1 });
    expect(output).toMatch(/\[(LayerFailed|EmulatorEnded)\]/);
    expect(output).not.toMatch(/^\s+at .*\.ts:\d+/m);
  });

  test('up brings everything up after that: every pod of the tree runs on a declared node', async () => {
    const { status, output } = await sandbox.run(['up']);
    expect(output).toContain('beginning anew');
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(output).toMatch(/mlflow +mlflow +[12] +1 +0/);
    expect(output).toMatch(/system-\S+ +m7i\.xlarge +3 /);
    expect(output).toMatch(/gpu-\S+ +g6\.xlarge +1 +\S+ +\S+ +1 /);
  });

  test('the second plan of every layer is empty', async () => {
    const program = await terraform();
    for (const stack of AWS_LAYERS) {
      const changes: string[] = [];
      const { status, errors } = await program.plan(sandbox.stackFolder(stack), [], (event) => {
        if (event.type === 'planned_change') changes.push(event['@message']);
      });
      expect({ stack, status, errors, changes }).toEqual({ stack, status: 0, errors: [], changes: [] });
    }
  });

  test('a change is applied in place, and nothing stateful is replaced', async () => {
    const { status: synthesised } = await sandbox.run(['synth'], { env: { E2E_CHANGE: '1' } });
    expect(synthesised).toBe(0);
    const program = await terraform();
    const actions: { address: string; action: string }[] = [];
    for (const stack of AWS_LAYERS) {
      await program.plan(sandbox.stackFolder(stack), [], (event) => {
        const change = (event as unknown as { change?: { action: string; resource: { addr: string } } }).change;
        if (event.type === 'planned_change' && change) actions.push({ address: change.resource.addr, action: change.action });
      });
    }
    expect(actions.map(({ address }) => address.split('.')[0]).sort()).toEqual(['aws_eks_node_group', 'aws_rds_cluster']);
    expect(actions.filter(({ address, action }) => isStateful(address.split('.')[0] ?? '') && action !== 'update')).toEqual([]);
    const { status, output } = await sandbox.run(['up'], { env: { E2E_CHANGE: '1' } });
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(output).toContain('cluster: 0 created, 1 changed, 0 removed');
    expect(output).toContain('data: 0 created, 1 changed, 0 removed');
  });

  test('a broken state is said so in one sentence', async () => {
    const state = path.join(sandbox.folder, '.ml-platform', 'state', 'local-data.tfstate');
    const good = fs.readFileSync(state);
    fs.writeFileSync(state, '{ broken');
    const { status, output } = await sandbox.run(['up']);
    fs.writeFileSync(state, good);
    expect({ status, complaints: complaints(output) }).toEqual({ status: 1, complaints: [expect.stringMatching(/^\[StateBroken\] .*local-data\.tfstate is not a Terraform state; restore it/)] });
  });

  test('down destroys everything, proves that nothing is left and ends every process', async () => {
    const { status, output } = await sandbox.run(['down']);
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(output).toContain('Nothing is left');
    expect(fs.existsSync(path.join(sandbox.folder, '.ml-platform', 'twin', 'local'))).toBe(false);
    await nothingRuns();
  });
});
