import {
  type AmiType, amiTypeOf, CpuArchitecture, DEFAULT_MAX_PODS, instanceTypeData, offeredInstanceTypes, rejectImpossibleData, taintKeyOf,
  type Accelerator, type InstanceTypeData,
} from './instance-type-facts';

/** An EC2 instance type with its hardware, price and what EKS needs for it. */
export class InstanceType {
  // members: begin (written by generate.ts)
  public static readonly DL2Q_24XLARGE = new InstanceType('dl2q.24xlarge');
  public static readonly G4AD_XLARGE = new InstanceType('g4ad.xlarge');
  public static readonly G4AD_2XLARGE = new InstanceType('g4ad.2xlarge');
  public static readonly G4AD_4XLARGE = new InstanceType('g4ad.4xlarge');
  public static readonly G4AD_8XLARGE = new InstanceType('g4ad.8xlarge');
  public static readonly G4AD_16XLARGE = new InstanceType('g4ad.16xlarge');
  public static readonly G4DN_XLARGE = new InstanceType('g4dn.xlarge');
  public static readonly G4DN_2XLARGE = new InstanceType('g4dn.2xlarge');
  public static readonly G4DN_4XLARGE = new InstanceType('g4dn.4xlarge');
  public static readonly G4DN_8XLARGE = new InstanceType('g4dn.8xlarge');
  public static readonly G4DN_12XLARGE = new InstanceType('g4dn.12xlarge');
  public static readonly G4DN_16XLARGE = new InstanceType('g4dn.16xlarge');
  public static readonly G4DN_METAL = new InstanceType('g4dn.metal');
  public static readonly G5_XLARGE = new InstanceType('g5.xlarge');
  public static readonly G5_2XLARGE = new InstanceType('g5.2xlarge');
  public static readonly G5_4XLARGE = new InstanceType('g5.4xlarge');
  public static readonly G5_8XLARGE = new InstanceType('g5.8xlarge');
  public static readonly G5_12XLARGE = new InstanceType('g5.12xlarge');
  public static readonly G5_16XLARGE = new InstanceType('g5.16xlarge');
  public static readonly G5_24XLARGE = new InstanceType('g5.24xlarge');
  public static readonly G5_48XLARGE = new InstanceType('g5.48xlarge');
  public static readonly G5G_XLARGE = new InstanceType('g5g.xlarge');
  public static readonly G5G_2XLARGE = new InstanceType('g5g.2xlarge');
  public static readonly G5G_4XLARGE = new InstanceType('g5g.4xlarge');
  public static readonly G5G_8XLARGE = new InstanceType('g5g.8xlarge');
  public static readonly G5G_16XLARGE = new InstanceType('g5g.16xlarge');
  public static readonly G5G_METAL = new InstanceType('g5g.metal');
  public static readonly G6_XLARGE = new InstanceType('g6.xlarge');
  public static readonly G6_2XLARGE = new InstanceType('g6.2xlarge');
  public static readonly G6_4XLARGE = new InstanceType('g6.4xlarge');
  public static readonly G6_8XLARGE = new InstanceType('g6.8xlarge');
  public static readonly G6_12XLARGE = new InstanceType('g6.12xlarge');
  public static readonly G6_16XLARGE = new InstanceType('g6.16xlarge');
  public static readonly G6_24XLARGE = new InstanceType('g6.24xlarge');
  public static readonly G6_48XLARGE = new InstanceType('g6.48xlarge');
  public static readonly G6E_XLARGE = new InstanceType('g6e.xlarge');
  public static readonly G6E_2XLARGE = new InstanceType('g6e.2xlarge');
  public static readonly G6E_4XLARGE = new InstanceType('g6e.4xlarge');
  public static readonly G6E_8XLARGE = new InstanceType('g6e.8xlarge');
  public static readonly G6E_12XLARGE = new InstanceType('g6e.12xlarge');
  public static readonly G6E_16XLARGE = new InstanceType('g6e.16xlarge');
  public static readonly G6E_24XLARGE = new InstanceType('g6e.24xlarge');
  public static readonly G6E_48XLARGE = new InstanceType('g6e.48xlarge');
  public static readonly G6F_LARGE = new InstanceType('g6f.large');
  public static readonly G6F_XLARGE = new InstanceType('g6f.xlarge');
  public static readonly G6F_2XLARGE = new InstanceType('g6f.2xlarge');
  public static readonly G6F_4XLARGE = new InstanceType('g6f.4xlarge');
  public static readonly G7_2XLARGE = new InstanceType('g7.2xlarge');
  public static readonly G7_4XLARGE = new InstanceType('g7.4xlarge');
  public static readonly G7_8XLARGE = new InstanceType('g7.8xlarge');
  public static readonly G7_12XLARGE = new InstanceType('g7.12xlarge');
  public static readonly G7_24XLARGE = new InstanceType('g7.24xlarge');
  public static readonly G7_48XLARGE = new InstanceType('g7.48xlarge');
  public static readonly G7E_2XLARGE = new InstanceType('g7e.2xlarge');
  public static readonly G7E_4XLARGE = new InstanceType('g7e.4xlarge');
  public static readonly G7E_8XLARGE = new InstanceType('g7e.8xlarge');
  public static readonly G7E_12XLARGE = new InstanceType('g7e.12xlarge');
  public static readonly G7E_24XLARGE = new InstanceType('g7e.24xlarge');
  public static readonly G7E_48XLARGE = new InstanceType('g7e.48xlarge');
  public static readonly GR6_4XLARGE = new InstanceType('gr6.4xlarge');
  public static readonly GR6_8XLARGE = new InstanceType('gr6.8xlarge');
  public static readonly GR6F_4XLARGE = new InstanceType('gr6f.4xlarge');
  public static readonly INF1_XLARGE = new InstanceType('inf1.xlarge');
  public static readonly INF1_2XLARGE = new InstanceType('inf1.2xlarge');
  public static readonly INF1_6XLARGE = new InstanceType('inf1.6xlarge');
  public static readonly INF1_24XLARGE = new InstanceType('inf1.24xlarge');
  public static readonly INF2_XLARGE = new InstanceType('inf2.xlarge');
  public static readonly INF2_8XLARGE = new InstanceType('inf2.8xlarge');
  public static readonly INF2_24XLARGE = new InstanceType('inf2.24xlarge');
  public static readonly INF2_48XLARGE = new InstanceType('inf2.48xlarge');
  public static readonly P3DN_24XLARGE = new InstanceType('p3dn.24xlarge');
  public static readonly P4D_24XLARGE = new InstanceType('p4d.24xlarge');
  public static readonly P4DE_24XLARGE = new InstanceType('p4de.24xlarge');
  public static readonly P5_4XLARGE = new InstanceType('p5.4xlarge');
  public static readonly P5_48XLARGE = new InstanceType('p5.48xlarge');
  public static readonly P5E_48XLARGE = new InstanceType('p5e.48xlarge');
  public static readonly P5EN_48XLARGE = new InstanceType('p5en.48xlarge');
  public static readonly P6_B200_48XLARGE = new InstanceType('p6-b200.48xlarge');
  public static readonly P6_B300_48XLARGE = new InstanceType('p6-b300.48xlarge');
  public static readonly TRN1_2XLARGE = new InstanceType('trn1.2xlarge');
  public static readonly TRN1_32XLARGE = new InstanceType('trn1.32xlarge');
  public static readonly TRN1N_32XLARGE = new InstanceType('trn1n.32xlarge');
  public static readonly TRN2_48XLARGE = new InstanceType('trn2.48xlarge');
  public static readonly C7G_MEDIUM = new InstanceType('c7g.medium');
  public static readonly C7G_LARGE = new InstanceType('c7g.large');
  public static readonly C7G_XLARGE = new InstanceType('c7g.xlarge');
  public static readonly C7G_2XLARGE = new InstanceType('c7g.2xlarge');
  public static readonly C7G_4XLARGE = new InstanceType('c7g.4xlarge');
  public static readonly C7I_LARGE = new InstanceType('c7i.large');
  public static readonly C7I_XLARGE = new InstanceType('c7i.xlarge');
  public static readonly C7I_2XLARGE = new InstanceType('c7i.2xlarge');
  public static readonly C7I_4XLARGE = new InstanceType('c7i.4xlarge');
  public static readonly M5_LARGE = new InstanceType('m5.large');
  public static readonly M5_XLARGE = new InstanceType('m5.xlarge');
  public static readonly M5_2XLARGE = new InstanceType('m5.2xlarge');
  public static readonly M5_4XLARGE = new InstanceType('m5.4xlarge');
  public static readonly M6G_MEDIUM = new InstanceType('m6g.medium');
  public static readonly M6G_LARGE = new InstanceType('m6g.large');
  public static readonly M6G_XLARGE = new InstanceType('m6g.xlarge');
  public static readonly M6G_2XLARGE = new InstanceType('m6g.2xlarge');
  public static readonly M6G_4XLARGE = new InstanceType('m6g.4xlarge');
  public static readonly M6I_LARGE = new InstanceType('m6i.large');
  public static readonly M6I_XLARGE = new InstanceType('m6i.xlarge');
  public static readonly M6I_2XLARGE = new InstanceType('m6i.2xlarge');
  public static readonly M6I_4XLARGE = new InstanceType('m6i.4xlarge');
  public static readonly M7A_MEDIUM = new InstanceType('m7a.medium');
  public static readonly M7A_LARGE = new InstanceType('m7a.large');
  public static readonly M7A_XLARGE = new InstanceType('m7a.xlarge');
  public static readonly M7A_2XLARGE = new InstanceType('m7a.2xlarge');
  public static readonly M7A_4XLARGE = new InstanceType('m7a.4xlarge');
  public static readonly M7G_MEDIUM = new InstanceType('m7g.medium');
  public static readonly M7G_LARGE = new InstanceType('m7g.large');
  public static readonly M7G_XLARGE = new InstanceType('m7g.xlarge');
  public static readonly M7G_2XLARGE = new InstanceType('m7g.2xlarge');
  public static readonly M7G_4XLARGE = new InstanceType('m7g.4xlarge');
  public static readonly M7I_LARGE = new InstanceType('m7i.large');
  public static readonly M7I_XLARGE = new InstanceType('m7i.xlarge');
  public static readonly M7I_2XLARGE = new InstanceType('m7i.2xlarge');
  public static readonly M7I_4XLARGE = new InstanceType('m7i.4xlarge');
  public static readonly M8G_MEDIUM = new InstanceType('m8g.medium');
  public static readonly M8G_LARGE = new InstanceType('m8g.large');
  public static readonly M8G_XLARGE = new InstanceType('m8g.xlarge');
  public static readonly M8G_2XLARGE = new InstanceType('m8g.2xlarge');
  public static readonly M8G_4XLARGE = new InstanceType('m8g.4xlarge');
  public static readonly M8I_LARGE = new InstanceType('m8i.large');
  public static readonly M8I_XLARGE = new InstanceType('m8i.xlarge');
  public static readonly M8I_2XLARGE = new InstanceType('m8i.2xlarge');
  public static readonly M8I_4XLARGE = new InstanceType('m8i.4xlarge');
  public static readonly R7G_MEDIUM = new InstanceType('r7g.medium');
  public static readonly R7G_LARGE = new InstanceType('r7g.large');
  public static readonly R7G_XLARGE = new InstanceType('r7g.xlarge');
  public static readonly R7G_2XLARGE = new InstanceType('r7g.2xlarge');
  public static readonly R7G_4XLARGE = new InstanceType('r7g.4xlarge');
  public static readonly R7I_LARGE = new InstanceType('r7i.large');
  public static readonly R7I_XLARGE = new InstanceType('r7i.xlarge');
  public static readonly R7I_2XLARGE = new InstanceType('r7i.2xlarge');
  public static readonly R7I_4XLARGE = new InstanceType('r7i.4xlarge');
  public static readonly T3_MEDIUM = new InstanceType('t3.medium');
  public static readonly T3_LARGE = new InstanceType('t3.large');
  public static readonly T3_XLARGE = new InstanceType('t3.xlarge');
  public static readonly T3_2XLARGE = new InstanceType('t3.2xlarge');
  public static readonly T4G_MEDIUM = new InstanceType('t4g.medium');
  public static readonly T4G_LARGE = new InstanceType('t4g.large');
  public static readonly T4G_XLARGE = new InstanceType('t4g.xlarge');
  public static readonly T4G_2XLARGE = new InstanceType('t4g.2xlarge');
  // members: end

  /**
   * The instance type of that name.
   * @param name such as `g6e.12xlarge`.
   * @param data hardware of a type that the table does not hold. @default - from the table
   * @throws InstanceTypeUnknown the table does not hold it and no hardware is given.
   * @throws InstanceTypeDataInvalid the hardware given is impossible.
   */
  public static of(name: string, data?: InstanceTypeData): InstanceType {
    if (data === undefined) instanceTypeData(name);
    else rejectImpossibleData(name, data);
    return new InstanceType(name, data);
  }

  /** Names of all types in the table. */
  public static offered(): readonly string[] {
    return offeredInstanceTypes();
  }

  private constructor(
    /** Name in the EC2 API. */
    public readonly name: string,
    private readonly given?: InstanceTypeData,
  ) {}

  /** Virtual CPUs. */
  public get vcpu(): number {
    return this.data.vcpu;
  }

  /** Memory. */
  public get memoryMiB(): number {
    return this.data.memoryMiB;
  }

  /** Processor architecture. */
  public get architecture(): CpuArchitecture {
    return this.data.architecture ?? CpuArchitecture.AMD64;
  }

  /** Accelerator; undefined on general types. */
  public get accelerator(): Accelerator | undefined {
    return this.data.accelerator;
  }

  /** True if it has whole devices or a part of one. */
  public get accelerated(): boolean {
    return this.data.accelerator !== undefined;
  }

  /** Extended resource that pods request; undefined where nothing offers whole devices. */
  public get resourceName(): string | undefined {
    return this.data.accelerator?.resourceName;
  }

  /** Key of the taint that keeps other pods off; undefined on general types and where no device plugin defines one. */
  public get taintKey(): string | undefined {
    return taintKeyOf(this.data.accelerator);
  }

  /** EKS image type whose drivers fit; the standard one where EKS builds none for the accelerator. */
  public get amiType(): AmiType {
    return amiTypeOf(this.data);
  }

  /** Elastic Fabric Adapter interfaces. */
  public get maxEfa(): number {
    return this.data.maxEfa ?? 0;
  }

  /** Instance storage, in GB (10^9 bytes). */
  public get localNvmeGB(): number {
    return this.data.localNvmeGB ?? 0;
  }

  /** Pods that fit by network addresses, without prefix delegation. */
  public get maxPods(): number {
    return this.data.maxPods ?? DEFAULT_MAX_PODS;
  }

  /** On-demand price in us-east-1; undefined where the source has none. */
  public get usdPerHour(): number | undefined {
    return this.data.usdPerHour;
  }

  /** The name. */
  public toString(): string {
    return this.name;
  }

  private get data(): InstanceTypeData {
    return this.given ?? instanceTypeData(this.name);
  }
}
