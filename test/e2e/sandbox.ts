import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const REGISTER = require.resolve('@swc-node/register');

/** A project folder of its own, outside of the checkout, that runs a program of the checkout. */
export class Sandbox {
  public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-e2e-'));

  /** @param program TypeScript file that synthesises. */
  constructor(program: string) {
    fs.writeFileSync(path.join(this.folder, 'cdktf.json'), JSON.stringify({ language: 'typescript', app: `"${process.execPath}" -r "${REGISTER}" "${path.join(ROOT, program)}"`, projectId: 'e2e' }));
  }

  /** Runs the command line; `onLine` sees every line as it comes. */
  public run(args: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly onLine?: (line: string, pid: number) => void } = {}): Promise<{ status: number | null; output: string }> {
    const child = spawn(process.execPath, ['-r', REGISTER, path.join(ROOT, 'src', 'cli', 'main.ts'), ...args], {
      cwd: this.folder,
      env: { ...process.env, TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.json'), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        for (const line of chunk.toString().split('\n')) options.onLine?.(line, child.pid ?? 0);
      });
    }
    return new Promise((resolve, reject) => child.on('error', reject).on('close', (status) => resolve({ status, output })));
  }

  /** A file that the twin keeps, as JSON. */
  public twinFile<T>(...parts: string[]): T {
    return JSON.parse(fs.readFileSync(path.join(this.folder, '.ml-platform', 'twin', 'local', ...parts), 'utf8')) as T;
  }

  public stackFolder(stack: string): string {
    return path.join(this.folder, 'cdktf.out', 'stacks', stack);
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
