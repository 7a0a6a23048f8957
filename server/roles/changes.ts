/**
 * Roles and what they may do, as both metadata APIs show and change them. Each change is one transaction: the rows, the grants of
 * Postgres that they stand for, and word to every server. Contract: metadata.md 1.1, 1.3, 4; docs/roles.md.
 */

import pg from 'pg';
import type { Client } from '../../db/pool.ts';
import { ident, literal, type SQL, sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import { ALL_FLAGS, requireFlag } from '../access/roles.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import type { Granting } from '../ddl/grants.ts';
import { refuse } from '../errors.ts';
import { type Mistake, refuseMistakes } from '../model/edit/check.ts';
import { checkedId } from '../model/edit/steps.ts';
import type { Model } from '../model/model.ts';
import { excess, NO_RIGHTS, type Rights, type RolePermissions, readsAll } from '../model/roles/permissions.ts';
import { patiently } from '../changes/apply.ts';
import { dropRoles, grantChanged, readRoles, type StoredRole } from './postgres-roles.ts';
import { ownedBy } from '../store/dependants.ts';
import { grantings, knownByHand, type Where } from '../store/handmade.ts';
import { setPolicy } from './policies.ts';
import type { Asker } from '../metadata/model-changes.ts';
import { readModel } from '../store/model.ts';

// Views ----------------------------------------------------------------------------------------------------------------

export type RoleView = {
  readonly id: string;
  readonly permissionFlags: readonly object[];
  readonly objectPermissions: readonly { readonly objectMetadataId: string }[];
  readonly rowRules: readonly { readonly objectMetadataId: string }[];
  readonly fieldPermissions: readonly {
    readonly objectMetadataId: string;
    readonly fieldMetadataId: string;
    readonly canReadFieldValue: boolean | null;
    readonly canUpdateFieldValue: boolean | null;
  }[];
};

/** All roles, or one. */
export async function allRoles(asker: Asker): Promise<RoleView[]> {
  requireFlag(asker.principal, 'ROLES');
  return asker.database.asOwner((client) => roleViews(client, asker.principal));
}

/** @throws PlinthError ROLE_NOT_FOUND */
export async function oneRole(asker: Asker, id: string): Promise<RoleView> {
  const wanted = checkedId(id);
  const role = (await allRoles(asker)).find((each) => each.id === wanted);
  if (!role) throw refuse('ROLE_NOT_FOUND');
  return role;
}

/** What new members may do, for whoever sees the workspace's settings. */
export async function defaultRole({ database, principal }: Asker): Promise<RoleView | null> {
  return database.asOwner(async (client) => {
    const [row] = await client.rows<{ id: string | null }>(
      sql`select default_role_id as id from plinth.workspaces where id = ${sql.value(principal.workspaceId)}`,
    );
    return (await roleViews(client, principal)).find(({ id }) => id === row?.id) ?? null;
  });
}

/** Of what was made by hand and is gone, what was said is kept and not shown. */
export async function roleViews(client: Client, { workspaceId, schema }: Where): Promise<RoleView[]> {
  const there = (await knownByHand(client, { workspaceId, schema })).map(({ id }) => id);
  const isThere = (id: SQL) => sql`
          (${id} = any (${sql.value(there)}::uuid[]) or not exists (select from plinth.known_by_hand as k where k.id = ${id}))`;
  const columns = Object.entries(COLUMNS).map(
    ([name, column]) => sql`r.${sql.identifier(column)} as ${sql.identifier(name)}`,
  );
  const rows = await client.rows<
    RoleView & { createdAt: Date; updatedAt: Date; objectPermissions: any[]; fieldPermissions: any[] }
  >(sql`
    select r.id, r.is_editable as "isEditable", r.role_name as "databaseRole", r.created_at as "createdAt", r.updated_at as "updatedAt",
      ${sql.join(columns, ', ')},
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', k.id, 'name', k.name, 'expiresAt', k.expires_at, 'revokedAt', k.revoked_at) order by k.id), '[]')
        from plinth.api_keys as k where k.role_id = r.id) as "apiKeys",
      (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'roleId', r.id, 'flag', f.flag) order by f.flag), '[]')
        from plinth.permission_flags as f where f.role_id = r.id) as "permissionFlags",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectMetadataId', o.object_id, 'canReadObjectRecords', o.can_read, 'canUpdateObjectRecords', o.can_update,
          'canSoftDeleteObjectRecords', o.can_soft_delete, 'canDestroyObjectRecords', o.can_destroy,
          'grantedFields', o.granted) order by o.object_id), '[]')
        from plinth.object_permissions as o where o.role_id = r.id and ${isThere(sql`o.object_id`)}) as "objectPermissions",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', f.id, 'roleId', r.id, 'objectMetadataId', f.object_id, 'fieldMetadataId', f.field_id,
          'canReadFieldValue', f.can_read, 'canUpdateFieldValue', f.can_update) order by f.field_id), '[]')
        from plinth.field_permissions as f
        where f.role_id = r.id and (f.can_read is not null or f.can_update is not null)
          and ${isThere(sql`f.object_id`)} and ${isThere(sql`f.field_id`)}) as "fieldPermissions",
      (select coalesce(jsonb_agg(jsonb_build_object('objectMetadataId', w.object_id, 'filter', w.filter) order by w.object_id), '[]')
        from plinth.row_rules as w where w.role_id = r.id and ${isThere(sql`w.object_id`)}) as "rowRules"
    from plinth.roles as r
    where r.workspace_id = ${sql.value(workspaceId)}
    order by r.id`);
  return rows.map((role) => ({
    ...role,
    createdAt: role.createdAt.toISOString(),
    updatedAt: role.updatedAt.toISOString(),
    objectPermissions: role.objectPermissions.map((permission) => ({
      ...permission,
      restrictedFields: Object.fromEntries(
        role.fieldPermissions
          .filter(({ objectMetadataId }) => objectMetadataId === permission.objectMetadataId)
          .map((field) => [
            field.fieldMetadataId,
            { canRead: field.canReadFieldValue, canUpdate: field.canUpdateFieldValue },
          ]),
      ),
    })),
  }));
}

/** What clients set of a role, by the names of the inputs. */
const COLUMNS = {
  label: 'label',
  description: 'description',
  icon: 'icon',
  canUpdateAllSettings: 'can_update_all_settings',
  canAccessAllTools: 'can_access_all_tools',
  canReadAllObjectRecords: 'can_read_all_object_records',
  canUpdateAllObjectRecords: 'can_update_all_object_records',
  canSoftDeleteAllObjectRecords: 'can_soft_delete_all_object_records',
  canDestroyAllObjectRecords: 'can_destroy_all_object_records',
  canBeAssignedToUsers: 'can_be_assigned_to_users',
  canBeAssignedToApiKeys: 'can_be_assigned_to_api_keys',
  canBeAssignedToAgents: 'can_be_assigned_to_agents',
} as const;

// Roles ----------------------------------------------------------------------------------------------------------------

type RoleInput = { readonly [Name in keyof typeof COLUMNS]?: any };

/** @throws PlinthError METADATA_VALIDATION_FAILED, PERMISSION_DENIED for more than whoever asks may do */
export async function makeRole(
  asker: Asker,
  { id: _id, ...input }: RoleInput & { id?: string | null },
): Promise<RoleView> {
  const { workspaceId } = asker.principal;
  const made = await changeRole(asker, null, input, async (client, { roles }) => {
    refuseMistakes('role', 'create', { label: input.label }, roleMistakes(roles, null, input));
    const given = settingsOf(input);
    const names = given.map(({ column }) => column);
    const values = given.map(({ value }) => value);
    const [row] = await client.rows<{ id: string }>(sql`
      insert into plinth.roles (workspace_id, ${sql.join(names, ', ')})
      values (${sql.value(workspaceId)}, ${sql.join(values, ', ')})
      returning id`);
    return (row as { id: string }).id;
  });
  return oneRole(asker, made);
}

/** @throws PlinthError ROLE_NOT_FOUND, METADATA_VALIDATION_FAILED, PERMISSION_DENIED */
export async function updateRole(asker: Asker, id: string, update: RoleInput): Promise<RoleView> {
  await changeRole(asker, id, update, async (client, { role, roles }) => {
    refuseMistakes('role', 'update', { id, label: role.label }, roleMistakes(roles, role, update));
    const given = settingsOf(update).map(({ column, value }) => sql`${column} = ${value}`);
    await client.rows(sql`
      update plinth.roles set ${sql.join([...given, sql`updated_at = now()`], ', ')} where id = ${sql.value(role.id)}`);
    return role.id;
  });
  return oneRole(asker, id);
}

/** Answers the role as it was. @throws PlinthError BAD_REQUEST where somebody has it, or new members would get it */
export async function removeRole(asker: Asker, id: string): Promise<RoleView> {
  const was = await oneRole(asker, id);
  const { principal, database, models } = asker;
  const remove = async (client: Client) => {
    const { schema, model, role, roles, defaultRoleId } = await lockedRole(client, principal.workspaceId, id);
    const all = await grantings(client, { workspaceId: principal.workspaceId, schema }, model);
    refuseStronger(principal, roles, all, role);
    if (role.id === defaultRoleId)
      throw refuse(
        'BAD_REQUEST',
        `"${role.label}" is what new members get: give the workspace another default role first`,
      );
    // A key that is revoked has no use of its role.
    await client.rows(sql`
      update plinth.api_keys set role_id = ${sql.value(defaultRoleId)} where role_id = ${sql.value(role.id)} and revoked_at is not null`);
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
    await dropRoles(client, schema, [role]);
    await recordAudit(client, principal, {
      action: 'role.deleted',
      subject: { type: 'role', id: role.id, name: role.label },
    });
    await tell(client, principal.workspaceId, schema);
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
    ...(roles.some((each) => each.label === label && each.id !== role?.id)
      ? wrong('ROLE_LABEL_ALREADY_EXISTS', 'A role with this label already exists')
      : []),
    ...(writesUnread(all) || role?.objects.some((own) => writesUnread(effective(all, own))) ? WRITES_UNREAD : []),
  ];
}

export const WRITES_UNREAD: Mistake[] = [
  {
    code: 'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
    message: 'Cannot give writing permission without reading permission',
  },
];

export function writesUnread({ read, update, softDelete, destroy }: Rights): boolean {
  return !read && (update || softDelete || destroy);
}

export type Own = { readonly [Right in keyof Rights]: boolean | null };

export function effective(all: Rights, own: Own): Rights {
  const of = (right: keyof Rights) => own[right] ?? all[right];
  return { read: of('read'), update: of('update'), softDelete: of('softDelete'), destroy: of('destroy') };
}

// Changes --------------------------------------------------------------------------------------------------------------

type Locked = {
  readonly schema: string;
  readonly defaultRoleId: string | null;
  readonly roles: readonly StoredRole[];
  readonly model: Model;
};

/** Changes of one workspace come one after the other. */
async function locked(client: Client, workspaceId: string): Promise<Locked> {
  const [workspace] = await client.rows<{ schema: string; defaultRoleId: string | null }>(sql`
    select schema_name as schema, default_role_id as "defaultRoleId"
    from plinth.workspaces where id = ${sql.value(workspaceId)} for update`);
  if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
  const { model } = await readModel(client, workspaceId);
  return { ...workspace, model, roles: await readRoles(client, workspaceId) };
}

/** @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED for the one that cannot be locked out */
async function lockedRole(client: Client, workspaceId: string, id: string): Promise<Locked & { role: StoredRole }> {
  const wanted = checkedId(id);
  const found = await locked(client, workspaceId);
  const role = found.roles.find((each) => each.id === wanted);
  if (!role) throw refuse('ROLE_NOT_FOUND');
  if (!role.isEditable) throw refuse('PERMISSION_DENIED', `"${role.label}" may do everything, and cannot be changed`);
  return { ...found, role };
}

/**
 * @param id of the role; null for one that `write` makes
 * @param detail of what changes, for the audit log
 * @param write what is written in the control schema; of what it answers, the grants and all servers follow
 * @param about ids of the objects of which something is said
 * @param follow what else there is to do for the Postgres role, as it is now
 */
export async function changeRole<Answer>(
  { principal, database, models }: Asker,
  id: string | null,
  detail: object,
  write: (client: Client, found: Locked & { role: StoredRole }) => Promise<Answer>,
  {
    about = () => [],
    follow = async () => undefined,
  }: {
    readonly about?: (written: Answer) => readonly string[];
    readonly follow?: (client: Client, where: Granted, written: Answer) => Promise<void>;
  } = {},
): Promise<Answer> {
  requireFlag(principal, 'ROLES');
  const { workspaceId } = principal;
  const change = async (client: Client) => {
    const found = id === null ? await locked(client, workspaceId) : await lockedRole(client, workspaceId, id);
    const before = 'role' in found ? (found.role as StoredRole) : undefined;
    const where = { workspaceId, schema: found.schema };
    if (before) refuseStronger(principal, found.roles, await grantings(client, where, found.model), before);
    const written = await write(client, found as Locked & { role: StoredRole });
    const now = (await readRoles(client, workspaceId)).find(
      (each) => each.id === (before?.id ?? written),
    ) as StoredRole;
    const all = await grantings(client, where, found.model);
    refuseExcess(principal, found.roles, all, before, now);
    const roleName = await grantChanged(client, where, all, now, {
      before,
      about: new Set(about(written)),
    });
    const granted = { schema: found.schema, grantings: all, role: { ...now, roleName } };
    await follow(client, granted, written);
    await checkRules(client, granted);
    await recordAudit(client, principal, {
      action: before ? 'role.changed' : 'role.created',
      subject: { type: 'role', id: now.id, name: now.label },
      detail,
    });
    await tell(client, workspaceId, found.schema);
    return written;
  };
  const answer = await patiently(() => database.transaction(change)); // a policy waits for its table
  models.changed(principal.schema);
  return answer;
}

type Granted = { readonly schema: string; readonly grantings: readonly Granting[]; readonly role: StoredRole };

/** A rule that reads other objects takes the right to read them: Postgres asks it of whoever the rule is for. */
async function checkRules(client: Client, { schema, grantings: all, role }: Granted): Promise<void> {
  const { roleName, label, rules } = role;
  for (const { object, table } of all.filter((each) => rules.some(({ objectId }) => objectId === each.object.id))) {
    const on = `${ident(schema)}.${ident(table)}`;
    // In a function of the role, for to plan a query may be to run functions of the schema: in one that is `security definer` nobody
    // can go back to the login role. Nothing of it is left.
    const look = `savepoint look;
      set local role ${ident(roleName as string)};
      create function pg_temp.plinth_look() returns void language plpgsql security definer
        as ${literal(`begin execute ${literal(`select from ${on} limit 0`)}; end`)};
      set local role none;
      select pg_temp.plinth_look();
      rollback to savepoint look; release savepoint look`;
    await client.run(look).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw refuse('BAD_REQUEST', {
        message: `The rule of "${label}" on ${object.labelPlural} reads what the role may not: let it read that, or take the rule away`,
        cause: error,
      });
    });
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Every server forgets who may do what, and what is served to whom. */
async function tell(client: Client, workspaceId: string, schema: string): Promise<void> {
  await tellAccessChanged(client, workspaceId);
  await client.rows(sql`select pg_notify(${sql.value(MODEL_CHANNEL)}, ${sql.value(schema)})`);
}

// Nobody gives more than they have -------------------------------------------------------------------------------------

type Giver = Asker['principal'];

/** Nobody has anything before. */
const NOBODY: RolePermissions = {
  rules: [],
  all: NO_RIGHTS,
  objects: [],
  fields: [],
  flags: [],
};

/** @throws PlinthError PERMISSION_DENIED, naming the first thing that is more */
function refuseExcess(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  before: RolePermissions = NOBODY,
  after: RolePermissions,
): void {
  const more = excessOver(giver, roles, all, before, after);
  if (more) throw refuse('PERMISSION_DENIED', `Nobody gives more than they have: this role may not ${more}`);
}

/** Who changes or deletes a role could hold it themselves. @throws PlinthError PERMISSION_DENIED */
function refuseStronger(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  changed: StoredRole,
): void {
  const more = excessOver(giver, roles, all, NOBODY, changed);
  if (more)
    throw refuse(
      'PERMISSION_DENIED',
      `Nobody changes a role that may do more than their own: your role may not ${more}`,
    );
}

/** What `after` has that neither `before` nor the giver has; null for nothing. */
function excessOver(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  before: RolePermissions,
  after: RolePermissions,
): string | null {
  const own = roles.find(({ id }) => id === giver.roleId);
  if (giver.roleId !== undefined && !own) throw refuse('PERMISSION_DENIED'); // the role is gone
  const flag = after.flags.find(
    (each) => ALL_FLAGS.has(each) && !before.flags.includes(each) && !giver.flags.has(each),
  );
  const objects = all.map(({ object }) => object);
  return flag ?? (own ? excess(objects, before, after, own) : null);
}

/** For whoever lets others hear of records. @throws PlinthError PERMISSION_DENIED where something is kept from their own role */
export async function requireSightOfAll(client: Client, giver: Giver): Promise<void> {
  if (!(await seesAll(client, giver)))
    throw refuse('PERMISSION_DENIED', 'Webhooks tell of all records: this takes a role that reads all of them');
}

/** Is nothing of any record kept from them? */
export async function seesAll(client: Client, { workspaceId, roleId }: Giver): Promise<boolean> {
  if (roleId === undefined) return true;
  const own = (await readRoles(client, workspaceId)).find(({ id }) => id === roleId);
  return own !== undefined && readsAll(own);
}

/**
 * For whoever gives a role to a key or a member.
 * @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED where the role may do more than whoever gives it
 */
export async function refuseGiving(client: Client, giver: Giver, roleId: string): Promise<void> {
  const wanted = checkedId(roleId);
  const { model } = await readModel(client, giver.workspaceId);
  const roles = await readRoles(client, giver.workspaceId);
  const role = roles.find(({ id }) => id === wanted);
  if (!role) throw refuse('ROLE_NOT_FOUND');
  refuseExcess(giver, roles, await grantings(client, giver, model), NOBODY, role);
}
