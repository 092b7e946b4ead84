import { DataAwsKmsAlias } from '@cdktf/provider-aws/lib/data-aws-kms-alias';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import type { Duration, IKey } from '../../src/core';
import { claimName, Environment, fail, NameRule, policyDocument, Problems } from '../../src/core';
import { EncryptionKeyGrants } from './encryption-key-grants';
import type { KeyUser } from './key-user';

/** Days that KMS waits before it deletes a key. Source: KMS API reference, ScheduleKeyDeletion. */
const RECOVERY_DAYS = { min: 7, max: 30 };

/** A key that encrypts at rest. */
export interface IEncryptionKey extends IKey {
  /** Id of the key; a token until apply, so it stays inside its layer. */
  readonly keyId: string;
  /** Permissions to give. */
  readonly grants: EncryptionKeyGrants;
}

/** Props of `EncryptionKey`. */
export interface EncryptionKeyProps {
  /** Last part of the alias, in words divided by hyphens: `cluster` gives `alias/<platform>-<environment>-cluster`. */
  readonly aliasSuffix: string;
  /** What it encrypts, for whoever reads the list of keys. */
  readonly purpose: string;
  /** Services that use it with their own principal; the account's roles get it by grants. @default - none */
  readonly users?: readonly KeyUser[];
  /** How long it can be recovered after deletion, 7 to 30 days. @default - by tier */
  readonly recovery?: Duration;
  /** Terraform refuses to destroy it: with the key goes whatever it encrypted. @default - by tier */
  readonly protectsState?: boolean;
}

/** A customer-managed KMS key with yearly rotation and an alias that is a fact. */
export class EncryptionKey extends Construct implements IEncryptionKey {
  /**
   * A key that exists.
   * @param aliasName `alias/…`.
   * @throws KeyAliasInvalid
   */
  public static fromAliasName(scope: Construct, id: string, aliasName: string): IEncryptionKey {
    return new ImportedKey(scope, id, aliasName);
  }

  /** `alias/…`, a fact. */
  public readonly aliasName: string;
  public readonly keyArn: string;
  public readonly keyId: string;
  public readonly grants: EncryptionKeyGrants;

  /** @throws KeyRecoveryOutOfRange, NameTooLong, NameInvalid, PhysicalNameDuplicate */
  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { defaults } = environment.tier;
    const recoveryDays = (props.recovery ?? defaults.keyRecovery).toDays();
    this.rejectImpossibleRecovery(recoveryDays);
    this.aliasName = `alias/${environment.physicalName(NameRule.KMS_ALIAS, props.aliasSuffix)}`;
    claimName(this, 'KMS alias', this.aliasName);
    const key = new KmsKey(this, 'Resource', {
      description: props.purpose,
      enableKeyRotation: true,
      deletionWindowInDays: recoveryDays,
      policy: policyDocument([
        { sid: 'Account', principals: { AWS: [environment.iamArn('root')] }, actions: ['kms:*'], resources: ['*'] },
        ...(props.users ?? []).map((user) => user.statement(environment)),
      ]),
      tags: { Name: this.aliasName.slice('alias/'.length) },
      lifecycle: (props.protectsState ?? defaults.protectsState) ? { preventDestroy: true } : undefined,
    });
    new KmsAlias(this, 'Alias', { name: this.aliasName, targetKeyId: key.keyId });
    this.keyArn = key.arn;
    this.keyId = key.keyId;
    this.grants = new EncryptionKeyGrants(this, this);
  }

  private rejectImpossibleRecovery(days: number): void {
    const problems = new Problems(this);
    problems.when(days < RECOVERY_DAYS.min || days > RECOVERY_DAYS.max, {
      code: 'KeyRecoveryOutOfRange',
      message: `recovery got ${days} days`,
      allowed: `${RECOVERY_DAYS.min} to ${RECOVERY_DAYS.max} days`,
    });
    problems.throwIfAny();
  }
}

class ImportedKey extends Construct implements IEncryptionKey {
  public readonly keyArn: string;
  public readonly keyId: string;
  public readonly grants: EncryptionKeyGrants;

  constructor(scope: Construct, id: string, public readonly aliasName: string) {
    super(scope, id);
    if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(aliasName)) {
      fail({ code: 'KeyAliasInvalid', message: `aliasName got "${aliasName}"`, allowed: 'alias/ and letters, digits, /, _ and -', path: this.node.path });
    }
    const alias = new DataAwsKmsAlias(this, 'Resource', { name: aliasName });
    this.keyArn = alias.targetKeyArn;
    this.keyId = alias.targetKeyId;
    this.grants = new EncryptionKeyGrants(this, this);
  }
}
