-- Up Migration

create table plinth.known_by_hand (
  id uuid constraint known_by_hand_pkey primary key,
  workspace_id uuid not null constraint known_by_hand_workspace_id_fkey references plinth.workspaces on delete cascade,
  in_database text not null,
  table_oid oid not null,
  table_name text not null,
  column_numbers smallint[] not null default '{}',
  column_names text[] not null default '{}',
  is_inverse boolean not null default false
);
create index known_by_hand_workspace_id_idx on plinth.known_by_hand (workspace_id);
comment on table plinth.known_by_hand is 'Tables and columns made by hand of which a role''s permission or rule says something: what Postgres knows them by, so that a rename loses nothing.';
comment on column plinth.known_by_hand.id is 'In the metadata APIs.';
comment on column plinth.known_by_hand.in_database is 'The one in which the oid is the table''s; in another, to which it was restored, the name says which it is.';
comment on column plinth.known_by_hand.column_numbers is 'Of the columns that the field is; none for the table.';
comment on column plinth.known_by_hand.is_inverse is 'The other end of the relation that the column is.';

-- What they are about may be made by hand: whoever deletes an object or a field deletes what is said of it.
alter table plinth.object_permissions drop constraint object_permissions_object_id_fkey;
alter table plinth.field_permissions
  drop constraint field_permissions_object_id_fkey,
  drop constraint field_permissions_field_id_fkey;
alter table plinth.row_rules drop constraint row_rules_object_id_fkey;

alter table plinth.row_rules add column condition text, add column parsed text;
comment on column plinth.row_rules.condition is 'The filter as Postgres has it; null for one that is older than this column, until the model changes.';
comment on column plinth.row_rules.parsed is 'What tells whether the policy is still that one: a hash of its parse tree, which renames leave as it is.';

-- Down Migration

alter table plinth.row_rules drop column condition, drop column parsed;
delete from plinth.row_rules where object_id not in (select id from plinth.objects);
delete from plinth.field_permissions
where object_id not in (select id from plinth.objects) or field_id not in (select id from plinth.fields);
delete from plinth.object_permissions where object_id not in (select id from plinth.objects);
alter table plinth.row_rules
  add constraint row_rules_object_id_fkey foreign key (object_id) references plinth.objects on delete cascade;
alter table plinth.field_permissions
  add constraint field_permissions_object_id_fkey foreign key (object_id) references plinth.objects on delete cascade,
  add constraint field_permissions_field_id_fkey foreign key (field_id) references plinth.fields on delete cascade;
alter table plinth.object_permissions
  add constraint object_permissions_object_id_fkey foreign key (object_id) references plinth.objects on delete cascade;
drop table plinth.known_by_hand;
