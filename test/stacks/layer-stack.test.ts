import { TerraformOutput } from 'cdktf';
import { StateBackend } from '../../src/core';
import { synthAll } from '../../src/testing';
import { AwsLayerStack } from '../../stacks/aws-layer-stack';
import { anEnvironment, synthLayer } from '../support/fixtures';

/** A producer and a consumer of one list and one text. */
function twoLayers(overrides: Parameters<typeof anEnvironment>[0] = {}) {
  return synthAll((app) => {
    const environment = anEnvironment(overrides);
    const producer = new AwsLayerStack(app, { environment, layer: 'network' });
    producer.export('vpc_id', 'vpc-1', 'Id of the VPC.');
    producer.export('subnet_ids', ['s-1', 's-2'], 'Ids of subnets.');
    const consumer = new AwsLayerStack(app, { environment, layer: 'data' });
    new TerraformOutput(consumer, 'seen', { value: [consumer.importFrom(producer, 'vpc_id'), ...consumer.importListFrom(producer, 'subnet_ids', 2)] });
  });
}

test('a layer keeps its state beside the synth output, by a path that is the same on every machine', () => {
  expect(synthLayer(() => undefined).json.terraform).toMatchObject({ backend: { local: { path: '../../../.ml-platform/state/dev-test.tfstate' } }, required_providers: { aws: { source: 'hashicorp/aws' } } });
});

test('the provider is limited to the account and tags everything', () => {
  const { provider } = synthLayer(() => undefined).json as { provider: { aws: object[] } };
  expect(provider.aws).toEqual([
    { region: 'eu-central-1', allowed_account_ids: ['111122223333'], default_tags: [{ tags: expect.objectContaining({ 'ml-platform:environment': 'dev', 'ml-platform:layer': 'test' }) }] },
  ]);
});

test('an emulated environment differs in its provider configuration only', () => {
  const json = synthLayer(() => undefined, { awsEndpoint: 'http://127.0.0.1:4566' }).json as { provider: { aws: { endpoints: Record<string, string>[] }[] }; variable: object };
  expect(json.variable).toMatchObject({ aws_endpoint: { default: 'http://127.0.0.1:4566' } });
  expect(json.provider.aws[0]).toMatchObject({ s3_use_path_style: true, max_retries: 1, skip_credentials_validation: true });
  expect(new Set(Object.values(json.provider.aws[0]?.endpoints[0] ?? {}))).toEqual(new Set(['${var.aws_endpoint}']));
});

describe('values cross the border of a layer', () => {
  test('as declared outputs with stable names', () => {
    const result = twoLayers();
    expect(result.stack('dev-network').json.output).toMatchObject({ vpc_id: { value: 'vpc-1' }, subnet_ids: { value: ['s-1', 's-2'] } });
    expect(result.stack('dev-data').json.output).toMatchObject({
      seen: { value: ['${data.terraform_remote_state.network.outputs.vpc_id}', '${element(data.terraform_remote_state.network.outputs.subnet_ids, 0)}', '${element(data.terraform_remote_state.network.outputs.subnet_ids, 1)}'] },
    });
    expect(result.stack('dev-data').dependencies).toEqual(['dev-network']);
  });

  test('from S3 with a lock file where the environment keeps its states there', () => {
    const result = twoLayers({ stateBackend: StateBackend.s3({ bucket: 'states', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1' }) });
    expect(result.stack('dev-network').json.terraform).toMatchObject({
      backend: { s3: { bucket: 'states', key: 'mlp/dev/network.tfstate', region: 'eu-central-1', encrypt: true, use_lockfile: true, kms_key_id: 'arn:aws:kms:eu-central-1:111122223333:key/1' } },
    });
    expect(result.stack('dev-data').dataSources('terraform_remote_state')[0]?.config).toMatchObject({ backend: 's3', config: { bucket: 'states', key: 'mlp/dev/network.tfstate' } });
  });

  test('fails for an output that was not declared, naming those that were', () => {
    expect(() =>
      synthAll((app) => {
        const environment = anEnvironment();
        const producer = new AwsLayerStack(app, { environment, layer: 'network' });
        producer.export('vpc_id', 'vpc-1', 'Id.');
        new AwsLayerStack(app, { environment, layer: 'data' }).importFrom(producer, 'vpc');
      }),
    ).toThrow('[OutputUnknown] layer "network" has no output "vpc"; allowed: vpc_id (at dev-data)');
  });

  test('fails for an output that is declared twice', () => {
    expect(() =>
      synthLayer((stack) => {
        (stack as AwsLayerStack).export('a', '1', 'x');
        (stack as AwsLayerStack).export('a', '2', 'x');
      }),
    ).toThrow('[OutputDuplicate]');
  });
});
