import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Where a request is meant to go, read from its SigV4 credential scope. */
export interface CredentialScope {
  readonly region: string;
  /** Signing name of the service, lower case: `eks`, `rds`, `s3`. */
  readonly service: string;
}

/** A request whose body was read. */
export interface AwsRequest extends CredentialScope {
  readonly method: string;
  /** Path without query, still percent-encoded: an ARN inside it stays one segment. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** What goes back to the caller. */
export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object; a member that is undefined is not written. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

const SCOPE = /Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;

/** The credential scope of an Authorization header or a presigned query; undefined for unsigned requests. */
export function parseCredentialScope(authorization: string | undefined, query: URLSearchParams): CredentialScope | undefined {
  const presigned = query.get('X-Amz-Credential');
  const match = SCOPE.exec(authorization ?? (presigned === null ? '' : `Credential=${presigned}`));
  if (match === null) return undefined;
  return { region: match[1]!, service: match[2]!.toLowerCase() };
}

/** Reads a whole body. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An error that the emulated service answers with. */
export class AwsError extends Error {
  constructor(
    public readonly code: string,
    message: string,
    public readonly status: number = 400,
    public readonly details: JsonObject = {},
  ) {
    super(message);
  }
}

/** A JSON answer. */
export function jsonResponse(body: JsonObject, status = 200, headers: Readonly<Record<string, string>> = {}): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: JSON.stringify(body),
  };
}

/** An error in the form of the REST-JSON protocol: the code in a header, the message in the body. */
export function jsonError(error: AwsError): AwsResponse {
  return jsonResponse({ ...error.details, message: error.message }, error.status, { 'x-amzn-errortype': error.code });
}

/** Parses a JSON object body; an empty body is an empty object. */
export function jsonBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    throw new AwsError('SerializationException', 'The body is not valid JSON');
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object');
}
