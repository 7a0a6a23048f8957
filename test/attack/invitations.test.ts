/** Links that let people in, in the hands of those whom they are not for. */

import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { browser } from '../members/browser.ts';
import { signedIn, somebody } from '../members/people.ts';
import { makeRole } from '../roles.ts';

type Space = Awaited<ReturnType<typeof workspace>>;

let space: Space;
let other: Space;
beforeAll(async () => {
  [space, other] = [await workspace(), await workspace()];
});

const freshEmail = () => `k${randomBytes(5).toString('hex')}@example.com`;
const PASSWORD = 'a password of an attacker';

async function roleIdOf(of: Space, label: string): Promise<string> {
  const { body } = await of.rest('GET', '/rest/metadata/roles');
  return body.data.find((role: { label: string }) => role.label === label).id;
}

async function invited(of: Space, email: string, roleLabel = 'Member') {
  const roleId = await roleIdOf(of, roleLabel);
  const { body } = await of.rest('POST', '/rest/metadata/invitations', { email, roleId });
  return { id: body.id as string, token: body.link.split('#')[1] as string };
}

const accept = (token: string, given: object = {}, as = browser(space.url)) =>
  as.post('/auth/accept-invitation', { token, name: 'Mallory', password: PASSWORD, ...given });

test('a forged token opens nothing', async () => {
  const email = freshEmail();
  const { id, token } = await invited(space, email);
  const { database } = await server();
  const { rows } = await database.owners.query('select token_hash from plinth.links where id = $1', [id]);
  const other = token.startsWith('A') ? 'B' : 'A';
  const forged = [
    other + token.slice(1),
    token.slice(0, -1),
    `${token}A`,
    ` ${token}`,
    token.toLowerCase(),
    token.toUpperCase(),
    id,
    createHash('sha256').update(token).digest('base64url'),
    rows[0].token_hash.toString('base64url'),
    rows[0].token_hash.toString('hex'),
    randomBytes(32).toString('base64url'),
    '',
    '%',
    "' or true --",
  ];
  for (const each of forged) expect([each, (await accept(each)).status]).toEqual([each, 404]);
  expect((await accept(token)).status).toBe(200);
});

test('whoever accepts chooses neither role, workspace nor address', async () => {
  const email = freshEmail();
  const { token } = await invited(space, email);
  const admin = await roleIdOf(space, 'Admin');
  const { status, body } = await accept(token, {
    email: freshEmail(),
    roleId: admin,
    role: { id: admin },
    workspaceId: other.id,
    workspace: other.name,
    isOwner: true,
    id: space.id,
  });
  expect([status, body.user.email]).toEqual([200, email]);
  expect(body.workspaces.map((each: any) => [each.name, each.role.label])).toEqual([[space.name, 'Member']]);
});

test('whoever may invite gives no more than they have, by no way', async () => {
  const roleId = await makeRole(space, 'Inviter', { canReadAllObjectRecords: true, flags: ['WORKSPACE_MEMBERS'] });
  const inviter = await signedIn([space], { role: 'Inviter' });
  const page = inviter.browser.in(space.name);
  const admin = await roleIdOf(space, 'Admin');
  const open = await invited(space, freshEmail(), 'Admin');
  expect((await page.rest('POST', '/rest/metadata/invitations', { email: freshEmail(), roleId: admin })).status).toBe(
    403,
  );
  // Another link for the same invitation would be as good as one of their own.
  const resent = await page.rest('POST', `/rest/metadata/invitations/${open.id}/resend`);
  expect([resent.status, JSON.stringify(resent.body)]).toEqual([403, expect.not.stringContaining('#')]);
  const own = await page.rest('POST', '/rest/metadata/invitations', { email: freshEmail(), roleId });
  expect(own.status).toBe(201);
  expect((await accept(open.token)).body.workspaces[0].role.label).toBe('Admin'); // the first link is still good
});

test('an address in other letters is no other person, and none is signed in without their password', async () => {
  const kelvin = '\u212a'; // becomes "k" in lower case
  const known = await somebody([other]);
  const email = freshEmail();
  const first = await accept((await invited(space, email)).token);
  expect(first.status).toBe(200);
  for (const spelling of [email.toUpperCase(), email.replace('k', kelvin), ` ${email} `]) {
    const refused = await space.rest('POST', '/rest/metadata/invitations', { email: spelling });
    expect([spelling, refused.status]).toEqual([spelling, 409]);
  }
  await space.rest('PATCH', '/rest/metadata/workspace', { isPublicInviteLinkEnabled: true });
  const { body } = await space.rest('POST', '/rest/metadata/invitations', {});
  const link = body.link.split('#')[1];
  for (const spelling of [known.email.toUpperCase(), ` ${known.email}`]) {
    const taken = await accept(link, { email: spelling });
    expect([spelling, taken.status, taken.headers.getSetCookie()]).toEqual([spelling, 401, []]);
  }
  for (const odd of [
    'İ@example.com',
    'a@b',
    'a\u0000@example.com',
    `${'a'.repeat(300)}@example.com`,
    'a@example.com\r\nBcc: b@example.com',
  ])
    expect([odd, (await accept(link, { email: odd })).status]).toEqual([odd, 400]);
});

test('of a link that is accepted by several and withdrawn at once, at most one comes in', async () => {
  for (let round = 0; round < 3; round++) {
    const email = freshEmail();
    const { id, token } = await invited(space, email);
    const [withdrawn, ...accepted] = await Promise.all([
      space.rest('DELETE', `/rest/metadata/invitations/${id}`),
      ...[1, 2, 3].map((n) => accept(token, { name: `Mallory ${n}` })),
    ]);
    const came = accepted.filter(({ status }) => status === 200).length;
    expect([withdrawn?.status, came]).toEqual(came === 1 ? [404, 1] : [200, 0]);
    const { body } = await space.rest('GET', '/rest/metadata/workspaceMembers?limit=200');
    expect(body.data.filter((member: { userEmail: string }) => member.userEmail === email)).toHaveLength(came);
  }
});

test('a workspace knows no invitation of another', async () => {
  const { id, token } = await invited(other, freshEmail(), 'Admin');
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/resend'],
  ] as const)
    expect((await space.rest(method, `/rest/metadata/invitations/${id}${path}`)).status).toBe(404);
  const role = await roleIdOf(other, 'Admin');
  expect((await space.rest('POST', '/rest/metadata/invitations', { email: freshEmail(), roleId: role })).status).toBe(
    404,
  );
  const { body } = await accept(token);
  expect(body.workspaces.map(({ name }: { name: string }) => name)).toEqual([other.name]);
});
