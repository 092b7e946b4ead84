import type { IConstruct } from 'constructs';

/** One thing that is wrong, in the form every error of this library has. */
export interface Problem {
  /** Stable PascalCase code, part of the public contract. */
  readonly code: string;
  /** What is wrong, naming the value that was given. */
  readonly message: string;
  /** What would be accepted. @default - the message says it */
  readonly allowed?: string;
  /** The way out, an instruction. @default - `allowed` is the way out */
  readonly remedy?: string;
  /** Construct path or file. @default - no path is printed */
  readonly path?: string;
}

/** Renders `[Code] what, allowed: …; remedy (at path)`. */
export function formatProblem(problem: Problem): string {
  const allowed = problem.allowed === undefined ? '' : `; allowed: ${problem.allowed}`;
  const remedy = problem.remedy === undefined ? '' : `; ${problem.remedy}`;
  const path = problem.path ? ` (at ${problem.path})` : '';
  return `[${problem.code}] ${problem.message}${allowed}${remedy}${path}`;
}

const PLATFORM_ERROR = Symbol.for('cdktf-ml-platform/PlatformError');

/** An error with stable codes; carries all problems of one object together. */
export class PlatformError extends Error {
  /** True for errors of this class, also across copies of the library. */
  public static isPlatformError(value: unknown): value is PlatformError {
    return typeof value === 'object' && value !== null && PLATFORM_ERROR in value;
  }

  /** Everything that is wrong, in the order it was found; never empty. */
  public readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'PlatformError';
    this.problems = [...problems];
    Object.defineProperty(this, PLATFORM_ERROR, { value: true });
  }

  /** Code of the first problem. */
  public get code(): string {
    return this.problems[0]?.code ?? 'Unknown';
  }
}

/** Throws a `PlatformError` with one problem. */
export function fail(problem: Problem): never {
  throw new PlatformError([problem]);
}

/**
 * Collects what is wrong with one object, so that its user sees everything in one run.
 *
 * ```ts
 * const problems = new Problems(this);
 * problems.when(min > max, { code: 'NodeGroupSizeInverted', message: `minNodes must not exceed maxNodes, got minNodes ${min} and maxNodes ${max}` });
 * problems.throwIfAny();
 * ```
 */
export class Problems {
  private readonly found: Problem[] = [];

  /** @param at construct (its path is printed) or a path. */
  constructor(private readonly at?: IConstruct | string) {}

  /** Records a problem. */
  public add(problem: Problem): void {
    this.found.push({ path: this.path(), ...problem });
  }

  /** Records a problem if the condition holds. */
  public when(condition: boolean, problem: Problem): void {
    if (condition) this.add(problem);
  }

  /** What was found so far. */
  public get all(): readonly Problem[] {
    return [...this.found];
  }

  /** Throws a `PlatformError` with all problems found, if any. */
  public throwIfAny(): void {
    if (this.found.length > 0) throw new PlatformError(this.found);
  }

  private path(): string | undefined {
    return typeof this.at === 'string' ? this.at : this.at?.node.path;
  }
}
