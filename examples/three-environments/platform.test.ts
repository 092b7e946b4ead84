import { planSnapshot, synthAll } from 'cdktf-ml-platform/testing';
import { buildPlatforms } from './platform';

const result = synthAll(buildPlatforms);

test('what a change does to production is reviewed in its pull request', () => {
  expect(planSnapshot(result, { stacks: ['prod-data'] })).toMatchSnapshot();
});

test.each(['staging', 'prod'])('%s keeps its data when somebody destroys it by mistake', (environment) => {
  const stateful = ['aws_s3_bucket', 'aws_rds_cluster', 'aws_dynamodb_table'].flatMap((type) => result.stack(`${environment}-data`).resources(type));
  expect(stateful.length).toBeGreaterThan(3);
  for (const { config } of stateful) expect(config).toMatchObject({ lifecycle: { prevent_destroy: true } });
});
