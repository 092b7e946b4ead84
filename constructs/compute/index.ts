export { GpuNodeGroup } from './gpu-node-group';
export {
  CapacityType, ManagedNodeGroup, POOL_LABEL, poolNameOf, type INodeGroupCluster, type INodeNetwork, type ManagedNodeGroupOptions, type ManagedNodeGroupProps,
} from './managed-node-group';
export { NodeRole, type NodeRoleProps } from './node-role';
export { Taint, TaintEffect } from './taint';
export { gpuAffinity, gpuTolerations, type IGpuNodes } from './gpu-nodes';
export { NvidiaDevicePlugin, type NvidiaDevicePluginProps } from './nvidia-device-plugin';
