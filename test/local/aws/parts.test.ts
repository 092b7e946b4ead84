import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { matchPath } from '../../../src/local/aws/eks/service';
import { checkClusterVersion, checkNodegroupVersion, checkVersionUpdate } from '../../../src/local/aws/eks/versions';
import { startEmulator } from '../../../src/local/aws/emulator';
import { Ec2Mend } from '../../../src/local/aws/mended/ec2';
import { KmsMend } from '../../../src/local/aws/mended/kms';
import { RdsMend } from '../../../src/local/aws/mended/rds';
import type { Mend } from '../../../src/local/aws/mends';
import { MotoClient } from '../../../src/local/aws/moto-client';
import { findMoto, interpreterOf, motoEnvironmentFolder } from '../../../src/local/aws/moto';
import type { AwsRequest, AwsResponse } from '../../../src/local/aws/request';
import { jsonBody, parseCredentialScope } from '../../../src/local/aws/request';
import { mapXmlElements, withXmlChild, xmlText } from '../../../src/local/aws/xml';

const NOTHING = new URLSearchParams();

function request(body: string, target = ''): AwsRequest {
  return { region: 'us-east-1', service: 'x', method: 'POST', path: '/', query: NOTHING, headers: { 'x-amz-target': target }, body: Buffer.from(body) };
}

/** Sends a body through a mend before a service that always gives that answer. */
async function through(mend: Mend, sent: AwsRequest, answer: string): Promise<{ forwarded: string; answered: string }> {
  let forwarded = sent.body.toString();
  const onward = (body?: Buffer | string): Promise<AwsResponse> => {
    forwarded = body?.toString() ?? forwarded;
    return Promise.resolve({ status: 200, headers: {}, body: answer });
  };
  return { answered: (await mend.handle(sent, onward)).body.toString(), forwarded };
}

describe('requests', () => {
  test('the service is read from the signature, of a header or a presigned address', () => {
    const header = 'AWS4-HMAC-SHA256 Credential=test/20260102/eu-west-1/EKS/aws4_request, SignedHeaders=host, Signature=0';
    expect(parseCredentialScope(header, NOTHING)).toEqual({ region: 'eu-west-1', service: 'eks' });
    const presigned = new URLSearchParams({ 'X-Amz-Credential': 'test/20260102/us-east-1/s3/aws4_request' });
    expect(parseCredentialScope(undefined, presigned)).toEqual({ region: 'us-east-1', service: 's3' });
    expect(parseCredentialScope('Bearer x', NOTHING)).toBeUndefined();
  });

  test('an ARN in a path stays one label', () => {
    const template = '/clusters/{name}/access-entries/{principalArn}';
    expect(matchPath(template, '/clusters/demo/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Fb')).toEqual({ name: 'demo', principalArn: 'arn:aws:iam::1:role/a/b' });
    expect(matchPath(template, '/clusters/demo/access-entries')).toBeUndefined();
    expect(matchPath('/clusters/{name}', '/clusters/')).toBeUndefined();
  });

  test.each(['[1]', '{', '"x"'])('fails on the body %s', (body) => {
    expect(() => jsonBody(Buffer.from(body))).toThrow(/JSON/);
  });
});

describe('xml', () => {
  test('elements are changed one by one and children set once', () => {
    const xml = '<L><I><A>1</A><E/></I><I><A>2</A></I></L>';
    expect(mapXmlElements(xml, 'I', (item) => withXmlChild(item, 'E', xmlText(item, 'A')))).toBe('<L><I><A>1</A><E>1</E></I><I><A>2</A><E>2</E></I></L>');
    expect(withXmlChild('<A>1</A><E/>', 'E', undefined)).toBe('<A>1</A>');
    expect(xmlText('<A>a &amp; b &#x41;</A>', 'A')).toBe('a & b A');
  });
});

describe('Kubernetes versions', () => {
  test('one minor version up is the only update', () => {
    expect(() => checkVersionUpdate('1.34', '1.35')).not.toThrow();
    expect(() => checkVersionUpdate('1.33', '1.35')).toThrow('from 1.33 to 1.35');
    expect(() => checkVersionUpdate('1.35', '1.34')).toThrow('from 1.35 to 1.34');
    expect(() => checkVersionUpdate('1.35', '1.35')).toThrow('already');
  });

  test('nodes are never newer than their cluster and at most three versions older', () => {
    expect(checkNodegroupVersion('1.35', undefined)).toBe('1.35');
    expect(checkNodegroupVersion('1.35', '1.32')).toBe('1.32');
    expect(() => checkNodegroupVersion('1.35', '1.36')).toThrow('1.36');
    expect(() => checkNodegroupVersion('1.36', '1.32')).toThrow('1.32');
  });

  test('fails on a version that EKS does not offer', () => {
    expect(() => checkClusterVersion('1.19')).toThrow('1.19');
  });
});

describe('mends', () => {
  const instance = (name: string): string =>
    `<R><DBInstances><DBInstance><DBInstanceIdentifier>${name}</DBInstanceIdentifier><DbiResourceId>db-ONE</DbiResourceId><CopyTagsToSnapshot>false</CopyTagsToSnapshot></DBInstance></DBInstances></R>`;

  test('RDS reads back monitoring and insights, and moto never sees monitoring', async () => {
    const mend = new RdsMend();
    const create = 'Action=CreateDBInstance&DBInstanceIdentifier=Db-1&EnablePerformanceInsights=true&MonitoringInterval=60&MonitoringRoleArn=arn&CopyTagsToSnapshot=true';
    const { answered, forwarded } = await through(mend, request(create), instance('db-1'));
    expect(forwarded).not.toContain('Monitoring');
    expect(answered).toContain('<PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>');
    expect(answered).toContain('<PerformanceInsightsRetentionPeriod>7</PerformanceInsightsRetentionPeriod>');
    expect(answered).toContain('<MonitoringInterval>60</MonitoringInterval>');
    expect(answered.match(/<CopyTagsToSnapshot>/g)).toHaveLength(1);
    const changed = await through(mend, request('Action=ModifyDBInstance&DBInstanceIdentifier=db-1&MonitoringInterval=0'), instance('db-1'));
    expect(changed.answered).toContain('<MonitoringInterval>0</MonitoringInterval>');
    expect(changed.answered).toContain('<PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>');
  });

  test('every RDS instance has its own resource id and is found by it', async () => {
    const mend = new RdsMend();
    const ids = await Promise.all(['one', 'two'].map(async (name) => xmlText((await through(mend, request(`Action=CreateDBInstance&DBInstanceIdentifier=${name}`), instance(name))).answered, 'DbiResourceId')));
    expect(new Set(ids).size).toBe(2);
    expect(ids[1]).toMatch(/^db-[A-Z2-7]{26}$/);
    const search = new URLSearchParams({ Action: 'DescribeDBInstances', 'Filters.Filter.1.Name': 'dbi-resource-id', 'Filters.Filter.1.Values.Value.1': ids[1]! });
    const { forwarded } = await through(mend, request(search.toString()), instance('two'));
    expect(new URLSearchParams(forwarded).get('Filters.Filter.1.Name')).toBe('db-instance-id');
    expect(new URLSearchParams(forwarded).get('Filters.Filter.1.Values.Value.1')).toBe('two');
  });

  test('a provisioned Aurora cluster shows no scaling of serverless v1, and pauses at zero capacity', async () => {
    const cluster = (mode: string): string =>
      `<DBClusters><DBCluster><DBClusterIdentifier>c</DBClusterIdentifier><EngineMode>${mode}</EngineMode><ScalingConfigurationInfo/>` +
      '<ServerlessV2ScalingConfiguration><MinCapacity>0.0</MinCapacity></ServerlessV2ScalingConfiguration></DBCluster></DBClusters>';
    const create = request('Action=CreateDBCluster&DBClusterIdentifier=c&ServerlessV2ScalingConfiguration.SecondsUntilAutoPause=600');
    const { answered } = await through(new RdsMend(), create, cluster('provisioned'));
    expect(answered).not.toContain('ScalingConfigurationInfo');
    expect(answered).toContain('<SecondsUntilAutoPause>600</SecondsUntilAutoPause>');
    expect((await through(new RdsMend(), create, cluster('serverless'))).answered).toContain('ScalingConfigurationInfo');
  });

  test('KMS keeps the rotation period', async () => {
    const mend = new KmsMend();
    await through(mend, request('{"KeyId":"arn:aws:kms:us-east-1:1:key/k","RotationPeriodInDays":180}', 'TrentService.EnableKeyRotation'), '{}');
    const ask = (key: string, answer: string) => through(mend, request(`{"KeyId":"${key}"}`, 'TrentService.GetKeyRotationStatus'), answer);
    expect(JSON.parse((await ask('k', '{"KeyRotationEnabled":true}')).answered)).toMatchObject({ RotationPeriodInDays: 180 });
    expect(JSON.parse((await ask('other', '{"KeyRotationEnabled":true}')).answered)).toMatchObject({ RotationPeriodInDays: 365 });
    expect(JSON.parse((await ask('k', '{"KeyRotationEnabled":false}')).answered)).toEqual({ KeyRotationEnabled: false });
  });

  test("a launch template's own tags are not those of its instances", async () => {
    const item = (type: string): string => `<item><resourceType>${type}</resourceType><tagSet><item><key>a</key></item></tagSet></item>`;
    const { answered } = await through(new Ec2Mend(new MotoClient(0)), request('Action=DescribeLaunchTemplateVersions'), `<s>${item('instance')}${item('launch-template')}${item('volume')}</s>`);
    expect(answered).toBe(`<s>${item('instance')}${item('volume')}</s>`);
  });
});

describe('finding moto', () => {
  test('only a direct Python interpreter is taken from a script', () => {
    expect(interpreterOf('#!/opt/x/bin/python3.11')).toBe('/opt/x/bin/python3.11');
    expect(interpreterOf('#!/usr/bin/env bash')).toBeUndefined();
    expect(interpreterOf('\u007fELF')).toBeUndefined();
  });

  test('the private environment follows XDG_CACHE_HOME', () => {
    expect(motoEnvironmentFolder({ XDG_CACHE_HOME: '/c' })).toMatch(/^\/c\/cdktf-ml-platform\/moto-5\./);
    expect(motoEnvironmentFolder({ HOME: '/h' })).toMatch(/^\/h\/\.cache\/cdktf-ml-platform\/moto-5\./);
  });

  test('fails without Python', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'no-python-'));
    await expect(findMoto({ env: { PATH: empty, XDG_CACHE_HOME: empty } })).rejects.toThrow(/^\[PythonMissing\] .*python3.*; install Python/);
  });
});

describe('starting', () => {
  test('fails on an account id that is not 12 digits', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
    await expect(startEmulator({ directory, port: 0, accountId: '1234' })).rejects.toThrow(/^\[AccountIdInvalid\] .*1234.*12 digits/);
  });
});
