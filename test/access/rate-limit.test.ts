/**
 * Rate limits: how much each key may ask, however many processes serve it, and how often an address may send wrong
 * tokens.
 */

import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, inject, test } from 'vitest';
import { type Database, openDatabase } from '../../db/pool.ts';
import { createToken } from '../../server/access/keys.ts';
import { openTokenBuckets } from '../../server/access/token-buckets.ts';
import { beside, server, workspace } from '../fixture.ts';
import { wayTo } from '../network.ts';
import { serve } from '../server-process.ts';

const log = pino({ level: 'silent' });

const asked = (url: string, key: string, path = '/rest/companies?limit=1') =>
  fetch(url + path, { headers: { Authorization: `Bearer ${key}` } });

test('a key over its rate is told when to come again, in both APIs', async () => {
  const [space, other] = [await workspace(), await workspace()];
  const url = await beside({ RATE_LIMIT: '5' });
  const began = performance.now();
  const first = await asked(url, space.key);
  expect([first.status, first.headers.get('RateLimit-Limit'), first.headers.get('RateLimit-Remaining')]).toEqual([
    200,
    '5',
    '5',
  ]);
  const answers = await Promise.all(Array.from({ length: 30 }, () => asked(url, space.key)));
  const granted = answers.filter(({ status }) => status === 200).length + 1;
  expect(granted).toBeGreaterThanOrEqual(10); // a burst of twice the rate
  expect(granted).toBeLessThanOrEqual(10 + 5 * secondsSince(began)); // and what came in while they were answered
  const refused = answers.find(({ status }) => status === 429) as Response;
  expect(Number(refused.headers.get('Retry-After'))).toBe(1);
  expect(refused.headers.get('RateLimit-Remaining')).toBe('0');
  expect(await refused.json()).toMatchObject({ statusCode: 429, messages: ['Limit reached: 5 requests a second'] });

  const queries = await Promise.all(
    Array.from({ length: 30 }, () => asked(url, space.key, '/graphql?query={companies{totalCount}}')),
  );
  const unanswered = queries.find(({ status }) => status === 429) as Response;
  expect(await unanswered.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] });
  expect((await asked(url, other.key)).status).toBe(200);
});

test('all tokens of a key share its rate', async () => {
  const space = await workspace();
  const { database } = await server();
  const [key] = (await space.rest('GET', '/rest/metadata/apiKeys')).body.data;
  const second = await database.asOwner((client) => createToken(client, key.id, null));
  const url = await beside({ RATE_LIMIT: '2' });
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => asked(url, i % 2 ? second : space.key)));
  const granted = answers.filter(({ status }) => status === 200).length;
  expect(granted).toBeLessThanOrEqual(4 + 2 * secondsSince(began));
});

test('two server processes grant together what one may, and a tenth of a burst each', {
  timeout: 120_000,
}, async () => {
  const RATE = 20;
  const space = await workspace();
  const servers = await Promise.all([serve(512, { RATE_LIMIT: `${RATE}` }), serve(512, { RATE_LIMIT: `${RATE}` })]);
  for (const { url } of servers) await asked(url, space.key, '/graphql/schema.graphql'); // whoever builds it takes its time
  let granted = 0;
  let refused = 0;
  const began = performance.now();
  const until = began + 4_000;
  const asking = async (url: string) => {
    while (performance.now() < until) {
      const { status } = await asked(url, space.key, '/metadata/schema.graphql');
      if (status === 200) granted++;
      else if (status === 429) refused++;
      else throw new Error(`it answered ${status}`);
    }
  };
  await Promise.all(servers.flatMap(({ url }) => Array.from({ length: 4 }, () => asking(url))));
  const seconds = secondsSince(began);
  const fair = 2 * RATE + RATE * seconds;
  console.info(
    `two processes granted ${granted} and refused ${refused} in ${seconds.toFixed(1)} s; fair are ${fair.toFixed(0)}`,
  );
  expect(refused).toBeGreaterThan(granted / 10); // it was more than they had to give
  expect(granted).toBeLessThanOrEqual(fair + 2 * (2 * RATE * 0.1) + 1);
  expect(granted).toBeGreaterThanOrEqual(0.9 * fair - 4);
  for (const each of servers) await each.stop('SIGTERM');
});

const secondsSince = (began: number) => (performance.now() - began) / 1_000;

/** Two ways to the same buckets, as two processes have them. */
async function twice(kind: string, rate: number, capacity: number, databases: readonly Database[]) {
  return databases.map((database) => openTokenBuckets({ database, log, kind, rate, capacity }));
}

describe('token buckets', () => {
  test('tell of what they took ten times a second, all names in one statement', async () => {
    const { database } = await server();
    let statements = 0;
    const counting: Database = {
      ...database,
      lookUp(use) {
        statements++;
        return database.lookUp(use);
      },
    };
    const kind = randomBytes(4).toString('hex');
    const [buckets] = await twice(kind, 100, 100_000, [counting]);
    const began = performance.now();
    let takes = 0;
    while (performance.now() - began < 550) {
      for (let i = 0; i < 50; i++) takes += Number((await buckets?.take(`n${i}`))?.isGranted);
      await new Promise((settle) => setImmediate(settle));
    }
    expect(takes).toBeGreaterThan(1_000);
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThanOrEqual(6);
    const left = () =>
      database.asOwner(async ({ raw }) => {
        const { rows } = await raw.query(
          'select count(*)::int, (sum(100000 - tokens) > $2 * 0.9) as "areTold" from plinth.rate_limits where name like $1',
          [`${kind}:%`, takes - 50 * 60],
        );
        return rows[0];
      });
    await expect.poll(left).toEqual({ count: 50, areTold: true });
  });

  test('grant by their own count while the database is silent, and fill up meanwhile', async () => {
    const way = await wayTo(inject('databaseUrl'));
    const database = openDatabase({ url: way.url, poolSize: 1, statementTimeoutMs: 1_000, log });
    const [buckets] = await twice(randomBytes(4).toString('hex'), 1, 20, [database]);
    if (!buckets) throw new Error('there are none');
    for (let i = 0; i < 5; i++) expect((await buckets.take('a')).isGranted).toBe(true);
    way.silence();
    const began = performance.now();
    for (let i = 0; i < 15; i++) expect((await buckets.take('a')).isGranted).toBe(true);
    expect(performance.now() - began).toBeLessThan(2_000); // one wait for it, and no more
    for (let i = 0; i < 20; i++) await buckets.take('a');
    expect(await buckets.take('a')).toMatchObject({ isGranted: false, waitMs: expect.any(Number) });
    way.close();
    await database.end();
    await way.end();
  });
});

describe('wrong tokens', () => {
  const wrong = () => asked(url, madeUp());
  let url: string;

  test('are refused without a look after so many, and what worked from the same address goes on', async () => {
    const space = await workspace();
    const stranger = await workspace();
    url = await beside({ WRONG_TOKEN_LIMIT: '10', TRUSTED_PROXIES: 'loopback' });
    const from = (address: string, token: string) =>
      fetch(`${url}/rest/companies`, { headers: { Authorization: `Bearer ${token}`, 'X-Forwarded-For': address } });
    expect((await from('203.0.113.7', space.key)).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 14; i++) statuses.push((await from('203.0.113.7', madeUp())).status);
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(429)]);
    const refused = await from('203.0.113.7', stranger.key);
    expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([429, true]);
    expect((await from('203.0.113.7', space.key)).status).toBe(200);
    expect((await from('203.0.113.8', stranger.key)).status).toBe(200);
    // Without proxies to trust, what a client says of itself is not believed.
    expect((await wrong()).status).toBe(401);
  });

  test('of IPv6 count by site', async () => {
    const url = await beside({ WRONG_TOKEN_LIMIT: '3', TRUSTED_PROXIES: 'loopback' });
    const from = (address: string) =>
      fetch(`${url}/rest/companies`, { headers: { Authorization: `Bearer ${madeUp()}`, 'X-Forwarded-For': address } });
    const site = randomBytes(2).toString('hex');
    const statuses: number[] = [];
    for (let i = 1; i <= 5; i++) statuses.push((await from(`2001:db8:1:${site}::${i}`)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await from('2001:db8:2::1')).status).toBe(401);
  });
});

/** Of the form that ours have, but for the checksum. */
function madeUp(): string {
  return `plinth_${randomBytes(40).toString('hex').slice(0, 61)}`;
}
