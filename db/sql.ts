/**
 * The only place that builds SQL text from names. Queries are pg-sql2 fragments; DDL, which takes no parameters, is
 * quoted text.
 */

import { compile, type PgSQL, sql as pgSql, type SQL } from 'postgraphile/pg-sql2';

export type { SQL };

/** pg-sql2, whose `value` takes whatever `pg` makes a parameter of: lists, dates and buffers too. */
export const sql = pgSql as Omit<PgSQL, 'value'> & PgSQLTag & { value(value: unknown): SQL };

type PgSQLTag = (strings: TemplateStringsArray, ...values: readonly SQL[]) => SQL;

/**
 * A fragment as `pg` takes it. Values become parameters, identifiers are quoted.
 * @param placeholderValues what stands for each `sql.placeholder`
 */
export function compiled(
  fragment: SQL,
  placeholderValues?: ReadonlyMap<symbol, SQL>,
): { text: string; values: unknown[] } {
  const { text, values } = compile(fragment, placeholderValues && { placeholderValues: placeholderValues as never });
  return { text, values: values as unknown[] };
}

/** SQL text that was quoted already. */
export function quoted(text: string): SQL {
  return sql.join([sql.blank, sql.blank], text); // `sql.raw` does the same, and warns of it
}

/** A name in DDL: always quoted, so that no name is ever read as syntax. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Several names in DDL: `"a", "b"`. */
export function idents(names: readonly string[]): string {
  return names.map(ident).join(', ');
}

/** A text constant in DDL, where Postgres takes no parameter (defaults, comments, enum labels). */
export function literal(text: string): string {
  if (text.includes('\0')) throw new TypeError('A text in Postgres cannot contain a zero byte');
  // Backslashes are only special in E'' strings; saying E keeps the meaning whatever standard_conforming_strings is.
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}
