-- Up Migration

-- Unlogged: after a crash of PostgreSQL all buckets are full again, which is what they are after a few seconds anyway.
create unlogged table plinth.rate_limits (
  name text primary key,
  tokens double precision not null,
  filled_at timestamptz not null
);
comment on table plinth.rate_limits is 'Token buckets that the server processes share: what was left in each when somebody last told.';
comment on column plinth.rate_limits.name is 'Whose: "key:" and the id of a key or member, "address:" and one from which wrong tokens came.';

-- No foreign key: what was done to a workspace is known also when it is gone, its deletion too.
create table plinth.audit_log (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  actor_type text not null
    constraint audit_log_actor_type_check check (actor_type in ('API_KEY', 'MEMBER', 'COMMAND_LINE', 'SYSTEM')),
  actor_id uuid,
  actor_name text not null,
  ip inet,
  user_agent text,
  request_id uuid,
  action text not null,
  subject_type text not null,
  subject_id text,
  subject_name text,
  detail jsonb
);
create index audit_log_workspace_id_at_id_idx on plinth.audit_log (workspace_id, at desc, id desc);
create index audit_log_at_idx on plinth.audit_log using brin (at);
comment on table plinth.audit_log is 'Who changed what of a workspace beside its records. Rows are only added; AUDIT_RETENTION_DAYS says for how long they are kept.';
comment on column plinth.audit_log.actor_id is 'Of the key, or of the member''s record.';
comment on column plinth.audit_log.actor_name is 'As it was then.';
comment on column plinth.audit_log.subject_name is 'As it was then.';

create function plinth.keep_audit_log() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'plinth.audit_log is only added to' using errcode = 'insufficient_privilege';
end
$$;

-- What is too old is deleted by a transaction that says so (server/access/audit.ts).
create trigger keep_rows before update or delete on plinth.audit_log
  for each row
  when (current_setting('plinth.audit_retention', true) is distinct from 'on')
  execute function plinth.keep_audit_log();
create trigger keep_table before truncate on plinth.audit_log
  for each statement
  execute function plinth.keep_audit_log();

-- Down Migration

drop table plinth.audit_log;
drop function plinth.keep_audit_log();
drop table plinth.rate_limits;
