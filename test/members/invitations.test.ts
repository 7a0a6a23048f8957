/**
 * Invitations: made, accepted once, withdrawn, renewed; and the link that is for everybody. Contract: docs/members.md.
 */

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { browser } from './browser.ts';
import { signedIn, somebody } from './people.ts';

let own: Awaited<ReturnType<typeof workspace>>;
let foreign: Awaited<ReturnType<typeof workspace>>;
let admin: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  [own, foreign] = [await workspace(), await workspace()];
  admin = await signedIn([own], { role: 'Admin' });
});

const INVITE =
  'mutation ($input: CreateInvitationInput!) { createInvitation(input: $input) { id email link expiresAt role { label } } }';

const freshEmail = () => `${randomBytes(5).toString('hex')}@example.com`;
const tokenIn = (link: string) => link.split('#')[1] as string;

async function invited(email: string | null = freshEmail(), roleId?: string) {
  const { createInvitation } = await own.metadata(INVITE, { input: { email, roleId } });
  return { ...createInvitation, token: tokenIn(createInvitation.link) };
}

async function roleIdOf(label: string): Promise<string> {
  const { database } = await server();
  const { rows } = await database.owners.query('select id from plinth.roles where workspace_id = $1 and label = $2', [
    own.id,
    label,
  ]);
  return rows[0].id;
}

const PERSON = { name: 'Radia Perlman', password: 'spanning tree' };

async function accept(token: string, given: object = PERSON, as = browser(own.url)) {
  return { ...(await as.post('/auth/accept-invitation', { token, ...given })), as };
}

describe('an invitation', () => {
  test('makes a person a member with the role, in a new record, and signs them in', async () => {
    const email = freshEmail();
    const { token, link, role } = await invited(email, await roleIdOf('Admin'));
    expect(link).toMatch(/^http:\/\/plinth\.test\/accept-invitation#[\w-]{43}$/);
    expect(role.label).toBe('Admin');
    const { post } = browser(own.url);
    const { body: described } = await post('/auth/link', { token });
    expect(described).toEqual({ kind: 'invitation', workspace: expect.any(String), email, isNewPerson: true });

    const { status, body, as } = await accept(token);
    expect([status, body.user]).toEqual([200, { id: expect.any(String), name: 'Radia Perlman', email }]);
    expect(body.workspaces).toEqual([
      expect.objectContaining({ name: own.name, role: { id: expect.any(String), label: 'Admin' } }),
    ]);
    expect((await as.in(own.name).rest('GET', '/rest/companies')).status).toBe(200);
    const [record] = await own.sql('select * from workspace_members where user_email = $1', [email]);
    expect(record).toMatchObject({ id: body.workspaces[0].memberId, user_id: body.user.id, name_last_name: 'Perlman' });
  });

  test('gives them the record that has their address already', async () => {
    const email = freshEmail();
    const [{ id }] = await own.sql(
      `insert into workspace_members (name_first_name, name_last_name, user_email, user_id)
      values ('R', 'P', upper($1), gen_random_uuid()) returning id`,
      [email],
    );
    const { body, as } = await accept((await invited(email)).token);
    expect(body.workspaces[0].memberId).toBe(id);
    const made = await as.in(own.name).rest('POST', '/rest/companies', { name: 'Bridge' });
    expect(made.body.data.createCompany.createdBy).toMatchObject({ workspaceMemberId: id, name: 'R P' });
  });

  test('takes nobody the record that is theirs, whatever address somebody wrote into it', async () => {
    const [member, email] = [await somebody([own]), freshEmail()];
    await own.sql('update workspace_members set user_email = $1 where id = $2', [email, member.memberIds[0]]);
    const { status, body } = await accept((await invited(email)).token);
    expect(status).toBe(200);
    expect(body.workspaces[0].memberId).not.toBe(member.memberIds[0]);
  });

  test('is good once, also when it is accepted several times at once', async () => {
    const { token } = await invited();
    const each = await Promise.all([1, 2, 3].map(() => accept(token)));
    expect(each.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect((await accept(token)).status).toBe(404);
  });

  test('takes the password of a person that there is, and then leaves it as it is', async () => {
    const known = await somebody([foreign]);
    const { token } = await invited(known.email);
    expect((await browser(own.url).post('/auth/link', { token })).body.isNewPerson).toBe(false);
    const wrong = await accept(token, { name: 'Somebody Else', password: 'a password of mine' });
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
    const { status, body } = await accept(token, { password: known.password });
    expect([status, body.user.name, body.workspaces.length]).toEqual([200, known.name, 2]);
  });

  test('is accepted by a session of its person, and by no other', async () => {
    const known = await signedIn([foreign]);
    const { token } = await invited(known.email);
    const other = await signedIn([foreign]);
    expect((await accept(token, {}, other.browser)).status).toBe(401);
    const { status, body } = await accept(token, {}, known.browser);
    expect([status, body.user.id]).toEqual([200, known.id]);
    expect(body.workspaces.map(({ name }: { name: string }) => name)).toContain(own.name);
  });

  test('is withdrawn, renewed, replaced by another to the same address, and expires', async () => {
    const { database } = await server();
    const one = await invited();
    await own.metadata(`mutation { revokeInvitation(id: "${one.id}") }`);
    expect((await accept(one.token)).status).toBe(404);
    expect((await own.metadataRefused(`mutation { revokeInvitation(id: "${one.id}") }`)).extensions.subCode).toBe(
      'INVITATION_NOT_FOUND',
    );

    const two = await invited();
    const { resendInvitation } = await own.metadata(`mutation { resendInvitation(id: "${two.id}") { id link } }`);
    expect(resendInvitation.id).toBe(two.id);
    expect((await accept(two.token)).status).toBe(404);
    expect((await accept(tokenIn(resendInvitation.link))).status).toBe(200);

    const [three, again] = [await invited('twice@example.com'), await invited('Twice@Example.com')];
    expect((await accept(three.token)).status).toBe(404);
    await database.owners.query('update plinth.links set expires_at = now() where id = $1', [again.id]);
    expect((await accept(again.token)).status).toBe(404);
    const { invitations } = await own.metadata('{ invitations { id email } }');
    expect(invitations.map(({ id }: { id: string }) => id)).not.toContain(again.id);
  });

  test('is refused for no address, a member, a role of another workspace or none', async () => {
    const member = await somebody([own]);
    const { database } = await server();
    const { rows } = await database.owners.query('select id from plinth.roles where workspace_id = $1', [foreign.id]);
    const subCodeOf = async (input: object) => (await own.metadataRefused(INVITE, { input })).extensions.subCode;
    expect(await subCodeOf({ email: 'nobody' })).toBe('INVALID_PERSON');
    expect(await subCodeOf({ email: member.email.toUpperCase() })).toBe('ALREADY_A_MEMBER');
    expect(await subCodeOf({ email: freshEmail(), roleId: rows[0].id })).toBe('ROLE_NOT_FOUND');
  });

  test('of another workspace is not there', async () => {
    const { id } = await invited();
    for (const operation of [`revokeInvitation(id: "${id}")`, `resendInvitation(id: "${id}") { id }`])
      expect((await foreign.metadataRefused(`mutation { ${operation} }`)).extensions.subCode).toBe(
        'INVITATION_NOT_FOUND',
      );
    expect((await foreign.rest('GET', `/rest/metadata/invitations/${id}`)).status).toBe(404);
    expect((await foreign.metadata('{ invitations { id } }')).invitations).toEqual([]);
  });

  test('keeps no token in the database, and shows none later', async () => {
    const { database } = await server();
    const { token } = await invited();
    const { rows } = await database.owners.query(`select links::text as row from plinth.links`);
    for (const { row } of rows) expect(row).not.toContain(token);
    expect(JSON.stringify((await own.rest('GET', '/rest/metadata/invitations')).body)).not.toContain(token);
  });
});

describe('a link for everybody', () => {
  const enable = (isEnabled: boolean) =>
    own.metadata(`mutation { updateWorkspace(data: { isPublicInviteLinkEnabled: ${isEnabled} }) { id } }`);

  test('lets in whoever has it, as long as the workspace has one', async () => {
    await enable(false);
    expect((await own.metadataRefused(INVITE, { input: {} })).message).toMatch(/isPublicInviteLinkEnabled/);
    await enable(true);
    const { token, role } = await invited(null);
    expect(role.label).toBe('Member');
    expect((await browser(own.url).post('/auth/link', { token })).body).toMatchObject({ kind: 'public', email: null });
    for (const email of [freshEmail(), freshEmail()]) {
      const { status, body } = await accept(token, { ...PERSON, email });
      expect([status, body.user.email]).toEqual([200, email]);
    }
    expect((await accept(token)).body.messages).toEqual(['email should not be empty']);
    const known = await somebody();
    expect((await accept(token, { email: known.email, password: 'another than theirs' })).status).toBe(401);
    await enable(false);
    expect((await accept(token, { ...PERSON, email: freshEmail() })).status).toBe(404);
    await enable(true);
    const { token: next } = await invited(null);
    expect((await accept(token, { ...PERSON, email: freshEmail() })).status).toBe(404);
    expect((await accept(next, { ...PERSON, email: freshEmail() })).status).toBe(200);
  });
});

test('REST has the same', async () => {
  const rest = (method: string, path: string, body?: unknown) => own.rest(method, `/rest/metadata${path}`, body);
  const email = freshEmail();
  const { status, body } = await rest('POST', '/invitations', { email });
  expect([status, body]).toMatchObject([201, { email, role: { label: 'Member' }, link: expect.stringContaining('#') }]);
  expect((await rest('GET', '/invitations')).body.data).toContainEqual({ ...body, link: undefined });
  expect((await rest('GET', `/invitations/${body.id}`)).body.email).toBe(email);
  const resent = await rest('POST', `/invitations/${body.id}/resend`);
  expect([resent.status, resent.body.link === body.link]).toEqual([201, false]);
  expect((await rest('DELETE', `/invitations/${body.id}`)).status).toBe(200);
  expect((await rest('GET', `/invitations/${body.id}`)).status).toBe(404);
  expect((await rest('POST', '/invitations', { email: 7 })).status).toBe(400);
});

test('whoever may invite members is who has the permission for it', async () => {
  const member = await signedIn([own]);
  const page = member.browser.in(own.name);
  for (const operation of [
    '{ invitations { id } }',
    '{ workspaceMembers { id } }',
    `mutation { createInvitation(input: { email: "x@example.com" }) { id } }`,
  ]) {
    const { errors } = await page.graphql('/metadata', operation);
    expect(errors[0].message).toMatch(/WORKSPACE_MEMBERS/);
  }
  expect((await admin.browser.in(own.name).graphql('/metadata', '{ invitations { id } }')).errors).toBeUndefined();
});

test('the audit log says who invited whom, and who came', async () => {
  const email = freshEmail();
  const { token, id } = await invited(email);
  const { body } = await accept(token);
  const { auditLogs } = await own.metadata(
    '{ auditLogs(paging: { first: 2 }) { edges { node { action actorType actorName subjectId subjectName ip } } } }',
  );
  expect(auditLogs.edges.map(({ node }: { node: object }) => node)).toMatchObject([
    {
      action: 'member.joined',
      actorType: 'MEMBER',
      actorName: 'Radia Perlman',
      subjectId: body.workspaces[0].memberId,
      ip: '127.0.0.1',
    },
    { action: 'invitation.created', actorType: 'API_KEY', subjectId: id, subjectName: email },
  ]);
});
