/**
 * The plan of a change, before it happens: its statements, what they would destroy, and what clients would see of it.
 */

import pg from 'pg';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import type { Builder } from '../access/request-context.ts';
import { asOwner } from '../catalog/as-owner.ts';
import { holdTables } from '../catalog/held.ts';
import { guardLoginRole } from '../catalog/seals.ts';
import { plan } from '../ddl/plan.ts';
import type { Lock, Loss, Statement } from '../ddl/statement.ts';
import type { SchemaDifference } from '../graphql/schema-difference.ts';
import type { Model } from '../model/model.ts';
import { readFacts } from '../store/facts.ts';
import { decisionFor, wholePlan } from './apply.ts';
import { countLosses, type Reader, readableLosses } from './losses.ts';
import { rehearse } from './rehearse.ts';

export type PlanView = {
  /** Would records or values be gone for good? Of what couldn't be counted, it is taken to be so. */
  readonly losesData: boolean;
  readonly statements: readonly StatementView[];
  /** Asked for separately, for it takes longer than all the rest. */
  readonly schema: () => Promise<SchemaDifference>;
};

export type StatementView = {
  readonly sql: string;
  readonly why: string;
  readonly locks: readonly Lock[];
  readonly rewrites: boolean;
  /** Done by a job once the change is there, for its table is big. */
  readonly isBackground: boolean;
  readonly losses: readonly LossView[];
};

type LossView = Pick<Loss, 'what' | 'table' | 'column'> & {
  /**
   * Records or values; null where the table is not there, is locked by others, takes too long to count, or isn't for
   * the asker to read.
   */
  readonly count: number | null;
};

// A plan is asked for and waited for, and may be asked of tables in use.
const COUNT_TIMEOUT_MS = 5_000;
const COUNT_LOCK_TIMEOUT_MS = 500;

export type Planning = {
  readonly database: Database;
  readonly models: Builder;
  readonly workspaceId: string;
} & Reader;

/**
 * What a change would do, with nothing changed, and nothing locked that others use.
 * @throws what the change itself is refused with, but for what only the records know
 */
export async function planChange(
  { database, models, workspaceId, schema, role }: Planning,
  change: (model: Model) => Model,
): Promise<PlanView> {
  const { before, statements, rehearsed } = await database.asOwner(async (client) => {
    const facts = await readFacts(client, workspaceId);
    const { model } = facts.stored;
    const after = change(model);
    const decision = decisionFor(model, after, facts.planOptions);
    return {
      before: model,
      statements: await wholePlan(client, facts, decision),
      rehearsed: plan(model, after, { idDefault: facts.planOptions.idDefault }), // on empty tables, where nothing is left to jobs
    };
  });
  return {
    ...(await viewOf(database, { schema, role }, statements)),
    schema: () => database.heavily(() => rehearse(database, models, before, rehearsed)),
  };
}

/** Statements with what they would destroy counted. */
export async function viewOf(
  database: Database,
  reader: Reader,
  statements: readonly Statement[],
): Promise<Omit<PlanView, 'schema'>> {
  const views = await withCounts(database, reader, statements);
  return {
    losesData: views.some(({ losses }) => losses.some(({ count }) => count !== 0)),
    statements: views,
  };
}

async function withCounts(
  database: Database,
  reader: Reader,
  statements: readonly Statement[],
): Promise<StatementView[]> {
  const losses = statements.flatMap((statement) => statement.losses);
  const counts = await countedLosses(database, reader, losses);
  const counted = new Map(losses.map((loss, i) => [loss, counts[i] ?? null]));
  return statements.map(({ later, ...statement }) => ({
    ...statement,
    isBackground: later !== undefined,
    losses: statement.losses.map((loss) => {
      const { what, table, column } = loss;
      return { what, table, column, count: counted.get(loss) ?? null };
    }),
  }));
}

const UNCOUNTABLE = new Set([
  '57014', // query_canceled: it took too long
  '55P03', // lock_not_available
  '42P01', // undefined_table: dropped by hand
  '42703', // undefined_column
]);

/** Without waiting for anybody for long. */
async function countedLosses(
  database: Database,
  reader: Reader,
  losses: readonly Loss[],
): Promise<readonly (number | null)[]> {
  if (losses.length === 0) return [];
  await guardLoginRole(database, reader.schema);
  try {
    return await database.transaction(async (client) => {
      const [workspace] = await client.rows<{ ownerRole: string | null }>(
        sql`select owner_role as "ownerRole" from plinth.workspaces where schema_name = ${sql.value(reader.schema)}`,
      );
      const isRead = await readableLosses(client, reader, losses);
      await holdTables(client, reader.schema, [...new Set(losses.map(({ table }) => table))]);
      await client.rows(sql`
        select set_config('search_path', quote_ident(${sql.value(reader.schema)}) || ', pg_temp', true),
          set_config('statement_timeout', ${sql.value(String(COUNT_TIMEOUT_MS))}, true),
          set_config('lock_timeout', ${sql.value(String(COUNT_LOCK_TIMEOUT_MS))}, true)`);
      return countLosses(asOwner(client, workspace?.ownerRole ?? null), losses, isRead);
    });
  } catch (error) {
    if (error instanceof pg.DatabaseError && UNCOUNTABLE.has(error.code ?? '')) return losses.map(() => null);
    throw error;
  }
}
