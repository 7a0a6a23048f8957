/** API keys through both metadata APIs and the command line. Contract: metadata.md 1.1, 3, 4. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { serve } from '../server-process.ts';

type Space = Awaited<ReturnType<typeof workspace>>;

const SELECTED = 'id name expiresAt revokedAt lastUsedAt createdAt updatedAt role { id label }';
const FAR = '2099-01-01T00:00:00.000Z';

async function rolesOf(space: Space): Promise<{ Admin: string; Member: string; Manager: string }> {
  await space.sql(
    `with made as (
      insert into plinth.roles (workspace_id, label, can_read_all_object_records, can_update_all_object_records)
      values ($1, 'Manager', true, true) returning id
    ) insert into plinth.permission_flags (role_id, flag) select id, 'API_KEYS_AND_WEBHOOKS' from made`,
    [space.id],
  );
  const rows = await space.sql('select id, label from plinth.roles where workspace_id = $1', [space.id]);
  return Object.fromEntries(rows.map(({ id, label }) => [label, id])) as never;
}

/** A key of a role, as one who sends its token. */
async function keyOf(space: Space, name: string, roleId: string) {
  const { createApiKey } = await space.metadata(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${SELECTED} } }`,
    { input: { name, expiresAt: FAR, roleId } },
  );
  const token = await tokenOf(space, createApiKey.id);
  return { ...createApiKey, token, ...space.as({ Authorization: `Bearer ${token}` }) };
}

async function tokenOf(space: Pick<Space, 'metadata'>, id: string, expiresAt = FAR): Promise<string> {
  const { generateApiKeyToken } = await space.metadata(
    'mutation ($id: UUID!, $expiresAt: String!) { generateApiKeyToken(apiKeyId: $id, expiresAt: $expiresAt) { token } }',
    { id, expiresAt },
  );
  return generateApiKeyToken.token;
}

test('a key is made, read, renamed, given another role and revoked in GraphQL', async () => {
  const space = await workspace();
  const { Admin, Member } = await rolesOf(space);
  const key = await keyOf(space, ' Sync ', Member);
  expect(key).toMatchObject({
    name: 'Sync',
    expiresAt: FAR,
    revokedAt: null,
    lastUsedAt: null,
    role: { id: Member, label: 'Member' },
  });
  expect((await key.rest('GET', '/rest/companies')).status).toBe(200);

  const { updateApiKey } = await space.metadata(
    `mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { ${SELECTED} } }`,
    { input: { id: key.id, name: 'Sync 2' } },
  );
  expect(updateApiKey).toMatchObject({ id: key.id, name: 'Sync 2', expiresAt: FAR, role: { id: Member } });
  expect(Date.now() - Date.parse(updateApiKey.lastUsedAt)).toBeLessThan(120_000);
  const { assignRoleToApiKey } = await space.metadata(
    `mutation { assignRoleToApiKey(apiKeyId: "${key.id}", roleId: "${Admin}") }`,
  );
  expect(assignRoleToApiKey).toBe(true);
  const asked = await space.metadata(`{ apiKey(input: { id: "${key.id}" }) { ${SELECTED} } apiKeys { id } }`);
  expect(asked.apiKey.role).toEqual({ id: Admin, label: 'Admin' });
  expect(asked.apiKeys).toHaveLength(2);

  const { revokeApiKey } = await space.metadata(
    `mutation { revokeApiKey(input: { id: "${key.id}" }) { ${SELECTED} } }`,
  );
  expect(Date.now() - Date.parse(revokeApiKey.revokedAt)).toBeLessThan(60_000);
  const after = await space.metadata(`{ apiKey(input: { id: "${key.id}" }) { revokedAt } apiKeys { id } }`);
  expect(after).toEqual({
    apiKey: { revokedAt: revokeApiKey.revokedAt },
    apiKeys: [{ id: expect.not.stringMatching(key.id) }],
  });
  await expect
    .poll(async () => (await key.rest('GET', '/rest/companies')).body.messages, { timeout: 1_000 })
    .toEqual(['This API Key is revoked']);
});

test.each([
  ['/rest/metadata/apiKeys', (body: any) => body.data, 'of the newest release'],
  ['/rest/apiKeys', (body: any) => body, 'of an older release: plain arrays and things'],
])('%s: the five, and tokens', async (path, listOf, _release) => {
  const space = await workspace();
  const { Member } = await rolesOf(space);
  const made = await space.rest('POST', path, { name: 'Sync', expiresAt: FAR, roleId: Member });
  expect([made.status, made.body]).toMatchObject([201, { name: 'Sync', expiresAt: FAR, role: { label: 'Member' } }]);
  const { id } = made.body;
  expect((await space.rest('GET', `${path}/${id}`)).body).toEqual(made.body);
  expect((await space.rest('GET', `${path}/${id.toUpperCase()}`)).body.id).toBe(id);
  expect(
    listOf((await space.rest('GET', path)).body)
      .map(({ name }: any) => name)
      .sort(),
  ).toEqual(['Default', 'Sync']);
  for (const method of ['PATCH', 'PUT']) {
    const changed = await space.rest(method, `${path}/${id}`, { name: `Sync by ${method}`, expiresAt: null });
    expect([changed.status, changed.body]).toMatchObject([200, { name: `Sync by ${method}`, expiresAt: null }]);
  }
  const token = await space.rest('POST', `/rest/metadata/apiKeys/${id}/tokens`, { expiresAt: FAR });
  expect([token.status, Object.keys(token.body)]).toEqual([201, ['token']]);
  const key = space.as({ Authorization: `Bearer ${token.body.token}` });
  expect((await key.rest('GET', '/rest/companies')).status).toBe(200);
  const revoked = await space.rest('DELETE', `${path}/${id}`);
  expect([revoked.status, revoked.body]).toMatchObject([200, { id, revokedAt: expect.any(String) }]);
  await expect.poll(async () => (await key.rest('GET', '/rest/companies')).status, { timeout: 1_000 }).toBe(401);
  expect(listOf((await space.rest('GET', path)).body)).toHaveLength(1);
  for (const method of ['GET', 'DELETE'])
    expect((await space.rest(method, `${path}/6d9d2f66-6f0f-4f0e-9a58-0a1c3e9f3a11`)).status).toBe(404);
  expect((await space.rest('GET', `${path}/nonsense`)).status).toBe(400);
});

const KEY = '/rest/metadata/apiKeys';
const PAST = '2001-01-01T00:00:00Z';
const REFUSED: readonly [string, string, object, RegExp][] = [
  ['POST', '', {}, /name should not be empty/],
  ['POST', '', { name: '  ' }, /name should not be empty/],
  ['POST', '', { name: 'x'.repeat(256) }, /at most 255/],
  ['POST', '', { name: 'a\u0000b' }, /one line/],
  ['POST', '', { name: 'a', expiresAt: PAST }, /not in the future/],
  ['POST', '', { name: 'a', expiresAt: 'tomorrow' }, /not a date/],
  ['POST', '', { name: 'a', expiresAt: '+275760-01-01' }, /not a date/],
  ['POST', '', { name: 'a', expiresAt: 1e15 }, /expiresAt/],
  ['POST', '', { name: 'a', roleId: 'x' }, /UUID/],
  ['POST', '', { name: 'a', secret: 'x' }, /secret should not exist/],
  ['PATCH', '/ID', { name: '' }, /name should not be empty/],
  ['PATCH', '/ID', { expiresAt: PAST }, /not in the future/],
  ['POST', '/ID/tokens', { expiresAt: PAST }, /not in the future/],
  ['POST', '/ID/tokens', { expiresAt: 'x' }, /not a date/],
  ['POST', '/ID/tokens', { expiresAt: {} }, /expiresAt/],
];

test('what a key cannot be is refused, and leaves nothing', async () => {
  const space = await workspace();
  const { Member } = await rolesOf(space);
  const { id } = await keyOf(space, 'Sync', Member);
  const all = () =>
    space.sql(
      `select to_jsonb(k), (select count(*) from plinth.api_key_tokens as t where t.api_key_id = k.id) as tokens
       from plinth.api_keys as k where k.workspace_id = $1 order by id`,
      [space.id],
    );
  const before = await all();
  for (const [method, path, body, message] of REFUSED) {
    const { status, body: refused } = await space.rest(method, `${KEY}${path.replace('ID', id)}`, body);
    expect([status, refused.messages?.join()], `${method} ${path} ${JSON.stringify(body)}`).toEqual([
      400,
      expect.stringMatching(message),
    ]);
  }
  expect((await space.rest('POST', KEY, { name: 'a', roleId: id })).status).toBe(404); // a key is no role
  expect(await all()).toEqual(before);
});

describe('a token', () => {
  test('is shown once; what is kept is a hash, and several of one key work', async () => {
    const space = await workspace();
    const { Member } = await rolesOf(space);
    const { id, token, ...key } = await keyOf(space, 'Sync', Member);
    const second = await tokenOf(space, id);
    expect(token).toMatch(/^plinth_[0-9A-Za-z]{61}$/);
    expect(second).not.toBe(token);
    for (const each of [token, second])
      expect((await space.as({ Authorization: `Bearer ${each}` }).rest('GET', '/rest/companies')).status).toBe(200);
    const kept = await space.sql(
      `select t.id, encode(secret_hash, 'hex') as hash from plinth.api_key_tokens as t where api_key_id = $1`,
      [id],
    );
    expect(kept.map(({ hash }) => hash).sort()).toEqual(
      [token, second].map((each) => createHash('sha256').update(each).digest('hex')).sort(),
    );
    // In no answer, in no entry of the audit log, in no table.
    const shown = await space.metadata(
      `{ apiKeys { ${SELECTED} } auditLogs(paging: { first: 100 }) { edges { node { action detail } } } }`,
    );
    const secret = (text: string) => text.slice('plinth_'.length + 12, -6);
    for (const each of [token, second]) expect(JSON.stringify(shown)).not.toContain(secret(each));
    expect(key.role.label).toBe('Member');
  });

  test('expires by itself, and with its key, whichever is first', async () => {
    const space = await workspace();
    const { Member } = await rolesOf(space);
    const { id, token } = await keyOf(space, 'Sync', Member);
    const early = await tokenOf(space, id);
    await space.sql(
      `update plinth.api_key_tokens set expires_at = now() - interval '1 s' where api_key_id = $1 and id = $2`,
      [id, early.slice(7, 19)],
    );
    const ask = (which: string) => space.as({ Authorization: `Bearer ${which}` }).rest('GET', '/rest/companies');
    const expired = await ask(early);
    expect([expired.status, expired.body]).toMatchObject([
      401,
      { error: 'UNAUTHENTICATED', messages: ['Token has expired.'] },
    ]);
    expect((await ask(token)).status).toBe(200);
    const soon = new Date(Date.now() + 700).toISOString();
    await space.rest('PATCH', `${KEY}/${id}`, { expiresAt: soon });
    await expect.poll(async () => (await ask(token)).status, { timeout: 2_000 }).toBe(401);
    await space.rest('PATCH', `${KEY}/${id}`, { expiresAt: FAR });
    await expect.poll(async () => (await ask(token)).status, { timeout: 1_000 }).toBe(200);
  });

  test('is made of no revoked key, which nothing brings back', async () => {
    const space = await workspace();
    const { Member } = await rolesOf(space);
    const { id } = await keyOf(space, 'Sync', Member);
    await space.rest('DELETE', `${KEY}/${id}`);
    expect((await space.rest('POST', `${KEY}/${id}/tokens`, {})).body.messages).toEqual(['This API Key is revoked']);
    const { revokedAt } = (await space.rest('GET', `${KEY}/${id}`)).body;
    expect((await space.rest('PATCH', `${KEY}/${id}`, { revokedAt: null })).status).toBe(400);
    await space.rest('PATCH', `${KEY}/${id}`, { revokedAt: FAR });
    expect((await space.rest('DELETE', `${KEY}/${id}`)).body.revokedAt).toBe(revokedAt);
  });
});

test('nobody gives more than they have', async () => {
  const space = await workspace();
  const { Admin, Member, Manager } = await rolesOf(space);
  const admin = (await space.rest('GET', KEY)).body.data[0];
  const manager = await keyOf(space, 'Manager', Manager);
  const member = await keyOf(space, 'Member', Member);

  for (const [method, path, body] of [
    ['POST', '', { name: 'x', roleId: Admin }],
    ['POST', '', { name: 'x', roleId: Member }], // which deletes records, and has tools
    ['PATCH', `/${manager.id}`, { roleId: Admin }],
    ['PATCH', `/${admin.id}`, { roleId: Admin, expiresAt: FAR }],
    ['PATCH', `/${admin.id}`, { expiresAt: FAR }],
    ['POST', `/${admin.id}/tokens`, {}],
    ['POST', `/${member.id}/tokens`, {}],
    ['PATCH', `/${admin.id}`, { roleId: Manager }], // which would take from others what it has not
    ['PATCH', `/${member.id}`, { roleId: Manager }],
  ] as const) {
    const { status, body: refused } = await manager.rest(method, `${KEY}${path}`, body);
    expect([status, refused.messages?.join()], `${method} ${path}`).toEqual([
      403,
      expect.stringMatching(/You cannot grant/),
    ]);
  }
  for (const mutation of [
    `assignRoleToApiKey(apiKeyId: "${manager.id}", roleId: "${Admin}")`,
    `generateApiKeyToken(apiKeyId: "${admin.id}", expiresAt: "${FAR}") { token }`,
    `createApiKey(input: { name: "x", expiresAt: "${FAR}", roleId: "${Admin}" }) { id }`,
    `updateApiKey(input: { id: "${manager.id}", roleId: "${Admin}" }) { id }`,
    `assignRoleToApiKey(apiKeyId: "${admin.id}", roleId: "${Manager}")`,
  ])
    expect(await manager.metadataRefused(`mutation { ${mutation} }`)).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
    });
  expect(await space.sql('select name from plinth.api_keys where workspace_id = $1 order by name', [space.id])).toEqual(
    ['Default', 'Manager', 'Member'].map((name) => ({ name })),
  );

  const own = await manager.rest('POST', KEY, { name: 'Own' }); // unless said, that of whoever makes it
  expect([own.status, own.body.role.label]).toEqual([201, 'Manager']);
  expect((await manager.rest('POST', `${KEY}/${own.body.id}/tokens`, {})).status).toBe(201);
  expect((await manager.rest('PATCH', `${KEY}/${admin.id}`, { name: 'Renamed' })).status).toBe(200);

  // Without the permission there is nothing to be seen either.
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `/${member.id}`],
    ['POST', ''],
    ['PATCH', `/${member.id}`],
    ['DELETE', `/${member.id}`],
    ['POST', `/${member.id}/tokens`],
  ] as const)
    expect((await member.rest(method, `${KEY}${path}`, method === 'GET' ? undefined : { name: 'x' })).status).toBe(
      path.endsWith('tokens') ? 400 : 403,
    );
  expect(await member.metadataRefused('{ apiKeys { id } }')).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
});

describe('the last key of an Admin, where no member is one', () => {
  test('is not revoked by a weaker role', async () => {
    const space = await workspace();
    const { Admin, Manager } = await rolesOf(space);
    const first = (await space.rest('GET', KEY)).body.data[0];
    const manager = await keyOf(space, 'Manager', Manager);
    const attempts = () =>
      Promise.all([
        manager.rest('DELETE', `${KEY}/${first.id}`),
        manager.rest('PATCH', `${KEY}/${first.id}`, { revokedAt: new Date().toISOString() }),
      ]);
    for (const { status, body } of await attempts())
      expect([status, body.messages]).toEqual([409, [expect.stringContaining('last Admin API key')]]);
    expect(
      await manager.metadataRefused(`mutation { revokeApiKey(input: { id: "${first.id}" }) { id } }`),
    ).toMatchObject({ extensions: { subCode: 'LAST_ADMIN' } });
    // A key that nobody can use, for it has no token, is no other way in.
    await space.metadata('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }', {
      input: { name: 'Unused', expiresAt: FAR, roleId: Admin },
    });
    for (const { status } of await attempts()) expect(status).toBe(409);

    // Of two that are revoked at once, one stays.
    const second = await keyOf(space, 'Second', Admin);
    const both = await Promise.all([first, second].map(({ id }) => manager.rest('DELETE', `${KEY}/${id}`)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is revoked by an Admin', async () => {
    const space = await workspace();
    const [{ id }] = (await space.rest('GET', KEY)).body.data;
    expect((await space.rest('DELETE', `${KEY}/${id}`)).status).toBe(200);
  });
});

test('every change of a key is in the audit log', async () => {
  const space = await workspace();
  const { Admin, Member } = await rolesOf(space);
  const { id } = await keyOf(space, 'Sync', Member);
  await space.rest('PATCH', `${KEY}/${id}`, { name: 'Sync 2', roleId: Admin });
  await space.rest('DELETE', `${KEY}/${id}`);
  await space.rest('DELETE', `${KEY}/${id}`); // a second time there is nothing to tell of
  const { auditLogs } = await space.metadata(
    `{ auditLogs(filter: { subjectId: "${id}" }) { edges { node { action subjectName actorName detail } } } }`,
  );
  expect(auditLogs.edges.map(({ node }: any) => node)).toMatchObject([
    { action: 'api_key.revoked', subjectName: 'Sync 2', actorName: 'Default' },
    { action: 'api_key.changed', subjectName: 'Sync', detail: { name: 'Sync 2', roleId: Admin } },
    { action: 'api_key.token_created', detail: { expiresAt: FAR } },
    { action: 'api_key.created', detail: { expiresAt: FAR, roleId: Member } },
  ]);
});

describe('a change counts in every server process within a second', { timeout: 120_000 }, () => {
  test('told by NOTIFY, it is a matter of milliseconds; where no word arrives, it is looked up again', async () => {
    const space = await workspace();
    const { Admin, Member } = await rolesOf(space);
    const servers = await Promise.all([serve(512), serve(512)]);
    const ask = async (url: string, token: string, path = '/metadata/schema.graphql') =>
      (await fetch(url + path, { headers: { Authorization: `Bearer ${token}` } })).status;
    const statuses = (token: string, path?: string) => Promise.all(servers.map(({ url }) => ask(url, token, path)));
    /**
     * How long after the change somebody was still answered as before it, when both processes had just looked at the
     * key.
     */
    const until = async (token: string, wanted: number, path: string | undefined, change: () => Promise<unknown>) => {
      await statuses(token, path);
      await change();
      const began = performance.now();
      for (let lastMs = 0; ; ) {
        const asked = performance.now() - began;
        if ((await statuses(token, path)).every((status) => status === wanted)) return lastMs;
        if (asked > 10_000) throw new Error('it never came to count');
        lastMs = asked;
      }
    };
    const through = (method: string, path: string, body?: object) =>
      fetch(`${servers[0]?.url}${path}`, {
        method,
        headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      }).then(({ status }) => expect(status).toBe(200));

    const [told, untold] = [await keyOf(space, 'Told', Member), await keyOf(space, 'Untold', Member)];
    expect(await statuses(told.token)).toEqual([200, 200]);
    const [keys, workspaceOf] = ['/rest/metadata/apiKeys', '/rest/metadata/apiKeys?limit=1'];
    const granted = await until(told.token, 200, workspaceOf, () =>
      through('PATCH', `${keys}/${told.id}`, { roleId: Admin }),
    );
    const taken = await until(told.token, 403, workspaceOf, () =>
      through('PATCH', `${keys}/${told.id}`, { roleId: Member }),
    );
    const revoked = await until(told.token, 401, undefined, () => through('DELETE', `${keys}/${told.id}`));
    const byHand = await until(untold.token, 401, undefined, () =>
      space.sql('update plinth.api_keys set revoked_at = now() where id = $1', [untold.id]),
    );
    console.info(
      `the last old answer: a role given ${granted.toFixed(0)} ms ago, taken ${taken.toFixed(0)} ms, a key revoked ${revoked.toFixed(0)} ms; without NOTIFY ${byHand.toFixed(0)} ms`,
    );
    for (const ms of [granted, taken, revoked, byHand]) expect(ms).toBeLessThan(1_000);
    for (const each of servers) await each.stop('SIGTERM');
  });
});

describe('the command line', () => {
  const plinth = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['server/cli/cli.ts', ...args], {
      env: { ...process.env, DATABASE_URL: inject('databaseUrl') },
    });
    return stdout;
  };

  test('makes keys of a role, lists and revokes them', { timeout: 60_000 }, async () => {
    const space = await workspace();
    await rolesOf(space);
    const made = JSON.parse(
      await plinth('key', 'create', space.name, 'Sync', '--role', 'Member', '--expires', '2099-01-01', '--json'),
    );
    expect(made).toEqual({
      id: expect.any(String),
      name: 'Sync',
      role: 'Member',
      token: expect.stringMatching(/^plinth_/),
    });
    const key = space.as({ Authorization: `Bearer ${made.token}` });
    expect((await key.rest('GET', '/rest/companies')).status).toBe(200);
    expect((await key.rest('GET', '/rest/metadata/apiKeys')).status).toBe(403);

    const listed = await plinth('key', 'list', space.name);
    expect(listed).toMatch(new RegExp(`^${made.id}  Sync +Member +expires 2099-01-01`, 'm'));
    expect(listed).toMatch(/Default +Admin/);
    expect(await plinth('key', 'revoke', space.name, made.id)).toMatch(/"Sync" .* revoked/);
    await expect.poll(async () => (await key.rest('GET', '/rest/companies')).status, { timeout: 1_000 }).toBe(401);
    await expect(plinth('key', 'create', space.name, 'x', '--role', 'Nobody')).rejects.toThrow(
      /There is no role "Nobody" in .*: there are Admin, Manager, Member/,
    );
    await expect(plinth('key', 'revoke', space.name, 'nonsense')).rejects.toThrow(/There is no key "nonsense"/);
    const { auditLogs } = await space.metadata(
      `{ auditLogs(filter: { subjectId: "${made.id}" }) { edges { node { action actorType } } } }`,
    );
    expect(auditLogs.edges.map(({ node }: any) => node)).toEqual(
      ['api_key.revoked', 'api_key.token_created', 'api_key.created'].map((action) => ({
        action,
        actorType: 'COMMAND_LINE',
      })),
    );
  });
});
