/** Workspaces: each a schema, a Postgres role, a model and a first key. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import { createKey } from '../access/keys.ts';
import { addMember, type OwnWorkspace } from '../access/members.ts';
import type { Origin } from '../access/principal.ts';
import { createFirstRoles } from '../access/roles.ts';
import type { Person } from '../access/sessions.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { createRole } from '../catalog/new-role.ts';
import { OURS } from '../catalog/ours.ts';
import { dropOwner } from '../catalog/table-owner.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import { plan } from '../ddl/plan.ts';
import { withoutEvents } from '../ddl/triggers.ts';
import { refuse } from '../errors.ts';
import { checkLength, MAX_DISPLAY_NAME_CHARACTERS } from '../limits/limits.ts';
import { documentOf, readDocument } from '../model/document/document.ts';
import { modelOf } from '../model/document/from-document.ts';
import type { Model } from '../model/model.ts';
import { labelOf } from '../model/names.ts';
import { emptyModel, standardModel } from '../model/standard/standard.ts';
import { dropRoles } from '../roles/postgres-roles.ts';
import type { Settings } from '../settings.ts';
import { modelDifference, writeModel } from '../store/model.ts';
import { planOptions } from '../store/plan-options.ts';
import { readRoles } from '../store/roles.ts';
import { runInNewSchema } from '../store/run.ts';

export const WORKSPACE_NAME = /^[a-z][a-z0-9_]{0,39}$/;

export type NewWorkspace = {
  readonly id: string;
  readonly name: string;
  readonly schema: string;
  readonly apiKey: string;
};
export type WorkspaceRow = {
  readonly id: string;
  readonly name: string;
  readonly schema: string;
  readonly objects: number;
  readonly createdAt: Date;
};

/**
 * Makes a workspace in one transaction, with a key that may do everything.
 * @param empty without the standard objects: members only, for records are made by somebody
 * @param document of a model that it begins with instead
 * @throws PlinthError INVALID_WORKSPACE_NAME, WORKSPACE_ALREADY_EXISTS, METADATA_VALIDATION_FAILED
 */
export async function createWorkspace(
  database: Database,
  { name, empty = false, document }: { name: string; empty?: boolean; document?: unknown },
): Promise<NewWorkspace> {
  const model = document !== undefined ? templateModel(document) : empty ? emptyModel() : standardModel();
  return database.transaction(async (client) => {
    const { id, schema } = await makeWorkspace(client, { name, model });
    const { token } = await createKey(client, id, 'Default');
    await recordWorkspace(client, 'created', { id, name });
    return { id, name, schema, apiKey: token };
  });
}

/**
 * The same by a person, who is its Admin, and makes keys as they are needed.
 * @throws PlinthError INVALID_WORKSPACE_NAME, WORKSPACE_ALREADY_EXISTS, BAD_REQUEST
 */
export async function createOwnWorkspace(
  database: Database,
  { name, displayName, person, from }: { name: string; displayName?: string | null; person: Person; from?: Origin },
): Promise<OwnWorkspace> {
  if (displayName != null && !displayName.trim()) throw refuse('BAD_REQUEST', 'displayName should not be empty');
  checkLength('displayName', displayName, MAX_DISPLAY_NAME_CHARACTERS);
  const shown = displayName?.trim() ?? labelOf(name);
  return database.transaction(async (client) => {
    const { id, admin } = await makeWorkspace(client, { name, displayName: shown, model: standardModel() });
    const memberId = await addMember(client, { workspaceId: id, roleId: admin, person });
    const member = { id: memberId, userId: person.id, name: person.name };
    const actor = { workspaceId: id, member, ...(from && { from }) };
    await recordAudit(client, actor, { action: 'workspace.created', subject: { type: 'workspace', id, name } });
    return { id, name, displayName: shown, role: { id: admin, label: 'Admin' }, memberId };
  });
}

/** @throws PlinthError PERMISSION_DENIED where the setting WORKSPACE_CREATION says that it isn't for them */
export async function refuseCreating(
  database: Database,
  may: Settings['mayCreateWorkspace'],
  userId: string,
): Promise<void> {
  if (may === 'everyone') return;
  const [owner] = await database.asOwner((client) =>
    client.rows(sql`select from plinth.instance where owner_id = ${sql.value(userId)}`),
  );
  if (may === 'nobody' || !owner)
    throw refuse('PERMISSION_DENIED', 'You are not allowed to create workspaces (WORKSPACE_CREATION)');
}

const NO_OBJECTS: Model = { objects: [] };

type Making = { readonly name: string; readonly displayName?: string; readonly model: Model };

/** Without a key and a member. @throws PlinthError INVALID_WORKSPACE_NAME, WORKSPACE_ALREADY_EXISTS */
export async function makeWorkspace(
  client: Client,
  { name, displayName = labelOf(name), model }: Making,
): Promise<{ readonly id: string; readonly schema: string; readonly admin: string }> {
  if (!WORKSPACE_NAME.test(name)) throw refuse('INVALID_WORKSPACE_NAME');
  const schema = `ws_${name}`;
  const role = await createRole(client, schema);
  const [workspace] = await client.rows<{ id: string }>(sql`
    insert into plinth.workspaces (name, display_name, schema_name, role_name)
    values (${sql.value(name)}, ${sql.value(displayName)}, ${sql.value(schema)}, ${sql.value(role)})
    on conflict do nothing
    returning id`);
  if (!workspace || (await exists(client, schema)))
    throw refuse('WORKSPACE_ALREADY_EXISTS', `A workspace or schema named "${name}" already exists`);
  // Default privileges: whatever the owner makes in this schema later, by plan or by hand, the role may use.
  await client.run(`
    create schema ${ident(schema)};
    grant usage on schema ${ident(schema)} to ${ident(role)};
    alter default privileges in schema ${ident(schema)} grant select, insert, update, delete
    on tables to ${ident(role)};
    alter default privileges in schema ${ident(schema)} grant usage on sequences to ${ident(role)}`);
  const before = { model: NO_OBJECTS, times: new Map() };
  const difference = modelDifference(before.model, model);
  if (difference) await writeModel(client, workspace.id, { before, after: model, difference });
  const { admin } = await createFirstRoles(client, workspace.id);
  await runInNewSchema(client, schema, plan(NO_OBJECTS, model, await planOptions(client)));
  return { id: workspace.id, schema, admin };
}

/** What a template says; members are in every model, for records are made by somebody. */
function templateModel(document: unknown): Model {
  const wanted = readDocument(document);
  const { objects: members } = documentOf(emptyModel());
  const missing = members.filter(({ name }) => !wanted.objects.some((object) => object.name === name));
  return modelOf({ ...wanted, objects: [...wanted.objects, ...missing] }, { objects: [] });
}

async function exists(client: Client, schema: string): Promise<boolean> {
  return (await client.rows(sql`select from pg_catalog.pg_namespace where nspname = ${sql.value(schema)}`)).length > 0;
}

/**
 * Deletes a workspace with all its records, for good; of an adopted one, the schema stays.
 * @throws PlinthError WORKSPACE_NOT_FOUND
 */
export async function deleteWorkspace(database: Database, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deleteOnce(database, name);
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

// Whoever still uses the workspace locks its tables in another order. Postgres then ends one of both, and nothing was
// deleted.
const DEADLOCK = '40P01';
const MAX_ATTEMPTS = 5;

async function deleteOnce(database: Database, name: string): Promise<void> {
  await database.transaction(async (client) => {
    const [known] = await client.rows<{ id: string; schema: string }>(
      sql`select id, schema_name as schema from plinth.workspaces where name = ${sql.value(name)} for update`,
    );
    if (known) await dropRoles(client, await readRoles(client, known.id));
    type Deleted = { id: string; schema: string; role: string; ownerRole: string | null; isAdopted: boolean };
    const [workspace] = await client.rows<Deleted>(sql`
      delete from plinth.workspaces where name = ${sql.value(name)}
      returning id, schema_name as schema, role_name as role, owner_role as "ownerRole", is_adopted as "isAdopted"`);
    if (!workspace) throw refuse('WORKSPACE_NOT_FOUND', `There is no workspace named "${name}"`);
    if (workspace.isAdopted)
      await client.run(
        `set local search_path to ${ident(workspace.schema)}, pg_temp; ${withoutEvents()};
        set local search_path to pg_catalog, pg_temp`,
      );
    else await client.run(`drop schema ${ident(workspace.schema)} cascade`);
    await client.run(`
      drop owned by ${ident(workspace.role)};
      drop role ${ident(workspace.role)}`);
    if (workspace.ownerRole !== null) await client.run(dropOwner(workspace.ownerRole));
    await recordWorkspace(client, 'deleted', { id: workspace.id, name });
    await tellAccessChanged(client, workspace.id);
    await client.rows(sql`select pg_notify(${sql.value(MODEL_CHANNEL)}, ${sql.value(workspace.schema)})`);
  });
}

/** For the audit log: whole workspaces come and go at the command line. */
export async function recordWorkspace(
  client: Client,
  verb: 'created' | 'adopted' | 'deleted',
  workspace: { readonly id: string; readonly name: string },
): Promise<void> {
  const subject = { type: 'workspace', ...workspace };
  await recordAudit(client, { workspaceId: workspace.id }, { action: `workspace.${verb}`, subject });
}

export async function listWorkspaces(database: Database): Promise<WorkspaceRow[]> {
  return database.asOwner((client) =>
    client.rows<WorkspaceRow>(sql`
      with tables as ( -- those that can be an object each: what was adopted has no others
        select relnamespace, count(*)::int as count
        from pg_catalog.pg_class as class
        where relkind in ('r', 'p') and not relispartition and not ${OURS}
          and exists (select from pg_catalog.pg_index where indrelid = class.oid and indisprimary)
        group by relnamespace
      )
      select w.id, w.name, w.schema_name as schema, coalesce(tables.count, 0) as objects, w.created_at as "createdAt"
      from plinth.workspaces as w
      left join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
      left join tables on tables.relnamespace = n.oid
      order by w.name`),
  );
}

/** @throws PlinthError WORKSPACE_NOT_FOUND */
export async function workspaceNamed(client: Client, name: string): Promise<{ workspaceId: string; schema: string }> {
  const [row] = await client.rows<{ workspaceId: string; schema: string }>(
    sql`select id as "workspaceId", schema_name as schema from plinth.workspaces where name = ${sql.value(name)}`,
  );
  if (!row) throw refuse('WORKSPACE_NOT_FOUND', `There is no workspace named "${name}"`);
  return row;
}
