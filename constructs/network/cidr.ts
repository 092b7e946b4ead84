import { Token } from 'cdktf';
import type { Problem } from '../../src/core';
import { fail } from '../../src/core';

const FORM = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** A range of IPv4 addresses, known at synth. */
export class Cidr {
  /** What is wrong with the text; undefined if it is a range that begins at its own network address. */
  public static problemOf(text: string, what: string): Problem | undefined {
    if (Token.isUnresolved(text)) {
      return { code: 'LiteralNeeded', message: `${what} is a Terraform token`, allowed: 'a literal', remedy: 'subnets are computed from it at synth: pass a string' };
    }
    const parts = FORM.exec(text)?.slice(1).map(Number);
    const octets = parts?.slice(0, 4) ?? [];
    const prefix = parts?.[4] ?? -1;
    if (!parts || prefix > 32 || octets.some((octet) => octet > 255)) {
      return { code: 'CidrInvalid', message: `${what} got "${text}"`, allowed: 'an IPv4 range such as 10.0.0.0/16' };
    }
    const cidr = new Cidr(toNumber(octets), prefix);
    if (cidr.toString() === text) return undefined;
    return { code: 'CidrInvalid', message: `${what} got "${text}"`, allowed: 'the first address of the range', remedy: `write ${cidr.toString()}` };
  }

  /** @throws CidrInvalid, LiteralNeeded */
  public static parse(text: string, what: string): Cidr {
    const problem = Cidr.problemOf(text, what);
    if (problem) fail(problem);
    const [address = '', prefix = ''] = text.split('/');
    return new Cidr(toNumber(address.split('.').map(Number)), Number(prefix));
  }

  private readonly first: number;

  private constructor(address: number, public readonly prefix: number) {
    this.first = address - (address % this.size);
  }

  /** Number of addresses. */
  public get size(): number {
    return 2 ** (32 - this.prefix);
  }

  /** True if both have an address in common. */
  public overlaps(other: Cidr): boolean {
    return this.first < other.first + other.size && other.first < this.first + this.size;
  }

  /** True if every address of the other is in this one. */
  public contains(other: Cidr): boolean {
    return this.first <= other.first && other.first + other.size <= this.first + this.size;
  }

  /** The range of the given prefix that is number `index` (from 0) within this one. */
  public part(prefix: number, index: number): Cidr {
    return new Cidr(this.first + index * 2 ** (32 - prefix), prefix);
  }

  public toString(): string {
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(this.first / 2 ** shift) % 256);
    return `${octets.join('.')}/${this.prefix}`;
  }
}

function toNumber(octets: readonly number[]): number {
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
