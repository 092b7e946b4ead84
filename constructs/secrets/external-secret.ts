import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ApiVersion } from '../../src/catalog';
import type { Duration } from '../../src/core';
import type { ClusterSecretStore } from './cluster-secret-store';

/** One value of a secret in AWS. */
export interface SecretField {
  /** Name of the secret, a fact. */
  readonly secretName: string;
  /** Key in the secret's JSON. */
  readonly property: string;
}

/** Props of an external secret. */
export interface ExternalSecretProps {
  /** Name of the Kubernetes secret that it makes. */
  readonly name: string;
  /** Where it reads. */
  readonly store: ClusterSecretStore;
  /** How often it reads again. */
  readonly refresh: Duration;
  /** Values by the name that the template knows them by. */
  readonly fields: { readonly [name: string]: SecretField };
  /** Whole secrets found by one tag, by the name that the template knows them by. Exactly one secret may have the tag. @default - none */
  readonly foundByTag?: { readonly [name: string]: { readonly key: string; readonly value: string } };
  /** Keys of the Kubernetes secret, each a Go template over the names above. */
  readonly template: { readonly [key: string]: string };
  /** Annotations, such as a sync wave. @default - none */
  readonly annotations?: { readonly [key: string]: string };
}

/** What External Secrets fills in by itself; written out, so that git and cluster say the same. */
const READING_DEFAULTS = { conversionStrategy: 'Default', decodingStrategy: 'None', nullBytePolicy: 'Ignore' };

/** A Kubernetes secret that External Secrets makes from secrets of AWS. Git holds their names only. */
export class ExternalSecret extends Construct {
  constructor(scope: Construct, id: string, props: ExternalSecretProps) {
    super(scope, id);
    const found = Object.entries(props.foundByTag ?? {});
    new ApiObject(this, 'Resource', {
      apiVersion: ApiVersion.EXTERNAL_SECRETS,
      kind: 'ExternalSecret',
      metadata: { name: props.name, annotations: { ...props.annotations } },
      spec: {
        secretStoreRef: { kind: 'ClusterSecretStore', name: props.store.storeName },
        refreshPolicy: 'Periodic',
        refreshInterval: `${props.refresh.toSeconds()}s`,
        target: { name: props.name, creationPolicy: 'Owner', deletionPolicy: 'Retain', template: { engineVersion: 'v2', mergePolicy: 'Replace', data: props.template } },
        data: Object.entries(props.fields).map(([secretKey, { secretName, property }]) => ({
          secretKey,
          remoteRef: { key: secretName, property, metadataPolicy: 'None', ...READING_DEFAULTS },
        })),
        ...(found.length === 0 ? {} : {
          dataFrom: found.map(([name, tag]) => ({
            find: { tags: { [tag.key]: tag.value }, ...READING_DEFAULTS },
            rewrite: [{ regexp: { source: '^.*$', target: name } }],
          })),
        }),
      },
    });
  }
}
