-- Up Migration

alter table plinth.workspaces add column is_adopted boolean not null default false;
comment on column plinth.workspaces.is_adopted is 'The schema was there before the workspace, and stays when the workspace is deleted.';

-- An adopted schema may be called anything, so that the table of workspaces says which schemas are theirs. Whoever changes a
-- table need not be allowed to read it.
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

create or replace function plinth.notify_model_drop() returns event_trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  changed text;
begin
  for changed in
    select distinct schema_name from pg_event_trigger_dropped_objects()
    where schema_name in (select w.schema_name from plinth.workspaces as w)
  loop
    perform pg_notify('plinth_model', changed);
  end loop;
end
$$;

-- Down Migration

create or replace function plinth.notify_model_change() returns event_trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  changed text;
begin
  for changed in
    select distinct schema_name from pg_event_trigger_ddl_commands() where schema_name like 'ws\_%'
  loop
    perform pg_notify('plinth_model', changed);
  end loop;
end
$$;

create or replace function plinth.notify_model_drop() returns event_trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  changed text;
begin
  for changed in
    select distinct schema_name from pg_event_trigger_dropped_objects() where schema_name like 'ws\_%'
  loop
    perform pg_notify('plinth_model', changed);
  end loop;
end
$$;
alter function plinth.notify_model_change() security invoker;
alter function plinth.notify_model_drop() security invoker;
alter table plinth.workspaces drop column is_adopted;
