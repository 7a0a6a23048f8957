/**
 * Requests that end before they are answered: past their time limit, or with their client gone. Neither leaves anything
 * running, or written.
 */

import { setTimeout as after } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { beside, server, workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Statements of this file's server that run or wait now. */
async function running({ sql }: Workspace, like: string): Promise<number> {
  const { application } = await server();
  const rows = await sql(
    `select from pg_stat_activity where application_name = $1 and state = 'active' and query ilike $2`,
    [application, like],
  );
  return rows.length;
}

/**
 * Companies can't be read until the test is over; what serves them is known by then, for the catalog can't be read
 * either. Word of the new workspace may come after its first request: then that is forgotten, and it is locked once
 * more.
 */
async function lockCompanies(space: Workspace): Promise<void> {
  for (;;) {
    await space.rest('GET', '/rest/companies');
    const client = new pg.Client({ connectionString: inject('databaseUrl') });
    await client.connect();
    await client.query(`begin; lock table ${space.schema}.companies in access exclusive mode`);
    const probe = sent(space, 'GET', '/rest/companies');
    const isKnown = await expect
      .poll(() => running(space, '%__companies__%'), { timeout: 1_000, interval: 20 })
      .toBeGreaterThan(0)
      .then(
        () => true,
        () => false,
      );
    probe.leave();
    if (isKnown) {
      closing.push(() => client.end());
      await expect.poll(() => running(space, '%__companies__%'), { timeout: 1_000, interval: 20 }).toBe(0);
      return;
    }
    await client.end();
  }
}

/** Each new person takes a tenth of a second. */
function slowPeople({ sql }: Workspace) {
  return sql(`
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
    create trigger slow before insert on people for each row execute function slow()`);
}

/** Sends a request whose client can go away. */
function sent({ url, key }: Workspace, method: string, path: string, body?: unknown, headers = {}) {
  const client = new AbortController();
  const answer = fetch(url + path, {
    method,
    signal: client.signal,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    answer,
    /** Perhaps before there is an answer, perhaps after. */
    leave() {
      answer.catch(() => undefined);
      client.abort();
    },
    async hangUp() {
      client.abort();
      await expect(answer).rejects.toThrow();
    },
  };
}

const BATCH = Array.from({ length: 60 }, (_, i) => ({ jobTitle: `p${i}` }));
const MUTATION = 'mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }';

describe('when its client is gone', () => {
  test.each([
    ['REST', 'GET', '/rest/companies', undefined],
    ['GraphQL', 'POST', '/graphql', { query: '{ companies { totalCount } }' }],
  ])('a query in %s is gone from PostgreSQL within a second', async (_name, method, path, body) => {
    const space = await workspace();
    await lockCompanies(space);
    const { hangUp } = sent(space, method, path, body);
    await expect.poll(() => running(space, '%__companies__%'), { timeout: 5_000, interval: 20 }).toBeGreaterThan(0);
    await hangUp();
    await expect.poll(() => running(space, '%__companies__%'), { timeout: 1_000, interval: 20 }).toBe(0);
  });

  test.each([
    ['REST', '/rest/batch/people', BATCH],
    ['GraphQL', '/graphql', { query: MUTATION, variables: { data: BATCH } }],
  ])('a write in %s is too, is rolled back, and can be sent again under its key', async (_name, path, body) => {
    const space = await workspace();
    await slowPeople(space);
    const key = { 'Idempotency-Key': 'k' };
    const { hangUp } = sent(space, 'POST', path, body, key);
    await expect.poll(() => running(space, '%insert into "people"%'), { timeout: 5_000, interval: 20 }).toBe(1);
    await hangUp();
    await expect.poll(() => running(space, '%insert into "people"%'), { timeout: 1_000, interval: 20 }).toBe(0);
    await space.sql('drop trigger slow on people');
    expect(await space.sql('select from people')).toEqual([]);
    const again = await space.rest('POST', path, body, key);
    expect([again.body.errors, again.headers.get('Idempotent-Replayed')]).toEqual([undefined, null]);
    expect(await space.sql('select count(*)::int from people')).toEqual([{ count: 60 }]);
  });

  test('whoever waits for a connection no longer does, and the next in line is served', async () => {
    const space = await workspace();
    await lockCompanies(space);
    const waiting = Array.from({ length: 9 }, () => sent(space, 'GET', '/rest/companies')); // of 6 connections, of which 3 are its share
    await expect.poll(() => running(space, '%__companies__%'), { timeout: 5_000, interval: 20 }).toBe(3);
    const next = space.rest('GET', '/rest/people');
    for (const { hangUp } of waiting) await hangUp();
    expect((await next).status).toBe(200);
    await expect.poll(() => running(space, '%__companies__%'), { timeout: 1_000, interval: 20 }).toBe(0);
  });

  test('nobody else’s statement is cancelled, whenever it goes', async () => {
    const space = await workspace();
    await space.rest('POST', '/rest/batch/companies', [{ name: 'a' }, { name: 'b' }]);
    let isOver = false;
    const statuses = new Set<number>();
    const others = Array.from({ length: 4 }, async (_, i) => {
      for (let n = 0; !isOver; n++) {
        const answer = await (n % 2 === 0
          ? space.rest('GET', '/rest/companies?depth=1')
          : space.rest('POST', '/rest/people', { jobTitle: `${i}-${n}` }));
        statuses.add(answer.status);
      }
    });
    for (let i = 0; i < 150; i++) {
      const { answer, leave } = sent(space, 'POST', '/rest/companies?depth=1', { name: `c${i}` });
      await Promise.race([answer, after(i % 15)]);
      leave();
    }
    isOver = true;
    await Promise.all(others);
    expect([...statuses].sort()).toEqual([200, 201]);
  });
});

describe('past the limit of its time', () => {
  const impatient = async (space: Workspace): Promise<Workspace> => ({
    ...space,
    url: await beside({ REQUEST_TIMEOUT_MS: '300' }),
  });

  test('a query is refused with TIMEOUT, and cancelled', async () => {
    const space = await impatient(await workspace());
    await lockCompanies(space);
    const rest = await sent(space, 'GET', '/rest/companies').answer;
    expect([rest.status, await rest.json()]).toMatchObject([503, { messages: [expect.stringContaining('300 ms')] }]);
    const graphql = await sent(space, 'POST', '/graphql', { query: '{ companies { totalCount } }' }).answer;
    expect(await graphql.json()).toMatchObject({ errors: [{ extensions: { code: 'TIMEOUT' } }] });
    await expect.poll(() => running(space, '%__companies__%'), { timeout: 1_000, interval: 20 }).toBe(0);
  });

  test('a write is refused with TIMEOUT, and rolled back, however many statements it took', async () => {
    const space = await impatient(await workspace());
    await slowPeople(space);
    const batch = await sent(space, 'POST', '/rest/batch/people', BATCH).answer;
    expect(batch.status).toBe(503);
    const fields = Array.from({ length: 8 }, (_, i) => `a${i}: createPerson(data: {}) { id }`).join(' ');
    const several = await sent(space, 'POST', '/graphql', { query: `mutation { ${fields} }` }).answer;
    expect(await several.json()).toMatchObject({ errors: [{ extensions: { code: 'TIMEOUT' } }] });
    expect(await space.sql('select from people')).toEqual([]);
    await expect.poll(() => running(space, '%people%'), { timeout: 1_000, interval: 20 }).toBe(0);
  });

  test('a request that is answered in time is none of its business', async () => {
    const space = await impatient(await workspace());
    await space.rest('GET', '/rest/people');
    for (let i = 0; i < 20; i++) expect((await sent(space, 'GET', '/rest/people').answer).status).toBe(200);
  });
});
