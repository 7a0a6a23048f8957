/** All that a change of a model or of a role needs to know of its workspace, gathered at once. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import type { PlanOptions } from '../ddl/later.ts';
import { refuse } from '../errors.ts';
import { type HandmadeRow, handmadeOf, handmadeQuery, type Known } from './handmade.ts';
import { type ModelRow, modelQuery, type StoredModel } from './model.ts';
import { type Operation, operationsQuery } from './operations.ts';
import { type PlanRow, planOptionsOf, planOptionsQuery } from './plan-options.ts';
import { rolesQuery, type StoredRole } from './roles.ts';

export type WorkspaceRow = {
  readonly workspaceId: string;
  readonly schema: string;
  /** The role that owns its tables, where that isn't the login role. */
  readonly ownerRole: string | null;
  /** Its own Postgres role, which serves all roles without restrictions. */
  readonly roleName: string;
  readonly defaultRoleId: string | null;
};

export type Facts = WorkspaceRow & {
  readonly stored: StoredModel;
  readonly roles: readonly StoredRole[];
  /** Tables and columns made by hand that permissions name. */
  readonly handmade: readonly Known[];
  readonly operations: readonly Operation[];
  readonly planOptions: PlanOptions;
};

/**
 * Locks the workspace, so that its changes come one after the other. The facts are read by a second statement: one that
 * waits for the lock would read them as they were before.
 * @throws PlinthError WORKSPACE_NOT_FOUND
 */
export async function lockFacts(client: Client, workspaceId: string): Promise<Facts> {
  return factsOf(client, await lockWorkspace(client, workspaceId));
}

export async function lockWorkspace(client: Client, workspaceId: string): Promise<WorkspaceRow> {
  return workspaceRow(client, workspaceId, sql`for update`);
}

/** The same without a lock, for plans. */
export async function readFacts(client: Client, workspaceId: string): Promise<Facts> {
  return factsOf(client, await workspaceRow(client, workspaceId, sql.blank));
}

async function workspaceRow(client: Client, workspaceId: string, lock: SQL): Promise<WorkspaceRow> {
  const [workspace] = await client.rows<WorkspaceRow>(sql`
    select id as "workspaceId", schema_name as schema, owner_role as "ownerRole", role_name as "roleName",
      default_role_id as "defaultRoleId"
    from plinth.workspaces where id = ${sql.value(workspaceId)} ${lock}`);
  if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
  return workspace;
}

type Row = {
  readonly model: ModelRow | null;
  readonly roles: readonly StoredRole[];
  readonly handmade: readonly HandmadeRow[];
  readonly operations: readonly Operation[];
  readonly plan: PlanRow;
};

async function factsOf(client: Client, workspace: WorkspaceRow): Promise<Facts> {
  const { workspaceId } = workspace;
  const model = modelQuery(workspaceId);
  const list = (query: SQL) => sql`(select coalesce(json_agg(listed), '[]') from (${query}) as listed)`;
  const [row] = await client.rows<Row>(sql`
    select
      (select to_json(stored) from (${model.text}) as stored) as model,
      ${list(rolesQuery(workspaceId))} as roles,
      ${list(handmadeQuery(workspace))} as handmade,
      ${list(operationsQuery(workspaceId))} as operations,
      (select to_json(options) from (${planOptionsQuery(workspaceId)}) as options) as plan`);
  const { roles, handmade, operations, plan } = row as Row;
  return {
    ...workspace,
    stored: model.modelOf(row?.model),
    roles,
    handmade: handmadeOf(handmade),
    operations,
    planOptions: planOptionsOf(plan),
  };
}
