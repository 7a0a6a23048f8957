/** People for tests: somebody with a password, a member of the workspaces that are given. */

import { randomBytes } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import { addMember } from '../../server/access/members.ts';
import { server } from '../fixture.ts';
import { browser } from './browser.ts';

const PASSWORD = 'a password of a test';
let hash: Promise<string> | undefined;

/** Not signed in yet. `memberIds` are in the order of `workspaces`. */
export async function somebody(
  workspaces: readonly { readonly id: string }[] = [],
  { name = 'Grace Brewster Hopper', role = 'Member' } = {},
) {
  const { url, database } = await server();
  const email = `${randomBytes(5).toString('hex')}@example.com`;
  hash ??= hashPassword(PASSWORD);
  const { rows } = await database.owners.query(
    `with person as (insert into plinth.users (name, email) values ($1, $2) returning id),
      account as (insert into plinth.accounts (user_id, provider_id, account_id, password)
        select id, 'credential', id::text, $3 from person)
    select id from person`,
    [name, email, await hash],
  );
  const person = { id: rows[0].id as string, name, email };
  const memberIds: string[] = [];
  for (const { id: workspaceId } of workspaces) {
    const roles = await database.owners.query('select id from plinth.roles where workspace_id = $1 and label = $2', [
      workspaceId,
      role,
    ]);
    const member = { workspaceId, roleId: roles.rows[0].id as string, person };
    memberIds.push(await database.transaction((client) => addMember(client, member)));
  }
  return { ...person, password: PASSWORD, memberIds, browser: browser(url) };
}

/** The same, signed in. */
export async function signedIn(...given: Parameters<typeof somebody>) {
  const person = await somebody(...given);
  const { status, body } = await person.browser.signIn(person.email, person.password);
  if (status !== 200) throw new Error(`${person.email} could not sign in: ${status} ${JSON.stringify(body)}`);
  return person;
}
