import * as fs from 'node:fs';
import * as path from 'node:path';
import { transformSync } from '@swc/core';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import * as ts from 'typescript';
import platform from './architecture/eslint-plugin.cjs';
import { areaOf, findImportProblem, targetOf } from './architecture/import-rules.cjs';

const ROOT = path.join(__dirname, '..');
const LONGEST_FILE = 400;

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(path.join(ROOT, folder))) return [];
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

const files = ['src', 'constructs', 'stacks', 'examples', 'test'].flatMap(filesBelow);

function read(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

function importsOf(file: string): { file: string; specifier: string }[] {
  return ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => ({ file, specifier: fileName }));
}

/** Messages of the project's own lint rules for a source text. */
function lint(source: string, file = 'constructs/network/sample.ts'): string[] {
  const rules = Object.fromEntries(Object.keys(platform.rules).map((name) => [`platform/${name}`, 'error' as const]));
  return new Linter({ cwd: ROOT })
    .verify(source, [{ files: ['**/*.ts'], languageOptions: { parser: parser as Linter.Parser }, plugins: { platform }, linterOptions: { noInlineConfig: true }, rules }], { filename: path.join(ROOT, file) })
    .map((message) => message.message);
}

/** Cycles in a graph, each as `a → b → a`. */
function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start >= 0) found.add([...trail.slice(start), node].join(' → '));
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return [...found];
}

function capabilityGraph(): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { file, specifier } of files.flatMap(importsOf)) {
    const from = areaOf(file);
    if (!from.startsWith('constructs/') || !specifier.startsWith('.')) continue;
    const to = areaOf(`${targetOf({ file, specifier })}/index`);
    if (to.startsWith('constructs/') && to !== from) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** Files and packages that running the file loads, type imports left out. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const { code } = transformSync(read(file), { swcrc: false, jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  for (const [, fileName = ''] of code.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)) {
    const target = fileName.startsWith('.') ? targetOf({ file, specifier: fileName }) : fileName;
    const source = [`${target}.ts`, `${target}/index.ts`].find((candidate) => fileName.startsWith('.') && fs.existsSync(path.join(ROOT, candidate)));
    if (source === undefined) seen.add(target);
    else loadedBy(source, seen);
  }
  return seen;
}

describe('imports', () => {
  test('of every file keep the rules', () => {
    expect(files.length).toBeGreaterThan(80);
    const problems = files.flatMap(importsOf).flatMap((imported) => {
      const problem = findImportProblem(imported);
      return problem === undefined ? [] : [`${imported.file} imports ${imported.specifier}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  test('between capabilities make no cycle', () => {
    expect(capabilityGraph().size).toBeGreaterThan(3);
    expect(cyclesOf(capabilityGraph())).toEqual([]);
    expect(cyclesOf(new Map([['a', new Set(['b'])], ['b', new Set(['c'])], ['c', new Set(['a'])]]))).toEqual(['a → b → c → a']);
  });

  test.each(['src/main.ts', 'src/testing/index.ts'])('of synth load no twin, no command line and no client of a cluster: %s', (program) => {
    const loaded = [...loadedBy(program)];
    expect(loaded).toContain('cdktf');
    expect(loaded.filter((name) => /^src\/(local|cli)\/|^@kubernetes\/|^@cdktf\/provider-[a-z]+$/.test(name))).toEqual([]);
    expect([...loadedBy('src/cli/twin.ts')].some((name) => name.startsWith('src/local/'))).toBe(true);
  });

  test.each([
    ['constructs/network/network.ts', '@cdktf/provider-aws'],
    ['test/some.test.ts', '@cdktf/provider-kubernetes/lib'],
    ['examples/minimal/main.ts', '@cdktf/provider-aws/lib/index'],
    ['constructs/network/network.ts', '@cdktf/provider-aws/lib/provider'],
    ['constructs/registry/server.ts', 'cdk8s-plus-27'],
    ['stacks/gitops-stack.ts', '@kubernetes/client-node'],
    ['src/core/names.ts', '@cdktf/provider-aws/lib/vpc'],
    ['src/core/names.ts', 'cdk8s'],
    ['src/core/names.ts', '../catalog/regions'],
    ['src/core/environment.ts', '../catalog/charts'],
    ['src/core/names.ts', '../testing'],
    ['src/core/names.ts', '../../constructs/network'],
    ['src/catalog/charts.ts', '../core/environment'],
    ['src/catalog/charts.ts', '../core'],
    ['src/catalog/charts.ts', 'cdktf'],
    ['constructs/network/network.ts', '../../stacks/network-stack'],
    ['constructs/network/network.ts', '../../src/local/aws/front'],
    ['constructs/network/network.ts', '../../src/cli/main'],
    ['constructs/network/network.ts', '../../src/plan'],
    ['constructs/network/network.ts', '../cluster/cluster'],
    ['constructs/network/network.ts', '../monitoring'],
    ['constructs/network/network.ts', '../../src'],
    ['stacks/network-stack.ts', '../constructs/network/network'],
    ['stacks/network-stack.ts', '../src/index'],
    ['stacks/network-stack.ts', '../src/local/ports'],
    ['stacks/network-stack.ts', '../src/main'],
    ['src/local/twin.ts', '../../constructs/cluster'],
    ['src/plan/plan-snapshot.ts', '../local/twin'],
    ['src/main.ts', './index'],
    ['src/main.ts', '../test/support/fixtures'],
    ['src/core/names.ts', '../../examples/minimal/main'],
  ])('of %s may not be %s', (file, specifier) => {
    expect(findImportProblem({ file, specifier })).toEqual(expect.any(String));
  });

  test.each([
    ['src/core/environment.ts', '../catalog/regions'],
    ['src/catalog/charts.ts', '../core/errors'],
    ['src/catalog/charts.ts', './tables/charts.json'],
    ['constructs/registry/registry.ts', '../storage'],
    ['constructs/registry/registry.ts', './server'],
    ['constructs/registry/registry.ts', '../../src/core'],
    ['constructs/registry/registry.ts', '../../src/catalog/charts'],
    ['constructs/gitops/workloads.ts', 'cdk8s-plus-27'],
    ['stacks/data-stack.ts', '../constructs/monitoring'],
    ['stacks/aws-layer-stack.ts', '@cdktf/provider-aws/lib/provider'],
    ['src/cli/twin.ts', '../local/twin'],
    ['src/main.ts', '../stacks/ml-platform'],
    ['src/index.ts', '../constructs/network'],
    ['test/some.test.ts', '../src/local/aws/front'],
  ])('of %s may be %s', (file, specifier) => {
    expect(findImportProblem({ file, specifier })).toBeUndefined();
  });
});

describe('the linter', () => {
  test.each([
    ["import { Vpc } from '@cdktf/provider-aws';"],
    ["export * from '@cdktf/provider-aws';"],
    ["export { Vpc } from '@cdktf/provider-aws';"],
    ["const vpc = require('@cdktf/provider-aws');"],
    ["const vpc = import('@cdktf/provider-aws');"],
    ["type Vpc = import('@cdktf/provider-aws').vpc.Vpc;"],
    ["import aws = require('@cdktf/provider-aws');"],
  ])('sees %s', (source) => {
    expect(lint(source)).toEqual([expect.stringContaining('root of a provider')]);
  });

  test.each(['// eslint-disable-next-line eqeqeq', '/* eslint-disable */', '// @ts-ignore', '// @ts-expect-error: because', '/* istanbul ignore next */'])('refuses the comment %s', (comment) => {
    expect(lint(`${comment}\nexport const a = 1;`)).toContain('mend the cause: no comment switches a check off');
  });

  test.each([
    ["import { App } from 'cdktf'; export const is = (x: object) => x instanceof App;"],
    ["import { Construct } from 'constructs'; export const is = (x: object) => x instanceof Construct;"],
    ["import * as cdktf from 'cdktf'; export const is = (x: object) => x instanceof cdktf.TerraformStack;"],
    ["import { Vpc } from '@cdktf/provider-aws/lib/vpc'; export const is = (x: object) => x instanceof Vpc;"],
  ])('refuses %s', (source) => {
    expect(lint(source)).toEqual([expect.stringContaining('instanceof')]);
  });

  test('accepts instanceof of classes of the platform and of JavaScript', () => {
    expect(lint('export const is = (x: unknown) => x instanceof Error;')).toEqual([]);
  });

  test('is configured to forbid `any` and to use the project rules as errors', () => {
    const config = read('eslint.config.mjs');
    for (const rule of ["'platform/imports': 'error'", "'platform/no-suppression': 'error'", "'platform/no-foreign-instanceof': 'error'", 'tseslint.configs.recommended', 'noInlineConfig: true']) {
      expect(config).toContain(rule);
    }
  });
});

describe('the repository', () => {
  test('has no file that hides a missing concept by its length', () => {
    const long = files.map((file) => ({ file, lines: read(file).split('\n').length - 1 })).filter(({ file, lines }) => lines > (file.startsWith('test/') ? 2 * LONGEST_FILE : LONGEST_FILE));
    expect(long).toEqual([]);
  });

  test('has only the top-level folders of the design', () => {
    const generated = ['lib', 'cdktf.out', 'node_modules', 'coverage'];
    const folders = fs.readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
    expect(folders.filter((name) => !generated.includes(name)).sort()).toEqual(['constructs', 'examples', 'src', 'stacks', 'test']);
  });

  test('does not shadow the package constructs by its folder', () => {
    for (const file of fs.readdirSync(ROOT).filter((name) => /^tsconfig.*\.json$|^jest\.config\.js$/.test(name))) {
      expect(read(file)).not.toMatch(/baseUrl|modulePaths|moduleDirectories/);
    }
    expect(require.resolve('constructs')).toContain('node_modules');
  });

  test('describes every capability in a README', () => {
    const capabilities = [...new Set(filesBelow('constructs').map((file) => file.split('/')[1] as string))];
    expect(capabilities.length).toBeGreaterThan(5);
    expect(capabilities.filter((name) => !fs.existsSync(path.join(ROOT, 'constructs', name, 'README.md')))).toEqual([]);
  });

  test('exports from the public index and from capability indexes, and does nothing else there', () => {
    const indexes = files.filter((file) => file === 'src/index.ts' || /^constructs\/[^/]+\/index\.ts$/.test(file));
    const statements = indexes.flatMap((file) =>
      ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022).statements.filter((statement) => !ts.isExportDeclaration(statement)).map(() => file),
    );
    expect(statements).toEqual([]);
  });
});
