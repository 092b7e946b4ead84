import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { claimName, Environment, NameRule, Problems } from '../../src/core';
import type { IEncryptionKey } from '../encryption';
import { EncryptionKey } from '../encryption';
import type { IArtifactBucket } from '../storage';
import { ArtifactBucket, checkPrefix } from '../storage';
import type { FeatureTableOptions, IFeatureStore } from './feature-table';
import { FeatureTable } from './feature-table';

/** What can be chosen of a feature store. */
export interface FeatureStoreOptions {
  /** Last part of the Glue database and of the key's alias, in words divided by hyphens. @default "features" */
  readonly name?: string;
  /** Feast project: letters, digits and underscores, not beginning with an underscore. @default - platform and environment, such as `mlp_dev` */
  readonly project?: string;
  /** Key prefix of the offline tables, ended by a slash. @default "features/" */
  readonly offlinePrefix?: string;
  /** Key of the online tables. @default - a key of its own */
  readonly encryptionKey?: IEncryptionKey;
}

/** Props of `FeatureStore`. */
export interface FeatureStoreProps extends FeatureStoreOptions {
  /** Bucket of the offline tables. @default - a bucket of its own, named after the store */
  readonly bucket?: IArtifactBucket;
}

/** What feature tables have in common: project, catalog database, bucket and key. */
export class FeatureStore extends Construct implements IFeatureStore {
  public readonly project: string;
  public readonly databaseName: string;
  public readonly bucket: IArtifactBucket;
  public readonly offlinePrefix: string;
  public readonly encryptionKey: IEncryptionKey;
  public readonly database: ITerraformDependable;
  private readonly added: FeatureTable[] = [];

  /** @throws FeatureProjectInvalid, NameTooLong, NameInvalid, PhysicalNameDuplicate, PrefixInvalid */
  constructor(scope: Construct, id: string, props: FeatureStoreProps = {}) {
    super(scope, id);
    const environment = Environment.of(this);
    const name = props.name ?? 'features';
    this.project = props.project ?? environment.physicalName(NameRule.GLUE_NAME);
    this.rejectBadProject();
    this.databaseName = environment.physicalName(NameRule.GLUE_NAME, name);
    claimName(this, 'Glue database', this.databaseName);
    this.bucket = props.bucket ?? new ArtifactBucket(this, 'Bucket', { name });
    this.offlinePrefix = checkPrefix(props.offlinePrefix ?? 'features/', this.node.path);
    this.encryptionKey = props.encryptionKey ?? new EncryptionKey(this, 'Key', { aliasSuffix: `${name}-online`, purpose: `Online tables of ${this.project}` });
    this.database = new GlueCatalogDatabase(this, 'Resource', { name: this.databaseName, description: `Feature tables of ${this.project}`, tags: { Name: this.databaseName } });
  }

  /** Adds a table. @throws what `FeatureTable` throws */
  public addTable(id: string, options: FeatureTableOptions): FeatureTable {
    const table = new FeatureTable(this, id, { ...options, store: this });
    this.added.push(table);
    return table;
  }

  /** The tables added so far. */
  public get tables(): readonly FeatureTable[] {
    return [...this.added];
  }

  private rejectBadProject(): void {
    const problems = new Problems(this);
    problems.when(!/^[A-Za-z0-9][A-Za-z0-9_]*$/.test(this.project), {
      code: 'FeatureProjectInvalid',
      message: `project got "${this.project}"`,
      allowed: 'letters, digits and underscores, not beginning with an underscore',
    });
    problems.throwIfAny();
  }
}
