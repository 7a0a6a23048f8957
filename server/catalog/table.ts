/** A table as PostGraphile describes it. */

import type { PgResource } from 'postgraphile/@dataplan/pg';
import { type SQL, sql } from '../../db/sql.ts';
import type { Tags } from '../model/smart-tags.ts';

/** PostGraphile's generics would spell out every column. Ours come from the model, when the schema is built. */
// biome-ignore lint/suspicious/noExplicitAny: the columns are known at run time alone
export type Table = PgResource<any, any, readonly Unique[], any, any>;
type Unique = { readonly attributes: readonly string[]; readonly isPrimary?: boolean };

export function tagsOf(table: Table): Tags {
  return (table.extensions?.tags ?? {}) as Tags;
}

export function tableNameOf(table: Table): string {
  return (table.extensions as { pg?: { name: string } } | undefined)?.pg?.name ?? table.name;
}

/** Is a record there, for whoever does not ask for deleted ones? Null for a table without soft deletion. */
export function notDeleted({ codec }: Table, record: SQL): SQL | null {
  return codec.attributes.deleted_at ? sql`${record}.deleted_at is null` : null;
}

/** The same at the end of a join or a condition. */
export function andNotDeleted(table: Table, record: SQL): SQL {
  const condition = notDeleted(table, record);
  return condition ? sql` and ${condition}` : sql.blank;
}
