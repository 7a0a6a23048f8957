/** Where webhooks may lead: not into the network that the server stands in, whatever a name says at the moment of connecting. */

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
 * Connections for deliveries. Names are resolved when a connection is opened, and the address that was looked at is the one that is
 * connected to: a name that is given another address in between gains nothing.
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

/** Private, link-local, loopback, multicast, reserved and those that stand for addresses of another kind: all but `unicast`. */
function checkPublic(address: string): void {
  const range = ipaddr.process(address).range();
  if (range !== 'unicast')
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
