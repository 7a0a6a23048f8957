-- Up Migration

create table plinth.imports (
  workspace_id uuid not null constraint imports_workspace_id_fkey references plinth.workspaces on delete cascade,
  id uuid not null,
  object_name text not null,
  format text not null constraint imports_format_check check (format in ('ndjson', 'csv')),
  is_upsert boolean not null,
  line bigint not null default 0,
  digest text not null default '',
  created bigint not null default 0,
  updated bigint not null default 0,
  refused bigint not null default 0,
  is_done boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint imports_pkey primary key (workspace_id, id)
);
create index imports_updated_at_idx on plinth.imports (updated_at);
comment on table plinth.imports is 'How far each import of records is, written with the records themselves, so that it goes on there.';
comment on column plinth.imports.line is 'The last line of the file whose record is there, or was refused.';
comment on column plinth.imports.digest is 'SHA-256 of the file up to that line: another file cannot go on in its place.';

-- Down Migration

drop table plinth.imports;
