/** Where a request came from: of its connection, or as the proxies say that are trusted (`TRUSTED_PROXIES`). */

import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/** Null where a proxy says what is no address. IPv4 that came as IPv6 is IPv4 again, and an IPv6 has no zone. */
export function addressOf(request: Request): string | null {
  const address = (request.ip ?? '').replace(/%.*$/, '');
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}

/** Of IPv6 the 64 bits that a site is given: it has all the addresses below them. */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
