import { mkdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { isAlive, sleep } from './processes';

const HEARTBEAT_MILLISECONDS = 5_000;
const STALE_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 500;

/** Who holds a lock file. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Runs a task while holding a lock file, so that two checkouts do not build the same at once.
 *
 * A holder that was killed is found out by its process id, or on another machine by a lock that nobody touched for a minute.
 *
 * @param onWait called once when somebody else holds the lock.
 */
export async function withLock<T>(file: string, task: () => Promise<T>, onWait: () => void, signal?: AbortSignal): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!tryAcquire(file)) {
    signal?.throwIfAborted();
    if (!told) onWait();
    told = true;
    await sleep(POLL_MILLISECONDS);
  }
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MILLISECONDS);
  heartbeat.unref();
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    unlinkIfPresent(file);
  }
}

function tryAcquire(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isAbandoned(file)) unlinkIfPresent(file);
  return false;
}

function isAbandoned(file: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
    if (holder.host === hostname()) return !isAlive(holder.pid);
    return Date.now() - statSync(file).mtimeMs > STALE_MILLISECONDS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    return Date.now() - statSync(file).mtimeMs > STALE_MILLISECONDS;
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    return;
  }
}

function unlinkIfPresent(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
