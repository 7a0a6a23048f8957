-- Up Migration

create table plinth.webhooks (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null constraint webhooks_workspace_id_fkey references plinth.workspaces on delete cascade,
  target_url text not null,
  operations jsonb not null,
  description text,
  secret text not null,
  due_at timestamptz,
  failures integer not null default 0,
  failing_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index webhooks_workspace_id_idx on plinth.webhooks (workspace_id);
create index webhooks_due_at_idx on plinth.webhooks (due_at) where disabled_at is null;
comment on table plinth.webhooks is 'Who is told of changed records, over HTTP.';
comment on column plinth.webhooks.operations is 'What it is told of: [{"object": id or "*", "action": name or "*"}].';
comment on column plinth.webhooks.secret is 'What deliveries are signed with, as it is: a hash could not sign.';
comment on column plinth.webhooks.due_at is 'When a worker is to look at its deliveries; null where none waits.';
comment on column plinth.webhooks.failures is 'Attempts that failed since the last that did not.';

create table plinth.webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null constraint webhook_deliveries_webhook_id_fkey references plinth.webhooks on delete cascade,
  position bigint,
  event_name text not null,
  record_id text not null,
  state text not null default 'pending' constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  next_attempt_at timestamptz default now(),
  last_attempt_at timestamptz,
  latency_ms integer,
  response_status integer,
  response_body text,
  error text,
  begun_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index webhook_deliveries_webhook_id_idx on plinth.webhook_deliveries (webhook_id, id);
create index webhook_deliveries_created_at_idx on plinth.webhook_deliveries (created_at);
create index webhook_deliveries_pending_idx on plinth.webhook_deliveries (webhook_id, position nulls first) where state = 'pending';
create index webhook_deliveries_waiting_idx on plinth.webhook_deliveries (webhook_id, record_id) where state = 'pending' and attempts > 0;
comment on table plinth.webhook_deliveries is 'What each webhook is to be told, or was: the log.';
comment on column plinth.webhook_deliveries.position is 'Of the event, in plinth_events of the workspace''s schema; null for a test.';
comment on column plinth.webhook_deliveries.begun_at is 'When its attempts began, at first or again: for a day from then on it is tried.';

create table plinth.listeners (
  workspace_id uuid not null constraint listeners_workspace_id_fkey references plinth.workspaces on delete cascade,
  object text not null,
  until timestamptz not null,
  constraint listeners_pkey primary key (workspace_id, object)
);
comment on table plinth.listeners is 'Objects whose changes somebody reads as a stream; triggers stay until this time, which whoever reads puts off.';

-- Down Migration

drop table plinth.listeners;
drop table plinth.webhook_deliveries;
drop table plinth.webhooks;
