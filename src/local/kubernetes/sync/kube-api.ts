import * as http from 'node:http';
import * as https from 'node:https';
import { fail } from '../../../core/errors';
import { groupOf, isRecord, textAt, type Manifest } from './manifest';

/** A request as the API server gets it. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path from the root, `/api/v1/…`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
  /** @default 'application/json' */
  readonly accept?: string;
}

/** What the API server answered, success or refusal. */
export interface KubeAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Texts of the `Warning` headers: deprecated versions, unknown fields. */
  readonly warnings: readonly string[];
}

/** What the API serves for one kind. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const ATTEMPTS = 5;
const RETRY_PAUSE_MILLISECONDS = 300;
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * The API of one cluster. Credentials and TLS come from the Kubernetes client library; requests carry the manifest as it
 * is, because the library's typed models drop fields that they do not know, and the API is to judge what was written.
 */
export class KubeApi {
  /**
   * Reads a kubeconfig file and takes its current context.
   *
   * @throws `KubeconfigInvalid` when the file cannot be used or has no cluster
   */
  public static async connect(kubeconfigPath: string): Promise<KubeApi> {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    const options: https.RequestOptions = {};
    try {
      config.loadFromFile(kubeconfigPath);
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      fail({ code: 'KubeconfigInvalid', message: `the kubeconfig cannot be used: ${messageOf(error)}`, path: kubeconfigPath });
    }
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) fail({ code: 'KubeconfigInvalid', message: 'the current context names no cluster', path: kubeconfigPath });
    return new KubeApi(new URL(server), options);
  }

  private served: Promise<ReadonlyMap<string, ServedKind>> | undefined;
  private readonly agent: http.Agent;

  private constructor(private readonly server: URL, private readonly credentials: https.RequestOptions) {
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = credentials;
    this.agent = server.protocol === 'http:'
      ? new http.Agent({ keepAlive: true, maxSockets: 8 })
      : new https.Agent({ keepAlive: true, maxSockets: 8, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  }

  /** Closes the connections; the object is of no use afterwards. */
  public close(): void {
    this.agent.destroy();
  }

  /**
   * Sends a request; refusals are answers, not errors. Connection failures and overload are tried again.
   *
   * @throws `ClusterUnreachable` when nothing answers
   */
  public async request(request: KubeRequest): Promise<KubeAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.send(request);
        if (attempt === ATTEMPTS || ![429, 500, 502, 503, 504].includes(answer.status)) return answer;
      } catch (error) {
        if (attempt === ATTEMPTS) {
          fail({ code: 'ClusterUnreachable', message: `${this.server.origin} does not answer: ${messageOf(error)}`, remedy: 'start the cluster again' });
        }
      }
      await pause(RETRY_PAUSE_MILLISECONDS * attempt);
    }
  }

  /** The object under a path, or undefined where there is none. */
  public async get(path: string): Promise<Manifest | undefined> {
    const answer = await this.request({ method: 'GET', path });
    return answer.status === 200 ? (answer.body as Manifest) : undefined;
  }

  /** All objects of a kind; empty where the kind is not served. */
  public async list(apiVersion: string, kind: string, namespace?: string): Promise<readonly Manifest[]> {
    const served = await this.find(apiVersion, kind);
    if (served === undefined) return [];
    const answer = await this.request({ method: 'GET', path: collectionPath(served, namespace) });
    return itemsOf(answer.body).map((item) => ({ ...item, apiVersion, kind }) as Manifest);
  }

  /** Metadata of all objects of a kind. */
  public async listMetadata(served: ServedKind): Promise<readonly Manifest[]> {
    const answer = await this.request({ method: 'GET', path: collectionPath(served), accept: METADATA_LIST });
    return itemsOf(answer.body).map((item) => ({ ...item, apiVersion: served.apiVersion, kind: served.kind }) as Manifest);
  }

  /** What the API serves for a kind; `fresh` asks the API again. */
  public async find(apiVersion: string, kind: string, fresh = false): Promise<ServedKind | undefined> {
    return (await this.kinds(fresh)).get(`${apiVersion}/${kind}`);
  }

  /** The preferred version of every kind that can be listed. */
  public async listableKinds(): Promise<readonly ServedKind[]> {
    const preferred = new Map<string, ServedKind>();
    for (const kind of (await this.kinds(true)).values()) {
      const key = `${groupOf(kind.apiVersion)}/${kind.kind}`;
      if (!preferred.has(key) && kind.verbs.includes('list')) preferred.set(key, kind);
    }
    return [...preferred.values()];
  }

  /** Version of the API server as `1.35.4`. */
  public async version(): Promise<string> {
    const answer = await this.request({ method: 'GET', path: '/version' });
    return (textAt(answer.body, 'gitVersion') ?? '').replace(/^v/, '').replace(/[-+].*$/, '');
  }

  private kinds(fresh: boolean): Promise<ReadonlyMap<string, ServedKind>> {
    if (fresh || this.served === undefined) this.served = this.discover();
    return this.served;
  }

  private async discover(): Promise<ReadonlyMap<string, ServedKind>> {
    const kinds = new Map<string, ServedKind>();
    for (const path of ['/api', '/apis']) {
      const answer = await this.request({ method: 'GET', path, accept: DISCOVERY });
      for (const kind of itemsOf(answer.body).flatMap(kindsOfGroup)) kinds.set(`${kind.apiVersion}/${kind.kind}`, kind);
    }
    return kinds;
  }

  private send(request: KubeRequest): Promise<KubeAnswer> {
    const url = new URL(request.path, this.server);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: http.OutgoingHttpHeaders = { ...(this.credentials.headers as http.OutgoingHttpHeaders | undefined), Accept: request.accept ?? 'application/json' };
    if (body !== undefined) Object.assign(headers, { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': Buffer.byteLength(body) });
    const { promise, resolve, reject } = deferred<KubeAnswer>();
    const client = url.protocol === 'http:' ? http : https;
    const sent = client.request(url, { method: request.method, headers, agent: this.agent, auth: this.credentials.auth, timeout: REQUEST_TIMEOUT_MILLISECONDS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: parseBody(Buffer.concat(chunks).toString('utf8')), warnings: warningsOf(response.headers.warning) });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 seconds')));
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }
}

/** Path of a kind's objects, in one namespace or in all. */
export function collectionPath(kind: ServedKind, namespace?: string): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  return kind.namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${kind.plural}` : `${root}/${kind.plural}`;
}

/** Path of one object. */
export function objectPath(kind: ServedKind, name: string, namespace?: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** The API server's own words about a refusal. */
export function refusal(answer: KubeAnswer): string {
  return textAt(answer.body, 'message') ?? `HTTP ${answer.status}`;
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!isRecord(error) && !(error instanceof Error)) return String(error);
  const message = textAt(error, 'message') ?? '';
  return message === '' ? (textAt(error, 'code') ?? 'unknown error') : message;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function itemsOf(body: unknown): readonly Record<string, unknown>[] {
  const items = isRecord(body) ? body.items : undefined;
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

function kindsOfGroup(group: Record<string, unknown>): readonly ServedKind[] {
  const name = textAt(group, 'metadata', 'name') ?? '';
  const versions = Array.isArray(group.versions) ? group.versions.filter(isRecord) : [];
  return versions.flatMap((version) => {
    const apiVersion = name === '' ? String(version.version) : `${name}/${String(version.version)}`;
    const resources = Array.isArray(version.resources) ? version.resources.filter(isRecord) : [];
    return resources.map((resource) => ({
      apiVersion,
      kind: textAt(resource, 'responseKind', 'kind') ?? '',
      plural: String(resource.resource),
      namespaced: resource.scope === 'Namespaced',
      verbs: Array.isArray(resource.verbs) ? resource.verbs.map(String) : [],
    }));
  });
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text.trim() };
  }
}

/** `299 - "text"` entries; the quotes inside a text are escaped. */
function warningsOf(header: string | undefined): readonly string[] {
  return [...(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
}
