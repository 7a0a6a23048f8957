/** Names of not-null constraints follow their table and columns. */

import { ident, literal } from '../../db/sql.ts';

/**
 * Since PostgreSQL 18 what may not be empty is a constraint named after table and column, and its name doesn't follow
 * them. Postgres gave the names, so it is asked for them; an older one has none, and nothing happens.
 */
export function notNullNames(table: string): string {
  const relation = `${literal(ident(table))}::regclass`;
  return `do $$
declare
  stale record;
begin
  for stale in
    select k.conname as name, c.relname || '_' || a.attname || '_not_null' as wanted
    from pg_catalog.pg_constraint as k
    join pg_catalog.pg_class as c on c.oid = k.conrelid
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.conkey[1]
    where k.conrelid = ${relation} and k.contype = 'n'
  loop
    if stale.name <> stale.wanted and octet_length(stale.wanted) <= 63
      and not exists (select from pg_catalog.pg_constraint where conrelid = ${relation} and conname = stale.wanted)
    then
      execute format('alter table %I rename constraint %I to %I', ${literal(table)}, stale.name, stale.wanted);
    end if;
  end loop;
end
$$`;
}
