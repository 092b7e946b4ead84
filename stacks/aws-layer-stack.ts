import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { LayerStackProps } from './layer-stack';
import { LayerStack } from './layer-stack';

/** Services whose endpoint an emulated environment redirects: every one that a layer uses. */
const EMULATED_SERVICES = [
  'autoscaling', 'cloudwatch', 'dynamodb', 'ec2', 'ecr', 'eks', 'elbv2', 'events', 'glue', 'iam', 'kms', 'logs', 'rds', 's3', 'secretsmanager', 'sns', 'sqs', 'ssm', 'sts',
] as const;

/** A layer whose resources are in AWS. Every resource carries the environment's tags. */
export class AwsLayerStack extends LayerStack {
  constructor(scope: Construct, props: LayerStackProps) {
    super(scope, props);
    const { environment } = props;
    new AwsProvider(this, 'aws', {
      region: environment.region,
      allowedAccountIds: [environment.account],
      defaultTags: [{ tags: { ...environment.tags, 'ml-platform:layer': props.layer } }],
      ...(environment.awsEndpoint === undefined ? {} : this.emulated(environment.awsEndpoint)),
    });
    this.addOverride('terraform.required_providers.aws.source', 'hashicorp/aws');
  }

  /** Path-style S3 because an emulator has one host name; few retries because the default hides a failure for minutes. */
  private emulated(defaultEndpoint: string) {
    const endpoint = new TerraformVariable(this, 'aws_endpoint', { type: 'string', default: defaultEndpoint, description: 'Endpoint of the AWS emulator.' });
    return {
      endpoints: [Object.fromEntries(EMULATED_SERVICES.map((service) => [service, endpoint.stringValue]))],
      accessKey: 'emulator',
      secretKey: 'emulator',
      s3UsePathStyle: true,
      skipCredentialsValidation: true,
      skipMetadataApiCheck: 'true',
      maxRetries: 1,
    };
  }
}
