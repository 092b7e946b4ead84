import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import type { Duration } from '../../src/core';
import { claimName, Environment, NameRule, policyDocument, Problems } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import { EncryptionKey } from '../encryption';
import type { IAccessLogBucket } from './access-log-bucket';
import { AccessLogBucket } from './access-log-bucket';
import { ArtifactBucketGrants } from './artifact-bucket-grants';
import { encryptionStatements, tlsStatements } from './bucket-policy';
import type { ObjectLifecycle } from './object-lifecycle';
import { lifecycleProblems, lifecycleRules } from './object-lifecycle';

/** A bucket for what training produces and serving reads. All members are facts. */
export interface IArtifactBucket {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** ARN of the bucket. */
  readonly bucketArn: string;
  /** `alias/…` of the key; undefined where S3's own keys encrypt the bucket. */
  readonly keyAliasName?: string;
  /** Permissions to give. */
  readonly grants: ArtifactBucketGrants;
}

/** A bucket that exists. */
export interface ArtifactBucketAttributes {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** `alias/…` of its key. @default - S3's own keys encrypt it, and grants name no key */
  readonly keyAliasName?: string;
}

/** Props of `ArtifactBucket`. */
export interface ArtifactBucketProps {
  /** Last part of the physical name and of the key's alias, in words divided by hyphens. @default "artifacts" */
  readonly name?: string;
  /** Key that encrypts the objects. @default - a key of its own */
  readonly encryptionKey?: IEncryptionKey;
  /** Uploads that ask for another encryption or another key than the bucket's are refused. @default true */
  readonly refusesOtherEncryption?: boolean;
  /** How long replaced and deleted versions can be brought back, in whole days. @default - the tier's backup retention */
  readonly noncurrentRetention?: Duration;
  /** What happens to objects as they age, by prefix. @default - they stay as they are */
  readonly lifecycle?: readonly ObjectLifecycle[];
  /** Where the access log goes, under the bucket's name. @default - a bucket of its own */
  readonly accessLogBucket?: IAccessLogBucket;
}

/** A versioned, encrypted, private bucket with an access log. */
export class ArtifactBucket extends Construct implements IArtifactBucket {
  /** A bucket that exists. @throws NameInvalid */
  public static fromBucketName(scope: Construct, id: string, attributes: ArtifactBucketAttributes): IArtifactBucket {
    return new ImportedBucket(scope, id, attributes);
  }

  public readonly bucketName: string;
  public readonly bucketArn: string;
  public readonly keyAliasName: string;
  public readonly grants: ArtifactBucketGrants;
  private readonly key: IEncryptionKey;

  /** @throws NameTooLong, NameInvalid, PhysicalNameDuplicate, PrefixInvalid, LifecyclePrefixDuplicate, LifecycleRuleEmpty, TransitionTooEarly, TransitionOrderInvalid, ExpiryBeforeTransition */
  constructor(scope: Construct, id: string, props: ArtifactBucketProps = {}) {
    super(scope, id);
    const environment = Environment.of(this);
    const { protectsState, backupRetention } = environment.tier.defaults;
    const name = props.name ?? 'artifacts';
    this.bucketName = environment.physicalName(NameRule.S3_BUCKET, name);
    this.bucketArn = bucketArn(environment, this.bucketName);
    this.rejectImpossibleLifecycle(props.lifecycle ?? []);
    claimName(this, 'S3 bucket', this.bucketName);
    this.key = props.encryptionKey ?? new EncryptionKey(this, 'Key', { aliasSuffix: name, purpose: `Objects in ${this.bucketName}` });
    this.keyAliasName = this.key.aliasName;
    this.grants = new ArtifactBucketGrants(this, this);

    const bucket = new S3Bucket(this, 'Resource', {
      bucket: this.bucketName,
      forceDestroy: !protectsState,
      tags: { Name: this.bucketName },
      lifecycle: protectsState ? { preventDestroy: true } : undefined,
    }).id;
    const versioning = new S3BucketVersioningA(this, 'Versioning', { bucket, versioningConfiguration: { status: 'Enabled' } });
    new S3BucketLifecycleConfiguration(this, 'Lifecycle', { bucket, rule: lifecycleRules(props.lifecycle ?? [], props.noncurrentRetention ?? backupRetention), dependsOn: [versioning] });
    this.addEncryption(bucket);
    this.addAccessRules(bucket, props.refusesOtherEncryption ?? true);
    this.addAccessLog(bucket, props.accessLogBucket ?? new AccessLogBucket(this, 'AccessLog', { name: `${name}-logs` }));
  }

  private rejectImpossibleLifecycle(rules: readonly ObjectLifecycle[]): void {
    const problems = new Problems(this);
    lifecycleProblems(rules).forEach((problem) => problems.add(problem));
    problems.throwIfAny();
  }

  private addEncryption(bucket: string): void {
    new S3BucketServerSideEncryptionConfigurationA(this, 'Encryption', {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: this.key.keyArn }, bucketKeyEnabled: true }],
    });
  }

  private addAccessRules(bucket: string, refusesOtherEncryption: boolean): void {
    const block = new S3BucketPublicAccessBlock(this, 'PublicAccessBlock', { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true });
    new S3BucketOwnershipControls(this, 'Ownership', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    const statements = [...tlsStatements(this.bucketArn), ...(refusesOtherEncryption ? encryptionStatements(this.bucketArn, this.key.keyArn) : [])];
    new S3BucketPolicy(this, 'Policy', { bucket, policy: policyDocument(statements), dependsOn: [block] });
  }

  private addAccessLog(bucket: string, log: IAccessLogBucket): void {
    new S3BucketLoggingA(this, 'Logging', { bucket, targetBucket: log.bucketName, targetPrefix: `${this.bucketName}/`, dependsOn: [...log.acceptFrom(this.bucketArn)] });
  }
}

class ImportedBucket extends Construct implements IArtifactBucket {
  public readonly bucketName: string;
  public readonly bucketArn: string;
  public readonly keyAliasName: string | undefined;
  public readonly grants: ArtifactBucketGrants;

  constructor(scope: Construct, id: string, attributes: ArtifactBucketAttributes) {
    super(scope, id);
    this.bucketName = NameRule.S3_BUCKET.check(attributes.bucketName, this.node.path);
    this.bucketArn = bucketArn(Environment.of(this), this.bucketName);
    this.keyAliasName = attributes.keyAliasName;
    this.grants = new ArtifactBucketGrants(this, this);
  }
}

function bucketArn(environment: Environment, bucketName: string): string {
  return `arn:${environment.partition}:s3:::${bucketName}`;
}
