/**
 * Merges records into one of them, the record with priority. Whatever their number, five statements:
 *
 *   read and lock them → point at the one whatever points at the others → remove the others → update the one → read it
 *
 * A dry run reads them, and what would come of it. Contract: core.md 2.15.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PgClient, PgCodecRelation } from 'postgraphile/@dataplan/pg';
import { type SQL, sql } from '../../db/sql.ts';
import type { Author } from '../access/principal.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import type { Table } from '../catalog/table.ts';
import { refuse } from '../errors.ts';
import type { FieldType } from '../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { canonicalKey } from '../model/keys.ts';
import { BASE_FIELDS, type Field, fieldByName } from '../model/model.ts';
import { touch } from './authorship.ts';
import { run, updateRows } from './batch.ts';
import { checkedKey, keyIn, keyList, keyValue, selectedKey } from './keys.ts';
import type { Row } from './row.ts';
import { destroyAll, inTransaction, type Written } from './write.ts';

/** Contract: core.md 7 */
const MAX_MERGED = 9;

export type Merge = {
  readonly ids: readonly string[];
  readonly conflictPriorityIndex: number;
  readonly dryRun?: boolean | null;
  readonly author: Author;
};

/**
 * @returns the merged record; in a dry run with an id that no record has, and as deleted
 * @throws PlinthError INVALID_QUERY_INPUT, RECORD_NOT_FOUND (soft-deleted records are not found), and what stands in
 *   the way
 */
export async function merge(
  build: GraphileBuild.Build,
  served: ServedObject,
  { ids: given, conflictPriorityIndex, dryRun, author }: Merge,
  client: PgClient,
): Promise<Written> {
  const ids = given.map((id) => canonicalKey(served.key.type, checkedKey(served, id)));
  checkArguments(ids, conflictPriorityIndex);
  const kept = ids[conflictPriorityIndex] as string;
  const others = ids.filter((id) => id !== kept);
  const priority = [kept, ...others];
  return inTransaction(client, { served, isUpsert: false, isNumbered: false }, async (inner) => {
    const values = valuesOf(served);
    const records = await recordsOf(served, values, ids, { isLocked: !dryRun }, inner);
    const row = mergedRow(
      values,
      priority.map((id) => records.get(id) as Row),
      new Set(ids),
    );
    if (dryRun) {
      row.set(served.key.column, served.key.type === 'uuid' ? randomUUID() : kept);
      if (fieldByName(served.object, 'deletedAt')) row.set('deleted_at', new Date().toISOString());
      return { ids: [], rows: await recordWith(served, kept, row, inner) };
    }
    const repointing = repointed(build, served, others, kept, author);
    if (repointing) await run(inner, repointing).catch(refuseCollision);
    await destroyAll(served, others, inner); // what refers to them by more than their ids may forbid it
    touch(served, { rows: [row], shared: row }, author);
    const { texts, lists } = textsAndLists(row);
    if (row.size > 0) {
      const rows = [new Map([[served.key.column, kept], ...lists])];
      await inner.query(updateRows(served, { rows, shared: new Map(texts), end: null }));
    }
    return { ids: [kept], rows: await recordWith(served, kept, new Map([[served.key.column, kept]]), inner) };
  });
}

function checkArguments(ids: readonly string[], conflictPriorityIndex: number): void {
  if (ids.length < 2 || ids.length > MAX_MERGED)
    throw refuse('INVALID_QUERY_INPUT', `A merge takes 2 to ${MAX_MERGED} records; ${ids.length} were given`);
  const again = ids.find((id, place) => ids.indexOf(id) !== place);
  if (again !== undefined) throw refuse('INVALID_QUERY_INPUT', `The record ${again} is given twice`);
  if (conflictPriorityIndex < 0 || conflictPriorityIndex >= ids.length)
    throw refuse(
      'INVALID_QUERY_INPUT',
      `conflictPriorityIndex is the place of a record in ids, from 0 to ${ids.length - 1}, not ${conflictPriorityIndex}`,
    );
}

// What the records have ----------------------------------------------------------------------------------------------

/**
 * Columns that are taken from one record together (the parts of a name, the targets of a morph relation), or combined.
 */
type Value = {
  readonly columns: readonly ValueColumn[];
  readonly combine: { readonly with: NonNullable<FieldType['combine']>; readonly field: Field } | null;
  /** A relation to the same object: after the merge no record refers to itself. */
  readonly isOwnRelation: boolean;
};
type ValueColumn = {
  readonly name: string;
  readonly part: string;
  readonly isList: boolean;
  readonly empty: string | undefined;
};

/** All that a table keeps but the base fields; inactive fields too, and columns of types that we don't serve. */
function valuesOf(served: ServedObject): Value[] {
  const { object, relations, table } = served;
  const isOwn = ({ name, type, relation }: Field) =>
    !BASE_FIELDS.has(name) && !FIELD_TYPES[type].isGenerated && relation?.kind !== 'ONE_TO_MANY';
  const together = Map.groupBy(object.fields.filter(isOwn), ({ id, relation }) => relation?.morph ?? id);
  const fields = [...together.values()].map((group): Value => {
    const [field] = group as [Field];
    const { combine = null } = FIELD_TYPES[field.type] as FieldType;
    return {
      columns: group.flatMap((each) =>
        columnsFor(served, each).map(({ name, isArray, part }) => ({
          name,
          part: part.name ?? 'value',
          isList: combine !== null && (isArray || part.scalar === 'JSON'),
          empty: part.empty,
        })),
      ),
      combine: combine && { with: combine, field },
      isOwnRelation: group.some(({ name }) => relations.get(name)?.targetTable === table),
    };
  });
  const known = new Set([...served.columns.values()].flat().map(({ name }) => name));
  const unserved = Object.keys(table.codec.attributes).filter((name) => !known.has(name));
  return [
    ...fields,
    ...unserved.map((name): Value => {
      const column = { name, part: 'value', isList: false, empty: undefined };
      return { columns: [column], combine: null, isOwnRelation: false };
    }),
  ].filter(({ columns }) =>
    columns.every(({ name }) => table.codec.attributes[name].extensions?.isUpdatable !== false),
  );
}

/**
 * The records by id, each column as Postgres writes it, so that it goes back as it came; lists as JSON, read.
 * @throws PlinthError RECORD_NOT_FOUND
 */
async function recordsOf(
  served: ServedObject,
  values: readonly Value[],
  ids: readonly string[],
  { isLocked }: { readonly isLocked: boolean },
  client: PgClient,
): Promise<Map<string, Row>> {
  const { table, object } = served;
  const columns = values.flatMap((value) => value.columns);
  const record = sql.identifier('record');
  const texts = columns.map(({ name, isList }) => {
    const column = sql`${record}.${sql.identifier(name)}`;
    return isList ? sql`to_jsonb(${column})::text` : sql`${column}::text`;
  });
  const found = await run<{ id: string; texts: (string | null)[] }>(
    client,
    sql`
    select ${selectedKey(served, record)}, array[${sql.join(texts, ', ')}]::text[] as texts
    from ${table.from as SQL} as ${record}
    where ${keyIn(served, record)} = any (${keyList(served, ids)})${
      fieldByName(object, 'deletedAt')
        ? sql`
      and ${record}.deleted_at is null`
        : sql.blank
    }
    order by ${keyIn(served, record)}${isLocked ? sql` for update` : sql.blank}`,
  );
  const records = new Map<string, Row>(
    found.map(({ id, texts }) => [
      id,
      new Map(columns.map(({ name, isList }, i) => [name, isList ? JSON.parse(texts[i] ?? 'null') : texts[i]])),
    ]),
  );
  const missing = ids.findIndex((id) => !records.has(id));
  if (missing >= 0) throw refuse('RECORD_NOT_FOUND', { recordIndex: missing });
  return records;
}

/**
 * What the record with priority, the first, gets from the others.
 * @param merged ids, to none of which it may refer then
 */
function mergedRow(values: readonly Value[], records: readonly Row[], merged: ReadonlySet<string>): Row {
  const row: Row = new Map();
  for (const { columns, combine, isOwnRelation } of values) {
    const has = (record: Row) =>
      columns.some((column) => {
        const value = record.get(column.name);
        return !isEmpty(value, column) && !(isOwnRelation && merged.has(value as string));
      });
    const having = records.filter(has);
    const [first] = having;
    if (first === undefined || (first === records[0] && (having.length === 1 || !combine))) continue;
    const parts = combine?.with(
      having.map((record) => Object.fromEntries(columns.map(({ name, part }) => [part, record.get(name)]))),
      combine.field,
    );
    for (const { name, part } of columns) row.set(name, parts ? parts[part] : first.get(name));
  }
  return row;
}

function isEmpty(value: unknown, { empty }: ValueColumn): boolean {
  return value == null || value === empty || (Array.isArray(value) && value.length === 0);
}

// What refers to them ------------------------------------------------------------------------------------------------

/**
 * One update a table, whichever of its columns refer to the records, all in one statement; null where nothing can refer
 * to them. Relations are the catalog's: of inactive objects, and of tables that aren't served, too.
 */
function repointed(
  build: GraphileBuild.Build,
  merged: ServedObject,
  others: readonly string[],
  kept: string,
  author: Author,
): SQL | null {
  const { table } = merged;
  const relationsTo = Map.groupBy(
    Object.values<PgCodecRelation>(table.getRelations()).filter(
      ({ isReferencee, localAttributes, remoteAttributes }) =>
        isReferencee && remoteAttributes.length === 1 && localAttributes[0] === merged.key.column,
    ),
    ({ remoteResource }): Table => remoteResource,
  );
  const updates = [...relationsTo].map(([child, relations]) => {
    const columns = [...new Set(relations.map(({ remoteAttributes }) => remoteAttributes[0] as string))];
    const changed: Row = new Map();
    const served = build.servedByTable.get(child);
    if (served) touch(served, { rows: [changed], shared: changed }, author);
    const gone = keyList(merged, others);
    const one = keyValue(merged, kept);
    const set = [
      ...columns.map((name) => {
        const column = sql`old.${sql.identifier(name)}`;
        // The record that is kept, where it referred to one of the others, would refer to itself.
        const isOwn = child === table && !child.codec.attributes[name].notNull;
        const target = isOwn ? sql`case when ${keyIn(merged, sql`old`)} <> ${one} then ${one} end` : one;
        return sql`${sql.identifier(name)} = case when ${column} = any (${gone}) then ${target} else ${column} end`;
      }),
      ...[...changed].map(
        ([name, value]) =>
          sql`${sql.identifier(name)} = ${sql.value(value)}::${child.codec.attributes[name].codec.sqlType}`,
      ),
    ];
    const refers = columns.map((name) => sql`old.${sql.identifier(name)} = any (${gone})`);
    return sql`
      update ${child.from as SQL} as old
      set ${sql.join(set, ', ')}
      where ${sql.join(refers, ' or ')}`;
  });
  if (updates.length < 2) return updates[0] ?? null;
  return sql`with ${sql.join(
    updates.map((update, i) => sql`${sql.identifier(`table ${i}`)} as (${update})`),
    ', ',
  )} select`;
}

/** Two records may not refer to the same one, where both referred to records that become one. */
function refuseCollision(error: unknown): never {
  if (!(error instanceof pg.DatabaseError) || (error.code !== '23505' && error.code !== '23P01')) throw error;
  throw refuse('DUPLICATE_ENTRY_DETECTED', {
    message: `A duplicate entry was detected: records of ${error.table} that refer to the merged records would break ${error.constraint}. Remove or change one of them first`,
    cause: error,
  });
}

// What comes of it ---------------------------------------------------------------------------------------------------

/** A record with other values in some columns, as `Written` has rows. */
async function recordWith(served: ServedObject, id: string, row: Row, client: PgClient): Promise<string> {
  const { table } = served;
  const { texts, lists } = textsAndLists(row);
  const typeOf = (column: string) => table.codec.attributes[column].codec.sqlType as SQL;
  const values = [
    ...texts.map(([name, value]) => sql`${sql.value(value)}::${typeOf(name)} as ${sql.identifier(name)}`),
    ...lists.map(([name]) => sql`given.${sql.identifier(name)}`),
  ];
  const definitions = lists.map(([name]) => sql`${sql.identifier(name)} ${typeOf(name)}`);
  const json = sql.value(JSON.stringify([Object.fromEntries(lists)]));
  const from = sql`jsonb_to_recordset(${json}::jsonb) as given (${sql.join(definitions, ', ')})`;
  const [shown] = await run<{ rows: string }>(
    client,
    sql`
    select jsonb_build_array(to_jsonb(old) || to_jsonb(changed))::text as rows
    from ${table.from as SQL} as old, (select ${sql.join(values, ', ')}${
      lists.length > 0
        ? sql`
      from ${from}`
        : sql.blank
    }) as changed
    where ${keyIn(served, sql`old`)} = ${keyValue(served, id)}`,
  );
  return shown?.rows ?? '[]';
}

/** Values as texts of Postgres, and those that are JSON: `recordsOf`. */
function textsAndLists(row: Row) {
  const isList = ([, value]: [string, unknown]) => typeof value === 'object' && value !== null;
  return { texts: [...row].filter((each) => !isList(each)), lists: [...row].filter(isList) };
}
