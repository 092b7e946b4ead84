import { createHash } from 'node:crypto';
import { isPolicyDocument, policyLines } from './policy-text';

const INLINE_WIDTH = 100;
const LONGEST_BLOCK = 24;
const SECRET_NAME = /(^|[_-])(password|secret_key|secret_string|private_key|token|client_secret)$/i;

/** How values are put into text. */
export interface PropertiesTextProps {
  /** Rewrites every text. */
  readonly readable: (text: string) => string;
  /** Names of properties that are left out at every depth. */
  readonly leftOut: ReadonlySet<string>;
  /** A list with one object is written as that object: Terraform writes every block as a list. */
  readonly unwrapBlocks: boolean;
}

type Entries = readonly (readonly [string, unknown])[];

/** True for a secret that stands there itself, and not a reference to one or the name of one. */
function isSecret(name: string, value: string): boolean {
  return SECRET_NAME.test(name) && !value.includes('${') && !/^from [a-z]+ \S+$/i.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** The first characters of a digest: enough to see that a text, too long to be read, has changed. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text behind base64, when it is readable text. */
function decoded(name: string, text: string): string {
  if (!/user_data|base64/.test(name) || !/^[A-Za-z0-9+/\r\n]+={0,2}$/.test(text)) return text;
  const plain = Buffer.from(text, 'base64').toString('utf8');
  return /^[\x09\x0a\x0d\x20-\x7e\u00a0-\ufffc]*$/.test(plain) ? plain : text;
}

/** Writes properties as text that a person reviews: keys sorted, lists as given, nothing of chance. */
export class PropertiesText {
  constructor(private readonly props: PropertiesTextProps) {}

  /** The properties of an object, a line or a block each. */
  public lines(properties: Readonly<Record<string, unknown>>): string[] {
    return this.entries(properties).flatMap(([name, value]) => this.property(name, value));
  }

  /** One property; empty when nothing of it is worth a line. */
  public property(name: string, value: unknown): string[] {
    if (typeof value === 'string' && isSecret(name, value)) return [`${name}: (not shown)`];
    if (typeof value === 'string') return this.stringProperty(name, decoded(name, value));
    if (Array.isArray(value)) return this.listProperty(name, value);
    if (isObject(value)) return this.objectProperty(name, value);
    return [`${name}: ${String(value)}`];
  }

  /** What is left of an object, sorted by name. */
  private entries(properties: Readonly<Record<string, unknown>>): Entries {
    return Object.entries(properties)
      .filter(([name, value]) => value !== undefined && value !== null && !this.props.leftOut.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  private stringProperty(name: string, text: string): string[] {
    const json = parsedJson(text);
    if (json !== undefined) return this.property(name, json);
    const lines = this.props.readable(text).replace(/\n+$/, '').split('\n');
    if (lines.length === 1) return [`${name}: ${lines[0] === '' ? '""' : lines[0]}`];
    if (lines.length <= LONGEST_BLOCK) return [`${name}:`, ...lines.map((line) => `  | ${line}`.trimEnd())];
    return [`${name}: ${lines.length} lines, digest ${digest(lines.join('\n'))}`, ...lines.slice(0, 3).map((line) => `  | ${line}`.trimEnd()), '  | …'];
  }

  private objectProperty(name: string, value: Readonly<Record<string, unknown>>): string[] {
    if (isPolicyDocument(value)) return [`${name}:`, ...policyLines(value).map((line) => `  ${this.props.readable(line)}`)];
    const entries = this.entries(value);
    if (entries.length === 0) return Object.keys(value).length === 0 ? [`${name}: {}`] : [];
    const inline = this.inline(value);
    if (inline !== undefined && name.length + inline.length < INLINE_WIDTH) return [`${name}: ${inline}`];
    return [`${name}:`, ...indent(this.lines(value))];
  }

  private listProperty(name: string, list: readonly unknown[]): string[] {
    if (this.props.unwrapBlocks && list.length === 1 && isObject(list[0])) return this.objectProperty(name, list[0]);
    if (list.every((item) => !isObject(item) && !Array.isArray(item))) {
      const inline = this.inline(list);
      if (inline !== undefined && name.length + inline.length < INLINE_WIDTH) return [`${name}: ${inline}`];
    }
    return [`${name}:`, ...indent(list.flatMap((item) => this.listItem(item)))];
  }

  private listItem(item: unknown): string[] {
    const inline = this.inline(item);
    if (inline !== undefined && (inline.length < INLINE_WIDTH || !isObject(item))) return [`- ${inline}`];
    const lines = isObject(item) ? this.lines(item) : this.property('text', item);
    return lines.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
  }

  /** The value on one line; undefined when it has too much depth for one. */
  private inline(value: unknown, depth = 0): string | undefined {
    if (typeof value === 'string') {
      const text = this.props.readable(value);
      return text.includes('\n') || parsedJson(value) !== undefined ? undefined : text === '' ? '""' : text;
    }
    if (Array.isArray(value)) return this.joined(value.map((item) => this.inline(item, depth + 1)), '[', ']', depth);
    if (!isObject(value)) return String(value);
    const parts = this.entries(value).map(([name, item]) => {
      const text = typeof item === 'string' && isSecret(name, item) ? '(not shown)' : this.inline(item, depth + 1);
      return text === undefined ? undefined : `${name}: ${text}`;
    });
    return this.joined(parts, '{ ', ' }', depth);
  }

  private joined(parts: readonly (string | undefined)[], open: string, close: string, depth: number): string | undefined {
    if (depth > 1 || parts.some((part) => part === undefined)) return undefined;
    return parts.length === 0 ? `${open}${close}`.replace(/ /g, '') : `${open}${parts.join(', ')}${close}`;
  }
}
