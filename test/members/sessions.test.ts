/** Sessions of people: what they open, and what they must not. Contract: docs/members.md; core.md 2.23. */

import { beforeAll, describe, expect, test } from 'vitest';
import { forgetExpired } from '../../server/access/sessions.ts';
import { beside, server, workspace } from '../fixture.ts';
import { browser } from './browser.ts';
import { signedIn, somebody } from './people.ts';

let own: Awaited<ReturnType<typeof workspace>>;
let foreign: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  [own, foreign] = [await workspace(), await workspace()];
});

const COMPANY =
  'mutation { createCompany(data: { name: "Cobol" }) { id createdBy { source name workspaceMemberId } } }';

describe('a session opens', () => {
  test('all four APIs of a workspace that its person is in', async () => {
    const { browser } = await signedIn([own], { role: 'Admin' });
    const page = browser.in(own.name);
    expect(await page.graphql('/graphql', '{ companies { totalCount } }')).toEqual({
      data: { companies: { totalCount: 0 } },
    });
    expect((await page.graphql('/metadata', '{ currentWorkspace { id } }')).data.currentWorkspace.id).toBe(own.id);
    expect((await page.rest('GET', '/rest/companies')).status).toBe(200);
    expect((await page.rest('GET', '/rest/metadata/objects')).status).toBe(200);
    expect((await page.rest('GET', '/rest/open-api/core')).body.paths).toHaveProperty('/companies');
  });

  test('each of several workspaces by its name', async () => {
    const { browser, memberIds } = await signedIn([own, foreign]);
    const { workspaces } = (await browser.get('/auth/context')).body;
    const names = [own.name, foreign.name].sort();
    expect(workspaces.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(new Set(workspaces.map(({ memberId }: { memberId: string }) => memberId))).toEqual(new Set(memberIds));
    for (const { id, name } of [own, foreign]) {
      const { data } = await browser.in(name).graphql('/metadata', '{ currentWorkspace { id } }');
      expect(data.currentWorkspace.id).toBe(id);
    }
  });

  test('writes that say who wrote, over GraphQL and REST; a client may say another source', async () => {
    const { browser, memberIds } = await signedIn([own], { name: 'Grace Hopper' });
    const page = browser.in(own.name);
    const grace = { source: 'MANUAL', name: 'Grace Hopper', workspaceMemberId: memberIds[0] };
    const { data } = await page.graphql('/graphql', COMPANY);
    expect(data.createCompany.createdBy).toEqual(grace);

    const made = await page.rest('POST', '/rest/companies', { name: 'Flow-Matic' });
    expect(made.body.data.createCompany.createdBy).toMatchObject(grace);
    const mail = { name: 'Mark I', createdBy: { source: 'EMAIL' } };
    expect((await page.rest('POST', '/rest/companies', mail)).body.data.createCompany.createdBy).toMatchObject({
      source: 'EMAIL',
      workspaceMemberId: null,
    });

    const [{ id }] = await own.sql(`insert into companies (name) values ('By hand') returning id`);
    const changed = await page.rest('PATCH', `/rest/companies/${id}`, { name: 'By Grace' });
    expect(changed.body.data.updateCompany).toMatchObject({ createdBy: { name: 'System' }, updatedBy: grace });
  });

  test('what its role may: a Member changes no settings', async () => {
    const { browser } = await signedIn([own]);
    const page = browser.in(own.name);
    const { errors } = await page.graphql(
      '/metadata',
      'mutation { updateWorkspace(data: { displayName: "Mine" }) { id } }',
    );
    expect(errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', subCode: 'PERMISSION_DENIED' });
  });

  test('idempotency keys of its person, and of nobody else', async () => {
    const [one, two] = [await signedIn([own]), await signedIn([own])];
    const headers = { 'X-Plinth-Workspace': own.name, 'Idempotency-Key': 'the same' };
    const make = ({ browser }: typeof one) => browser.post('/rest/companies', { name: 'Once' }, headers);
    const ids = [];
    for (const person of [one, one, two]) ids.push((await make(person)).body.data.createCompany.id);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});

describe('a session does not open', () => {
  const paths = [
    ['GET', '/rest/companies'],
    ['POST', '/rest/companies'],
    ['GET', '/rest/metadata/objects'],
    ['GET', '/graphql/schema.graphql'],
  ] as const;

  test.each(paths)('%s %s without saying the workspace', async (method, path) => {
    const { browser } = await signedIn([own]);
    const { status, body } = await browser.send(method, path, method === 'POST' ? { name: 'x' } : undefined);
    expect([status, body.messages[0]]).toEqual([403, expect.stringContaining('X-Plinth-Workspace')]);
  });

  test.each(paths)('%s %s from a page of another origin', async (method, path) => {
    const { browser } = await signedIn([own]);
    const headers = { Origin: 'https://evil.example', 'X-Plinth-Workspace': own.name };
    const { status, body } = await browser.send(method, path, method === 'POST' ? { name: 'x' } : undefined, headers);
    expect([status, body.messages[0]]).toEqual([403, expect.stringContaining('must come from a page')]);
    const nobody = { ...headers, Origin: 'null' };
    expect((await browser.send('GET', '/rest/companies', undefined, nobody)).status).toBe(403);
  });

  test('a workspace that its person is not in, and does not tell it from one that there is not', async () => {
    const { browser } = await signedIn([own]);
    const answers = [];
    for (const name of [foreign.name, 'there_is_none', `${own.name} `, `${own.name}' or true`, `ws_${own.name}`]) {
      const { status, body } = await browser.in(name).rest('GET', '/rest/companies');
      answers.push([name === `${own.name} ` ? 'trimmed by HTTP' : status, status === 200 ? null : body.messages]);
    }
    const refused = [403, ['You are not a member of this workspace']];
    expect(answers).toEqual([refused, refused, ['trimmed by HTTP', null], refused, refused]);
    const { errors } = await browser.in(foreign.name).graphql('/graphql', '{ companies { totalCount } }');
    expect(errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', subCode: 'NOT_A_MEMBER' });
  });

  test('anything beside a key: the key alone counts', async () => {
    const { browser } = await signedIn([own]);
    const headers = { 'X-Plinth-Workspace': own.name, Authorization: `Bearer ${foreign.key}` };
    const { data } = (await browser.post('/metadata', { query: '{ currentWorkspace { id } }' }, headers)).body;
    expect(data.currentWorkspace.id).toBe(foreign.id);
    const bad = { ...headers, Authorization: 'Bearer nonsense' };
    expect((await browser.get('/rest/companies', bad)).status).toBe(401);
  });
});

describe('a session that is', () => {
  const read = ({ browser }: Awaited<ReturnType<typeof signedIn>>) =>
    browser.in(own.name).rest('GET', '/rest/companies');

  test.each([
    ['altered', (value: string) => `${value.slice(0, 5)}${value[5] === 'a' ? 'b' : 'a'}${value.slice(6)}`],
    ['without its signature', (value: string) => value.split('.')[0] as string],
    [
      'signed by somebody else',
      (value: string) => `${value.split('.')[0]}.${encodeURIComponent(btoa('x'.repeat(32)))}`,
    ],
    ['empty', () => ''],
    ['not percent-encoded', () => '%E0%A4%A'],
  ])('%s is none', async (_, alter) => {
    const person = await signedIn([own]);
    const { cookies } = person.browser;
    cookies.set('plinth.session_token', alter(cookies.get('plinth.session_token') as string));
    expect((await read(person)).status).toBe(403);
    expect((await person.browser.get('/auth/context')).body.user).toBeNull();
  });

  test('planted before somebody signs in is none of theirs afterwards', async () => {
    const attacker = await signedIn([own]);
    const planted = attacker.browser.cookies.get('plinth.session_token') as string;
    const victim = await somebody([own]);
    victim.browser.cookies.set('plinth.session_token', planted);
    expect((await victim.browser.signIn(victim.email, victim.password)).status).toBe(200);
    expect(victim.browser.cookies.get('plinth.session_token')).not.toBe(planted);
    expect((await attacker.browser.get('/auth/context')).body.user.id).toBe(attacker.id);
  });

  test('signed out opens nothing, at once', async () => {
    const person = await signedIn([own]);
    expect((await read(person)).status).toBe(200);
    const kept = person.browser.cookies.get('plinth.session_token') as string;
    expect((await person.browser.post('/auth/sign-out', {})).status).toBe(200);
    expect(person.browser.cookies.size).toBe(0);
    person.browser.cookies.set('plinth.session_token', kept);
    expect((await read(person)).status).toBe(403);
  });

  test('expired, or ended from elsewhere, opens nothing within a second', async () => {
    const { database } = await server();
    for (const end of [`update plinth.sessions set expires_at = now()`, `delete from plinth.sessions`]) {
      const person = await signedIn([own]);
      expect((await read(person)).status).toBe(200);
      await database.owners.query(`${end} where user_id = $1`, [person.id]);
      await expect.poll(async () => (await read(person)).status, { timeout: 1_200, interval: 100 }).toBe(403);
    }
  });

  test('expired is deleted in time, and no other', async () => {
    const { database } = await server();
    const [gone, kept] = [await signedIn([own]), await signedIn([own])];
    await database.owners.query(
      `update plinth.sessions set expires_at = now() - interval '1 second' where user_id = $1`,
      [gone.id],
    );
    await forgetExpired(database);
    const { rows } = await database.owners.query('select user_id from plinth.sessions where user_id = any($1)', [
      [gone.id, kept.id],
    ]);
    expect(rows).toEqual([{ user_id: kept.id }]);
  });

  test('of somebody whose record is deleted, softly or for good, opens nothing within a second', async () => {
    for (const remove of ['update workspace_members set deleted_at = now()', 'delete from workspace_members']) {
      const person = await signedIn([own]);
      expect((await read(person)).status).toBe(200);
      await own.sql(`${remove} where id = $1`, [person.memberIds[0]]);
      await expect.poll(async () => (await read(person)).status, { timeout: 1_200, interval: 100 }).toBe(403);
      expect((await person.browser.get('/auth/context')).body.workspaces).toEqual([]);
    }
  });

  test('of the last Admin goes on though their record is deleted, until there is another', async () => {
    const { id, sql, name } = await workspace();
    const admin = await signedIn([{ id }], { role: 'Admin' });
    await sql('delete from workspace_members');
    await signedIn([{ id }]);
    const readHere = async () => (await admin.browser.in(name).rest('GET', '/rest/companies')).status;
    expect(await readHere()).toBe(200);
    expect((await admin.browser.get('/auth/context')).body.workspaces).toHaveLength(1);
    await somebody([{ id }], { role: 'Admin' });
    await expect.poll(readHere, { timeout: 1_200, interval: 100 }).toBe(403);
  });
});

describe('signing in', () => {
  test('tells a wrong password from an unknown address to nobody', async () => {
    const person = await somebody([own]);
    const answers = [];
    for (const email of [person.email, 'nobody@example.com']) {
      const started = performance.now();
      const { status, body } = await person.browser.signIn(email, 'not the password');
      answers.push({ status, body });
      expect(performance.now() - started).toBeGreaterThan(15); // both hash
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(401);
  });

  test.each([
    ['no body', undefined],
    ['a text', 'x'],
    ['a list', []],
    ['a password that is none', { email: 'a@example.com', password: {} }],
    ['an address that is none', { email: '@', password: 'x' }],
    ['zero bytes', { email: 'a\0@example.com', password: 'x\0' }],
    ['a password of 10,000 characters', { email: 'a@example.com', password: 'x'.repeat(10_000) }],
    ['a body over 16 KB', { email: 'a@example.com', password: 'x'.repeat(20_000) }],
  ])('with %s is refused as what it is', async (_, body) => {
    const { url } = await server();
    const { status } = await browser(url).post('/auth/sign-in/email', body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  test('as a form of another site is refused', async () => {
    const { url } = await server();
    const person = await somebody([own]);
    const response = await fetch(`${url}/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example' },
      body: new URLSearchParams({ email: person.email, password: person.password }),
    });
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
    const plain = await fetch(`${url}/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify({ email: person.email, password: person.password }),
    });
    expect([plain.status, plain.headers.getSetCookie()]).toEqual([400, []]);
  });

  const forgetAttempts = async () => {
    const { database } = await server();
    await database.owners.query('delete from plinth.sign_in_attempts');
  };

  test('is limited by person, whoever tries, in all servers together; the person is told when', async () => {
    await forgetAttempts();
    const [one, two] = [await beside({ SIGN_IN_LIMIT: '3' }), await beside({ SIGN_IN_LIMIT: '3' })];
    for (const email of [(await somebody([own])).email, 'somebody-else@example.com']) {
      const statuses = [];
      for (const url of [one, two, one, two]) statuses.push((await browser(url).signIn(email, 'wrong')).status);
      expect(statuses).toEqual([401, 401, 401, 429]);
    }
    const { status, headers } = await browser(one).signIn('somebody-else@example.com', 'wrong');
    expect(status).toBe(429);
    const seconds = Number(headers.get('retry-after'));
    expect([seconds > 600, seconds <= 900]).toEqual([true, true]);
  });

  test('with the right password begins to count anew', async () => {
    await forgetAttempts();
    const url = await beside({ SIGN_IN_LIMIT: '2' });
    const person = await somebody([own]);
    const { signIn } = browser(url);
    const statuses = [];
    for (const password of ['wrong', person.password, 'wrong', 'wrong', person.password])
      statuses.push((await signIn(person.email, password)).status);
    expect(statuses).toEqual([401, 200, 401, 401, 429]);
  });

  test('is limited by address too, for whoever guesses people, and so are links', async () => {
    await forgetAttempts();
    const { signIn, post } = browser(await beside({ SIGN_IN_LIMIT: '1' }));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await signIn(`nobody${i}@example.com`, 'wrong')).status);
    for (let i = 0; i < 3; i++) statuses.push((await post('/auth/link', { token: `guess ${i}` })).status);
    expect(statuses).toEqual([401, 401, 401, 404, 404, 429]);
  });

  test('over https gives cookies that only https sends', async () => {
    const url = await beside({}, undefined, 'https://plinth.test');
    const person = await somebody([own]);
    const { headers } = await browser(url, 'https://plinth.test').signIn(person.email, person.password);
    expect(headers.getSetCookie()[0]).toMatch(
      /^__Secure-plinth\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  test('works from whichever name the server is opened by', async () => {
    const { url } = await server();
    const person = await somebody([own]);
    const here = browser(url, url);
    expect((await here.signIn(person.email, person.password)).status).toBe(200);
    expect((await here.in(own.name).rest('POST', '/rest/companies', { name: 'Here' })).status).toBe(201);
  });
});

describe('what is not asked for well is answered as such, and never as a mistake of the server', () => {
  const LONG = 'x'.repeat(5_000);
  const ODD = [
    null,
    7,
    true,
    [],
    {},
    '',
    '\ud800',
    '☃',
    LONG,
    { $ne: null },
    "' or 1=1 --",
    '../../etc',
    '%00',
    '%E0%A4%A',
  ];

  test.each([
    ['POST', '/auth/sign-in/email', 'email'],
    ['POST', '/auth/sign-in/social', 'provider'],
    ['POST', '/auth/link-social', 'provider'],
    ['POST', '/auth/unlink-account', 'providerId'],
    ['POST', '/auth/change-password', 'newPassword'],
    ['POST', '/auth/revoke-session', 'token'],
    ['POST', '/auth/link', 'token'],
    ['POST', '/auth/set-up', 'email'],
    ['POST', '/auth/accept-invitation', 'token'],
    ['POST', '/auth/create-workspace', 'name'],
  ])('%s %s with an odd %s', async (method, path, name) => {
    const { browser } = await signedIn([own]);
    const rest = { email: 'a@example.com', password: 'a password', token: 'x', name: 'x', currentPassword: 'x' };
    for (const odd of ODD) {
      const { status } = await browser.send(method, path, { ...rest, [name]: odd });
      expect([odd, status]).toEqual([odd, expect.toSatisfy((it: number) => it < 500)]);
    }
  });

  test.each(ODD.filter((odd) => typeof odd === 'string'))('by address, %j', async (odd) => {
    const { url } = await server();
    const { browser } = await signedIn([own]);
    for (const path of [
      `/auth/callback/google?state=${odd}&code=${odd}`,
      `/auth/${odd}`,
      `/auth/list-sessions?${odd}=${odd}`,
    ]) {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const { status } = await fetch(url + encodeURI(path.toWellFormed()).replaceAll('%25', '%'), {
        headers: { Cookie: cookie },
        redirect: 'manual',
      });
      expect([path, status]).toEqual([path, expect.toSatisfy((it: number) => it < 500)]);
    }
  });
});

test('a new password ends other sessions when asked to, and the old one', async () => {
  const { url } = await server();
  const person = await signedIn([own]);
  const elsewhere = browser(url);
  await elsewhere.signIn(person.email, person.password);
  const change = { currentPassword: person.password, newPassword: 'another password', revokeOtherSessions: true };
  expect((await person.browser.post('/auth/change-password', { ...change, newPassword: 'short' })).status).toBe(400);
  expect((await person.browser.post('/auth/change-password', { ...change, currentPassword: 'no' })).status).toBe(400);
  expect((await person.browser.post('/auth/change-password', change)).status).toBe(200);
  expect((await elsewhere.get('/auth/context')).body.user).toBeNull();
  expect((await person.browser.get('/auth/context')).body.user.id).toBe(person.id);
  expect((await browser(url).signIn(person.email, person.password)).status).toBe(401);
  expect((await browser(url).signIn(person.email, 'another password')).status).toBe(200);
});
