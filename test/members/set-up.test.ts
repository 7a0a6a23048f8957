/** The first person: the link that is printed once, the owner, and what a session opens. Contract: docs/members.md. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSetUpLink } from '../../server/access/links.ts';
import { createWorkspace } from '../../server/changes/workspaces.ts';
import { alone } from '../fixture.ts';
import { browser } from './browser.ts';

const OWNER = { name: 'Ada King Lovelace', email: 'Ada@Example.com', password: 'analytical engine' };

let instance: Awaited<ReturnType<typeof alone>>;
beforeAll(async () => {
  instance = await alone();
});
afterAll(() => instance.close());

async function freshToken(): Promise<string> {
  const link = await makeSetUpLink(instance.database, 'http://plinth.test');
  expect(link).toMatch(/^http:\/\/plinth\.test\/set-up#[\w-]{43}$/);
  return (link as string).split('#')[1] as string;
}

test('before the set-up there is nobody', async () => {
  const { get } = browser(instance.url);
  const { status, body, headers } = await get('/auth/context');
  expect([status, body]).toEqual([200, { isSetUp: false, providers: [], user: null, workspaces: [] }]);
  expect(headers.get('cache-control')).toBe('no-store');
});

test('nobody signs up, and nothing else of the library is served', async () => {
  const { post, get } = browser(instance.url);
  expect((await post('/auth/sign-up/email', OWNER)).status).toBe(404);
  expect((await get('/auth/ok')).status).toBe(404);
  expect((await get('/auth/reference')).status).toBe(404);
  expect((await post('/auth/update-user', { name: 'x' })).status).toBe(404);
});

test.each([
  [{ name: ' ' }, 'name should not be empty'],
  [{ name: 'n'.repeat(201) }, 'name must be no longer than 200 characters'],
  [{ email: 'ada' }, 'email must be an e-mail address'],
  [{ password: 'too short' }, 'password must have 10 to 128 characters'],
  [{ password: 'x'.repeat(129) }, 'password must have 10 to 128 characters'],
  [{ password: 'ADA@example.com' }, 'password must not be the e-mail address'],
  [{ workspace: 'Not A Name' }, 'A workspace name is'],
  [{ name: 7 }, 'name must be a text'],
  [{ name: 'Ada\0' }, 'Text must not contain a zero byte'],
])('a set-up with %o is refused, and the link stays good', async (wrong, message) => {
  const token = await freshToken();
  const { post } = browser(instance.url);
  const { status, body } = await post('/auth/set-up', { ...OWNER, workspace: 'first', token, ...wrong });
  expect(status).toBe(400);
  expect(body.messages[0]).toContain(message);
  expect((await post('/auth/link', { token })).body).toMatchObject({ kind: 'set-up' });
});

test('links that are guessed, of another kind or expired are not valid', async () => {
  const { post } = browser(instance.url);
  const expired = await freshToken();
  await instance.database.owners.query(`update plinth.links set expires_at = now()`);
  for (const token of ['', 'x', 'A'.repeat(43), expired]) {
    const { status, body } = await post('/auth/set-up', { ...OWNER, workspace: 'first', token });
    expect([status, body.messages[0]]).toEqual([404, expect.stringMatching(/^This link is invalid/)]);
  }
});

test('the link makes the owner, once, though several come at once', async () => {
  await createWorkspace(instance.database, { name: 'demo' });
  const tokens = [await freshToken(), await freshToken()];
  const each = await Promise.all(
    [...tokens, ...tokens].map((token, i) =>
      browser(instance.url).post('/auth/set-up', { ...OWNER, email: `ada${i}@example.com`, token }),
    ),
  );
  expect(each.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
  const { body, headers } = each.find(({ status }) => status === 200) as (typeof each)[number];
  expect(body).toEqual({
    isSetUp: true,
    providers: [],
    user: { id: expect.any(String), name: OWNER.name, email: expect.stringMatching(/^ada\d@example\.com$/) },
    workspaces: [
      {
        id: expect.any(String),
        name: 'demo',
        displayName: 'Demo',
        role: { id: expect.any(String), label: 'Admin' },
        memberId: expect.any(String),
      },
    ],
  });
  const [cookie] = headers.getSetCookie();
  expect(cookie).toMatch(/^plinth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(await makeSetUpLink(instance.database, 'http://plinth.test')).toBeNull();

  const { rows } = await instance.database.owners.query(
    'select name_first_name, name_last_name, user_email from ws_demo.workspace_members',
  );
  expect(rows).toEqual([{ name_first_name: 'Ada King', name_last_name: 'Lovelace', user_email: body.user.email }]);
});
