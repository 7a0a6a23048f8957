-- Up Migration

alter table plinth.workspaces add column owner_role text;
comment on column plinth.workspaces.owner_role is
  'The Postgres role that owns the tables, where SQL may run that Plinth did not write; the schema plinth has a function of this name that runs as it.';

-- Code that runs as the owner role may put something in the place of a table of that role. The tables of events stay with the login
-- role; nobody else may have triggers there, for they would run as the login role.
create or replace function plinth.hold(schema_name text, table_names text[], may_be_missing boolean default false) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '500ms'
as $$
declare
  owner text;
  held text;
  is_ours boolean;
begin
  select w.owner_role into owner from plinth.workspaces as w where w.schema_name = hold.schema_name;
  if owner is null and exists (
    select from pg_namespace as n join pg_roles as r on r.oid = n.nspowner
    where n.nspname = hold.schema_name and (r.rolsuper or r.rolname = current_user)
  ) then
    return;
  end if;
  foreach held in array table_names loop
    if to_regclass(format('%I.%I', schema_name, held)) is null and may_be_missing then
      continue;
    end if;
    is_ours := starts_with(held, 'plinth_');
    -- The stronger lock keeps new triggers away, too.
    execute format('lock table %I.%I in %s mode', schema_name, held, case when is_ours then 'row exclusive' else 'access share' end);
    if not exists (
      select from pg_class as c join pg_roles as r on r.oid = c.relowner
      where c.oid = format('%I.%I', schema_name, held)::regclass and c.relkind = 'r'
        and (r.rolsuper or r.rolname = current_user or (r.rolname = owner and not is_ours))
        and not (is_ours and exists (select from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal))
    ) then
      raise exception using errcode = '42P01', message = format('The table %I.%I is not of Plinth', schema_name, held);
    end if;
  end loop;
end
$$;

-- Default privileges give the schema's roles whatever is made in it, and these tables hold rows of all others.
create or replace function plinth.disown(schema_name text, function_names text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  workspace_role text;
  each text;
  given record;
begin
  select role_name into strict workspace_role from plinth.workspaces as w where w.schema_name = disown.schema_name;
  for given in
    select distinct c.oid::regclass as held, coalesce(nullif(a.grantee, 0)::regrole::text, 'public') as grantee
    from pg_class as c, aclexplode(c.relacl) as a
    where c.oid in (to_regclass(format('%I.plinth_outbox', schema_name)), to_regclass(format('%I.plinth_events', schema_name)))
      and a.grantee <> c.relowner
  loop
    execute format('revoke all on %s from %s', given.held, given.grantee);
  end loop;
  execute format('grant create on schema %I to %I', schema_name, workspace_role);
  foreach each in array function_names loop
    execute format('alter function %I.%I() owner to %I', schema_name, each, workspace_role);
  end loop;
  execute format('revoke create on schema %I from %I', schema_name, workspace_role);
  execute format('grant insert on %I.plinth_outbox to %I', schema_name, workspace_role);
end
$$;

-- Down Migration

create or replace function plinth.hold(schema_name text, table_names text[], may_be_missing boolean default false) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '500ms'
as $$
declare
  held text;
begin
  if exists (
    select from pg_namespace as n join pg_roles as r on r.oid = n.nspowner
    where n.nspname = schema_name and (r.rolsuper or r.rolname = current_user)
  ) then
    return;
  end if;
  foreach held in array table_names loop
    if to_regclass(format('%I.%I', schema_name, held)) is null and may_be_missing then
      continue;
    end if;
    execute format('lock table %I.%I in access share mode', schema_name, held);
    if not exists (
      select from pg_class as c join pg_roles as r on r.oid = c.relowner
      where c.oid = format('%I.%I', schema_name, held)::regclass and c.relkind = 'r' and (r.rolsuper or r.rolname = current_user)
    ) then
      raise exception using errcode = '42P01', message = format('The table %I.%I is not of Plinth', schema_name, held);
    end if;
  end loop;
end
$$;

create or replace function plinth.disown(schema_name text, function_names text[]) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  workspace_role text;
  each text;
begin
  select role_name into strict workspace_role from plinth.workspaces as w where w.schema_name = disown.schema_name;
  execute format('grant create on schema %I to %I', schema_name, workspace_role);
  foreach each in array function_names loop
    execute format('alter function %I.%I() owner to %I', schema_name, each, workspace_role);
  end loop;
  execute format('revoke create on schema %I from %I', schema_name, workspace_role);
  execute format('grant insert on %I.plinth_outbox to %I', schema_name, workspace_role);
end
$$;

alter table plinth.workspaces drop column owner_role;
