-- Up Migration

alter table plinth.objects
  add column shortcut text,
  add column color text,
  add column overridden jsonb not null default '[]',
  add column aliases jsonb not null default '[]',
  add column image_identifier text;
-- Two objects may exchange their names in one change.
alter table plinth.objects
  drop constraint objects_workspace_id_name_singular_key,
  drop constraint objects_workspace_id_name_plural_key,
  add constraint objects_workspace_id_name_singular_key unique (workspace_id, name_singular) deferrable initially deferred,
  add constraint objects_workspace_id_name_plural_key unique (workspace_id, name_plural) deferrable initially deferred;
comment on column plinth.objects.overridden is 'What users have changed of a standard object''s labels, description and icon.';
comment on column plinth.objects.aliases is 'Former names, which go on being served.';

alter table plinth.fields
  add column overridden jsonb not null default '[]',
  add column aliases jsonb not null default '[]',
  add column is_ui_read_only boolean not null default false;
comment on column plinth.fields.overridden is 'What users have changed of a standard field''s label, description and icon.';
comment on column plinth.fields.aliases is 'Former names, which go on being served.';

alter table plinth.relations add column morph_id uuid;
comment on column plinth.relations.morph_id is 'The morph relation that this is one target of: the same on all of its fields.';
with owners as (
  select f.object_id, r.morph, gen_random_uuid() as morph_id
  from plinth.relations as r
  join plinth.fields as f on f.id = r.field_id
  where r.morph is not null and r.kind = 'MANY_TO_ONE'
  group by f.object_id, r.morph
), members as (
  select r.field_id, r.target_field_id, owners.morph_id
  from owners
  join plinth.fields as f on f.object_id = owners.object_id
  join plinth.relations as r on r.field_id = f.id and r.kind = 'MANY_TO_ONE' and r.morph = owners.morph
)
update plinth.relations as r set morph_id = members.morph_id
from members
where r.field_id in (members.field_id, members.target_field_id);

create table plinth.indexes (
  id uuid primary key,
  workspace_id uuid not null constraint indexes_workspace_id_fkey references plinth.workspaces on delete cascade,
  object_id uuid not null constraint indexes_object_id_fkey references plinth.objects on delete cascade,
  type text not null constraint indexes_type_check check (type in ('BTREE', 'GIN')),
  is_unique boolean not null,
  fields jsonb not null,
  place integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index indexes_workspace_id_idx on plinth.indexes (workspace_id);
create index indexes_object_id_idx on plinth.indexes (object_id);
comment on table plinth.indexes is 'An index that was asked for; fields says its columns in order, each a field by id and a sub-field of it.';

alter table plinth.workspaces
  add column logo text,
  add column subdomain text constraint workspaces_subdomain_key unique,
  add column is_public_invite_link_enabled boolean not null default true,
  add column is_password_auth_enabled boolean not null default true;
comment on column plinth.workspaces.subdomain is 'What the workspace is called in addresses; where null, its name.';

-- Down Migration

alter table plinth.workspaces
  drop column logo, drop column subdomain, drop column is_public_invite_link_enabled, drop column is_password_auth_enabled;
drop table plinth.indexes;
alter table plinth.relations drop column morph_id;
alter table plinth.fields drop column overridden, drop column aliases, drop column is_ui_read_only;
alter table plinth.objects
  drop column shortcut, drop column color, drop column overridden, drop column aliases, drop column image_identifier;
