/**
 * The local environment from nothing to nothing, through the command line as a user types it.
 *
 * @needs terraform, moto, kubernetes
 * @about 9 min
 */
import * as fs from 'node:fs';
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

(found.kind === 'found' ? describe : describe.skip)('the local environment', () => {
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
        if (event.type === 'planned_change' || event.type === 'resource_drift') changes.push(event['@message']);
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

  test('a port that somebody else has, and a state that is none, are said in one sentence each', async () => {
    const state = path.join(sandbox.folder, '.ml-platform', 'state', 'local-data.tfstate');
    const good = fs.readFileSync(state);
    fs.writeFileSync(state, '{ broken');
    const { status, output } = await sandbox.run(['up']);
    fs.writeFileSync(state, good);
    expect({ status, lines: output.trim().split('\n').filter((line) => line.startsWith('[')) }).toEqual({ status: 1, lines: [expect.stringMatching(/^\[StateBroken\] .*local-data\.tfstate is not a Terraform state; restore it/)] });
  });

  test('down destroys everything, proves that nothing is left and ends every process', async () => {
    const { status, output } = await sandbox.run(['down']);
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(output).toContain('Nothing is left');
    expect(fs.existsSync(path.join(sandbox.folder, '.ml-platform', 'twin', 'local'))).toBe(false);
    expect(await processesOfPrograms(sandbox.folder)).toEqual([]);
  });
});
