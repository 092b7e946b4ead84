/**
 * The front before a real moto, over HTTP.
 * @needs moto
 * @about 60 s
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { emulatorInventory, findEmulator, startEmulator, stopEmulator } from '../../../src/local/aws/emulator';
import type { EmulatorHandle } from '../../../src/local/aws/emulator';
import { isAlive, waitUntilGone } from '../../../src/local/aws/processes';

jest.setTimeout(120_000);

const ACCOUNT = '210987654321';
const EKS_POLICY = 'arn:aws:eks::aws:cluster-access-policy';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/platform/admin`;

let emulator: EmulatorHandle;
const folders: string[] = [];

function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'emulator-')));
  return folders.at(-1)!;
}

interface Answer { readonly status: number; readonly error: string | null; readonly body: any }

async function send(service: string, method: string, path: string, body?: object | string, headers: Record<string, string> = {}, at = emulator): Promise<Answer> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const content = typeof body === 'object' ? JSON.stringify(body) : body;
  const response = await fetch(`${at.url}${path}`, { method, body: content, headers: { authorization, ...headers } });
  const text = await response.text();
  return { status: response.status, error: response.headers.get('x-amzn-errortype'), body: text.startsWith('{') ? JSON.parse(text) : text };
}

const eks = (method: string, path: string, body?: object, at = emulator): Promise<Answer> => send('eks', method, path, body, {}, at);

async function ec2(action: string, parameters: Record<string, string>, wanted: string, at = emulator): Promise<string> {
  const form = new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }).toString();
  const { body } = await send('ec2', 'POST', '/', form, { 'content-type': 'application/x-www-form-urlencoded' }, at);
  return new RegExp(`<${wanted}>([^<]+)<`).exec(body)?.[1] ?? '';
}

async function makeSubnets(at = emulator): Promise<{ vpc: string; subnets: string[] }> {
  const vpc = await ec2('CreateVpc', { CidrBlock: '10.9.0.0/16' }, 'vpcId', at);
  const zones = ['us-east-1b', 'us-east-1a'];
  return { vpc, subnets: await Promise.all(zones.map((zone, index) => ec2('CreateSubnet', { VpcId: vpc, CidrBlock: `10.9.${index}.0/24`, AvailabilityZone: zone }, 'subnetId', at))) };
}

function clusterInput(name: string, subnetIds: string[]): object {
  return {
    name, version: '1.35', roleArn: ROLE, bootstrapSelfManagedAddons: false,
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    resourcesVpcConfig: { subnetIds, endpointPublicAccess: false, endpointPrivateAccess: true },
    encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: 'arn:aws:kms:us-east-1:1:key/k' } }],
    upgradePolicy: { supportType: 'STANDARD' }, zonalShiftConfig: { enabled: true }, tags: { a: '1' },
  };
}

const nodegroupInput = (name: string, subnets: string[], desiredSize = 0): object => ({
  nodegroupName: name, nodeRole: `arn:aws:iam::${ACCOUNT}:role/node`, subnets, scalingConfig: { minSize: 0, maxSize: 3, desiredSize },
  instanceTypes: ['g6.xlarge'], amiType: 'AL2023_x86_64_NVIDIA', labels: { pool: 'gpu' }, taints: [{ key: 'nvidia.com/gpu', effect: 'NO_SCHEDULE' }],
});

async function until(ask: () => Promise<string>, wanted: string): Promise<void> {
  for (let seen = ''; seen !== wanted; await new Promise((resolve) => setTimeout(resolve, 50))) seen = await ask();
}

beforeAll(async () => {
  emulator = await startEmulator({ directory: folder(), port: 0, accountId: ACCOUNT, settleSeconds: 1 });
});

afterAll(async () => {
  for (const directory of folders) {
    await stopEmulator(directory);
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('EKS', () => {
  let vpc: string;
  let subnets: string[];

  beforeAll(async () => {
    ({ vpc, subnets } = await makeSubnets());
    expect((await eks('POST', '/clusters', clusterInput('demo', subnets))).body.cluster.status).toBe('CREATING');
  });

  test('a cluster reads back as it was created, with a security group that exists', async () => {
    const { cluster } = (await eks('GET', '/clusters/demo')).body;
    const { bootstrapSelfManagedAddons: _, ...shown } = clusterInput('demo', subnets) as Record<string, unknown>;
    expect(cluster).toMatchObject({ ...shown, status: 'ACTIVE', arn: `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/demo` });
    expect(cluster).not.toHaveProperty('computeConfig');
    expect(cluster.resourcesVpcConfig.vpcId).toBe(vpc);
    expect(cluster.endpoint).toMatch(/^https:\/\/\S+$/);
    expect(Buffer.from(cluster.certificateAuthority.data, 'base64').toString()).toContain('BEGIN CERTIFICATE');
    const group = cluster.resourcesVpcConfig.clusterSecurityGroupId;
    expect(await ec2('DescribeSecurityGroups', { 'GroupId.1': group }, 'groupId')).toBe(group);
  });

  test.each([
    ['an unknown cluster', 404, 'ResourceNotFoundException', () => eks('GET', '/clusters/none')],
    ['a duplicate', 409, 'ResourceInUseException', () => eks('POST', '/clusters', clusterInput('demo', subnets))],
    ['one zone', 400, 'InvalidParameterException', () => eks('POST', '/clusters', clusterInput('one', subnets.slice(0, 1)))],
    ['an unknown subnet', 400, 'InvalidParameterException', () => eks('POST', '/clusters', clusterInput('one', ['subnet-0', 'subnet-1']))],
    ['an old version', 400, 'InvalidParameterException', () => eks('POST', '/clusters', { ...clusterInput('old', subnets), version: '1.19' })],
    ['two versions up', 400, 'InvalidParameterException', () => eks('POST', '/clusters/demo/updates', { version: '1.37' })],
    ['more desired than maximal nodes', 400, 'InvalidParameterException', () => eks('POST', '/clusters/demo/node-groups', nodegroupInput('big', subnets, 9))],
    ['a reserved group', 400, 'InvalidParameterException', () => eks('POST', '/clusters/demo/access-entries', { principalArn: ROLE, kubernetesGroups: ['system:masters'] })],
    ['a policy without entry', 404, 'ResourceNotFoundException', () => eks('POST', '/clusters/demo/access-entries/arn%3Ax/access-policies', { policyArn: `${EKS_POLICY}/AmazonEKSViewPolicy`, accessScope: { type: 'cluster' } })],
    ['configuration that is no map', 400, 'InvalidParameterException', () => eks('POST', '/clusters/demo/addons', { addonName: 'vpc-cni', configurationValues: '{' })],
    ['an unknown operation', 404, 'NotFoundException', () => eks('GET', '/nothing')],
  ])('refuses %s', async (_what, status, error, call) => {
    expect(await call()).toMatchObject({ status, error, body: { message: expect.stringMatching(/\w+/) } });
  });

  test('access entries and policies', async () => {
    const entry = `/clusters/demo/access-entries/${encodeURIComponent(ROLE)}`;
    expect((await eks('POST', '/clusters/demo/access-entries', { principalArn: ROLE, kubernetesGroups: ['viewers'] })).status).toBe(200);
    await eks('POST', `${entry}/access-policies`, { policyArn: `${EKS_POLICY}/AmazonEKSViewPolicy`, accessScope: { type: 'namespace', namespaces: ['a'] } });
    expect((await eks('GET', entry)).body.accessEntry).toMatchObject({ kubernetesGroups: ['viewers'], type: 'STANDARD', username: `arn:aws:sts::${ACCOUNT}:assumed-role/admin/{{SessionName}}` });
    expect((await eks('GET', `${entry}/access-policies`)).body.associatedAccessPolicies).toMatchObject([{ accessScope: { type: 'namespace', namespaces: ['a'] } }]);
    await eks('DELETE', `${entry}/access-policies/${encodeURIComponent(`${EKS_POLICY}/AmazonEKSViewPolicy`)}`);
    expect((await eks('GET', `${entry}/access-policies`)).body.associatedAccessPolicies).toEqual([]);
  });

  test('an add-on owns its pod identity associations', async () => {
    const created = await eks('POST', '/clusters/demo/addons', { addonName: 'vpc-cni', configurationValues: '{"env":{}}', podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: ROLE }] });
    const [arn] = created.body.addon.podIdentityAssociations;
    const id = arn.split('/').pop();
    const association = `/clusters/demo/pod-identity-associations/${id}`;
    expect((await eks('GET', association)).body.association).toMatchObject({ namespace: 'kube-system', serviceAccount: 'aws-node', ownerArn: created.body.addon.addonArn });
    expect(await eks('DELETE', association)).toMatchObject({ status: 400, error: 'InvalidRequestException' });
    const { update } = (await eks('POST', '/clusters/demo/addons/vpc-cni/update', { podIdentityAssociations: [], configurationValues: '{"env":{"A":"1"}}' })).body;
    expect((await eks('GET', `/clusters/demo/updates/${update.id}?addonName=vpc-cni`)).body.update).toMatchObject({ status: 'Successful', type: 'AddonUpdate' });
    expect((await eks('GET', association)).status).toBe(404);
    expect((await eks('GET', '/clusters/demo/addons/vpc-cni')).body.addon).toMatchObject({ status: 'ACTIVE', configurationValues: '{"env":{"A":"1"}}' });
  });

  test('an add-on with replicas waits for nodes, and fails where none come', async () => {
    await eks('POST', '/clusters/demo/addons', { addonName: 'coredns' });
    const status = async (): Promise<string> => (await eks('GET', '/clusters/demo/addons/coredns')).body.addon.status;
    expect(await status()).toBe('CREATING');
    await until(status, 'CREATE_FAILED');
    await eks('POST', '/clusters/demo/node-groups', nodegroupInput('system', subnets, 2));
    await until(status, 'ACTIVE');
  });

  test('a node group reads back, changes in place, and holds its cluster', async () => {
    await eks('POST', '/clusters/demo/node-groups', { ...nodegroupInput('gpu', subnets), nodeRepairConfig: { enabled: true }, updateConfig: { maxUnavailablePercentage: 33 } });
    const group = '/clusters/demo/node-groups/gpu';
    const { nodegroup } = (await eks('GET', group)).body;
    expect(nodegroup).toMatchObject({ ...nodegroupInput('gpu', subnets), status: 'ACTIVE', version: '1.35', updateConfig: { maxUnavailablePercentage: 33 }, nodeRepairConfig: { enabled: true } });
    expect(nodegroup).not.toHaveProperty('remoteAccess');
    await eks('POST', `${group}/update-config`, {
      scalingConfig: { desiredSize: 1 }, labels: { addOrUpdateLabels: { b: '2' }, removeLabels: ['pool'] },
      taints: { removeTaints: [{ key: 'nvidia.com/gpu', effect: 'NO_SCHEDULE' }], addOrUpdateTaints: [{ key: 'x', effect: 'NO_EXECUTE' }] },
    });
    expect((await eks('GET', group)).body.nodegroup).toMatchObject({ scalingConfig: { minSize: 0, maxSize: 3, desiredSize: 1 }, labels: { b: '2' }, taints: [{ key: 'x', effect: 'NO_EXECUTE' }] });
    const nodes = encodeURIComponent(`arn:aws:iam::${ACCOUNT}:role/node`);
    expect((await eks('GET', `/clusters/demo/access-entries/${nodes}`)).body.accessEntry.type).toBe('EC2_LINUX');
    expect(await eks('DELETE', '/clusters/demo')).toMatchObject({ status: 409, error: 'ResourceInUseException' });
  });

  test('a node group follows its launch template, whose tags are the current ones', async () => {
    const create = { LaunchTemplateName: 't', 'LaunchTemplateData.EbsOptimized': 'true', 'TagSpecification.1.ResourceType': 'launch-template', 'TagSpecification.1.Tag.1.Key': 'step', 'TagSpecification.1.Tag.1.Value': 'one' };
    const id = await ec2('CreateLaunchTemplate', create, 'launchTemplateId');
    await ec2('CreateLaunchTemplateVersion', { LaunchTemplateId: id, 'LaunchTemplateData.EbsOptimized': 'false' }, 'versionNumber');
    await ec2('CreateTags', { 'ResourceId.1': id, 'Tag.1.Key': 'step', 'Tag.1.Value': 'two' }, 'return');
    expect(await ec2('DescribeLaunchTemplates', { 'LaunchTemplateId.1': id }, 'value')).toBe('two');
    expect(await eks('POST', '/clusters/demo/node-groups', { ...nodegroupInput('lt', subnets), launchTemplate: { id, version: '9' } })).toMatchObject({ error: 'InvalidRequestException' });
    await eks('POST', '/clusters/demo/node-groups', { ...nodegroupInput('lt', subnets), version: '1.34', launchTemplate: { id, version: '1' } });
    const group = '/clusters/demo/node-groups/lt';
    expect((await eks('GET', group)).body.nodegroup).toMatchObject({ version: '1.34', launchTemplate: { id, name: 't', version: '1' } });
    await eks('POST', `${group}/update-version`, { version: '1.35', launchTemplate: { id, version: '2' } });
    expect((await eks('GET', group)).body.nodegroup).toMatchObject({ version: '1.35', launchTemplate: { id, name: 't', version: '2' } });
    await eks('DELETE', group);
    await ec2('DeleteLaunchTemplate', { LaunchTemplateId: id }, 'launchTemplateId');
  });

  test('tags by ARN, versions from the catalog', async () => {
    const arn = (await eks('GET', '/clusters/demo/node-groups/gpu')).body.nodegroup.nodegroupArn;
    const path = `/tags/${encodeURIComponent(arn)}`;
    await eks('POST', path, { tags: { x: '1', y: '2' } });
    await eks('DELETE', `${path}?tagKeys=x`);
    expect((await eks('GET', path)).body.tags).toEqual({ y: '2' });
    const { clusterVersions } = (await eks('GET', '/cluster-versions?defaultOnly=true')).body;
    expect(clusterVersions).toMatchObject([{ clusterVersion: '1.35', defaultVersion: true }]);
    const { addons } = (await eks('GET', '/addons/supported-versions?addonName=coredns&kubernetesVersion=1.35')).body;
    expect(addons[0].addonVersions[0].compatibilities[0]).toMatchObject({ clusterVersion: '1.35', defaultVersion: true });
  });

  test('the inventory shows what is left until it is gone', async () => {
    const before = await emulatorInventory(emulator);
    expect(before.resources).toMatchObject({ clusters: ['demo'], nodegroups: ['demo/gpu', 'demo/system'], addons: ['demo/coredns', 'demo/vpc-cni'], vpcs: [vpc] });
    for (const path of ['/node-groups/gpu', '/node-groups/system', '/addons/coredns', '/addons/vpc-cni', '']) expect((await eks('DELETE', `/clusters/demo${path}`)).status).toBe(200);
    expect((await eks('GET', '/clusters/demo')).status).toBe(404);
    for (const id of subnets) await ec2('DeleteSubnet', { SubnetId: id }, 'return');
    await ec2('DeleteVpc', { VpcId: vpc }, 'return');
    expect(await emulatorInventory(emulator)).toMatchObject({ total: 0 });
  });
});

describe('everything else', () => {
  test("is moto's answer, of the account that was asked for", async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send('sts', 'POST', '/', 'Action=GetCallerIdentity&Version=2011-06-15', form)).body).toContain(`<Account>${ACCOUNT}</Account>`);
    expect((await send('iam', 'POST', '/', 'Action=GetPolicy&Version=2010-05-08&PolicyArn=arn:aws:iam::aws:policy/AmazonEKSClusterPolicy', form)).status).toBe(200);
    expect((await send('s3', 'PUT', '/some-bucket')).status).toBe(200);
    expect((await send('s3', 'PUT', '/some-bucket/a%20b%2Fc?x=1', 'hello')).status).toBe(200);
    expect((await send('s3', 'GET', '/some-bucket/a%20b%2Fc')).body).toBe('hello');
    const queue = await send('sqs', 'POST', '/', { QueueName: 'q' }, { 'x-amz-target': 'AmazonSQS.CreateQueue', 'content-type': 'application/x-amz-json-1.0' });
    expect(queue.body.QueueUrl).toBe(`${emulator.url}/${ACCOUNT}/q`);
  });
});

describe('the engine behind clusters', () => {
  test('gets clusters and node groups in order, its failure is theirs, and nothing is left when the front stops', async () => {
    const directory = folder();
    const file = join(directory, 'calls');
    const at = await startEmulator({ directory, port: 0, kubernetes: { file }, backendModule: join(__dirname, 'recording-backend.ts') });
    const { subnets } = await makeSubnets(at);
    const statusOf = async (path: string, kind: string): Promise<string> => (await eks('GET', path, undefined, at)).body[kind].status;

    for (const name of ['demo', 'broken']) await eks('POST', '/clusters', { ...clusterInput(name, subnets), bootstrapSelfManagedAddons: true }, at);
    expect(await statusOf('/clusters/demo', 'cluster')).toBe('CREATING');
    await until(() => statusOf('/clusters/demo', 'cluster'), 'ACTIVE');
    await until(() => statusOf('/clusters/broken', 'cluster'), 'FAILED');
    expect((await eks('GET', '/clusters/demo', undefined, at)).body.cluster).toMatchObject({ endpoint: 'https://127.0.0.1:6443', certificateAuthority: { data: 'Y2E=' } });
    expect((await eks('GET', '/clusters/broken', undefined, at)).body.cluster.health.issues[0].message).toBe('broken cannot start');

    for (const name of ['gpu', 'broken']) await eks('POST', '/clusters/demo/node-groups', nodegroupInput(name, subnets, 1), at);
    await until(() => statusOf('/clusters/demo/node-groups/gpu', 'nodegroup'), 'ACTIVE');
    await until(() => statusOf('/clusters/demo/node-groups/broken', 'nodegroup'), 'CREATE_FAILED');
    const { update } = (await eks('POST', '/clusters/demo/node-groups/gpu/update-config', { scalingConfig: { desiredSize: 2 } }, at)).body;
    expect(update.status).toBe('InProgress');
    await until(() => statusOf(`/clusters/demo/updates/${update.id}`, 'update'), 'Successful');
    await eks('DELETE', '/clusters/demo/node-groups/gpu', undefined, at);
    await stopEmulator(directory);

    const calls = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as [string, any]);
    expect(calls.map(([method, argument]) => `${method} ${argument.name}`).filter((call) => !call.includes('broken'))).toEqual([
      'createCluster demo', 'putNodegroup gpu', 'putNodegroup gpu', 'deleteNodegroup gpu', 'deleteCluster demo',
    ]);
    expect(calls.find(([method]) => method === 'putNodegroup')![1]).toEqual({
      cluster: 'demo', name: 'gpu', instanceTypes: ['g6.xlarge'], desiredSize: 1, minSize: 0, maxSize: 3, labels: { pool: 'gpu' },
      taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }], amiType: 'AL2023_x86_64_NVIDIA', capacityType: 'ON_DEMAND', subnetZones: ['us-east-1b', 'us-east-1a'],
    });
  });
});

describe('the process', () => {
  test('is found again, is not started twice, and belongs to one account', async () => {
    expect(await findEmulator(emulator.directory)).toEqual(emulator);
    expect(await startEmulator({ directory: emulator.directory, port: 0, accountId: ACCOUNT })).toEqual(emulator);
    await expect(startEmulator({ directory: emulator.directory, port: 0 })).rejects.toThrow(/^\[EmulatorDiffers\]/);
  });

  test('refuses a busy port by name', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const directory = folder();
    await expect(startEmulator({ directory, port })).rejects.toThrow(new RegExp(`^\\[PortBusy\\] port ${port} .*choose another port`));
    expect(await findEmulator(directory)).toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
  });

  test('ends when moto ends', async () => {
    const at = await startEmulator({ directory: folder(), port: 0 });
    process.kill(at.motoPid, 'SIGKILL');
    expect(await waitUntilGone(at.pid, 10_000)).toBe(true);
    expect(await findEmulator(at.directory)).toBeUndefined();
  });

  test('killed, it takes moto along; started again it is another world; stopped, nothing runs', async () => {
    const { directory } = emulator;
    process.kill(emulator.pid, 'SIGKILL');
    expect(await waitUntilGone(emulator.motoPid, 10_000)).toBe(true);
    expect(await findEmulator(directory)).toBeUndefined();
    const again = await startEmulator({ directory, port: emulator.port, accountId: ACCOUNT });
    expect(again.instanceId).not.toBe(emulator.instanceId);
    expect(again.port).toBe(emulator.port);
    await stopEmulator(directory);
    expect([again.pid, again.motoPid].map(isAlive)).toEqual([false, false]);
    expect(await findEmulator(directory)).toBeUndefined();
    await stopEmulator(directory);
  });
});
