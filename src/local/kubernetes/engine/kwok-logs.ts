import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from './processes';

const LOG_LINES = 2;
/** Lines with which components tell why they end: klog errors, zap and slog errors, usage errors, Go panics. */
const TELLING = /^[EF]\d{4} |"level":"(fatal|panic|error|ERROR)"|^(Error|error|panic|fatal error)\b|address already in use/;

/**
 * Why a control plane does not stand. The component that ended says it in its log; `kwokctl` itself knows only what
 * failed before anything was started.
 */
export function explainStart(logDirectory: string, ended: readonly string[], result: RunResult): string {
  if (ended.length === 0) return 'every component runs, but the API is not ready';
  const said = ended.map((component) => `${component} ended${lastWords(join(logDirectory, `${component}.log`))}`);
  return existsSync(logDirectory) ? said.join('; ') : kwokctlError(result);
}

function lastWords(path: string): string {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((line) => line.trim() !== '') : [];
  const telling = lines.filter((line) => TELLING.test(line));
  const last = (telling.length > 0 ? telling : lines).slice(-LOG_LINES);
  return last.length === 0 ? ' without a word' : `: ${last.join(' | ')}`;
}

function kwokctlError({ stderr }: RunResult): string {
  const errors = stderr.split('\n').flatMap((line) => {
    try {
      const { err } = JSON.parse(line) as { err?: string };
      return err === undefined ? [] : [err.trim()];
    } catch {
      return [];
    }
  });
  return errors[0] ?? stderr.trim();
}
