import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { EngineState } from './run/engines';
import { ENGINES, findEngines } from './run/engines';
import type { JestReport, Tally, TestNotes } from './run/results';
import { add, closingLine, EMPTY, notesOf, tallyOf } from './run/results';

const ROOT = path.join(__dirname, '..');
const UNIT_SECONDS = 60;

interface EngineTest extends TestNotes {
  readonly file: string;
  /** Engines that it needs and that are not here. */
  readonly missing: readonly string[];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function relative(file: string): string {
  return path.relative(ROOT, file).split(path.sep).join('/');
}

function engineTests(engines: readonly EngineState[]): EngineTest[] {
  const unusable = engines.filter((engine) => !engine.usable).map((engine) => engine.name as string);
  return fs
    .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.engine.test.ts'))
    .sort()
    .map((name) => {
      const file = path.join(__dirname, name);
      const notes = notesOf(fs.readFileSync(file, 'utf8'));
      const unknown = notes.needs.filter((need) => !(ENGINES as readonly string[]).includes(need));
      if (unknown.length > 0) throw new Error(`${relative(file)} needs ${unknown.join(', ')}; known: ${ENGINES.join(', ')}`);
      return { ...notes, file: relative(file), missing: notes.needs.filter((need) => unusable.includes(need)) };
    });
}

let running: ReturnType<typeof spawn> | undefined;

/** Runs jest and counts from its own report: a run without a report has failed. */
async function jest(args: readonly string[]): Promise<Tally> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-test-'));
  const outputFile = path.join(folder, 'report.json');
  try {
    const child = spawn(process.execPath, [require.resolve('jest/bin/jest'), ...args, '--json', '--outputFile', outputFile, '--testLocationInResults=false'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    running = child;
    const status = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (!fs.existsSync(outputFile)) return { ...EMPTY, failed: 1, failures: [`jest ${args.join(' ')} ended with ${status} and no report`] };
    return tallyOf(JSON.parse(fs.readFileSync(outputFile, 'utf8')) as JestReport, relative);
  } finally {
    running = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function step(name: string, args: readonly string[]): Promise<Tally> {
  print(`\n== ${name}`);
  const started = Date.now();
  const tally = await jest(args);
  print(`== ${name}: ${closingLine(tally)} in ${duration((Date.now() - started) / 1000)}`);
  return tally;
}

function announce(engines: readonly EngineState[], tests: readonly EngineTest[]): void {
  const willRun = tests.filter((test) => test.missing.length === 0);
  const seconds = UNIT_SECONDS + [...willRun, ...engines.map((engine) => ({ seconds: engine.setupSeconds }))].reduce((sum, { seconds: one }) => sum + one, 0);
  print(`Runs the unit tests and the examples (about ${duration(UNIT_SECONDS)}), then ${willRun.length} of ${tests.length} test files with real engines; together about ${duration(seconds)}.`);
  print('Engines:');
  for (const engine of engines) print(`  ${engine.name.padEnd(12)} ${engine.usable ? engine.state : `MISSING: ${engine.state}`}`);
  for (const test of willRun) print(`  will run  ${test.file} (about ${duration(test.seconds)})`);
  for (const test of tests.filter((one) => one.missing.length > 0)) print(`  SKIPPED   ${test.file}: needs ${test.missing.join(', ')}`);
}

async function main(): Promise<number> {
  const engines = await findEngines();
  const tests = engineTests(engines);
  announce(engines, tests);
  let total = await step('unit tests and examples', ['--selectProjects', 'unit']);
  for (const test of tests) {
    if (test.missing.length > 0) total = add(total, { ...EMPTY, skipped: 1, skips: [`${test.file}: needs ${test.missing.join(', ')}`] });
    else total = add(total, await step(test.file, ['--selectProjects', 'engine', '--runInBand', '--runTestsByPath', test.file]));
  }
  print('');
  for (const skip of total.skips) print(`skipped: ${skip}`);
  for (const failure of total.failures) print(`FAILED: ${failure}`);
  print(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exitCode = 130;
  });
}

main().then(
  (status) => {
    process.exitCode ??= status;
  },
  (error: unknown) => {
    print(error instanceof Error ? error.message : String(error));
    print('0 passed, 1 failed');
    process.exitCode = 1;
  },
);
