/** The audit log: who changed what of a workspace beside its records, when, from where. docs/security.md */

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { forgetOldAudits, recordAudit } from '../../server/access/audit.ts';
import { createKey } from '../../server/access/keys.ts';
import { askerIn } from '../../server/cli/model.ts';
import { apply, makeField } from '../../server/metadata/model-changes.ts';
import { server, workspace } from '../fixture.ts';

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
const LOGS = `query ($paging: CursorPaging! = {}, $filter: AuditLogFilter! = {}) {
  auditLogs(paging: $paging, filter: $filter) {
    edges { cursor node { id createdAt action actorType actorId actorName subjectType subjectId subjectName ip userAgent requestId detail } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}`;

type Space = Awaited<ReturnType<typeof workspace>>;

async function logsOf(space: Space, filter = {}, paging = {}): Promise<any[]> {
  const { auditLogs } = await space.metadata(LOGS, { filter, paging });
  return auditLogs.edges.map(({ node }: any) => node);
}

test('a change of the model says who made it, from where, what it changed and what was run', async () => {
  const space = await workspace();
  const made = await space.rest('POST', '/rest/metadata/objects', ROCKET, { 'User-Agent': 'a test' });
  const [log] = await logsOf(space, { action: 'model.changed' });
  expect(log).toMatchObject({
    actorType: 'API_KEY',
    actorName: 'Default',
    subjectType: 'model',
    ip: '127.0.0.1',
    userAgent: 'a test',
    requestId: made.headers.get('X-Request-Id'),
    detail: {
      changes: expect.arrayContaining([{ kind: 'object', id: made.body.id, name: 'rocket', change: 'created' }]),
    },
  });
  expect(log.detail.plan).toContainEqual(expect.stringMatching(/rocket/i));
  expect(Date.now() - Date.parse(log.createdAt)).toBeLessThan(60_000);

  const { body: object } = await space.rest('PATCH', `/rest/metadata/objects/${made.body.id}`, {
    labelSingular: 'Ship',
  });
  const [changed] = await logsOf(space, { action: 'model.changed' });
  expect(changed.detail.changes).toEqual([
    { kind: 'object', id: object.id, name: 'rocket', change: 'changed', properties: ['labelSingular'] },
  ]);
});

test('what was refused or only planned is not in it', async () => {
  const space = await workspace();
  const before = await logsOf(space);
  await space.rest('POST', '/rest/metadata/objects?dry_run=true', ROCKET);
  await space.rest('POST', '/rest/metadata/objects', { ...ROCKET, namePlural: 'rocket' });
  await space.rest('PATCH', '/rest/metadata/workspace', { displayName: '' });
  expect(await logsOf(space)).toEqual(before);
});

test('settings of the workspace and the command line are in it', async () => {
  const space = await workspace();
  const { database } = await server();
  await space.rest('PATCH', '/rest/metadata/workspace', { displayName: 'ESA' });
  const asker = await askerIn(database, space.name, pino({ level: 'silent' }));
  const [{ id: objectMetadataId }] = await space.sql(
    `select id from plinth.objects where workspace_id = $1 and name_singular = 'company'`,
    [space.id],
  );
  await apply(asker, makeField({ objectMetadataId, type: 'TEXT', name: 'motto', label: 'Motto' } as never));
  expect(await logsOf(space)).toMatchObject([
    { action: 'model.changed', actorType: 'COMMAND_LINE', actorId: null, actorName: 'command line', ip: null },
    { action: 'workspace.changed', actorType: 'API_KEY', subjectName: space.name, detail: { displayName: 'ESA' } },
    { action: 'workspace.created', actorType: 'COMMAND_LINE', subjectId: space.id },
  ]);
});

test('webhooks are in it, and their secrets are not', async () => {
  const space = await workspace();
  const secret = 'not for everybody to read';
  const made = await space.rest('POST', '/rest/metadata/webhooks', {
    targetUrl: 'https://a.example/not-for-everybody',
    operations: ['company.*'],
    secret,
  });
  await space.rest('PATCH', `/rest/metadata/webhooks/${made.body.id}`, {
    secret: `${secret} either`,
    description: 'x',
  });
  await space.rest('DELETE', `/rest/metadata/webhooks/${made.body.id}`);
  const logs = await logsOf(space, { subjectId: made.body.id });
  expect(logs).toMatchObject([
    { action: 'webhook.deleted', subjectType: 'webhook', subjectName: 'a.example' },
    { action: 'webhook.changed', detail: { description: 'x', secret: 'replaced' } },
    { action: 'webhook.created', detail: { operations: ['company.*'] } },
  ]);
  expect(JSON.stringify(logs)).not.toMatch(/not.for.everybody/);
});

test('comes newest first, in pages to either side, filtered; REST shows the same', async () => {
  const space = await workspace();
  const { database } = await server();
  await database.transaction(async (client) => {
    for (let i = 0; i < 25; i++) {
      const subject = { type: i % 5 === 0 ? 'five' : 'other', id: `s${i}`, name: null };
      await recordAudit(client, { workspaceId: space.id }, { action: `test.${i % 2}`, subject });
    }
  });
  const all = await logsOf(space, {}, { first: 100 });
  expect(all).toHaveLength(26);
  expect(all.map(({ createdAt }) => createdAt)).toEqual(
    all
      .map(({ createdAt }) => createdAt)
      .sort()
      .reverse(),
  );

  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const { auditLogs } = await space.metadata(LOGS, { paging: { first: 10, after } });
    seen.push(...auditLogs.edges.map(({ node }: any) => node.id));
    expect(auditLogs.totalCount).toBe(26);
    expect(auditLogs.pageInfo.hasPreviousPage).toBe(after !== null);
    if (!auditLogs.pageInfo.hasNextPage) break;
    after = auditLogs.pageInfo.endCursor;
  }
  expect(seen).toEqual(all.map(({ id }) => id));
  const { auditLogs: last } = await space.metadata(LOGS, { paging: { last: 5 } });
  expect(last.edges.map(({ node }: any) => node.id)).toEqual(seen.slice(-5));
  const { auditLogs: newer } = await space.metadata(LOGS, { paging: { last: 3, before: last.pageInfo.startCursor } });
  expect(newer.edges.map(({ node }: any) => node.id)).toEqual(seen.slice(-8, -5));

  expect(await logsOf(space, { action: 'test.1' }, { first: 100 })).toHaveLength(12);
  expect((await logsOf(space, { subjectType: 'five' })).map(({ subjectId }) => subjectId)).toEqual([
    's20',
    's15',
    's10',
    's5',
    's0',
  ]);
  expect(await logsOf(space, { subjectId: 's7' })).toMatchObject([{ action: 'test.1' }]);
  const [{ createdAt: from }, { createdAt: to }] = [all[9], all[3]];
  const within = await logsOf(space, { from, to }, { first: 100 });
  expect(within.length).toBeGreaterThan(0);
  for (const { createdAt } of within) expect(createdAt >= from && createdAt < to).toBe(true);

  const first = await space.rest('GET', '/rest/metadata/auditLogs?limit=10');
  expect(first.body.data.map(({ id }: any) => id)).toEqual(seen.slice(0, 10));
  const next = await space.rest(
    'GET',
    `/rest/metadata/auditLogs?limit=10&starting_after=${first.body.pageInfo.endCursor}`,
  );
  expect(next.body.data.map(({ id }: any) => id)).toEqual(seen.slice(10, 20));
  expect(next.body.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  const back = await space.rest('GET', `/rest/metadata/auditLogs?limit=4&ending_before=${seen[10]}`);
  expect(back.body.data.map(({ id }: any) => id)).toEqual(seen.slice(6, 10));
  expect((await space.rest('GET', '/rest/metadata/auditLogs?subjectType=five')).body.totalCount).toBe(5);
});

test.each([
  ['a moment that is none', 'from=yesterday', 400],
  ['a year that PostgreSQL has not', 'from=%2B275760-01-01T00:00:00Z', 400],
  ['a cursor that is none', 'starting_after=x', 400],
  ['a cursor of nowhere', 'starting_after=6d9d2f66-6f0f-4f0e-9a58-0a1c3e9f3a11', 400],
  ['an actor that is none', 'actorId=x', 400],
  ['a byte that texts have not', 'action=a%00b', 400],
  ['a filter twice', 'action=a&action=b', 400],
])('%s is refused', async (_what, query, status) => {
  const space = await workspace();
  expect((await space.rest('GET', `/rest/metadata/auditLogs?${query}`)).status).toBe(status);
});

test('takes a role with SECURITY, and shows one workspace nothing of another', async () => {
  const [a, b] = [await workspace(), await workspace()];
  const { database } = await server();
  const [member] = await a.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [a.id]);
  const { token } = await database.asOwner((client) => createKey(client, a.id, 'second', { roleId: member.id }));
  const second = a.as({ Authorization: `Bearer ${token}` });
  expect((await second.rest('GET', '/rest/metadata/auditLogs')).status).toBe(403);
  expect(await second.metadataRefused('{ auditLogs { totalCount } }')).toMatchObject({
    extensions: { code: 'FORBIDDEN' },
  });
  const [own] = await logsOf(a);
  expect((await logsOf(b)).map(({ id }) => id)).not.toContain(own.id);
  expect((await b.rest('GET', `/rest/metadata/auditLogs?starting_after=${own.id}`)).status).toBe(400);
});

test('nobody changes or deletes an entry, but retention deletes the old ones', async () => {
  const space = await workspace();
  const { database } = await server();
  const where = `where workspace_id = '${space.id}'`;
  await expect(space.sql(`update plinth.audit_log set action = 'x' ${where}`)).rejects.toThrow('only added to');
  await expect(space.sql(`delete from plinth.audit_log ${where}`)).rejects.toThrow('only added to');
  await expect(space.sql('truncate plinth.audit_log')).rejects.toThrow('only added to');
  const asWorkspace = database.withConnection({ schema: space.schema, role: space.schema }, ({ run }) =>
    run('table plinth.audit_log'),
  );
  await expect(asWorkspace).rejects.toMatchObject({ code: '42501' });

  await space.sql(
    `insert into plinth.audit_log (workspace_id, at, actor_type, actor_name, action, subject_type)
     values ($1, now() - interval '31 days', 'SYSTEM', 'x', 'test.old', 'x'),
     ($1, now() - interval '29 days', 'SYSTEM', 'x', 'test.young', 'x')`,
    [space.id],
  );
  await forgetOldAudits(database, 30);
  expect((await logsOf(space)).map(({ action }) => action)).toEqual(['workspace.created', 'test.young']);
});

test('a page is read by an index, however long the log is', async () => {
  const space = await workspace();
  await space.sql(
    `insert into plinth.audit_log (workspace_id, actor_type, actor_name, action, subject_type)
     select case when i % 10 = 0 then $1::uuid else gen_random_uuid() end, 'SYSTEM', 'x', 'test.many', 'x'
     from generate_series(1, 20000) as i`,
    [space.id],
  );
  await space.sql('analyze plinth.audit_log');
  const plan = await space.sql(
    `explain select id from plinth.audit_log where workspace_id = '${space.id}' and (at, id) < (now(), '${space.id}')
     order by at desc, id desc limit 11`,
  );
  expect(JSON.stringify(plan)).toMatch(/audit_log_workspace_id_at_id_idx/);
  expect(JSON.stringify(plan)).not.toMatch(/Sort|Seq Scan/);
});
