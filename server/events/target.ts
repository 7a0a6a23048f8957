/**
 * Where webhooks may lead: not into the network that the server stands in, whatever a name says at the moment of
 * connecting.
 */

import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent } from 'undici';

/** Said of a target that is not delivered to. */
export class RefusedTarget extends Error {}

// Connections to one receiver, and how long one that nobody uses is kept.
const MAX_CONNECTIONS = 64;
const KEEP_ALIVE_MS = 10_000;

/**
 * Connections for deliveries. Names are resolved when a connection is opened, and the address that was looked at is the
 * one that is connected to: a name that is given another address in between gains nothing.
 */
export function openTargets({ mayBePrivate }: { readonly mayBePrivate: boolean }): Agent {
  return new Agent({
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: mayBePrivate ? {} : { lookup: publicLookup },
  });
}

/** Addresses are connected to without a look-up. @throws RefusedTarget */
export function checkAddress({ hostname }: URL): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(address)) checkPublic(address);
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    try {
      for (const { address } of addresses) checkPublic(address);
    } catch (refused) {
      return callback(refused as Error, []);
    }
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

// IANA assigns public IPv6 addresses from here alone. Outside of it are forms that stand for IPv4 addresses
// (::127.0.0.1), and what is reserved.
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Public is what is in no special range: not private, link-local, loopback, multicast, reserved, or of another kind in
 * disguise.
 */
function checkPublic(address: string): void {
  const target = ipaddr.process(address); // an IPv4-mapped IPv6 address as the IPv4 address that it is
  const range = target.range();
  const isGlobal = target instanceof ipaddr.IPv4 || target.match(GLOBAL_IPV6);
  if (range !== 'unicast' || !isGlobal)
    throw new RefusedTarget(
      `The target's address ${address} is ${RANGES[range] ?? 'not public'}, and is not delivered to`,
    );
}

const RANGES: Readonly<Record<string, string>> = {
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'the server itself',
  linkLocal: 'link-local',
  unspecified: 'the server itself',
};
