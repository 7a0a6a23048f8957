-- Up Migration

create table plinth.model_jobs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null constraint model_jobs_workspace_id_fkey references plinth.workspaces on delete cascade,
  kind text not null constraint model_jobs_kind_check check (kind in ('make', 'validate', 'fill', 'require')),
  table_key text not null,
  key text not null,
  name text not null,
  state text not null default 'waiting' constraint model_jobs_state_check check (state in ('waiting', 'running', 'done', 'failed')),
  attempts integer not null default 0,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index model_jobs_unfinished_key on plinth.model_jobs (workspace_id, kind, key) where state in ('waiting', 'running');
create index model_jobs_workspace_id_idx on plinth.model_jobs (workspace_id, created_at);
comment on table plinth.model_jobs is 'What a change of a model left to be done while its big table is used: indexes made, constraints validated, columns filled.';
comment on column plinth.model_jobs.key is 'Of the index, constraint or column, from the ids of the model; what it is called is looked up when the job runs.';

-- Down Migration

drop table plinth.model_jobs;
