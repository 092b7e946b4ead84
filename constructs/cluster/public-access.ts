import type { Problem } from '../../src/core';
import { Cidr } from '../network';

/** Ranges that no packet from the internet comes from; EKS refuses them. */
const NOT_PUBLIC = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'];

/** What is wrong with the ranges that may reach the public endpoint: CidrInvalid, PublicAccessUnlimited, PublicAccessNotPublic. */
export function publicAccessProblems(cidrs: readonly string[]): Problem[] {
  return cidrs.flatMap((text, index) => {
    const what = `publicAccessCidrs[${index}]`;
    const unreadable = Cidr.problemOf(text, what);
    if (unreadable) return [unreadable];
    const cidr = Cidr.parse(text, what);
    if (cidr.prefix === 0) {
      return [{ code: 'PublicAccessUnlimited', message: `${what} got ${text}`, allowed: 'ranges of offices, runners or VPN gateways', remedy: 'name who may reach the Kubernetes API; leave the list out for a private endpoint' }];
    }
    if (!NOT_PUBLIC.some((range) => Cidr.parse(range, '').overlaps(cidr))) return [];
    return [{ code: 'PublicAccessNotPublic', message: `${what} got ${text}`, allowed: 'public ranges', remedy: 'private addresses reach the private endpoint, which is always there' }];
  });
}
