/**
 * Writes records: create, upsert, update, delete, destroy, restore. One statement a step, whatever the batch's size.
 *
 *   checked input → connected records → matched records (upsert) → one insert/update → ids in the order of the input
 *
 * Contract: core.md 2.17–2.23; decisions.md (60 records, all or nothing, order of the input).
 */

import pg from 'pg';
import type { PgClient } from 'postgraphile/@dataplan/pg';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import type { Author } from '../access/principal.ts';
import { columnsFor, type ServedObject, type ServedRelation } from '../catalog/to-model.ts';
import { type PlinthError, refuse } from '../errors.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { canonicalKey, type KeyType, keyMistake } from '../model/keys.ts';
import { type Column, type Field, fieldByName, joinName } from '../model/model.ts';
import { inCurrentNames } from './former-names.ts';
import { checkedKey, keyIn, keyList, keyValue, selectedKey } from './keys.ts';
import { newIds } from './new-ids.ts';
import { type FilterValue, filterCondition, recordCondition } from './plugins/filters.ts';
import { targetOf } from './plugins/orders.ts';
import { refusedRecord } from './refused-record.ts';
import { type Row, repeatedKey, rowsWithKeys } from './unique-keys.ts';
import { checkVersion, isVersioned, type Versioning, versionIn } from './version.ts';

export type Write = {
  readonly kind: 'create' | 'update' | 'delete' | 'destroy' | 'restore';
  readonly isMany: boolean;
  readonly id?: string;
  readonly data?: Input | readonly Input[];
  readonly filter?: FilterValue;
  readonly upsert?: boolean | null;
  readonly author: Author;
  readonly maxRecords: number;
  readonly versioning?: Versioning | undefined;
};

export type Input = Readonly<Record<string, any>>;
export type Written = {
  readonly ids: readonly string[];
  /** Records that no table has: a JSON list in Postgres' own text, in which no number loses a digit. */
  readonly rows: string;
  /** How many of the ids are new. */
  readonly created?: number;
};
type Build = GraphileBuild.Build;

// foreign_key_violation, and restrict_violation, which PostgreSQL 18 has made of some of them.
const STILL_REFERRED = ['23503', '23001'];

// What another transaction may have done in between: made the same key, or taken the rows in another order. Each attempt
// finds one more of the keys that others made meanwhile; ten were enough for 20 writers of the same 60.
const LOST_A_RACE = ['23505', '40P01', '40001'];
const MAX_ATTEMPTS = 10;

/** @throws PlinthError what is wrong, and with which record; Postgres errors as they are */
export function write(build: Build, served: ServedObject, request: Write, client: PgClient): Promise<Written> {
  const isUpsert = request.upsert === true;
  const isNumbered = request.kind === 'create' && request.isMany;
  return inTransaction(client, { served, isUpsert, isNumbered }, (inner, tried) =>
    writeOnce(build, served, request, tried, inner),
  );
}

type Attempt = {
  readonly served: ServedObject;
  /** Keys that others made meanwhile are looked up again, instead of being refused. */
  readonly isUpsert: boolean;
  /** Does the request have records to be told apart by number? */
  readonly isNumbered: boolean;
};

/** Runs a change in a transaction of its own; again, a bounded number of times, where another transaction came between. */
export async function inTransaction<T>(
  client: PgClient,
  { served, isUpsert, isNumbered }: Attempt,
  change: (inner: PgClient, tried: Row[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tried: Row[] = [];
    try {
      return await client.withTransaction((inner) => change(inner, tried));
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      const isRetried = LOST_A_RACE.includes(code) && (code !== '23505' || isUpsert);
      if (!isRetried || attempt === MAX_ATTEMPTS)
        throw await refusedRecord({ served, rows: tried, isNumbered }, error, client);
    }
  }
}

/** @param tried gets the rows as they go to Postgres, in the order of the input, for whoever must say which was refused */
function writeOnce(
  build: Build,
  served: ServedObject,
  request: Write,
  tried: Row[],
  client: PgClient,
): Promise<Written> {
  switch (request.kind) {
    case 'create':
      return create(build, served, request, tried, client);
    case 'update':
      return update(build, served, request, tried, client);
    default:
      return remove(build, served, request, client);
  }
}

// Create and upsert ----------------------------------------------------------------------------------------------------

async function create(
  build: Build,
  served: ServedObject,
  { data, upsert, isMany, author, maxRecords }: Write,
  tried: Row[],
  client: PgClient,
): Promise<Written> {
  const given = [data ?? []].flat() as Input[];
  if (given.length > maxRecords) throw tooMany(maxRecords, `${given.length} were sent`);
  const inputs = given.map((input, index) => named(isMany ? index : undefined, () => inCurrentNames(served, input)));
  const rows = await rowsOf(build, served, inputs, isMany, client);
  tried.push(...rows);
  const matched = upsert ? await matchAll(served, rows, isMany, client) : rows.map(() => null);

  const fresh: Row[] = [];
  const changed: Row[] = [];
  const idOf = (row: Row) => row.get(served.key.column) as string | null | undefined;
  const freshIds = await newIds(
    served,
    rows.map((row, index) => (matched[index] ?? idOf(row)) != null),
    client,
  );
  const ids = rows.map((row, index) => {
    const id = matched[index] ?? idOf(row) ?? freshIds[index];
    if (id === undefined)
      throw named(isMany ? index : undefined, () => {
        throw refuse('INVALID_ARGS_DATA', 'Field "id" is required');
      });
    row.set(served.key.column, id);
    if (matched[index]) {
      touch(served, row, author);
      if (has(served, 'deletedAt')) row.set('deleted_at', null);
      for (const column of actorColumns(served, 'createdBy')) row.delete(column);
      changed.push(row);
    } else {
      sign(served, row, 'createdBy', author);
      sign(served, row, 'updatedBy', author);
      named(isMany ? index : undefined, () => checkRequired(served, row));
      fresh.push(row);
    }
    return id;
  });
  placeAll(
    served,
    changed.filter((row) => row.has('position')),
  );
  if (changed.length > 0) await run(client, updateRows(served, changed));
  placeAll(served, fresh);
  // Those who make the same keys at the same time make them in the same order, so that none waits for one that waits for it.
  if (fresh.length > 0) await run(client, insertRows(served, upsert ? byKey(served, fresh) : fresh));
  return { ids, rows: '[]', created: fresh.length };
}

function byKey({ table }: ServedObject, rows: readonly Row[]): Row[] {
  const columns = table.uniques.filter(({ isPrimary }) => !isPrimary).flatMap(({ attributes }) => [...attributes]);
  const keyed = rows.map((row) => ({ row, key: columns.map((column) => String(row.get(column) ?? '')).join('\n') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** What Postgres would refuse without saying which record it was. */
function checkRequired(served: ServedObject, row: Row): void {
  for (const field of served.fields) {
    const missing = columnsFor(served, field).some(({ name }) => {
      const { notNull, hasDefault } = served.table.codec.attributes[name];
      return notNull && !hasDefault && name !== 'position' && row.get(name) == null;
    });
    if (missing)
      throw refuse('INVALID_ARGS_DATA', `Field "${field.relation ? joinName(field) : field.name}" is required`);
  }
}

/**
 * One statement for all rows. Of a column with a default, rows that leave it out must get the default, and JSON would make
 * it null: rows that give other such columns than their neighbours are inserted beside them, in the same statement.
 */
function insertRows(served: ServedObject, rows: readonly Row[]): SQL {
  const { attributes } = served.table.codec;
  const byGiven = Map.groupBy(rows, (row) =>
    [...row.keys()]
      .filter((column) => attributes[column]?.hasDefault)
      .sort()
      .join(),
  );
  const inserts = [...byGiven.values()].map((alike) => insertAlike(served, alike));
  if (inserts.length === 1) return inserts[0] as SQL;
  return sql`with ${sql.join(
    inserts.map((insert, i) => sql`${sql.identifier(`group ${i}`)} as (${insert})`),
    ', ',
  )} select`;
}

function insertAlike(served: ServedObject, rows: readonly Row[]): SQL {
  const { table, key } = served;
  const { columns, expressionOf, from } = recordset(served, rows);
  // What is `generated always as identity` is generated by us, from its own sequence.
  const overriding = key.type === 'UUID' ? sql.blank : sql` overriding system value`;
  return sql`
    insert into ${table.from as SQL} (${names(columns)})${overriding}
    select ${sql.join(columns.map(expressionOf), ', ')}
    from ${from}`;
}

/** One update for all rows, each by its id; a row changes only the columns that it has, which a mark beside them tells. */
export function updateRows(served: ServedObject, rows: readonly Row[]): SQL {
  const { table } = served;
  const { columns, expressionOf, partial, from } = recordset(served, rows);
  const set = columns
    .filter((column) => column !== served.key.column)
    .map((column) => {
      const name = sql.identifier(column);
      const value = partial.has(column)
        ? sql`case when given.${sql.identifier(mark(column))} then ${expressionOf(column)} else old.${name} end`
        : expressionOf(column);
      return sql`${name} = ${value}`;
    });
  return sql`
    update ${table.from as SQL} as old
    set ${sql.join(set, ', ')}
    from ${from}
    where ${keyIn(served, sql`old`)} = ${keyIn(served, sql`given`)}`;
}

function mark(column: string): string {
  return `${column} given`;
}

/**
 * Rows as a `from` item named `given`, and how each column is read from it. What is the same in all rows (who wrote, when)
 * travels once. A *partial* column, which not every row has, has a boolean beside it that says which do.
 */
export function recordset({ table, key }: ServedObject, rows: readonly Row[]) {
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))].filter((column) => column !== END);
  const [head] = rows as [Row];
  const partial = new Set(columns.filter((column) => rows.some((row) => !row.has(column))));
  const isShared = (column: string) =>
    column !== key.column &&
    column !== 'position' &&
    !partial.has(column) &&
    isSimple(head.get(column)) &&
    rows.every((row) => row.get(column) === head.get(column));
  const shared = new Set(columns.filter(isShared));
  const own = columns.filter((column) => !shared.has(column));
  const isRelative = rows.some((row) => row.has(END));
  const json = rows.map((row) => {
    const values: Record<string, unknown> = {};
    for (const column of own) {
      if (!row.has(column)) continue;
      values[column] = row.get(column);
      if (partial.has(column)) values[mark(column)] = true;
    }
    if (isRelative) values[END] = row.get(END);
    return values;
  });
  const typeOf = (column: string): SQL => table.codec.attributes[column].codec.sqlType;
  const definitions = [
    ...own.map((column) => sql`${sql.identifier(column)} ${typeOf(column)}`),
    ...[...partial].map((column) => sql`${sql.identifier(mark(column))} boolean`),
    ...(isRelative ? [sql`${sql.identifier(END)} text`] : []),
  ];
  return {
    columns,
    partial,
    expressionOf(column: string): SQL {
      if (shared.has(column)) return sql`${sql.value(head.get(column) as string)}::${typeOf(column)}`;
      if (isRelative && column === 'position') return positionOf(table, sql`given`);
      return sql`given.${sql.identifier(column)}`;
    },
    from: sql`jsonb_to_recordset(${sql.value(JSON.stringify(json))}::jsonb) as given (${sql.join(definitions, ', ')})`,
  };
}

function isSimple(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function names(columns: readonly string[]): SQL {
  return sql.join(
    columns.map((column) => sql.identifier(column)),
    ', ',
  );
}

/** The id of the existing row that each input means, null for a new one. Contract: core.md 2.18 */
async function matchAll(
  served: ServedObject,
  rows: readonly Row[],
  isMany: boolean,
  client: PgClient,
): Promise<(string | null)[]> {
  const { table, object } = served;
  const refused = (index: number, message: string) =>
    refuse('UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT', { message, ...(isMany && { recordIndex: index }) });
  const again = repeatedKey(table, rows);
  if (again)
    throw refused(again.place, `Records ${again.earlier} and ${again.place} are the same record by a unique key`);
  const ids: (string | null)[] = rows.map(() => null);
  for (const { id, keys } of await rowsWithKeys(served, rows, client, { isLocked: true })) {
    const [place, other] = [...new Set(keys.flatMap(({ places }) => places))].sort((a, b) => a - b);
    if (place === undefined) continue; // another transaction took its key away while we waited
    if (other !== undefined) throw refused(other, `Records ${place} and ${other} both match the record ${id}`);
    if (ids[place] !== null) {
      const name = isMany ? `Record ${place}` : 'The record';
      throw refused(
        place,
        `${name} matches several of ${object.namePlural}: multiple records found by different unique keys`,
      );
    }
    ids[place] = id;
  }
  return ids;
}

// Update, delete, destroy, restore -------------------------------------------------------------------------------------

async function update(
  build: Build,
  served: ServedObject,
  request: Write,
  tried: Row[],
  client: PgClient,
): Promise<Written> {
  const input = inCurrentNames(served, request.data as Input);
  const [connected] = await connectAll(build, served, [input], false, client);
  const patch = rowOf(served, input, connected as Row);
  patch.delete(served.key.column);
  tried.push(patch);
  touch(served, patch, request.author);
  if (patch.has('position')) placeAll(served, [patch]);
  const ids = await idsOf(build, served, request, client);
  if (ids.length > 0 && patch.size > 0)
    await run(
      client,
      updateRows(
        served,
        ids.map((id) => new Map([[served.key.column, id], ...patch])),
      ),
    );
  return { ids, rows: '[]' };
}

async function remove(build: Build, served: ServedObject, request: Write, client: PgClient): Promise<Written> {
  const ids = await idsOf(build, served, request, client);
  if (request.kind === 'destroy') return { ids, rows: await destroyAll(served, ids, client) };
  if (!has(served, 'deletedAt'))
    throw refuse('BAD_REQUEST', `${served.object.namePlural} cannot be soft-deleted: the table has no deleted_at`);
  const row: Row = new Map([['deleted_at', request.kind === 'delete' ? new Date().toISOString() : null]]);
  touch(served, row, request.author);
  if (ids.length > 0)
    await run(
      client,
      updateRows(
        served,
        ids.map((id) => new Map([[served.key.column, id], ...row])),
      ),
    );
  return { ids, rows: '[]' };
}

/** @returns what the records were, in the order of the ids. @throws PlinthError where something refers to them that forbids it */
export async function destroyAll(served: ServedObject, ids: readonly string[], client: PgClient): Promise<string> {
  const { table, object } = served;
  const rows = await run<{ id: string; row: string }>(
    client,
    sql`
    delete from ${table.from as SQL} as gone
    where ${keyIn(served, sql`gone`)} = any (${keyList(served, ids)})
    returning ${selectedKey(served, sql`gone`)}, to_jsonb(gone)::text as row`,
  ).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError && STILL_REFERRED.includes(error.code ?? ''))) throw error;
    throw refuse('INVALID_QUERY_INPUT', {
      message: `Records of ${error.table} refer to ${object.namePlural} that would be gone, and forbid it by ${error.constraint}`,
      cause: error,
    });
  });
  const byId = new Map(rows.map(({ id, row }) => [id, row]));
  return `[${ids.flatMap((id) => byId.get(id) ?? []).join()}]`;
}

/** The records that a request is about, locked in the order of their ids. @throws RECORD_NOT_FOUND, TOO_MANY_RECORDS_TO_UPDATE */
async function idsOf(
  build: Build,
  served: ServedObject,
  { kind, id, filter, maxRecords, versioning }: Write,
  client: PgClient,
): Promise<string[]> {
  const target = sql.identifier(Symbol('target'));
  if (filter !== undefined && !saysSomething(filter))
    throw refuse('INVALID_QUERY_INPUT', 'A non-empty filter is required');
  const isHidden = kind === 'destroy' || kind === 'restore'; // these reach soft-deleted records too
  const byFilter = isHidden ? filterCondition : recordCondition;
  const condition =
    id !== undefined
      ? sql`${keyIn(served, target)} = ${keyValue(served, checkedKey(served, id))}${isHidden || !has(served, 'deletedAt') ? sql.blank : sql` and ${target}.deleted_at is null`}`
      : (byFilter(build, served, target, filter as FilterValue) ?? sql`true`);
  const isConditional = id !== undefined && versioning?.expected !== undefined;
  if (isConditional && !isVersioned(served))
    throw refuse('BAD_REQUEST', `${served.object.namePlural} have no versions`);
  const version = isConditional ? sql`, ${versionIn(target)} as version` : sql.blank;
  const rows = await run<{ id: string; version: string }>(
    client,
    sql`select ${selectedKey(served, target)}${version} from ${served.table.from as SQL} as ${target} where ${condition} order by ${keyIn(served, target)} limit ${sql.value(maxRecords + 1)}::int for update`,
  );
  if (id !== undefined && rows.length === 0) throw refuse('RECORD_NOT_FOUND');
  if (rows.length > maxRecords) throw tooMany(maxRecords, 'the filter matches more');
  if (isConditional) checkVersion(versioning, rows[0]?.version as string);
  return rows.map((row) => row.id);
}

function saysSomething(filter: unknown): boolean {
  if (filter === null || typeof filter !== 'object') return filter !== undefined && filter !== null;
  return Object.values(filter).some(saysSomething);
}

function tooMany(max: number, found: string): PlinthError {
  return refuse('TOO_MANY_RECORDS_TO_UPDATE', `Too many records: the maximum is ${max} a request, and ${found}`);
}

// From input to columns ------------------------------------------------------------------------------------------------

/** Checked records as columns, connected to those that they name. @param isMany whether a refused one is named by its place */
export async function rowsOf(
  build: Build,
  served: ServedObject,
  inputs: readonly Input[],
  isMany: boolean,
  client: PgClient,
): Promise<Row[]> {
  const connected = await connectAll(build, served, inputs, isMany, client);
  return inputs.map((input, index) =>
    named(isMany ? index : undefined, () => rowOf(served, input, connected[index] as Row)),
  );
}

/** Checks one record and gives it as columns. @throws PlinthError INVALID_ARGS_DATA, naming the field. Contract: core.md 2.22 */
function rowOf(served: ServedObject, input: Input, connected: Row): Row {
  const row: Row = new Map(connected);
  for (const field of served.fields) {
    if (field.relation) {
      if (field.relation.kind === 'ONE_TO_MANY') continue;
      setJoin(field, served.relations.get(field.name) as ServedRelation, input, row);
      continue;
    }
    const value = input[field.name];
    if (value === undefined) continue;
    for (const [column, each] of columnValues(field, columnsFor(served, field), value)) row.set(column, each);
  }
  const { column, type } = served.key;
  const id = row.get(column);
  if (type !== 'UUID' && id != null) {
    const mistake = keyMistake(type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(type, String(id), 'id', mistake));
    row.set(column, canonicalKey(type, String(id)));
  }
  return row;
}

function setJoin(field: Field, { localColumn, targetKey }: ServedRelation, input: Input, row: Row): void {
  const id = input[joinName(field)];
  const operation = input[field.name];
  if (id !== undefined && operation !== undefined) {
    throw refuse('INVALID_ARGS_DATA', `"${joinName(field)}" and "${field.name}" cannot both be provided`);
  }
  if (id !== undefined) {
    const mistake = id === null ? null : keyMistake(targetKey.type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(targetKey.type, id, joinName(field), mistake));
    row.set(localColumn, id);
  }
  if (operation === null || operation?.disconnect === true) row.set(localColumn, null);
}

function invalidKey(type: KeyType, id: string, name: string, mistake: string): string {
  return type === 'UUID'
    ? `Invalid UUID value '${id}' for field "${name}"`
    : `Invalid value for field "${name}": ${mistake}`;
}

function columnValues(field: Field, columns: readonly Column[], value: unknown): [string, unknown][] {
  const type = FIELD_TYPES[field.type];
  if (value === null) {
    if (!field.isNullable && type.composite === null)
      throw refuse('INVALID_ARGS_DATA', `Field "${field.name}" cannot be null`);
    return columns.filter(({ part }) => !part.isReadOnly).map(({ name }) => [name, null]);
  }
  const mistakes = type.check(value, field);
  if (mistakes.length > 0) throw refuse('INVALID_ARGS_DATA', invalid(field, value, mistakes));
  const written = type.write(value, field);
  return columns.flatMap((column): [string, unknown][] => {
    const each = written[column.part.name ?? 'value'];
    if (each === undefined) return [];
    // Two records without a domain don't collide: in a unique column an empty text is null.
    return [[column.name, each === '' && field.isUnique && column.part.isUniqueKey ? null : each]];
  });
}

function invalid(field: Field, value: unknown, mistakes: readonly string[]): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  if (field.type === 'UUID') return `Invalid UUID value '${shown.slice(0, 80)}' for field "${field.name}"`;
  return `Invalid value '${shown.slice(0, 80)}' for field "${field.name}": ${mistakes.join('; ')}`;
}

/** Names the refused record. */
function named<T>(recordIndex: number | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (recordIndex === undefined || !(error instanceof Error && error.name === 'PlinthError')) throw error;
    const { code, message } = error as PlinthError;
    throw refuse(code, { message: `Record ${recordIndex}: ${message}`, recordIndex, cause: error });
  }
}

function has({ object }: ServedObject, field: string): boolean {
  return fieldByName(object, field) !== undefined;
}

function actorColumns(served: ServedObject, name: string): string[] {
  const field = fieldByName(served.object, name);
  return field?.type === 'ACTOR' ? columnsFor(served, field).map((column) => column.name) : [];
}

/** Who made or changed the record; a source given by the client wins. Contract: core.md 2.23 */
function sign(served: ServedObject, row: Row, name: string, author: Author): void {
  const [source, member, actorName] = actorColumns(served, name);
  if (!source || !member || !actorName) return;
  if (row.get(source) == null) row.set(source, author.source);
  row.set(member, row.get(source) === author.source ? author.workspaceMemberId : null);
  row.set(actorName, author.name);
}

export function touch(served: ServedObject, row: Row, author: Author): void {
  if (has(served, 'updatedAt') && !row.has('updated_at')) row.set('updated_at', new Date().toISOString());
  sign(served, row, 'updatedBy', author);
}

/**
 * Where records without a position, or with `first` or `last`, go: a number relative to the ends, which Postgres adds.
 * Contract: core.md 2.18, 2.22
 */
function placeAll({ object }: ServedObject, rows: readonly Row[]): void {
  if (fieldByName(object, 'position')?.type !== 'POSITION') return;
  const before = rows.filter((row) => row.get('position') === 'first');
  const after = rows.filter((row) => !row.has('position') || row.get('position') === 'last');
  for (const [i, row] of before.entries()) row.set('position', i - before.length).set(END, 'first');
  for (const [i, row] of after.entries()) row.set('position', i + 1).set(END, 'last');
}

/** Beside a relative position: the end that it counts from. */
const END = 'position from';

function positionOf(table: ServedObject['table'], from: SQL): SQL {
  const given = sql`${from}.position`;
  const end = sql`${from}.${sql.identifier(END)}`;
  return sql`case ${end}
      when 'first' then ${given} + (select coalesce(min(position), 1) from ${table.from as SQL})
      when 'last' then ${given} + (select coalesce(max(position), 0) from ${table.from as SQL})
      else ${given}
    end`;
}

// Relations by unique key ----------------------------------------------------------------------------------------------

/** Join columns set by `connect`, one row per input. One look-up a relation. Contract: core.md 2.20 */
async function connectAll(
  build: Build,
  served: ServedObject,
  inputs: readonly Input[],
  isMany: boolean,
  client: PgClient,
): Promise<Row[]> {
  const at = (index: number) => (isMany ? { recordIndex: index } : {});
  const rows: Row[] = inputs.map(() => new Map());
  for (const field of served.fields) {
    if (field.relation?.kind !== 'MANY_TO_ONE') continue;
    const target = targetOf(build, served, field.name) as ServedObject;
    const wanted = inputs.flatMap((input, index) => {
      const path = named(isMany ? index : undefined, () => {
        const where = connectWhere(field, input);
        return where && keyPath(inCurrentNames(target, where));
      });
      return path ? [{ index, path }] : [];
    });
    if (wanted.length === 0) continue;
    const column = served.relations.get(field.name)?.localColumn as string;
    const [
      {
        path: { key },
      },
    ] = wanted as [(typeof wanted)[number]];
    const stray = wanted.find(({ path }) => path.key !== key);
    if (stray)
      throw refuse('CONNECT_UNIQUE_CONSTRAINT_ERROR', {
        message: `All records must connect "${field.name}" by the same unique field: ${key}, not ${stray.path.key}`,
        ...at(stray.index),
      });
    const ids = await lookUp(target, key, wanted, isMany, client);
    for (const [i, { index, path }] of wanted.entries()) {
      const id = ids[i];
      if (id === undefined) {
        throw refuse('CONNECT_RECORD_NOT_FOUND', {
          message: `Expected 1 record to connect to field "${field.name}", found 0 with ${key} = ${path.value}`,
          ...at(index),
        });
      }
      rows[index]?.set(column, id);
    }
  }
  return rows;
}

function connectWhere(field: Field, input: Input): Input | null {
  const operation = input[field.name];
  if (operation == null) return null;
  if (operation.connect != null && operation.disconnect === true) {
    throw refuse('CONNECT_NOT_ALLOWED', `"connect" and "disconnect" of "${field.name}" cannot both be given`);
  }
  if (operation.connect == null && operation.disconnect == null)
    throw refuse('CONNECT_NOT_ALLOWED', `"${field.name}" needs connect or disconnect`);
  if (operation.connect == null) return null;
  if (input[joinName(field)] !== undefined)
    throw refuse('INVALID_ARGS_DATA', `"${joinName(field)}" and "${field.name}" cannot both be provided`);
  if (!operation.connect.where) throw refuse('CONNECT_NOT_ALLOWED', `"connect" of "${field.name}" needs where`);
  return operation.connect.where;
}

/** `{ domainName: { primaryLinkUrl: 'acme.com' } }` → key `domainName.primaryLinkUrl`, value `acme.com`. */
function keyPath(where: Input): { key: string; value: string } {
  const entries = Object.entries(where).flatMap(([name, value]) =>
    value !== null && typeof value === 'object'
      ? Object.entries(value).map(([part, each]) => [`${name}.${part}`, each] as const)
      : [[name, value] as const],
  );
  const [entry] = entries;
  if (entries.length !== 1 || !entry || entry[1] == null)
    throw refuse('CONNECT_NOT_ALLOWED', 'connect needs exactly one unique field in where');
  return { key: entry[0], value: String(entry[1]) };
}

/** The ids of the wanted records in their order, undefined for one that there isn't. */
async function lookUp(
  target: ServedObject,
  key: string,
  wanted: readonly { readonly index: number; readonly path: { readonly value: string } }[],
  isMany: boolean,
  client: PgClient,
): Promise<(string | undefined)[]> {
  const [name, part] = key.split('.') as [string, string | undefined];
  const { table, object } = target;
  const field = fieldByName(object, name) as Field;
  const column = columnsFor(target, field).find((each) => (part ? each.part.name === part : true)) as Column;
  // The values are written as the field would write them, so that a client finds a record by what it sent to make it.
  const values = wanted.map(({ index, path: { value } }) =>
    named(isMany ? index : undefined, () => {
      const type = key === 'id' ? target.key.type : column.type === 'uuid' ? 'UUID' : 'TEXT';
      const mistake = keyMistake(type, value);
      if (type !== 'TEXT' && mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(type, value, key, mistake));
      return String(FIELD_TYPES[field.type].write(part ? { [part]: value } : value, field)[part ?? 'value'] ?? value);
    }),
  );
  const keyColumn = sql`old.${sql.identifier(column.name)}`;
  const rows = await run<{ id: string; place: number }>(
    client,
    sql`select ${selectedKey(target, sql`old`)}, given.place::int
        from unnest(${sql.value(values as any)}::${table.codec.attributes[column.name].codec.sqlType}[]) with ordinality as given (key, place)
        join ${table.from as SQL} as old on ${keyColumn} = given.key
        ${has(target, 'deletedAt') ? sql`where old.deleted_at is null` : sql.blank}`,
  );
  const ids: (string | undefined)[] = wanted.map(() => undefined);
  for (const { id, place } of rows) ids[place - 1] = id;
  return ids;
}

export async function run<Row>(client: PgClient, query: SQL): Promise<readonly Row[]> {
  return (await client.query<Row>(compiled(query))).rows;
}
