/** Webhooks in both metadata APIs, and the triggers that follow from them. Contract: metadata.md 1.1, 1.3, 3, 5 */

import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { sql as query } from '../../db/sql.ts';
import { createKey } from '../../server/access/keys.ts';
import { adoptWorkspace } from '../../server/changes/adopt-schema.ts';
import { changeListeners } from '../../server/changes/apply.ts';
import { deleteWorkspace } from '../../server/changes/workspaces.ts';
import { server, workspace } from '../fixture.ts';

const FIELDS = 'id targetUrl operations description secret createdAt updatedAt deletedAt isActive disabledReason';
const CREATE = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${FIELDS} } }`;
const URL = 'https://receiver.example/hook';

type Space = Awaited<ReturnType<typeof workspace>>;

/** Of tests that leave nothing behind. */
let shared: Promise<Space> | undefined;

async function made({ metadata }: Space, input: object = {}) {
  return (await metadata(CREATE, { input: { targetUrl: URL, operations: ['company.*'], ...input } })).createWebhook;
}

/** `companies: plinth_created, …` of the tables that have any. */
async function triggers({ sql, schema }: Space): Promise<Record<string, string[]>> {
  const rows = await sql(
    `select c.relname as table, array_agg(t.tgname::text order by t.tgname) as names
     from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
     where c.relnamespace = $1::regnamespace and t.tgname like 'plinth%' group by 1`,
    [schema],
  );
  return Object.fromEntries(rows.map(({ table, names }) => [table, names]));
}

describe('GraphQL', () => {
  test('creates, lists, reads, changes and deletes', async () => {
    const space = await workspace();
    const { metadata, metadataRefused } = space;
    const webhook = await made(space, { description: 'ours', secret: 'sesame' });
    expect(webhook).toMatchObject({
      targetUrl: URL,
      operations: ['company.*'],
      description: 'ours',
      secret: 'sesame',
      isActive: true,
      deletedAt: null,
    });
    expect((await metadata(`{ webhooks { ${FIELDS} } }`)).webhooks).toEqual([webhook]);
    const input = { id: webhook.id };
    const read = `query ($input: GetWebhookInput!) { webhook(input: $input) { ${FIELDS} } }`;
    expect((await metadata(read, { input })).webhook).toEqual(webhook);

    const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ${FIELDS} } }`;
    const beside = await metadata(update, { input: { ...input, operations: ['*.created', 'person.deleted'] } });
    expect(beside.updateWebhook).toMatchObject({ operations: ['*.created', 'person.deleted'], secret: 'sesame' });
    const within = await metadata(update, { input: { ...input, update: { description: null, secret: '' } } });
    expect(within.updateWebhook).toMatchObject({ description: null, secret: expect.stringMatching(/^whsec_/) });

    const remove = 'mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) }';
    expect(await metadata(remove, { input })).toEqual({ deleteWebhook: true });
    expect((await metadataRefused(read, { input })).extensions.code).toBe('NOT_FOUND');
    expect((await metadata('{ webhooks { id } }')).webhooks).toEqual([]);
  });

  test('makes a secret where none is given', async () => {
    const space = await workspace();
    const [one, other] = [await made(space), await made(space)];
    expect(one.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    expect(other.secret).not.toBe(one.secret);
  });

  test.each([
    [{ targetUrl: '' }, 'targetUrl should not be empty'],
    [{ targetUrl: 'ftp://receiver.example' }, 'targetUrl must be an http or https URL'],
    [{ targetUrl: 'receiver' }, 'targetUrl must be an http or https URL'],
    [{ targetUrl: 'https://me:secret@receiver.example' }, 'must not contain a user name or password'],
    [{ operations: [] }, 'operations should not be empty'],
    [{ operations: ['company'] }, '"company" is not of the form object.action'],
    [{ operations: ['company.created.now'] }, 'is not of the form object.action'],
    [{ operations: ['compny.created', 'company.made'] }, 'there is no object named "compny"; "company.made"'],
    [{ operations: ['company.upserted'] }, 'an upsert sends created or updated'],
    [{ secret: 'ключ' }, 'secret must be printable ASCII'],
    [{ secret: 'whsec_not base64' }, 'secret must be base64 after whsec_'],
  ])('refuses %j', async (input, message) => {
    shared ??= workspace();
    const { metadataRefused, metadata } = await shared;
    const error = await metadataRefused(CREATE, {
      input: { targetUrl: URL, operations: ['company.*'], ...input },
    });
    expect(error.message).toContain(message);
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect((await metadata('{ webhooks { id } }')).webhooks).toEqual([]);
  });

  test('follows the renames of objects', async () => {
    const space = await workspace();
    const { metadata } = space;
    const { id } = (
      await metadata(`mutation { createOneObject(input: { object:
        { nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id } }`)
    ).createOneObject;
    await made(space, { operations: ['rocket.created'] });
    await metadata(
      `mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: { nameSingular: "launcher", namePlural: "launchers" } }) { id } }`,
      { id },
    );
    expect((await metadata('{ webhooks { operations } }')).webhooks).toEqual([{ operations: ['launcher.created'] }]);
    expect(await triggers(space)).toEqual({ launchers: ['plinth_created'] });
    await metadata('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', { id });
    expect((await metadata('{ webhooks { operations } }')).webhooks).toEqual([{ operations: [] }]);
  });
});

describe('REST', () => {
  test.each([
    ['/rest/metadata/webhooks', (list: any) => list.data],
    ['/rest/webhooks', (list: any) => list],
  ])('%s: five routes', async (path, itemsOf) => {
    const { rest } = await workspace();
    const created = await rest('POST', path, { targetUrl: URL });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ targetUrl: URL, operations: ['*.*'] });
    const one = `${path}/${created.body.id}`;
    expect((await rest('GET', one)).body).toEqual(created.body);
    expect(itemsOf((await rest('GET', path)).body)).toEqual([created.body]);
    for (const method of ['PATCH', 'PUT']) {
      const changed = await rest(method, one, { operations: ['person.created'] });
      expect([changed.status, changed.body.operations]).toEqual([200, ['person.created']]);
    }
    const removed = await rest('DELETE', one);
    expect([removed.status, removed.body.id]).toEqual([200, created.body.id]);
    expect((await rest('GET', one)).status).toBe(404);
    expect((await rest('GET', `${path}/nobody`)).status).toBe(400);
    expect((await rest('POST', path, { operations: ['*.*'] })).body.messages).toEqual([
      'targetUrl should not be empty',
    ]);
  });

  test('of another workspace nothing is known', async () => {
    const { body } = await (await workspace()).rest('POST', '/rest/metadata/webhooks', { targetUrl: URL });
    const { rest } = await workspace();
    for (const [method, path] of [
      ['GET', `/rest/metadata/webhooks/${body.id}`],
      ['PATCH', `/rest/metadata/webhooks/${body.id}`],
      ['DELETE', `/rest/metadata/webhooks/${body.id}`],
      ['GET', `/rest/metadata/webhooks/${body.id}/deliveries`],
      ['POST', `/rest/metadata/webhooks/${body.id}/test`],
      ['POST', `/rest/metadata/webhookDeliveries/${randomUUID()}/redeliver`],
    ] as const)
      expect((await rest(method, path, method === 'PATCH' ? {} : undefined)).status).toBe(404);
  });

  test('takes a role with API_KEYS_AND_WEBHOOKS', async () => {
    const space = await workspace();
    const { database } = await server();
    const [member] = await space.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [
      space.id,
    ]);
    const { token } = await database.asOwner((client) => createKey(client, space.id, 'x', { roleId: member.id }));
    const { rest } = space.as({ Authorization: `Bearer ${token}` });
    expect((await rest('GET', '/rest/metadata/webhooks')).status).toBe(403);
    expect((await rest('POST', '/rest/metadata/webhooks', { targetUrl: URL })).status).toBe(403);
  });
});

describe('triggers', () => {
  test('are only where somebody listens, and for what', async () => {
    const space = await workspace();
    expect(await triggers(space)).toEqual({});
    const { id } = await made(space, { operations: ['company.created', 'person.restored'] });
    expect(await triggers(space)).toEqual({ companies: ['plinth_created'], people: ['plinth_updated'] });
    await made(space, { operations: ['company.*'] });
    expect(await triggers(space)).toEqual({
      companies: ['plinth_created', 'plinth_destroyed', 'plinth_truncated', 'plinth_updated'],
      people: ['plinth_updated'],
    });
    await space.rest('DELETE', `/rest/metadata/webhooks/${id}`);
    expect(Object.keys(await triggers(space))).toEqual(['companies']);
  });

  test('are on each table that is made while somebody listens to all, by row where a hand made it', async () => {
    const space = await workspace();
    await made(space, { operations: ['*.created'] });
    await space.metadata(`mutation { createOneObject(input: { object:
      { nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id } }`);
    expect((await triggers(space)).rockets).toEqual(['plinth_created']);
    await space.sql('create table artists (artist_id int primary key, name text)');
    await vi.waitFor(async () => expect((await triggers(space)).artists).toEqual(['plinth_created_row']), 10_000);
  });

  test('leave no trace in the model, its fingerprint, its drift or what a role may read', async () => {
    const space = await workspace();
    const { models } = await server();
    const before = await models.get(space.schema);
    await made(space, { operations: ['*.*'] });
    models.changed(space.schema);
    expect((await models.get(space.schema)).fingerprint).toBe(before.fingerprint);
    expect(await space.metadata('{ modelDrift { place } unserved { table } }')).toEqual({
      modelDrift: [],
      unserved: [],
    });
    expect(
      await space.sql(
        `select has_table_privilege($1, 'plinth_outbox', 'select') as outbox,
        has_table_privilege($1, 'plinth_events', 'select') as events`,
        [space.schema],
      ),
    ).toEqual([{ outbox: false, events: false }]);
    const error = await space.metadataRefused(`mutation { createOneObject(input: { object:
      { nameSingular: "plinthEvent", namePlural: "plinthEvents", labelSingular: "Event", labelPlural: "Events" } }) { id } }`);
    expect(error.message).toContain('validation');
  });

  test('are gone, with the rest, from an adopted schema whose workspace is deleted', async () => {
    const { database } = await server();
    const schema = `adopted_${randomUUID().slice(0, 8)}`;
    const own = await workspace();
    const { sql } = own;
    await sql(`create schema ${schema}`);
    await sql(`create table ${schema}.things (id int primary key, name text)`);
    const { id, name } = await adoptWorkspace(database, { schema });
    await changeListeners(database, id, (client) =>
      client.rows(query`
        insert into plinth.webhooks (workspace_id, target_url, operations, secret)
        values (${query.value(id)}, ${query.value(URL)}, '[{"object": "*", "action": "*"}]', 'x')`),
    );
    const space = { ...own, schema };
    expect(Object.keys(await triggers(space))).toEqual(['things']);
    await deleteWorkspace(database, name);
    expect(await triggers(space)).toEqual({});
    expect(
      await space.sql(`select relname from pg_class where relname like 'plinth%' and relnamespace = $1::regnamespace`, [
        schema,
      ]),
    ).toEqual([]);
    expect(await space.sql(`select proname from pg_proc where pronamespace = $1::regnamespace`, [schema])).toEqual([]);
    await space.sql(`drop schema ${schema} cascade`);
  });

  test('let whoever may write a table write it, rolled back writes leave nothing', async () => {
    const space = await workspace();
    await made(space, { operations: ['*.*'] });
    await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    await space.sql(`begin; insert into companies (name) values ('Nobody'); rollback`);
    // A server that knows of the webhook by now has moved it on.
    const written = await space.sql(
      `select after ->> 'name' as name, source::text as source from plinth_outbox
       union all select record ->> 'name', case object_name when 'company' then 'companies' end from plinth_events
       where action = 'created'`,
    );
    expect(written).toEqual([{ name: 'ESA', source: 'companies' }]);
  });
});
