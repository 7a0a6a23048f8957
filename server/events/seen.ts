/** What of changes a principal may see: by the schema that serves its role, and asked as its own Postgres role, rows and all. */

import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { authorOf, identityOf, type Principal } from '../access/principal.ts';
import { columnsFor, type ServedObject, tableNameOf } from '../catalog/to-model.ts';
import { fieldByName, formerFields, joinName } from '../model/model.ts';
import { typeNames } from '../model/type-names.ts';
import type { Execute } from '../records/execute.ts';
import type { Served } from '../records/schema-cache.ts';
import type { RecordValue } from './record.ts';
import type { Change } from './streams.ts';

export type Viewer = { readonly served: Served; readonly principal: Principal };
export type Viewing = { readonly database: Database; readonly execute: Execute };

/** The object of a change, if the role may read it at all. */
export function objectNamed({ served }: Viewer, name: string): ServedObject | undefined {
  return [...served.byTable.values()].find(({ object }) => object.nameSingular === name);
}

/**
 * Of changes of one object: those of records that the role may read, with the fields that it may read. Where rules say which records
 * those are, Postgres is asked for them as they are now: so of one that is gone nothing is told.
 */
export async function seenBy(
  { database, execute }: Viewing,
  viewer: Viewer,
  object: ServedObject,
  changes: readonly Change[],
): Promise<Change[]> {
  const ids = (await hasRowRules(database, viewer, object))
    ? await readableIds(execute, viewer, object, [...new Set(changes.map(({ recordId }) => recordId))])
    : null;
  const names = new Set(namesOf(object));
  const only = (record: RecordValue) => Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  return changes
    .filter(({ recordId }) => ids === null || ids.has(recordId))
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
  const given = key.type === 'INT' ? ids.map(Number) : ids;
  const ofAny = fieldByName(object, 'deletedAt') && [{ or: ['NULL', 'NOT_NULL'].map((is) => ({ deletedAt: { is } })) }];
  return { and: [{ id: { in: given } }, ...(ofAny || [])] };
}

async function readableIds(
  execute: Execute,
  { served, principal }: Viewer,
  object: ServedObject,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { filterInput } = typeNames(object.object);
  const { data, errors } = await execute({
    served,
    who: identityOf(principal),
    author: authorOf(principal, 'API'),
    source: `query ($filter: ${filterInput}, $first: Int) { found: ${object.object.namePlural}(filter: $filter, first: $first) { edges { node { id } } } }`,
    variables: { filter: byIds(object, ids), first: ids.length },
    isUnlimited: true,
  });
  if (errors || !data) return new Set(); // not even its ids
  const { edges } = (data as { found: { edges: { node: { id: unknown } }[] } }).found;
  return new Set(edges.map(({ node }) => String(node.id)));
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
