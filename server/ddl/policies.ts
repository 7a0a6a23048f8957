/**
 * Rules that limit roles to some records, as row security of Postgres. Pure.
 *
 * A rule is a *restrictive* policy for its role alone. Who has none sees all records, whatever role of the database
 * they are: so on a table with a rule there is one permissive policy for everybody, and on others there is no row
 * security at all.
 */

import { ident } from '../../db/sql.ts';
import { alone, type Statement, statement } from './statement.ts';

export const EVERYBODY = 'plinth_everybody';

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
            ...(policies.includes(EVERYBODY) ? [] : [forEverybody(table)]),
            run(`alter table ${on} enable row level security`, `${table} has rules now`),
          ]),
      forRole(table, role, condition),
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

function forEverybody(table: string): Statement {
  const sql = `create policy ${EVERYBODY} on ${ident(table)} using (true) with check (true)`;
  return statement(sql, `${table} has rules, not for all`, alone(table));
}

function forRole(table: string, role: string, condition: string): Statement {
  const [on, name] = [ident(table), ident(role)];
  return statement(
    `create policy ${name} on ${on} as restrictive to ${name} using (${condition}) with check (${condition})`,
    `${role} is limited to some of ${table}`,
    alone(table),
  );
}

// What a hand did to them --------------------------------------------------------------------------------------------

export type State = 'there' | 'missing' | 'changed';

/** The rules on a table, and what has become of the row security that they are. */
export type Guard = {
  readonly table: string;
  readonly isEnabled: boolean;
  readonly everybody: State;
  readonly rules: readonly { readonly role: string; readonly condition: string; readonly state: State }[];
};

/** Makes it what it was. */
export function planRestoredGuard({ table, isEnabled, everybody, rules }: Guard): Statement[] {
  const on = ident(table);
  const drop = (name: string) =>
    statement(`drop policy ${ident(name)} on ${on}`, `the policy ${name} was changed by hand`, alone(table));
  return [
    ...(everybody === 'changed' ? [drop(EVERYBODY)] : []),
    ...(everybody === 'there' ? [] : [forEverybody(table)]),
    ...rules.flatMap(({ role, condition, state }) => [
      ...(state === 'changed' ? [drop(role)] : []),
      ...(state === 'there' ? [] : [forRole(table, role, condition)]),
    ]),
    ...(isEnabled
      ? []
      : [statement(`alter table ${on} enable row level security`, `${table} has rules`, alone(table))]),
  ];
}
