import type { Construct } from 'constructs';
import { EncryptionKey } from '../constructs/encryption';
import type { FeatureStoreOptions, FeatureTableOptions } from '../constructs/features';
import { FeatureStore } from '../constructs/features';
import type { IImageRepository, ImageRepositoryOptions } from '../constructs/images';
import { ImageRepository } from '../constructs/images';
import type { IModelRegistry, ModelRegistryOptions } from '../constructs/registry';
import { ModelRegistry } from '../constructs/registry';
import type { ArtifactBucketProps, IArtifactBucket } from '../constructs/storage';
import { ArtifactBucket } from '../constructs/storage';
import type { Environment } from '../src/core';
import { fail } from '../src/core';
import { AwsLayerStack } from './aws-layer-stack';
import type { NetworkStack } from './network-stack';

/** Options of the data layer. */
export interface DataLayerOptions {
  /** The bucket that registry and feature store share. @default - a bucket with the tier's defaults */
  readonly artifacts?: ArtifactBucketProps;
  /** The model registry. @default - a registry with the tier's defaults */
  readonly registry?: ModelRegistryOptions;
  /** What feature tables have in common. @default - a feature store with the tier's defaults */
  readonly featureStore?: FeatureStoreOptions;
  /** Feature tables. @default - none */
  readonly featureTables?: readonly FeatureTableOptions[];
  /** Image repositories; they share a key unless they bring their own. @default - none */
  readonly repositories?: readonly ImageRepositoryOptions[];
}

/** Props of `DataStack`. */
export interface DataStackProps extends DataLayerOptions {
  /** The environment that the layer belongs to. */
  readonly environment: Environment;
  /** The network layer of the same environment. */
  readonly networkLayer: NetworkStack;
}

/** The data layer: artifacts, model registry, features, images. */
export class DataStack extends AwsLayerStack {
  /** Bucket of artifacts and offline features. */
  public readonly artifacts: IArtifactBucket;
  /** Model registry. */
  public readonly registry: IModelRegistry;
  /** Feature store with the tables. */
  public readonly features: FeatureStore;
  private readonly repositories = new Map<string, IImageRepository>();

  /** @throws what its constructs throw */
  constructor(scope: Construct, props: DataStackProps) {
    super(scope, { environment: props.environment, layer: 'data' });
    const bucket = new ArtifactBucket(this, 'Artifacts', props.artifacts);
    this.artifacts = bucket;
    this.registry = new ModelRegistry(this, 'Registry', { ...props.registry, bucket, network: props.networkLayer.networkFor(this) });
    this.features = new FeatureStore(this, 'Features', { ...props.featureStore, bucket });
    for (const table of props.featureTables ?? []) this.features.addTable(nounOf(table.tableName), table);
    this.addRepositories(props.repositories ?? []);
    this.export('artifact_bucket', this.artifacts.bucketName, 'Bucket of artifacts and offline features.');
    this.export('registry_connection_secret', this.registry.connectionSecretName, 'Secret that says where the registry database is.');
  }

  /** Names of the image repositories, below platform and environment, in the order given. */
  public get imageNames(): readonly string[] {
    return [...this.repositories.keys()];
  }

  /** The repository of that name. @param name as it was given. @throws ImageRepositoryUnknown */
  public image(name: string): IImageRepository {
    const known = this.repositories.get(name);
    return known ?? fail({ code: 'ImageRepositoryUnknown', message: `the data layer has no image repository "${name}"`, allowed: this.imageNames.join(', ') || 'none', remedy: 'add it to repositories', path: this.node.path });
  }

  private addRepositories(repositories: readonly ImageRepositoryOptions[]): void {
    const needsKey = repositories.some((repository) => repository.encryptionKey === undefined);
    const encryptionKey = needsKey ? new EncryptionKey(this, 'ImageKey', { aliasSuffix: 'images', purpose: 'Container images' }) : undefined;
    for (const repository of repositories) {
      this.repositories.set(repository.name, new ImageRepository(this, `${nounOf(repository.name)}Image`, { ...repository, encryptionKey: repository.encryptionKey ?? encryptionKey }));
    }
  }
}

/** A construct id from a name: `driver_stats` and `driver/stats` give `DriverStats`. */
function nounOf(name: string): string {
  return name.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
