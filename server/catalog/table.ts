/** A table as PostGraphile describes it. */

import type { PgResource } from 'postgraphile/@dataplan/pg';
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
