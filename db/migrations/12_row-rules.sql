-- Up Migration

create table plinth.row_rules (
  role_id uuid not null constraint row_rules_role_id_fkey references plinth.roles on delete cascade,
  object_id uuid not null constraint row_rules_object_id_fkey references plinth.objects on delete cascade,
  filter jsonb not null,
  constraint row_rules_pkey primary key (role_id, object_id)
);
create index row_rules_object_id_idx on plinth.row_rules (object_id);
comment on table plinth.row_rules is 'The records of an object that a role is limited to, as a filter of the API; in the workspace, a policy.';

-- Down Migration

drop table plinth.row_rules;
