/** Large files: as fast as the client, and with nothing left behind, whoever goes away in the middle. */

import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../../fixture.ts';
import { serve } from '../../server-process.ts';
import { type Event, eventsIn, exported, open, type Space, send } from './files.ts';

const SOON = { timeout: 10_000 };

/** As many companies, whose names are so long, and have in them what a line or a cell must not be confused by. */
async function fill({ sql }: Space, count: number, length: number): Promise<void> {
  await sql(
    `insert into companies (name, employees, created_at)
     select format(E'Nº %s, "%s"\n%s', i, repeat('x', i % 7), repeat('-', $2::int)), i, date_trunc('second', now())
     from generate_series(1, $1::int) as i`,
    [count, length],
  );
}

function bodyOf({ body }: Response): AsyncIterable<Uint8Array> {
  return body as unknown as AsyncIterable<Uint8Array>;
}

describe('more than the network holds', () => {
  const COUNT = 6_000;
  let space: Space;
  beforeAll(async () => {
    space = await workspace();
    await fill(space, COUNT, 4_000);
  });

  /** Transactions of this file's server that are open, and statements that run. */
  async function inTransaction(): Promise<number> {
    const { application } = await server();
    const rows = await space.sql(`select from pg_stat_activity where application_name = $1 and state <> 'idle'`, [
      application,
    ]);
    return rows.length;
  }

  /** An export whose answer is read by hand. */
  async function rawExport(query = '') {
    const { hostname, port } = new URL(space.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(
      `GET /rest/companies/export${query} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${space.key}\r\n\r\n`,
    );
    return socket;
  }

  test('a slow reader gets all of it, of one moment', { timeout: 60_000 }, async () => {
    const socket = await rawExport('?fields=name,employees&order_by=employees');
    let text = '';
    let isChanged = false;
    for await (const chunk of socket) {
      text += chunk;
      if (!isChanged) {
        isChanged = true;
        // The server stands still at what the network holds: much less than all.
        await expect.poll(inTransaction, SOON).toBe(1);
        await space.sql(`update companies set employees = -employees where employees > 5000`);
      }
      if (text.length < 1_000_000) await wait(1);
      if (text.endsWith('\r\n0\r\n\r\n')) break;
    }
    const numbers = [...text.matchAll(/"employees":(-?\d+)\}/g)].map(([, employees]) => Number(employees));
    await space.sql('update companies set employees = abs(employees)');
    expect(numbers).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
    await expect.poll(inTransaction, SOON).toBe(0);
  });

  test('a client that vanishes leaves no transaction, and its connection serves the next', async () => {
    // More often than the pool has connections.
    for (let i = 0; i < 7; i++) {
      const socket = await rawExport();
      await expect.poll(inTransaction, SOON).toBe(1);
      socket.destroy();
      await expect.poll(inTransaction, SOON).toBe(0);
    }
    expect((await space.rest('GET', '/rest/companies?limit=1')).status).toBe(200);
    expect((await exported(space, '/rest/companies/export?fields=id')).split('\n')).toHaveLength(COUNT + 1);
  });

  test('what fails in the middle breaks the file off, and what fails before it is said', async () => {
    const socket = await rawExport();
    let text = '';
    let isEnded = false;
    for await (const chunk of socket) {
      text += chunk;
      if (isEnded) continue;
      isEnded = true;
      const { application } = await server();
      const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = $1 and state = 'idle in transaction'`;
      await expect.poll(() => space.sql(end, [application]), SOON).toHaveLength(1);
    }
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(text).not.toContain('\r\n0\r\n\r\n');
    const refusals: [string, number, string][] = [
      ['?format=xml', 400, "format 'xml' is invalid: it is ndjson or csv"],
      ['?filter=foo[eq]:1', 400, 'foo'],
      ['?fields=foo', 400, 'foo'],
      ['?order_by=foo', 400, 'foo'],
      ['?depth=1', 400, 'depth: an export is of the records alone'],
      ['?limit=5', 400, 'limit: an export is of all records'],
    ];
    for (const [query, status, message] of refusals) {
      expect(await space.rest('GET', `/rest/companies/export${query}`), query).toMatchObject({
        status,
        body: { messages: [expect.stringContaining(message)] },
      });
    }
    await expect.poll(inTransaction, SOON).toBe(0);
  });

  test('filters and orders are those of pages, and permissions are those of the role', async () => {
    const query = 'filter=employees[lte]:250,employees[gt]:50&order_by=employees[DescNullsLast]&fields=employees';
    const page = await space.rest('GET', `/rest/companies?${query}&limit=200`);
    const file = (await exported(space, `/rest/companies/export?${query}`)).trimEnd().split('\n');
    expect(file.map((line) => JSON.parse(line))).toEqual(page.body.data.companies);
    expect(file).toHaveLength(200);
    const [{ role }] = await space.sql('select role_name as role from plinth.workspaces where schema_name = $1', [
      space.schema,
    ]);
    await space.sql(`revoke select on companies from "${role}"`);
    expect(await space.rest('GET', '/rest/companies/export')).toMatchObject({ status: 403 });
    await space.sql(`grant select on companies to "${role}"`);
    await expect.poll(async () => (await space.rest('GET', '/rest/companies?limit=1')).status, SOON).toBe(200);
  });

  test('exports leave half of the connections of their workspace to other requests, and the others to other workspaces', async () => {
    const sockets = [await rawExport(), await rawExport()];
    await expect.poll(inTransaction, SOON).toBe(2); // of 6 connections, of which 3 are its share
    const other = await workspace();
    expect((await open(other, '/rest/companies/export')).status).toBe(200);
    const refused = await open(space, '/rest/companies/export');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect((await space.rest('GET', '/rest/companies?limit=1')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(inTransaction, SOON).toBe(0);
    const again = async () => (await open(space, '/rest/companies/export?filter=employees[lt]:3')).status;
    await expect.poll(again, SOON).toBe(200);
  });

  test('HEAD says what GET would, without the file', async () => {
    const asked = async () => {
      const { status, headers } = await open(space, '/rest/companies/export?format=csv', { method: 'HEAD' });
      return [status, headers.get('content-type')];
    };
    await expect.poll(asked, SOON).toEqual([200, 'text/csv; charset=utf-8']); // once the last export is over
    await expect.poll(inTransaction, SOON).toBe(0);
  });
});

test('an import whose server is killed goes on in the next one, each line once', { timeout: 180_000 }, async () => {
  const [from, to] = [await workspace(), await workspace()];
  const COUNT = 6_000;
  await fill(from, COUNT, 50);
  // Without ids: a line that came twice would be two records.
  const file = await exported(from, '/rest/companies/export?fields=employees&order_by=employees');
  const bare = file.replaceAll(/"id":"[^"]*",/g, '');
  const id = randomUUID();
  let said: Event[] = [];
  let lives = 0;
  do {
    const served = await serve(256);
    const killAfterMs = 15 * lives++;
    let text = '';
    try {
      const answer = await send(
        { url: served.url, key: to.key },
        `/rest/companies/import?import=${id}`,
        'ndjson',
        // In pieces, so that there is a middle.
        Readable.from(bare.match(/.{1,16384}/gs) as string[]).map((piece) => Buffer.from(piece)),
      );
      for await (const chunk of bodyOf(answer)) {
        text += Buffer.from(chunk).toString();
        if (lives > 2 || !text.includes('progress')) continue;
        await wait(killAfterMs);
        await served.stop('SIGKILL');
      }
    } catch {
      // the server is gone
    }
    said = eventsIn(text);
    if (lives > 2) await served.stop('SIGTERM');
  } while (said.at(-1)?.event !== 'done' && lives < 10);
  expect(lives).toBeGreaterThan(2);
  expect(said.at(-1)).toMatchObject({ event: 'done', line: COUNT, created: COUNT, refused: 0 });
  expect(await to.sql('select count(*)::int, count(distinct employees)::int as lines from companies')).toEqual([
    { count: COUNT, lines: COUNT },
  ]);
});
