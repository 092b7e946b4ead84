import { messageOf } from './kube-api';

/** Where a chart is pulled from, as arguments of `helm pull`. */
export interface PullSource {
  readonly args: readonly string[];
  /** An address that a living repository answers, whatever it says. */
  readonly probe: string;
}

const PROBE_TIMEOUT_MILLISECONDS = 5000;
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** Reads a repository as Argo CD writes it: without a scheme it is an OCI registry. */
export function pullSource(repoUrl: string, chart: string): PullSource {
  const url = repoUrl.replace(/\/+$/, '');
  if (/^https?:\/\//.test(url)) return { args: [chart, '--repo', url], probe: `${url}/index.yaml` };
  const path = url.replace(/^oci:\/\//, '');
  const host = path.split('/')[0] ?? '';
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
  return { args: [`oci://${path}/${chart}`, ...(loopback ? ['--plain-http'] : [])], probe: `${loopback ? 'http' : 'https'}://${host}/v2/` };
}

/** Which repositories answer, each asked once: quicker than a pull that runs into its time limit for every chart. */
export class RepositoryProbe {
  private readonly asked = new Map<string, Promise<string | undefined>>();

  constructor(private readonly environment: Readonly<Record<string, string | undefined>>) {}

  /** Why a repository is silent; undefined when it answers, or when a proxy stands between and only Helm can tell. */
  public silence(probe: string): Promise<string | undefined> {
    if (PROXY_VARIABLES.some((name) => (this.environment[name] ?? '') !== '')) return Promise.resolve(undefined);
    const { origin, host } = new URL(probe);
    const known = this.asked.get(origin) ?? ask(probe, host);
    this.asked.set(origin, known);
    return known;
  }
}

async function ask(probe: string, host: string): Promise<string | undefined> {
  try {
    await fetch(probe, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MILLISECONDS) });
    return undefined;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return `${host} does not answer (${messageOf(cause)})`;
  }
}
