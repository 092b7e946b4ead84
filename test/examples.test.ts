import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const EXAMPLES = path.join(__dirname, '..', 'examples');
const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'examples-'));
const before = process.env.CDKTF_OUTDIR;

afterAll(() => {
  process.env.CDKTF_OUTDIR = before;
  fs.rmSync(outdir, { recursive: true });
});

test.each([
  ['minimal', 4],
  ['three-environments', 12],
])('%s synthesises', (example, stacks) => {
  process.env.CDKTF_OUTDIR = path.join(outdir, example);
  jest.isolateModules(() => require(path.join(EXAMPLES, example, 'main.ts')));
  expect(fs.readdirSync(path.join(outdir, example, 'stacks'))).toHaveLength(stacks);
  expect(fs.readdirSync(path.join(outdir, example, 'gitops')).length).toBe(stacks / 4);
});

test('the README shows the minimal program as it is', () => {
  expect(fs.readFileSync(path.join(EXAMPLES, '..', 'README.md'), 'utf8')).toContain(fs.readFileSync(path.join(EXAMPLES, 'minimal', 'main.ts'), 'utf8'));
});

test('the minimal program has fewer than 25 lines', () => {
  expect(fs.readFileSync(path.join(EXAMPLES, 'minimal', 'main.ts'), 'utf8').split('\n').length).toBeLessThan(25);
});
