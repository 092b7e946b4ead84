import type { PolicyStatement } from '../../src/core';

/** Anybody; as `AWS: *` rather than `*`, which means the same in a bucket policy. */
const ANYBODY = { AWS: ['*'] };

/** Oldest version of TLS that is accepted. */
const MINIMUM_TLS = '1.2';

/** Refuses plain HTTP and old TLS, whoever asks. */
export function tlsStatements(bucketArn: string): PolicyStatement[] {
  const resources = [bucketArn, `${bucketArn}/*`];
  return [
    { sid: 'DenyPlainHttp', effect: 'Deny', principals: ANYBODY, actions: ['s3:*'], resources, conditions: { Bool: { 'aws:SecureTransport': 'false' } } },
    { sid: 'DenyOldTls', effect: 'Deny', principals: ANYBODY, actions: ['s3:*'], resources, conditions: { NumericLessThan: { 's3:TlsVersion': MINIMUM_TLS } } },
  ];
}

/**
 * Refuses uploads that ask for another encryption than the bucket's own. Uploads that ask for none are accepted: the
 * bucket's default encryption applies, and S3 does not show it to conditions, hence `Null` beside each comparison.
 */
export function encryptionStatements(bucketArn: string, keyArn: string): PolicyStatement[] {
  const algorithm = 's3:x-amz-server-side-encryption';
  const key = `${algorithm}-aws-kms-key-id`;
  const customer = `${algorithm}-customer-algorithm`;
  const deny = { effect: 'Deny' as const, principals: ANYBODY, actions: ['s3:PutObject'], resources: [`${bucketArn}/*`] };
  return [
    { sid: 'DenyOtherEncryption', ...deny, conditions: { Null: { [algorithm]: 'false' }, StringNotEquals: { [algorithm]: 'aws:kms' } } },
    { sid: 'DenyOtherKey', ...deny, conditions: { Null: { [key]: 'false' }, StringNotEquals: { [key]: keyArn } } },
    { sid: 'DenyCustomerKey', ...deny, conditions: { Null: { [customer]: 'false' } } },
  ];
}

/** Lets S3 deliver the access logs of these buckets of this account. */
export function logDeliveryStatement(logBucketArn: string, sourceArns: readonly string[], account: string): PolicyStatement {
  return {
    sid: 'AcceptAccessLogs',
    principals: { Service: ['logging.s3.amazonaws.com'] },
    actions: ['s3:PutObject'],
    resources: [`${logBucketArn}/*`],
    conditions: { ArnLike: { 'aws:SourceArn': sourceArns }, StringEquals: { 'aws:SourceAccount': account } },
  };
}
