/**
 * A webhook's target names a host whose addresses its owner chooses, and changes: none leads into the server's own
 * network.
 */

import type { LookupAddress } from 'node:dns';
import { afterEach, expect, test, vi } from 'vitest';
import { receive } from '../events/receiver.ts';

/** What the resolver says, one answer after the other; the last one from then on. */
const resolver = vi.hoisted(() => ({ answers: [] as LookupAddress[][], asked: 0 }));
vi.mock('node:dns', async (original) => {
  const real = await original<typeof import('node:dns')>();
  const lookup = (_name: string, _options: object, told: (error: null, found: LookupAddress[]) => void) => {
    resolver.asked++;
    told(null, (resolver.answers.length > 1 ? resolver.answers.shift() : resolver.answers[0]) ?? []);
  };
  return { ...real, default: { ...real, lookup }, lookup };
});
const { openTargets } = await import('../../server/events/target.ts');
const { send } = await import('../../server/events/send.ts');

// In the public range, and no host's: nothing is ever sent to anybody.
const PUBLIC = '2000::1';
const address = (each: string): LookupAddress => ({ address: each, family: each.includes(':') ? 6 : 4 });

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

function sender(mayBePrivate = false) {
  const targets = openTargets({ mayBePrivate });
  endings.push(() => targets.destroy());
  return (targetUrl: string) =>
    send({ id: 'x', targetUrl, secret: 'x', body: '{}' }, { targets, mayBePrivate, timeoutMs: 1_000 });
}

async function receiver() {
  const { url, arrivals } = await receive();
  return { port: new URL(url).port, arrivals };
}

test.each([
  ['one private address', ['127.0.0.1']],
  ['the private one of several, at the end', [PUBLIC, '8.8.8.8', '10.0.0.1']],
  ['the private one of several, at the beginning', ['127.0.0.1', PUBLIC]],
  ['an IPv4 address written as IPv6', ['::ffff:127.0.0.1']],
  ['an IPv4 address embedded in IPv6', ['::127.0.0.1']],
  ['the server itself by IPv6', ['::1']],
  ['a private address of IPv6', ['fd00::1']],
  ['the metadata of a cloud', ['169.254.169.254']],
  ['no address in particular', ['0.0.0.0']],
])('a name of %s is not delivered to', async (_title, addresses) => {
  const { port, arrivals } = await receiver();
  resolver.answers = [addresses.map(address)];
  const outcome = await sender()(`http://rebinding.example:${port}/`);
  expect(outcome).toMatchObject({ isDelivered: false, error: expect.stringMatching(/and is not delivered to$/) });
  expect(arrivals).toEqual([]);
});

test('a name that is public when it is looked at and private afterwards gains nothing', async () => {
  const { port, arrivals } = await receiver();
  const deliver = sender();
  resolver.answers = [[address(PUBLIC)], [address('127.0.0.1')]];
  resolver.asked = 0;
  const first = await deliver(`http://rebinding.example:${port}/`);
  expect(first).toMatchObject({ isDelivered: false, status: null });
  expect(first.error).not.toMatch(/is not delivered to/);
  expect(resolver.asked).toBe(1); // what was looked at is what was connected to
  expect((await deliver(`http://rebinding.example:${port}/`)).error).toMatch(/127\.0\.0\.1 is the server itself/);
  expect(arrivals).toEqual([]);
});

test.each([301, 302, 303, 307, 308])('a redirect by %i leads nowhere', async (status) => {
  const inside = await receiver();
  const outside = await receive((response) =>
    response.writeHead(status, { Location: `http://127.0.0.1:${inside.port}/` }).end(),
  );
  const outcome = await sender(true)(outside.url);
  expect(outcome).toMatchObject({ isDelivered: false, status, error: expect.stringContaining('not followed') });
  expect([outside.arrivals.length, inside.arrivals.length]).toEqual([1, 0]);
});
