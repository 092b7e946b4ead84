import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';

import { AwsError, jsonBody, readBody } from './request';
import type { AwsResponse, JsonObject } from './request';
import { xmlText } from './xml';

/** Hop-by-hop headers and those that the proxy sets itself. */
const NOT_FORWARDED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'content-length', 'proxy-connection', 'upgrade', 'te']);

/** Headers of a message that may pass a proxy. */
export function forwardable(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !NOT_FORWARDED.has(name.toLowerCase())) kept[name] = value;
  }
  return kept;
}

/** Asks moto what the front itself wants to know, in the words of the services. */
export class MotoClient {
  constructor(public readonly port: number) {}

  /** Sends one request and reads the whole answer; any status is an answer. */
  public async send(method: string, path: string, headers: NodeJS.Dict<string | string[]>, body: Buffer | string): Promise<AwsResponse> {
    const content = typeof body === 'string' ? Buffer.from(body) : body;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: this.port, method, path, headers: { ...forwardable(headers), 'content-length': content.length } },
        resolve,
      );
      request.on('error', reject);
      request.end(content);
    });
    const answerHeaders: Record<string, string> = {};
    for (const [name, value] of Object.entries(forwardable(answer.headers))) answerHeaders[name] = Array.isArray(value) ? value.join(', ') : value;
    return { status: answer.statusCode ?? 502, headers: answerHeaders, body: await readBody(answer) };
  }

  /** A query-protocol call (EC2, RDS, IAM); answers with the XML. Errors: the service's own code. */
  public async query(service: string, region: string, version: string, action: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> {
    const form = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();
    const answer = await this.send('POST', '/', { ...signedAs(service, region), 'content-type': 'application/x-www-form-urlencoded' }, form);
    const xml = answer.body.toString();
    if (answer.status >= 300) throw new AwsError(xmlText(xml, 'Code') ?? 'InternalFailure', xmlText(xml, 'Message') ?? xml.slice(0, 200), answer.status);
    return xml;
  }

  /** A JSON-protocol call (KMS, DynamoDB, Secrets Manager); `target` is `TrentService.ListKeys`. */
  public async json(service: string, region: string, target: string, input: JsonObject = {}): Promise<JsonObject> {
    const headers = { ...signedAs(service, region), 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
    const answer = await this.send('POST', '/', headers, JSON.stringify(input));
    if (answer.status < 300) return jsonBody(Buffer.from(answer.body));
    const text = answer.body.toString();
    throw new AwsError(/"__type": ?"(?:[^"]*#)?([^"]+)"/.exec(text)?.[1] ?? 'InternalFailure', text.slice(0, 300), answer.status);
  }

  /** A plain GET of a REST service (S3); answers with the body. */
  public async get(service: string, region: string, path: string): Promise<string> {
    const answer = await this.send('GET', path, signedAs(service, region), '');
    if (answer.status >= 300) throw new AwsError('InternalFailure', answer.body.toString().slice(0, 200), answer.status);
    return answer.body.toString();
  }
}

/** Headers that tell moto the service and region; it checks no signature. */
function signedAs(service: string, region: string): Record<string, string> {
  return {
    host: '127.0.0.1',
    authorization: `AWS4-HMAC-SHA256 Credential=front/20250101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}
