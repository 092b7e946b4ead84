import { Duration } from './units';

/** What a tier decides. Each capability reads its defaults from here and nowhere else. */
export interface TierDefaults {
  /** Zones that get a NAT gateway of their own. */
  readonly natPerZone: boolean;
  /** Interface endpoints (ECR, STS, EKS, logs, secrets) inside the VPC. */
  readonly interfaceEndpoints: boolean;
  /** A second database instance in another zone. */
  readonly databaseReplicas: number;
  /** Aurora capacity floor, in ACU (2 GiB of memory each). */
  readonly databaseMinCapacity: number;
  /** Aurora capacity ceiling, in ACU. */
  readonly databaseMaxCapacity: number;
  /** Retention of logs in CloudWatch; one of the service's allowed lengths. */
  readonly logRetention: Duration;
  /** Retention of database backups, 1 to 35 days. */
  readonly backupRetention: Duration;
  /** How long a deleted key can still be recovered, 7 to 30 days. */
  readonly keyRecovery: Duration;
  /** Stateful resources refuse deletion, in the service and in Terraform. */
  readonly protectsState: boolean;
  /** Replicas of each stateless server in the cluster. */
  readonly replicas: number;
  /** Fewest nodes of the system node group. */
  readonly systemNodes: number;
}

/** How careful an environment is. It chooses defaults; every default can be overridden by a prop. */
export class Tier {
  /** Thrown away at will; destroy leaves nothing behind. */
  public static readonly SANDBOX = new Tier('sandbox', {
    natPerZone: false, interfaceEndpoints: false, databaseReplicas: 0, databaseMinCapacity: 0.5, databaseMaxCapacity: 2,
    logRetention: Duration.days(7), backupRetention: Duration.days(1), keyRecovery: Duration.days(7), protectsState: false, replicas: 2, systemNodes: 3,
  });

  /** Shared by developers; may be rebuilt. */
  public static readonly DEVELOPMENT = new Tier('development', {
    natPerZone: false, interfaceEndpoints: false, databaseReplicas: 0, databaseMinCapacity: 0.5, databaseMaxCapacity: 4,
    logRetention: Duration.days(30), backupRetention: Duration.days(7), keyRecovery: Duration.days(7), protectsState: false, replicas: 2, systemNodes: 3,
  });

  /** A rehearsal of production: protected and redundant, smaller. */
  public static readonly STAGING = new Tier('staging', {
    natPerZone: true, interfaceEndpoints: true, databaseReplicas: 1, databaseMinCapacity: 0.5, databaseMaxCapacity: 8,
    logRetention: Duration.days(90), backupRetention: Duration.days(14), keyRecovery: Duration.days(30), protectsState: true, replicas: 2, systemNodes: 3,
  });

  /** What customers depend on. */
  public static readonly PRODUCTION = new Tier('production', {
    natPerZone: true, interfaceEndpoints: true, databaseReplicas: 1, databaseMinCapacity: 1, databaseMaxCapacity: 16,
    logRetention: Duration.days(365), backupRetention: Duration.days(35), keyRecovery: Duration.days(30), protectsState: true, replicas: 3, systemNodes: 3,
  });

  /** A company's own tier. */
  public static of(name: string, defaults: TierDefaults): Tier {
    return new Tier(name, defaults);
  }

  private constructor(
    /** Name as it appears in tags. */
    public readonly name: string,
    /** The defaults of this tier. */
    public readonly defaults: TierDefaults,
  ) {}

  public toString(): string {
    return this.name;
  }
}
