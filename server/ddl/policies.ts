/**
 * Rules that limit roles to some records, as row security of Postgres. Pure.
 *
 * A rule is a *restrictive* policy for its role alone. Who has none sees all records, whatever role of the database they are: so on a
 * table with a rule there is one permissive policy for everybody, and on others there is no row security at all.
 */

import { ident } from '../../db/sql.ts';
import { alone, type Statement, statement } from './statement.ts';

const EVERYBODY = 'plinth_everybody';

/** The row security of a table as it is. */
export type TableSecurity = {
  readonly table: string;
  readonly isEnabled: boolean;
  readonly policies: readonly string[];
};

/** A role's rule on a table: a condition in SQL, or null for none. */
export type Policy = { readonly role: string; readonly condition: string | null };

/** Where a DBA has switched row security on already, who sees what beside our rules is the DBA's to say. */
export function planPolicy({ table, isEnabled, policies }: TableSecurity, { role, condition }: Policy): Statement[] {
  const on = ident(table);
  const others = policies.filter((name) => name !== role);
  const run = (sql: string, why: string) => statement(sql, why, alone(table));
  const gone = policies.includes(role)
    ? [run(`drop policy ${ident(role)} on ${on}`, `the rule of ${role} is another`)]
    : [];
  if (condition !== null)
    return [
      ...gone,
      ...(isEnabled
        ? []
        : [
            run(
              `create policy ${EVERYBODY} on ${on} using (true) with check (true)`,
              `${table} has rules now, not for all`,
            ),
            run(`alter table ${on} enable row level security`, `${table} has rules now`),
          ]),
      run(
        `create policy ${ident(role)} on ${on} as restrictive to ${ident(role)} using (${condition}) with check (${condition})`,
        `${role} is limited to some of ${table}`,
      ),
    ];
  const isLast = isEnabled && others.length === 1 && others[0] === EVERYBODY;
  return isLast
    ? [
        ...gone,
        run(`alter table ${on} disable row level security`, `${table} has no rules any more`),
        run(`drop policy ${EVERYBODY} on ${on}`, `${table} has no rules any more`),
      ]
    : gone;
}
