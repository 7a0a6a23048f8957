/**
 * The login role of the bundled PostgreSQL: Plinth runs as `plinth`, which owns the database and makes roles, and is no
 * superuser. What only a superuser may do, is done here, at each start.
 */

import { createHmac } from 'node:crypto';
import pg from 'pg';
import { ident, literal } from './sql.ts';

export const LOGIN_ROLE = 'plinth';

/** Made from the superuser's, which is in a file: it needs no other. */
export function loginPassword(superuserPassword: string): string {
  return createHmac('sha256', superuserPassword).update(LOGIN_ROLE).digest('base64url');
}

/** Makes the role, and gives it what earlier versions of Plinth made as the superuser. */
export async function prepareLogin(superuserUrl: string, password: string): Promise<void> {
  await asSuperuser(superuserUrl, async (client) => {
    // Others that start at the same time wait: the role belongs to all of them.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('login of plinth', 0))`);
    const { rows } = await client.query<{ owner: string; database: string; isThere: boolean }>(`
      select pg_get_userbyid(datdba) as owner, datname as database,
        to_regrole(${literal(LOGIN_ROLE)}) is not null as "isThere"
      from pg_catalog.pg_database where datname = current_database()`);
    const { owner, database, isThere } = rows[0] as NonNullable<(typeof rows)[0]>;
    const login = `${ident(LOGIN_ROLE)} login createrole password ${literal(loginPassword(password))}`;
    await client.query(isThere ? `alter role ${login}` : `create role ${login}`);
    if (owner === LOGIN_ROLE) return;
    await client.query(HAND_OVER);
    await client.query(`
      grant set on parameter deadlock_timeout to ${ident(LOGIN_ROLE)};
      alter database ${ident(database)} owner to ${ident(LOGIN_ROLE)}`);
  });
}

/** Event triggers, by which changes by hand are heard of, when the control schema has their functions. */
export async function makeEventTriggers(superuserUrl: string): Promise<void> {
  await asSuperuser(superuserUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>('select evtname as name from pg_catalog.pg_event_trigger');
    const there = new Set(rows.map(({ name }) => name));
    if (!there.has('plinth_ddl'))
      await client.query(
        'create event trigger plinth_ddl on ddl_command_end execute function plinth.notify_model_change()',
      );
    if (!there.has('plinth_drop'))
      await client.query('create event trigger plinth_drop on sql_drop execute function plinth.notify_model_drop()');
  });
}

async function asSuperuser(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'plinth start' });
  client.on('error', () => undefined); // its statements say so
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local search_path to pg_catalog, pg_temp');
    await use(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

/**
 * Whatever the superuser owns in the database belongs to the login role then; `reassign owned` refuses that of the
 * first superuser. Of the roles of workspaces, and of the owners of adopted schemas, it becomes a member, which a
 * superuser need not be.
 */
const HAND_OVER = `
do $$
declare
  statement text;
begin
  for statement in
    select format('alter schema %I owner to ${LOGIN_ROLE}', nspname)
    from pg_namespace
    where nspowner = 10 and oid >= 16384
    union all
    select format('alter %s %I.%I owner to ${LOGIN_ROLE}',
      case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
      n.nspname, c.relname)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relowner = 10 and c.oid >= 16384 and n.nspname !~ '^pg_' and c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')
      and not exists ( -- a column's own sequence follows its table
        select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'i') and refclassid = 'pg_class'::regclass)
    union all
    select format('alter type %I.%I owner to ${LOGIN_ROLE}', n.nspname, t.typname)
    from pg_type as t
    join pg_namespace as n on n.oid = t.typnamespace
    left join pg_class as c on c.oid = t.typrelid
    where t.typowner = 10 and t.oid >= 16384 and n.nspname !~ '^pg_' and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    union all
    select format('alter routine %s owner to ${LOGIN_ROLE}', oid::regprocedure)
    from pg_proc
    where proowner = 10 and oid >= 16384
      and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')
  loop
    execute statement;
  end loop;
  for statement in
    select format('alter default privileges for role %s in schema %I %s %s on %s %s %s',
      side.role, n.nspname, side.verb, a.privilege_type, case d.defaclobjtype when 'r' then 'tables' else 'sequences' end, side.preposition,
      a.grantee::regrole)
    from pg_default_acl as d
    join pg_namespace as n on n.oid = d.defaclnamespace
    cross join aclexplode(d.defaclacl) as a
    cross join (values ('${LOGIN_ROLE}', 'grant', 'to'), (pg_get_userbyid(10), 'revoke', 'from')) as side (role, verb, preposition)
    where d.defaclrole = 10 and d.defaclobjtype in ('r', 'S') and a.grantee <> 0
  loop
    execute statement;
  end loop;
  if to_regclass('plinth.workspaces') is not null and to_regclass('plinth.roles') is not null then
    for statement in
      select format('grant %I to ${LOGIN_ROLE} with admin option', r.rolname)
      from pg_roles as r
      where not r.rolsuper and r.rolname in (select role_name from plinth.workspaces union select role_name from plinth.roles)
      union all
      select format('grant %I to ${LOGIN_ROLE}', r.rolname)
      from pg_roles as r
      where not r.rolsuper and r.rolname <> '${LOGIN_ROLE}' and r.oid in (
        select n.nspowner from pg_namespace as n join plinth.workspaces as w on w.schema_name = n.nspname
        union
        select c.relowner
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        join plinth.workspaces as w on w.schema_name = n.nspname)
    loop
      execute statement;
    end loop;
  end if;
end
$$`;
