import { FeatureType } from '../../constructs/features';
import type { EnvironmentProps } from '../../src/core';
import { synthAll } from '../../src/testing';
import type { SynthResult } from '../../src/testing';
import type { DataLayerOptions } from '../../stacks/data-stack';
import { DataStack } from '../../stacks/data-stack';
import { NetworkStack } from '../../stacks/network-stack';
import { anEnvironment } from '../support/fixtures';

const TABLE = { tableName: 'driver_stats', entities: [{ name: 'driver_id', type: FeatureType.INT64 }], features: [{ name: 'conv_rate', type: FeatureType.DOUBLE }] };

function synth(options: DataLayerOptions = {}, look: (data: DataStack) => void = () => undefined, overrides: Partial<EnvironmentProps> = {}): SynthResult {
  return synthAll((app) => {
    const environment = anEnvironment(overrides);
    look(new DataStack(app, { environment, networkLayer: new NetworkStack(app, { environment }), ...options }));
  });
}

describe('the data layer', () => {
  const result = synth();
  const layer = result.stack('dev-data');

  test('depends on the network layer and takes only ids from its state', () => {
    expect(layer.dependencies).toEqual(['dev-network']);
    expect(layer.resource('aws_security_group', 'Registry').config.vpc_id).toBe('${data.terraform_remote_state.network.outputs.vpc_id}');
    expect(layer.resources('aws_vpc_security_group_ingress_rule').map(({ config }) => config.cidr_ipv4)).toEqual([expect.stringMatching(/^10\./), expect.stringMatching(/^10\./), expect.stringMatching(/^10\./)]);
  });

  test('registry and feature store share one bucket, each under its prefix', () => {
    expect(layer.resources('aws_s3_bucket').map(({ path }) => path)).toEqual(['dev-data/Artifacts/AccessLog/Resource', 'dev-data/Artifacts/Resource']);
    synth({}, (data) => {
      expect(data.registry.artifactRoot).toBe(`s3://${data.artifacts.bucketName}/mlflow`);
      expect(data.features.bucket.bucketName).toBe(data.artifacts.bucketName);
    });
  });

  test('has no tables and repositories unless they are given', () => {
    expect([...layer.resources('aws_dynamodb_table'), ...layer.resources('aws_ecr_repository')]).toEqual([]);
    const full = synth({ featureTables: [TABLE], repositories: [{ name: 'training/churn' }, { name: 'serving' }] }, (data) => {
      expect(data.features.tables.map((table) => table.onlineTableName)).toEqual(['mlp_dev.driver_stats']);
      expect(data.imageNames).toEqual(['training/churn', 'serving']);
      expect(data.image('serving').repositoryName).toBe('mlp/dev/serving');
      expect(() => data.image('servin')).toThrow(/\[ImageRepositoryUnknown\].*training\/churn, serving/);
    }).stack('dev-data');
    expect(full.resource('aws_dynamodb_table').path).toBe('dev-data/Features/DriverStats/Online');
    expect(full.resources('aws_ecr_repository').map(({ path }) => path)).toEqual(['dev-data/ServingImage/Resource', 'dev-data/TrainingChurnImage/Resource']);
    expect(new Set(full.resources('aws_ecr_repository').map(({ config }) => JSON.stringify(config.encryption_configuration))).size).toBe(1);
  });

  test('passes the options of each part on', () => {
    const full = synth({ artifacts: { name: 'models' }, registry: { replicas: 1 }, featureStore: { project: 'fraud' }, featureTables: [TABLE] }).stack('dev-data');
    expect(full.resource('aws_s3_bucket', 'Artifacts/Resource').config).toMatchObject({ bucket: 'mlp-dev-models-111122223333-eu-central-1' });
    expect(full.resources('aws_rds_cluster_instance')).toHaveLength(2);
    expect(full.resource('aws_dynamodb_table').config).toMatchObject({ name: 'fraud.driver_stats' });
  });

  test('declares what people look for after an apply', () => {
    expect(layer.json.output).toMatchObject({ artifact_bucket: { value: 'mlp-dev-artifacts-111122223333-eu-central-1' }, registry_connection_secret: { value: 'mlp/dev/registry/connection' } });
  });
});
