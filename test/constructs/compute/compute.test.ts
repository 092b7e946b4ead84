import type { Construct } from 'constructs';
import { CapacityType, GpuNodeGroup, ManagedNodeGroup, Taint, TaintEffect } from '../../../constructs/compute';
import type { ManagedNodeGroupOptions } from '../../../constructs/compute';
import { AmiType, CpuArchitecture, EksVersion, InstanceType } from '../../../src/catalog';
import { Size } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';

const CLUSTER = { clusterName: 'mlp-dev', version: EksVersion.V1_35 };
const NETWORK = { zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'], privateSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] };
const build = (options: Partial<ManagedNodeGroupOptions> = {}, id = 'Batch') => (stack: Construct) =>
  new ManagedNodeGroup(stack, id, { cluster: CLUSTER, network: NETWORK, instanceTypes: [InstanceType.M7I_LARGE], ...options });
const buildGpu = (options: Partial<ManagedNodeGroupOptions> = {}) => (stack: Construct) =>
  new GpuNodeGroup(stack, 'Gpu', { cluster: CLUSTER, network: NETWORK, instanceTypes: [InstanceType.G6_XLARGE], ...options });

describe('a node group with defaults', () => {
  const layer = synthLayer(build({ minNodes: 1 }));
  const group = layer.resource('aws_eks_node_group').config;
  const template = layer.resource('aws_launch_template').config;

  test('follows the version of its cluster and takes the image of its instance types', () => {
    expect(group).toMatchObject({ cluster_name: 'mlp-dev', version: '1.35', ami_type: 'AL2023_x86_64_STANDARD', instance_types: ['m7i.large'], capacity_type: 'ON_DEMAND', subnet_ids: ['subnet-a', 'subnet-b', 'subnet-c'] });
  });

  test('leaves the number of nodes to the autoscaler after creation, and is replaced without a gap', () => {
    expect(group).toMatchObject({
      node_group_name_prefix: 'batch-',
      scaling_config: { min_size: 1, desired_size: 1, max_size: 4 },
      lifecycle: { create_before_destroy: true, ignore_changes: ['scaling_config[0].desired_size'] },
      node_repair_config: { enabled: true },
    });
  });

  test('starts nodes with an encrypted volume, out of reach of pods for credentials', () => {
    expect(template).toMatchObject({
      metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
      block_device_mappings: [{ device_name: '/dev/xvda', ebs: { encrypted: 'true', volume_type: 'gp3', volume_size: 50 } }],
      monitoring: { enabled: true },
    });
    expect(group.launch_template).toMatchObject({ version: expect.stringMatching(/latest_version\}$/) });
  });

  test('tags machines, volumes and interfaces as the environment, which default tags do not reach', () => {
    const specifications = template.tag_specifications as { resource_type: string; tags: { [key: string]: string } }[];
    expect(specifications.map((specification) => specification.resource_type)).toEqual(['instance', 'volume', 'network-interface']);
    expect(specifications.every(({ tags }) => tags['ml-platform:environment'] === 'dev' && tags.Name === 'mlp-dev-batch-nodes')).toBe(true);
  });

  test('lets nodes join, pull and be reached, but not change the pod network', () => {
    expect(layer.resources('aws_iam_role_policy_attachment').map((attachment) => attachment.config.policy_arn)).toEqual(
      ['AmazonEC2ContainerRegistryPullOnly', 'AmazonEKSWorkerNodePolicy', 'AmazonSSMManagedInstanceCore'].map((name) => `arn:aws:iam::aws:policy/${name}`),
    );
    expect(group.depends_on).toHaveLength(3);
  });

  test('carries the name of its pool and no taint', () => {
    expect(group.labels).toEqual({ 'ml-platform/pool': 'batch' });
    expect(group.taint ?? []).toEqual([]);
  });
});

test('everything can be set', () => {
  const layer = synthLayer((stack) => {
    const group = build({
      instanceTypes: [InstanceType.M7G_LARGE, InstanceType.C7G_LARGE],
      minNodes: 0, desiredNodes: 2, maxNodes: 9,
      capacityType: CapacityType.SPOT,
      zones: ['eu-central-1b'],
      labels: { 'example.com/team': 'vision', 'node.kubernetes.io/purpose': 'batch' },
      taints: [Taint.noSchedule('example.com/team', 'vision'), Taint.preferNoSchedule('slow'), Taint.noExecute('draining')],
      rootVolumeSize: Size.gibibytes(120),
      rootVolumeKey: { keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k', aliasName: 'alias/k' },
      metadataHopLimit: 2,
      amiType: AmiType.AL2023_ARM_64_STANDARD,
      dependsOn: [{ fqn: 'aws_eks_addon.vpc' }],
    }, 'SpotBatch')(stack);
    expect(group.poolName).toBe('spot-batch');
    build({ dependsOn: [group] }, 'After')(stack);
  });
  const group = layer.resource('aws_eks_node_group', 'SpotBatch');
  expect(layer.resource('aws_eks_node_group', 'After').config.depends_on).toContain(`aws_eks_node_group.${group.name}`);
  expect(group.config).toMatchObject({
    capacity_type: 'SPOT',
    subnet_ids: ['subnet-b'],
    scaling_config: { min_size: 0, desired_size: 2, max_size: 9 },
    labels: { 'example.com/team': 'vision', 'node.kubernetes.io/purpose': 'batch', 'ml-platform/pool': 'spot-batch' },
    taint: [{ key: 'example.com/team', value: 'vision', effect: 'NO_SCHEDULE' }, { key: 'slow', effect: 'PREFER_NO_SCHEDULE' }, { key: 'draining', effect: 'NO_EXECUTE' }],
  });
  expect(group.config.depends_on).toContain('aws_eks_addon.vpc');
  expect(layer.resource('aws_launch_template', 'SpotBatch').config).toMatchObject({
    metadata_options: { http_put_response_hop_limit: 2 },
    block_device_mappings: [{ ebs: { volume_size: 120, kms_key_id: 'arn:aws:kms:eu-central-1:111122223333:key/k' } }],
  });
});

describe('a GPU group', () => {
  test('starts from zero, keeps other pods off and is found by device plugins', () => {
    const layer = synthLayer(buildGpu());
    expect(layer.resource('aws_eks_node_group').config).toMatchObject({
      ami_type: 'AL2023_x86_64_NVIDIA',
      scaling_config: { min_size: 0, desired_size: 0, max_size: 4 },
      taint: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
      labels: { 'nvidia.com/gpu.present': 'true', 'ml-platform/pool': 'gpu' },
    });
    expect(layer.resource('aws_launch_template').config).toMatchObject({ block_device_mappings: [{ ebs: { volume_size: 200, encrypted: 'true' } }], metadata_options: { http_put_response_hop_limit: 1 } });
  });

  test('says how pods find it and every other group with such devices', () => {
    synthLayer((stack) => {
      const group = buildGpu({ labels: { team: 'a' } })(stack);
      expect(group.deviceLabels).toEqual({ 'nvidia.com/gpu.present': 'true' });
      expect(group.deviceTaints.map(String)).toEqual(['nvidia.com/gpu=present:NoSchedule']);
    });
  });

  test('of Neuron devices has their taint and image', () => {
    expect(synthLayer(buildGpu({ instanceTypes: [InstanceType.INF2_XLARGE] })).resource('aws_eks_node_group').config).toMatchObject({
      ami_type: 'AL2023_x86_64_NEURON',
      taint: [{ key: 'aws.amazon.com/neuron', value: 'present' }],
    });
  });

  test('keeps its taint and label beside those given', () => {
    const group = synthLayer(buildGpu({ taints: [Taint.noSchedule('team', 'a')], labels: { team: 'a' }, rootVolumeSize: Size.gibibytes(500) })).resource('aws_eks_node_group').config;
    expect(group.taint).toHaveLength(2);
    expect(group.labels).toMatchObject({ 'nvidia.com/gpu.present': 'true', team: 'a' });
  });

  test.each([
    ['a type without accelerator', [InstanceType.G6_XLARGE, InstanceType.M7I_LARGE], ['GpuGroupWithoutAccelerator']],
    ['accelerators of different makers', [InstanceType.G6_XLARGE, InstanceType.INF2_XLARGE], ['AcceleratorMixed']],
    ['no type at all', [], ['InstanceTypesEmpty']],
  ])('fails for %s', (_, instanceTypes, codes) => {
    expect(errorCodes(buildGpu({ instanceTypes }))).toEqual(codes);
  });
});

describe('fails', () => {
  test.each<[string, Partial<ManagedNodeGroupOptions>, string[]]>([
    ['for min over max', { minNodes: 5, maxNodes: 2 }, ['NodeGroupSizeInverted']],
    ['for desired under min', { minNodes: 2, desiredNodes: 1 }, ['DesiredOutOfRange']],
    ['for desired over max', { desiredNodes: 5, maxNodes: 4 }, ['DesiredOutOfRange']],
    ['for half a node', { minNodes: 1.5 }, ['NodeCountInvalid', 'NodeCountInvalid']],
    ['for no nodes at most', { maxNodes: 0 }, ['NodeCountInvalid']],
    ['for two architectures', { instanceTypes: [InstanceType.M7I_LARGE, InstanceType.M7G_LARGE] }, ['ArchitectureMixed']],
    ['for two images', { instanceTypes: [InstanceType.M7I_LARGE, InstanceType.G6_XLARGE] }, ['ImageMixed']],
    ['for a root volume under the image', { rootVolumeSize: Size.gibibytes(19) }, ['RootVolumeTooSmall']],
    ['for a root volume over gp3', { rootVolumeSize: Size.tebibytes(17) }, ['RootVolumeTooLarge']],
    ['for a hop limit of 0', { metadataHopLimit: 0 }, ['HopLimitOutOfRange']],
    ['for a zone without subnet', { zones: ['eu-central-1a', 'eu-west-1a'] }, ['ZoneNotInNetwork']],
    ['for no zone', { zones: [] }, ['ZoneNotInNetwork']],
    ['for a label with a bad value', { labels: { team: 'a b' } }, ['LabelInvalid']],
    ['for a label with two slashes', { labels: { 'a/b/c': 'x' } }, ['LabelInvalid']],
    ['for a label of Kubernetes', { labels: { 'kubernetes.io/role': 'x' } }, ['LabelReserved']],
    ['for a label of EKS', { labels: { 'eks.amazonaws.com/x': 'y' } }, ['LabelReserved']],
    ['for a taint without key', { taints: [Taint.noSchedule('')] }, ['TaintInvalid']],
    ['for the same taint twice', { taints: [Taint.noSchedule('a', 'x'), Taint.noSchedule('a', 'y')] }, ['TaintDuplicate']],
    ['for all of it together', { instanceTypes: [], minNodes: 3, maxNodes: 1, taints: [Taint.noExecute('-')] }, ['InstanceTypesEmpty', 'NodeGroupSizeInverted', 'TaintInvalid']],
  ])('%s', (_, options, codes) => {
    expect(errorCodes(build(options))).toEqual(codes);
  });

  test('for an id that gives no good name', () => {
    expect(errorCodes(build({}, '-x'))).toEqual(['NameInvalid']);
    expect(errorCodes(build({}, 'A'.repeat(37)))).toEqual(['NameTooLong']);
  });

  test('and says what was given and what to do', () => {
    expect(() => synthLayer(build({ minNodes: 5, maxNodes: 2 }))).toThrow('[NodeGroupSizeInverted] minNodes must not exceed maxNodes, got minNodes 5 and maxNodes 2; raise maxNodes or lower minNodes (at dev-test/Batch)');
  });
});

test('a taint is written as kubectl writes it', () => {
  expect(`${Taint.noSchedule('nvidia.com/gpu', 'present')} ${Taint.noExecute('a')}`).toBe('nvidia.com/gpu=present:NoSchedule a:NoExecute');
  expect(Taint.preferNoSchedule('a')).toMatchObject({ effect: TaintEffect.PREFER_NO_SCHEDULE, kubernetesEffect: 'PreferNoSchedule' });
});

test('a type of tomorrow works by its hardware', () => {
  const instanceTypes = [InstanceType.of('m9g.large', { vcpu: 2, memoryMiB: 8192, architecture: CpuArchitecture.ARM64 })];
  expect(synthLayer(build({ instanceTypes })).resource('aws_eks_node_group').config.ami_type).toBe('AL2023_ARM_64_STANDARD');
});

test('the default child is the node group', () => {
  synthLayer((stack) => expect(build()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_eks_node_group' }));
});
