import { fail, Problems } from '../core/errors';
import { nearestNames, type CatalogSource } from './source';
import table from './tables/instance-types.json';

/** Source of hardware figures. */
export const INSTANCE_TYPES_SOURCE: CatalogSource = table.hardware;
/** Source of prices: on demand, Linux, shared tenancy, us-east-1; a floor for other regions. */
export const INSTANCE_PRICES_SOURCE: CatalogSource = table.prices;

/** Operating system images of EKS managed node groups that the platform uses. */
export enum AmiType {
  AL2023_X86_64_STANDARD = 'AL2023_x86_64_STANDARD',
  AL2023_ARM_64_STANDARD = 'AL2023_ARM_64_STANDARD',
  AL2023_X86_64_NVIDIA = 'AL2023_x86_64_NVIDIA',
  AL2023_ARM_64_NVIDIA = 'AL2023_ARM_64_NVIDIA',
  AL2023_X86_64_NEURON = 'AL2023_x86_64_NEURON',
}

/** Processor architecture, in the words of the node label `kubernetes.io/arch`. */
export enum CpuArchitecture {
  AMD64 = 'amd64',
  ARM64 = 'arm64',
}

/** Devices of an accelerated instance type, all of one model. */
export interface Accelerator {
  /** Model, such as `l40s` or `trainium2`. */
  readonly name: string;
  /** `nvidia`, `aws`, `amd` or `qualcomm`. */
  readonly manufacturer: string;
  /** Whole devices; 0 where the type has only a part of one. */
  readonly count: number;
  /** Part of one device where `count` is 0, between 0 and 1. @default - whole devices */
  readonly fraction?: number;
  /** Memory of one device, or of the part. @default - not published in the source */
  readonly memoryMiB?: number;
  /** Extended resource that pods request. @default - none: no device plugin offers whole devices */
  readonly resourceName?: string;
}

/** Hardware of an instance type that the table does not hold. */
export interface InstanceTypeData {
  /** Virtual CPUs, at least 1. */
  readonly vcpu: number;
  /** Memory, more than 0. */
  readonly memoryMiB: number;
  /** Processor architecture. @default CpuArchitecture.AMD64 */
  readonly architecture?: CpuArchitecture;
  /** Accelerator. @default - none */
  readonly accelerator?: Accelerator;
  /** Elastic Fabric Adapter interfaces. @default 0 */
  readonly maxEfa?: number;
  /** Instance storage, in GB (10^9 bytes). @default 0 */
  readonly localNvmeGB?: number;
  /** Pods that fit by network addresses. @default 110 */
  readonly maxPods?: number;
  /** On-demand price in us-east-1. @default - unknown */
  readonly usdPerHour?: number;
}

/** Pods of a node whose type's network figures are not known: what Kubernetes itself allows. */
export const DEFAULT_MAX_PODS = 110;

/** Taint of accelerated nodes by manufacturer; charts and device plugins tolerate these keys. */
const TAINT_KEYS: Readonly<Record<string, string>> = { nvidia: 'nvidia.com/gpu', aws: 'aws.amazon.com/neuron', amd: 'amd.com/gpu' };

/** GPU types that EC2 has retired or no longer lists: [GPUs, MiB per GPU]. Source: EC2 user guide, previous generations. */
const RETIRED: Readonly<Record<string, readonly [number, number]>> = {
  'p3.2xlarge': [1, 16_384], 'p3.8xlarge': [4, 16_384], 'p3.16xlarge': [8, 16_384],
  'p2.xlarge': [1, 12_288], 'p2.8xlarge': [8, 12_288], 'p2.16xlarge': [16, 12_288],
  'g3s.xlarge': [1, 8192], 'g3.4xlarge': [1, 8192], 'g3.8xlarge': [2, 8192], 'g3.16xlarge': [4, 8192],
  'g2.2xlarge': [1, 4096], 'g2.8xlarge': [4, 4096],
};

const parsed = new Map<string, InstanceTypeData>();

/** Names of all types in the table. */
export function offeredInstanceTypes(): readonly string[] {
  return Object.keys(table.rows);
}

/** Hardware from the table. @throws InstanceTypeUnknown */
export function instanceTypeData(name: string): InstanceTypeData {
  const rows: Readonly<Record<string, string>> = table.rows;
  const row = rows[name];
  if (row === undefined) return fail(unknownType(name));
  const known = parsed.get(name) ?? parseRow(row);
  parsed.set(name, known);
  return known;
}

/** Taint key of nodes with this accelerator; undefined where no device plugin defines one. */
export function taintKeyOf(accelerator: Accelerator | undefined): string | undefined {
  return accelerator === undefined ? undefined : TAINT_KEYS[accelerator.manufacturer];
}

/** Image with the drivers for this hardware, or the standard one where EKS builds none. */
export function amiTypeOf(data: InstanceTypeData): AmiType {
  const arm = data.architecture === CpuArchitecture.ARM64;
  if (data.accelerator?.manufacturer === 'nvidia') return arm ? AmiType.AL2023_ARM_64_NVIDIA : AmiType.AL2023_X86_64_NVIDIA;
  if (data.accelerator?.manufacturer === 'aws') return AmiType.AL2023_X86_64_NEURON;
  return arm ? AmiType.AL2023_ARM_64_STANDARD : AmiType.AL2023_X86_64_STANDARD;
}

/** @throws InstanceTypeDataInvalid with all that is wrong. */
export function rejectImpossibleData(name: string, data: InstanceTypeData): void {
  const problems = new Problems();
  const code = 'InstanceTypeDataInvalid';
  problems.when(!/^[a-z0-9-]+\.[a-z0-9-]+$/.test(name), { code, message: `instance type got the name ${name}`, allowed: 'family.size in lower case, such as m7i.large' });
  const positive = { vcpu: data.vcpu, memoryMiB: data.memoryMiB, maxPods: data.maxPods ?? DEFAULT_MAX_PODS };
  for (const [key, value] of Object.entries(positive)) {
    problems.when(!Number.isInteger(value) || value < 1, { code, message: `instance type ${name} got ${key} ${value}`, allowed: 'a whole number of at least 1' });
  }
  const { accelerator } = data;
  problems.when(accelerator !== undefined && (!Number.isInteger(accelerator.count) || accelerator.count < 0), {
    code, message: `instance type ${name} got ${accelerator?.count} accelerators`, allowed: 'a whole number; 0 together with a fraction',
  });
  const fraction = accelerator?.fraction ?? 1;
  problems.when(accelerator?.count === 0 && (accelerator.fraction === undefined || fraction <= 0 || fraction >= 1), {
    code, message: `instance type ${name} got 0 accelerators and the fraction ${accelerator?.fraction}`, allowed: 'a fraction between 0 and 1',
  });
  problems.throwIfAny();
}

function parseRow(row: string): InstanceTypeData {
  const [arch, vcpu, memory, pods, efa, nvme, price, model, manufacturer, count, deviceMemory, fraction, resource] = row.split(' ');
  const optional = (text: string | undefined): number | undefined => (text === undefined || text === '-' ? undefined : Number(text));
  return {
    architecture: arch === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.AMD64,
    vcpu: Number(vcpu),
    memoryMiB: Number(memory),
    maxPods: Number(pods),
    maxEfa: Number(efa),
    localNvmeGB: Number(nvme),
    usdPerHour: optional(price),
    accelerator: model === undefined || manufacturer === undefined ? undefined : {
      name: model,
      manufacturer,
      count: Number(count),
      memoryMiB: optional(deviceMemory),
      fraction: optional(fraction),
      resourceName: resource === '-' ? undefined : resource,
    },
  };
}

function unknownType(name: string): { code: string; message: string; allowed: string; remedy: string } {
  const names = offeredInstanceTypes();
  const successor = successorOf(name);
  return {
    code: 'InstanceTypeUnknown',
    message: `no instance type ${name} in the table of ${INSTANCE_TYPES_SOURCE.asOf}`,
    allowed: `one of ${names.length} types, nearest: ${nearestNames(name, names).join(', ')}`,
    remedy: successor === undefined
      ? 'correct the name, or describe a newer type: InstanceType.of(name, { vcpu, memoryMiB })'
      : `${name} is of a previous generation: use ${successor}`,
  };
}

/** Cheapest x86 type with at least as many GPUs of at least as much memory; fewest GPUs first, most GPUs where none has enough. */
function successorOf(name: string): string | undefined {
  const retired = RETIRED[name];
  if (retired === undefined) return undefined;
  const [gpus, memoryMiB] = retired;
  const candidates = offeredInstanceTypes()
    .map((type) => ({ type, data: instanceTypeData(type) }))
    .filter(({ data }) => data.accelerator?.manufacturer === 'nvidia' && data.architecture === CpuArchitecture.AMD64 && data.usdPerHour !== undefined)
    .map(({ type, data }) => ({ type, count: data.accelerator?.count ?? 0, memory: data.accelerator?.memoryMiB ?? 0, price: data.usdPerHour ?? 0 }))
    .filter((candidate) => candidate.count > 0 && candidate.memory >= memoryMiB);
  const most = Math.max(...candidates.map((candidate) => candidate.count));
  const wanted = Math.min(gpus, most);
  return candidates.filter((candidate) => candidate.count >= wanted).sort((a, b) => a.count - b.count || a.price - b.price)[0]?.type;
}
