import type { IConstruct } from 'constructs';
import type { IIdentity, PolicyStatement } from '../../src/core';
import { Environment, Grant, keyStatements } from '../../src/core';
import { checkPrefix } from './object-prefix';

/** The facts of a bucket that grants need. */
export interface BucketFacts {
  /** ARN of the bucket. */
  readonly bucketArn: string;
  /** Alias of its key; undefined where S3's own keys encrypt it. */
  readonly keyAliasName?: string;
}

/** What an identity may do with a bucket, by prefix: the narrowest actions, and the key with them. All of it is made of facts. */
export class ArtifactBucketGrants {
  constructor(private readonly scope: IConstruct, private readonly bucket: BucketFacts) {}

  /**
   * See the names of objects.
   * @param prefix folders ended by a slash. @default - the whole bucket
   * @throws PrefixInvalid
   */
  public list(identity: IIdentity, prefix = ''): Grant {
    return Grant.toIdentity(identity, this.listStatements(checkPrefix(prefix, this.scope.node.path)));
  }

  /**
   * See and read objects.
   * @param prefix folders ended by a slash. @default - the whole bucket
   * @throws PrefixInvalid
   */
  public read(identity: IIdentity, prefix = ''): Grant {
    return Grant.toIdentity(identity, this.readStatements(prefix));
  }

  /**
   * See, read, write and delete objects. Older versions stay out of reach.
   * @param prefix folders ended by a slash. @default - the whole bucket
   * @throws PrefixInvalid
   */
  public readWrite(identity: IIdentity, prefix = ''): Grant {
    return Grant.toIdentity(identity, this.readWriteStatements(prefix));
  }

  /** What `read` adds, for grants that are about more than files. @throws PrefixInvalid */
  public readStatements(prefix = ''): PolicyStatement[] {
    return [
      ...this.listStatements(checkPrefix(prefix, this.scope.node.path)),
      { actions: ['s3:GetObject'], resources: [this.objects(prefix)] },
      ...this.key('kms:Decrypt'),
    ];
  }

  /** What `readWrite` adds, for grants that are about more than files. @throws PrefixInvalid */
  public readWriteStatements(prefix = ''): PolicyStatement[] {
    return [
      ...this.listStatements(checkPrefix(prefix, this.scope.node.path)),
      { actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'], resources: [this.objects(prefix)] },
      ...this.key('kms:Decrypt', 'kms:GenerateDataKey'),
    ];
  }

  private listStatements(prefix: string): PolicyStatement[] {
    const resources = [this.bucket.bucketArn];
    return [
      { actions: ['s3:GetBucketLocation'], resources },
      { actions: ['s3:ListBucket'], resources, ...(prefix === '' ? {} : { conditions: { StringLike: { 's3:prefix': [`${prefix}*`] } } }) },
    ];
  }

  private objects(prefix: string): string {
    return `${this.bucket.bucketArn}/${prefix}*`;
  }

  /** The key, as far as S3 uses it for the identity. */
  private key(...actions: string[]): PolicyStatement[] {
    if (this.bucket.keyAliasName === undefined) return [];
    const { account, region, partition, dnsSuffix } = Environment.of(this.scope);
    return keyStatements({ account, region, partition, aliasName: this.bucket.keyAliasName, actions }).map((statement) => ({
      ...statement,
      conditions: { ...statement.conditions, StringEquals: { 'kms:ViaService': `s3.${region}.${dnsSuffix}` } },
    }));
  }
}
