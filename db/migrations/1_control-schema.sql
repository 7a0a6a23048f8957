-- Up Migration

create schema if not exists plinth;
comment on schema plinth is 'What Plinth knows of its workspaces that their own schemas have no place for.';
revoke all on schema plinth from public;

create table plinth.workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint workspaces_name_key unique,
  display_name text not null,
  schema_name text not null constraint workspaces_schema_name_key unique,
  role_name text not null constraint workspaces_role_name_key unique,
  model_version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table plinth.workspaces is 'A workspace: a Postgres schema with its tables, and the role that its requests run as.';
comment on column plinth.workspaces.model_version is 'Counts the changes of the model made through the metadata API.';

create table plinth.objects (
  id uuid primary key,
  workspace_id uuid not null constraint objects_workspace_id_fkey references plinth.workspaces on delete cascade,
  name_singular text not null,
  name_plural text not null,
  label_singular text not null,
  label_plural text not null,
  description text,
  icon text,
  origin text not null constraint objects_origin_check check (origin in ('standard', 'custom')),
  is_active boolean not null,
  is_system boolean not null,
  is_searchable boolean not null,
  label_identifier text,
  duplicate_criteria jsonb not null,
  place integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint objects_workspace_id_name_singular_key unique (workspace_id, name_singular),
  constraint objects_workspace_id_name_plural_key unique (workspace_id, name_plural)
);
comment on table plinth.objects is 'A kind of record; its table is named after name_plural.';

create table plinth.fields (
  id uuid primary key,
  workspace_id uuid not null constraint fields_workspace_id_fkey references plinth.workspaces on delete cascade,
  object_id uuid not null constraint fields_object_id_fkey references plinth.objects on delete cascade,
  name text not null,
  type text not null,
  label text not null,
  description text,
  icon text,
  origin text not null constraint fields_origin_check check (origin in ('standard', 'custom')),
  is_active boolean not null,
  is_system boolean not null,
  is_nullable boolean not null,
  is_unique boolean not null,
  default_value jsonb,
  options jsonb,
  settings jsonb not null,
  place integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint fields_object_id_name_key unique (object_id, name) deferrable initially deferred
);
create index fields_workspace_id_idx on plinth.fields (workspace_id);
comment on table plinth.fields is 'A property of a record; its columns are named after name.';

create table plinth.relations (
  field_id uuid primary key constraint relations_field_id_fkey references plinth.fields on delete cascade,
  workspace_id uuid not null constraint relations_workspace_id_fkey references plinth.workspaces on delete cascade,
  kind text not null constraint relations_kind_check check (kind in ('MANY_TO_ONE', 'ONE_TO_MANY')),
  target_object_id uuid not null constraint relations_target_object_id_fkey references plinth.objects on delete cascade,
  target_field_id uuid not null constraint relations_target_field_id_fkey references plinth.fields on delete cascade deferrable initially deferred,
  on_delete text not null,
  morph text
);
create index relations_workspace_id_idx on plinth.relations (workspace_id);
create index relations_target_object_id_idx on plinth.relations (target_object_id);
create index relations_target_field_id_idx on plinth.relations (target_field_id);
comment on table plinth.relations is 'One end of a relation: a row for each of its two fields.';

create table plinth.api_keys (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null constraint api_keys_workspace_id_fkey references plinth.workspaces on delete cascade,
  name text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index api_keys_workspace_id_idx on plinth.api_keys (workspace_id);
comment on table plinth.api_keys is 'Who may use a workspace; its tokens are what they send.';

create table plinth.api_key_tokens (
  id text primary key,
  api_key_id uuid not null constraint api_key_tokens_api_key_id_fkey references plinth.api_keys on delete cascade,
  secret_hash bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index api_key_tokens_api_key_id_idx on plinth.api_key_tokens (api_key_id);
comment on table plinth.api_key_tokens is 'A token of a key: the part that it is found by, and the SHA-256 of the whole. Never the token.';

-- Changes of tables by hand are told to the servers, which then serve the new model with the next request. Only a superuser
-- may make event triggers; without them the servers look for themselves every few seconds.
create function plinth.notify_model_change() returns event_trigger
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

create function plinth.notify_model_drop() returns event_trigger
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

do $$
begin
  create event trigger plinth_ddl on ddl_command_end execute function plinth.notify_model_change();
  create event trigger plinth_drop on sql_drop execute function plinth.notify_model_drop();
exception
  when insufficient_privilege then
    raise notice 'not a superuser: changes made by hand are noticed within seconds instead of at once';
end
$$;

-- Down Migration

drop event trigger if exists plinth_ddl;
drop event trigger if exists plinth_drop;
drop schema plinth cascade;
