-- Up Migration

create table plinth.api_usage (
  api_key_id uuid not null constraint api_usage_api_key_id_fkey references plinth.api_keys on delete cascade,
  hour timestamptz not null,
  api text not null
    constraint api_usage_api_check check (api in ('REST_CORE', 'REST_METADATA', 'GRAPHQL_CORE', 'GRAPHQL_METADATA')),
  requests bigint not null default 0,
  client_errors bigint not null default 0,
  server_errors bigint not null default 0,
  constraint api_usage_pkey primary key (api_key_id, hour, api)
);
create index api_usage_hour_idx on plinth.api_usage using brin (hour);
comment on table plinth.api_usage is 'What each key asked of which API, by the hour: each server process adds what it counted every few seconds. USAGE_RETENTION_DAYS says for how long it is kept.';
comment on column plinth.api_usage.hour is 'In which the requests began.';
comment on column plinth.api_usage.client_errors is 'Of the requests, those that were refused: 4xx, and what is 4xx in REST where GraphQL answers it.';

-- Down Migration

drop table plinth.api_usage;
