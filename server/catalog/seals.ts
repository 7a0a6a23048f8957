/**
 * Which workspaces may be served on connections that are *set to* their roles. A schema is sealed when all SQL in it is
 * Plinth's, and nobody but the login role and superusers can add other. Others *log in* as their roles (db/log-in.ts),
 * for on a connection of the login role any trigger, function or policy could `reset role`.
 *
 * A seal is *known*, or *unknown* (never asked, or told of a change), or *stale* where no event trigger tells of
 * changes. Only a known one is used; the others are asked of Postgres first.
 */

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { giveTables } from './table-owner.ts';

export type Seals = {
  /** @throws where Postgres cannot be asked: then nobody is served in either way */
  isSealed(schema: string): Promise<boolean>;
  forget(schema: string): void;
  forgetAll(): void;
};

export type SealsOptions = {
  readonly database: Database;
  readonly log: Logger;
  /** Does what is known hold until somebody tells of a change? */
  readonly isTold: () => boolean;
  /** Where it doesn't, it holds for so long. */
  readonly maxAgeMs: number;
};

// Some 100 bytes each: enough for every workspace of a large installation.
const MAX_WORKSPACES = 100_000;

type Seal = { readonly isSealed: Promise<boolean>; readonly since: number };

export function openSeals({ database, log, isTold, maxAgeMs }: SealsOptions): Seals {
  const known = new LRUCache<string, Seal>({ max: MAX_WORKSPACES });
  const said = new LRUCache<string, string>({ max: MAX_WORKSPACES });

  async function ask(schema: string): Promise<boolean> {
    const reason = await guardLoginRole(database, schema);
    if (reason === null) said.delete(schema);
    else if (said.get(schema) !== reason) {
      said.set(schema, reason);
      log.info(
        { schema, reason },
        'a workspace may run SQL that Plinth did not write: its connections log in as its roles',
      );
    }
    return reason === null;
  }

  return {
    isSealed(schema) {
      const current = known.get(schema);
      if (current && (isTold() || Date.now() - current.since < maxAgeMs)) return current.isSealed;
      const seal = { isSealed: ask(schema), since: Date.now() };
      known.set(schema, seal);
      seal.isSealed.catch(() => {
        if (known.get(schema) === seal) known.delete(schema);
      });
      return seal.isSealed;
    },
    forget: (schema) => void known.delete(schema),
    forgetAll: () => known.clear(),
  };
}

/**
 * Where SQL may run that Plinth did not write, no table belongs to the login role afterwards.
 * @returns why such SQL may run; null where all is Plinth's
 * @throws PlinthError MODEL_BUSY
 */
export async function guardLoginRole(database: Database, schema: string): Promise<string | null> {
  const reason = await database.lookUpIn(schema, (client) => foreignSql(client, schema));
  if (reason !== null) await giveTables(database, schema);
  return reason;
}

/**
 * Built-in functions that give another value each time, and do no more than that. All other volatile ones may do
 * anything.
 */
const HARMLESS = ['gen_random_uuid', 'uuidv4', 'uuidv7', 'nextval', 'random', 'clock_timestamp', 'timeofday'];

/**
 * The trigger functions that Plinth makes for those who listen: catalog/ imports nothing of ddl/triggers.ts, which has
 * them too.
 */
const OURS = ['plinth_created', 'plinth_updated', 'plinth_destroyed', 'plinth_changed_row', 'plinth_truncated'];

// The first oid that an object of a user can have.
const FIRST_OF_USERS = 16_384;

/**
 * What makes a schema one that isn't sealed, in words; null where nothing does. Each part begins at the namespace and
 * follows indexed dependencies, as `introspect` does.
 *
 * Who is trusted: the login role and superusers, who need no trigger to do what they like; and the owner role of the
 * tables, which can do nothing while there is no such SQL. Everybody else with a right to create something in the
 * schema, or something that fires with its tables, counts as having done so: the right is heard of before it is used.
 */
async function foreignSql(client: Client, schema: string): Promise<string | null> {
  const name = sql.value(schema);
  const classOf = (catalog: string) => sql`${sql.literal(`pg_catalog.${catalog}`)}::pg_catalog.regclass`;
  const [row] = await client.rows<{ reason: string | null }>(sql`
    with
    namespace as materialized (select * from pg_catalog.pg_namespace where nspname = ${name}),
    workspace as materialized (select * from plinth.workspaces where schema_name = ${name}),
    trusted as materialized (select oid from pg_catalog.pg_roles where rolsuper or rolname = current_user),
    owners as materialized (
      select oid from trusted
      union all
      select oid from pg_catalog.pg_roles where rolname = (select owner_role from workspace)
    ),
    members as materialized (
      select classid, objid
      from pg_catalog.pg_depend
      where refclassid = ${classOf('pg_namespace')} and refobjid = (select oid from namespace)
    ),
    relations as materialized (
      select oid, relname, relkind, relowner, relacl
      from pg_catalog.pg_class
      where oid = any (array(select objid from members where classid = ${classOf('pg_class')}))
    ),
    types as materialized (
      select oid, typname, typtype, typcategory, typowner
      from pg_catalog.pg_type
      where oid = any (array(select objid from members where classid = ${classOf('pg_type')}))
    ),
    functions as materialized (
      select p.oid, p.proname
      from pg_catalog.pg_proc as p
      where p.oid = any (array(select objid from members where classid = ${classOf('pg_proc')}))
        and not (
          p.proname = any (${sql.value(OURS)}::text[])
          and (
            p.proowner = any (array(select oid from trusted))
            or p.proowner = (select r.oid from pg_catalog.pg_roles as r
              where r.rolname = (select role_name from workspace))))
    ),
    parts (name, classid, objid, expression) as materialized ( -- what is evaluated when a table is read or written
      select format('the default of %s.%s', d.adrelid::pg_catalog.regclass, a.attname), ${classOf('pg_attrdef')},
        d.oid, d.adbin::text
      from pg_catalog.pg_attrdef as d
      join pg_catalog.pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
      where d.adrelid = any (array(select oid from relations))
      union all
      select format('the constraint %s', conname), ${classOf('pg_constraint')}, oid, conbin::text
      from pg_catalog.pg_constraint
      where conrelid = any (array(select oid from relations))
      union all
      select format('the index %s', indexrelid::pg_catalog.regclass), ${classOf('pg_class')}, indexrelid,
        concat(indexprs, indpred)
      from pg_catalog.pg_index
      where indrelid = any (array(select oid from relations))
      union all
      select format('the policy %s on %s', polname, polrelid::pg_catalog.regclass), ${classOf('pg_policy')}, oid,
        concat(polqual, polwithcheck)
      from pg_catalog.pg_policy
      where polrelid = any (array(select oid from relations))
    ),
    grants (what, privilege, grantee) as (
      select 'schema', acl.privilege_type, acl.grantee from namespace as n, aclexplode(n.nspacl) as acl
      union all
      select t.relname::text, acl.privilege_type, acl.grantee from relations as t, aclexplode(t.relacl) as acl
    ),
    reasons (place, reason) as (
      select 1, 'it is no workspace' where not exists (select from workspace)
      union all
      select 1, 'it was adopted' from workspace where is_adopted
      union all
      select 2, 'the schema belongs to another role' from namespace
      where nspowner <> all (array(select oid from trusted))
      union all
      select 3, format('%s belongs to another role', relname) from relations
      where relowner <> all (array(select oid from owners))
      union all
      select 3, format('%s belongs to another role', typname) from types
      where typowner <> all (array(select oid from owners))
      union all
      select 4, format('%s on %s is granted to others', lower(privilege), what)
      from grants
      where privilege in ('CREATE', 'TRIGGER', 'REFERENCES') and grantee <> all (array(select oid from owners))
      union all
      select 5, format('%s is no table', relname) from relations where relkind not in ('r', 'p', 'i', 'I', 'S')
      union all
      select 6, format('the function %s', proname) from functions
      union all
      select 6, format('the type %s', typname) from types where typtype <> 'e' and typcategory <> 'A'
      union all
      select 6, format('an object of %s', classid::pg_catalog.regclass)
      from members
      where classid <> all (array[${classOf('pg_class')}, ${classOf('pg_type')}, ${classOf('pg_proc')},
        ${classOf('pg_default_acl')}]::oid[])
      union all
      select 6, format('the cast %s', c.oid)
      from pg_catalog.pg_cast as c
      where c.oid >= ${sql.literal(FIRST_OF_USERS)}
        and (c.castsource = any (array(select oid from types)) or c.casttarget = any (array(select oid from types)))
      union all
      select 7, format('the trigger %s on %s', g.tgname, g.tgrelid::pg_catalog.regclass)
      from pg_catalog.pg_trigger as g
      join pg_catalog.pg_proc as p on p.oid = g.tgfoid
      where g.tgrelid = any (array(select oid from relations)) and not g.tgisinternal
        and (p.pronamespace <> (select oid from namespace) or p.proname <> all (${sql.value(OURS)}::text[])
          or g.tgqual is not null)
      union all
      select 7, format('a rule on %s', ev_class::pg_catalog.regclass)
      from pg_catalog.pg_rewrite
      where ev_class = any (array(select oid from relations))
      union all
      select 7, format('the table %s refers to it', objid::pg_catalog.regclass)
      from (
        select distinct k.conrelid as objid
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_constraint as k on d.classid = ${classOf('pg_constraint')} and k.oid = d.objid
        where d.refclassid = ${classOf('pg_class')} and d.refobjid = any (array(select oid from relations))
      ) as referrers
      where objid <> 0 and objid <> all (array(select oid from relations))
      union all
      select 7, format('the table %s inherits from it', inhrelid::pg_catalog.regclass)
      from pg_catalog.pg_inherits
      where inhparent = any (array(select oid from relations)) and inhrelid <> all (array(select oid from relations))
        and (select relkind from pg_catalog.pg_class where oid = inhrelid) not in ('i', 'I')
      union all
      select 8, format('%s uses %s', p.name, pg_describe_object(d.refclassid, d.refobjid, 0))
      from parts as p
      cross join lateral ( -- by the index, for each part
        select * from pg_catalog.pg_depend as each where each.classid = p.classid and each.objid = p.objid offset 0
      ) as d
      where d.refobjid >= ${sql.literal(FIRST_OF_USERS)}
        and case d.refclassid
          when ${classOf('pg_class')} then (select relnamespace from pg_catalog.pg_class
            where oid = d.refobjid) <> (select oid from namespace)
          when ${classOf('pg_type')} then (select typnamespace from pg_catalog.pg_type
            where oid = d.refobjid) <> (select oid from namespace)
          when ${classOf('pg_constraint')} then false
          else true
        end
      union all
      select 8, format('%s calls %s', p.name, f.proname)
      from (
        select distinct on (called.oid) name, called.oid
        from parts, string_to_table(expression, 'funcid ') with ordinality as piece (text, place),
        split_part(piece.text, ' ', 1) as called (oid)
        where piece.place > 1 -- a tree is text like "{FUNCEXPR :funcid 1299 :funcresulttype 1184"
      ) as p
      join pg_catalog.pg_proc as f on f.oid = p.oid::oid
      where f.provolatile = 'v' and f.proname <> all (${sql.value(HARMLESS)}::text[])
    )
    select (select reason from reasons order by place, reason limit 1) as reason`);
  return row ? row.reason : 'it could not be asked';
}
