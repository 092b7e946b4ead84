import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import * as readline from 'node:readline';
import { fail } from '../../core/errors';
import { mirrorEnvironment } from './mirrors';

/** What Terraform says while it works. */
export interface TerraformEvent {
  /** `apply_start`, `apply_complete`, `apply_errored`, `diagnostic`, `change_summary`, … */
  readonly type: string;
  readonly '@message': string;
  readonly hook?: { readonly resource?: { readonly addr: string }; readonly action?: string; readonly elapsed_seconds?: number };
  readonly diagnostic?: { readonly severity: string; readonly summary: string; readonly detail?: string; readonly address?: string };
  readonly changes?: { readonly add: number; readonly change: number; readonly remove: number; readonly operation: string };
}

/** A Terraform command ended with an error; `diagnostics` say why. */
export interface TerraformResult {
  /** Exit status; with `-detailed-exitcode` 2 says that there are changes. */
  readonly status: number;
  /** Errors, one sentence each with the address they concern. */
  readonly errors: readonly string[];
  /** Resources that were created, changed and removed, or would be. */
  readonly summary: { readonly add: number; readonly change: number; readonly remove: number };
  /** Plain output, for commands that have no JSON output. */
  readonly output: string;
  /** True if the command was interrupted on request. */
  readonly interrupted: boolean;
}

/** How Terraform runs. */
export interface TerraformOptions {
  /** Folder for the files that runs need: CLI configuration. */
  readonly workFolder: string;
  /** Variables, credentials and the like. @default - none */
  readonly env?: NodeJS.ProcessEnv;
  /** Program. @default - TERRAFORM_BINARY_NAME, or terraform */
  readonly binary?: string;
}

const MINIMUM_VERSION = [1, 10] as const;

/** The Terraform program of this machine. */
export class Terraform {
  /**
   * Finds Terraform and checks its version.
   * @throws TerraformMissing, TerraformTooOld
   */
  public static find(options: TerraformOptions): Terraform {
    const binary = options.binary ?? process.env.TERRAFORM_BINARY_NAME ?? 'terraform';
    let version: string;
    try {
      const text = execFileSync(binary, ['version', '-json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' } });
      version = (JSON.parse(text) as { terraform_version: string }).terraform_version;
    } catch {
      return fail({ code: 'TerraformMissing', message: `"${binary}" does not run`, allowed: `Terraform ${MINIMUM_VERSION.join('.')} or newer, or OpenTofu`, remedy: 'install it and put it on PATH, or name it in TERRAFORM_BINARY_NAME' });
    }
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1])) {
      fail({ code: 'TerraformTooOld', message: `"${binary}" has version ${version}`, allowed: `${MINIMUM_VERSION.join('.')} or newer`, remedy: 'install a newer one: the lock file of the S3 backend needs it' });
    }
    return new Terraform(binary, version, options);
  }

  private readonly env: NodeJS.ProcessEnv;
  private readonly running = new Set<ChildProcess>();

  private constructor(
    public readonly binary: string,
    public readonly version: string,
    options: TerraformOptions,
  ) {
    this.env = {
      ...process.env,
      ...mirrorEnvironment(options.workFolder),
      ...options.env,
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_REGISTRY_DISCOVERY_RETRY: process.env.TF_REGISTRY_DISCOVERY_RETRY ?? '1',
    };
  }

  /** Installs the providers of the stack; the result's errors say which could not be had. */
  public init(folder: string): Promise<TerraformResult> {
    return this.run(folder, ['init', '-no-color', '-reconfigure']);
  }

  /** Checks the stack against the providers' schemas. */
  public validate(folder: string): Promise<TerraformResult> {
    return this.run(folder, ['validate', '-no-color']);
  }

  /** Plans; status 0 means that nothing would change, 2 that something would. */
  public plan(folder: string, args: readonly string[] = [], onEvent?: (event: TerraformEvent) => void): Promise<TerraformResult> {
    return this.run(folder, ['plan', '-json', '-detailed-exitcode', ...args], onEvent);
  }

  /** Applies without asking. */
  public apply(folder: string, onEvent?: (event: TerraformEvent) => void): Promise<TerraformResult> {
    return this.run(folder, ['apply', '-json', '-auto-approve', '-parallelism=20'], onEvent);
  }

  /** Destroys without asking. */
  public destroy(folder: string, onEvent?: (event: TerraformEvent) => void): Promise<TerraformResult> {
    return this.run(folder, ['destroy', '-json', '-auto-approve', '-parallelism=20'], onEvent);
  }

  /** Addresses of everything in the stack's state, data sources included. */
  public async stateList(folder: string): Promise<string[]> {
    const result = await this.run(folder, ['state', 'list']);
    return result.status === 0 ? result.output.split('\n').filter((line) => line !== '') : [];
  }

  /** Asks every running command to stop after what it is doing; they save their states. */
  public interrupt(): void {
    for (const child of this.running) child.kill('SIGINT');
  }

  private run(folder: string, args: readonly string[], onEvent?: (event: TerraformEvent) => void): Promise<TerraformResult> {
    return new Promise((resolve, reject) => {
      // A group of its own: Ctrl-C reaches Terraform once, through interrupt(), and not a second time from the terminal.
      const child = spawn(this.binary, args, { cwd: folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      this.running.add(child);
      const errors: string[] = [];
      const lines: string[] = [];
      let summary = { add: 0, change: 0, remove: 0 };
      let noise = '';
      child.stderr.on('data', (chunk: Buffer) => (noise += chunk.toString()));
      readline.createInterface({ input: child.stdout }).on('line', (line) => {
        const event = args.includes('-json') ? parseEvent(line) : undefined;
        if (!event) {
          lines.push(line);
          return;
        }
        if (event.diagnostic?.severity === 'error') errors.push(sentenceOf(event.diagnostic));
        if (event.changes) summary = { add: event.changes.add, change: event.changes.change, remove: event.changes.remove };
        onEvent?.(event);
      });
      child.on('error', reject);
      child.on('close', (status, signal) => {
        this.running.delete(child);
        const failed = status !== 0 && !(status === 2 && args.includes('-detailed-exitcode'));
        if (failed && errors.length === 0) errors.push(lastParagraph(noise || lines.join('\n')));
        resolve({ status: status ?? 1, errors, summary, output: lines.join('\n'), interrupted: signal !== null || child.killed });
      });
    });
  }
}

function parseEvent(line: string): TerraformEvent | undefined {
  try {
    return JSON.parse(line) as TerraformEvent;
  } catch {
    return undefined;
  }
}

function sentenceOf(diagnostic: NonNullable<TerraformEvent['diagnostic']>): string {
  const detail = diagnostic.detail ? `: ${diagnostic.detail.replace(/\s+/g, ' ').trim()}` : '';
  return `${diagnostic.address ? `${diagnostic.address}: ` : ''}${diagnostic.summary}${detail}`;
}

function lastParagraph(text: string): string {
  return text.replace(/[│╷╵]/g, '').replace(/\s+/g, ' ').trim().slice(-600);
}
