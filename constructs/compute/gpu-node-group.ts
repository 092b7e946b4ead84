import type { Construct } from 'constructs';
import type { InstanceType } from '../../src/catalog';
import { Problems, Size } from '../../src/core';
import type { ManagedNodeGroupOptions, ManagedNodeGroupProps } from './managed-node-group';
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
  /** @throws GpuGroupWithoutAccelerator, AcceleratorMixed, and what `ManagedNodeGroup` throws */
  constructor(scope: Construct, id: string, props: ManagedNodeGroupProps) {
    rejectOtherTypes(`${scope.node.path}/${id}`, props.instanceTypes);
    super(scope, id, { ...props, rootVolumeSize: props.rootVolumeSize ?? ROOT_VOLUME, ...markings(props) });
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

/** Taint and labels of the accelerator; what the user gives comes beside, never instead. */
function markings(props: ManagedNodeGroupOptions): Pick<ManagedNodeGroupOptions, 'labels' | 'taints'> {
  const [type] = props.instanceTypes;
  const key = type?.taintKey;
  if (type === undefined || key === undefined) return {};
  return {
    labels: { [`${key}.${TAINT_VALUE}`]: 'true', ...props.labels },
    taints: [Taint.noSchedule(key, TAINT_VALUE), ...(props.taints ?? [])],
  };
}
