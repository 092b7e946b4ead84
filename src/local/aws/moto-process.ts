import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { get } from 'node:http';
import { createServer } from 'node:net';

import { fail } from '../../core/errors';
import type { MotoCommand } from './moto';
import { isAlive, waitUntilGone } from './processes';

const READY_TIMEOUT_MS = 90_000;
const READY_POLL_MS = 100;
const START_ATTEMPTS = 3;
const STOP_TIMEOUT_MS = 5_000;

/**
 * Starts its arguments as a child, writes the child's pid, and ends the child when standard input closes: that is when the front
 * ends, however it ends. The child's own end ends the watchdog.
 */
const WATCHDOG = [
  'exec 3<&0',
  '"$@" 3<&- </dev/null >&2 &',
  'child=$!',
  'echo "$child"',
  '(read -r _ <&3; kill -TERM "$child" 2>/dev/null; sleep 3; kill -KILL "$child" 2>/dev/null) >/dev/null &',
  'watcher=$!',
  'wait "$child"',
  'status=$?',
  'kill "$watcher" 2>/dev/null',
  'exit "$status"',
].join('\n');

/** How moto is started. */
export interface MotoProcessOptions {
  /** What to start. */
  readonly moto: MotoCommand;
  /** Account that everything belongs to, 12 digits. */
  readonly accountId: string;
  /** File descriptor for moto's own output. */
  readonly log: number;
}

/** A running moto, which does not outlive this process. */
export class MotoProcess {
  /**
   * Starts moto on a free loopback port and waits until it answers.
   * @throws MotoStartFailed it ended or did not answer in time.
   */
  public static async start(options: MotoProcessOptions): Promise<MotoProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const started = await MotoProcess.launch(options);
      if (await started.becomesReady()) return started;
      await started.stop();
      if (attempt === START_ATTEMPTS) {
        return fail({ code: 'MotoStartFailed', message: `${options.moto.command.join(' ')} does not answer`, remedy: "read the emulator's log" });
      }
    }
  }

  private static async launch({ moto, accountId, log }: MotoProcessOptions): Promise<MotoProcess> {
    const port = await freePort();
    const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', ...moto.command, '-H', '127.0.0.1', '-p', String(port)], {
      stdio: ['pipe', 'pipe', log],
      env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true', MOTO_ACCOUNT_ID: accountId, MOTO_PORT: String(port), PYTHONUNBUFFERED: '1' },
    });
    watchdog.stdin!.on('error', () => undefined);
    const pid = await new Promise<number>((resolve) => {
      watchdog.stdout!.once('data', (line: Buffer) => resolve(Number(line.toString().trim())));
      watchdog.once('exit', () => resolve(0));
    });
    return new MotoProcess(watchdog, pid, port);
  }

  private constructor(private readonly watchdog: ChildProcess, public readonly pid: number, public readonly port: number) {}

  /** Resolves when moto has ended, for whatever reason. */
  public get ended(): Promise<void> {
    if (this.hasEnded) return Promise.resolve();
    return new Promise((resolve) => this.watchdog.once('exit', () => resolve()));
  }

  /** Ends moto and returns when its process is gone. */
  public async stop(): Promise<void> {
    this.watchdog.stdin!.end();
    if (this.pid === 0) return;
    if (isAlive(this.pid)) process.kill(this.pid, 'SIGTERM');
    if (!(await waitUntilGone(this.pid, STOP_TIMEOUT_MS))) process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }

  private get hasEnded(): boolean {
    return this.watchdog.exitCode !== null || this.watchdog.signalCode !== null;
  }

  private async becomesReady(): Promise<boolean> {
    for (const end = Date.now() + READY_TIMEOUT_MS; Date.now() < end && !this.hasEnded; ) {
      if (await answers(this.port)) return true;
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/moto-api/', timeout: READY_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

/** A port on 127.0.0.1 that is free now; rejects with Node's error when the wanted one is not. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
