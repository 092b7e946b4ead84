import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const TWENTY_MINUTES = 20 * 60 * 1000;
const ROOT = join(__dirname, '..', '..', '..');
const SCRIPT = `
const { buildOptional, findOnPath } = require(${JSON.stringify(join(ROOT, 'src/local/kubernetes'))});
const found = findOnPath('helm', process.env);
Promise.resolve(found ?? buildOptional('helm')).then((path) => process.stdout.write(path));
`;

/** Finds or builds Helm before tests are declared, so that tests without it are skipped; a first build takes minutes. */
export function helmForTests(): string | undefined {
  const { stdout, status } = spawnSync(process.execPath, ['-r', '@swc-node/register', '-e', SCRIPT], {
    cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], timeout: TWENTY_MINUTES, encoding: 'utf8',
  });
  if (status === 0 && stdout !== '') return stdout;
  process.stderr.write('SKIPPED tests that render charts: helm is neither on PATH nor can it be built\n');
  return undefined;
}
