import type { IConstruct } from 'constructs';
import type { InstanceType } from '../../src/catalog';
import type { Size } from '../../src/core';
import { NameRule, Problems, Size as Sizes } from '../../src/core';
import { labelProblems } from './label-rules';
import type { Taint } from './taint';

/** Size of the image's own volume. Source: EKS user guide, managed node groups, default disk size on Linux. */
const SMALLEST_ROOT = Sizes.gibibytes(20);
/** Largest gp3 volume. Source: Amazon EBS user guide, general purpose volumes. */
const LARGEST_ROOT = Sizes.tebibytes(16);
/** What Terraform adds to a name prefix, in characters. */
const GENERATED_SUFFIX = 27;
/** Source: EC2 API reference, InstanceMetadataOptionsRequest. */
const HOP_LIMIT = { min: 1, max: 64 };

/** What a node group is going to be. */
export interface NodeGroupFacts {
  readonly poolName: string;
  readonly instanceTypes: readonly InstanceType[];
  readonly minNodes: number;
  readonly desiredNodes: number;
  readonly maxNodes: number;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly Taint[];
  readonly rootVolumeSize: Size;
  readonly metadataHopLimit: number;
  readonly zones: readonly string[];
  readonly networkZones: readonly string[];
  readonly hasOwnImage: boolean;
}

/** @throws PlatformError with everything that can never work. */
export function rejectImpossibleNodes(at: IConstruct, facts: NodeGroupFacts): void {
  const problems = new Problems(at);
  checkName(problems, facts);
  checkInstanceTypes(problems, facts);
  checkCounts(problems, facts);
  checkPlace(problems, facts);
  labelProblems(facts.labels).forEach((problem) => problems.add(problem));
  checkTaints(problems, facts.taints);
  problems.throwIfAny();
}

function checkName(problems: Problems, { poolName }: NodeGroupFacts): void {
  const problem = NameRule.EKS_NODE_GROUP.problemOf(poolName + 'x'.repeat(GENERATED_SUFFIX));
  if (!problem) return;
  problems.add({ ...problem, message: `node group id gives the name "${poolName}"`, allowed: `at most ${NameRule.EKS_NODE_GROUP.props.max - GENERATED_SUFFIX} letters, digits and hyphens`, remedy: 'choose another id' });
}

function checkInstanceTypes(problems: Problems, { instanceTypes, hasOwnImage }: NodeGroupFacts): void {
  const named = (describe: (type: InstanceType) => string): string => instanceTypes.map((type) => `${type.name} (${describe(type)})`).join(', ');
  const mixed = (describe: (type: InstanceType) => string): boolean => new Set(instanceTypes.map(describe)).size > 1;
  problems.when(instanceTypes.length === 0, { code: 'InstanceTypesEmpty', message: 'instanceTypes got an empty list', allowed: 'at least one type' });
  problems.when(mixed((type) => type.architecture), {
    code: 'ArchitectureMixed',
    message: `instanceTypes got ${named((type) => type.architecture)}`,
    allowed: 'types of one architecture',
    remedy: 'one image runs on all nodes of a group: make a group for each architecture',
  });
  problems.when(!hasOwnImage && !mixed((type) => type.architecture) && mixed((type) => type.amiType), {
    code: 'ImageMixed',
    message: `instanceTypes got ${named((type) => type.amiType)}`,
    allowed: 'types that start from one image',
    remedy: 'one image runs on all nodes of a group: make a group for each',
  });
}

function checkCounts(problems: Problems, { minNodes, desiredNodes, maxNodes }: NodeGroupFacts): void {
  for (const [key, value, least] of [['minNodes', minNodes, 0], ['desiredNodes', desiredNodes, 0], ['maxNodes', maxNodes, 1]] as const) {
    problems.when(!Number.isInteger(value) || value < least, { code: 'NodeCountInvalid', message: `${key} got ${value}`, allowed: `a whole number of at least ${least}` });
  }
  problems.when(minNodes > maxNodes, { code: 'NodeGroupSizeInverted', message: `minNodes must not exceed maxNodes, got minNodes ${minNodes} and maxNodes ${maxNodes}`, remedy: 'raise maxNodes or lower minNodes' });
  problems.when(minNodes <= maxNodes && (desiredNodes < minNodes || desiredNodes > maxNodes), { code: 'DesiredOutOfRange', message: `desiredNodes got ${desiredNodes}`, allowed: `${minNodes} to ${maxNodes}` });
}

function checkPlace(problems: Problems, { rootVolumeSize, metadataHopLimit, zones, networkZones }: NodeGroupFacts): void {
  const mebibytes = rootVolumeSize.toMebibytes();
  problems.when(mebibytes < SMALLEST_ROOT.toMebibytes(), { code: 'RootVolumeTooSmall', message: `rootVolumeSize got ${rootVolumeSize}`, allowed: `at least ${SMALLEST_ROOT}, the size of the image` });
  problems.when(mebibytes > LARGEST_ROOT.toMebibytes(), { code: 'RootVolumeTooLarge', message: `rootVolumeSize got ${rootVolumeSize}`, allowed: `at most ${LARGEST_ROOT}` });
  problems.when(!Number.isInteger(metadataHopLimit) || metadataHopLimit < HOP_LIMIT.min || metadataHopLimit > HOP_LIMIT.max, { code: 'HopLimitOutOfRange', message: `metadataHopLimit got ${metadataHopLimit}`, allowed: `${HOP_LIMIT.min} to ${HOP_LIMIT.max}` });
  const foreign = zones.filter((zone) => !networkZones.includes(zone));
  problems.when(zones.length === 0 || foreign.length > 0, { code: 'ZoneNotInNetwork', message: `zones got ${zones.join(', ') || 'an empty list'}`, allowed: `among ${networkZones.join(', ')}` });
}

function checkTaints(problems: Problems, taints: readonly Taint[]): void {
  taints.forEach((taint) => {
    if (taint.problem) problems.add(taint.problem);
  });
  const seen = taints.map((taint) => `${taint.key}:${taint.effect}`);
  const twice = taints.filter((_, index) => seen.indexOf(seen[index] as string) !== index);
  problems.when(twice.length > 0, { code: 'TaintDuplicate', message: `taints got ${twice.join(', ')} beside another of the same key and effect`, allowed: 'each key and effect once' });
}
