import { fail } from './errors';

function wholeNumber(type: string, amount: number): void {
  if (!Number.isFinite(amount) || amount < 0) {
    fail({ code: 'UnitInvalid', message: `${type} got ${amount}`, allowed: 'a finite number of at least 0' });
  }
}

/** A length of time. */
export class Duration {
  /** @param amount seconds, at least 0. */
  public static seconds(amount: number): Duration {
    return new Duration(amount);
  }

  /** @param amount minutes, at least 0. */
  public static minutes(amount: number): Duration {
    return new Duration(amount * 60);
  }

  /** @param amount hours, at least 0. */
  public static hours(amount: number): Duration {
    return new Duration(amount * 3600);
  }

  /** @param amount days of 24 hours, at least 0. */
  public static days(amount: number): Duration {
    return new Duration(amount * 86_400);
  }

  private constructor(private readonly amount: number) {
    wholeNumber('Duration', amount);
  }

  /** The duration in seconds. */
  public toSeconds(): number {
    return this.amount;
  }

  /** The duration in whole days. @throws UnitInvalid if it is not a whole number of days. */
  public toDays(): number {
    const days = this.amount / 86_400;
    if (!Number.isInteger(days)) {
      fail({ code: 'UnitInvalid', message: `Duration of ${this.amount} seconds is not a whole number of days`, remedy: 'use Duration.days()' });
    }
    return days;
  }

  public toString(): string {
    return `${this.amount}s`;
  }
}

/** An amount of storage or memory, in binary units. */
export class Size {
  /** @param amount mebibytes (2^20 bytes), at least 0. */
  public static mebibytes(amount: number): Size {
    return new Size(amount);
  }

  /** @param amount gibibytes (2^30 bytes), at least 0. */
  public static gibibytes(amount: number): Size {
    return new Size(amount * 1024);
  }

  /** @param amount tebibytes (2^40 bytes), at least 0. */
  public static tebibytes(amount: number): Size {
    return new Size(amount * 1024 * 1024);
  }

  private constructor(private readonly amount: number) {
    wholeNumber('Size', amount);
  }

  /** The size in MiB. */
  public toMebibytes(): number {
    return this.amount;
  }

  /** The size in whole GiB. @throws UnitInvalid if it is not a whole number of GiB. */
  public toGibibytes(): number {
    const gibibytes = this.amount / 1024;
    if (!Number.isInteger(gibibytes)) {
      fail({ code: 'UnitInvalid', message: `Size of ${this.amount} MiB is not a whole number of GiB`, remedy: 'use Size.gibibytes()' });
    }
    return gibibytes;
  }

  /** As Kubernetes writes it, e.g. `512Mi`, `20Gi`. */
  public toQuantity(): string {
    return this.amount % 1024 === 0 ? `${this.amount / 1024}Gi` : `${this.amount}Mi`;
  }

  public toString(): string {
    return this.toQuantity();
  }
}
