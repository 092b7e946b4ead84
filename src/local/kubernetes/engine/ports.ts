import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { fail } from '../../../core/errors';
import { sleep } from './processes';

/** Below the range from which operating systems take ports of outgoing connections, so that a port is free again after a restart. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
const POLL_MILLISECONDS = 100;

/**
 * Free ports of the loopback interface. The search begins at a place that depends on the key, so that two
 * checkouts that look at the same time do not find the same ports.
 */
export async function freePorts(count: number, key: string): Promise<number[]> {
  const start = createHash('sha256').update(key).digest().readUInt32BE(0) % PORT_COUNT;
  const ports: number[] = [];
  for (let offset = 0; offset < PORT_COUNT && ports.length < count; offset += 1) {
    const port = FIRST_PORT + ((start + offset) % PORT_COUNT);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) {
    fail({
      code: 'NoFreePort',
      message: `only ${ports.length} of ${count} ports are free on 127.0.0.1`,
      allowed: `${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1}`,
      remedy: 'stop local twins that are not needed',
    });
  }
  return ports;
}

/** True as soon as nobody listens on this port of 127.0.0.1, false when somebody still does after these seconds. */
export async function becomesFree(port: number, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isFree(port))) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

/** True when nobody listens on this port, on the loopback interface or on all. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
