/** Members as the metadata APIs show and change them, and whoever asks. Contract: metadata.md 1.1; docs/members.md. */

import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { signedIn, somebody } from './people.ts';

let own: Awaited<ReturnType<typeof workspace>>;
let foreign: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  [own, foreign] = [await workspace(), await workspace()];
});

async function rolesOf({ id }: { id: string }): Promise<Record<string, string>> {
  const { database } = await server();
  const { rows } = await database.owners.query('select id, label from plinth.roles where workspace_id = $1', [id]);
  return Object.fromEntries(rows.map(({ id, label }) => [label, id]));
}

const SET_ROLE = `mutation ($member: UUID!, $role: UUID!) {
  updateWorkspaceMemberRole(workspaceMemberId: $member, roleId: $role) { id role { label } }
}`;
const REMOVE = 'mutation ($member: UUID!) { removeWorkspaceMember(workspaceMemberId: $member) { id userEmail } }';

test('currentUser says who asks, as what, and where else they are', async () => {
  const { browser, email, id, memberIds } = await signedIn([own, foreign], { name: 'Grace Brewster Hopper' });
  const { data } = await browser.in(own.name).graphql(
    '/metadata',
    `{ currentUser { id email name firstName lastName
      workspaceMember { id name { firstName lastName } userEmail role { label } }
      workspaces { id role { label } workspace { id name displayName } } } }`,
  );
  expect(data.currentUser).toMatchObject({
    id,
    email,
    firstName: 'Grace Brewster',
    lastName: 'Hopper',
    workspaceMember: {
      id: memberIds[0],
      name: { firstName: 'Grace Brewster', lastName: 'Hopper' },
      userEmail: email,
      role: { label: 'Member' },
    },
  });
  const names = data.currentUser.workspaces.map(({ workspace }: { workspace: { name: string } }) => workspace.name);
  expect(names).toEqual([own.name, foreign.name].sort());
  const { body } = await browser.in(own.name).rest('GET', '/rest/metadata/currentUser');
  expect(body).toMatchObject({ id, workspaceMember: { id: memberIds[0] }, workspaces: [{}, {}] });
  expect((await own.metadataRefused('{ currentUser { id } }')).extensions.subCode).toBe('PERMISSION_DENIED');
});

test('workspaceMembers are those of the workspace, with their roles; REST has the same', async () => {
  const { id, rest, metadata } = await workspace();
  const [admin] = [await somebody([{ id }], { role: 'Admin' }), await somebody([{ id }]), await somebody([foreign])];
  const { workspaceMembers } = await metadata('{ workspaceMembers { id userEmail role { label } roles { label } } }');
  expect(workspaceMembers.map(({ role }: { role: { label: string } }) => role.label).sort()).toEqual([
    'Admin',
    'Member',
  ]);
  const { body } = await rest('GET', '/rest/metadata/workspaceMembers');
  expect(body).toMatchObject({ data: workspaceMembers, totalCount: 2 });
  expect((await rest('GET', `/rest/metadata/workspaceMembers/${admin.memberIds[0]}`)).body.userEmail).toBe(admin.email);
});

test('a role that changes holds from the next second on, over GraphQL and REST', async () => {
  const roles = await rolesOf(own);
  const person = await signedIn([own]);
  const mayInvite = async () =>
    (await person.browser.in(own.name).graphql('/metadata', '{ invitations { id } }')).errors === undefined;
  expect(await mayInvite()).toBe(false);
  await own.metadata(SET_ROLE, { member: person.memberIds[0], role: roles.Admin });
  await expect.poll(mayInvite, { timeout: 1_200, interval: 50 }).toBe(true);
  await somebody([own], { role: 'Admin' }); // so that this one isn't the last
  const path = `/rest/metadata/workspaceMembers/${person.memberIds[0]}`;
  expect((await own.rest('PATCH', path, { roleId: roles.Member })).body.role.label).toBe('Member');
  await expect.poll(mayInvite, { timeout: 1_200, interval: 50 }).toBe(false);
});

test('a member who is removed is out, keeps what they made, and may come again', async () => {
  const person = await signedIn([own, foreign]);
  const [member] = person.memberIds;
  const made = await person.browser.in(own.name).rest('POST', '/rest/companies', { name: 'Theirs' });
  expect((await own.metadata(REMOVE, { member })).removeWorkspaceMember).toEqual({
    id: member,
    userEmail: person.email,
  });
  const status = async () => (await person.browser.in(own.name).rest('GET', '/rest/companies')).status;
  await expect.poll(status, { timeout: 1_200, interval: 50 }).toBe(403);
  expect((await person.browser.in(foreign.name).rest('GET', '/rest/companies')).status).toBe(200);
  expect(
    await own.sql('select deleted_at is not null as is_deleted from workspace_members where id = $1', [member]),
  ).toEqual([{ is_deleted: true }]);
  const { id } = made.body.data.createCompany;
  const kept = await own.sql('select created_by_workspace_member_id as by from companies where id = $1', [id]);
  expect(kept).toEqual([{ by: member }]);
  expect((await own.metadataRefused(REMOVE, { member })).extensions.subCode).toBe('MEMBER_NOT_FOUND');

  const { createInvitation } = await own.metadata(
    `mutation { createInvitation(input: { email: "${person.email}" }) { link } }`,
  );
  await person.browser.post('/auth/accept-invitation', { token: createInvitation.link.split('#')[1] });
  await expect.poll(status, { timeout: 1_200, interval: 50 }).toBe(200);
  const { body } = await person.browser.get('/auth/context');
  expect(body.workspaces.find(({ name }: { name: string }) => name === own.name).memberId).toBe(member);
});

test('members of another workspace are not there', async () => {
  const stranger = await somebody([foreign]);
  const roles = await rolesOf(own);
  const asked = { member: stranger.memberIds[0], role: roles.Member };
  for (const operation of [SET_ROLE, REMOVE])
    expect((await own.metadataRefused(operation, asked)).extensions.subCode).toBe('MEMBER_NOT_FOUND');
  const member = await somebody([own]);
  const foreignRole = (await rolesOf(foreign)).Admin;
  const refused = await own.metadataRefused(SET_ROLE, { member: member.memberIds[0], role: foreignRole });
  expect(refused.extensions.subCode).toBe('ROLE_NOT_FOUND');
});

describe('the last Admin', () => {
  test('cannot be removed, made something else, or leave; of two, one can', async () => {
    const { id, name, metadata, metadataRefused } = await workspace();
    const roles = await rolesOf({ id });
    const [one, two] = [await signedIn([{ id }], { role: 'Admin' }), await signedIn([{ id }])];
    const member = one.memberIds[0];
    const subCode = async (operation: string) =>
      (await metadataRefused(operation, { member, role: roles.Member })).extensions.subCode;
    expect([await subCode(SET_ROLE), await subCode(REMOVE)]).toEqual(['LAST_ADMIN', 'LAST_ADMIN']);
    const left = await one.browser.in(name).graphql('/metadata', 'mutation { leaveWorkspace }');
    expect(left.errors[0].extensions.subCode).toBe('LAST_ADMIN');
    await metadata(SET_ROLE, { member: two.memberIds[0], role: roles.Admin });
    expect((await one.browser.in(name).graphql('/metadata', 'mutation { leaveWorkspace }')).data).toEqual({
      leaveWorkspace: true,
    });
    expect((await one.browser.get('/auth/context')).body.workspaces).toEqual([]);
  });

  test('is one of two who leave at once', async () => {
    const { id, name } = await workspace();
    const admins = [await signedIn([{ id }], { role: 'Admin' }), await signedIn([{ id }], { role: 'Admin' })];
    const each = await Promise.all(
      admins.map(({ browser }) => browser.in(name).graphql('/metadata', 'mutation { leaveWorkspace }')),
    );
    expect(each.filter(({ data }) => data?.leaveWorkspace === true)).toHaveLength(1);
  });

  test('is one that is there: others whose record is deleted do not count', async () => {
    const { id, sql, metadataRefused } = await workspace();
    const [one, two] = [await somebody([{ id }], { role: 'Admin' }), await somebody([{ id }], { role: 'Admin' })];
    await sql('delete from workspace_members where id = $1', [two.memberIds[0]]);
    expect((await metadataRefused(REMOVE, { member: one.memberIds[0] })).extensions.subCode).toBe('LAST_ADMIN');
  });
});

test('an API key is nobody who could leave', async () => {
  expect((await own.metadataRefused('mutation { leaveWorkspace }')).extensions.subCode).toBe('PERMISSION_DENIED');
});

describe('who may change members, but not all else', () => {
  /** A member whose role reads records and has the permission for members, and nothing more. */
  async function host() {
    const { createOneRole } = await own.metadata(
      `mutation { createOneRole(createRoleInput: { label: "Host ${Date.now()}", canReadAllObjectRecords: true }) { id label } }`,
    );
    await own.metadata(
      'mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id } }',
      { input: { roleId: createOneRole.id, permissionFlagKeys: ['WORKSPACE_MEMBERS'] } },
    );
    const person = await signedIn([own], { role: createOneRole.label });
    return { ...person, roleId: createOneRole.id as string, page: person.browser.in(own.name) };
  }

  test('gives nobody more than they have: not by inviting, not by a role, not to themselves', async () => {
    const { page, memberIds, roleId } = await host();
    const roles = await rolesOf(own);
    const member = await somebody([own]);
    const subCode = async (operation: string, variables: object) =>
      (await page.graphql('/metadata', operation, variables)).errors?.[0].extensions.subCode;
    const invite =
      'mutation ($roleId: UUID) { createInvitation(input: { email: "x@example.com", roleId: $roleId }) { id } }';
    for (const role of [roles.Admin, roles.Member]) {
      expect(await subCode(invite, { roleId: role })).toBe('PERMISSION_DENIED');
      expect(await subCode(SET_ROLE, { member: memberIds[0], role })).toBe('PERMISSION_DENIED');
      expect(await subCode(SET_ROLE, { member: member.memberIds[0], role })).toBe('PERMISSION_DENIED');
    }
    expect(await subCode(invite, { roleId })).toBeUndefined();
  });

  test('takes nothing from those who have more', async () => {
    const { page, roleId } = await host();
    const admin = await somebody([own], { role: 'Admin' });
    const [member] = admin.memberIds;
    for (const operation of [SET_ROLE, REMOVE]) {
      const { errors } = await page.graphql('/metadata', operation, { member, role: roleId });
      expect(errors[0].extensions.subCode).toBe('PERMISSION_DENIED');
    }
  });
});

test('a role that is not for people is given to nobody', async () => {
  const { createOneRole } = await own.metadata(
    'mutation { createOneRole(createRoleInput: { label: "For keys", canBeAssignedToUsers: false }) { id } }',
  );
  const { memberIds } = await somebody([own]);
  const refused = await own.metadataRefused(SET_ROLE, { member: memberIds[0], role: createOneRole.id });
  expect(refused.message).toBe('"For keys" cannot be assigned to users (canBeAssignedToUsers)');
});

test('roles say who has them', async () => {
  const { id, metadata } = await workspace();
  const admin = await somebody([{ id }], { role: 'Admin' });
  const { getRoles } = await metadata('{ getRoles { label workspaceMembers { id userEmail } } }');
  expect(getRoles.sort((a: any, b: any) => a.label.localeCompare(b.label))).toEqual([
    { label: 'Admin', workspaceMembers: [{ id: admin.memberIds[0], userEmail: admin.email }] },
    { label: 'Member', workspaceMembers: [] },
  ]);
});

test('records of members are changed by nobody who may not change members', async () => {
  const [person, other] = [await signedIn([own]), await somebody([own])];
  const page = person.browser.in(own.name);
  const path = `/rest/workspaceMembers/${other.memberIds[0]}`;
  expect((await page.rest('GET', path)).status).toBe(200);
  expect((await page.rest('PATCH', path, { userEmail: 'mine@example.com' })).status).toBe(403);
  expect((await page.rest('DELETE', `${path}?soft_delete=true`)).status).toBe(403);
  expect((await page.rest('DELETE', path)).status).toBe(403);
  expect((await page.rest('POST', '/rest/workspaceMembers', { userId: other.id })).status).toBe(403);
  expect((await page.rest('POST', '/rest/tasks', { title: 'Theirs', assigneeId: other.memberIds[0] })).status).toBe(
    201,
  );
  const admin = (await signedIn([own], { role: 'Admin' })).browser.in(own.name);
  expect((await admin.rest('PATCH', path, { name: { firstName: 'G', lastName: 'H' } })).status).toBe(200);
});
