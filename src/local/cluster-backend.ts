/** The control plane that `CreateCluster` asks for. */
export interface ClusterSpec {
  readonly name: string;
  /** Kubernetes minor version as EKS writes it: `1.35`. */
  readonly version: string;
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

/** How the outside reaches a control plane; `DescribeCluster` answers with it. */
export interface ClusterAccess {
  /** `https://host:port`, without a slash at the end. */
  readonly endpoint: string;
  /** PEM of the certificate authority in base64, as EKS gives it. */
  readonly certificateAuthorityData: string;
  /** File with administrator credentials for tools on this machine. */
  readonly kubeconfigPath: string;
}

/** A taint in the words of Kubernetes (EKS writes `NO_SCHEDULE`; the front translates). */
export interface NodeTaint {
  readonly key: string;
  /** @default - a taint without value */
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What a node group is at one moment; the same group is put again when it changes. */
export interface NodegroupSpec {
  /** Name of the cluster, which stands already. */
  readonly cluster: string;
  readonly name: string;
  /** EC2 instance types in order of preference; never empty. */
  readonly instanceTypes: readonly string[];
  readonly desiredSize: number;
  readonly minSize: number;
  readonly maxSize: number;
  /** Labels that the group's owner gave; those that EKS adds are the backend's matter. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
  /** For example `AL2023_x86_64_STANDARD`. */
  readonly amiType: string;
  /** `ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`. */
  readonly capacityType: string;
  /** Availability zones of the group's subnets, without repetition, in subnet order. */
  readonly subnetZones: readonly string[];
}

/**
 * The engine behind EKS clusters of the local twin.
 *
 * Every method may be called again with the same argument and then changes nothing (the front may have been
 * restarted in between); a rejected promise makes the cluster or node group fail with the error's message.
 */
export interface ClusterBackend {
  /** Starts the control plane and waits until its API answers. */
  createCluster(spec: ClusterSpec): Promise<ClusterAccess>;
  /** Stops the control plane and removes its data; unknown names are fine. */
  deleteCluster(name: string): Promise<void>;
  /** Creates the group's nodes, or changes their number, labels and taints. */
  putNodegroup(spec: NodegroupSpec): Promise<void>;
  /** Removes the group's nodes; unknown names are fine. */
  deleteNodegroup(cluster: string, name: string): Promise<void>;
}
