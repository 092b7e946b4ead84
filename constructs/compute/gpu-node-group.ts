import type { Construct } from 'constructs';
import type { InstanceType } from '../../src/catalog';
import { Problems, Size } from '../../src/core';
import type { ManagedNodeGroupProps } from './managed-node-group';
import { ManagedNodeGroup } from './managed-node-group';
import { Taint } from './taint';

/** Value of the taint and of the `present` label of accelerated nodes: what charts of device plugins expect. */
const TAINT_VALUE = 'present';

/** Images of models and their frameworks are large. */
const ROOT_VOLUME = Size.gibibytes(200);

/**
 * Nodes with accelerators: from zero, tainted so that only pods that tolerate it come, labelled so that device plugins and
 * queues find them.
 */
export class GpuNodeGroup extends ManagedNodeGroup {
  /** Labels by which pods find this and every other group with devices of the same maker. */
  public readonly deviceLabels: { readonly [key: string]: string };
  /** Taints that pods on such nodes tolerate. */
  public readonly deviceTaints: readonly Taint[];

  /** @throws GpuGroupWithoutAccelerator, AcceleratorMixed, and what `ManagedNodeGroup` throws */
  constructor(scope: Construct, id: string, props: ManagedNodeGroupProps) {
    rejectOtherTypes(`${scope.node.path}/${id}`, props.instanceTypes);
    const marks = deviceMarks(props.instanceTypes[0]);
    super(scope, id, {
      ...props,
      rootVolumeSize: props.rootVolumeSize ?? ROOT_VOLUME,
      labels: { ...props.labels, ...marks.labels },
      taints: [...marks.taints, ...(props.taints ?? [])],
    });
    this.deviceLabels = marks.labels;
    this.deviceTaints = marks.taints;
  }
}

function rejectOtherTypes(path: string, types: readonly InstanceType[]): void {
  const problems = new Problems(path);
  const plain = types.filter((type) => !type.accelerated);
  problems.when(plain.length > 0, {
    code: 'GpuGroupWithoutAccelerator',
    message: `instanceTypes got ${plain.join(', ')} without accelerator`,
    allowed: 'accelerated types such as g6.xlarge',
    remedy: 'use addNodeGroup for general nodes',
  });
  const keys = new Set(types.filter((type) => type.accelerated).map((type) => type.taintKey));
  problems.when(keys.size > 1, {
    code: 'AcceleratorMixed',
    message: `instanceTypes got accelerators of different makers: ${types.map((type) => `${type.name} (${type.accelerator?.manufacturer ?? 'none'})`).join(', ')}`,
    allowed: 'types that one device plugin serves',
    remedy: 'make a group for each',
  });
  problems.throwIfAny();
}

/** What marks nodes with the devices of a type; what the user gives comes beside, never instead. */
function deviceMarks(type: InstanceType | undefined): { readonly labels: { readonly [key: string]: string }; readonly taints: readonly Taint[] } {
  const key = type?.taintKey;
  if (key === undefined) return { labels: {}, taints: [] };
  return { labels: { [`${key}.${TAINT_VALUE}`]: 'true' }, taints: [Taint.noSchedule(key, TAINT_VALUE)] };
}
