-- Up Migration

create table plinth.roles (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null constraint roles_workspace_id_fkey references plinth.workspaces on delete cascade,
  label text not null,
  description text,
  icon text,
  is_editable boolean not null default true,
  can_update_all_settings boolean not null default false,
  can_access_all_tools boolean not null default false,
  can_read_all_object_records boolean not null default false,
  can_update_all_object_records boolean not null default false,
  can_soft_delete_all_object_records boolean not null default false,
  can_destroy_all_object_records boolean not null default false,
  role_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint roles_workspace_id_label_key unique (workspace_id, label),
  constraint roles_writes_are_read_check check (
    can_read_all_object_records
    or not (can_update_all_object_records or can_soft_delete_all_object_records or can_destroy_all_object_records)
  )
);
comment on table plinth.roles is 'What keys and members of a workspace may do; of records, it is what the Postgres role is granted.';
comment on column plinth.roles.role_name is 'The Postgres role; null for one without restrictions, which is the workspace''s own.';
comment on column plinth.roles.is_editable is 'False of the role that cannot be locked out.';

create table plinth.object_permissions (
  role_id uuid not null constraint object_permissions_role_id_fkey references plinth.roles on delete cascade,
  object_id uuid not null constraint object_permissions_object_id_fkey references plinth.objects on delete cascade,
  can_read boolean,
  can_update boolean,
  can_soft_delete boolean,
  can_destroy boolean,
  constraint object_permissions_pkey primary key (role_id, object_id)
);
create index object_permissions_object_id_idx on plinth.object_permissions (object_id);
comment on table plinth.object_permissions is 'Where a role may do other things to records of one object than to all; null is what holds for all.';

create table plinth.field_permissions (
  id uuid primary key default gen_random_uuid(),
  role_id uuid not null constraint field_permissions_role_id_fkey references plinth.roles on delete cascade,
  object_id uuid not null constraint field_permissions_object_id_fkey references plinth.objects on delete cascade,
  field_id uuid not null constraint field_permissions_field_id_fkey references plinth.fields on delete cascade,
  can_read boolean,
  can_update boolean,
  constraint field_permissions_role_id_field_id_key unique (role_id, field_id)
);
create index field_permissions_object_id_idx on plinth.field_permissions (object_id);
create index field_permissions_field_id_idx on plinth.field_permissions (field_id);
comment on table plinth.field_permissions is 'Where a role may do other things to a field than to its record; null is what holds for the record.';

create table plinth.permission_flags (
  id uuid primary key default gen_random_uuid(),
  role_id uuid not null constraint permission_flags_role_id_fkey references plinth.roles on delete cascade,
  flag text not null,
  constraint permission_flags_role_id_flag_key unique (role_id, flag)
);
comment on table plinth.permission_flags is 'Settings that a role may change, and tools that it may use, one by one.';

insert into plinth.roles (
  workspace_id, label, description, icon, is_editable, can_update_all_settings, can_access_all_tools,
  can_read_all_object_records, can_update_all_object_records, can_soft_delete_all_object_records, can_destroy_all_object_records
)
select w.id, first.*
from plinth.workspaces as w
cross join (
  values
    ('Admin', 'May do everything', 'IconUserCog', false, true, true, true, true, true, true),
    ('Member', 'Works with all records; changes no settings, and destroys nothing', 'IconUser', true, false, true, true, true, true, false)
) as first;

alter table plinth.workspaces
  add column default_role_id uuid constraint workspaces_default_role_id_fkey references plinth.roles on delete set null;
comment on column plinth.workspaces.default_role_id is 'What new members may do.';
update plinth.workspaces as w set default_role_id = r.id from plinth.roles as r where r.workspace_id = w.id and r.label = 'Member';
create index workspaces_default_role_id_idx on plinth.workspaces (default_role_id);

alter table plinth.api_keys add column role_id uuid constraint api_keys_role_id_fkey references plinth.roles;
update plinth.api_keys as k set role_id = r.id from plinth.roles as r where r.workspace_id = k.workspace_id and not r.is_editable;
alter table plinth.api_keys alter column role_id set not null;
create index api_keys_role_id_idx on plinth.api_keys (role_id);

-- People send such requests too: whoever it was, a key or a person, is known by an id.
alter table plinth.idempotent_answers drop constraint idempotent_answers_api_key_id_fkey;
alter table plinth.idempotent_answers rename column api_key_id to caller_id;

-- Down Migration

alter table plinth.idempotent_answers rename column caller_id to api_key_id;
delete from plinth.idempotent_answers where api_key_id not in (select id from plinth.api_keys);
alter table plinth.idempotent_answers
  add constraint idempotent_answers_api_key_id_fkey foreign key (api_key_id) references plinth.api_keys on delete cascade;
alter table plinth.api_keys drop column role_id;
alter table plinth.workspaces drop column default_role_id;
drop table plinth.permission_flags;
drop table plinth.field_permissions;
drop table plinth.object_permissions;
drop table plinth.roles;
