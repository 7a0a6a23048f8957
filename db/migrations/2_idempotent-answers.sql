-- Up Migration

create table plinth.idempotent_answers (
  api_key_id uuid not null constraint idempotent_answers_api_key_id_fkey references plinth.api_keys on delete cascade,
  key text not null,
  request_hash bytea not null,
  answer text,
  created_at timestamptz not null default now(),
  constraint idempotent_answers_pkey primary key (api_key_id, key)
);
create index idempotent_answers_created_at_idx on plinth.idempotent_answers (created_at);
comment on table plinth.idempotent_answers is 'What a write with an Idempotency-Key was answered: kept for 24 hours, deleted by later writes.';
comment on column plinth.idempotent_answers.request_hash is 'SHA-256 of method, path with query, and body.';
comment on column plinth.idempotent_answers.answer is 'The result as JSON; null where it was too large to be kept.';

-- Down Migration

drop table plinth.idempotent_answers;
