import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';

import { fail, PlatformError } from '../../core/errors';
import type { DaemonMessage } from './daemon';
import { endProcess } from './processes';

/** File of the running emulator's ids, in its directory. */
export const RECORD_FILE = 'emulator.json';
/** File that tells the daemon what to start. */
export const CONFIG_FILE = 'emulator.config.json';
/** File that front and moto write to. */
export const LOG_FILE = 'emulator.log';
/** Account of moto where nothing else is asked for. */
export const DEFAULT_ACCOUNT_ID = '123456789012';

const HEALTH_TIMEOUT_MS = 5_000;
const FRONT_GRACE_MS = 20_000;
const MOTO_GRACE_MS = 5_000;

/** What the daemon starts. */
export interface EmulatorConfig {
  /** Port of the front on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Account that everything belongs to, 12 digits. */
  readonly accountId: string;
  /** Opaque configuration of the engine behind EKS clusters. @default - no engine: nothing listens at a cluster's endpoint */
  readonly kubernetes?: unknown;
  /** Module that exports `createClusterBackend(config)`. @default - `src/local/kubernetes` */
  readonly backendModule?: string;
  /** How long node groups and add-ons wait for what they need before they fail, in seconds. @default 60 */
  readonly settleSeconds?: number;
}

/** Options of `startEmulator`. */
export interface StartEmulatorOptions extends Omit<EmulatorConfig, 'accountId'> {
  /** Folder of this emulator's files; made if it is not there. One emulator per folder. */
  readonly directory: string;
  /** Account that everything belongs to, 12 digits. @default '123456789012' */
  readonly accountId?: string;
  /** Takes one line per slow step. @default - nothing is written */
  readonly onProgress?: (line: string) => void;
}

/** What the daemon writes down. */
export interface EmulatorRecord {
  /** Tells this world from an earlier one: the emulator keeps everything in memory. */
  readonly instanceId: string;
  readonly pid: number;
  readonly motoPid: number;
  readonly motoPort: number;
  readonly motoVersion: string;
  readonly port: number;
  readonly accountId: string;
}

/** A running emulator. */
export interface EmulatorHandle extends EmulatorRecord {
  /** `http://127.0.0.1:port`, for `AWS_ENDPOINT_URL` and provider endpoints. */
  readonly url: string;
  readonly directory: string;
  readonly logFile: string;
}

/**
 * Starts the AWS side of the local twin as a process that stays; one that runs in that folder already is answered instead.
 *
 * @throws PortBusy another program has the port.
 * @throws AccountIdInvalid the account id is not 12 digits.
 * @throws EmulatorDiffers the one that runs belongs to another account.
 * @throws PythonMissing MotoInstallFailed MotoStartFailed EmulatorStartFailed what stands in the way of moto.
 */
export async function startEmulator(options: StartEmulatorOptions): Promise<EmulatorHandle> {
  const accountId = options.accountId ?? DEFAULT_ACCOUNT_ID;
  if (!/^\d{12}$/.test(accountId)) {
    fail({ code: 'AccountIdInvalid', message: `accountId is '${accountId}'`, allowed: '12 digits', remedy: 'write it as a string with its leading zeros' });
  }
  mkdirSync(options.directory, { recursive: true });
  const directory = realpathSync(options.directory);
  const running = await findEmulator(directory);
  if (running !== undefined) {
    if (running.accountId === accountId) return running;
    fail({ code: 'EmulatorDiffers', message: `the emulator in ${directory} belongs to account ${running.accountId}, not ${accountId}`, remedy: 'stop it first' });
  }
  await stopEmulator(directory);
  const { port, kubernetes, backendModule, settleSeconds } = options;
  const config: EmulatorConfig = { port, accountId, kubernetes, backendModule: backendModule && resolve(backendModule), settleSeconds };
  writeFileSync(join(directory, CONFIG_FILE), `${JSON.stringify(config, undefined, 2)}\n`);
  return handleOf(directory, await spawnDaemon(directory, options.onProgress ?? (() => undefined)));
}

/** The emulator that runs in a folder: it must answer, and with the instance that was written down. */
export async function findEmulator(directory: string): Promise<EmulatorHandle | undefined> {
  const record = readRecord(directory);
  if (record === undefined) return undefined;
  const health = await getJson(`${urlOf(record)}/_platform/health`).catch(() => undefined);
  return health?.instanceId === record.instanceId ? handleOf(directory, record) : undefined;
}

/**
 * Stops front and moto of a folder, also what a killed front left behind, and returns when both processes are gone.
 * Nothing running is fine. @throws EmulatorStopFailed a process stays.
 */
export async function stopEmulator(directory: string): Promise<void> {
  const record = readRecord(directory);
  if (record === undefined) return;
  const frontGone = await endProcess(record.pid, [DAEMON_NAME, realpathSync(directory)], FRONT_GRACE_MS);
  const motoGone = await endProcess(record.motoPid, ['moto_server', `-p ${record.motoPort}`], MOTO_GRACE_MS);
  if (!frontGone || !motoGone) {
    fail({
      code: 'EmulatorStopFailed',
      message: `of front (pid ${record.pid}) and moto (pid ${record.motoPid}), ${frontGone ? '' : 'the front '}${motoGone ? '' : 'moto '}still runs`,
      remedy: 'end it by hand',
      path: directory,
    });
  }
  rmSync(join(directory, RECORD_FILE), { force: true });
}

/** What still exists in a running emulator, as names by kind; AWS's own things do not count. */
export interface EmulatorInventory {
  readonly instanceId: string;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Regions that were ever asked for. */
  readonly regions: readonly string[];
}

/** Asks a running emulator what still exists. */
export async function emulatorInventory(emulator: EmulatorHandle): Promise<EmulatorInventory> {
  return (await getJson(`${emulator.url}/_platform/inventory`)) as unknown as EmulatorInventory;
}

const DAEMON_NAME = 'daemon';

function spawnDaemon(directory: string, onProgress: (line: string) => void): Promise<EmulatorRecord> {
  const extension = extname(__filename);
  const load = createRequire(__filename);
  const fromSource = extension === '.ts';
  const log = openSync(join(directory, LOG_FILE), 'a');
  const daemon = fork(join(__dirname, `${DAEMON_NAME}${extension}`), [directory], {
    detached: true,
    execArgv: fromSource ? ['-r', load.resolve('@swc-node/register')] : [],
    env: fromSource ? { ...process.env, TS_NODE_PROJECT: join(__dirname, '..', '..', '..', 'tsconfig.json') } : process.env,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return new Promise((resolvePromise, reject) => {
    daemon.on('message', (message: DaemonMessage) => {
      if ('progress' in message) onProgress(message.progress);
      else if ('ready' in message) resolvePromise(message.ready);
      else reject(new PlatformError(message.problems));
    });
    daemon.on('error', reject);
    daemon.on('exit', (code, signal) => {
      const message = `the emulator ended before it was ready (${signal ?? `exit code ${code}`})`;
      reject(new PlatformError([{ code: 'EmulatorStartFailed', message, remedy: `read ${join(directory, LOG_FILE)}` }]));
    });
    daemon.on('disconnect', () => daemon.unref());
  });
}

function readRecord(directory: string): EmulatorRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(directory, RECORD_FILE), 'utf8')) as EmulatorRecord;
    return Number.isInteger(record.pid) && Number.isInteger(record.motoPid) ? record : undefined;
  } catch {
    return undefined;
  }
}

function urlOf(record: EmulatorRecord): string {
  return `http://127.0.0.1:${record.port}`;
}

function handleOf(directory: string, record: EmulatorRecord): EmulatorHandle {
  return { ...record, url: urlOf(record), directory, logFile: join(directory, LOG_FILE) };
}

function getJson(url: string): Promise<Record<string, unknown>> {
  return new Promise((resolvePromise, reject) => {
    const request = get(url, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        try {
          resolvePromise(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    request.setTimeout(url.endsWith('/health') ? HEALTH_TIMEOUT_MS : 0, () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}
