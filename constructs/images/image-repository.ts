import { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';
import { EcrRepositoryPolicy } from '@cdktf/provider-aws/lib/ecr-repository-policy';
import { Construct } from 'constructs';
import { claimName, Duration, Environment, NameRule, policyDocument, Problems } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import { EncryptionKey } from '../encryption';
import { ImageRepositoryGrants, PULL_ACTIONS } from './image-repository-grants';

/** A repository of container images. All members are facts. */
export interface IImageRepository {
  /** Name of the repository. */
  readonly repositoryName: string;
  /** ARN of the repository. */
  readonly repositoryArn: string;
  /** Where images are pushed and pulled, without tag: `<account>.dkr.ecr.<region>.<suffix>/<name>`. */
  readonly repositoryUri: string;
  /** Permissions to give. */
  readonly grants: ImageRepositoryGrants;
}

/** What can be chosen of a repository. */
export interface ImageRepositoryOptions {
  /** Name below platform and environment, such as `training/churn`: lower-case words, divided by `/`, `-`, `_` or `.`. */
  readonly name: string;
  /** Newest tagged images that are kept, at least 1. @default 100 */
  readonly keepTagged?: number;
  /** Age at which images without tag are deleted, in whole days, at least 1. @default Duration.days(14) */
  readonly expireUntaggedAfter?: Duration;
  /** Other accounts that may pull, 12 digits each. @default - none, and the repository has no policy */
  readonly pullAccounts?: readonly string[];
  /** Key that encrypts the layers; it cannot be changed later. @default - a key of its own */
  readonly encryptionKey?: IEncryptionKey;
}

/** Props of `ImageRepository`. */
export interface ImageRepositoryProps extends ImageRepositoryOptions {}

/** A repository whose tags never move and whose images are scanned when they are pushed. */
export class ImageRepository extends Construct implements IImageRepository {
  /** A repository of this account and region that exists. @param repositoryName full name. @throws NameInvalid */
  public static fromRepositoryName(scope: Construct, id: string, repositoryName: string): IImageRepository {
    return new ImportedRepository(scope, id, repositoryName);
  }

  public readonly repositoryName: string;
  public readonly repositoryArn: string;
  public readonly repositoryUri: string;
  public readonly grants: ImageRepositoryGrants;

  /** @throws NameTooLong, NameInvalid, PhysicalNameDuplicate, ImageRetentionInvalid, AccountInvalid */
  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { protectsState } = environment.tier.defaults;
    const keepTagged = props.keepTagged ?? 100;
    const untaggedDays = (props.expireUntaggedAfter ?? Duration.days(14)).toDays();
    const pullAccounts = props.pullAccounts ?? [];
    this.rejectImpossible(keepTagged, untaggedDays, pullAccounts);
    this.repositoryName = environment.physicalName(NameRule.ECR_REPOSITORY, props.name);
    claimName(this, 'ECR repository', this.repositoryName);
    ({ repositoryArn: this.repositoryArn, repositoryUri: this.repositoryUri } = facts(environment, this.repositoryName));
    this.grants = new ImageRepositoryGrants(this.repositoryArn);

    const key = props.encryptionKey ?? new EncryptionKey(this, 'Key', { aliasSuffix: `images-${props.name.replace(/[/._]/g, '-')}`, purpose: `Images in ${this.repositoryName}` });
    const repository = new EcrRepository(this, 'Resource', {
      name: this.repositoryName,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: key.keyArn }],
      forceDelete: !protectsState,
      tags: { Name: this.repositoryName },
      lifecycle: protectsState ? { preventDestroy: true } : undefined,
    }).name;
    new EcrLifecyclePolicy(this, 'Lifecycle', { repository, policy: lifecyclePolicy(keepTagged, untaggedDays) });
    if (pullAccounts.length > 0) {
      const principals = { AWS: pullAccounts.map((account) => `arn:${environment.partition}:iam::${account}:root`) };
      new EcrRepositoryPolicy(this, 'Policy', { repository, policy: policyDocument([{ sid: 'PullFromOtherAccounts', principals, actions: PULL_ACTIONS }]) });
    }
  }

  private rejectImpossible(keepTagged: number, untaggedDays: number, pullAccounts: readonly string[]): void {
    const problems = new Problems(this);
    for (const [key, value] of [['keepTagged', keepTagged], ['expireUntaggedAfter in days', untaggedDays]] as const) {
      problems.when(!(Number.isInteger(value) && value >= 1), { code: 'ImageRetentionInvalid', message: `${key} got ${value}`, allowed: 'a whole number of at least 1' });
    }
    for (const account of pullAccounts) {
      problems.when(!/^\d{12}$/.test(account), { code: 'AccountInvalid', message: `pullAccounts got "${account}"`, allowed: 'exactly 12 digits' });
    }
    problems.throwIfAny();
  }
}

class ImportedRepository extends Construct implements IImageRepository {
  public readonly repositoryName: string;
  public readonly repositoryArn: string;
  public readonly repositoryUri: string;
  public readonly grants: ImageRepositoryGrants;

  constructor(scope: Construct, id: string, repositoryName: string) {
    super(scope, id);
    this.repositoryName = NameRule.ECR_REPOSITORY.check(repositoryName, this.node.path);
    ({ repositoryArn: this.repositoryArn, repositoryUri: this.repositoryUri } = facts(Environment.of(this), this.repositoryName));
    this.grants = new ImageRepositoryGrants(this.repositoryArn);
  }
}

function facts(environment: Environment, repositoryName: string): { readonly repositoryArn: string; readonly repositoryUri: string } {
  return {
    repositoryArn: environment.arn('ecr', `repository/${repositoryName}`),
    repositoryUri: `${environment.account}.dkr.ecr.${environment.region}.${environment.dnsSuffix}/${repositoryName}`,
  };
}

/** ECR takes its own JSON here. Source: ECR user guide, lifecycle policy properties. */
function lifecyclePolicy(keepTagged: number, untaggedDays: number): string {
  const expire = { type: 'expire' };
  return JSON.stringify({
    rules: [
      { rulePriority: 1, description: 'Images without tag', selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: untaggedDays }, action: expire },
      { rulePriority: 2, description: 'Oldest tagged images', selection: { tagStatus: 'tagged', tagPatternList: ['*'], countType: 'imageCountMoreThan', countNumber: keepTagged }, action: expire },
    ],
  });
}
