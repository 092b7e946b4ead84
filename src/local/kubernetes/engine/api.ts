import { readFileSync } from 'node:fs';
import { Agent, get, request } from 'node:https';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** The parts of a kubeconfig file that a cluster of the twin has. */
interface KubeconfigFile {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly 'certificate-authority': string } }];
  readonly users: readonly [{ readonly user: { readonly 'client-certificate': string; readonly 'client-key': string } }];
}

/** A refusal by the API server. */
export class EngineApiError extends Error {
  constructor(
    /** HTTP status. */
    public readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'EngineApiError';
  }
}

const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const READY_TIMEOUT_MILLISECONDS = 5_000;

/**
 * The few requests that the engine makes to the API of one of its clusters. The published client library is an
 * ES module, which CommonJS cannot load before Node.js 22.
 */
export class EngineApi {
  private readonly server: string;
  private readonly agent: Agent;

  /** @param kubeconfigPath file that the engine wrote. */
  constructor(kubeconfigPath: string) {
    const file = parse(readFileSync(kubeconfigPath, 'utf8')) as KubeconfigFile;
    const read = (path: string) => readFileSync(resolve(dirname(kubeconfigPath), path));
    const { user } = file.users[0];
    const { cluster } = file.clusters[0];
    this.server = cluster.server;
    this.agent = new Agent({ ca: read(cluster['certificate-authority']), cert: read(user['client-certificate']), key: read(user['client-key']) });
  }

  /** The object, or undefined when there is none. */
  public async get<T>(path: string): Promise<T | undefined> {
    return unlessStatus(this.send<T>('GET', path), 404);
  }

  /** All objects of a collection. @param selector label selector. */
  public async list<T>(path: string, selector?: string): Promise<readonly T[]> {
    const query = selector === undefined ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
    return (await this.send<{ items: readonly T[] }>('GET', path + query)).items;
  }

  /** Creates an object; answers undefined when it is there already. */
  public create<T extends object>(path: string, object: T): Promise<T | undefined> {
    return unlessStatus(this.send<T>('POST', path, object), 409);
  }

  /** Sends a request of which every refusal is an error. */
  public post(path: string, body: object): Promise<object> {
    return this.send('POST', path, body);
  }

  /** Changes an object by a JSON merge patch, in which null removes a key. */
  public patch(path: string, patch: object): Promise<object> {
    return this.send('PATCH', path, patch, 'application/merge-patch+json');
  }

  /** Deletes an object; fine when there is none. */
  public async delete(path: string, options: object = {}): Promise<void> {
    await unlessStatus(this.send('DELETE', path, options), 404);
  }

  private send<T>(method: string, path: string, body?: object, contentType = 'application/json'): Promise<T> {
    return new Promise((resolvePromise, reject) => {
      const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) };
      const call = request(`${this.server}${path}`, { method, agent: this.agent, headers, timeout: REQUEST_TIMEOUT_MILLISECONDS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status < 300) resolvePromise(JSON.parse(text) as T);
          else reject(new EngineApiError(status, `${method} ${path}: ${messageOf(text)}`));
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within ${REQUEST_TIMEOUT_MILLISECONDS / 1000} seconds`)));
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Takes some refusals for success, for example 404 on deletion. */
export async function unlessStatus<T>(request: Promise<T>, ...statuses: number[]): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof EngineApiError && statuses.includes(error.status)) return undefined;
    throw error;
  }
}

/** True when the API on this port of 127.0.0.1 says that it is ready; anybody may ask. @param authority PEM of its certificate authority. */
export function isApiReady(port: number, authority: Buffer): Promise<boolean> {
  return new Promise((resolvePromise) => {
    const call = get({ host: '127.0.0.1', port, path: '/readyz', ca: authority, timeout: READY_TIMEOUT_MILLISECONDS, agent: false }, (response) => {
      response.resume();
      resolvePromise(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolvePromise(false));
  });
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
