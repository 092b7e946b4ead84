/** A service that the VPC reaches through an endpoint of its own instead of the NAT gateway. */
export class InterfaceEndpoint {
  /** Image manifests. */
  public static readonly ECR_API = new InterfaceEndpoint('ecr.api');
  /** Image layers. */
  public static readonly ECR_DOCKER = new InterfaceEndpoint('ecr.dkr');
  /** Temporary credentials. */
  public static readonly STS = new InterfaceEndpoint('sts');
  /** The EKS API. */
  public static readonly EKS = new InterfaceEndpoint('eks');
  /** Credentials of pods. */
  public static readonly EKS_AUTH = new InterfaceEndpoint('eks-auth');
  /** Network interfaces and volumes of nodes. */
  public static readonly EC2 = new InterfaceEndpoint('ec2');
  /** CloudWatch Logs. */
  public static readonly LOGS = new InterfaceEndpoint('logs');
  /** Secrets. */
  public static readonly SECRETS_MANAGER = new InterfaceEndpoint('secretsmanager');
  /** Parameters and node images. */
  public static readonly SSM = new InterfaceEndpoint('ssm');
  /** Keys. */
  public static readonly KMS = new InterfaceEndpoint('kms');
  /** Load balancers. */
  public static readonly ELASTIC_LOAD_BALANCING = new InterfaceEndpoint('elasticloadbalancing');
  /** Node groups. */
  public static readonly AUTO_SCALING = new InterfaceEndpoint('autoscaling');

  /** What a cluster needs to run without the NAT gateway. */
  public static readonly FOR_CLUSTER: readonly InterfaceEndpoint[] = [
    InterfaceEndpoint.ECR_API, InterfaceEndpoint.ECR_DOCKER, InterfaceEndpoint.STS, InterfaceEndpoint.EKS, InterfaceEndpoint.EKS_AUTH, InterfaceEndpoint.EC2,
    InterfaceEndpoint.LOGS, InterfaceEndpoint.SECRETS_MANAGER, InterfaceEndpoint.SSM, InterfaceEndpoint.KMS, InterfaceEndpoint.ELASTIC_LOAD_BALANCING, InterfaceEndpoint.AUTO_SCALING,
  ];

  /**
   * Any service.
   * @param service short name such as `bedrock-runtime`, or a whole name such as `com.amazonaws.vpce.….vpce-svc-…`.
   */
  public static of(service: string): InterfaceEndpoint {
    return new InterfaceEndpoint(service);
  }

  private constructor(
    /** Name of the service, short or whole. */
    public readonly service: string,
  ) {}

  /** Name as the EC2 API wants it. */
  public serviceName(region: string): string {
    return this.service.includes('amazonaws') ? this.service : `com.amazonaws.${region}.${this.service}`;
  }
}
