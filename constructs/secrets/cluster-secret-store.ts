import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ApiVersion } from '../../src/catalog';
import { Environment, fail } from '../../src/core';
import type { GitOpsTree } from '../gitops';
import { PlatformNamespace, SyncWave } from '../gitops';

/** Props of the store. */
export interface ClusterSecretStoreProps {
  /** Namespaces whose external secrets may read it; at least one. */
  readonly namespaces: readonly PlatformNamespace[];
  /** Name. @default "aws-secrets-manager" */
  readonly storeName?: string;
}

/** AWS Secrets Manager, as External Secrets reads it: by the operator's own pod identity, for the named namespaces only. */
export class ClusterSecretStore extends Construct {
  /** Name, for external secrets. */
  public readonly storeName: string;

  /** @throws SecretStoreOpen */
  constructor(scope: GitOpsTree, id: string, props: ClusterSecretStoreProps) {
    super(scope, id);
    if (props.namespaces.length === 0) {
      fail({ code: 'SecretStoreOpen', message: 'namespaces got an empty list', allowed: 'at least one namespace', remedy: 'name who reads it: a store without names is open to every namespace', path: this.node.path });
    }
    this.storeName = props.storeName ?? 'aws-secrets-manager';
    const application = scope.addApplication('secret-stores', { namespace: PlatformNamespace.EXTERNAL_SECRETS, wave: SyncWave.SECRET_STORES });
    this.node.defaultChild = new ApiObject(application, 'Store', {
      apiVersion: ApiVersion.EXTERNAL_SECRETS,
      kind: 'ClusterSecretStore',
      metadata: { name: this.storeName },
      spec: {
        conditions: [{ namespaces: props.namespaces.map((namespace) => namespace.name).sort() }],
        provider: { aws: { service: 'SecretsManager', region: Environment.of(this).region } },
      },
    });
  }
}
