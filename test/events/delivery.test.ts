/** What a webhook is told, by whom it was caused, and how it is signed. Contract: metadata.md 5, 7 (11) */

import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import { sql } from '../../db/sql.ts';
import { deliverWebhook } from '../../server/events/deliver.ts';
import { forgetOldEvents } from '../../server/events/forget.ts';
import { send } from '../../server/events/send.ts';
import { checkAddress, openTargets } from '../../server/events/target.ts';
import { server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { asRole, makeRole } from '../roles.ts';
import { type Answering, receive } from './receiver.ts';

type Space = Awaited<ReturnType<typeof workspace>>;
const PATIENCE = { timeout: 15_000, interval: 20 };

async function listening(operations: string[] = ['*.*'], answer?: Answering, input: object = {}) {
  const space = await workspace();
  const receiver = await receive(answer);
  const { body: webhook } = await space.rest('POST', '/rest/metadata/webhooks', {
    targetUrl: receiver.url,
    operations,
    ...input,
  });
  const names = () => receiver.arrivals.map(({ body }) => body.eventName);
  const until = (...expected: string[]) => vi.waitFor(() => expect(names()).toEqual(expected), PATIENCE);
  return { ...space, receiver, webhook, names, until };
}

async function deliveries({ rest, webhook }: Pick<Space, 'rest'> & { webhook: { id: string } }, query = '') {
  return (await rest('GET', `/rest/metadata/webhooks/${webhook.id}/deliveries${query}`)).body.data;
}

test('the life of a company: created, updated, deleted, restored, destroyed', async () => {
  const space = await listening(['company.*'], undefined, { secret: 'sesame' });
  const { rest, receiver, webhook, until, id: workspaceId } = space;
  const { body } = await rest('POST', '/rest/companies', { name: 'ESA', domainName: { primaryLinkUrl: 'esa.int' } });
  const company = body.data.createCompany;
  await rest('PATCH', `/rest/companies/${company.id}`, { name: 'Esa' });
  await rest('DELETE', `/rest/companies/${company.id}?soft_delete=true`);
  await rest('PATCH', `/rest/restore/companies/${company.id}`);
  const last = (await rest('GET', `/rest/companies/${company.id}`)).body.data.company;
  await rest('POST', '/rest/people', { name: { firstName: 'Nobody' } });
  await rest('DELETE', `/rest/companies/${company.id}`);
  await until('company.created', 'company.updated', 'company.deleted', 'company.restored', 'company.destroyed');

  const [created, updated, deleted, , destroyed] = receiver.arrivals.map((arrival) => arrival.body);
  const { body: object } = await rest('GET', '/rest/metadata/objects?limit=200');
  const objectMetadata = {
    id: object.data.find(({ nameSingular }: any) => nameSingular === 'company').id,
    nameSingular: 'company',
  };
  const head = { targetUrl: receiver.url, objectMetadata, workspaceId, webhookId: webhook.id };
  const eventDate = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(created).toEqual({ ...head, eventName: 'company.created', eventDate, record: company });
  expect(updated).toMatchObject({ ...head, updatedFields: ['name'], record: { name: 'Esa' }, before: company });
  expect(deleted.record.deletedAt).toBe(deleted.record.updatedAt);
  expect(destroyed).toEqual({ ...head, eventName: 'company.destroyed', eventDate, record: last });
});

test('an upsert is told as created or updated, be it of a soft-deleted record', async () => {
  const space = await listening(['company.*']);
  const { rest, gql, receiver } = space;
  const domain = (url: string) => `domainName: { primaryLinkUrl: "${url}" }`;
  const upsert = `mutation { createCompanies(upsert: true, data: [{ ${domain('esa.int')} }, { ${domain('nasa.gov')}, name: "Nasa" }]) { id } }`;
  const { createCompanies: made } = await gql(upsert);
  await rest('DELETE', `/rest/companies?filter=id[in]:[${made[0].id},${made[1].id}]&soft_delete=true`);
  // What follows the upsert in its transaction is told as what it is.
  await gql(`mutation {
    createCompanies(upsert: true, data: [{ ${domain('esa.int')} }]) { id }
    restoreCompany(id: "${made[1].id}") { id }
  }`);
  // In order of each record, and of no two.
  const toldOf = (index: number) =>
    receiver.arrivals.map((arrival) => arrival.body).filter(({ record }) => record.id === made[index].id);
  const namesOf = (index: number) => toldOf(index).map(({ eventName }) => eventName);
  await vi.waitFor(() => {
    expect(namesOf(0)).toEqual(['company.created', 'company.deleted', 'company.updated']);
    expect(namesOf(1)).toEqual(['company.created', 'company.deleted', 'company.restored']);
  }, PATIENCE);
  const revived = toldOf(0).at(-1);
  expect(revived).toMatchObject({
    updatedFields: ['deletedAt'],
    record: { deletedAt: null },
    before: { deletedAt: expect.any(String) },
  });
  expect(revived).not.toHaveProperty('userId');
});

test('a field that is renamed before a change is told of has its value under the new name', async () => {
  const space = await listening(['company.*']);
  const { rest, receiver, until } = space;
  const companyId = (await rest('GET', '/rest/metadata/objects?limit=200')).body.data.find(
    ({ nameSingular }: any) => nameSingular === 'company',
  ).id;
  const made = await rest('POST', '/rest/metadata/fields', {
    objectMetadataId: companyId,
    type: 'CURRENCY',
    name: 'budget',
    label: 'Budget',
  });
  const { database } = await server();
  // Nobody tells of anything meanwhile.
  await database.asOwner(async (client) => {
    await client.rows(sql`select pg_advisory_lock(hashtextextended(${sql.value(`events ${space.id}`)}, 0))`);
    const budget = { amountMicros: '9007199254740993', currencyCode: 'EUR' };
    await rest('POST', '/rest/companies', { name: 'ESA', budget });
    const renamed = await rest('PATCH', `/rest/metadata/fields/${made.body.id}`, { name: 'means', label: 'Means' });
    expect(renamed.status).toBe(200);
    await client.rows(sql`select pg_advisory_unlock(hashtextextended(${sql.value(`events ${space.id}`)}, 0))`);
  });
  await until('company.created');
  expect(receiver.arrivals[0]?.body.record).toMatchObject({
    name: 'ESA',
    means: { amountMicros: '9007199254740993', currencyCode: 'EUR' },
  });
});

test('says which person wrote, and nothing of keys', async () => {
  const space = await listening(['company.*']);
  const person = await signedIn([space]);
  const page = person.browser.in(space.name);
  const { body } = await page.rest('POST', '/rest/companies', { name: 'ESA' });
  await page.graphql(
    '/graphql',
    `mutation { updateCompany(id: "${body.data.createCompany.id}", data: { name: "Esa" }) { id } }`,
  );
  await space.rest('PATCH', `/rest/companies/${body.data.createCompany.id}`, { name: 'E' });
  await space.until('company.created', 'company.updated', 'company.updated');
  const people = space.receiver.arrivals.map(({ body: { userId, workspaceMemberId } }) => ({
    userId,
    workspaceMemberId,
  }));
  const them = { userId: person.id, workspaceMemberId: person.memberIds[0] };
  expect(people).toEqual([them, them, {}]);
});

test('is signed for both kinds of receivers', async () => {
  for (const secret of ['sesame, open', undefined]) {
    const { gql, receiver, webhook } = await listening(['*.*'], undefined, { secret });
    await gql('mutation { createCompany(data: { name: "Ärzte 🚀" }) { id } }');
    const [{ headers, text }] = await vi.waitFor(() => {
      expect(receiver.arrivals).toHaveLength(1);
      return receiver.arrivals as [(typeof receiver.arrivals)[number]];
    }, PATIENCE);
    const timestamp = headers['x-twenty-webhook-timestamp'];
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(20_000);
    expect(headers['x-twenty-webhook-nonce']).toMatch(/^[0-9a-f]{32}$/);
    const hmac = createHmac('sha256', webhook.secret).update(`${timestamp}:${text}`).digest('hex');
    expect(headers['x-twenty-webhook-signature']).toBe(hmac);
    const standard = secret ? new StandardWebhook(secret, { format: 'raw' }) : new StandardWebhook(webhook.secret);
    expect(standard.verify(text, headers as Record<string, string>)).toEqual(JSON.parse(text));

    const samples = [...(await readFile('docs/webhooks.md', 'utf8')).matchAll(/```js\n([\s\S]*?)```/g)];
    const [library, plain] = await Promise.all(
      samples.map(([, code]) => import(`data:text/javascript,${encodeURIComponent(resolved(code as string))}`)),
    );
    expect(library.verified(webhook.secret, headers, text)).toEqual(JSON.parse(text));
    expect(() => library.verified(webhook.secret, headers, `${text} `)).toThrow('No matching signature');
    expect(plain.isGenuine(webhook.secret, headers, text)).toBe(true);
    expect(plain.isGenuine(webhook.secret, headers, `${text} `)).toBe(false);
  }
});

/** A module that has no place finds no packages of its own. */
function resolved(code: string): string {
  return code.replace("'standardwebhooks'", JSON.stringify(import.meta.resolve('standardwebhooks')));
}

test('writes of all kinds count: GraphQL, REST, imports, psql, foreign keys; those rolled back do not', async () => {
  const { gql, rest, sql, url, key, receiver, names } = await listening(['company.*', 'person.updated']);
  await gql('mutation { createCompanies(data: [{ name: "graphql" }, { name: "graphql" }]) { id } }');
  await rest('POST', '/rest/batch/companies', [{ name: 'rest' }, { name: 'rest' }]);
  await fetch(`${url}/rest/companies/import`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
    body: '{"name":"import"}\n{"name":"import"}\n',
  }).then((response) => response.text());
  await sql(`begin; insert into companies (name) values ('rolled back'); rollback`);
  await sql(`insert into companies (name) select 'psql' from generate_series(1, 2)`);
  await rest('POST', '/rest/batch/companies', [{ name: 'refused' }, { name: 5 }]);
  await vi.waitFor(() => expect(receiver.arrivals).toHaveLength(8), PATIENCE);
  expect(receiver.arrivals.map(({ body }) => body.record.name).sort()).toEqual([
    'graphql',
    'graphql',
    'import',
    'import',
    'psql',
    'psql',
    'rest',
    'rest',
  ]);
  await sql(`insert into people (company_id) select id from companies limit 1`);
  await sql(`delete from companies where id in (select company_id from people)`);
  await vi.waitFor(() => expect(names().slice(8).sort()).toEqual(['company.destroyed', 'person.updated']), PATIENCE);
  expect(receiver.arrivals.find(({ body }) => body.eventName === 'person.updated')?.body).toMatchObject({
    updatedFields: ['companyId'],
    record: { companyId: null },
  });
  await sql('truncate companies cascade');
  await vi.waitFor(() => expect(names().filter((name) => name === 'company.destroyed')).toHaveLength(8), PATIENCE);
});

test('tables made by hand too, and objects are called as they are today', async () => {
  const { sql, rest, metadata, until, receiver, untilServed } = await listening(['*.*']);
  await sql('create table artists (artist_id int primary key, name text)');
  await untilServed('artists');
  const { body } = await rest('POST', '/rest/metadata/webhooks', {
    targetUrl: receiver.url,
    operations: ['artist.destroyed'],
  });
  expect(body.operations).toEqual(['artist.destroyed']);
  await sql(`insert into artists values (7, 'X')`);
  await sql(`update artists set name = 'Y'`);
  await until('artist.created', 'artist.updated');
  expect(receiver.arrivals[1]?.body).toMatchObject({
    record: { id: '7', name: 'Y' },
    before: { id: '7', name: 'X' },
    updatedFields: ['name'],
  });
  const objects = (await metadata('{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }'))
    .objects;
  const artist = objects.edges.find(({ node }: any) => node.nameSingular === 'artist').node;
  expect(receiver.arrivals[0]?.body.objectMetadata).toEqual(artist);
});

test('a record that changes again and again is told of in that order, each time as it was', async () => {
  const { gql, rest, receiver } = await listening(['company.updated']);
  const { createCompany } = await gql('mutation { createCompany(data: { name: "x", employees: 0 }) { id } }');
  for (let n = 1; n <= 20; n++) await rest('PATCH', `/rest/companies/${createCompany.id}`, { employees: n });
  await vi.waitFor(() => expect(receiver.arrivals).toHaveLength(20), PATIENCE);
  expect(receiver.arrivals.map(({ body }) => [body.before.employees, body.record.employees])).toEqual(
    Array.from({ length: 20 }, (_, n) => [n, n + 1]),
  );
});

describe('a receiver that fails', () => {
  test('gets the same delivery again, and what is behind it of the same record after it', async () => {
    const { gql, rest, receiver, webhook, until } = await listening(['company.*'], (response, _arrival, count) => {
      response.statusCode = count <= 2 ? 500 : 200;
      response.end('x'.repeat(10_000));
    });
    const { createCompany } = await gql('mutation { createCompany(data: { name: "a" }) { id } }');
    await rest('PATCH', `/rest/companies/${createCompany.id}`, { name: 'b' });
    await until('company.created', 'company.created', 'company.created', 'company.updated');
    const ids = receiver.arrivals.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(new Set(receiver.arrivals.slice(0, 3).map(({ text }) => text)).size).toBe(1);
    const log = await vi.waitFor(async () => {
      const all = await deliveries({ rest, webhook });
      expect(all.map(({ state }: any) => state)).toEqual(['delivered', 'delivered']);
      return all;
    }, PATIENCE);
    expect(log).toMatchObject([
      { eventName: 'company.updated', attempts: 1, error: null, responseStatus: 200 },
      { eventName: 'company.created', id: ids[0], recordId: createCompany.id, nextAttemptAt: null },
    ]);
    // Another one may have been given up before it arrived, on a machine that is busy.
    expect(log[1].attempts).toBeGreaterThanOrEqual(3);
    expect(log[0].responseBody).toHaveLength(4_096);
  });

  test('delays no other webhook, nor other records for long', async () => {
    const stuck = await receive(() => undefined);
    const { gql, rest, receiver } = await listening(['company.created']);
    const { body: hanging } = await rest('POST', '/rest/metadata/webhooks', { targetUrl: stuck.url });
    await gql('mutation { createCompany(data: { name: "a" }) { id } }');
    await vi.waitFor(() => expect(receiver.arrivals).toHaveLength(1), PATIENCE);
    const [waiting] = await deliveries({ rest, webhook: hanging });
    expect(waiting?.error ?? null).toBeNull(); // still on its way
    await vi.waitFor(async () => {
      expect(await deliveries({ rest, webhook: hanging })).toMatchObject([
        {
          state: 'pending',
          attempts: 1,
          error: 'The receiver did not answer within 5000 ms',
          nextAttemptAt: expect.any(String),
        },
      ]);
    }, PATIENCE);
  });

  test('holds up what is behind it, also when its pause ends while somebody looks for what is due', async () => {
    const WEBHOOKS = 6;
    const UPDATES = 1_500; // so that to look takes a while
    const firsts = new Map<string, number[]>();
    const { gql, rest, sql, receiver } = await listening(['note.created'], (response, { body }) => {
      const told = firsts.get(body.webhookId) ?? [];
      firsts.set(body.webhookId, [...told, body.record.employees]);
      response.statusCode = told.length === 0 ? 500 : 200;
      response.end();
    });
    const { database } = await server();
    // As a planner may do it that knows of many: row by row, so that the clock goes on between two.
    const url = `${database.url}${database.url.includes('?') ? '&' : '?'}options=-c%20enable_hashjoin%3Doff%20-c%20enable_mergejoin%3Doff`;
    const targets = openTargets({ mayBePrivate: true });
    const settings = {
      webhookTimeoutMs: 5_000,
      webhookRetryHours: 1,
      webhookDisableHours: 1,
      allowPrivateWebhookTargets: true,
    };
    const { createCompany } = await gql('mutation { createCompany(data: { name: "a" }) { id } }');
    const ids: string[] = [];
    for (let i = 0; i < WEBHOOKS; i++) {
      const given = { targetUrl: receiver.url, operations: ['company.updated'] };
      ids.push((await rest('POST', '/rest/metadata/webhooks', given)).body.id);
    }
    await sql(`do $$ begin
      for n in 1..${UPDATES} loop update companies set employees = n where id = '${createCompany.id}'; end loop;
    end $$`);
    const pull = async (id: string) => {
      while ((firsts.get(id)?.length ?? 0) < 3)
        await deliverWebhook(id, {
          database: { ...database, url },
          targets,
          settings,
          signal: new AbortController().signal,
        });
    };
    await Promise.all(ids.map(pull));
    for (const id of ids) expect(firsts.get(id)?.slice(0, 3)).toEqual([1, 1, 2]);
    for (const id of ids) await rest('DELETE', `/rest/metadata/webhooks/${id}`);
    await targets.close();
  });

  test('for days is disabled, which the API says; an update enables it', async () => {
    let isBroken = true;
    const space = await listening(['company.created'], (response) => {
      response.statusCode = isBroken ? 503 : 200;
      response.end();
    });
    const { gql, rest, sql, webhook, receiver } = space;
    await sql(`update plinth.webhooks set failures = 1, failing_since = now() - interval '73 hours' where id = $1`, [
      webhook.id,
    ]);
    await gql('mutation { createCompany(data: { name: "a" }) { id } }');
    await vi.waitFor(async () => {
      const { body } = await rest('GET', `/rest/metadata/webhooks/${webhook.id}`);
      expect(body).toMatchObject({
        isActive: false,
        disabledReason: expect.stringMatching(/^No delivery has succeeded since/),
      });
    }, PATIENCE);
    expect(await deliveries(space)).toMatchObject([{ state: 'failed' }]);
    expect(
      await sql(`select tgname from pg_trigger where tgrelid = 'companies'::regclass and tgname like 'plinth%'`),
    ).toEqual([]);
    expect((await rest('POST', `/rest/metadata/webhooks/${webhook.id}/test`)).body.messages[0]).toContain(
      'is disabled',
    );
    isBroken = false;
    const { body } = await rest('PATCH', `/rest/metadata/webhooks/${webhook.id}`, {});
    expect(body).toMatchObject({ isActive: true, disabledReason: null, failingSince: null });
    await gql('mutation { createCompany(data: { name: "b" }) { id } }');
    await vi.waitFor(() => expect(receiver.arrivals.at(-1)?.body.record.name).toBe('b'), PATIENCE);
  });
});

test('redirects are not followed', async () => {
  const elsewhere = await receive();
  const space = await listening(['*.*'], (response) => {
    response.writeHead(307, { Location: elsewhere.url }).end();
  });
  await space.gql('mutation { createCompany(data: { name: "a" }) { id } }');
  await vi.waitFor(async () => {
    expect(await deliveries(space)).toMatchObject([
      { responseStatus: 307, error: 'The receiver answered 307: redirects are not followed' },
    ]);
  }, PATIENCE);
  expect(elsewhere.arrivals).toEqual([]);
});

test('one that is tested, and deliveries again: one, or all of a time', async () => {
  const space = await listening(['company.created']);
  const { metadata, rest, gql, receiver, webhook, until, metadataRefused } = space;
  const { testWebhook } = await metadata(
    'mutation ($id: UUID!) { testWebhook(id: $id) { id state eventName attempts } }',
    { id: webhook.id },
  );
  expect(testWebhook).toMatchObject({ state: 'pending', eventName: 'webhook.test', attempts: 0 });
  await until('webhook.test');
  expect(receiver.arrivals[0]?.body).toMatchObject({ objectMetadata: null, record: {}, webhookId: webhook.id });
  const from = new Date().toISOString();
  await gql('mutation { createCompanies(data: [{ name: "a" }, { name: "b" }]) { id } }');
  await until('webhook.test', 'company.created', 'company.created');
  await vi.waitFor(async () => expect(await deliveries(space, '?state=delivered')).toHaveLength(3), PATIENCE);

  const [last] = await deliveries(space, '?limit=1');
  expect((await rest('POST', `/rest/metadata/webhookDeliveries/${last.id}/redeliver`)).body).toMatchObject({
    id: last.id,
  });
  await vi.waitFor(() => expect(receiver.arrivals).toHaveLength(4), PATIENCE);
  expect(receiver.arrivals.at(-1)?.headers['webhook-id']).toBe(last.id);
  const to = new Date().toISOString();
  const again = await rest('POST', `/rest/metadata/webhooks/${webhook.id}/redeliver`, { from, to });
  expect(again.body).toEqual({ count: 2 });
  await vi.waitFor(() => expect(receiver.arrivals).toHaveLength(6), PATIENCE);

  const QUERY = `query ($webhookId: UUID!, $paging: CursorPaging!, $filter: WebhookDeliveryFilter!) {
    webhookDeliveries(webhookId: $webhookId, paging: $paging, filter: $filter) {
      totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { cursor node { id eventName } } } }`;
  const page = async (paging: object, filter = {}) =>
    (await metadata(QUERY, { webhookId: webhook.id, paging, filter })).webhookDeliveries;
  const first = await page({ first: 2 });
  expect([first.totalCount, first.pageInfo.hasNextPage, first.edges.length]).toEqual([3, true, 2]);
  const rest2 = await page({ first: 2, after: first.pageInfo.endCursor });
  expect(rest2.edges.map(({ node }: any) => node.eventName)).toEqual(['webhook.test']);
  expect(rest2.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  expect((await page({ last: 2, before: rest2.pageInfo.startCursor })).edges).toEqual(first.edges);
  expect((await page({}, { eventName: 'webhook.test' })).totalCount).toBe(1);
  for (const [path, message] of [
    ['?state=lost', 'state'],
    ['?limit=x', "limit 'x' is invalid"],
    ['?from=yesterday', '"yesterday" is not a date'],
    ['?starting_after=x', 'not a valid UUID'],
    ['?colour=red', 'property colour should not exist'],
  ] as const) {
    const { status, body } = await rest('GET', `/rest/metadata/webhooks/${webhook.id}/deliveries${path}`);
    expect([status, body.messages[0]]).toEqual([400, expect.stringContaining(message)]);
  }
  const error = await metadataRefused('mutation ($id: UUID!) { redeliverWebhookDelivery(id: $id) { id } }', {
    id: randomUUID(),
  });
  expect(error.extensions.code).toBe('NOT_FOUND');
});

describe('the log shows what was sent', () => {
  const DELIVERY = 'query ($id: UUID!) { webhookDelivery(id: $id) { payload requestHeaders state responseBody } }';

  test('to the character, with its headers, also when the webhook has moved since', async () => {
    const space = await listening(['company.*']);
    const { gql, rest, metadata, receiver, webhook, until } = space;
    const { createCompany } = await gql('mutation { createCompany(data: { name: "Ärzte 🚀" }) { id } }');
    await until('company.created');
    await gql(`mutation { updateCompany(id: "${createCompany.id}", data: { employees: 12 }) { id } }`);
    await until('company.created', 'company.updated');
    await vi.waitFor(async () => expect(await deliveries(space, '?state=delivered')).toHaveLength(2), PATIENCE);
    const moved = { targetUrl: 'https://elsewhere.example/', secret: 'another' };
    await rest('PATCH', `/rest/metadata/webhooks/${webhook.id}`, moved);
    const log = (await deliveries(space)).reverse();
    for (const [i, { id, payload, requestHeaders, responseBody }] of log.entries()) {
      const { text, headers } = receiver.arrivals[i] as (typeof receiver.arrivals)[number];
      expect(payload).toBe(text);
      expect(responseBody).toBe('thanks');
      const sent = Object.entries(requestHeaders).map(([name, value]) => [name.toLowerCase(), value]);
      expect(headers).toMatchObject(Object.fromEntries(sent));
      expect(new StandardWebhook(webhook.secret).verify(payload, requestHeaders)).toEqual(JSON.parse(text));
      expect((await rest('GET', `/rest/metadata/webhookDeliveries/${id}`)).body).toEqual(log[i]);
      const { webhookDelivery } = await metadata(DELIVERY, { id });
      expect(webhookDelivery).toEqual({ payload: text, requestHeaders, state: 'delivered', responseBody: 'thanks' });
    }
    expect(log[0].requestHeaders['webhook-id']).toBe(log[0].id);
  });

  test('and what will be, before it is; nothing of an event that is no longer kept', async () => {
    const space = await workspace();
    const { database } = await server();
    const { body: webhook } = await space.rest('POST', '/rest/metadata/webhooks', { targetUrl: 'http://127.0.0.1:1/' });
    const { body: test } = await space.rest('POST', `/rest/metadata/webhooks/${webhook.id}/test`);
    expect(test.requestHeaders).toBeNull();
    expect(JSON.parse(test.payload)).toMatchObject({ eventName: 'webhook.test', record: {}, webhookId: webhook.id });
    await space.gql('mutation { createCompany(data: { name: "Esa" }) { id } }');
    await vi.waitFor(async () => {
      const [company] = await deliveries({ ...space, webhook }, '?eventName=company.created');
      expect(company).toMatchObject({ state: 'pending', responseStatus: null });
      expect(JSON.parse(company.payload).record.name).toBe('Esa');
    }, PATIENCE);
    await space.sql(`update plinth_events set at = at - interval '1 year'`);
    await forgetOldEvents(database, 24);
    const [company] = await deliveries({ ...space, webhook }, '?eventName=company.created');
    expect(company.payload).toBeNull();
  });

  test('to whoever may read all records, and to nobody else', async () => {
    const space = await listening(['company.*']);
    await space.gql('mutation { createCompany(data: { name: "Esa", employees: 5 }) { id } }');
    await space.until('company.created');
    const fields = { 'company.employees': { read: false } };
    const role = await makeRole(space, 'Limited', {
      canReadAllObjectRecords: true,
      fields,
      flags: ['API_KEYS_AND_WEBHOOKS'],
    });
    const limited = await asRole(space, role);
    await vi.waitFor(async () => {
      const [told] = await deliveries(space);
      expect(told.responseBody).toBe('thanks');
    }, PATIENCE);
    const [delivery] = await deliveries({ rest: limited.rest, webhook: space.webhook });
    expect([delivery.eventName, delivery.payload]).toEqual(['company.created', null]);
    expect(delivery.recordId).toBeNull(); // a rule may hide it
    const [{ recordId }] = await deliveries(space);
    const byRecord = `/rest/metadata/webhooks/${space.webhook.id}/deliveries?recordId=${recordId}`;
    expect((await space.rest('GET', byRecord)).body.data).toHaveLength(1);
    expect((await limited.rest('GET', byRecord)).status).toBe(403);
    expect(delivery.responseBody).toBeNull(); // many receivers answer with what they were sent
    expect((await limited.rest('GET', `/rest/metadata/webhookDeliveries/${delivery.id}`)).body.payload).toBeNull();
    const { webhookDelivery } = await limited.metadata(DELIVERY, { id: delivery.id });
    expect(webhookDelivery.payload).toBeNull();
  });
});

describe('targets that are not public are not delivered to', () => {
  test.each([
    'http://127.0.0.1:1/',
    'http://localhost:1/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[64:ff9b::a00:1]/',
    'http://100.64.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://192.0.0.8/',
    'http://198.18.0.1/',
    'http://[::]/',
    'http://[::127.0.0.1]/', // IPv4-compatible
    'http://[::a9fe:a9fe]/',
    'http://[::8.8.8.8]/',
    'http://[::ffff:0:127.0.0.1]/', // IPv4-translated
    'http://[64:ff9b:1::a00:1]/', // NAT64 of local use
    'http://[2002:7f00:1::]/', // 6to4
    'http://[2001:0:7f00:1::]/', // Teredo
    'http://[2001:db8::1]/', // for documentation
    'http://[2001:2::1]/', // benchmarking
    'http://[2001:10::1]/', // ORCHID
    'http://[3fff::1]/', // for documentation
    'http://[100::1]/', // discarded
    'http://[1fff::1]/',
    'http://[4000::1]/',
    'http://[5f00::1]/', // segment routing
    'http://[9000::1]/',
    'http://[fbff::1]/',
    'http://[fec0::1]/', // site-local
    'http://[ff02::1]/',
    'http://[ff0e::1]/',
  ])('%s', async (targetUrl) => {
    const targets = openTargets({ mayBePrivate: false });
    const options = { targets, timeoutMs: 2_000, mayBePrivate: false };
    const outcome = await send({ id: 'x', targetUrl, secret: 'x', body: '{}' }, options);
    expect(outcome).toMatchObject({ isDelivered: false, error: expect.stringMatching(/and is not delivered to$/) });
    await targets.destroy();
  });

  test.each([
    'http://8.8.8.8/',
    'http://[::ffff:8.8.8.8]/',
    'http://[2606:4700::1111]/',
    'http://[2a00:1450::1]/',
    'http://[2001:4860:4860::8888]/',
  ])('and %s, which is public, is', (targetUrl) => {
    expect(() => checkAddress(new URL(targetUrl))).not.toThrow();
  });

  test('unless they are allowed', async () => {
    const { url, arrivals } = await receive();
    const targets = openTargets({ mayBePrivate: true });
    const options = { targets, timeoutMs: 2_000, mayBePrivate: true };
    for (const targetUrl of [url, url.replace('127.0.0.1', 'localhost')])
      expect(await send({ id: 'x', targetUrl, secret: 'x', body: '{}' }, options)).toMatchObject({ isDelivered: true });
    expect(arrivals).toHaveLength(2);
    await targets.destroy();
  });
});
