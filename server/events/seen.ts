/**
 * What of changes a principal may see: by the schema that serves its role, and asked as its own Postgres role, rows and
 * all.
 */

import pg from 'pg';
import type { Database } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { identityOf, type Principal } from '../access/principal.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { tableNameOf } from '../catalog/table.ts';
import { fieldByName, formerFields, joinName } from '../model/model.ts';
import type { Execute } from '../records/execute.ts';
import { keyIn, keyList, selectedKey } from '../records/keys.ts';
import type { Served } from '../records/schema-cache.ts';
import { type RecordValue, recordOf, rowOf } from './record.ts';
import type { Change } from './streams.ts';

export type Viewer = { readonly served: Served; readonly principal: Principal };
export type Viewing = { readonly database: Database; readonly execute: Execute };

/** The object of a change, if the role may read it at all. */
export function objectNamed({ served }: Viewer, name: string): ServedObject | undefined {
  return [...served.byTable.values()].find(({ object }) => object.nameSingular === name);
}

/**
 * Of changes of one object: those of records that the role may read, with the fields that it may read. Where rules say
 * which records those are, Postgres is asked for them as they are now, and they are told so: what one was while a rule
 * kept it back, is kept back, and of one that is gone nothing is told.
 */
export async function seenBy(
  { database }: Pick<Viewing, 'database'>,
  viewer: Viewer,
  object: ServedObject,
  changes: readonly Change[],
): Promise<Change[]> {
  const now = (await hasRowRules(database, viewer, object))
    ? await readableRecords(database, viewer, object, [...new Set(changes.map(({ recordId }) => recordId))])
    : null;
  const told = now
    ? changes.flatMap((change) => {
        const record = now.get(change.recordId);
        return record ? { ...change, record, before: null } : [];
      })
    : changes;
  const names = new Set(namesOf(object));
  const only = (record: RecordValue) => Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  return told
    .map((change) => ({
      ...change,
      record: only(change.record),
      before: change.before && only(change.before),
      updatedFields: change.updatedFields?.filter((name) => names.has(name)) ?? null,
    }))
    .filter(({ updatedFields }) => updatedFields === null || updatedFields.length > 0);
}

/** A filter for records by their ids, soft-deleted ones too. */
export function byIds({ object, key }: ServedObject, ids: readonly string[]): object {
  const given = key.type === 'int' ? ids.map(Number) : ids;
  const ofAny = fieldByName(object, 'deletedAt') && [{ or: ['NULL', 'NOT_NULL'].map((is) => ({ deletedAt: { is } })) }];
  return { and: [{ id: { in: given } }, ...(ofAny || [])] };
}

/** insufficient_privilege, undefined_table, undefined_column */
const OTHERS = new Set(['42501', '42P01', '42703']);

async function readableRecords(
  database: Database,
  { principal }: Viewer,
  object: ServedObject,
  ids: readonly string[],
): Promise<Map<string, RecordValue>> {
  const { table } = object;
  const columns = Object.keys(table.codec.attributes).map((name) => sql`seen.${sql.identifier(name)}`);
  const asking = database.withConnection(identityOf(principal), (client) =>
    client.rows<{ id: string; row: string }>(sql`
      select ${selectedKey(object, sql`seen`)},
        (select row_to_json(shown) from (select ${sql.join(columns, ', ')}) as shown)::text as row
      from ${table.from as SQL} as seen
      where ${keyIn(object, sql`seen`)} = any (${keyList(object, ids)})`),
  );
  const rows = await asking.catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || !OTHERS.has(error.code ?? '')) throw error;
    return []; // what it may read is something else by now: not even ids
  });
  return new Map(rows.map(({ id, row }) => [id, recordOf(object, rowOf(row))]));
}

async function hasRowRules(database: Database, { principal }: Viewer, { table }: ServedObject): Promise<boolean> {
  const [row] = await database.withConnection(identityOf(principal), (client) =>
    client.rows<{ has: boolean }>(
      sql`select row_security_active(quote_ident(${sql.value(tableNameOf(table))})) as has`,
    ),
  );
  return row?.has ?? true;
}

function namesOf(served: ServedObject): string[] {
  return served.fields.flatMap((field) =>
    field.relation && columnsFor(served, field).length === 0
      ? []
      : [field, ...formerFields(served.object, field)].map(({ name }) => (field.relation ? joinName({ name }) : name)),
  );
}
