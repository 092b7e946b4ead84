import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PlatformDescription } from '../core/descriptor';
import { readProject, synth } from './project';
import { table } from './table';

/** `ml-platform synth`: runs the program and says what it wrote. */
export function synthCommand(): number {
  const project = readProject(process.cwd());
  synth(project);
  const folder = path.join(project.outdir, 'platforms');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const platforms = names.map((name) => JSON.parse(fs.readFileSync(path.join(folder, name, 'platform.json'), 'utf8')) as PlatformDescription);
  const relative = path.relative(process.cwd(), project.outdir);
  process.stdout.write(
    table(
      ['environment', 'tier', 'account', 'region', 'stacks', 'GitOps tree'],
      platforms.map((p) => [p.environment, p.tier, p.account, p.region, p.layers.map((layer) => layer.stack).join(' '), path.join(relative, p.gitops.tree)]),
    ),
  );
  return 0;
}
