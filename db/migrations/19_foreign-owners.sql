-- Up Migration

-- Who owns a schema may drop what others have in it, and put something of the same name there: a view, or a table with triggers, that
-- would run as whoever reads it. So where a schema belongs to somebody else, the login role takes its own tables there by a lock,
-- under which they are looked at, and nothing can take their place until the transaction ends.
create function plinth.hold(schema_name text, table_names text[], may_be_missing boolean default false) returns void
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

-- Is there something in the outbox of a schema? Whoever owns the schema may have put something else in its place, or keep it locked:
-- that is no reason for others to wait.
create function plinth.has_untold(schema_name text) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '100ms'
as $$
declare
  found boolean;
begin
  perform plinth.hold(schema_name, array['plinth_outbox']);
  execute format('select exists (select from %I.plinth_outbox)', schema_name) into found;
  return found;
exception
  when undefined_table or lock_not_available then
    return false;
end
$$;

-- The functions that write rows down run as the workspace's role: they meet types and tables of whoever owns the schema.
create function plinth.disown(schema_name text, function_names text[]) returns void
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

revoke all on function plinth.hold, plinth.has_untold, plinth.disown from public;

do $$
declare
  workspace text;
begin
  for workspace in
    select w.schema_name from plinth.workspaces as w where to_regclass(format('%I.plinth_outbox', w.schema_name)) is not null
  loop
    begin
      perform plinth.disown(workspace, array(
        select p.proname::text
        from pg_proc as p
        where p.pronamespace = to_regnamespace(quote_ident(workspace))
          and p.proname in ('plinth_created', 'plinth_updated', 'plinth_destroyed', 'plinth_changed_row', 'plinth_truncated')));
    exception
      when insufficient_privilege or undefined_object then
        raise warning 'the trigger functions of % still run as the login role: %', workspace, sqlerrm;
    end;
  end loop;
end
$$;

-- Down Migration

drop function plinth.hold, plinth.has_untold, plinth.disown;
