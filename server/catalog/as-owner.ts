/**
 * Statements that run as the owner of a workspace's tables, in a transaction of the login role. What they evaluate may
 * be SQL of others: triggers, checks, defaults, casts, operators.
 *
 * They run in a `security definer` function that belongs to the owner role. PostgreSQL refuses `set role` and `reset
 * role` in there, at any depth. Two things would run later, as the login role: deferred triggers, which are fired
 * before the function returns, and cursors that outlive the transaction, which are refused. Settings that were changed
 * are refused too; what else may be left in the session (`set` of a setting to what it is, locks, prepared statements)
 * goes with the connection, which is closed afterwards.
 */

import type { Client } from '../../db/client.ts';
import { ident, literal } from '../../db/sql.ts';

export type OwnerSession = {
  /** Statements without parameters, with the schema in the search path. */
  run(text: string): Promise<void>;
  /**
   * The rows of one query, or of one statement with `returning`, that doesn't begin with `with`. They come as JSON
   * where the tables belong to an owner role: to be cast to text where that matters.
   * @param values texts, at most `MAX_PARAMETERS`; to be cast where they are used
   */
  rows<Row>(text: string, values?: readonly (string | null)[]): Promise<Row[]>;
};

const MAX_PARAMETERS = 8;

/** @param ownerRole null where the tables belong to the login role: then it runs as that */
export function asOwner(client: Pick<Client, 'raw' | 'closeAfterUse'>, ownerRole: string | null): OwnerSession {
  const { raw } = client;
  if (ownerRole === null)
    return {
      run: async (text) => void (await raw.query(text)),
      rows: async (text, values = []) => (await raw.query(text, [...values])).rows,
    };
  const call = async (columns: string, text: string, values: readonly (string | null)[] | null) => {
    client.closeAfterUse();
    return raw.query(`select ${columns} from ${ownerFunction(ownerRole)}($1, $2) as answer (row)`, [text, values]);
  };
  return {
    async run(text) {
      await call('', text, null);
    },
    async rows<Row>(text: string, values: readonly (string | null)[] = []) {
      const { rows } = await call('row', `with answer as (${text}) select to_jsonb(answer) from answer`, values);
      return rows.map(({ row }: { row: Row }) => row);
    },
  };
}

function ownerFunction(ownerRole: string): string {
  return `plinth.${ident(ownerRole)}`;
}

/**
 * Makes the function. The owner role must not have `usage` on the schema plinth: it could alter the function then.
 * @param ownerRole a member of no other role
 */
export function createOwnerFunction(schema: string, ownerRole: string): string {
  const [name, owner] = [`${ownerFunction(ownerRole)}(text, text[])`, ident(ownerRole)];
  const parameters = Array.from({ length: MAX_PARAMETERS }, (_, i) => `parameters[${i + 1}]`).join(', ');
  const settings = `(select md5(string_agg(name || '=' || setting, ',' order by name)) from pg_settings)`;
  return `
create or replace function ${ownerFunction(ownerRole)}(statement text, parameters text[]) returns setof jsonb
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as ${literal(`
declare
  settings text := ${settings};
begin
  perform pg_catalog.set_config('search_path', ${literal(`${ident(schema)}, pg_temp`)}, true);
  if parameters is null then
    execute statement;
  else
    return query execute statement using ${parameters};
  end if;
  set constraints all immediate;
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  if settings <> ${settings} or exists (select from pg_cursors where is_holdable) then
    raise exception using errcode = '42501', message = 'SQL of the workspace must not change the session';
  end if;
end
`)};
revoke all on function ${name} from public;
grant create on schema plinth to ${owner};
alter function ${name} owner to ${owner};
revoke create on schema plinth from ${owner}`;
}

export function dropOwnerFunction(ownerRole: string): string {
  return `drop function if exists ${ownerFunction(ownerRole)}(text, text[])`;
}
