/** What a principal may do in a cluster. Source: EKS user guide, access policy permissions. */
export class AccessPolicy {
  /** Everything, in the whole cluster only. */
  public static readonly CLUSTER_ADMIN = new AccessPolicy('AmazonEKSClusterAdminPolicy', false);
  /** Most things in namespaces; no quotas, no namespaces themselves. */
  public static readonly ADMIN = new AccessPolicy('AmazonEKSAdminPolicy', true);
  /** Change workloads; no roles. */
  public static readonly EDIT = new AccessPolicy('AmazonEKSEditPolicy', true);
  /** Read workloads; no secrets. */
  public static readonly VIEW = new AccessPolicy('AmazonEKSViewPolicy', true);
  /** Read everything, secrets included, in the whole cluster only. */
  public static readonly ADMIN_VIEW = new AccessPolicy('AmazonEKSAdminViewPolicy', false);

  /**
   * Another policy of EKS.
   * @param policyName such as `AmazonEKSAutoNodePolicy`.
   * @param namespaced true if it can be limited to namespaces.
   */
  public static of(policyName: string, namespaced: boolean): AccessPolicy {
    return new AccessPolicy(policyName, namespaced);
  }

  private constructor(
    /** Name in the EKS API. */
    public readonly policyName: string,
    /** True if it can be limited to namespaces. */
    public readonly namespaced: boolean,
  ) {}
}
