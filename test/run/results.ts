/** The part of `jest --json` that is read. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Tests counted by how they ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed or was skipped, one line each. */
  readonly failures: readonly string[];
  readonly skips: readonly string[];
}

/** Nothing ran. */
export const EMPTY: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };

/** Counts a report. A file that broke before its first test counts as one failure. */
export function tallyOf(report: JestReport, shorten: (file: string) => string): Tally {
  const broken = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'));
  const named = (status: string): string[] =>
    report.testResults.flatMap((file) => file.assertionResults.filter((test) => test.status === status).map((test) => `${shorten(file.name)}: ${test.fullName}`));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [...named('failed'), ...broken.map((file) => `${shorten(file.name)}: ${file.message.split('\n').find((line) => line.trim() !== '') ?? 'did not run'}`)],
    skips: [...named('pending'), ...named('todo')],
  };
}

/** Both together. */
export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped, failures: [...a.failures, ...b.failures], skips: [...a.skips, ...b.skips] };
}

/** `N passed, N failed`, with `, N skipped` if there are any. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`;
}

/** What a test file says of itself in its first comment. */
export interface TestNotes {
  /** Engines that it cannot do without. */
  readonly needs: readonly string[];
  /** Seconds that it takes, engines in place. */
  readonly seconds: number;
}

const DEFAULT_SECONDS = 60;

/** Reads `@needs terraform, moto` and `@about 3 min` (or `90 s`) from the first comment of a test file. */
export function notesOf(source: string): TestNotes {
  const comment = /^\s*\/\*\*[\s\S]*?\*\//.exec(source)?.[0] ?? '';
  const about = /@about (\d+) ?(min|s)\b/.exec(comment);
  return {
    needs: (/@needs ([a-z, ]+)/.exec(comment)?.[1] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''),
    seconds: about ? Number(about[1]) * (about[2] === 'min' ? 60 : 1) : DEFAULT_SECONDS,
  };
}
