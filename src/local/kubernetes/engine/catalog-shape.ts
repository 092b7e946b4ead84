import { InstanceType } from '../../../catalog';
import type { NodeShape } from './node-shape';

const EFA_RESOURCE = 'vpc.amazonaws.com/efa';

/** What an instance type of the catalog offers. @throws InstanceTypeUnknown the catalog does not hold it. */
export function catalogShape(instanceType: string): NodeShape {
  const { vcpu, memoryMiB, maxPods, architecture, accelerator, resourceName, maxEfa } = InstanceType.of(instanceType);
  const devices = accelerator === undefined || resourceName === undefined ? [] : [{ resource: resourceName, count: accelerator.count }];
  const adapters = maxEfa === 0 ? [] : [{ resource: EFA_RESOURCE, count: maxEfa }];
  return { vcpu, memoryMiB, pods: maxPods, architecture, accelerators: [...devices, ...adapters] };
}
