/** Workspaces that people make themselves, and who may. Contract: docs/members.md. */

import { afterEach, expect, test } from 'vitest';
import { makeSetUpLink } from '../../server/access/links.ts';
import { alone } from '../fixture.ts';
import { browser } from './browser.ts';

const OWNER = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'analytical engine' };
const SECOND = { name: 'Mary Somerville', password: 'on the connexion' };
const CREATE = `mutation ($name: String!, $displayName: String) {
  createWorkspace(name: $name, displayName: $displayName) { id role { label } workspace { id name displayName } }
}`;

let instance: Awaited<ReturnType<typeof alone>>;
afterEach(() => instance.close());

/** An instance with its owner and another member of their workspace, both signed in. */
async function peopled(WORKSPACE_CREATION: string) {
  instance = await alone({ WORKSPACE_CREATION });
  const { url, database } = instance;
  const token = ((await makeSetUpLink(database, 'http://plinth.test')) as string).split('#')[1];
  const [owner, second] = [browser(url), browser(url)];
  const { status, body } = await owner.post('/auth/set-up', { ...OWNER, workspace: 'first', token });
  expect([status, body.workspaces[0]]).toMatchObject([200, { name: 'first', role: { label: 'Admin' } }]);
  const invited = await owner
    .in('first')
    .graphql('/metadata', 'mutation { createInvitation(input: { email: "mary@example.com" }) { link } }');
  const link: string = invited.data.createInvitation.link;
  await second.post('/auth/accept-invitation', { ...SECOND, token: link.split('#')[1] });
  return { owner, second };
}

test('everybody may make one where that is allowed, and is its Admin', async () => {
  const { owner, second } = await peopled('everyone');
  const { data } = await second.in('first').graphql('/metadata', CREATE, { name: 'hers', displayName: ' Her Own ' });
  expect(data.createWorkspace).toMatchObject({
    role: { label: 'Admin' },
    workspace: { name: 'hers', displayName: 'Her Own' },
  });
  const made = await second.in('hers').rest('POST', '/rest/companies', { name: 'Sci' });
  expect(made.body.data.createCompany.createdBy).toMatchObject({
    name: 'Mary Somerville',
    workspaceMemberId: data.createWorkspace.id,
  });
  expect((await second.in('hers').rest('GET', '/rest/metadata/apiKeys')).body.data).toEqual([]);
  expect((await owner.in('hers').rest('GET', '/rest/companies')).status).toBe(403);

  const refused = async (given: object) =>
    (await second.in('first').graphql('/metadata', CREATE, given)).errors[0].extensions.subCode;
  expect(await refused({ name: 'hers' })).toBe('WORKSPACE_ALREADY_EXISTS');
  expect(await refused({ name: 'Not so' })).toBe('INVALID_WORKSPACE_NAME');
  expect(await refused({ name: 'other', displayName: ' ' })).toBe('BAD_REQUEST');

  // Also who is in none any more.
  await second.in('hers').graphql('/metadata', 'mutation { leaveWorkspace }');
  await second.in('first').graphql('/metadata', 'mutation { leaveWorkspace }');
  const { status, body } = await second.post('/auth/create-workspace', { name: 'again' });
  expect([status, body.workspaces.map(({ name }: { name: string }) => name)]).toEqual([200, ['again', 'hers']]);
  expect((await browser(instance.url).post('/auth/create-workspace', { name: 'nobodys' })).status).toBe(403);
});

test('the owner alone may, where nothing else is said', async () => {
  const { owner, second } = await peopled('owner');
  const refused = await second.in('first').graphql('/metadata', CREATE, { name: 'hers' });
  expect(refused.errors[0].extensions.subCode).toBe('PERMISSION_DENIED');
  expect((await second.post('/auth/create-workspace', { name: 'hers' })).status).toBe(403);
  const { data } = await owner.in('first').graphql('/metadata', CREATE, { name: 'second' });
  expect(data.createWorkspace.workspace).toMatchObject({ name: 'second', displayName: 'Second' });
});

test('nobody may, where that is said, not even the owner', async () => {
  const { owner } = await peopled('nobody');
  const refused = await owner.in('first').graphql('/metadata', CREATE, { name: 'second' });
  expect(refused.errors[0].extensions.subCode).toBe('PERMISSION_DENIED');
});
