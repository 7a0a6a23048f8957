/** Coming in by a link: the first person, and those who are invited. Contract: docs/members.md. */

import { hashPassword } from 'better-auth/crypto';
import { z } from 'zod';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { recordAudit } from './audit.ts';
import { foundLink, isSetUp, usedLink } from './links.ts';
import { addMember } from './members.ts';
import type { Origin } from './principal.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, type Person } from './sessions.ts';

const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254; // RFC 5321

/** What a page says of a link before it asks for a name and a password. @throws PlinthError LINK_NOT_VALID */
export async function describedLink(database: Database, token: string): Promise<object> {
  return database.asOwner(async (client) => {
    const { kind, email, workspaceName } = await foundLink(client, token, ['set-up', 'invitation', 'public']);
    if (kind === 'set-up') return { kind, workspaces: await workspaceNames(client) };
    const isNewPerson = email === null ? null : (await personNamed(client, email)) === null;
    return { kind, workspace: workspaceName, email, isNewPerson };
  });
}

async function workspaceNames(client: Client): Promise<string[]> {
  const rows = await client.rows<{ name: string }>(sql`select name from plinth.workspaces order by name`);
  return rows.map(({ name }) => name);
}

export type NewPerson = { readonly name: string; readonly email: string; readonly password: string };

type SettingUp = {
  readonly token: string;
  readonly workspace?: string | undefined;
  readonly make: (name: string) => Promise<unknown>;
  readonly from: Origin;
};

/**
 * The first person: owner of the instance, and Admin of a workspace, which is made where there is none of this name.
 * @param workspace may be left out where there is just one
 * @throws PlinthError LINK_NOT_VALID, INVALID_PERSON, BAD_REQUEST, and what `make` throws
 */
export async function setUp(
  database: Database,
  { token, workspace, make, from, ...given }: NewPerson & SettingUp,
): Promise<Person> {
  await database.asOwner((client) => foundLink(client, token, ['set-up']));
  const checked = await checkedPerson(given);
  const names = await database.asOwner(workspaceNames);
  const name = workspace ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) throw refuse('BAD_REQUEST', 'workspace should not be empty');
  if (!names.includes(name)) await make(name);
  return database.transaction(async (client) => {
    // Of several that come with links at once, one is the first.
    await client.rows(sql`select from plinth.instance for update`);
    if (await isSetUp(client)) throw refuse('LINK_NOT_VALID');
    const link = await foundLink(client, token, ['set-up']);
    await usedLink(client, link);
    await client.rows(sql`delete from plinth.links where kind = 'set-up'`);
    const [target] = await client.rows<{ workspaceId: string; roleId: string }>(sql`
      select workspace.id as "workspaceId", role.id as "roleId"
      from plinth.workspaces as workspace
      join plinth.roles as role on role.workspace_id = workspace.id and not role.is_editable
      where workspace.name = ${sql.value(name)}`);
    if (!target) throw refuse('WORKSPACE_NOT_FOUND');
    const person = await insertPerson(client, checked);
    await join(client, { ...target, person, from, how: link.kind });
    return person;
  });
}

export type Accepting = {
  readonly token: string;
  /** Who has a session already; an invitation is for its own address alone. */
  readonly signedIn: Person | null;
  /** What makes a new person. Of one that there is, the password must be theirs. */
  readonly given: { readonly name?: string; readonly email?: string; readonly password?: string };
  /** @returns the cookies of a session @throws PlinthError INVALID_CREDENTIALS */
  readonly signIn: (email: string, password: string) => Promise<readonly string[]>;
  readonly from: Origin;
};

/**
 * Lets somebody in by a link of a workspace.
 * @returns who it is, and the cookies of their session, where they had none
 * @throws PlinthError LINK_NOT_VALID, INVALID_PERSON, INVALID_CREDENTIALS
 */
export async function acceptLink(database: Database, { token, signedIn, given, signIn, from }: Accepting) {
  const { link, email, known } = await database.asOwner(async (client) => {
    const link = await foundLink(client, token, ['invitation', 'public']);
    const email = link.email ?? (given.email === undefined ? signedIn?.email : emailOf(given.email));
    if (email === undefined) throw refuse('INVALID_PERSON', 'email should not be empty');
    return { link, email, known: await personNamed(client, email) };
  });
  const { name = '', password = '' } = given;
  const isSignedIn = known !== null && known.id === signedIn?.id;
  const session = known && !isSignedIn ? await signIn(email, password) : null;
  const fresh = known ? null : await checkedPerson({ name, email, password });
  const person = await database.transaction(async (client) => {
    await usedLink(client, link);
    const person = known ?? (await insertPerson(client, fresh as CheckedPerson));
    const { workspaceId, roleId } = link as { workspaceId: string; roleId: string };
    await join(client, { workspaceId, roleId, person, from, how: link.kind });
    return person;
  });
  return { person, cookies: isSignedIn ? [] : (session ?? (await signIn(email, password))) };
}

type Joining = {
  readonly workspaceId: string;
  readonly roleId: string;
  readonly person: Person;
  readonly from: Origin;
  /** By which kind of link. */
  readonly how: string;
};

async function join(client: Client, { workspaceId, roleId, person, from, how }: Joining): Promise<void> {
  const id = await addMember(client, { workspaceId, roleId, person });
  const member = { id, userId: person.id, name: person.name };
  await recordAudit(
    client,
    { workspaceId, member, from },
    { action: 'member.joined', subject: { type: 'member', id, name: person.name }, detail: { how, roleId } },
  );
}

type CheckedPerson = { readonly name: string; readonly email: string; readonly passwordHash: string };

/** Hashing takes some 50 ms, so it is done before a transaction begins. @throws PlinthError INVALID_PERSON */
async function checkedPerson({ name, email, password }: NewPerson): Promise<CheckedPerson> {
  if (name.trim() === '') throw refuse('INVALID_PERSON', 'name should not be empty');
  if (name.length > MAX_NAME_LENGTH)
    throw refuse('INVALID_PERSON', `name must be no longer than ${MAX_NAME_LENGTH} characters`);
  const address = emailOf(email);
  return { name: name.trim(), email: address, passwordHash: await hashPassword(checkedPassword(password, address)) };
}

/** @throws PlinthError INVALID_PERSON */
function checkedPassword(password: string, email: string): string {
  if (password.length < MIN_PASSWORD_LENGTH || password.length > MAX_PASSWORD_LENGTH)
    throw refuse('INVALID_PERSON', `password must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`);
  if (password.toLowerCase() === email) throw refuse('INVALID_PERSON', 'password must not be the e-mail address');
  return password;
}

/** As it is kept: lower case. @throws PlinthError INVALID_PERSON */
export function emailOf(email: string): string {
  const { success, data } = z.email().max(MAX_EMAIL_LENGTH).safeParse(email.trim().toLowerCase());
  if (!success) throw refuse('INVALID_PERSON', 'email must be an e-mail address');
  return data;
}

async function personNamed(client: Client, email: string): Promise<Person | null> {
  const [person] = await client.rows<Person>(sql`
    select id, name, email from plinth.users where email = ${sql.value(email)}`);
  return person ?? null;
}

/**
 * The first of all people owns the instance.
 * @throws PlinthError INVALID_PERSON where somebody else was faster with this address
 */
async function insertPerson(client: Client, { name, email, passwordHash }: CheckedPerson): Promise<Person> {
  const [person] = await client.rows<Person>(sql`
    with person as (
      insert into plinth.users (name, email) values (${sql.value(name)}, ${sql.value(email)})
      on conflict do nothing
      returning id, name, email
    ), account as (
      insert into plinth.accounts (user_id, provider_id, account_id, password)
      select id, 'credential', id::text, ${sql.value(passwordHash)} from person
    )
    select * from person`);
  if (!person) throw refuse('INVALID_PERSON', 'This e-mail address is already taken');
  await client.rows(sql`update plinth.instance set owner_id = ${sql.value(person.id)} where owner_id is null`);
  return person;
}
