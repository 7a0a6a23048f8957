/** A change of a role in one transaction: its rows, the grants that follow, and word to every server. */

import pg from 'pg';
import type { Client } from '../../db/pool.ts';
import { ident, literal, sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import type { Granting } from '../ddl/grants.ts';
import { refuse } from '../errors.ts';
import type { Mistake } from '../model/edit/check.ts';
import { checkedId } from '../model/edit/steps.ts';
import type { Model } from '../model/model.ts';
import type { Rights } from '../model/roles/permissions.ts';
import { grantings } from '../store/handmade.ts';
import { readModel } from '../store/model.ts';
import { readRoles, type StoredRole } from '../store/roles.ts';
import { patiently } from '../store/run.ts';
import { refuseExcess, refuseStronger } from './excess.ts';
import { circleOfPolicies } from './policies.ts';
import { grantChanged } from './postgres-roles.ts';

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

export type Locked = {
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
export async function lockedRole(
  client: Client,
  workspaceId: string,
  id: string,
): Promise<Locked & { role: StoredRole }> {
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
  { principal, database, models }: RequestContext,
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
    client.closeAfterUse();
    await client.run(look).catch(async (error: unknown) => {
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (error.code === INFINITE_RECURSION) {
        await client.run('rollback to savepoint look');
        const circle = await circleOfPolicies(client, schema, roleName as string);
        const names = all.filter((each) => circle.includes(each.table)).map((each) => each.object.labelPlural);
        throw refuse('BAD_REQUEST', { message: inACircle(label, object.labelPlural, names), cause: error });
      }
      if (error.code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw refuse('BAD_REQUEST', {
        message: `The rule of "${label}" on ${object.labelPlural} reads what the role may not: let it read that, or take the rule away`,
        cause: error,
      });
    });
  }
}

function inACircle(label: string, object: string, circle: readonly string[]): string {
  return circle.length > 1
    ? `The rules of "${label}" on ${circle.slice(0, -1).join(', ')} and ${circle.at(-1)} refer to each other: PostgreSQL cannot evaluate them. Change one of them`
    : `The rule of "${label}" on ${object} refers to other records of the same object: PostgreSQL cannot evaluate it`;
}

const INFINITE_RECURSION = '42P17';
const INSUFFICIENT_PRIVILEGE = '42501';

/** Every server forgets who may do what, and what is served to whom. */
export async function tell(client: Client, workspaceId: string, schema: string): Promise<void> {
  await tellAccessChanged(client, workspaceId);
  await client.rows(sql`select pg_notify(${sql.value(MODEL_CHANNEL)}, ${sql.value(schema)})`);
}
