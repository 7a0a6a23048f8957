/** The one writer of models: metadata rows and DDL in one transaction, both or neither. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { idents, sql } from '../../db/sql.ts';
import { type Actor, type Notice, recordAudit } from '../access/audit.ts';
import { asOwner } from '../catalog/as-owner.ts';
import { holdTables, leaveSchema } from '../catalog/held.ts';
import { guardLoginRole } from '../catalog/seals.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import { compare } from '../ddl/compare.ts';
import type { PlanOptions } from '../ddl/later.ts';
import { planChange, type Shapes, shapesOf } from '../ddl/plan.ts';
import type { Statement } from '../ddl/statement.ts';
import { refuse } from '../errors.ts';
import { differenceOf } from '../model/difference.ts';
import type { Model } from '../model/model.ts';
import { grantStatements } from '../roles/grants.ts';
import { guardStatements } from '../roles/guards.ts';
import { refreshPolicySnapshots, renameInRowRules } from '../roles/policies.ts';
import { dependantsOf, isDependedUpon } from '../store/dependants.ts';
import { type Facts, lockFacts, lockWorkspace } from '../store/facts.ts';
import type { Where } from '../store/handmade.ts';
import { modelDifference, type StoredModel, writeModel } from '../store/model.ts';
import { readOperations } from '../store/operations.ts';
import type { StoredRole } from '../store/roles.ts';
import {
  changeModelTables,
  DEPENDED_UPON,
  enterSchema,
  type Place,
  patiently,
  runInSchema,
  unfit,
} from '../store/run.ts';
import { triggerStatements } from './listeners.ts';
import { countLosses, type Reader, readableLosses } from './losses.ts';

export type Changed = {
  readonly before: Model;
  readonly after: StoredModel;
  /** False where neither the model nor a table differs: then nothing was written, and nobody is told. */
  readonly isChanged: boolean;
};

export type ChangeOptions = {
  /**
   * May records and values be lost? Who asks for a deletion by name has said so; who describes a whole model may not
   * know.
   */
  readonly mayLoseData?: boolean;
  /** For the audit log: who asks, and what for. */
  readonly by?: Actor & { readonly role?: string | undefined };
  readonly action?: string;
};

/**
 * Changes a workspace's model. Changes of one workspace come one after the other, each on what the last one left.
 * @param change pure; what it throws refuses the change
 * @throws PlinthError MODEL_BUSY, MODEL_DRIFT, METADATA_VALIDATION_FAILED (records that don't fit),
 *   DATA_LOSS_NOT_ALLOWED, and what `change` throws
 */
export async function changeModel(
  database: Database,
  where: Where,
  change: (model: Model) => Model,
  options: ChangeOptions = {},
): Promise<Changed> {
  return changeTables(database, where, options, async (_client, { stored, planOptions }) =>
    decisionFor(stored.model, change(stored.model), planOptions),
  );
}

/** The statements are those that change tables; what follows from them is reckoned from the shapes. */
export type Decision = {
  readonly after: Model;
  readonly shapes: Shapes;
  readonly statements: readonly Statement[];
  /**
   * Shall what guards records be as roles say, too, whatever a hand did to it? Else what changes by the change follows
   * it.
   */
  readonly isRestored?: boolean;
  /** Roles whose permissions the decision has rewritten. */
  readonly roles?: readonly StoredRole[];
};

export function decisionFor(before: Model, after: Model, options: PlanOptions): Decision {
  const shapes = shapesOf(before, after, options);
  return { after, shapes, statements: planChange(shapes, options) };
}

/**
 * All that a change takes, to be shown or to be run: its own statements, then triggers for who listens, then what roles
 * are granted.
 */
export async function wholePlan(client: Client, facts: Facts, decision: Decision): Promise<Statement[]> {
  return [...decision.statements, ...(await dependentStatements(client, facts, decision))];
}

/**
 * What isn't the owner's of the tables to do: it concerns tables made by hand, and roles. Nothing of it evaluates an
 * expression.
 */
async function dependentStatements(
  client: Client,
  read: Facts,
  { after, shapes, isRestored = false, roles = read.roles }: Decision,
): Promise<Statement[]> {
  const facts = { ...read, roles };
  const changing = { before: facts.stored.model, after, shapes };
  const coming = { after, change: compare(shapes.before, shapes.after) };
  return [
    ...(await triggerStatements(client, facts, facts.operations, coming)),
    ...(await grantStatements(client, facts, changing, isRestored)),
    ...(isRestored ? await guardStatements(client, facts, changing) : []),
  ];
}

type Decide = (client: Client, facts: Facts) => Promise<Decision>;

/** The same with statements that lead to a model from tables as they are, rather than from the model before. */
export async function changeTables(
  database: Database,
  where: Where,
  options: ChangeOptions,
  decide: Decide,
): Promise<Changed> {
  await guardLoginRole(database, where.schema);
  return patiently(() => changeOnce(database, where.workspaceId, options, decide));
}

/**
 * Changes who listens to records, and the triggers with it: both, or neither.
 * @param write in the transaction of the change
 * @throws PlinthError MODEL_BUSY, and what `write` throws
 */
export async function changeListeners<T>(
  database: Database,
  workspaceId: string,
  write: (client: Client) => Promise<T>,
): Promise<T> {
  return patiently(() =>
    database.transaction(async (client) => {
      const { schema } = await lockWorkspace(client, workspaceId);
      const written = await write(client);
      const operations = await readOperations(client, workspaceId);
      await runInSchema(client, schema, await triggerStatements(client, { workspaceId, schema }, operations));
      return written;
    }),
  );
}

async function changeOnce(
  database: Database,
  workspaceId: string,
  { mayLoseData = true, by, action = 'model.changed' }: ChangeOptions,
  decide: Decide,
): Promise<Changed> {
  let going: { readonly schema: string; readonly shapes: Shapes } | undefined;
  const changed = database.transaction(async (client) => {
    const facts = await lockFacts(client, workspaceId);
    const { schema, stored } = facts;
    const decision = await decide(client, facts);
    const { after, shapes, isRestored = false } = decision;
    going = { schema, shapes };
    const following = await dependentStatements(client, facts, decision);
    const statements = [...decision.statements, ...following];
    const difference = modelDifference(stored.model, after);
    if (!difference && statements.length === 0)
      return { before: stored.model, after: stored, isChanged: false, written: null };
    if (decision.statements.length > 0) await holdModel(client, schema, shapes);
    if (!mayLoseData) await refuseLosses(client, { ...facts, role: by?.role }, statements);
    const written = difference && (await writeModel(client, workspaceId, { before: stored, after, difference }));
    await renameInRowRules(client, facts, after);
    await changeModelTables(client, facts, decision.statements);
    await runInSchema(client, schema, following);
    await refreshPolicySnapshots(client, facts, after, isRestored);
    await leaveToJobs(client, workspaceId, statements);
    const notice = { channel: MODEL_CHANNEL, payload: schema };
    await recordChange(client, workspaceId, { by, action, before: stored.model, after, statements, notice });
    return { before: stored.model, after: written ?? stored, isChanged: true, written };
  });
  const { written, ...answer } = await changed.catch(async (error: unknown) => {
    if (!going || !isDependedUpon(error)) throw error;
    const { schema, shapes } = going;
    const said = await database.asOwner((client) => dependantsOf(client, { workspaceId, schema }, shapes));
    throw unfit(said === null ? DEPENDED_UPON : `${said}. Take that away first`, error);
  });
  written?.remember();
  return answer;
}

// An audit entry is read by people: of a whole model that is applied, the first hundreds say what it was.
const MOST_RECORDED = 200;

type Done = Pick<ChangeOptions, 'by'> & {
  readonly action: string;
  readonly before: Model;
  readonly after: Model;
  readonly statements: readonly Statement[];
  readonly notice: Notice;
};

/** Records what was changed of the model, and why each statement was run; servers hear of it. */
async function recordChange(client: Client, workspaceId: string, done: Done): Promise<void> {
  const { by, action, before, after, statements, notice } = done;
  const changes = differenceOf(before, after);
  await recordAudit(client, by ?? { workspaceId, isSystem: true }, {
    action,
    subject: { type: 'model', id: null, name: null },
    detail: {
      changes: changes.slice(0, MOST_RECORDED),
      plan: statements.slice(0, MOST_RECORDED).map(({ why }) => why),
      ...(changes.length > MOST_RECORDED && { changesInAll: changes.length }),
      ...(statements.length > MOST_RECORDED && { statementsInAll: statements.length }),
    },
    notices: [notice],
  });
}

/**
 * Counts what would be lost, with writers kept out until the transaction ends: what is counted as none stays none. What
 * may not be counted for whoever asks is taken to be lost, as in a plan: else a change that goes through would tell
 * that there was none.
 */
async function refuseLosses(client: Client, reader: Reader & Place, statements: readonly Statement[]): Promise<void> {
  const losses = statements.flatMap((statement) => statement.losses);
  if (losses.length === 0) return;
  const isRead = await readableLosses(client, reader, losses);
  await enterSchema(client, reader.schema);
  const tables = [...new Set(losses.map(({ table }) => table))];
  await client.run(`lock table ${idents(tables)} in share mode`);
  const counts = await countLosses(asOwner(client, reader.ownerRole), losses, isRead);
  await leaveSchema(client);
  const lost = losses.flatMap(({ what, table, column }, i) =>
    counts[i] === 0 ? [] : [{ what, table, column, count: counts[i] ?? null }],
  );
  if (lost.length === 0) return;
  const said = lost.map(({ what, count }) => (count === null ? what : `${count} ${what}`)).join(', ');
  throw refuse('DATA_LOSS_NOT_ALLOWED', {
    message: `This would destroy data, and was not allowed to: ${said}. Nothing was changed`,
    extensions: { losses: lost },
  });
}

/** What a change alters is Plinth's, also where somebody else owns the schema. Restoring makes what is missing. */
async function holdModel(client: Client, schema: string, { before }: Shapes): Promise<void> {
  await holdTables(client, schema, [...before.tables.map(({ name }) => name), 'plinth_outbox'], { mayBeMissing: true });
}

/** Puts down what a plan leaves to jobs, in the transaction of the change; workers hear of it when that commits. */
async function leaveToJobs(client: Client, workspaceId: string, statements: readonly Statement[]): Promise<void> {
  const left = statements.flatMap(({ later }) => later ?? []);
  if (left.length === 0) return;
  await client.rows(sql`
    with left_over as (
      select *
      from jsonb_to_recordset(${sql.value(JSON.stringify(left))}::jsonb) as (kind text, "tableKey" text, key text,
        name text)
    ), made as (
      insert into plinth.model_jobs (workspace_id, kind, table_key, key, name)
      select ${sql.value(workspaceId)}::uuid, kind, "tableKey", key, name from left_over
      on conflict (workspace_id, kind, key) where state in ('waiting', 'running') do nothing
      returning id
    )
    select graphile_worker.add_job('model_job', json_build_object('id', id), job_key => 'model_job ' || id)
    from made`);
}
