/**
 * What changes of the model leave to be done beside the traffic of big tables: jobs, each in a row of
 * `plinth.model_jobs`.
 *
 * A job is *waiting* until its turn comes; *running* while a connection of its own holds its advisory lock, so that a
 * worker that dies lets go of it; then *done*, or *failed* for a reason that trying again won't change. What fails is
 * taken back out of the model, for a model says what there is. Each step looks first at what an earlier attempt left.
 *
 * In a workspace they are done one after the other, for an index that is being made keeps its table from whatever else
 * is to be done there. One that finds another at work goes, and takes no worker's place meanwhile; whoever is done
 * calls for the next.
 */

import pg from 'pg';
import type { Database } from '../../db/pool.ts';
import { compiled, ident, literal, type SQL, sql } from '../../db/sql.ts';
import { asOwner, type OwnerSession } from '../catalog/as-owner.ts';
import { guardLoginRole } from '../catalog/seals.ts';
import { type Later, type Work, workOf } from '../ddl/later.ts';
import { shapeOf } from '../ddl/shape.ts';
import type { Model } from '../model/model.ts';
import { upperFirst } from '../model/names.ts';
import { readModel } from '../store/model.ts';
import { objectionOf } from '../store/objections.ts';
import { planOptions } from '../store/plan-options.ts';
import { briefLocks } from '../store/run.ts';
import { changeModel } from './apply.ts';

export type ModelJob = {
  readonly id: string;
  readonly kind: Later['kind'];
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly attempts: number;
  readonly error: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

// Rows filled at a time: some 20 ms, in which others may wait for one of them.
const FILL_ROWS = 1_000;

// How often a statement that needs a table for itself is tried before the whole job is tried again later.
const LOCK_ATTEMPTS = 50;

/** The jobs of a workspace, the newest first. Contract: none, this is ours. */
export async function modelJobs(database: Database, workspaceId: string): Promise<ModelJob[]> {
  const rows = await database.asOwner((client) =>
    client.rows<Omit<ModelJob, 'createdAt' | 'updatedAt'> & { createdAt: Date; updatedAt: Date }>(sql`
      select id, kind, name, state, attempts, error, created_at as "createdAt", updated_at as "updatedAt"
      from plinth.model_jobs
      where workspace_id = ${sql.value(workspaceId)}
      order by created_at desc, id
      limit 1000`),
  );
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }));
}

type Row = {
  workspaceId: string;
  schema: string;
  kind: Later['kind'];
  tableKey: string;
  key: string;
  name: string;
  attempts: number;
};

/**
 * Does a job, unless somebody else is at it or it is done.
 * @throws what a later attempt may do without: a busy table, a lost connection
 */
export async function runModelJob(database: Database, jobId: string, aborted: AbortSignal): Promise<void> {
  const { connection, close } = opened(database, aborted);
  const rows = async <Row extends object>(fragment: SQL) => (await connection.query<Row>(compiled(fragment))).rows;
  let turnOf: string | undefined;
  try {
    await connection.connect();
    // The turn first: it must not hold the lock of a job that it doesn't do, for that says that somebody does.
    const [turn] = await rows<{ workspaceId: string; isOurs: boolean }>(sql`
      select workspace_id as "workspaceId",
        pg_try_advisory_lock(hashtextextended('jobs of ' || workspace_id, 0)) as "isOurs"
      from plinth.model_jobs
      where id = ${sql.value(jobId)} and state in ('waiting', 'running')`);
    if (!turn?.isOurs) return;
    turnOf = turn.workspaceId;
    const [lock] = await rows<{ isOurs: boolean }>(
      sql`select pg_try_advisory_lock(hashtextextended(${sql.value(jobId)}, 0)) as "isOurs"`,
    );
    if (!lock?.isOurs) return;
    const [job] = await rows<Row>(sql`
      update plinth.model_jobs as job
      set state = 'running', attempts = attempts + 1, updated_at = now()
      from plinth.workspaces as workspace
      where job.id = ${sql.value(jobId)} and job.state in ('waiting', 'running') and workspace.id = job.workspace_id
      returning job.workspace_id as "workspaceId", workspace.schema_name as schema, job.kind,
      job.table_key as "tableKey", job.key,
        job.name, job.attempts`);
    if (!job) return;
    const end = (state: ModelJob['state'], error: string | null) =>
      rows(sql`
      update plinth.model_jobs
      set state = ${sql.value(state)}, error = ${sql.value(error)}, updated_at = now()
      where id = ${sql.value(jobId)}`);
    try {
      const work = workOf(await shapeNow(database, job.workspaceId), job);
      if (work) {
        await guardLoginRole(database, job.schema);
        await doWork(await tablesOf(database, connection, { schema: job.schema, aborted }), work);
      }
      await end('done', null);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      const objection = objectionOf(code, job.kind); // it will be the same the next time
      if (objection === null) {
        // Where the connection is lost this fails too; that nobody holds the lock says the same.
        await end('waiting', 'It was interrupted, and will be tried again').catch(() => undefined);
        throw error;
      }
      if (job.kind !== 'validate') await takeBack(database, job);
      await end('failed', upperFirst(objection));
    }
  } finally {
    await close();
    if (turnOf !== undefined) await callNext(database, turnOf);
  }
}

/** A connection that a signal cuts off. */
function opened(database: Database, aborted: AbortSignal) {
  const connection = new pg.Client({ connectionString: database.url, application_name: 'plinth job' });
  connection.on('error', () => undefined); // its statements say so
  const cut = () => connection.connection.stream.destroy();
  aborted.addEventListener('abort', cut);
  return {
    connection,
    async close() {
      aborted.removeEventListener('abort', cut);
      await connection.end().catch(() => undefined); // gone already
    },
  };
}

/**
 * Whose turn is it in a workspace now? The one that has waited longest; one that failed comes again in its own time.
 */
async function callNext(database: Database, workspaceId: string): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`
      with next as (
        select id
        from plinth.model_jobs
        where workspace_id = ${sql.value(workspaceId)} and state = 'waiting' and attempts = 0
        order by created_at, id
        limit 1
      )
      select ${ADD_JOB} from next`),
  );
}

// In place of the first time that it was given, where that is still to come.
const ADD_JOB = sql`graphile_worker.add_job('model_job', json_build_object('id', id), job_key => 'model_job ' || id)`;

async function shapeNow(database: Database, workspaceId: string) {
  return database.asOwner(async (client) => {
    const { model } = await readModel(client, workspaceId);
    return shapeOf(model, await planOptions(client));
  });
}

/** How a job reaches the tables of a workspace. */
type Tables = {
  /** Looks into the catalog. */
  readonly connection: pg.Client;
  readonly schema: string;
  /** Makes or drops an index beside the traffic. PostgreSQL evaluates what is in it as the owner of the table. */
  index(statement: string): Promise<void>;
  /** Runs `use` as the owner of the tables, in a transaction of its own. */
  change<T>(use: (tables: OwnerSession) => Promise<T>, isBrief?: boolean): Promise<T>;
};

async function tablesOf(
  database: Database,
  connection: pg.Client,
  { schema, aborted }: { readonly schema: string; readonly aborted: AbortSignal },
): Promise<Tables> {
  const [workspace] = await database.asOwner((client) =>
    client.rows<{ ownerRole: string | null }>(
      sql`select owner_role as "ownerRole" from plinth.workspaces where schema_name = ${sql.value(schema)}`,
    ),
  );
  const ownerRole = workspace?.ownerRole ?? null;
  return {
    connection,
    schema,
    async index(statement) {
      await connection.query(`set search_path to ${ident(schema)}, pg_temp`);
      try {
        await connection.query(statement);
      } finally {
        await connection.query('set search_path to pg_catalog, pg_temp');
      }
    },
    async change(use, isBrief = false) {
      if (ownerRole === null) return inTransaction(connection, { schema, ownerRole, isBrief }, use);
      // What runs as the owner of the tables may leave something in its session.
      const { connection: own, close } = opened(database, aborted);
      try {
        await own.connect();
        return await inTransaction(own, { schema, ownerRole, isBrief }, use);
      } finally {
        await close();
      }
    },
  };
}

async function inTransaction<T>(
  connection: pg.Client,
  { schema, ownerRole, isBrief }: { schema: string; ownerRole: string | null; isBrief: boolean },
  use: (tables: OwnerSession) => Promise<T>,
): Promise<T> {
  await connection.query('begin');
  try {
    if (isBrief) await connection.query(compiled(briefLocks(true)));
    await connection.query(`set local search_path to ${ident(schema)}, pg_temp`);
    const result = await use(asOwner({ raw: connection, closeAfterUse: () => undefined }, ownerRole));
    await connection.query('commit');
    return result;
  } catch (error) {
    await connection.query('rollback').catch(() => undefined); // it is gone, and the transaction with it
    throw error;
  }
}

async function doWork(tables: Tables, work: Work): Promise<void> {
  if (work.fill !== null) await fill(tables, work, work.fill);
  if (work.kind !== 'make') {
    for (const statement of work.statements) await patiently(tables, statement);
    return;
  }
  const [create, ...rest] = work.statements as [string, ...string[]];
  if (!(await hasIndex(tables, work.name))) {
    try {
      await tables.index(create);
    } catch (error) {
      await tables.index(`drop index concurrently if exists ${ident(work.name)}`);
      throw error;
    }
  }
  for (const statement of rest) {
    if (!(await hasConstraint(tables, work.name))) await patiently(tables, statement);
  }
}

/** Is it there, whole? What an attempt left that was cut off is dropped. */
async function hasIndex({ connection, schema, index }: Tables, name: string): Promise<boolean> {
  const { rows } = await connection.query<{ isWhole: boolean }>(
    compiled(sql`
      select indisvalid as "isWhole" from pg_catalog.pg_index where indexrelid = ${oidIn(schema, name)}`),
  );
  if (rows[0] && !rows[0].isWhole) await index(`drop index concurrently ${ident(name)}`);
  return rows[0]?.isWhole ?? false;
}

async function hasConstraint({ connection, schema }: Tables, name: string): Promise<boolean> {
  const { rows } = await connection.query(
    compiled(sql`
      select from pg_catalog.pg_constraint where conindid = ${oidIn(schema, name)} and contype = 'u'`),
  );
  return rows.length > 0;
}

function oidIn(schema: string, name: string): SQL {
  return sql`to_regclass(${sql.value(`${ident(schema)}.${ident(name)}`)})`;
}

/** Needs the table for itself for a moment: others never wait for it longer than it waits for them. */
async function patiently({ connection, change }: Tables, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await change((tables) => tables.run(statement), true);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03' || attempt === LOCK_ATTEMPTS) throw error;
      await connection.query(compiled(sql`select pg_sleep(0.1 + random() / 5)`));
    }
  }
}

/** Rows without a value get it, in the order of their keys, so that no row is read twice. */
async function fill({ change }: Tables, { table, name }: Work, value: string): Promise<void> {
  const [from, column] = [ident(table), ident(name)];
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const next = await change(async (tables) => {
      const [batch] = await tables.rows<{ id: string }>(
        `
          select batch.id::text
          from (select id from ${from} where id > $1::text::uuid order by id limit ${FILL_ROWS}) as batch
          order by batch.id desc
          limit 1`,
        [last],
      );
      const until = batch?.id;
      if (until === undefined) return null;
      const rows = `id > ${literal(last)}::uuid and id <= ${literal(until)}::uuid`;
      await tables.run(`update ${from} set ${column} = ${value} where ${rows} and ${column} is null`);
      return until;
    });
    if (next === null) return;
    last = next;
  }
}

/** The model says no longer what its records don't allow. */
async function takeBack(database: Database, { workspaceId, schema, kind, key }: Row): Promise<void> {
  const [id] = key.split(' ');
  const eased = kind === 'make' ? { isUnique: false } : { isNullable: true };
  await changeModel(database, { workspaceId, schema }, (model: Model) => ({
    ...model,
    objects: model.objects.map((object) => ({
      ...object,
      fields: object.fields.map((field) => (field.id === id ? { ...field, ...eased } : field)),
      indexes: object.indexes.filter((index) => index.id !== id),
    })),
  }));
}

/**
 * Gives to the workers again what nobody is at: its worker died, before it had begun or after. graphile-worker itself
 * would wait four hours for it. A job that is only waiting for its turn is given again too; one that failed waits a
 * minute longer after each attempt, an hour at the most.
 */
export async function reviveModelJobs(database: Database): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`
      with idle as (
        select id, state, attempts, updated_at, pg_try_advisory_xact_lock(hashtextextended(id::text, 0)) as is_idle
        from plinth.model_jobs
        where state in ('waiting', 'running')
      )
      select ${ADD_JOB}
      from idle
      where is_idle and (state = 'running' or updated_at <= now() - least(attempts, 60) * interval '1 minute')`),
  );
}
