-- Up Migration

alter table plinth.instance add column role_secret text not null
  default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
comment on column plinth.instance.role_secret is 'Passwords of the roles of workspaces are made from it.';

-- What changes who may write SQL in a schema, or what SQL is in it, is told too. Triggers, policies and rules have no schema of their
-- own, and a grant names nothing: where somebody else than a server of Plinth has granted something, it may be of any schema.
create or replace function plinth.notify_model_change() returns event_trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  changed text;
begin
  for changed in
    select distinct w.schema_name
    from (
      select coalesce(c.schema_name, (
        select n.nspname
        from pg_namespace as n
        where n.oid = case
          when c.classid = 'pg_namespace'::regclass then c.objid
          else (
            select t.relnamespace
            from pg_class as t
            where t.oid = case c.classid
              when 'pg_trigger'::regclass then (select tgrelid from pg_trigger where oid = c.objid)
              when 'pg_policy'::regclass then (select polrelid from pg_policy where oid = c.objid)
              when 'pg_rewrite'::regclass then (select ev_class from pg_rewrite where oid = c.objid)
            end)
        end))
      from pg_event_trigger_ddl_commands() as c
    ) as command (schema_name)
    join plinth.workspaces as w using (schema_name)
  loop
    perform pg_notify('plinth_model', changed);
  end loop;
  if current_setting('application_name') not like 'plinth%'
    and exists (select from pg_event_trigger_ddl_commands() as c where c.command_tag in ('GRANT', 'CREATE CAST'))
  then
    perform pg_notify('plinth_model', '*');
  end if;
end
$$;

-- Down Migration

create or replace function plinth.notify_model_change() returns event_trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  changed text;
begin
  for changed in
    select distinct schema_name from pg_event_trigger_ddl_commands()
    where schema_name in (select w.schema_name from plinth.workspaces as w)
  loop
    perform pg_notify('plinth_model', changed);
  end loop;
end
$$;
alter table plinth.instance drop column role_secret;
