import type { SynthStack } from '../testing/synth-all';

/** Path of a construct below its stack. */
export function pathInStack(stackId: string, path: string): string {
  const start = `/${path}`.indexOf(`/${stackId}/`);
  return start < 0 ? path : path.slice(start + stackId.length + 1);
}

/** The end of a `${…}` expression whose body starts at `start`: the index of its closing brace, or -1. */
function closingBrace(text: string, start: number): number {
  let depth = 1;
  let quoted = false;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '{') depth += 1;
    else if (!quoted && char === '}' && (depth -= 1) === 0) return index;
  }
  return -1;
}

const ADDRESS = /(?<![\w."/-])((?:data\.)?[a-z][a-z0-9]*(?:_[a-z0-9]+)*)\.([A-Za-z_][A-Za-z0-9_-]*)/g;
const REMOTE_STATE = /\bdata\.terraform_remote_state\.([A-Za-z0-9_-]+)\.outputs\b/g;
const ELEMENT = /\belement\(([^(),]+), (\d+)\)/g;

/** Rewrites Terraform expressions of one stack by construct path, so that no logical id is left in them. */
export class References {
  private readonly paths = new Map<string, string>();

  constructor(stack: SynthStack) {
    for (const [prefix, blocks] of [['', stack.resources()], ['data.', stack.dataSources()]] as const) {
      for (const block of blocks) {
        const path = pathInStack(stack.id, block.path);
        this.paths.set(`${prefix}${block.type}.${block.name}`, path.replace(/\/(Resource|Default)$/, ''));
      }
    }
  }

  /** The construct at a bare address, as in `depends_on`. */
  public addressed(address: string): string {
    return this.paths.get(address) ?? address;
  }

  /** The text with each `${…}` readable: `→ Key.arn` when it is the whole text, `${Key.arn}` inside a longer one. */
  public readable(text: string): string {
    let result = '';
    let rest = 0;
    for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', rest)) {
      if (text[start - 1] === '$') {
        result += `${text.slice(rest, start - 1)}\${`;
        rest = start + 2;
        continue;
      }
      const end = closingBrace(text, start + 2);
      if (end < 0) break;
      const expression = this.expression(text.slice(start + 2, end));
      if (start === 0 && end === text.length - 1) return `→ ${expression}`;
      result += `${text.slice(rest, start)}\${${expression}}`;
      rest = end + 1;
    }
    return result + text.slice(rest);
  }

  private expression(text: string): string {
    return text
      .replace(REMOTE_STATE, '$1')
      .replace(ADDRESS, (match, type: string, name: string) => this.paths.get(`${type}.${name}`) ?? match)
      .replace(ELEMENT, '$1[$2]');
  }
}
