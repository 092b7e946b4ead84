export { AccessPolicy } from './access-policy';
export { Cluster, ControlPlaneLog, UpgradePolicy, type ClusterOptions, type ClusterProps, type SystemNodeGroupOptions } from './cluster';
export { ClusterAccess, type ClusterAccessOptions, type ClusterAccessProps } from './cluster-access';
export { ClusterAddon, type ClusterAddonOptions, type ClusterAddonProps } from './cluster-addon';
export type { ICluster } from './cluster-interface';
export type { ClusterAttributes } from './imported-cluster';
