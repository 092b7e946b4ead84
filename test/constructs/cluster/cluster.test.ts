import type { Construct } from 'constructs';
import { AccessPolicy, Cluster, ControlPlaneLog, UpgradePolicy } from '../../../constructs/cluster';
import type { ClusterAccessOptions, ClusterProps, ICluster } from '../../../constructs/cluster';
import type { INetwork } from '../../../constructs/network';
import { EksAddon, EksVersion, InstanceType } from '../../../src/catalog';
import { Duration, Tier } from '../../../src/core';
import { synthAll } from '../../../src/testing';
import { AwsLayerStack } from '../../../stacks/aws-layer-stack';
import { anEnvironment, errorCodes, synthLayer } from '../../support/fixtures';

const NETWORK: INetwork = {
  vpcId: 'vpc-1', vpcCidr: '10.0.0.0/16', zones: ['eu-central-1a', 'eu-central-1b'],
  privateSubnetIds: ['subnet-a', 'subnet-b'], publicSubnetIds: [], privateSubnetCidrs: ['10.0.0.0/19', '10.0.32.0/19'],
};
const build = (props: Partial<ClusterProps> = {}) => (stack: Construct) => new Cluster(stack, 'Cluster', { network: NETWORK, ...props });
const ADMIN = 'arn:aws:iam::111122223333:role/platform-admin';

describe('a cluster with defaults', () => {
  const layer = synthLayer(build());
  const cluster = layer.resource('aws_eks_cluster').config;
  const addressOf = (type: string, path: string): string => `${type}.${layer.resource(type, path).name}`;

  test('is private, keeps all logs, encrypts secrets and gives its creator nothing', () => {
    expect(cluster).toMatchObject({
      name: 'mlp-dev',
      version: EksVersion.DEFAULT.version,
      access_config: { authentication_mode: 'API', bootstrap_cluster_creator_admin_permissions: false },
      bootstrap_self_managed_addons: false,
      enabled_cluster_log_types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      encryption_config: { resources: ['secrets'], provider: { key_arn: expect.stringMatching(/aws_kms_key/) } },
      upgrade_policy: { support_type: 'STANDARD' },
      vpc_config: { endpoint_private_access: true, endpoint_public_access: false, subnet_ids: ['subnet-a', 'subnet-b'] },
      zonal_shift_config: { enabled: true },
    });
    expect(cluster).not.toHaveProperty('lifecycle');
  });

  test('finds its log group encrypted and limited, before it can make one itself', () => {
    expect(layer.resource('aws_cloudwatch_log_group').config).toMatchObject({ name: '/aws/eks/mlp-dev/cluster', retention_in_days: 30 });
    expect(cluster.depends_on).toContain(addressOf('aws_cloudwatch_log_group', 'LogGroup'));
    expect(layer.resource('aws_kms_key').config.policy).toContain('log-group:/aws/eks/mlp-dev/cluster');
  });

  test('makes the administrators of the environment its administrators', () => {
    expect(layer.resource('aws_eks_access_entry').config).toMatchObject({ principal_arn: ADMIN, type: 'STANDARD' });
    expect(layer.resource('aws_eks_access_policy_association').config).toMatchObject({ policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', access_scope: { type: 'cluster' } });
  });

  test('its role serves this cluster only', () => {
    expect(layer.resource('aws_iam_role', 'Cluster/Role').config.assume_role_policy).toContain('"aws:SourceArn":"arn:aws:eks:eu-central-1:111122223333:cluster/mlp-dev"');
  });

  test('has the network before nodes, and what needs nodes after them', () => {
    const dependsOn = (path: string): unknown => layer.resource('aws_eks_addon', path).config.depends_on;
    const system = layer.resource('aws_eks_node_group').config.depends_on;
    const systemAddress = addressOf('aws_eks_node_group', 'System');
    for (const addon of ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent']) {
      expect(system).toContain(addressOf('aws_eks_addon', `/${addon}/`));
      expect(dependsOn(`/${addon}/`)).not.toContain(systemAddress);
    }
    for (const addon of ['coredns', 'aws-ebs-csi-driver', 'snapshot-controller', 'metrics-server']) expect(dependsOn(`/${addon}/`)).toContain(systemAddress);
    expect(layer.resources('aws_eks_addon')).toHaveLength(7);
  });

  test('gives pod network and volumes roles of their own before their pods start', () => {
    const associations = layer.resources('aws_eks_pod_identity_association');
    expect(associations.map((association) => association.config.service_account)).toEqual(['ebs-csi-controller-sa', 'aws-node']);
    expect(layer.resource('aws_eks_addon', 'vpc-cni').config.depends_on).toContain(addressOf('aws_eks_pod_identity_association', 'vpc-cni'));
    expect(layer.resources('aws_iam_role_policy_attachment').map((attachment) => attachment.config.policy_arn)).toEqual(
      expect.arrayContaining(['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy', 'arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy']),
    );
  });

  test('enforces network policies and tags volumes', () => {
    const configuration = (path: string): unknown => JSON.parse(layer.resource('aws_eks_addon', path).config.configuration_values as string);
    expect(configuration('vpc-cni')).toEqual({ enableNetworkPolicy: 'true' });
    expect(configuration('ebs-csi')).toMatchObject({ controller: { extraVolumeTags: { 'ml-platform:environment': 'dev' } } });
  });

  test('runs the platform on a system node group', () => {
    expect(layer.resource('aws_eks_node_group').config).toMatchObject({ scaling_config: { min_size: 3, max_size: 6 }, labels: { 'ml-platform/pool': 'system' }, version: EksVersion.DEFAULT.version });
  });

  test('everything in the cluster waits for it', () => {
    const address = addressOf('aws_eks_cluster', '');
    for (const type of ['aws_eks_addon', 'aws_eks_node_group', 'aws_eks_access_entry', 'aws_eks_pod_identity_association']) {
      expect(layer.resources(type).every((resource) => (resource.config.depends_on as string[]).includes(address))).toBe(true);
    }
  });
});

test('everything can be set', () => {
  const layer = synthLayer(
    build({
      version: EksVersion.V1_36,
      publicAccessCidrs: ['203.0.113.0/24'],
      logTypes: [ControlPlaneLog.AUDIT],
      logRetention: Duration.days(1),
      key: { keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k', aliasName: 'alias/k' },
      upgradePolicy: UpgradePolicy.EXTENDED,
      systemNodeGroup: { instanceTypes: [InstanceType.M7G_XLARGE], minNodes: 2, maxNodes: 3 },
      addonOptions: { 'vpc-cni': { addonVersion: 'v1.2.3-eksbuild.1', configuration: { env: { A: 'b' } } } },
      protectsState: true,
    }),
  );
  expect(layer.resource('aws_eks_cluster').config).toMatchObject({
    version: '1.36',
    enabled_cluster_log_types: ['audit'],
    encryption_config: { provider: { key_arn: 'arn:aws:kms:eu-central-1:111122223333:key/k' } },
    upgrade_policy: { support_type: 'EXTENDED' },
    vpc_config: { endpoint_private_access: true, endpoint_public_access: true, public_access_cidrs: ['203.0.113.0/24'] },
    lifecycle: { prevent_destroy: true },
  });
  expect(layer.resources('aws_kms_key')).toEqual([]);
  expect(layer.resource('aws_cloudwatch_log_group').config).toMatchObject({ retention_in_days: 1 });
  expect(layer.resource('aws_eks_node_group').config).toMatchObject({ ami_type: 'AL2023_ARM_64_STANDARD', scaling_config: { min_size: 2, max_size: 3 } });
  expect(layer.resource('aws_eks_addon', 'vpc-cni').config).toMatchObject({ addon_version: 'v1.2.3-eksbuild.1', configuration_values: '{"env":{"A":"b"}}' });
});

test('production refuses to be destroyed', () => {
  expect(synthLayer(build(), { tier: Tier.PRODUCTION }).resource('aws_eks_cluster').config).toMatchObject({ lifecycle: { prevent_destroy: true } });
});

test('a version past standard support works, keeps its version and warns', () => {
  const result = synthAll((app) => build({ version: EksVersion.V1_33 })(new AwsLayerStack(app, { environment: anEnvironment(), layer: 'test' })));
  expect(result.annotations).toEqual([{ level: '@cdktf/warn', path: 'dev-test/Cluster', message: expect.stringContaining('[KubernetesVersionInExtendedSupport]') }]);
  expect(result.stack('dev-test').resource('aws_eks_cluster').config.upgrade_policy).toEqual({ support_type: 'EXTENDED' });
});

describe.each<[string, (stack: Construct) => ICluster]>([
  ['a cluster', build()],
  ['a cluster that exists', (stack) => Cluster.fromClusterName(stack, 'Cluster', 'mlp-dev', { version: EksVersion.V1_34, network: NETWORK })],
])('to %s can be added', (_, make) => {
  const layer = synthLayer((stack) => {
    const cluster = make(stack);
    expect(cluster).toMatchObject({ clusterName: 'mlp-dev', clusterArn: 'arn:aws:eks:eu-central-1:111122223333:cluster/mlp-dev' });
    cluster.addNodeGroup('Batch', { instanceTypes: [InstanceType.M7I_LARGE] });
    cluster.addGpuNodeGroup('Gpu', { instanceTypes: [InstanceType.G6_XLARGE] });
    cluster.addWorkloadIdentity('Mlflow', { namespace: 'mlflow', serviceAccount: 'mlflow' }).addToPolicy({ actions: ['s3:GetObject'], resources: ['*'] });
    cluster.addAccess('Readers', { principalArn: 'arn:aws:iam::111122223333:role/readers', policy: AccessPolicy.VIEW, namespaces: ['mlflow', 'team-*'] });
    cluster.addAccess('Team', { principalArn: 'arn:aws:iam::111122223333:role/team', kubernetesGroups: ['team'] });
    cluster.addAddon(EksAddon.EFS_CSI_DRIVER, { configuration: { a: 1 } });
  });

  test('nodes, with and without accelerators, in its network and of its version', () => {
    const gpu = layer.resource('aws_eks_node_group', '/Gpu/').config;
    expect(gpu).toMatchObject({ cluster_name: 'mlp-dev', subnet_ids: ['subnet-a', 'subnet-b'], taint: [{ key: 'nvidia.com/gpu' }] });
    expect(layer.resource('aws_eks_node_group', '/Batch/').config).toMatchObject({ version: gpu.version });
  });

  test('identities', () => {
    expect(layer.resource('aws_eks_pod_identity_association', 'Mlflow').config).toMatchObject({ cluster_name: 'mlp-dev', service_account: 'mlflow' });
    expect(layer.resource('aws_iam_role_policy').config.policy).toContain('s3:GetObject');
  });

  test('access, by policy and by group', () => {
    expect(layer.resource('aws_eks_access_policy_association', 'Readers').config).toMatchObject({
      policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
      access_scope: { type: 'namespace', namespaces: ['mlflow', 'team-*'] },
    });
    expect(layer.resource('aws_eks_access_entry', 'Team').config).toMatchObject({ kubernetes_groups: ['team'] });
  });

  test('add-ons with an identity for each of their service accounts', () => {
    expect(layer.resource('aws_eks_addon', 'efs').config).toMatchObject({ addon_name: 'aws-efs-csi-driver', configuration_values: '{"a":1}' });
    expect(layer.resources('aws_eks_pod_identity_association').map((association) => association.config.service_account)).toEqual(expect.arrayContaining(['efs-csi-controller-sa', 'efs-csi-node-sa']));
  });
});

describe('fails', () => {
  test.each<[string, Partial<ClusterProps>, string[]]>([
    ['for a public endpoint open to all', { publicAccessCidrs: ['0.0.0.0/0'] }, ['PublicAccessUnlimited']],
    ['for a range that is none', { publicAccessCidrs: ['office'] }, ['CidrInvalid']],
    ['for a private range at the public endpoint', { publicAccessCidrs: ['10.1.0.0/16'] }, ['PublicAccessNotPublic']],
    ['without control plane logs', { logTypes: [] }, ['ControlPlaneLogsEmpty']],
    ['for options of an add-on that is not there by default', { addonOptions: { 'aws-efs-csi-driver': {} } }, ['AddonOptionsUnknown']],
    ['without system nodes', { systemNodeGroup: { minNodes: 0 } }, ['SystemNodesMissing']],
    ['for all of it together', { publicAccessCidrs: ['0.0.0.0/0', '192.168.1.0/24'], logTypes: [] }, ['PublicAccessUnlimited', 'PublicAccessNotPublic', 'ControlPlaneLogsEmpty']],
    ['for a retention that CloudWatch does not take', { logRetention: Duration.days(2) }, ['LogRetentionInvalid']],
  ])('%s', (_, props, codes) => {
    expect(errorCodes(build(props))).toEqual(codes);
  });

  test('for a version that EKS does not run', () => {
    expect(errorCodes(() => EksVersion.of('1.20'))).toEqual(['KubernetesVersionUnsupported']);
  });

  test('for a second cluster of the same name', () => {
    expect(
      errorCodes((stack) => {
        build()(stack);
        new Cluster(stack, 'Other', { network: NETWORK });
      }),
    ).toEqual(['PhysicalNameDuplicate']);
  });

  test.each<[string, (cluster: ICluster) => void, string]>([
    ['node groups whose ids differ in case only', (cluster) => ['Batch', 'batch'].forEach((id) => cluster.addNodeGroup(id, { instanceTypes: [InstanceType.M7I_LARGE] })), 'NodeGroupNameDuplicate'],
    ['a second identity of a service account', (cluster) => ['One', 'Two'].forEach((id) => cluster.addWorkloadIdentity(id, { namespace: 'a', serviceAccount: 'b' })), 'WorkloadIdentityDuplicate'],
    ['a second access of a principal', (cluster) => cluster.addAccess('Again', { principalArn: ADMIN, policy: AccessPolicy.VIEW }), 'AccessDuplicate'],
    ['an add-on twice', (cluster) => cluster.addAddon(EksAddon.COREDNS), 'AddonDuplicate'],
  ])('for %s', (_, add, code) => {
    expect(errorCodes((stack) => add(build()(stack)))).toEqual([code]);
  });

  test.each<[string, Partial<ClusterAccessOptions>, string[]]>([
    ['a session', { principalArn: 'arn:aws:sts::111122223333:assumed-role/a/b', policy: AccessPolicy.EDIT }, ['PrincipalInvalid']],
    ['an entry that permits nothing', {}, ['AccessWithoutPermission']],
    ['a policy of the whole cluster in namespaces', { policy: AccessPolicy.CLUSTER_ADMIN, namespaces: ['a'] }, ['AccessPolicyNotNamespaced']],
    ['a group that Kubernetes keeps', { kubernetesGroups: ['system:masters'] }, ['AccessGroupReserved']],
    ['a namespace that is none', { policy: AccessPolicy.of('Own', true), namespaces: ['A B'] }, ['NameInvalid']],
  ])('for access of %s', (_, options, codes) => {
    expect(errorCodes((stack) => build()(stack).addAccess('Access', { principalArn: 'arn:aws:iam::111122223333:role/x', ...options }))).toEqual(codes);
  });

  test('for the name of a cluster that cannot exist', () => {
    expect(errorCodes((stack) => Cluster.fromClusterName(stack, 'Cluster', 'a b', { version: EksVersion.DEFAULT, network: NETWORK }))).toEqual(['NameInvalid']);
  });
});

test('the order of administrators means nothing', () => {
  const admins = ['arn:aws:iam::111122223333:role/a', 'arn:aws:iam::111122223333:user/path/b'];
  const ids = (adminPrincipals: string[]) => synthLayer(build(), { adminPrincipals }).resources('aws_eks_access_entry').map((entry) => entry.name);
  expect(ids([...admins].reverse())).toEqual(ids(admins));
});

test('the default child is the cluster', () => {
  synthLayer((stack) => expect(build()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_eks_cluster' }));
});
