import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PlatformDescription } from '../core/descriptor';
import { fail } from '../core/errors';
import type { EmulatorHandle } from './aws/emulator';
import { findEmulator } from './aws/emulator';
import type { KubernetesBackendConfig } from './kubernetes';
import { KwokCluster } from './kubernetes';
import { ConsoleProgress, Stopwatch } from './progress';
import type { Progress } from './progress';
import { Terraform } from './terraform/terraform';
import type { Workspace } from './workspace';

/** What `up`, `down` and `status` of one environment share. */
export class Twin {
  public readonly progress: Progress;
  public readonly stopwatch = new Stopwatch();
  public readonly description: PlatformDescription;
  private readonly abort = new AbortController();

  /** @throws EnvironmentUnknown, EnvironmentNotEmulated */
  constructor(
    public readonly workspace: Workspace,
    progress: Progress = new ConsoleProgress(),
  ) {
    this.progress = progress;
    this.description = workspace.description();
    if (!this.description.emulated) {
      fail({
        code: 'EnvironmentNotEmulated',
        message: `environment "${this.description.environment}" stands in AWS account ${this.description.account}`,
        allowed: 'an environment with awsEndpoint',
        remedy: `deploy it with: npx cdktf deploy '${this.description.environment}-*'`,
      });
    }
  }

  /** Folder of the emulator's files. */
  public get emulatorFolder(): string {
    return path.join(this.workspace.twin, 'aws');
  }

  /** Folder of the control planes. */
  public get kubernetesFolder(): string {
    return path.join(this.workspace.twin, 'kubernetes');
  }

  /** Stack ids of all layers. */
  public get stacks(): readonly string[] {
    return this.description.layers.map((layer) => layer.stack);
  }

  /** Ends the waiting work when the user interrupts. */
  public get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** True when nothing new should begin. */
  public readonly stopped = (): boolean => this.abort.signal.aborted;

  /** Begins to stop; the reason is what pending work rejects with. */
  public interrupt(): void {
    this.abort.abort(new Error('interrupted'));
  }

  public runningEmulator(): Promise<EmulatorHandle | undefined> {
    return fs.existsSync(this.emulatorFolder) ? findEmulator(this.emulatorFolder) : Promise.resolve(undefined);
  }

  /** Terraform, pointed at the emulator. @throws TerraformMissing, TerraformTooOld */
  public terraform(emulator: { readonly url: string } | undefined, kubeconfig: string | undefined): Terraform {
    return Terraform.find({
      workFolder: this.workspace.twin,
      env: {
        ...(emulator ? { TF_VAR_aws_endpoint: emulator.url } : {}),
        ...(kubeconfig === undefined ? {} : { TF_VAR_kubeconfig_path: kubeconfig }),
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
  }

  /** The environment's control plane; undefined where the twin was started without the engine. */
  public cluster(): KwokCluster | undefined {
    const file = path.join(this.workspace.twin, 'kubernetes.json');
    if (!fs.existsSync(file)) return undefined;
    const config = JSON.parse(fs.readFileSync(file, 'utf8')) as KubernetesBackendConfig;
    return new KwokCluster(config.engine, config.directory, this.description.cluster.name);
  }

  public rememberKubernetes(config: KubernetesBackendConfig | undefined): void {
    const file = path.join(this.workspace.twin, 'kubernetes.json');
    fs.mkdirSync(this.workspace.twin, { recursive: true });
    if (config) fs.writeFileSync(file, JSON.stringify(config));
    else fs.rmSync(file, { force: true });
  }

  /**
   * Makes sure that one command at a time works on the environment.
   * @throws EnvironmentBusy
   */
  public async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const file = path.join(this.workspace.twin, 'lock');
    fs.mkdirSync(this.workspace.twin, { recursive: true });
    const holder = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
    if (holder > 0 && holder !== process.pid && worksOnTwins(holder)) {
      fail({ code: 'EnvironmentBusy', message: `process ${holder} is working on environment "${this.description.environment}"`, remedy: 'wait until it is done, or end it' });
    }
    fs.writeFileSync(file, String(process.pid));
    try {
      return await work();
    } finally {
      fs.rmSync(file, { force: true });
    }
  }
}

/** A process id may have been taken by another program since. */
function worksOnTwins(pid: number): boolean {
  try {
    return /ml-platform|cli\/main/.test(execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}
