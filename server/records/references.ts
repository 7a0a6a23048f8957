/**
 * References to records that the role does not see. A foreign key finds rows that a rule hides, and those of tables
 * that the role may not read: so what it lets through, and what not, would tell which ids there are. Whoever refers to
 * such a record is answered as if there were none.
 */

import type { PgClient, PgCodecAttribute, PgCodecRelation } from 'postgraphile/@dataplan/pg';
import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import type { Table } from '../catalog/table.ts';
import { run } from './batch.ts';
import { noSuchReference } from './refused-record.ts';
import type { Row } from './row.ts';

type Reference = {
  readonly columns: readonly string[];
  /** Where records are that the role sees some of; null where it sees none. */
  readonly target: { readonly table: Table; readonly columns: readonly string[] } | null;
};

/**
 * Looks, as the role, for what the rows refer to. Nothing is asked for a role from which nothing is kept. What the
 * record refers to already may be sent back: its id is in the record for the role to read.
 * @param rows as they are about to be written, with their ids, in the order of the input
 * @throws PlinthError INVALID_ARGS_DATA, as for a record that there isn't
 */
export async function refuseUnseenReferences(
  served: ServedObject,
  rows: readonly Row[],
  isNumbered: boolean,
  client: PgClient,
): Promise<void> {
  const references = referencesOf(served);
  if (references.length === 0) return;
  const ids = new Set(rows.map((row) => row.get(served.key.column)));
  const asked = references.flatMap((reference) => {
    const { columns, target } = reference;
    // Of records that are made together, one may refer to another: what they refer to, the same rule lets be made.
    const isOfThese = (row: Row) =>
      target?.table === served.table && columns.every((column) => ids.has(row.get(column)));
    const places = rows.flatMap((row, place) =>
      columns.every((column) => row.get(column) != null) && !isOfThese(row) ? [place] : [],
    );
    return places.length > 0 ? [{ reference, places }] : [];
  });
  if (asked.length === 0) return;
  const queries = asked.map(({ reference, places }, i) => unseen(served, rows, reference, places, i));
  const [first] = await run<{ place: number; reference: number }>(
    client,
    sql`select * from (${sql.join(queries, ' union all ')}) as unseen order by place, reference limit 1`,
  );
  if (first)
    throw noSuchReference(
      served,
      asked[first.reference]?.reference.columns ?? [],
      isNumbered ? first.place : undefined,
    );
}

const known = new WeakMap<ServedObject, readonly Reference[]>();

function referencesOf(served: ServedObject): readonly Reference[] {
  let references = known.get(served);
  if (!references) {
    references = referencesIn(served);
    known.set(served, references);
  }
  return references;
}

function referencesIn({ table }: ServedObject): Reference[] {
  const limited = Object.values<PgCodecRelation>(table.getRelations()).flatMap((relation): Reference[] => {
    const target = relation.remoteResource as Table;
    const isLimited = (target.extensions as { isLimited?: boolean } | undefined)?.isLimited === true;
    return isLimited && !relation.isReferencee
      ? [{ columns: relation.localAttributes, target: { table: target, columns: relation.remoteAttributes } }]
      : [];
  });
  const blind = Object.entries<PgCodecAttribute>(table.codec.attributes).flatMap(
    ([column, { extensions }]): Reference[] =>
      (extensions as { refersUnseen?: boolean } | undefined)?.refersUnseen === true
        ? [{ columns: [column], target: null }]
        : [],
  );
  return [...limited, ...blind];
}

/** The places of rows that refer to what isn't seen, and did not before. */
function unseen(
  { table, key }: ServedObject,
  rows: readonly Row[],
  { columns, target }: Reference,
  places: readonly number[],
  reference: number,
): SQL {
  const listOf = (column: string) =>
    sql`${sql.value(places.map((place) => rows[place]?.get(column)))}::${table.codec.attributes[column].codec.sqlType as SQL}[]`;
  const given = columns.map((_, i) => sql.identifier(`key ${i}`));
  const equal = (alias: string, others: readonly string[]) =>
    sql.join(
      others.map((column, i) => sql`${sql.identifier(alias, column)} = given.${given[i] as SQL}`),
      ' and ',
    );
  const isSeen = target
    ? sql`exists (select from ${target.table.from as SQL} as target where ${equal('target', target.columns)})`
    : sql`false`;
  return sql`
    select given.place, ${sql.literal(reference)}::int as reference
    from unnest(${sql.join([...columns.map(listOf), listOf(key.column), sql`${sql.value(places)}::int[]`], ', ')})
      as given (${sql.join([...given, sql`id`, sql`place`], ', ')})
    where not ${isSeen}
      and not exists (
        select from ${table.from as SQL} as old
        where old.${sql.identifier(key.column)} = given.id and ${equal('old', columns)})`;
}
