import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { EngineDiscovery } from '../../src/local/kubernetes';

const TWENTY_MINUTES = 20 * 60 * 1000;
const SCRIPT = `
const { discoverEngine } = require(${JSON.stringify(join(__dirname, '..', '..', 'src', 'local', 'kubernetes', 'engine', 'discover.ts'))});
const onProgress = ({ state, binary, position, total, elapsedSeconds }) =>
  console.error('Kubernetes engine: ' + state + ' ' + binary + ' (' + position + ' of ' + total + ', ' + Math.round(elapsedSeconds) + ' s)');
discoverEngine(process.env.MINOR, { onProgress }).then((found) => process.stdout.write(JSON.stringify(found)));
`;

/**
 * Finds or builds the engine before tests are declared, so that a missing one is skipped and never counted as passed.
 * A first build takes minutes, which no time limit of a single test covers.
 */
export function engineForTests(minor: string): EngineDiscovery {
  const { stdout, status, error } = spawnSync(process.execPath, ['-r', '@swc-node/register', '-e', SCRIPT], {
    cwd: join(__dirname, '..', '..'),
    env: { ...process.env, MINOR: minor },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: TWENTY_MINUTES,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the search for the Kubernetes engine failed: ${error?.message ?? `exit code ${status}`}`);
  const found = JSON.parse(stdout) as EngineDiscovery;
  if (found.kind === 'missing') process.stderr.write(`SKIPPED Kubernetes engine tests: ${found.message}\n`);
  return found;
}
