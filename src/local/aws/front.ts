import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { ClusterBackend } from '../cluster-backend';
import { takeInventory } from './inventory';
import { createMends } from './mends';
import type { Mend } from './mends';
import { forwardable, MotoClient } from './moto-client';
import { AwsError, jsonError, jsonResponse, parseCredentialScope, readBody } from './request';
import type { AwsResponse, CredentialScope, JsonObject } from './request';

/** What a front needs to know. */
export interface FrontOptions {
  /** Port of moto on the loopback interface. */
  readonly motoPort: number;
  /** Version of moto, as health shows it. */
  readonly motoVersion: string;
  /** Tells this world from an earlier one. */
  readonly instanceId: string;
  /** 12 digits; must be moto's own. */
  readonly accountId: string;
  /** Engine behind clusters. @default - clusters answer with an endpoint where nothing listens */
  readonly backend?: ClusterBackend;
  /** How long node groups and add-ons wait for what they need before they fail, in seconds. @default 60 */
  readonly settleSeconds?: number;
  /** Takes one line per noteworthy event. @default - nothing is written */
  readonly log?: (line: string) => void;
}

/** The HTTP server before moto: what a mend answers is ours, everything else is moto's, unchanged. */
export class Front {
  private readonly server: Server;
  private readonly moto: MotoClient;
  private readonly mends: ReadonlyMap<string, Mend>;
  private readonly regions = new Set<string>();

  constructor(private readonly options: FrontOptions) {
    this.moto = new MotoClient(options.motoPort);
    this.mends = createMends({
      moto: this.moto,
      accountId: options.accountId,
      backend: options.backend,
      settleSeconds: options.settleSeconds ?? 60,
      log: options.log ?? (() => undefined),
    });
    this.server = createServer((incoming, outgoing) => {
      this.serve(incoming, outgoing).catch((error: unknown) => this.refuse(incoming, outgoing, error));
    });
    this.server.keepAliveTimeout = 60_000;
  }

  /** Listens on 127.0.0.1 only; rejects with Node's error when the port is taken. */
  public async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Stops listening, drops open connections and lets every mend release what it started. */
  public async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
    for (const mend of this.mends.values()) await mend.close?.();
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://front');
    if (url.pathname.startsWith('/_platform/')) return write(outgoing, jsonResponse(await this.answerPlatform(url.pathname)));
    const scope = parseCredentialScope(incoming.headers.authorization, url.searchParams);
    if (scope !== undefined) this.regions.add(scope.region);
    const mend = scope === undefined ? undefined : this.mends.get(scope.service);
    if (scope === undefined || mend === undefined) return this.pass(incoming, outgoing);
    return write(outgoing, await this.mended(mend, scope, incoming, url));
  }

  private async mended(mend: Mend, scope: CredentialScope, incoming: IncomingMessage, url: URL): Promise<AwsResponse> {
    const method = incoming.method ?? 'GET';
    const request = { ...scope, method, path: url.pathname, query: url.searchParams, headers: incoming.headers, body: await readBody(incoming) };
    return mend.handle(request, (body) => this.moto.send(method, incoming.url ?? '/', incoming.headers, body ?? request.body));
  }

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = forwardable(incoming.headers);
      const length = incoming.headers['content-length'];
      if (length !== undefined) headers['content-length'] = length;
      const onward = httpRequest({ host: '127.0.0.1', port: this.options.motoPort, method: incoming.method, path: incoming.url, headers }, (answer) => {
        const kept = forwardable(answer.headers);
        if (answer.headers['content-length'] !== undefined) kept['content-length'] = answer.headers['content-length'];
        outgoing.writeHead(answer.statusCode ?? 502, kept);
        answer.pipe(outgoing);
        answer.on('error', reject);
        answer.on('end', resolve);
      });
      onward.on('error', reject);
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
  }

  private async answerPlatform(path: string): Promise<JsonObject> {
    const { instanceId, motoVersion, accountId } = this.options;
    if (path === '/_platform/health') return { instanceId, moto: motoVersion, accountId, pid: process.pid };
    if (path === '/_platform/inventory') return { instanceId, ...(await takeInventory(this.moto, this.mends, [...this.regions].sort())) };
    throw new AwsError('ResourceNotFoundException', `No page ${path}; there are /_platform/health and /_platform/inventory`, 404);
  }

  private refuse(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown): void {
    const known = error instanceof AwsError ? error : new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
    if (known.status >= 500) this.options.log?.(`${incoming.method} ${incoming.url}: ${known.code}: ${known.message}`);
    if (outgoing.headersSent) outgoing.destroy();
    else write(outgoing, jsonError(known));
  }
}

function write(outgoing: ServerResponse, response: AwsResponse): void {
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': Buffer.byteLength(response.body) });
  outgoing.end(response.body);
}
