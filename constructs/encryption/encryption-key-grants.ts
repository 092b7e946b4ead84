import type { IConstruct } from 'constructs';
import type { IIdentity, IKey } from '../../src/core';
import { Environment, Grant, keyStatements } from '../../src/core';

/** What an identity may do with a key. The statements name the key by its alias, so they cross layers. */
export class EncryptionKeyGrants {
  constructor(private readonly scope: IConstruct, private readonly key: IKey) {}

  /** Read what the key encrypted. */
  public decrypt(identity: IIdentity): Grant {
    return this.grant(identity, ['kms:Decrypt', 'kms:DescribeKey']);
  }

  /** Read and write what the key encrypts. */
  public encryptDecrypt(identity: IIdentity): Grant {
    return this.grant(identity, ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']);
  }

  private grant(identity: IIdentity, actions: readonly string[]): Grant {
    const { account, region, partition } = Environment.of(this.scope);
    return Grant.toIdentity(identity, keyStatements({ account, region, partition, aliasName: this.key.aliasName, actions }));
  }
}
