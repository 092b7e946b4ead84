/**
 * The packed library in an empty project, as a user installs it: compiled, synthesised, with its command.
 * @about 3 min
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..');
const MANIFEST = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: object;
};
const TEN_MINUTES = 600_000;

jest.setTimeout(TEN_MINUTES);

let folder: string;
let packed: { readonly filename: string; readonly size: number; readonly files: readonly string[] };

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: TEN_MINUTES, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_OPTIONS: '', JEST_WORKER_ID: undefined } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? error?.message}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** An empty project with the packed library, the given packages and a compiler. */
function project(name: string, packages: readonly string[]): string {
  const home = path.join(folder, name);
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(home, 'package.json'), JSON.stringify({ private: true, overrides: { 'cdk8s-plus-27': { backport: 'npm:empty-npm-package@1.0.0' } } }));
  fs.writeFileSync(path.join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'node16', strict: true, types: ['node'] }, include: ['*.ts'] }));
  const compiler = ['typescript', '@types/node'].map((tool) => `${tool}@${MANIFEST.devDependencies[tool]}`);
  run('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', path.join(folder, packed.filename), ...packages, ...compiler], home);
  return home;
}

/** Compiles and runs the smallest example there. */
function synthesiseMinimal(home: string): void {
  fs.copyFileSync(path.join(ROOT, 'examples', 'minimal', 'main.ts'), path.join(home, 'main.ts'));
  run(process.execPath, [path.join(home, 'node_modules', 'typescript', 'bin', 'tsc')], home);
  run(process.execPath, ['main.js'], home);
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-package-'));
  const [answer] = JSON.parse(run('npm', ['pack', '--json', '--loglevel', 'error', '--pack-destination', folder], ROOT).replace(/^[^[]*/, '')) as { filename: string; size: number; files: { path: string }[] }[];
  packed = { filename: answer!.filename, size: answer!.size, files: answer!.files.map((file) => file.path) };
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  test('holds what runs and its types, and neither tests nor sources', () => {
    expect(packed.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'lib/src/index.js', 'lib/src/index.d.ts', 'lib/src/testing/index.d.ts', 'lib/src/cli/main.js', 'lib/src/catalog/tables/charts.json']));
    expect(packed.files.filter((file) => /^(test|examples|src|constructs|stacks)\/|(?<!\.d)\.ts$|\.test\.|\.tfstate/.test(file))).toEqual([]);
    expect(packed.size).toBeLessThan(1024 * 1024);
  });

  test('holds every file that is not TypeScript and that the sources read', () => {
    const assets = fs
      .readdirSync(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    expect(assets.length).toBeGreaterThan(5);
    expect(assets.filter((file) => !packed.files.includes(`lib/${file}`))).toEqual([]);
  });
});

describe('an empty project with the package', () => {
  test('and the versions of development synthesises the smallest example', () => {
    const peers = Object.keys(MANIFEST.peerDependencies).map((name) => `${name}@${MANIFEST.devDependencies[name]}`);
    const home = project('pinned', peers);
    synthesiseMinimal(home);
    const out = path.join(home, 'cdktf.out');
    expect(fs.readdirSync(path.join(out, 'stacks')).sort()).toEqual(['dev-cluster', 'dev-data', 'dev-gitops', 'dev-network']);
    expect(fs.existsSync(path.join(out, 'gitops', 'dev', 'applications'))).toBe(true);
    fs.writeFileSync(path.join(home, 'testing.ts'), "import { planSnapshot, synthAll } from 'cdktf-ml-platform/testing';\nprocess.stdout.write(planSnapshot(synthAll(() => undefined)));\n");
    run(process.execPath, [path.join(home, 'node_modules', 'typescript', 'bin', 'tsc')], home);
    run(process.execPath, ['testing.js'], home);
    expect(run('npx', ['--no-install', 'ml-platform', 'catalog', 'versions'], home)).toContain('1.35');
    expect(() => run(process.execPath, ['-e', "require('cdktf-ml-platform/lib/src/core')"], home)).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('and whatever its peer ranges bring synthesises it too', () => {
    const home = project('newest', []);
    synthesiseMinimal(home);
    const installed = JSON.parse(fs.readFileSync(path.join(home, 'node_modules', '@cdktf', 'provider-aws', 'package.json'), 'utf8')) as { version: string };
    expect(installed.version).toMatch(/^21\./);
    expect(fs.readdirSync(path.join(home, 'cdktf.out', 'stacks'))).toHaveLength(4);
  });
});
