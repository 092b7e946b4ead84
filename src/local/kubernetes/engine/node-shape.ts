/** What a machine of one EC2 instance type offers. */
export interface NodeShape {
  readonly vcpu: number;
  /** Memory of the machine, before what the hypervisor and the kubelet keep. */
  readonly memoryMiB: number;
  /** Most pods that the VPC CNI gives addresses to. */
  readonly pods: number;
  /** As Kubernetes writes it. */
  readonly architecture: 'amd64' | 'arm64';
  /** Extended resources, for example `nvidia.com/gpu`. @default - none */
  readonly accelerators?: readonly NodeAccelerator[];
}

/** Accelerators of one kind in one machine. */
export interface NodeAccelerator {
  /** Extended resource that its device plugin advertises: `nvidia.com/gpu`, `aws.amazon.com/neuroncore`. */
  readonly resource: string;
  readonly count: number;
}

/** Answers what an instance type offers; throws a coded error for one that it does not know. */
export type ShapeOf = (instanceType: string) => NodeShape;

/** Resources of a node in the words of Kubernetes. */
export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Share of the memory that the hypervisor keeps: the figure that Karpenter counts with (`VM_MEMORY_OVERHEAD_PERCENT`). */
const HYPERVISOR_MEMORY_SHARE = 0.075;
/** Reserves of the EKS node images (`nodeadm`): 255 MiB and 11 MiB for each pod, and an eviction threshold of 100 MiB. */
const RESERVED_MEMORY_MIB = 255;
const RESERVED_MEMORY_MIB_PER_POD = 11;
const EVICTION_MEMORY_MIB = 100;
/** Millicores that the EKS node images reserve: of the first core, the second, the third and fourth, and every further one. */
const RESERVED_MILLICORES = [60, 10, 5, 5];
const RESERVED_MILLICORES_BEYOND = 2.5;
/** EKS node images keep 1 GiB and evict when a tenth of the file system is left. */
const RESERVED_DISK_GIB = 1;
const EVICTION_DISK_SHARE = 0.1;

/**
 * Capacity and allocatable as a node of the EKS images reports them. The extended resources are there from the
 * start: nothing runs inside simulated pods, so no device plugin could advertise them.
 */
export function nodeResources(shape: NodeShape, diskGiB: number): NodeResources {
  const memory = Math.floor(shape.memoryMiB * (1 - HYPERVISOR_MEMORY_SHARE));
  const reservedMemory = RESERVED_MEMORY_MIB + RESERVED_MEMORY_MIB_PER_POD * shape.pods + EVICTION_MEMORY_MIB;
  const disk = Math.floor((diskGiB * (1 - EVICTION_DISK_SHARE) - RESERVED_DISK_GIB) * 1024);
  const accelerators = Object.fromEntries((shape.accelerators ?? []).map(({ resource, count }) => [resource, String(count)]));
  const common = { pods: String(shape.pods), 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', ...accelerators };
  return {
    capacity: { ...common, cpu: String(shape.vcpu), memory: `${memory}Mi`, 'ephemeral-storage': `${diskGiB}Gi` },
    allocatable: {
      ...common,
      cpu: `${shape.vcpu * 1000 - reservedMillicores(shape.vcpu)}m`,
      memory: `${Math.max(0, memory - reservedMemory)}Mi`,
      'ephemeral-storage': `${Math.max(0, disk)}Mi`,
    },
  };
}

function reservedMillicores(vcpu: number): number {
  const first = RESERVED_MILLICORES.slice(0, vcpu).reduce((sum, millicores) => sum + millicores, 0);
  return Math.ceil(first + Math.max(0, vcpu - RESERVED_MILLICORES.length) * RESERVED_MILLICORES_BEYOND);
}
