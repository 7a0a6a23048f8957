-- Up Migration

alter table plinth.object_permissions add column granted uuid[] not null default '{}';
comment on column plinth.object_permissions.granted is 'The fields that the object had when it was granted: a role that does not read all objects has no later ones.';

alter table plinth.roles
  add column can_be_assigned_to_users boolean not null default true,
  add column can_be_assigned_to_api_keys boolean not null default true,
  add column can_be_assigned_to_agents boolean not null default true;

-- One that is refused anything runs as a Postgres role of its own, which is made when it is first wanted.
update plinth.roles as r set role_name = left(w.role_name, 50) || '__member'
from plinth.workspaces as w
where w.id = r.workspace_id and r.label = 'Member' and r.role_name is null and not r.can_destroy_all_object_records;
alter table plinth.roles add constraint roles_role_name_key unique (role_name);
comment on column plinth.roles.role_name is 'The Postgres role, made when it is first wanted; null for one without restrictions, which is the workspace''s own.';

-- Down Migration

alter table plinth.roles drop constraint roles_role_name_key;
alter table plinth.roles
  drop column can_be_assigned_to_users, drop column can_be_assigned_to_api_keys, drop column can_be_assigned_to_agents;
alter table plinth.object_permissions drop column granted;
