/** Where a long command tells its user what it does. */
export interface Progress {
  /** A new part of the work begins. */
  section(title: string): void;
  /** Something was done or goes on; lines of one key that follow quickly are thinned out. */
  step(key: string, text: string): void;
  /** A line that is always shown. */
  note(text: string): void;
  /** A line that needs attention. */
  warn(text: string): void;
}

const THINNING_MS = 3000;

/** Plain lines on standard output, each with the seconds since the start. */
export class ConsoleProgress implements Progress {
  private readonly start = Date.now();
  private readonly shown = new Map<string, number>();

  constructor(private readonly write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`)) {}

  public section(title: string): void {
    this.write(`\n${title}`);
  }

  public step(key: string, text: string): void {
    const now = Date.now();
    if (now - (this.shown.get(key) ?? 0) < THINNING_MS) return;
    this.shown.set(key, now);
    this.line(`${key.padEnd(9)}${text}`);
  }

  public note(text: string): void {
    this.line(text);
  }

  public warn(text: string): void {
    this.line(`! ${text}`);
  }

  private line(text: string): void {
    const seconds = Math.round((Date.now() - this.start) / 1000);
    this.write(`${String(seconds).padStart(5)} s  ${text}`);
  }
}

/** Wall-clock seconds of the parts of a command, to say where the time went. */
export class Stopwatch {
  private readonly parts: { readonly name: string; readonly seconds: number }[] = [];

  /** Runs the work and keeps its time. */
  public async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = Date.now();
    try {
      return await work();
    } finally {
      this.parts.push({ name, seconds: (Date.now() - start) / 1000 });
    }
  }

  /** `network 21 s, cluster 48 s …`, in the order in which the parts ended. */
  public toString(): string {
    return this.parts.map(({ name, seconds }) => `${name} ${Math.round(seconds)} s`).join(', ');
  }
}
