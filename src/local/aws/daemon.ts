import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { fail, PlatformError } from '../../core/errors';
import type { Problem } from '../../core/errors';
import type { ClusterBackend } from '../cluster-backend';
import { CONFIG_FILE, RECORD_FILE } from './emulator';
import type { EmulatorConfig, EmulatorRecord } from './emulator';
import { Front } from './front';
import { findMoto } from './moto';
import { MotoClient } from './moto-client';
import { freePort, MotoProcess } from './moto-process';

const STDOUT = 1;

/** What the daemon tells the process that started it. */
export type DaemonMessage = { readonly progress: string } | { readonly ready: EmulatorRecord } | { readonly problems: readonly Problem[] };

/** The process that stays: front and moto, until SIGTERM or until moto ends. */
async function main(directory: string): Promise<void> {
  const config = JSON.parse(readFileSync(join(directory, CONFIG_FILE), 'utf8')) as EmulatorConfig;
  const recordFile = join(directory, RECORD_FILE);
  const instanceId = randomUUID();
  await freePort(config.port).catch((error: unknown) => refusePort(config.port, error));
  const backend = loadBackend(config);
  const command = await findMoto({ onProgress: (progress) => tell({ progress }) });
  const moto = await MotoProcess.start({ moto: command, accountId: config.accountId, log: STDOUT });
  const front = new Front({ motoPort: moto.port, motoVersion: command.version, instanceId, accountId: config.accountId, backend, settleSeconds: config.settleSeconds, log });

  let stopping: Promise<void> | undefined;
  const stop = (reason: string, exitCode: number): Promise<void> => {
    stopping ??= (async () => {
      log(`stopping: ${reason}`);
      await front.close().catch((error: unknown) => log(`close: ${String(error)}`));
      await moto.stop();
      rmSync(recordFile, { force: true });
      process.exit(exitCode);
    })();
    return stopping;
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal, 0));

  const port = await front.listen(config.port).catch(async (error: unknown) => {
    await moto.stop();
    return refusePort(config.port, error);
  });
  void moto.ended.then(() => stop('moto has ended', 1));
  const record = { instanceId, pid: process.pid, motoPid: moto.pid, motoPort: moto.port, motoVersion: command.version, port, accountId: config.accountId };
  writeFileSync(recordFile, `${JSON.stringify(record, undefined, 2)}\n`);
  log(`front on 127.0.0.1:${port}, moto ${command.version} on 127.0.0.1:${moto.port}, instance ${instanceId}`);
  tell({ ready: record });
  warmUp(moto.port);
  process.disconnect?.();
}

function refusePort(port: number, error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  return fail({
    code: 'PortBusy',
    message: `port ${port} on 127.0.0.1, meant for the AWS side of the local twin, is taken by another program`,
    remedy: 'end that program or choose another port',
  });
}

/** moto loads a service at its first request, EC2 for seconds: better before anyone waits for it. */
function warmUp(port: number): void {
  const moto = new MotoClient(port);
  const load = moto.query('ec2', 'us-east-1', '2016-11-15', 'DescribeVpcs').then(() => moto.query('iam', 'us-east-1', '2010-05-08', 'ListRoles'));
  load.catch((error: unknown) => log(`warm-up: ${String(error)}`));
}

/** Loaded only when it is asked for; by path, so that compiled code and sources both find their own. */
function loadBackend(config: EmulatorConfig): ClusterBackend | undefined {
  if (config.kubernetes === undefined) return undefined;
  const load = createRequire(__filename);
  const module = load(config.backendModule ?? join(__dirname, '..', 'kubernetes')) as { createClusterBackend(options: unknown): ClusterBackend };
  return module.createClusterBackend(config.kubernetes);
}

function tell(message: DaemonMessage): void {
  if (process.connected) process.send?.(message);
}

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

main(process.argv[2] ?? '.').catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const problems = PlatformError.isPlatformError(error)
    ? error.problems
    : [{ code: 'EmulatorStartFailed', message: error instanceof Error ? error.message : String(error) }];
  tell({ problems });
  process.exitCode = 1;
  process.disconnect?.();
});
