/**
 * Changes as they come: server-sent events and GraphQL subscriptions, within what a role may read. Contract:
 * decisions.md (subscriptions)
 */

import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createKey } from '../../server/access/keys.ts';
import { beside, server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { makeRole } from '../roles.ts';

type Space = Awaited<ReturnType<typeof workspace>>;
const PATIENCE = { timeout: 10_000, interval: 20 };

const endings: (() => unknown)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Server-sent events, until the test is over. */
async function changes({ url }: Space, key: string, path: string, headers: Record<string, string> = {}) {
  const ending = new AbortController();
  endings.push(() => ending.abort());
  const response = await fetch(url + path, {
    headers: { Authorization: `Bearer ${key}`, ...headers },
    signal: ending.signal,
  });
  const events: { id: string; event: string; data: any }[] = [];
  let isOver = false;
  const read = async () => {
    let text = '';
    for await (const chunk of response.body as any) {
      text += Buffer.from(chunk).toString('utf8');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks.filter((each) => !each.startsWith(':'))) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
        events.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
      }
    }
  };
  read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  await vi.waitFor(() => expect(events[0]?.event).toBe('ready'), PATIENCE);
  const until = (...names: string[]) =>
    vi.waitFor(() => expect(events.slice(1).map(({ event }) => event)).toEqual(names), PATIENCE);
  return { response, events, until, isOver: () => isOver, close: () => ending.abort() };
}

/** A subscription, and what it was told. */
function subscribed({ url }: Space, key: string, query: string, variables?: Record<string, unknown>) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  endings.push(() => client.dispose());
  const told: any[] = [];
  const errors: any[] = [];
  const end = client.subscribe(
    { query, ...(variables && { variables }) },
    { next: (value) => told.push(value), error: (error) => errors.push(error), complete: () => told.push('complete') },
  );
  return { client, told, errors, end };
}

/** Until the subscription is there: its trigger is, and whoever writes then is heard. */
async function listening({ sql }: Space, tables = ['companies']) {
  await vi.waitFor(async () => {
    const rows = await sql(
      `select distinct tgrelid::regclass::text as name from pg_trigger
      where tgname like 'plinth%' and tgrelid in (select oid from pg_class
        where relnamespace = current_schema()::regnamespace) order by 1`,
    );
    for (const table of tables) expect(rows.map(({ name }) => name)).toContain(table);
    const [{ marks }] = await sql(`select count(*)::int as marks from plinth_events where action = 'gap'`);
    expect(marks).toBeGreaterThan(0);
  }, PATIENCE);
}

describe('server-sent events', () => {
  test('tell of changes whoever makes them, and go on where they were', async () => {
    const space = await workspace();
    const { rest, sql, key } = space;
    const stream = await changes(space, key, '/rest/companies/changes');
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { body } = await rest('POST', '/rest/companies', { name: 'ESA' });
    const company = body.data.createCompany;
    await rest('PATCH', `/rest/companies/${company.id}`, { name: 'Esa' });
    await rest('POST', '/rest/people', { name: { firstName: 'Nobody' } });
    await stream.until('created', 'updated');
    const [, created, updated] = stream.events;
    expect(created?.data).toEqual({
      eventName: 'company.created',
      eventDate: expect.any(String),
      recordId: company.id,
      record: company,
    });
    expect(updated?.data).toMatchObject({ updatedFields: ['name'], before: company, record: { name: 'Esa' } });
    stream.close();
    await sql(`update companies set employees = 7`);
    await rest('DELETE', `/rest/companies/${company.id}`);
    const again = await changes(space, key, `/rest/companies/changes?since=${created?.id}`);
    await again.until('updated', 'updated', 'destroyed');
    const byHeader = await changes(space, key, '/rest/companies/changes', {
      'Last-Event-ID': String(again.events[3]?.id),
    });
    await rest('POST', '/rest/companies', { name: 'CNES' });
    await byHeader.until('created');
  });

  test('answer HEAD with their headers, and end', async () => {
    const { url, key } = await workspace();
    const options = {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(10_000),
    };
    for (let n = 0; n < 3; n++) {
      const response = await fetch(`${url}/rest/companies/changes`, options);
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  test('say that something may be missing, where nobody listened in between', async () => {
    const space = await workspace();
    const first = await changes(space, space.key, '/rest/companies/changes');
    await space.rest('POST', '/rest/companies', { name: 'a' });
    await first.until('created');
    first.close();
    await space.sql(`update plinth.listeners set until = now() - interval '1 second' where workspace_id = $1`, [
      space.id,
    ]);
    const again = await changes(space, space.key, `/rest/companies/changes?since=${first.events[1]?.id}`);
    await again.until('gap');
  });

  test.each([
    ['?since=yesterday', 400, "since 'yesterday' is invalid"],
    ['', 400, 'nothings'],
  ])('refuse %s', async (query, status, message) => {
    const { url, key } = await workspace();
    const path = query === '' ? '/rest/nothings/changes' : `/rest/companies/changes${query}`;
    const response = await fetch(url + path, { headers: { Authorization: `Bearer ${key}` } });
    expect([response.status, JSON.stringify(await response.json())]).toEqual([
      status,
      expect.stringContaining(message),
    ]);
  });

  test('are at most twenty for one key, and end when it is revoked', async () => {
    const space = await workspace();
    const { database } = await server();
    const role = await makeRole(space, 'Reader', { canReadAllObjectRecords: true });
    const { token } = await asRoleKey(space, role, database);
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => changes(space, token, '/rest/companies/changes')),
    );
    const refused = await fetch(`${space.url}/rest/companies/changes`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(refused.status).toBe(429);
    await space.sql(`update plinth.api_keys set revoked_at = now() where workspace_id = $1 and name = 'streamed'`, [
      space.id,
    ]);
    await vi.waitFor(() => expect(streams.every(({ isOver }) => isOver())).toBe(true), PATIENCE);
    expect(streams[0]?.events.at(-1)).toMatchObject({ event: 'end', data: { message: 'This API Key is revoked' } });
  });
});

async function asRoleKey(space: Space, roleId: string, database: Awaited<ReturnType<typeof server>>['database']) {
  return database.asOwner((client) => createKey(client, space.id, 'streamed', { roleId }));
}

describe('subscriptions', () => {
  test('to one object, as the operation selects it', async () => {
    const space = await workspace();
    const { rest, key } = space;
    const query = `subscription ($filter: CompanyFilterInput) {
      changed: companyChanged(filter: $filter) { __typename action recordId updatedFields eventDate ...it }
    }
    fragment it on CompanyChange { record { called: name people { edges { node { name { firstName } } } } } }`;
    const { told, errors } = subscribed(space, key, query, { filter: { name: { like: 'E%' } } });
    await listening(space);
    const { body } = await rest('POST', '/rest/companies', { name: 'ESA' });
    const { id } = body.data.createCompany;
    await rest('POST', '/rest/companies', { name: 'NASA' });
    await vi.waitFor(() => expect(told).toHaveLength(1), PATIENCE);
    await rest('POST', '/rest/people', { name: { firstName: 'Ada' }, companyId: id });
    await rest('PATCH', `/rest/companies/${id}`, { name: 'Esa' });
    await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
    await rest('DELETE', `/rest/companies/${id}`);
    await vi.waitFor(() => expect(told).toHaveLength(3), PATIENCE);
    const facts = { __typename: 'CompanyChange', recordId: id, eventDate: expect.any(String) };
    const people = (...names: string[]) => ({ edges: names.map((firstName) => ({ node: { name: { firstName } } })) });
    expect(told.map(({ data }) => data.changed)).toEqual([
      { ...facts, action: 'CREATED', updatedFields: null, record: { called: 'ESA', people: people() } },
      { ...facts, action: 'UPDATED', updatedFields: ['name'], record: { called: 'Esa', people: people('Ada') } },
      { ...facts, action: 'DESTROYED', updatedFields: null, record: null },
    ]);
    expect(errors).toEqual([]);
  });

  test('to any object, by action, object and record', async () => {
    const space = await workspace();
    const query = `subscription ($input: OnDbEventInput!) {
      onDbEvent(input: $input) { action objectNameSingular record updatedFields } }`;
    const any = subscribed(space, space.key, query, { input: {} });
    const one = subscribed(space, space.key, query, { input: { action: 'DELETED', objectNameSingular: 'company' } });
    await listening(space, ['companies', 'people']);
    await vi.waitFor(async () =>
      expect(await space.sql('select from plinth.listeners where workspace_id = $1', [space.id])).toHaveLength(2),
    );
    const { body } = await space.rest('POST', '/rest/companies', { name: 'ESA' });
    const company = body.data.createCompany;
    await space.rest('POST', '/rest/people', { name: { firstName: 'Ada' } });
    await space.rest('DELETE', `/rest/companies/${company.id}?soft_delete=true`);
    await vi.waitFor(() => expect([any.told.length, one.told.length]).toEqual([3, 1]), PATIENCE);
    const names = any.told.map(({ data }) => `${data.onDbEvent.objectNameSingular} ${data.onDbEvent.action}`);
    expect(names).toEqual(['company CREATED', 'person CREATED', 'company DELETED']);
    expect(any.told[0].data.onDbEvent).toEqual({
      action: 'CREATED',
      objectNameSingular: 'company',
      record: company,
      updatedFields: null,
    });
  });

  test('answer queries and mutations too', async () => {
    const space = await workspace();
    const { told } = subscribed(space, space.key, 'mutation { createCompany(data: { name: "ESA" }) { name } }');
    await vi.waitFor(() => expect(told).toEqual([{ data: { createCompany: { name: 'ESA' } } }, 'complete']), PATIENCE);
  });

  test.each([
    ['subscription { companyChanged { nothing } }', 'Cannot query field "nothing"'],
    ['subscription { companyChanged(filter: { name: { eq: null } }) { record { id } } }', 'null'],
    [
      'subscription { onDbEvent(input: { objectNameSingular: "rocket" }) { action } }',
      'There is no object named "rocket"',
    ],
    [
      'subscription { companyChanged { action } onDbEvent(input: {}) { action } }',
      'must select only one top level field',
    ],
    [
      'subscription ($filter: CompanyFilterInput) { companyChanged(filter: $filter) { action } }',
      'got invalid value true',
      { filter: true },
    ],
  ])('refuse %s', async (query, message, variables: Record<string, unknown> = {}) => {
    const space = await workspace();
    const { told, errors } = subscribed(space, space.key, query, variables);
    await vi.waitFor(() => {
      const [refused] = [...errors.flat(), ...told.flatMap((each) => each.errors ?? [])];
      expect(refused?.message).toContain(message);
      expect(refused.extensions.code).toMatch(/^[A-Z_]+$/);
    }, PATIENCE);
  });

  test('take a key, and end when it is revoked', async () => {
    const space = await workspace();
    const { database } = await server();
    const nobody = subscribed(space, 'plinth_nonsense', 'subscription { companyChanged { action } }');
    await vi.waitFor(() => expect(nobody.errors[0]).toMatchObject({ code: 4403 }), PATIENCE);
    const role = await makeRole(space, 'Reader', { canReadAllObjectRecords: true });
    const { token } = await asRoleKey(space, role, database);
    const { errors } = subscribed(space, token, 'subscription { companyChanged { action } }');
    await listening(space);
    await space.sql(`update plinth.api_keys set revoked_at = now() where workspace_id = $1 and name = 'streamed'`, [
      space.id,
    ]);
    await vi.waitFor(
      () => expect(errors[0]).toMatchObject({ code: 4403, reason: 'This API Key is revoked' }),
      PATIENCE,
    );
  });
});

test('a role hears of the objects, fields and records that it may read, and of no others', async () => {
  const space = await workspace();
  const { database } = await server();
  const role = await makeRole(space, 'Limited', {
    canReadAllObjectRecords: false,
    objects: { company: { read: true } },
    fields: { 'company.employees': { read: false } },
  });
  const { token } = await asRoleKey(space, role, database);
  const people = await fetch(`${space.url}/rest/people/changes`, { headers: { Authorization: `Bearer ${token}` } });
  expect(people.status).toBeGreaterThanOrEqual(400);
  const stream = await changes(space, token, '/rest/companies/changes');
  const any = subscribed(
    space,
    token,
    'subscription { onDbEvent(input: {}) { objectNameSingular record updatedFields } }',
  );
  await listening(space, ['companies', 'people']);
  await vi.waitFor(async () =>
    expect(await space.sql('select from plinth.listeners where workspace_id = $1', [space.id])).toHaveLength(2),
  );
  const { body } = await space.rest('POST', '/rest/companies', { name: 'ESA', employees: 5 });
  const { id } = body.data.createCompany;
  await space.rest('POST', '/rest/people', { name: { firstName: 'Ada' } });
  await space.rest('PATCH', `/rest/companies/${id}`, { employees: 6 });
  await space.rest('PATCH', `/rest/companies/${id}`, { employees: 7, name: 'Esa' });
  await stream.until('created', 'updated');
  await vi.waitFor(() => expect(any.told).toHaveLength(2), PATIENCE);
  expect(any.told.map(({ data }) => data.onDbEvent.updatedFields)).toEqual([null, ['name']]);
  expect(stream.events[2]?.data.updatedFields).toEqual(['name']);
  expect(JSON.stringify([stream.events, any.told])).not.toContain('employees');
});

describe('who may open a WebSocket', () => {
  /** The first word of the server after `connection_init`: `connection_ack`, or the code that it closes with. */
  function greeted(url: string, params: object, headers: Record<string, string>): Promise<string | number> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    endings.push(() => socket.terminate());
    return new Promise((settle, fail) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: params })));
      socket.on('message', (message) => settle(JSON.parse(String(message)).type));
      socket.on('close', settle);
      socket.on('error', fail);
    });
  }

  test('wrong tokens count there too', async () => {
    const [space, url] = [await workspace(), await beside({ WRONG_TOKEN_LIMIT: '5', TRUSTED_PROXIES: 'loopback' })];
    const from = (address: string, token: string) =>
      greeted(url, { Authorization: `Bearer ${token}` }, { 'X-Forwarded-For': address });
    for (let i = 0; i < 5; i++) expect(await from('198.51.100.7', `${space.key.slice(0, -1)}-`)).toBe(4403);
    expect(await from('198.51.100.7', space.key)).toBe(4403);
    expect(await from('198.51.100.8', space.key)).toBe('connection_ack');
  });

  test('a page of another origin cannot say that it is of ours', async () => {
    const space = await workspace();
    const person = await signedIn([space]);
    const Cookie = [...person.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const params = { 'X-Plinth-Workspace': space.name, Origin: 'http://plinth.test', Cookie };
    expect(await greeted(space.url, params, { Cookie, Origin: 'http://plinth.test' })).toBe('connection_ack');
    expect(await greeted(space.url, params, { Cookie, Origin: 'http://evil.test' })).toBe(4403);
    expect(await greeted(space.url, params, { Origin: 'http://plinth.test' })).toBe(4403);
  });
});
