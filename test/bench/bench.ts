import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { compileLibrary } from './compile';

const ROOT = path.join(__dirname, '..', '..');
const RUNS = 7;
/** What the reference program may take: all environments in one process. */
const GOAL = { wallMilliseconds: 1000, memoryMebibytes: 200 };

interface ChildResult {
  /** Milliseconds to load the library. */
  readonly load: number;
  /** Milliseconds to build and write the program. */
  readonly run: number;
  /** Milliseconds of user and system time. */
  readonly cpu: number;
  /** Peak resident memory in MiB. */
  readonly memory: number;
  readonly modules: readonly string[];
}

interface Measured extends ChildResult {
  /** Milliseconds from start to end of the process. */
  readonly wall: number;
}

type Figure = 'wall' | 'load' | 'run' | 'cpu' | 'memory';

function measure(loadModule: string, runModule: string): Measured {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-bench-'));
  try {
    const started = process.hrtime.bigint();
    const child = spawnSync(process.execPath, [path.join(__dirname, 'child.cjs'), loadModule, runModule], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, CDKTF_OUTDIR: outdir, NODE_OPTIONS: '' } });
    const wall = Number(process.hrtime.bigint() - started) / 1e6;
    if (child.status !== 0) throw new Error(`${runModule} failed:\n${child.stderr}`);
    const stacks = fs.readdirSync(path.join(outdir, 'stacks'));
    if (stacks.length === 0) throw new Error(`${runModule} wrote no stack`);
    return { wall, ...(JSON.parse(child.stdout) as ChildResult) };
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function packageOf(module: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
  return name ?? 'cdktf-ml-platform';
}

function printModules(modules: readonly string[]): void {
  const packages = new Map<string, { files: number; bytes: number }>();
  for (const module of modules) {
    const { files, bytes } = packages.get(packageOf(module)) ?? { files: 0, bytes: 0 };
    packages.set(packageOf(module), { files: files + 1, bytes: bytes + (fs.existsSync(module) ? fs.statSync(module).size : 0) });
  }
  const largest = [...packages].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, 8);
  process.stdout.write(`\nloaded: ${modules.length} modules; the largest packages:\n`);
  for (const [name, { files, bytes }] of largest) process.stdout.write(`  ${name.padEnd(30)} ${String(files).padStart(5)} files ${(bytes / 1024 / 1024).toFixed(1).padStart(6)} MB\n`);
}

function main(): void {
  fs.mkdirSync(path.join(ROOT, '.ml-platform'), { recursive: true });
  // Below the checkout, so that the compiled files find its packages.
  const lib = fs.mkdtempSync(path.join(ROOT, '.ml-platform', 'bench-'));
  try {
    compileLibrary(ROOT, lib);
    const program: Measured[] = [];
    const empty: Measured[] = [];
    for (let run = 0; run <= RUNS; run += 1) {
      const pair = [measure(path.join(lib, 'stacks', 'ml-platform.js'), path.join(lib, 'src', 'main.js')), measure('cdktf', path.join(__dirname, 'empty.cjs'))] as const;
      // The first pair only fills the disk cache.
      if (run > 0) {
        program.push(pair[0]);
        empty.push(pair[1]);
      }
    }
    const figure = (runs: readonly Measured[], name: Figure): number => median(runs.map((run) => run[name]));
    const line = (title: string, name: Figure, unit: string): void => {
      const [ours, base, best] = [figure(program, name), figure(empty, name), Math.min(...program.map((run) => run[name]))];
      process.stdout.write(`${title.padEnd(16)} ${[ours, best, base].map((value) => `${value.toFixed(0)} ${unit}`.padStart(14)).join(' ')} ${(ours / base).toFixed(2).padStart(8)}\n`);
    };
    process.stdout.write(`synth of the reference program, all environments; medians of ${RUNS} runs, Node ${process.version}, ${os.cpus().length} cores\n\n`);
    process.stdout.write(`${''.padEnd(16)} ${'program'.padStart(14)} ${'its best run'.padStart(14)} ${'cdktf + empty'.padStart(14)} ${'ratio'.padStart(8)}\n`);
    line('wall', 'wall', 'ms');
    line('load', 'load', 'ms');
    line('build and write', 'run', 'ms');
    line('CPU', 'cpu', 'ms');
    line('peak memory', 'memory', 'MB');
    const met = figure(program, 'wall') < GOAL.wallMilliseconds && figure(program, 'memory') < GOAL.memoryMebibytes;
    process.stdout.write(`\ngoal: wall under ${GOAL.wallMilliseconds} ms, memory under ${GOAL.memoryMebibytes} MB: ${met ? 'met' : 'missed'}\n`);
    printModules((program[0] as Measured).modules);
  } finally {
    fs.rmSync(lib, { recursive: true, force: true });
  }
}

main();
