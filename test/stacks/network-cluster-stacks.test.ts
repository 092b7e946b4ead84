import { InstanceType } from '../../src/catalog';
import { PlatformError, StateBackend, Tier } from '../../src/core';
import type { EnvironmentProps } from '../../src/core';
import type { SynthResult } from '../../src/testing';
import { synthAll } from '../../src/testing';
import type { ClusterLayerOptions } from '../../stacks/cluster-stack';
import { ClusterStack } from '../../stacks/cluster-stack';
import type { NetworkLayerOptions } from '../../stacks/network-stack';
import { NetworkStack } from '../../stacks/network-stack';
import { anEnvironment } from '../support/fixtures';

const EXISTING = {
  vpcId: 'vpc-1', vpcCidr: '10.0.0.0/16', zones: ['eu-central-1a', 'eu-central-1b'],
  privateSubnetIds: ['subnet-a', 'subnet-b'], privateSubnetCidrs: ['10.0.0.0/20', '10.0.16.0/20'],
};

function synth(network: NetworkLayerOptions = {}, cluster: ClusterLayerOptions = {}, overrides: Partial<EnvironmentProps> = {}): SynthResult {
  return synthAll((app) => {
    const environment = anEnvironment(overrides);
    new ClusterStack(app, { environment, networkLayer: new NetworkStack(app, { environment, ...network }), ...cluster });
  });
}

function codesOf(build: () => unknown): string[] {
  try {
    build();
  } catch (error) {
    return PlatformError.isPlatformError(error) ? error.problems.map((problem) => problem.code) : [String(error)];
  }
  return [];
}

describe('network and cluster layers', () => {
  const result = synth();

  test('share ids through declared outputs only', () => {
    const { output } = result.stack('dev-network').json as { output: object };
    expect(Object.keys(output).sort()).toEqual(['private_subnet_ids', 'public_subnet_ids', 'vpc_id']);
    expect(result.stack('dev-cluster').dependencies).toEqual(['dev-network']);
    expect(result.stack('dev-cluster').resource('aws_eks_cluster').config.vpc_config).toMatchObject({
      subnet_ids: [0, 1, 2].map((index) => `\${element(data.terraform_remote_state.network.outputs.private_subnet_ids, ${index})}`),
    });
    expect(Object.keys((result.stack('dev-cluster').json as { output: object }).output).sort()).toEqual(['cluster_endpoint', 'cluster_name', 'cluster_security_group_id']);
  });

  test('give one GPU group from zero, beside the system nodes', () => {
    const groups = result.stack('dev-cluster').resources('aws_eks_node_group');
    expect(groups.map((group) => [group.config.node_group_name_prefix, (group.config.scaling_config as { min_size: number }).min_size])).toEqual([['gpu-', 0], ['system-', 3]]);
  });

  test('read the state from S3 where the environment keeps it there', () => {
    const s3 = synth({}, {}, { stateBackend: StateBackend.s3({ bucket: 'states' }) }).stack('dev-cluster');
    expect(s3.dataSources('terraform_remote_state')[0]?.config).toMatchObject({ backend: 's3' });
  });

  test('warn of nothing in a production tier', () => {
    expect(synth({}, {}, { tier: Tier.PRODUCTION }).annotations).toEqual([]);
  });
});

test('other layers know the literal ranges of the network', () => {
  synthAll((app) => {
    const environment = anEnvironment();
    const networkLayer = new NetworkStack(app, { environment, cidr: '10.8.0.0/16' });
    const consumer = new ClusterStack(app, { environment, networkLayer });
    expect(networkLayer.networkFor(consumer)).toMatchObject({ vpcCidr: '10.8.0.0/16', privateSubnetCidrs: ['10.8.0.0/19', '10.8.32.0/19', '10.8.64.0/19'], zones: environment.zones });
  });
});

test('node groups can be chosen', () => {
  const groups = synth({}, { nodeGroups: { Batch: { instanceTypes: [InstanceType.C7I_LARGE] } }, gpuNodeGroups: {} }).stack('dev-cluster').resources('aws_eks_node_group');
  expect(groups.map((group) => group.config.node_group_name_prefix)).toEqual(['batch-', 'system-']);
});

describe('what exists', () => {
  test('a network is used by literal ids, without reading a state', () => {
    const result = synth({ existing: EXISTING });
    expect(result.stack('dev-network').resources()).toEqual([]);
    expect(result.stack('dev-cluster').dataSources()).toEqual([]);
    expect(result.stack('dev-cluster').resource('aws_eks_cluster').config.vpc_config).toMatchObject({ subnet_ids: ['subnet-a', 'subnet-b'] });
  });

  test('a cluster gets nodes and nothing else', () => {
    const layer = synth({}, { existingClusterName: 'company' }).stack('dev-cluster');
    expect(layer.resources('aws_eks_cluster')).toEqual([]);
    expect(layer.resources('aws_eks_addon')).toEqual([]);
    expect(layer.resource('aws_eks_node_group').config).toMatchObject({ cluster_name: 'company' });
    expect((layer.json as { output: { cluster_name: object } }).output.cluster_name).toMatchObject({ value: 'company' });
  });

  test('fails together with options that would mean nothing', () => {
    expect(codesOf(() => synth({ existing: EXISTING, cidr: '10.0.0.0/16' }))).toEqual(['NetworkOptionsConflict']);
    expect(codesOf(() => synth({}, { existingClusterName: 'company', publicAccessCidrs: ['203.0.113.0/24'] }))).toEqual(['ClusterOptionsConflict']);
  });
});

test('the same program gives the same bytes', () => {
  const text = (): string => JSON.stringify(synth().stacks.map((stack) => stack.json));
  expect(text()).toBe(text());
});
