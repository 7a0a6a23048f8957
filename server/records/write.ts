/**
 * Writes records: create, upsert, update, delete, destroy, restore. One statement a step, whatever the batch's size.
 *
 *   checked input → connected records → matched records (upsert) → one insert/update → ids in the order of the input
 *
 * Contract: core.md 2.17–2.23; decisions.md (batch limit, all or nothing, order of results).
 */

import pg from 'pg';
import type { PgClient, PgClientQuery } from 'postgraphile/@dataplan/pg';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import type { Author } from '../access/principal.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { type Table, tableNameOf } from '../catalog/table.ts';
import { type PlinthError, refuse } from '../errors.ts';
import { fieldByName, joinName, may } from '../model/model.ts';
import { actorColumns, sign, touch } from './authorship.ts';
import { endsOf, insertRows, placeAll, placeGiven, run, updateRows } from './batch.ts';
import { emptyBranch } from './empty-branch.ts';
import { inCurrentNames } from './former-names.ts';
import { rowsOf } from './given-records.ts';
import { checkedKey, keyIn, keyList, keyValue, selectedKey } from './keys.ts';
import { newIds } from './new-ids.ts';
import { type FilterValue, filterCondition, recordCondition } from './plugins/filters.ts';
import { refuseUnseenReferences } from './references.ts';
import { namedEach, refusedRecord } from './refused-record.ts';
import type { Input, Row } from './row.ts';
import { repeatedKey, rowsWithKeys } from './unique-keys.ts';
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

// What another transaction may have done in between: made the same key, or taken the rows in another order. Each
// attempt finds one more of the keys that others made meanwhile; ten were enough for 20 writers of the same 60.
const LOST_A_RACE = ['23505', '40P01', '40001'];
const MAX_ATTEMPTS = 10;

/** What was written, once the statements that were sent have ended. */
type Sent = { readonly written: Written; readonly statements: readonly Promise<unknown>[] };

/**
 * Sends what comes after a write, before that has ended: one trip to Postgres is saved. What it gives counts if the
 * write succeeds.
 */
export type Follow = (written: Written) => Promise<unknown>;

/** @throws PlinthError what is wrong, and with which record; Postgres errors as they are */
export function write(
  build: Build,
  served: ServedObject,
  request: Write,
  client: PgClient,
  follow?: Follow,
): Promise<Written> {
  const isUpsert = request.upsert === true;
  const isNumbered = request.kind === 'create' && request.isMany;
  return inTransaction(client, { served, isUpsert, isNumbered }, async (inner, tried) => {
    // Where nothing else is in the transaction: a filter is planned for what it is for.
    if (follow && request.kind === 'create') send(inner, PLANNED_ONCE);
    const { written, statements } = await writeOnce(build, served, request, tried, inner);
    const followed = follow?.(written);
    followed?.catch(() => undefined); // where the write fails, that is the error to tell
    await Promise.all(statements);
    await followed;
    return written;
  });
}

// Records that are given are the same to the planner, whatever is in them: it need not plan each request anew.
const PLANNED_ONCE = compiled(sql`
  select set_config('plan_cache_mode', 'force_generic_plan', true)`) as PgClientQuery;

/** Several are sent together; the first that fails says why, also for those behind it. */
function send(client: PgClient, query: PgClientQuery): Promise<unknown> {
  const sent = client.query(query);
  sent.catch(() => undefined);
  return sent;
}

type Attempt = {
  readonly served: ServedObject;
  /** Keys that others made meanwhile are looked up again, instead of being refused. */
  readonly isUpsert: boolean;
  /** Does the request have records to be told apart by number? */
  readonly isNumbered: boolean;
};

/**
 * Runs a change in a transaction of its own; again, a bounded number of times, where another transaction came between.
 */
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

/**
 * @param tried gets the rows as they go to Postgres, in the order of the input, for whoever must say which was refused
 */
function writeOnce(build: Build, served: ServedObject, request: Write, tried: Row[], client: PgClient): Promise<Sent> {
  switch (request.kind) {
    case 'create':
      return create(build, served, request, tried, client);
    case 'update':
      return update(build, served, request, tried, client);
    default:
      return remove(build, served, request, client);
  }
}

// Create and upsert --------------------------------------------------------------------------------------------------

async function create(
  build: Build,
  served: ServedObject,
  { data, upsert, isMany, author, maxRecords }: Write,
  tried: Row[],
  client: PgClient,
): Promise<Sent> {
  const given = [data ?? []].flat() as Input[];
  if (given.length > maxRecords) throw tooMany(maxRecords, `${given.length} were sent`);
  const inputs = namedEach(isMany, given, (input) => inCurrentNames(served, input));
  const rows = await rowsOf(build, served, inputs, isMany, client);
  tried.push(...rows);
  const matched = upsert ? await matchAll(served, rows, isMany, client) : null;
  const idOf = (row: Row, index: number) =>
    matched?.[index]?.id ?? (row.get(served.key.column) as string | null | undefined);
  const freshIds = await newIds(
    served,
    rows.map((row, index) => idOf(row, index) != null),
    client,
  );
  const ids = rows.map((row, index) => idOf(row, index) ?? freshIds[index]);
  const fresh: Row[] = [];
  const changed: Row[] = [];
  for (const [index, row] of rows.entries()) {
    row.set(served.key.column, ids[index]);
    if (matched?.[index]) changed.push(row);
    else fresh.push(row);
  }
  const ofFresh = new Map();
  sign(served, { rows: fresh, shared: ofFresh }, 'createdBy', author);
  sign(served, { rows: fresh, shared: ofFresh }, 'updatedBy', author);
  namedEach(isMany, rows, (row, index) => {
    if (ids[index] === undefined) throw refuse('INVALID_ARGS_DATA', 'Field "id" is required');
    if (!matched?.[index]) checkRequired(served, row, ofFresh);
  });
  const ofChanged = new Map();
  touch(served, { rows: changed, shared: ofChanged }, author);
  for (const column of actorColumns(served, 'createdBy')) for (const row of changed) row.delete(column);
  if (mayRevive(served)) {
    for (const row of changed) row.delete('deleted_at');
    ofChanged.set('deleted_at', null);
  }
  await refuseUnseenReferences(served, rows, isMany, client);
  const endOfChanged = placeGiven(served, changed);
  const endOfFresh = placeAll(served, fresh);
  const statements = (endOfChanged ?? endOfFresh) ? [send(client, endsOf(served))] : [];
  if (changed.length > 0) {
    const isRevived = mayRevive(served) && matched?.some((each) => each?.isDeleted);
    if (isRevived) statements.push(send(client, UPSERTING));
    statements.push(send(client, updateRows(served, { rows: changed, shared: ofChanged, end: endOfChanged })));
    if (isRevived) statements.push(send(client, UPSERTED));
  }
  // Those who make the same keys at the same time make them in the same order, so that none waits for one that waits
  // for it.
  if (fresh.length > 0) {
    const ordered = upsert ? byKey(served, fresh) : fresh;
    statements.push(send(client, insertRows(served, { rows: ordered, shared: ofFresh, end: endOfFresh })));
  }
  return { written: { ids: ids as string[], rows: '[]', created: fresh.length }, statements };
}

// Of a row that is there again, a trigger cannot tell an upsert from a restoration, and those who listen are told of an
// update.
const ACTOR = sql`coalesce(nullif(current_setting('plinth.actor', true), ''), '{}')::jsonb`;
const UPSERTING = compiled(sql`
  select set_config('plinth.actor', (${ACTOR} || '{"isUpsert": true}')::text, true)`) as PgClientQuery;
const UPSERTED = compiled(sql`select set_config('plinth.actor', (${ACTOR} - 'isUpsert')::text, true)`) as PgClientQuery;

function byKey({ table }: ServedObject, rows: readonly Row[]): Row[] {
  const columns = table.uniques.filter(({ isPrimary }) => !isPrimary).flatMap(({ attributes }) => [...attributes]);
  const keyed = rows.map((row) => ({ row, key: columns.map((column) => String(row.get(column) ?? '')).join('\n') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

type Required = { readonly label: string; readonly columns: readonly string[] };

const requiredOf = new WeakMap<ServedObject, readonly Required[]>();

/** What Postgres would refuse without saying which record it was. */
function checkRequired(served: ServedObject, row: Row, shared: Row): void {
  let required = requiredOf.get(served);
  if (!required) {
    required = requiredIn(served);
    requiredOf.set(served, required);
  }
  for (const { label, columns } of required) {
    if (columns.some((column) => (row.get(column) ?? shared.get(column)) == null))
      throw refuse('INVALID_ARGS_DATA', `Field "${label}" is required`);
  }
}

function requiredIn(served: ServedObject): Required[] {
  return served.fields.flatMap((field) => {
    const columns = columnsFor(served, field).flatMap(({ name }) => {
      const { notNull, hasDefault } = served.table.codec.attributes[name];
      return notNull && !hasDefault && name !== 'position' ? [name] : [];
    });
    return columns.length > 0 ? [{ label: field.relation ? joinName(field) : field.name, columns }] : [];
  });
}

type Matched = { readonly id: string; readonly isDeleted: boolean };

/** The existing row that each input means, null for a new one. Contract: core.md 2.18 */
async function matchAll(
  served: ServedObject,
  rows: readonly Row[],
  isMany: boolean,
  client: PgClient,
): Promise<(Matched | null)[]> {
  const { table, object } = served;
  const refused = (index: number, message: string) =>
    refuse('UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT', { message, ...(isMany && { recordIndex: index }) });
  const again = repeatedKey(table, rows);
  if (again)
    throw refused(again.place, `Records ${again.earlier} and ${again.place} are the same record by a unique key`);
  const matched: (Matched | null)[] = rows.map(() => null);
  for (const { id, keys, isDeleted } of await rowsWithKeys(served, rows, client, { isLocked: true })) {
    const [place, other] = [...new Set(keys.flatMap(({ places }) => places))].sort((a, b) => a - b);
    if (place === undefined) continue; // another transaction took its key away while we waited
    if (other !== undefined) throw refused(other, `Records ${place} and ${other} both match the record ${id}`);
    if (matched[place] !== null) {
      const name = isMany ? `Record ${place}` : 'The record';
      throw refused(
        place,
        `${name} matches several of ${object.namePlural}: multiple records found by different unique keys`,
      );
    }
    matched[place] = { id, isDeleted };
  }
  return matched;
}

// Update, delete, destroy, restore -----------------------------------------------------------------------------------

async function update(
  build: Build,
  served: ServedObject,
  request: Write,
  tried: Row[],
  client: PgClient,
): Promise<Sent> {
  const input = inCurrentNames(served, request.data as Input);
  const [patch] = (await rowsOf(build, served, [input], false, client)) as [Row];
  patch.delete(served.key.column);
  tried.push(patch);
  touch(served, { rows: [patch], shared: patch }, request.author);
  const end = placeGiven(served, [patch]);
  const statements: Promise<unknown>[] = [];
  const ids = await idsOf(build, served, request, client);
  if (ids.length > 0 && patch.size > 0) {
    const whole = ids.map((id): Row => new Map([[served.key.column, id], ...patch]));
    await refuseUnseenReferences(served, whole, false, client);
    if (end) statements.push(send(client, endsOf(served)));
    const isShared = ([column, value]: [string, unknown]) => column !== 'position' && isText(served, column, value);
    const shared = new Map([...patch].filter(isShared));
    const own = [...patch].filter((each) => !isShared(each));
    const rows = ids.map((id): Row => new Map([[served.key.column, id], ...own]));
    statements.push(send(client, updateRows(served, { rows, shared, end })));
  }
  return { written: { ids, rows: '[]' }, statements };
}

/** Can Postgres read the value from a text of its own? Of JSON, a text would have to be JSON. */
function isText({ table }: ServedObject, column: string, value: unknown): boolean {
  if (value === null) return true;
  const { name } = table.codec.attributes[column].codec;
  return typeof value !== 'object' && name !== 'json' && name !== 'jsonb';
}

async function remove(build: Build, served: ServedObject, request: Write, client: PgClient): Promise<Sent> {
  const ids = await idsOf(build, served, request, client);
  if (request.kind === 'destroy')
    return { written: { ids, rows: await destroyAll(served, ids, client) }, statements: [] };
  if (!has(served, 'deletedAt'))
    throw refuse('BAD_REQUEST', `${served.object.namePlural} cannot be soft-deleted: the table has no deleted_at`);
  const shared: Row = new Map([['deleted_at', request.kind === 'delete' ? new Date().toISOString() : null]]);
  touch(served, { rows: [], shared }, request.author);
  const rows = ids.map((id): Row => new Map([[served.key.column, id]]));
  const statements = rows.length > 0 ? [send(client, updateRows(served, { rows, shared, end: null }))] : [];
  return { written: { ids, rows: '[]' }, statements };
}

/**
 * @returns what the records were, in the order of the ids.
 * @throws PlinthError where something refers to them that forbids it
 */
export async function destroyAll(served: ServedObject, ids: readonly string[], client: PgClient): Promise<string> {
  const { table, object } = served;
  // Column by column: of the whole row, a role that may not read all of it may ask nothing.
  const columns = Object.keys(table.codec.attributes).map((name) => sql`gone.${sql.identifier(name)}`);
  const rows = await run<{ id: string; row: string }>(
    client,
    sql`
    delete from ${table.from as SQL} as gone
    where ${keyIn(served, sql`gone`)} = any (${keyList(served, ids)})
    returning ${selectedKey(served, sql`gone`)},
    (select to_jsonb(shown) from (select ${sql.join(columns, ', ')}) as shown)::text as row`,
  ).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError && STILL_REFERRED.includes(error.code ?? ''))) throw error;
    const isSeen = Object.values<Table>(table.registry.pgResources).some((each) => tableNameOf(each) === error.table);
    const who = isSeen ? `Records of ${error.table}` : 'Records that this role may not read';
    throw refuse('INVALID_QUERY_INPUT', {
      message: `${who} refer to ${object.namePlural} that would be gone, and forbid it${isSeen ? ` by ${error.constraint}` : ''}`,
      cause: error,
    });
  });
  const byId = new Map(rows.map(({ id, row }) => [id, row]));
  return `[${ids.flatMap((id) => byId.get(id) ?? []).join()}]`;
}

/**
 * The records that a request is about, locked in the order of their ids.
 * @throws RECORD_NOT_FOUND, TOO_MANY_RECORDS_TO_UPDATE
 */
async function idsOf(
  build: Build,
  served: ServedObject,
  { kind, id, filter, maxRecords, versioning }: Write,
  client: PgClient,
): Promise<string[]> {
  const target = sql.identifier(Symbol('target'));
  if (filter !== undefined) checkFilter(build, served, filter);
  const isHidden = kind === 'destroy' || kind === 'restore'; // these reach soft-deleted records too
  const byFilter = isHidden ? filterCondition : recordCondition;
  const condition =
    id !== undefined
      ? sql`${keyIn(served, target)} = ${keyValue(served, checkedKey(served, id))}${isHidden || !has(served, 'deletedAt') ? sql.blank : sql` and ${target}.deleted_at is null`}`
      : (byFilter(build, served, target, filter as FilterValue) ?? sql`true`);
  const isConditional = id !== undefined && versioning?.expected !== undefined;
  if (isConditional && !isVersioned(served))
    throw refuse('BAD_REQUEST', `${served.object.namePlural} have no version to compare with`);
  const version = isConditional ? sql`, ${versionIn(target)} as version` : sql.blank;
  const rows = await run<{ id: string; version: string }>(
    client,
    sql`select ${selectedKey(served, target)}${version} from ${served.table.from as SQL} as ${target}
    where ${condition} order by ${keyIn(served, target)} limit ${sql.value(maxRecords + 1)}::int${isLockable(served) ? sql` for update` : sql.blank}`,
  );
  if (id !== undefined && rows.length === 0) throw refuse('RECORD_NOT_FOUND');
  if (rows.length > maxRecords) throw tooMany(maxRecords, 'the filter matches more');
  if (isConditional) checkVersion(versioning, rows[0]?.version as string);
  return rows.map((row) => row.id);
}

/** @throws PlinthError INVALID_QUERY_INPUT where the filter, or a branch of it, says nothing */
function checkFilter(build: Build, served: ServedObject, filter: FilterValue | null): void {
  const path = emptyBranch(build, served, filter ?? {});
  if (path === null) return;
  const where = saysSomething(filter) ? `: "${path}" is empty and would match every record` : '';
  throw refuse('INVALID_QUERY_INPUT', `A non-empty filter is required${where}`);
}

function saysSomething(filter: unknown): boolean {
  if (filter === null || typeof filter !== 'object') return filter !== undefined && filter !== null;
  return Object.values(filter).some(saysSomething);
}

function tooMany(max: number, found: string): PlinthError {
  return refuse('TOO_MANY_RECORDS_TO_UPDATE', `Too many records: the maximum is ${max} a request, and ${found}`);
}

// Rights -------------------------------------------------------------------------------------------------------------

/** Whoever may destroy records and write none cannot lock them either. */
function isLockable(served: ServedObject): boolean {
  return may(served.object, 'update') || mayRevive(served);
}

/** Who may not soft-delete records may not bring them back. */
function mayRevive(served: ServedObject): boolean {
  return has(served, 'deletedAt') && may(served.object, 'delete');
}

function has({ object }: ServedObject, field: string): boolean {
  return fieldByName(object, field) !== undefined;
}
