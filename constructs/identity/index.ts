export { mergeStatements } from './merge-statements';
export { WorkloadIdentity, type IPodIdentityCluster, type WorkloadIdentityOptions, type WorkloadIdentityProps } from './workload-identity';
export type { IWorkloadIdentity } from './workload-identity-interface';
