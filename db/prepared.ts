/**
 * Statements that are run again and again are prepared by name: Postgres parses and analyses them once a connection,
 * and plans each run for its own values (`plan_cache_mode = force_custom_plan`, set for each session): a plan for any
 * values reads whole tables where a filter might be for anything. A statement without parameters is planned once. That
 * is why sizes of pages are written in the text: of a page of 20, planning was a third of the work.
 */

import { LRUCache } from 'lru-cache';
import pg from 'pg';

export type Repeated = { readonly text: string; readonly values: readonly unknown[] };

// Each takes Postgres some 100 KB. A connection that serves many workspaces has a few statements of each.
const MAX_STATEMENTS = 500;
// Of one workspace, so that odd statements of one don't take the room of all others.
const MAX_STATEMENTS_OF_SCHEMA = 100;

// A statement that Postgres knows no longer, or by types that are gone: feature_not_supported ("cached plan must not
// change result type"), internal_error ("cache lookup failed"), undefined_object, invalid_sql_statement_name.
export const FORGOTTEN: ReadonlySet<string> = new Set(['0A000', 'XX000', '42704', '26000']);

/** A text that a connection was asked for; it is known to Postgres once it has a name and has succeeded. */
type Statement = { name: string | undefined; isPrepared: boolean };

type Statements = LRUCache<string, Statement>;
type Known = { readonly schemas: LRUCache<string, Statements>; statements: number; made: number };

const known = new WeakMap<pg.Client, Known>();

/**
 * Texts that were asked for before, on any connection and of any schema: the next one to be asked for such a text has it
 * prepared at once. What is asked for once alone is not.
 */
const asked = new LRUCache<string, true>({ max: MAX_STATEMENTS });

/**
 * @param schema whose statement it is: of two workspaces the same text has other types
 * @param rowMode `array` for rows that are lists of texts
 */
export async function repeated(
  raw: pg.Client,
  schema: string,
  { text, values }: Repeated,
  rowMode?: 'array',
): Promise<pg.QueryResult> {
  const connection = knownOf(raw);
  const statements = statementsOf(raw, connection, schema);
  let statement = statements.get(text);
  const run = (name?: string): Promise<pg.QueryResult> =>
    raw.query({ text, values, ...(rowMode && { rowMode }), ...(name && { name }) } as pg.QueryConfig);
  if (!statement) {
    statement = { name: undefined, isPrepared: false };
    statements.set(text, statement);
    connection.statements++;
    if (connection.statements > MAX_STATEMENTS) connection.schemas.pop();
    const isKnown = asked.has(text);
    asked.set(text, true);
    if (!isKnown) return run();
  }
  statement.name ??= `answer_${++connection.made}`;
  try {
    const result = await run(statement.name);
    statement.isPrepared = true;
    return result;
  } catch (error) {
    const isForgotten = error instanceof pg.DatabaseError && FORGOTTEN.has(error.code ?? '');
    // Where the first run failed, nobody knows whether Postgres has it: the next one has another name.
    if (isForgotten || !statement.isPrepared) Object.assign(statement, { name: undefined, isPrepared: false });
    // In a transaction that failed nothing can be run again.
    if (!isForgotten || raw.getTransactionStatus() !== 'I') throw error;
    return run();
  }
}

/**
 * Of a connection on which all statements were deallocated. Names go on where they were: `pg` has each for one text.
 */
export function forgetPrepared(raw: pg.Client): void {
  const connection = known.get(raw);
  if (connection) known.set(raw, { ...fresh(), made: connection.made });
}

function knownOf(raw: pg.Client): Known {
  let connection = known.get(raw);
  if (!connection) {
    connection = fresh();
    known.set(raw, connection);
  }
  return connection;
}

function fresh(): Known {
  return {
    schemas: new LRUCache<string, Statements>({
      max: MAX_STATEMENTS,
      dispose: (statements) => statements.clear(),
    }),
    statements: 0,
    made: 0,
  };
}

function statementsOf(raw: pg.Client, connection: Known, schema: string): Statements {
  let statements = connection.schemas.get(schema);
  if (!statements) {
    statements = new LRUCache<string, Statement>({
      max: MAX_STATEMENTS_OF_SCHEMA,
      dispose(statement) {
        connection.statements--;
        deallocate(raw, statement);
      },
    });
    connection.schemas.set(schema, statements);
  }
  return statements;
}

/** Only of what is surely there: a statement that fails would end the transaction that it comes in between. */
function deallocate(raw: pg.Client, { name, isPrepared }: Statement): void {
  if (isPrepared) raw.query(`deallocate ${name}`).catch(() => undefined);
}
