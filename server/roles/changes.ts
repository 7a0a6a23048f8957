/**
 * Roles and what they may do, as both metadata APIs show and change them. Each change is one transaction: the rows, the
 * grants of Postgres that they stand for, and word to every server. Contract: metadata.md 1.1, 1.3, 4; docs/roles.md.
 */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import type { RequestContext } from '../access/request-context.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { MAX_DESCRIPTION_CHARACTERS, MAX_DISPLAY_NAME_CHARACTERS } from '../limits/limits.ts';
import { type Mistake, refuseMistakes } from '../model/edit/check.ts';
import type { Rights } from '../model/roles/permissions.ts';
import { ownedBy } from '../store/dependants.ts';
import { type Facts, lockFacts } from '../store/facts.ts';
import { grantings } from '../store/handmade.ts';
import { rolesFrom, type StoredRole } from '../store/roles.ts';
import { patiently } from '../store/run.ts';
import {
  changeRole,
  createRole,
  editableRole,
  effective,
  roleNotices,
  WRITES_UNREAD,
  writesUnread,
} from './change-role.ts';
import { refuseStronger } from './excess.ts';
import { setPolicy } from './policies.ts';
import { dropRoles } from './postgres-roles.ts';
import { COLUMNS, oneRole, type RoleView } from './views.ts';

// Roles --------------------------------------------------------------------------------------------------------------

type RoleInput = { readonly [Name in keyof typeof COLUMNS]?: Given };

/** @throws PlinthError METADATA_VALIDATION_FAILED, PERMISSION_DENIED for more than whoever asks may do */
export async function makeRole(
  asker: RequestContext,
  { id: _id, ...input }: RoleInput & { id?: string | null },
): Promise<RoleView> {
  const { workspaceId } = asker.principal;
  const { id } = await createRole(asker, input, async (client, { roles }) => {
    refuseMistakes('role', 'create', { label: input.label }, roleMistakes(roles, null, input));
    const given = settingsOf(input);
    const names = given.map(({ column }) => column);
    const values = given.map(({ value }) => value);
    const [role] = await client.rows<StoredRole>(sql`
      with created as (
        insert into plinth.roles (workspace_id, ${sql.join(names, ', ')})
        values (${sql.value(workspaceId)}, ${sql.join(values, ', ')})
        returning *
      )
      ${rolesFrom(sql`created`)}`);
    return role as StoredRole;
  });
  return oneRole(asker, id);
}

/** @throws PlinthError ROLE_NOT_FOUND, METADATA_VALIDATION_FAILED, PERMISSION_DENIED */
export async function updateRole(asker: RequestContext, id: string, update: RoleInput): Promise<RoleView> {
  const write = async (client: Client, role: StoredRole, { roles }: Facts) => {
    refuseMistakes('role', 'update', { id, label: role.label }, roleMistakes(roles, role, update));
    const given = settingsOf(update).map(({ column, value }) => sql`${column} = ${value}`);
    await client.rows(sql`
      update plinth.roles set ${sql.join([...given, sql`updated_at = now()`], ', ')} where id = ${sql.value(role.id)}`);
  };
  await changeRole(asker, id, update, { write });
  return oneRole(asker, id);
}

/** Answers the role as it was. @throws PlinthError BAD_REQUEST where somebody has it, or new members would get it */
export async function removeRole(asker: RequestContext, id: string): Promise<RoleView> {
  const was = await oneRole(asker, id);
  const { principal, database, models } = asker;
  const remove = async (client: Client) => {
    const facts = await lockFacts(client, principal.workspaceId);
    const { schema, roles, defaultRoleId } = facts;
    const role = editableRole(facts, id);
    const all = await grantings(client, facts, facts.stored.model);
    refuseStronger(principal, roles, all, role);
    if (role.id === defaultRoleId)
      throw refuse(
        'BAD_REQUEST',
        `"${role.label}" is what new members get: give the workspace another default role first`,
      );
    // A key that is revoked has no use of its role.
    await client.rows(sql`
      update plinth.api_keys set role_id = ${sql.value(defaultRoleId)}
      where role_id = ${sql.value(role.id)} and revoked_at is not null`);
    await client.rows(sql`delete from plinth.roles where id = ${sql.value(role.id)}`).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== FOREIGN_KEY_VIOLATION) throw error;
      const who = error.table === 'api_keys' ? 'API keys' : 'members';
      throw refuse('BAD_REQUEST', {
        message: `"${role.label}" is the role of ${who}: give them another first`,
        cause: error,
      });
    });
    for (const { table } of all.filter(({ object }) => role.rules.some(({ objectId }) => objectId === object.id)))
      await setPolicy(client, schema, table, { role: role.roleName as string, condition: null });
    const owned = role.roleName === null ? [] : await ownedBy(client, schema, role.roleName);
    if (owned.length > 0)
      throw refuse(
        'BAD_REQUEST',
        `"${role.label}" owns ${owned.join(', ')}: give it another owner first. Nothing was changed`,
      );
    await dropRoles(client, [role]);
    await recordAudit(client, principal, {
      action: 'role.deleted',
      subject: { type: 'role', id: role.id, name: role.label },
      notices: roleNotices(principal.workspaceId, schema),
    });
  };
  await patiently(() => database.transaction(remove));
  models.changed(principal.schema);
  return was;
}

const FOREIGN_KEY_VIOLATION = '23503';

/** What of an input is set, as columns and values. Null is as good as nothing for what must be true or false. */
function settingsOf(input: RoleInput): { column: SQL; value: SQL }[] {
  return Object.entries(COLUMNS).flatMap(([name, column]) => {
    const given = input[name as keyof typeof COLUMNS];
    if (given === undefined || (given === null && column !== 'description' && column !== 'icon')) return [];
    return [{ column: sql.identifier(column), value: sql.value(name === 'label' ? given.trim() : given) }];
  });
}

const MAX_LABEL = 63;

function isTooLong(text: string | null | undefined, max: number): boolean {
  return (text?.length ?? 0) > max;
}

function roleMistakes(roles: readonly StoredRole[], role: StoredRole | null, input: RoleInput): Mistake[] {
  const label = input.label === undefined || input.label === null ? role?.label : String(input.label).trim();
  const wrong = (code: string, message: string): Mistake[] => [{ code, message, value: label }];
  const all: Rights = {
    read: input.canReadAllObjectRecords ?? role?.all.read ?? false,
    update: input.canUpdateAllObjectRecords ?? role?.all.update ?? false,
    softDelete: input.canSoftDeleteAllObjectRecords ?? role?.all.softDelete ?? false,
    destroy: input.canDestroyAllObjectRecords ?? role?.all.destroy ?? false,
  };
  return [
    ...(label ? [] : wrong('INVALID_ROLE_INPUT', 'Role label should not be empty')),
    ...((label?.length ?? 0) > MAX_LABEL ? wrong('INVALID_ROLE_INPUT', 'Role label is too long') : []),
    ...(isTooLong(input.description, MAX_DESCRIPTION_CHARACTERS)
      ? wrong('INVALID_ROLE_INPUT', 'Role description is too long')
      : []),
    ...(isTooLong(input.icon, MAX_DISPLAY_NAME_CHARACTERS) ? wrong('INVALID_ROLE_INPUT', 'Role icon is too long') : []),
    ...(roles.some((each) => each.label === label && each.id !== role?.id)
      ? wrong('ROLE_LABEL_ALREADY_EXISTS', 'A role with this label already exists')
      : []),
    ...(writesUnread(all) || role?.objects.some((own) => writesUnread(effective(all, own))) ? WRITES_UNREAD : []),
  ];
}
