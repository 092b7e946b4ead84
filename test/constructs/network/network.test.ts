import type { Construct } from 'constructs';
import { Cidr, InterfaceEndpoint, Network } from '../../../constructs/network';
import type { NetworkAttributes, NetworkProps } from '../../../constructs/network';
import { Duration, Tier } from '../../../src/core';
import { errorCodes, synthLayer } from '../../support/fixtures';

const build = (props: NetworkProps = {}) => (stack: Construct) => new Network(stack, 'Network', props);
const cidrsOf = (layer: ReturnType<typeof synthLayer>, kind: string): unknown[] => layer.resources('aws_subnet').filter((subnet) => subnet.path.includes(`${kind}Subnet`)).map((subnet) => subnet.config.cidr_block);

describe('a network with defaults', () => {
  const layer = synthLayer(build());

  test('has a large private and a small public subnet in each zone', () => {
    expect(layer.resource('aws_vpc').config).toMatchObject({ cidr_block: '10.0.0.0/16', enable_dns_hostnames: true, enable_dns_support: true });
    expect(cidrsOf(layer, 'Private')).toEqual(['10.0.0.0/19', '10.0.32.0/19', '10.0.64.0/19']);
    expect(cidrsOf(layer, 'Public')).toEqual(['10.0.128.0/24', '10.0.129.0/24', '10.0.130.0/24']);
    expect(layer.resources('aws_subnet').map((subnet) => subnet.config.availability_zone).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'].map((letter) => `eu-central-1${letter}`));
  });

  test('tags subnets for load balancers and for Karpenter, by the name of the cluster', () => {
    expect(layer.resource('aws_subnet', 'PublicSubnet1').config.tags).toEqual({ Name: 'mlp-dev-public-eu-central-1b', 'kubernetes.io/role/elb': '1' });
    expect(layer.resource('aws_subnet', 'PrivateSubnet1').config.tags).toEqual({ Name: 'mlp-dev-private-eu-central-1b', 'kubernetes.io/role/internal-elb': '1', 'karpenter.sh/discovery': 'mlp-dev' });
  });

  test('gives no machine a public address and permits nothing in the default security group', () => {
    expect(layer.resources('aws_subnet').every((subnet) => subnet.config.map_public_ip_on_launch === false)).toBe(true);
    expect(layer.resource('aws_default_security_group').config).toMatchObject({ ingress: [], egress: [] });
  });

  test('reaches S3 and DynamoDB from every private subnet without NAT', () => {
    const gateways = layer.resources('aws_vpc_endpoint');
    expect(gateways.map((endpoint) => endpoint.config.service_name)).toEqual(['com.amazonaws.eu-central-1.dynamodb', 'com.amazonaws.eu-central-1.s3']);
    expect(gateways.every((endpoint) => endpoint.config.vpc_endpoint_type === 'Gateway' && (endpoint.config.route_table_ids as string[]).length === 3)).toBe(true);
  });

  test('records traffic in an encrypted log group that only its own flow logs write to', () => {
    expect(layer.resource('aws_cloudwatch_log_group').config).toMatchObject({ name: '/mlp/dev/network/flow-logs', retention_in_days: 30 });
    expect(layer.resource('aws_cloudwatch_log_group').config.kms_key_id).toMatch(/aws_kms_key/);
    expect(layer.resource('aws_flow_log').config).toMatchObject({ traffic_type: 'ALL', log_destination_type: 'cloud-watch-logs' });
    const policy = layer.resource('aws_iam_role_policy').config.policy as string;
    expect(policy).toContain('arn:aws:logs:eu-central-1:111122223333:log-group:/mlp/dev/network/flow-logs:*');
    expect(layer.resource('aws_iam_role').config.assume_role_policy).toContain('"aws:SourceAccount":"111122223333"');
  });
});

describe('by tier', () => {
  test.each([
    [Tier.SANDBOX, 1, 2],
    [Tier.DEVELOPMENT, 1, 2],
    [Tier.STAGING, 3, 14],
    [Tier.PRODUCTION, 3, 14],
  ])('%s has its number of NAT gateways and endpoints', (tier, nats, endpoints) => {
    const layer = synthLayer(build(), { tier });
    expect(layer.resources('aws_nat_gateway')).toHaveLength(nats);
    expect(layer.resources('aws_eip')).toHaveLength(nats);
    expect(layer.resources('aws_vpc_endpoint')).toHaveLength(endpoints);
  });

  test('with one NAT gateway each zone still has a route table of its own', () => {
    const nats = (tier: Tier) => synthLayer(build(), { tier }).resources('aws_route').filter((route) => route.config.nat_gateway_id).map((route) => route.config.nat_gateway_id);
    expect(nats(Tier.SANDBOX)).toHaveLength(3);
    expect(new Set(nats(Tier.SANDBOX)).size).toBe(1);
    expect(new Set(nats(Tier.PRODUCTION)).size).toBe(3);
  });

  test('only the VPC reaches interface endpoints, over HTTPS only', () => {
    const layer = synthLayer(build(), { tier: Tier.PRODUCTION });
    expect(layer.resource('aws_vpc_security_group_ingress_rule').config).toMatchObject({ cidr_ipv4: '10.0.0.0/16', from_port: 443, to_port: 443, ip_protocol: 'tcp' });
    expect(layer.resource('aws_vpc_endpoint', 'ecr.dkr').config).toMatchObject({ service_name: 'com.amazonaws.eu-central-1.ecr.dkr', private_dns_enabled: true });
  });
});

describe('with everything set', () => {
  const layer = synthLayer(
    build({
      cidr: '172.20.0.0/20',
      reservedCidrs: ['10.0.0.0/8'],
      privateSubnetCidrs: ['172.20.0.0/22', '172.20.4.0/22'],
      publicSubnetCidrs: ['172.20.8.0/26', '172.20.8.64/26'],
      natPerZone: true,
      interfaceEndpoints: [InterfaceEndpoint.STS, InterfaceEndpoint.of('bedrock-runtime'), InterfaceEndpoint.of('cn.com.amazonaws.x.ecr.api')],
      flowLogRetention: Duration.days(14),
    }),
    { zones: ['eu-central-1a', 'eu-central-1b'] },
  );

  test('takes ranges, NAT, endpoints and retention as given', () => {
    expect(cidrsOf(layer, 'Private')).toEqual(['172.20.0.0/22', '172.20.4.0/22']);
    expect(cidrsOf(layer, 'Public')).toEqual(['172.20.8.0/26', '172.20.8.64/26']);
    expect(layer.resources('aws_nat_gateway')).toHaveLength(2);
    expect(layer.resources('aws_vpc_endpoint').map((endpoint) => endpoint.config.service_name)).toEqual(expect.arrayContaining(['com.amazonaws.eu-central-1.sts', 'com.amazonaws.eu-central-1.bedrock-runtime', 'cn.com.amazonaws.x.ecr.api']));
    expect(layer.resource('aws_cloudwatch_log_group').config.retention_in_days).toBe(14);
  });
});

describe('subnets', () => {
  test('a further zone moves none of the others', () => {
    const all = ['a', 'b', 'c', 'd'].map((letter) => `us-east-1${letter}`);
    const of = (count: number) => synthLayer(build(), { region: 'us-east-1', zones: all.slice(0, count) });
    expect(cidrsOf(of(4), 'Private').slice(0, 2)).toEqual(cidrsOf(of(2), 'Private'));
    expect(cidrsOf(of(4), 'Public').slice(0, 2)).toEqual(cidrsOf(of(2), 'Public'));
  });

  test.each([16, 18, 20, 21, 22])('of a /%d never overlap and stay inside', (prefix) => {
    const all = ['a', 'b', 'c', 'd'].map((letter) => `us-east-1${letter}`);
    const layer = synthLayer(build({ cidr: `10.64.0.0/${prefix}` }), { region: 'us-east-1', zones: all });
    const ranges = [...cidrsOf(layer, 'Private'), ...cidrsOf(layer, 'Public')].map((text) => Cidr.parse(text as string, 'subnet'));
    expect(ranges).toHaveLength(8);
    expect(ranges.every((range) => Cidr.parse(`10.64.0.0/${prefix}`, 'vpc').contains(range) && range.prefix <= 28)).toBe(true);
    expect(ranges.flatMap((one, index) => ranges.slice(index + 1).map((other) => one.overlaps(other))).some(Boolean)).toBe(false);
  });
});

describe('a network that exists', () => {
  const attributes: NetworkAttributes = {
    vpcId: 'vpc-1',
    vpcCidr: '10.0.0.0/8',
    zones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
    privateSubnetCidrs: ['10.1.0.0/20', '10.1.16.0/20'],
  };

  test('is used as it is, whatever its size', () => {
    const layer = synthLayer((stack) => {
      expect(Network.fromAttributes(stack, 'Network', attributes)).toMatchObject({ ...attributes, publicSubnetIds: [] });
    });
    expect(layer.resources()).toEqual([]);
  });

  test.each<[string, Partial<NetworkAttributes>, string[]]>([
    ['too few subnets', { privateSubnetIds: ['subnet-1'] }, ['SubnetCountMismatch']],
    ['too many public subnets', { publicSubnetIds: ['a', 'b', 'c'] }, ['SubnetCountMismatch']],
    ['a range outside', { privateSubnetCidrs: ['10.1.0.0/20', '192.168.0.0/20'] }, ['CidrOutsideVpc']],
    ['overlapping ranges', { privateSubnetCidrs: ['10.1.0.0/20', '10.1.0.0/24'] }, ['CidrOverlap']],
    ['a token', { vpcCidr: '${aws_vpc.x.cidr_block}' }, ['CidrInvalid']],
    ['a real token', { vpcCidr: '${TfToken[TOKEN.1]}' }, ['LiteralNeeded']],
  ])('fails with %s', (_, change, codes) => {
    expect(errorCodes((stack) => Network.fromAttributes(stack, 'Network', { ...attributes, ...change }))).toEqual(codes);
  });
});

describe('fails', () => {
  test.each<[string, NetworkProps, string[]]>([
    ['for text that is no range', { cidr: '10.0.0.0' }, ['CidrInvalid']],
    ['for an octet over 255', { cidr: '10.0.0.256/16' }, ['CidrInvalid']],
    ['for a prefix over 32', { cidr: '10.0.0.0/33' }, ['CidrInvalid']],
    ['for a range that does not begin at its first address', { cidr: '10.0.0.1/16' }, ['CidrInvalid']],
    ['for a range that is too small', { cidr: '10.0.0.0/23' }, ['CidrTooSmall']],
    ['for a range that AWS does not take', { cidr: '10.0.0.0/15' }, ['CidrTooLarge']],
    ['for a range that a peer uses', { cidr: '10.0.0.0/16', reservedCidrs: ['192.168.0.0/16', '10.0.0.0/8'] }, ['CidrOverlap']],
    ['for too few subnets', { privateSubnetCidrs: ['10.0.0.0/24'] }, ['SubnetCountMismatch']],
    ['for a subnet outside the VPC', { publicSubnetCidrs: ['10.0.0.0/24', '10.0.1.0/24', '10.1.0.0/24'] }, ['CidrOutsideVpc']],
    ['for subnets that overlap', { publicSubnetCidrs: ['10.0.0.0/24', '10.0.0.128/25', '10.0.1.0/24'] }, ['CidrOverlap']],
    ['for a subnet that is too small', { publicSubnetCidrs: ['10.0.0.0/24', '10.0.1.0/29', '10.0.2.0/24'] }, ['CidrTooSmall']],
    ['for all of it together', { cidr: '10.0.0.0/24', reservedCidrs: ['10.0.0.0/16'], privateSubnetCidrs: [] }, ['CidrTooSmall', 'SubnetCountMismatch', 'CidrOverlap']],
  ])('%s', (_, props, codes) => {
    expect(errorCodes(build(props))).toEqual(codes);
  });

  test('and says how a range is written', () => {
    expect(() => synthLayer(build({ cidr: '10.0.3.7/16' }))).toThrow('[CidrInvalid] cidr got "10.0.3.7/16"; allowed: the first address of the range; write 10.0.0.0/16 (at dev-test/Network)');
  });
});

test('the default child is the VPC', () => {
  synthLayer((stack) => expect(build()(stack).node.defaultChild).toMatchObject({ terraformResourceType: 'aws_vpc' }));
});
