import type { JestReport } from './results';
import { add, closingLine, EMPTY, notesOf, tallyOf } from './results';

function report(files: JestReport['testResults'], counts: Partial<JestReport> = {}): JestReport {
  return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, ...counts, testResults: files };
}

const file = (status: string, tests: [string, string][], message = ''): JestReport['testResults'][number] => ({
  name: '/repository/test/a.test.ts',
  status,
  message,
  assertionResults: tests.map(([state, fullName]) => ({ status: state, fullName })),
});

const shorten = (name: string): string => name.replace('/repository/', '');

describe('the result of a test run', () => {
  test('counts passed, failed and skipped, and names the last two', () => {
    const tally = tallyOf(report([file('failed', [['passed', 'a'], ['failed', 'b'], ['pending', 'c'], ['todo', 'd']])], { numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 }), shorten);
    expect(tally).toEqual({ passed: 1, failed: 1, skipped: 2, failures: ['test/a.test.ts: b'], skips: ['test/a.test.ts: c', 'test/a.test.ts: d'] });
    expect(closingLine(tally)).toBe('1 passed, 1 failed, 2 skipped');
  });

  test('fails for a file that broke before its first test', () => {
    const tally = tallyOf(report([file('failed', [], '\nCannot find module x\nstack')]), shorten);
    expect(tally).toMatchObject({ failed: 1, failures: ['test/a.test.ts: Cannot find module x'] });
  });

  test('fails for a file whose tests passed and whose clean-up failed', () => {
    expect(tallyOf(report([file('failed', [['passed', 'a']], 'afterAll threw')], { numPassedTests: 1 }), shorten).failed).toBe(1);
  });

  test('adds up, and names skipped tests only if there are any', () => {
    const one = { ...EMPTY, passed: 2 };
    expect(closingLine(add(one, one))).toBe('4 passed, 0 failed');
    expect(closingLine(add(one, { ...EMPTY, skipped: 1 }))).toBe('2 passed, 0 failed, 1 skipped');
  });
});

describe('the notes of a test file', () => {
  test.each([
    ['/** Up and down. @needs terraform, moto\n * @about 3 min */\nimport x', { needs: ['terraform', 'moto'], seconds: 180 }],
    ['/** @about 40 s */', { needs: [], seconds: 40 }],
    ["import x from 'x';\n/** @about 3 min */", { needs: [], seconds: 60 }],
  ])('are read from %j', (source, notes) => {
    expect(notesOf(source)).toEqual(notes);
  });
});
