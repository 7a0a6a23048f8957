/** A change of a role in one transaction: its rows, the grants that follow, and word to every server. */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import { ident, literal } from '../../db/sql.ts';
import { type Notice, recordAudit } from '../access/audit.ts';
import type { RequestContext } from '../access/request-context.ts';
import { ACCESS_CHANNEL, requireFlag } from '../access/roles.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import type { Granting } from '../ddl/grants.ts';
import { refuse } from '../errors.ts';
import type { Mistake } from '../model/edit/check.ts';
import { checkedId } from '../model/edit/steps.ts';
import type { Rights } from '../model/roles/permissions.ts';
import { type Facts, lockFacts } from '../store/facts.ts';
import { grantings } from '../store/handmade.ts';
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

/** @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED for the one that cannot be locked out */
export function editableRole({ roles }: Facts, id: string): StoredRole {
  const wanted = checkedId(id);
  const role = roles.find((each) => each.id === wanted);
  if (!role) throw refuse('ROLE_NOT_FOUND');
  if (!role.isEditable) throw refuse('PERMISSION_DENIED', `"${role.label}" may do everything, and cannot be changed`);
  return role;
}

/**
 * Creates a role. Grants, the audit log and all servers follow.
 * @param write inserts it
 */
export async function createRole(
  context: RequestContext,
  detail: object,
  write: (client: Client, facts: Facts) => Promise<StoredRole>,
): Promise<StoredRole> {
  return inRoleChange(context, async (client, facts) => {
    const role = await write(client, facts);
    const all = await grantings(client, facts, facts.stored.model);
    await settleRole(client, context, { facts, all, before: undefined, now: role, detail, about: [] });
    return role;
  });
}

/**
 * Changes a role. Grants, the audit log and all servers follow.
 * @param detail of what changes, for the audit log
 * @param write what is written in the control schema
 * @param about ids of the objects of which something is said
 * @param follow what else there is to do for the Postgres role, as it is now
 */
export async function changeRole<Answer>(
  context: RequestContext,
  id: string,
  detail: object,
  {
    write,
    about = () => [],
    follow,
  }: {
    readonly write: (client: Client, role: StoredRole, facts: Facts) => Promise<Answer>;
    readonly about?: (written: Answer) => readonly string[];
    readonly follow?: (client: Client, granted: Granted, written: Answer) => Promise<void>;
  },
): Promise<Answer> {
  return inRoleChange(context, async (client, facts) => {
    const before = editableRole(facts, id);
    const { model } = facts.stored;
    refuseStronger(context.principal, facts.roles, await grantings(client, facts, model), before);
    const written = await write(client, before, facts);
    const now = (await readRoles(client, facts.workspaceId)).find((each) => each.id === before.id) as StoredRole;
    const { workspaceId, schema } = facts;
    const all = await grantings(client, { workspaceId, schema }, model); // `write` may have added tables made by hand
    const settled = { facts, all, before, now, detail, about: about(written) };
    await settleRole(client, context, { ...settled, follow: async (granted) => follow?.(client, granted, written) });
    return written;
  });
}

async function inRoleChange<Answer>(
  { principal, database, models }: RequestContext,
  change: (client: Client, facts: Facts) => Promise<Answer>,
): Promise<Answer> {
  requireFlag(principal, 'ROLES');
  const run = async (client: Client) => change(client, await lockFacts(client, principal.workspaceId));
  const answer = await patiently(() => database.transaction(run)); // a policy waits for its table
  models.changed(principal.schema);
  return answer;
}

type Settling = {
  readonly facts: Facts;
  readonly all: readonly Granting[];
  readonly before: StoredRole | undefined;
  readonly now: StoredRole;
  readonly detail: object;
  readonly about: readonly string[];
  readonly follow?: (granted: Granted) => Promise<void>;
};

/**
 * What follows from the rows of a role: limits of who changes it, grants, policies, the audit log and word to all
 * servers.
 */
async function settleRole(
  client: Client,
  { principal }: RequestContext,
  { facts, all, before, now, detail, about, follow }: Settling,
): Promise<void> {
  const { workspaceId, schema } = facts;
  refuseExcess(principal, facts.roles, all, before, now);
  const roleName = await grantChanged(client, facts, all, now, { before, about: new Set(about) });
  const granted = { schema, grantings: all, role: { ...now, roleName } };
  await follow?.(granted);
  await checkRules(client, granted);
  await recordAudit(client, principal, {
    action: before ? 'role.changed' : 'role.created',
    subject: { type: 'role', id: now.id, name: now.label },
    detail,
    notices: roleNotices(workspaceId, schema),
  });
}

/** Every server forgets who may do what, and what is served to whom. */
export function roleNotices(workspaceId: string, schema: string): Notice[] {
  return [
    { channel: ACCESS_CHANNEL, payload: workspaceId },
    { channel: MODEL_CHANNEL, payload: schema },
  ];
}

type Granted = { readonly schema: string; readonly grantings: readonly Granting[]; readonly role: StoredRole };

/** A rule that reads other objects takes the right to read them: Postgres asks it of whoever the rule is for. */
async function checkRules(client: Client, { schema, grantings: all, role }: Granted): Promise<void> {
  const { roleName, label, rules } = role;
  for (const { object, table } of all.filter((each) => rules.some(({ objectId }) => objectId === each.object.id))) {
    const on = `${ident(schema)}.${ident(table)}`;
    // In a function of the role, for to plan a query may be to run functions of the schema: in one that is `security
    // definer` nobody can go back to the login role. Nothing of it is left.
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
