import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fail } from '../../../core/errors';
import type { ClusterAccess } from '../../cluster-backend';
import { EngineApi, isApiReady } from './api';
import type { KubernetesEngine } from './discover';
import type { ControlPlanePorts } from './kwok-config';
import { kwokConfiguration } from './kwok-config';
import { explainStart } from './kwok-logs';
import { becomesFree, freePorts } from './ports';
import type { ProcessInfo, RunResult } from './processes';
import { endProcesses, processesOfPrograms, run, sleep } from './processes';

/** What is remembered of a control plane that was started once. */
interface ClusterRecord {
  readonly ports: ControlPlanePorts;
}

const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok-controller'] as const;
/** A killed process loses its command line before its sockets. */
const PORT_RELEASE_SECONDS = 5;
const KWOKCTL_SECONDS = 90;
const READY_SECONDS = 60;
const READY_POLL_MILLISECONDS = 200;
const GRACE_SECONDS = 5;
const START_ATTEMPTS = 3;
const ADDRESS_IN_USE = /address already in use/;

/** A control plane made of real components, whose nodes and pods are simulated by kwok. */
export class KwokCluster {
  private readonly root: string;
  private readonly workDirectory: string;
  private readonly logDirectory: string;
  private readonly recordPath: string;

  /**
   * @param root private folder of one checkout; several clusters live in it side by side.
   * @param name name of the EKS cluster.
   */
  constructor(
    private readonly engine: KubernetesEngine,
    root: string,
    public readonly name: string,
  ) {
    this.root = resolve(root);
    this.workDirectory = join(this.root, '.kwok', 'clusters', name);
    this.logDirectory = join(this.workDirectory, 'logs');
    this.recordPath = join(this.root, 'records', `${name}.json`);
  }

  /** File with administrator credentials. */
  public get kubeconfigPath(): string {
    return join(this.root, 'kubeconfigs', `${this.name}.yaml`);
  }

  /** True when it was created and not deleted, whether or not it runs at the moment. */
  public exists(): boolean {
    return existsSync(this.recordPath) && existsSync(join(this.workDirectory, 'kwok.yaml'));
  }

  /**
   * Starts the control plane, or what is missing of it after processes ended, and waits until its API answers.
   * Throws `KubernetesClusterStartFailed`.
   */
  public async create(): Promise<ClusterAccess> {
    if (!this.exists()) return this.createAnew();
    await this.recover();
    return this.access();
  }

  /** How the cluster is reached. Throws `KubernetesClusterUnknown`. */
  public access(): ClusterAccess {
    if (!this.exists()) this.rejectUnknown();
    return {
      endpoint: `https://127.0.0.1:${this.record().ports.apiServer}`,
      certificateAuthorityData: this.authority().toString('base64'),
      kubeconfigPath: this.kubeconfigPath,
    };
  }

  /** True while every component runs and the API says that it is ready. */
  public async isReady(): Promise<boolean> {
    return this.exists() && (await this.processes()).length === COMPONENTS.length && this.apiAnswers();
  }

  /** Stops every process and removes the data; an unknown name is fine. Throws `KubernetesProcessesLeft`. */
  public async delete(): Promise<void> {
    await endProcesses(() => this.orphanedCommands(), GRACE_SECONDS);
    if (existsSync(join(this.workDirectory, 'kwok.yaml'))) {
      this.dropForeignPids(await this.processes());
      await this.kwokctl(['delete', 'cluster', '--name', this.name, '--kubeconfig', this.kubeconfigPath]);
    }
    const left = await endProcesses(() => this.processes(), GRACE_SECONDS);
    if (left.length > 0) {
      fail({
        code: 'KubernetesProcessesLeft',
        message: `processes of cluster "${this.name}" cannot be ended: ${left.map(({ pid, commandLine }) => `${pid} ${commandLine.split(' ')[0]}`).join(', ')}`,
        remedy: 'end them by their ids, then run it again',
        path: this.workDirectory,
      });
    }
    for (const path of [this.workDirectory, this.recordPath, this.kubeconfigPath, this.configPath()]) rmSync(path, { recursive: true, force: true });
  }

  /** Processes that belong to this cluster and no other. */
  public processes(): Promise<ProcessInfo[]> {
    return processesOfPrograms(join(this.workDirectory, 'bin'));
  }

  /** A `kwokctl` whose caller was killed goes on, and would start components of a cluster that is being removed. */
  private async orphanedCommands(): Promise<ProcessInfo[]> {
    const commands = await processesOfPrograms(dirname(this.engine.binaries.kwokctl));
    return commands.filter(({ commandLine }) => `${commandLine} `.includes(` --kubeconfig ${this.kubeconfigPath} `));
  }

  /** Another program may take a port between the choice and the start, so that alone is tried again. */
  private async createAnew(): Promise<ClusterAccess> {
    let problem = '';
    for (let attempt = 1; attempt <= START_ATTEMPTS && (problem === '' || ADDRESS_IN_USE.test(problem)); attempt += 1) {
      await this.delete();
      const ports = await this.choosePorts(attempt);
      for (const path of [this.configPath(), this.recordPath, this.kubeconfigPath]) mkdirSync(dirname(path), { recursive: true });
      writeFileSync(this.configPath(), JSON.stringify(kwokConfiguration(this.engine, ports), undefined, 2));
      const result = await this.kwokctl(['--config', this.configPath(), 'create', 'cluster', '--name', this.name, '--kubeconfig', this.kubeconfigPath]);
      if (result.code === 0 && (await this.settle(ports.apiServer)) && (await this.waitDefaultAccount())) {
        writeFileSync(this.recordPath, JSON.stringify({ ports } satisfies ClusterRecord));
        return this.access();
      }
      problem = explainStart(this.logDirectory, await this.endedComponents(), result);
    }
    await this.delete();
    return this.rejectFailedStart(problem);
  }

  private async recover(): Promise<void> {
    if (await this.isReady()) return;
    await this.rejectTakenPorts();
    const result = await this.startMissing();
    if (!(await this.settle(this.record().ports.apiServer))) this.rejectFailedStart(explainStart(this.logDirectory, await this.endedComponents(), result));
  }

  /** The endpoint is remembered by others, so a port that somebody took since cannot be exchanged. */
  private async rejectTakenPorts(): Promise<void> {
    const { etcd, apiServer, controllerManager, scheduler, kwok } = this.record().ports;
    const ports = [etcd, apiServer, controllerManager, scheduler, kwok];
    const ended = await this.endedComponents();
    const taken: string[] = [];
    for (const [index, component] of COMPONENTS.entries()) {
      if (ended.includes(component) && !(await becomesFree(ports[index], PORT_RELEASE_SECONDS))) taken.push(`${ports[index]} (${component})`);
    }
    if (taken.length === 0) return;
    fail({
      code: 'KubernetesPortTaken',
      message: `cluster "${this.name}" cannot be started again: another program listens on 127.0.0.1 at port ${taken.join(', ')}`,
      remedy: 'stop that program, or delete the cluster and create it anew',
      path: this.workDirectory,
    });
  }

  /** Waits for all components; those that ended, as some do before the API answers, are started again. */
  private async settle(port: number): Promise<boolean> {
    const deadline = Date.now() + READY_SECONDS * 1000;
    while (Date.now() < deadline) {
      const complete = (await this.processes()).length === COMPONENTS.length;
      if (complete && (await this.apiAnswers(port))) return true;
      if (!complete) await this.startMissing();
      await sleep(READY_POLL_MILLISECONDS);
    }
    return false;
  }

  private async startMissing(): Promise<RunResult> {
    this.dropForeignPids(await this.processes());
    return this.kwokctl(['start', 'cluster', '--name', this.name]);
  }

  /** `kwokctl` takes any process with a remembered id for its own, also after that id went to somebody else. */
  private dropForeignPids(own: readonly ProcessInfo[]): void {
    const directory = join(this.workDirectory, 'pids');
    if (!existsSync(directory)) return;
    for (const file of readdirSync(directory)) {
      const path = join(directory, file);
      const pid = Number(readFileSync(path, 'utf8'));
      if (!own.some((candidate) => candidate.pid === pid)) rmSync(path, { force: true });
    }
  }

  /** Pods are refused until the controllers have made the default service account. */
  private async waitDefaultAccount(): Promise<boolean> {
    const api = new EngineApi(this.kubeconfigPath);
    const deadline = Date.now() + READY_SECONDS * 1000;
    while (Date.now() < deadline) {
      if ((await api.get('/api/v1/namespaces/default/serviceaccounts/default')) !== undefined) return true;
      await sleep(READY_POLL_MILLISECONDS);
    }
    return false;
  }

  private apiAnswers(port = this.record().ports.apiServer): Promise<boolean> {
    return isApiReady(port, this.authority());
  }

  private async choosePorts(attempt: number): Promise<ControlPlanePorts> {
    const [apiServer, etcd, etcdPeer, controllerManager, scheduler, kwok] = await freePorts(6, `${this.workDirectory}#${attempt}`);
    return { apiServer, etcd, etcdPeer, controllerManager, scheduler, kwok };
  }

  /** A private home, because `kwokctl` cuts `KWOK_WORKDIR` at the first space and would write into `~/.kube` and `~/.kwok`. */
  private kwokctl(args: readonly string[]): Promise<RunResult> {
    const { binaries } = this.engine;
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KWOK_') && name !== 'KUBECONFIG');
    const env = {
      ...Object.fromEntries(inherited),
      HOME: this.root,
      PATH: `${dirname(binaries.kubectl)}:${process.env.PATH ?? ''}`,
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    };
    return run(binaries.kwokctl, args, { env, cwd: this.root, timeoutSeconds: KWOKCTL_SECONDS });
  }

  private async endedComponents(): Promise<readonly string[]> {
    const running = (await this.processes()).map(({ commandLine }) => commandLine);
    return COMPONENTS.filter((component) => !running.some((command) => command.startsWith(join(this.workDirectory, 'bin', component))));
  }

  private authority(): Buffer {
    return readFileSync(join(this.workDirectory, 'pki', 'ca.crt'));
  }

  private record(): ClusterRecord {
    return JSON.parse(readFileSync(this.recordPath, 'utf8')) as ClusterRecord;
  }

  private configPath(): string {
    return join(this.root, 'configs', `${this.name}.json`);
  }

  private rejectUnknown(): never {
    fail({ code: 'KubernetesClusterUnknown', message: `there is no cluster "${this.name}" in the local twin`, remedy: 'create the cluster first', path: this.root });
  }

  private rejectFailedStart(problem: string): never {
    fail({
      code: 'KubernetesClusterStartFailed',
      message: `the control plane of cluster "${this.name}" does not answer: ${problem}`,
      remedy: 'free the port or the memory that it names, then run it again',
      path: this.logDirectory,
    });
  }
}
