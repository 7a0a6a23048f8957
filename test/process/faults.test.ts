/**
 * A database that is there and cannot do what it is asked: its disk is full, it takes reads only. That is told
 * truthfully, and over as soon as it is. Triggers stand in for the disk: they refuse with the codes of PostgreSQL.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkspace } from '../../server/changes/workspaces.ts';
import { receive } from '../events/receiver.ts';
import { alone, workspace } from '../fixture.ts';

let instance: Awaited<ReturnType<typeof alone>>;
let dba: pg.Client;
let headers: Record<string, string>;
let schema: string;

beforeAll(async () => {
  instance = await alone();
  const { apiKey, schema: made } = await createWorkspace(instance.database, { name: 'acme' });
  schema = made;
  headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  dba = new pg.Client({ connectionString: instance.databaseUrl });
  await dba.connect();
});
afterAll(async () => {
  await dba.end();
  await instance.close();
});

async function ask(path: string, body?: object): Promise<{ status: number; body: any }> {
  const response = await fetch(instance.url + path, {
    headers,
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/**
 * Refuses all writes with a code of PostgreSQL's while `use` runs: of records, of keys, and of whatever makes a table.
 */
async function refusing(code: string, use: () => Promise<void>): Promise<void> {
  await dba.query(`
    create function public.refuse() returns trigger language plpgsql as $$ begin raise sqlstate '${code}'; end $$;
    create function public.refuse_ddl() returns event_trigger language plpgsql as $$ begin raise sqlstate '${code}'; end $$;
    create trigger refuse before insert or update on ${schema}.companies for each row execute function public.refuse();
    create trigger refuse before update on plinth.api_key_tokens for each row execute function public.refuse();
    create event trigger refuse on ddl_command_start when tag in ('CREATE TABLE',
      'CREATE TABLE AS') execute function public.refuse_ddl()`);
  try {
    await use();
  } finally {
    await dba.query(`
      drop event trigger refuse;
      drop function public.refuse_ddl();
      drop function public.refuse() cascade`);
  }
}

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
const CREATE = 'mutation { createCompany(data: { name: "ESA" }) { id } }';
const CREATE_OBJECT = 'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }';

describe.each([
  ['53100', 'DATABASE_FULL', 'the disk of the database is full'],
  ['25006', 'DATABASE_READ_ONLY', 'the database takes no writes'],
  ['53200', 'DATABASE_OVERLOADED', 'the database is out of memory, connections or temporary space'],
  ['53300', 'DATABASE_OVERLOADED', 'the database is out of memory, connections or temporary space'],
  ['53400', 'DATABASE_OVERLOADED', 'the database is out of memory, connections or temporary space'],
  ['58030', 'DATABASE_STORAGE_FAILED', 'the storage of the database fails'],
])('while the database refuses with %s', (sqlState, code, reason) => {
  test(`all APIs answer ${code}, reads go on, and the next write works when it is over`, async () => {
    expect((await ask('/readyz')).status).toBe(200);
    await refusing(sqlState, async () => {
      // A key that was not used lately is noted as used, which is a write.
      await dba.query(
        `set session_replication_role = replica; update plinth.api_key_tokens set last_used_at = null;
        set session_replication_role = origin`,
      );
      await vi.waitFor(async () => expect((await ask('/rest/companies')).status).toBe(200), { timeout: 10_000 });

      expect(await ask('/rest/companies', { name: 'ESA' })).toMatchObject({
        status: 503,
        body: { statusCode: 503, error: code },
      });
      expect(await ask('/rest/batch/companies', [{ name: 'ESA' }])).toMatchObject({
        status: 503,
        body: { error: code },
      });
      expect((await ask('/graphql', { query: CREATE })).body.errors[0].extensions).toMatchObject({ subCode: code });
      expect(await ask('/rest/metadata/objects', ROCKET)).toMatchObject({ status: 503, body: { error: code } });
      const made = await ask('/metadata', { query: CREATE_OBJECT, variables: { object: ROCKET } });
      expect(made.body.errors[0].extensions).toMatchObject({ subCode: code });
      const imported = await fetch(`${instance.url}/rest/companies/import`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
        body: '{"name": "ESA"}\n',
      });
      const lines = (await imported.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.at(-1)).toMatchObject({ event: 'failed', statusCode: 503 });

      expect((await ask('/rest/companies')).body.totalCount).toBe(0);
      expect(await ask('/readyz')).toEqual({ status: 503, body: { status: 'unavailable', reason } });
      expect((await ask('/healthz')).status).toBe(200);
    });
    expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });
    const { status, body } = await ask('/rest/companies', { name: 'ESA' });
    expect(status).toBe(201);
    await dba.query(`delete from ${schema}.companies where id = $1`, [body.data.createCompany.id]);
  });
});

// Tried again: the server of a test file that runs beside this one may take the job over, and does not know.
test('what was delivered while nothing can be written down is not delivered again and again', {
  retry: 2,
}, async () => {
  const space = await workspace();
  const receiver = await receive();
  const { body: webhook } = await space.rest('POST', '/rest/metadata/webhooks', {
    targetUrl: receiver.url,
    operations: ['company.*'],
  });
  const name = `refuse_${webhook.id.replaceAll('-', '')}`;
  await space.sql(`create sequence public.${name}`);
  await space.sql(`
    create function public.${name}() returns trigger language plpgsql as $$
      begin perform nextval('public.${name}'); raise sqlstate '53100'; end $$;
    create trigger ${name} before update on plinth.webhook_deliveries
      for each row when (new.webhook_id = '${webhook.id}'
        and new.state = 'delivered') execute function public.${name}()`);
  try {
    await space.rest('POST', '/rest/companies', { name: 'ESA' });
    // Sequences keep what a transaction that failed took of them.
    const attempts = async () => (await space.sql(`select last_value::int as tried from public.${name}`))[0].tried;
    await vi.waitFor(async () => expect(await attempts()).toBeGreaterThanOrEqual(3), { timeout: 15_000 });
    expect(receiver.arrivals).toHaveLength(1);
  } finally {
    await space.sql(`drop function public.${name}() cascade; drop sequence public.${name}`);
  }
  const states = async () =>
    (await space.rest('GET', `/rest/metadata/webhooks/${webhook.id}/deliveries`)).body.data.map(
      ({ state }: any) => state,
    );
  await vi.waitFor(async () => expect(await states()).toEqual(['delivered']), { timeout: 10_000 });
  expect(receiver.arrivals).toHaveLength(1);
});
