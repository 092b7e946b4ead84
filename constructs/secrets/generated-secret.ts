import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ApiVersion } from '../../src/catalog';

/** Letters and digits of a generated value: about 285 bits, and safe in URLs, INI files and shells. */
const LENGTH = 48;

/** Version of the generators' API. */
const GENERATORS = 'generators.external-secrets.io/v1alpha1';

/** Props of a generated secret. */
export interface GeneratedSecretProps {
  /** Name of the Kubernetes secret. */
  readonly name: string;
  /** Keys that get a random value each. */
  readonly randomKeys: readonly string[];
  /** Keys with a value that is no secret, such as a user name. @default - none */
  readonly plainKeys?: { readonly [key: string]: string };
  /** Annotations, such as a sync wave. @default - none */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * A Kubernetes secret with random values that are made once, in the cluster, and never again. Nobody outside knows them; who
 * deletes the secret gets new ones.
 */
export class GeneratedSecret extends Construct {
  /** Name of the Kubernetes secret. */
  public readonly secretName: string;

  constructor(scope: Construct, id: string, props: GeneratedSecretProps) {
    super(scope, id);
    this.secretName = props.name;
    const annotations = { ...props.annotations };
    new ApiObject(this, 'Generator', {
      apiVersion: GENERATORS,
      kind: 'Password',
      metadata: { name: props.name, annotations },
      spec: { length: LENGTH, symbols: 0, noUpper: false, allowRepeat: true, encoding: 'raw', secretKeys: [...props.randomKeys] },
    });
    new ApiObject(this, 'Resource', {
      apiVersion: ApiVersion.EXTERNAL_SECRETS,
      kind: 'ExternalSecret',
      metadata: { name: props.name, annotations },
      spec: {
        refreshPolicy: 'CreatedOnce',
        refreshInterval: '0s',
        target: {
          name: props.name,
          creationPolicy: 'Owner',
          deletionPolicy: 'Retain',
          ...(props.plainKeys === undefined ? {} : { template: { engineVersion: 'v2', mergePolicy: 'Merge', data: props.plainKeys } }),
        },
        dataFrom: [{ sourceRef: { generatorRef: { apiVersion: GENERATORS, kind: 'Password', name: props.name } } }],
      },
    });
  }
}
