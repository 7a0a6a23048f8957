/**
 * Rows and the unique keys that they have: what an upsert matches by, and what a duplicate is refused for. Contract:
 * core.md 2.18
 */

import type { PgClient } from 'postgraphile/@dataplan/pg';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import type { Table } from '../catalog/table.ts';
import { keyIn, selectedKey } from './keys.ts';
import type { Row } from './row.ts';

/** A unique key, and which of the rows have all of it: null is no key. */
type Key = { readonly columns: readonly string[]; readonly places: readonly number[] };

function keysOf({ uniques }: Table, rows: readonly Row[]): Key[] {
  return uniques.flatMap(({ attributes }) => {
    const columns = [...attributes];
    const places = rows.flatMap((row, place) => (columns.every((column) => row.get(column) != null) ? [place] : []));
    return places.length > 0 ? [{ columns, places }] : [];
  });
}

/** The first row that has a key of one before it, as far as the texts of the values tell. */
export function repeatedKey(
  table: Table,
  rows: readonly Row[],
): { place: number; earlier: number; columns: readonly string[] } | null {
  for (const { columns, places } of keysOf(table, rows)) {
    const known = new Map<string, number>();
    for (const place of places) {
      const key = JSON.stringify(columns.map((column) => textOf(table, column, rows[place]?.get(column))));
      const earlier = known.get(key);
      if (earlier !== undefined) return { place, earlier, columns };
      known.set(key, place);
    }
  }
  return null;
}

function textOf({ codec }: Table, column: string, value: unknown): string {
  return codec.attributes[column].codec.name === 'uuid' ? String(value).toLowerCase() : String(value);
}

/** A row that is there, and which of the given rows have which of its keys. */
type Match = {
  readonly id: string;
  /** Softly: the row is there. */
  readonly isDeleted: boolean;
  readonly keys: readonly { readonly columns: readonly string[]; readonly places: readonly number[] }[];
};

/**
 * The rows of the table, soft-deleted ones too, that have a key of one of the given rows; locked in the order of their
 * ids, for whoever is going to change them. Postgres says which are equal: of a date or a number the texts may differ.
 */
export async function rowsWithKeys(
  served: ServedObject,
  rows: readonly Row[],
  client: PgClient,
  { isLocked }: { readonly isLocked: boolean },
): Promise<Match[]> {
  const { table } = served;
  const keys = keysOf(table, rows);
  if (keys.length === 0) return [];
  const of = (alias: string, columns: readonly string[]) =>
    sql.join(
      columns.map((column) => sql`${sql.identifier(alias)}.${sql.identifier(column)}`),
      ', ',
    );
  const parts = keys.map(({ columns, places }) => {
    const lists = columns.map(
      (column) =>
        sql`${sql.value(places.map((place) => rows[place]?.get(column)))}::${table.codec.attributes[column].codec.sqlType as SQL}[]`,
    );
    const [only, ...others] = lists;
    // A plain list for the plain case, which every index serves, and which is searched without a subquery for each row.
    if (others.length === 0) {
      const column = of('old', columns);
      return {
        condition: sql`${column} = any (${only as SQL})`,
        positions: sql`array_positions(${only as SQL}, ${column})`,
      };
    }
    const names = columns.map((column) => sql.identifier(column));
    return {
      condition: sql`(${of('old', columns)}) in (select * from unnest(${sql.join(lists, ', ')}))`,
      positions: sql`array(
          select given.position
          from unnest(${sql.join(lists, ', ')}) with ordinality as given (${sql.join([...names, sql`position`], ', ')})
          where (${of('given', columns)}) = (${of('old', columns)}))`,
    };
  });
  const query = sql`
    select ${selectedKey(served, sql`old`)}, jsonb_build_array(${sql.join(
      parts.map(({ positions }) => positions),
      ', ',
    )}) as positions, ${'deleted_at' in table.codec.attributes ? sql`old.deleted_at is not null` : sql`false`} as "isDeleted"
    from ${table.from as SQL} as old
    where ${sql.join(
      parts.map(({ condition }) => condition),
      ' or ',
    )}
    order by ${keyIn(served, sql`old`)}
    ${isLocked ? sql`for update` : sql.blank}`;
  const found = await client.query<{ id: string; positions: number[][]; isDeleted: boolean }>(compiled(query));
  return found.rows.map(({ id, positions, isDeleted }) => ({
    id,
    isDeleted,
    keys: keys.map(({ columns, places }, i) => ({
      columns,
      places: (positions[i] as number[]).map((position) => places[position - 1] as number),
    })),
  }));
}
