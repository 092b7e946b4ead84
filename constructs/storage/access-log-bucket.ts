import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import type { ITerraformDependable } from 'cdktf';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import type { Duration } from '../../src/core';
import { claimName, Environment, NameRule, policyDocument } from '../../src/core';
import { logDeliveryStatement, tlsStatements } from './bucket-policy';

/** A bucket that access logs of other buckets are delivered to. */
export interface IAccessLogBucket {
  /** Name of the bucket, a fact. */
  readonly bucketName: string;
  /** Accepts the logs of a bucket. Returns what must stand before logging is switched on. */
  acceptFrom(bucketArn: string): readonly ITerraformDependable[];
}

/** Props of `AccessLogBucket`. */
export interface AccessLogBucketProps {
  /** Last part of the name. @default "logs" */
  readonly name?: string;
  /** How long logs are kept, in whole days. @default - by tier */
  readonly retention?: Duration;
}

/**
 * A bucket for access logs. S3's own keys encrypt it: S3 delivers access logs to no bucket whose default encryption is a
 * KMS key (S3 user guide, enabling server access logging).
 */
export class AccessLogBucket extends Construct implements IAccessLogBucket {
  /** A bucket that exists; its policy must let S3 deliver the logs already. */
  public static fromBucketName(bucketName: string): IAccessLogBucket {
    NameRule.S3_BUCKET.check(bucketName);
    return { bucketName, acceptFrom: () => [] };
  }

  public readonly bucketName: string;
  /** ARN of the bucket, a fact. */
  public readonly bucketArn: string;
  private readonly policy: S3BucketPolicy;
  private readonly sources = new Set<string>();

  /** @throws NameTooLong, NameInvalid, PhysicalNameDuplicate */
  constructor(scope: Construct, id: string, props: AccessLogBucketProps = {}) {
    super(scope, id);
    const environment = Environment.of(this);
    const { defaults } = environment.tier;
    this.bucketName = environment.physicalName(NameRule.S3_BUCKET, props.name ?? 'logs');
    this.bucketArn = `arn:${environment.partition}:s3:::${this.bucketName}`;
    claimName(this, 'S3 bucket', this.bucketName);
    const bucket = new S3Bucket(this, 'Resource', {
      bucket: this.bucketName,
      forceDestroy: !defaults.protectsState,
      tags: { Name: this.bucketName },
      lifecycle: defaults.protectsState ? { preventDestroy: true } : undefined,
    }).id;
    const block = new S3BucketPublicAccessBlock(this, 'PublicAccessBlock', { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true });
    new S3BucketOwnershipControls(this, 'Ownership', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    new S3BucketServerSideEncryptionConfigurationA(this, 'Encryption', { bucket, rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] });
    new S3BucketLifecycleConfiguration(this, 'Lifecycle', {
      bucket,
      rule: [{ id: 'retention', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: (props.retention ?? defaults.logRetention).toDays() }], abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }] }],
    });
    this.policy = new S3BucketPolicy(this, 'Policy', { bucket, policy: Lazy.stringValue({ produce: () => this.renderPolicy() }), dependsOn: [block] });
  }

  public acceptFrom(bucketArn: string): readonly ITerraformDependable[] {
    this.sources.add(bucketArn);
    return [this.policy];
  }

  private renderPolicy(): string {
    const delivery = this.sources.size === 0 ? [] : [logDeliveryStatement(this.bucketArn, [...this.sources].sort(), Environment.of(this).account)];
    return policyDocument([...delivery, ...tlsStatements(this.bucketArn)]);
  }
}
