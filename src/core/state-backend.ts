/** Where the states of an environment's layers are kept. */
export class StateBackend {
  /** Files under `.ml-platform/state` beside the synth output; for one person and the local twin. */
  public static local(): StateBackend {
    return new StateBackend(undefined);
  }

  /**
   * An S3 bucket that exists already, one object per layer, locked by a lock file beside it (Terraform 1.10 or newer).
   */
  public static s3(location: S3StateLocation): StateBackend {
    return new StateBackend(location);
  }

  private constructor(
    /** The bucket; undefined for local files. */
    public readonly s3Location: S3StateLocation | undefined,
  ) {}
}

/** The bucket of an S3 backend. */
export interface S3StateLocation {
  /** Name of a versioned bucket that only the platform team can write. */
  readonly bucket: string;
  /** Region of the bucket. @default - the region of the environment */
  readonly region?: string;
  /** ARN of the key that encrypts the states. @default - the bucket's default encryption */
  readonly kmsKeyArn?: string;
}
