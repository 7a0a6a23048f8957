/** Where a request came from: of its connection, or as the proxies say that are trusted (`TRUSTED_PROXIES`). */

import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Origin } from './principal.ts';

// What clients say of themselves is kept no longer than it may be of use.
const MAX_USER_AGENT = 500;

/** Null where a proxy says what is no address. */
export function addressOf({ ip = '' }: Pick<Request, 'ip'>): string | null {
  const known = addresses.get(ip);
  if (known !== undefined) return known.address;
  const address = plainAddress(ip);
  addresses.set(ip, { address });
  return address;
}

// Each request is asked where it comes from, and most come from where others came from: to read an address takes 2 to
// 25 µs.
const addresses = new LRUCache<string, { readonly address: string | null }>({ max: 10_000 });

/** IPv4 that came as IPv6 is IPv4 again, and an IPv6 has no zone. */
function plainAddress(ip: string): string | null {
  const address = ip.replace(/%.*$/, '');
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

/** For the audit log. */
export function originOf(request: Request): Origin {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null;
  return { ip: addressOf(request), userAgent, requestId: String(request.id) };
}
