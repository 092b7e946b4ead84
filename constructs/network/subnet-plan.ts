import type { Problem } from '../../src/core';
import { Cidr } from './cidr';

/** Prefix lengths of a VPC. AWS takes /16 to /28; below /22 a private subnet would have fewer than 123 addresses. */
const VPC_PREFIX = { min: 16, max: 22 };
/** Prefix lengths of a subnet. Source: Amazon VPC user guide, subnet sizing. */
const SUBNET_PREFIX = { min: 16, max: 28 };
/** A private subnet is an eighth of the VPC; the fifth eighth holds the public ones; three stay free for what comes later. */
const PRIVATE_BITS = 3;
const PUBLIC_BITS = 8;
const PUBLIC_EIGHTH = 4;

/** What is asked of the address plan of a network. */
export interface SubnetPlanRequest {
  readonly cidr: string;
  readonly zoneCount: number;
  readonly privateSubnetCidrs?: readonly string[];
  readonly publicSubnetCidrs?: readonly string[];
  readonly reservedCidrs: readonly string[];
}

/** The address ranges of a network's subnets, in the order of its zones. */
export interface SubnetPlan {
  readonly privateSubnetCidrs: readonly string[];
  readonly publicSubnetCidrs: readonly string[];
}

interface Range {
  readonly what: string;
  readonly cidr: Cidr;
}

/**
 * Computes the subnets. The place of a subnet depends on the number of its zone alone, so a further zone moves none: moving
 * one would replace it with all that stands in it.
 */
export function computeSubnets(request: SubnetPlanRequest): SubnetPlan {
  const vpc = Cidr.parse(request.cidr, 'cidr');
  const zones = Array.from({ length: request.zoneCount }, (_, index) => index);
  const publicPrefix = Math.min(vpc.prefix + PUBLIC_BITS, SUBNET_PREFIX.max);
  const publicRange = vpc.part(vpc.prefix + PRIVATE_BITS, PUBLIC_EIGHTH);
  return {
    privateSubnetCidrs: request.privateSubnetCidrs ?? zones.map((zone) => vpc.part(vpc.prefix + PRIVATE_BITS, zone).toString()),
    publicSubnetCidrs: request.publicSubnetCidrs ?? zones.map((zone) => publicRange.part(publicPrefix, zone).toString()),
  };
}

/** Everything that is wrong with the addresses: CidrInvalid, CidrTooSmall, CidrOutsideVpc, CidrOverlap, SubnetCountMismatch, LiteralNeeded. */
export function findCidrProblems(request: SubnetPlanRequest): Problem[] {
  const problems = unreadable(request);
  if (problems.length > 0) return problems;
  const vpc = Cidr.parse(request.cidr, 'cidr');
  const reserved = request.reservedCidrs.map((text, index) => ({ what: `reservedCidrs[${index}]`, cidr: Cidr.parse(text, '') }));
  const subnets = subnetRanges(request.privateSubnetCidrs, request.publicSubnetCidrs);
  return [
    ...vpcSizeProblems(vpc),
    ...countProblems(request),
    ...overlaps([{ what: 'cidr', cidr: vpc }], reserved),
    ...subnetProblems(vpc, subnets),
  ];
}

/** What is wrong with subnets of a VPC of any size. */
export function findSubnetProblems(vpcCidr: string, privateSubnetCidrs: readonly string[]): Problem[] {
  const problems = unreadable({ cidr: vpcCidr, zoneCount: 0, privateSubnetCidrs, reservedCidrs: [] });
  return problems.length > 0 ? problems : subnetProblems(Cidr.parse(vpcCidr, 'vpcCidr'), subnetRanges(privateSubnetCidrs));
}

function unreadable(request: SubnetPlanRequest): Problem[] {
  const named: [string, string][] = [
    ['cidr', request.cidr],
    ...(request.privateSubnetCidrs ?? []).map((text, index): [string, string] => [`privateSubnetCidrs[${index}]`, text]),
    ...(request.publicSubnetCidrs ?? []).map((text, index): [string, string] => [`publicSubnetCidrs[${index}]`, text]),
    ...request.reservedCidrs.map((text, index): [string, string] => [`reservedCidrs[${index}]`, text]),
  ];
  return named.map(([what, text]) => Cidr.problemOf(text, what)).filter((problem) => problem !== undefined);
}

function subnetRanges(privateCidrs: readonly string[] = [], publicCidrs: readonly string[] = []): Range[] {
  return [
    ...privateCidrs.map((text, index) => ({ what: `privateSubnetCidrs[${index}]`, cidr: Cidr.parse(text, '') })),
    ...publicCidrs.map((text, index) => ({ what: `publicSubnetCidrs[${index}]`, cidr: Cidr.parse(text, '') })),
  ];
}

function vpcSizeProblems(vpc: Cidr): Problem[] {
  const allowed = `/${VPC_PREFIX.min} to /${VPC_PREFIX.max}`;
  if (vpc.prefix > VPC_PREFIX.max) {
    return [{ code: 'CidrTooSmall', message: `cidr ${vpc.toString()} has ${vpc.size} addresses`, allowed, remedy: 'every pod takes an address: choose a larger range' }];
  }
  return vpc.prefix < VPC_PREFIX.min ? [{ code: 'CidrTooLarge', message: `cidr ${vpc.toString()} has ${vpc.size} addresses`, allowed }] : [];
}

function countProblems(request: SubnetPlanRequest): Problem[] {
  return (['privateSubnetCidrs', 'publicSubnetCidrs'] as const)
    .filter((key) => request[key] !== undefined && request[key].length !== request.zoneCount)
    .map((key) => ({ code: 'SubnetCountMismatch', message: `${key} got ${request[key]?.length} ranges for ${request.zoneCount} zones`, allowed: 'one per zone, in the order of the zones' }));
}

function subnetProblems(vpc: Cidr, subnets: readonly Range[]): Problem[] {
  return subnets.flatMap((subnet, index) => [
    ...(vpc.contains(subnet.cidr) ? [] : [{ code: 'CidrOutsideVpc', message: `${subnet.what} ${subnet.cidr.toString()} is not inside the VPC`, allowed: `ranges within ${vpc.toString()}` }]),
    ...(subnet.cidr.prefix > SUBNET_PREFIX.max ? [{ code: 'CidrTooSmall', message: `${subnet.what} ${subnet.cidr.toString()} has ${subnet.cidr.size} addresses`, allowed: `/${SUBNET_PREFIX.min} to /${SUBNET_PREFIX.max}` }] : []),
    ...overlaps([subnet], subnets.slice(index + 1)),
  ]);
}

function overlaps(some: readonly Range[], others: readonly Range[]): Problem[] {
  return some.flatMap((one) =>
    others
      .filter((other) => one.cidr.overlaps(other.cidr))
      .map((other) => ({
        code: 'CidrOverlap',
        message: `${one.what} ${one.cidr.toString()} overlaps ${other.what} ${other.cidr.toString()}`,
        remedy: 'choose ranges that have no address in common',
      })),
  );
}
