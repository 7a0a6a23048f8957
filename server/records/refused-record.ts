/**
 * Which record of a batch Postgres refused, and what stands in its way. Contract: core.md 2.25; decisions.md, all or
 * nothing.
 */

import pg from 'pg';
import type { PgClient } from 'postgraphile/@dataplan/pg';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { type PlinthError, refuse } from '../errors.ts';
import { joinName } from '../model/model.ts';
import type { Row } from './row.ts';
import { repeatedKey, rowsWithKeys } from './unique-keys.ts';

type Tried = {
  readonly served: ServedObject;
  /** As they went to Postgres, in the order of the input. */
  readonly rows: readonly Row[];
  /** Does the request have records to be told apart by number? */
  readonly isNumbered: boolean;
};

/**
 * Looks, when the transaction is over, for the row that broke a unique or a foreign key: Postgres names the constraint
 * alone.
 * @returns an error that names the record, or the one given where that cannot be known
 */
export async function refusedRecord(tried: Tried, error: unknown, client: PgClient): Promise<unknown> {
  if (!(error instanceof pg.DatabaseError) || tried.rows.length === 0) return error;
  if (error.code === '23505') return (await duplicate(tried, error, client)) ?? error;
  if (error.code === '23503') return (await dangling(tried, error, client)) ?? error;
  return error;
}

async function duplicate(
  { served, rows, isNumbered }: Tried,
  cause: pg.DatabaseError,
  client: PgClient,
): Promise<PlinthError | null> {
  const again = repeatedKey(served.table, rows);
  const existing = await rowsWithKeys(served, rows, client, { isLocked: false });
  const found = existing.flatMap(({ id, isDeleted, keys }) =>
    keys.flatMap(({ columns, places }) => places.map((place) => ({ id, isDeleted, columns, place }))),
  );
  const conflicts = [...found, ...(again ? [{ ...again, id: null, isDeleted: false }] : [])].sort(
    (a, b) => a.place - b.place,
  );
  const [first] = conflicts;
  if (!first) return null; // whoever had it has let it go meanwhile
  return refuse('DUPLICATE_ENTRY_DETECTED', {
    message: `A duplicate entry was detected${onField(served, first.columns)}${first.isDeleted ? OF_DELETED : ''}`,
    ...(isNumbered && { recordIndex: first.place }),
    ...(first.id !== null && {
      extensions: { conflictingRecordId: first.id, conflictingObjectNameSingular: served.object.nameSingular },
    }),
    cause,
  });
}

// It keeps its unique values, so that an upsert can revive it.
const OF_DELETED = ': a deleted record has this value; restore or destroy it';

async function dangling(
  { served, rows, isNumbered }: Tried,
  cause: pg.DatabaseError,
  client: PgClient,
): Promise<PlinthError | null> {
  const missing: { place: number; column: string }[] = [];
  for (const { localColumn: column, remoteColumn, targetTable } of served.relations.values()) {
    if (column === served.key.column) continue; // the many side
    const places = rows.flatMap((row, place) => (row.get(column) != null ? [place] : []));
    if (places.length === 0) continue;
    const values = sql.value(places.map((place) => rows[place]?.get(column)));
    const query = sql`
      select given.place
      from unnest(${values}::${served.table.codec.attributes[column].codec.sqlType as SQL}[],
        ${sql.value(places)}::int[]) as given (key, place)
      where not exists (select from ${targetTable.from as SQL} as target
        where target.${sql.identifier(remoteColumn)} = given.key)
      order by given.place
      limit 1`;
    const [first] = (await client.query<{ place: number }>(compiled(query))).rows;
    if (first) missing.push({ place: first.place, column });
  }
  const [first] = missing.sort((a, b) => a.place - b.place);
  if (!first) return null;
  return noSuchReference(served, [first.column], isNumbered ? first.place : undefined, cause);
}

/**
 * The same of a record that there isn't, and of one that the role doesn't see.
 * @param recordIndex undefined where there is but one
 */
export function noSuchReference(
  served: ServedObject,
  columns: readonly string[],
  recordIndex: number | undefined,
  cause?: unknown,
): PlinthError {
  return refuse('INVALID_ARGS_DATA', {
    message: `The record referred to${onField(served, columns)} does not exist`,
    ...(recordIndex !== undefined && { recordIndex }),
    cause,
  });
}

/** All fields of a key, in its order. */
function onField(served: ServedObject, columns: readonly string[]): string {
  const fields = columns.flatMap(
    (column) => served.fields.find((each) => columnsFor(served, each).some(({ name }) => name === column)) ?? [],
  );
  const names = new Set(fields.map((field) => (field.relation ? joinName(field) : field.name)));
  return names.size > 0 ? ` on ${[...names].join(' and ')}` : '';
}

/** Says of what a record is refused for which one it is. @param recordIndex undefined where there is but one */
export function named<T>(recordIndex: number | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw withIndex(recordIndex, error);
  }
}

/**
 * Makes something of each record of a request, one after the other.
 * @param isNumbered whether a refused one is named by its place
 */
export function namedEach<Record, T>(
  isNumbered: boolean,
  records: readonly Record[],
  make: (record: Record, index: number) => T,
): T[] {
  const made: T[] = [];
  try {
    for (const record of records) made.push(make(record, made.length));
  } catch (error) {
    throw withIndex(isNumbered ? made.length : undefined, error);
  }
  return made;
}

function withIndex(recordIndex: number | undefined, error: unknown): unknown {
  if (recordIndex === undefined || !(error instanceof Error && error.name === 'PlinthError')) return error;
  const { code, message } = error as PlinthError;
  return refuse(code, { message: `Record ${recordIndex}: ${message}`, recordIndex, cause: error });
}
