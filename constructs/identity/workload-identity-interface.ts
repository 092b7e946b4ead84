import type { IIdentity } from '../../src/core';

/** Who a pod is in AWS: a role that pods of one service account act as. */
export interface IWorkloadIdentity extends IIdentity {
  /** Namespace of the service account. */
  readonly namespace: string;
  /** Name of the service account. */
  readonly serviceAccount: string;
}
