/** The one writer of models: metadata rows and DDL in one transaction, both or neither. */

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Client, Database } from '../../db/pool.ts';
import { idents, type SQL, sql } from '../../db/sql.ts';
import { type Actor, recordAudit } from '../access/audit.ts';
import { holdTables, leaveSchema } from '../catalog/held.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import { compare } from '../ddl/compare.ts';
import type { PlanOptions } from '../ddl/later.ts';
import { planChange, type Shapes, shapesOf } from '../ddl/plan.ts';
import type { Statement } from '../ddl/statement.ts';
import { refuse } from '../errors.ts';
import { differenceOf } from '../model/difference.ts';
import type { Model } from '../model/model.ts';
import { grantStatements, keepRules, renameInRules } from '../roles/postgres-roles.ts';
import { dependantsOf, isDependedUpon } from '../store/dependants.ts';
import { guardStatements } from '../roles/guards.ts';
import type { Where } from '../store/handmade.ts';
import { triggerStatements } from './listeners.ts';
import { countLosses, type Reader, readableLosses } from './losses.ts';
import { readModel, type StoredModel, writeModel } from '../store/model.ts';

// Whoever comes after a change that waits for a table waits behind it. So it waits a moment at a time, lets the others through,
// and gives up after some seconds with nothing changed.
const LOCK_TIMEOUT_MS = 200;
const PATIENCE_MS = 2_500;

// PostgreSQL's own vacuum lets go of a table for whoever has waited this long for it; that it is told so takes a right that those
// who rent a PostgreSQL may lack. Then it is a second, and the wait must be longer than that.
const VACUUM_TIMEOUT_MS = 100;
const DEFAULT_VACUUM_TIMEOUT_MS = 1_000;
const LOCK_PAUSE_MS = 100;

// What is smaller is read or written through in some 50 ms; jobs do it for what is larger. Pages of 8 KB are counted by vacuum,
// rows by the statistics that are there a second after a write. To ask for the size itself would be to wait for a busy table.
const BIG_TABLE_PAGES = 1_024;
const BIG_TABLE_ROWS = 10_000;

export type Changed = { readonly before: Model; readonly after: StoredModel };

export type ChangeOptions = {
  /** May records and values be lost? Who asks for a deletion by name has said so; who describes a whole model may not know. */
  readonly mayLoseData?: boolean;
  /** For the audit log: who asks, and what for. */
  readonly by?: Actor & { readonly role?: string | undefined };
  readonly action?: string;
};

/**
 * Changes a workspace's model. Changes of one workspace come one after the other, each on what the last one left.
 * @param change pure; what it throws refuses the change
 * @throws PlinthError MODEL_BUSY, MODEL_DRIFT, METADATA_VALIDATION_FAILED (records that don't fit), DATA_LOSS_NOT_ALLOWED,
 *   and what `change` throws
 */
export async function changeModel(
  database: Database,
  workspaceId: string,
  change: (model: Model) => Model,
  options: ChangeOptions = {},
): Promise<Changed> {
  return changeTables(database, workspaceId, options, async (client, before) =>
    decisionFor(before, change(before), await planOptionsOf(client, workspaceId)),
  );
}

/** The statements are those that change tables; what follows from them is reckoned from the shapes. */
export type Decision = {
  readonly after: Model;
  readonly shapes: Shapes;
  readonly statements: readonly Statement[];
  /** Shall what guards records be as roles say, too, whatever a hand did to it? Else what changes by the change follows it. */
  readonly isRestored?: boolean;
};

export function decisionFor(before: Model, after: Model, options: PlanOptions): Decision {
  const shapes = shapesOf(before, after, options);
  return { after, shapes, statements: planChange(shapes, options) };
}

/** All that a change takes, to be shown or to be run: its own statements, then triggers for who listens, then what roles are granted. */
export async function wholePlan(
  client: Client,
  where: Where,
  before: Model,
  { after, shapes, statements, isRestored = false }: Decision,
): Promise<Statement[]> {
  const changing = { before, after, shapes };
  return [
    ...statements,
    ...(await triggerStatements(client, where, { after, change: compare(shapes.before, shapes.after) })),
    ...(await grantStatements(client, where, changing, isRestored)),
    ...(isRestored ? await guardStatements(client, where, changing) : []),
  ];
}

type Decide = (client: Client, before: Model, schema: string) => Promise<Decision>;

/** The same with statements that lead to a model from tables as they are, rather than from the model before. */
export async function changeTables(
  database: Database,
  workspaceId: string,
  options: ChangeOptions,
  decide: Decide,
): Promise<Changed> {
  return patiently(() => changeOnce(database, workspaceId, options, decide));
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
      const schema = await lockedSchema(client, workspaceId);
      const written = await write(client);
      await runInSchema(client, schema, await triggerStatements(client, { workspaceId, schema }));
      return written;
    }),
  );
}

/** Tries a change again while others hold what it needs, for some seconds. */
export async function patiently<T>(change: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await change();
    } catch (error) {
      const isBusy = error instanceof pg.DatabaseError && error.code === '55P03';
      if (!isBusy || performance.now() > deadline) throw inOurWords(error);
      await wait(LOCK_PAUSE_MS * (1 + Math.random()));
    }
  }
}

/** Changes of one workspace come one after the other. @throws PlinthError WORKSPACE_NOT_FOUND */
async function lockedSchema(client: Client, workspaceId: string): Promise<string> {
  const [workspace] = await client.rows<{ schema: string }>(sql`
    select schema_name as schema from plinth.workspaces where id = ${sql.value(workspaceId)} for update`);
  if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
  return workspace.schema;
}

async function changeOnce(
  database: Database,
  workspaceId: string,
  { mayLoseData = true, by, action = 'model.changed' }: ChangeOptions,
  decide: Decide,
): Promise<Changed> {
  let going: { readonly schema: string; readonly shapes: Shapes } | undefined;
  const changed = database.transaction(async (client) => {
    const schema = await lockedSchema(client, workspaceId);
    const stored = await readModel(client, workspaceId);
    const decision = await decide(client, stored.model, schema);
    const { after, shapes } = decision;
    going = { schema, shapes };
    const statements = await wholePlan(client, { workspaceId, schema }, stored.model, decision);
    await holdModel(client, schema, decision.shapes);
    if (!mayLoseData) await refuseLosses(client, { schema, role: by?.role }, statements);
    const written = await writeModel(client, workspaceId, stored, after);
    await renameInRules(client, workspaceId, stored.model, after);
    await runInSchema(client, schema, statements);
    await keepRules(client, { workspaceId, schema }, after, decision.isRestored ?? false);
    await leaveToJobs(client, workspaceId, statements);
    await recordChange(client, workspaceId, { by, action, before: stored.model, after, statements });
    await client.rows(sql`select pg_notify(${sql.value(MODEL_CHANNEL)}, ${sql.value(schema)})`);
    return { before: stored.model, after: written };
  });
  const { before, after } = await changed.catch(async (error: unknown) => {
    if (!going || !isDependedUpon(error)) throw error;
    const { schema, shapes } = going;
    const said = await database.asOwner((client) => dependantsOf(client, { workspaceId, schema }, shapes));
    throw unfit(said === null ? DEPENDED_UPON : `${said}. Take that away first`, error);
  });
  after.remember();
  return { before, after };
}

// An audit entry is read by people: of a whole model that is applied, the first hundreds say what it was.
const MOST_RECORDED = 200;

type Done = Pick<ChangeOptions, 'by'> & {
  readonly action: string;
  readonly before: Model;
  readonly after: Model;
  readonly statements: readonly Statement[];
};

/** What was changed of the model, and why each statement was run. Where nothing was, nothing is recorded. */
async function recordChange(client: Client, workspaceId: string, done: Done): Promise<void> {
  const { by, action, before, after, statements } = done;
  const changes = differenceOf(before, after);
  if (changes.length === 0 && statements.length === 0) return;
  await recordAudit(client, by ?? { workspaceId, isSystem: true }, {
    action,
    subject: { type: 'model', id: null, name: null },
    detail: {
      changes: changes.slice(0, MOST_RECORDED),
      plan: statements.slice(0, MOST_RECORDED).map(({ why }) => why),
      ...(changes.length > MOST_RECORDED && { changesInAll: changes.length }),
      ...(statements.length > MOST_RECORDED && { statementsInAll: statements.length }),
    },
  });
}

/**
 * Counts what would be lost, with writers kept out until the transaction ends: what is counted as none stays none. What may not be
 * counted for whoever asks is taken to be lost, as in a plan: else a change that goes through would tell that there was none.
 */
async function refuseLosses(client: Client, reader: Reader, statements: readonly Statement[]): Promise<void> {
  const losses = statements.flatMap((statement) => statement.losses);
  if (losses.length === 0) return;
  const isRead = await readableLosses(client, reader, losses);
  await enterSchema(client, reader.schema);
  const tables = [...new Set(losses.map(({ table }) => table))];
  await client.run(`lock table ${idents(tables)} in share mode`);
  const counts = await countLosses(client, losses, isRead);
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

/** Until the transaction ends, names are those of the schema, and locks are waited for a moment at a time. */
async function enterSchema(client: Client, schema: string): Promise<void> {
  await useNamesOf(client, schema);
  await client.rows(briefLocks(true));
}

async function useNamesOf(client: Client, schema: string): Promise<void> {
  await client.rows(sql`select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)`);
}

/** Runs a plan's statements in one round trip, with the schema in the search path until the transaction ends. */
export async function runInSchema(client: Client, schema: string, statements: readonly Statement[]): Promise<void> {
  await enterSchema(client, schema);
  await run(client, statements);
}

/** The same in a schema that this transaction made: nobody waits behind it, so it waits as long as the server lets it. */
export async function runInNewSchema(client: Client, schema: string, statements: readonly Statement[]): Promise<void> {
  await useNamesOf(client, schema);
  await run(client, statements);
}

async function run(client: Client, statements: readonly Statement[]): Promise<void> {
  for (const { later } of statements) {
    if (later?.objection && (await client.raw.query(later.objection)).rowCount) throw unfit(OBJECTIONS[later.kind]);
  }
  const now = statements.filter(({ later }) => !later).map((statement) => statement.sql);
  if (now.length > 0) await client.run(now.join(';\n'));
  await leaveSchema(client);
}

/** Settings of a session or a transaction that waits for locks a moment at a time: others wait behind it. */
export function briefLocks(isLocal: boolean): SQL {
  const [local, brief] = [sql.value(isLocal), sql.value(String(LOCK_TIMEOUT_MS))];
  const long = sql.value(String(LOCK_TIMEOUT_MS + DEFAULT_VACUUM_TIMEOUT_MS));
  return sql`
    select
      set_config('lock_timeout', case when may_set then ${brief} else ${long} end, ${local}),
      case when may_set then set_config('deadlock_timeout', ${sql.value(String(VACUUM_TIMEOUT_MS))}, ${local}) end
    from (select has_parameter_privilege('deadlock_timeout', 'set') as may_set) as asked`;
}

/** What a plan must know of a workspace: its big tables, and what jobs have still to make of it. */
export async function planOptionsOf(client: Client, workspaceId: string): Promise<PlanOptions> {
  const [row] = await client.rows<{ big: string[]; unmade: string[] }>(sql`
    select
      array(
        select class.relname::text
        from plinth.workspaces as workspace
        join pg_catalog.pg_class as class on class.relnamespace = to_regnamespace(quote_ident(workspace.schema_name)) and class.relkind = 'r'
        where
          workspace.id = ${sql.value(workspaceId)}
          and not workspace.is_adopted -- jobs hold no tables, which the schema's owner could exchange meanwhile
          and (
            class.relpages > ${sql.value(BIG_TABLE_PAGES)}
            or pg_stat_get_live_tuples(class.oid) > ${sql.value(BIG_TABLE_ROWS)}
          )
      ) as big,
      array(
        select key
        from plinth.model_jobs
        where workspace_id = ${sql.value(workspaceId)} and kind = 'make' and state in ('waiting', 'running')
      ) as unmade`);
  return { ...(await planOptions(client)), big: new Set(row?.big), unmade: new Set(row?.unmade) };
}

/** Puts down what a plan leaves to jobs, in the transaction of the change; workers hear of it when that commits. */
async function leaveToJobs(client: Client, workspaceId: string, statements: readonly Statement[]): Promise<void> {
  const left = statements.flatMap(({ later }) => later ?? []);
  if (left.length === 0) return;
  await client.rows(sql`
    with left_over as (
      select *
      from jsonb_to_recordset(${sql.value(JSON.stringify(left))}::jsonb) as (kind text, "tableKey" text, key text, name text)
    ), made as (
      insert into plinth.model_jobs (workspace_id, kind, table_key, key, name)
      select ${sql.value(workspaceId)}::uuid, kind, "tableKey", key, name from left_over
      on conflict (workspace_id, kind, key) where state in ('waiting', 'running') do nothing
      returning id
    )
    select graphile_worker.add_job('model_job', json_build_object('id', id), job_key => 'model_job ' || id)
    from made`);
}

/** What a plan must know of the server: ids in order of time where it makes them. */
export async function planOptions(client: Client): Promise<{ idDefault: string }> {
  const [row] = await client.rows<{ version: number }>(
    sql`select current_setting('server_version_num')::int as version`,
  );
  return { idDefault: row && row.version >= 180000 ? 'uuidv7()' : 'gen_random_uuid()' };
}

function inOurWords(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  switch (error.code) {
    case '55P03': // lock_not_available
    case '40P01': // deadlock_detected
      return refuse('MODEL_BUSY', { cause: error });
    case '23505': // unique_violation
      return unfit(OBJECTIONS.make, error);
    case '23502': // not_null_violation
      return unfit(OBJECTIONS.require, error);
    case '22P02':
    case '22003':
    case '22018':
    case '42846': // cannot_coerce
      return unfit('values of existing records cannot be turned into the new type', error);
    case '42P01': // undefined_table
    case '42703': // undefined_column
    case '42704': // undefined_object: a constraint, an index, a type
      return refuse('MODEL_DRIFT', { cause: error });
    case '2BP01': // dependent_objects_still_exist
    case '0A000': // feature_not_supported: the type of a column that a policy reads
      return unfit(DEPENDED_UPON, error);
    case '42P07': // duplicate_table
    case '42701': // duplicate_column
    case '42710': // duplicate_object
      return unfit('a table, column or type of this name was made by hand', error);
    default:
      return error;
  }
}

const OBJECTIONS = {
  make: 'records have the same value where each must have its own',
  require: 'records have no value where one is required',
  fill: 'records have no value where one is required',
  validate: 'records break a rule',
} as const;

const DEPENDED_UPON = 'something in it depends on what would go or change; take that away first';

function unfit(reason: string, cause?: pg.DatabaseError) {
  const message = `The change does not fit what is in the database: ${reason}${cause?.table ? ` (table ${cause.table})` : ''}. Nothing was changed`;
  return refuse('METADATA_VALIDATION_FAILED', { message, cause });
}

class Over<T> {
  readonly result: T;
  constructor(result: T) {
    this.result = result;
  }
}

/** What a transaction saw, of which nothing is left. */
export async function rolledBack<T>(database: Database, use: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(async (client) => {
      throw new Over(await use(client));
    });
  } catch (error) {
    if (error instanceof Over) return error.result;
    throw error;
  }
}
