-- Up Migration

-- People, and how they sign in. The first four tables are better-auth's (generated from it, 1.7, with names of ours): it reads and
-- writes them; `server/access/sessions.ts` says which column is which field.
create table plinth.users (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  email text not null constraint users_email_key unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_email_check check (email = lower(email))
);
comment on table plinth.users is 'A person who signs in; which workspaces they are in, plinth.members says.';

create table plinth.accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null constraint accounts_user_id_fkey references plinth.users on delete cascade,
  provider_id text not null,
  account_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint accounts_provider_id_account_id_key unique (provider_id, account_id)
);
create index accounts_user_id_idx on plinth.accounts (user_id);
comment on table plinth.accounts is 'A way in which a person signs in: the provider "credential" is a password, of which the scrypt hash is kept.';

create table plinth.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null constraint sessions_user_id_fkey references plinth.users on delete cascade,
  token text not null constraint sessions_token_key unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index sessions_user_id_idx on plinth.sessions (user_id);
comment on table plinth.sessions is 'Where somebody is signed in. A token is of no use without its signature, which the cookie has.';

create table plinth.verifications (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_identifier_idx on plinth.verifications (identifier);
comment on table plinth.verifications is 'What another provider must send back when somebody signs in by it.';

create table plinth.sign_in_attempts (
  key text primary key,
  points integer not null default 0,
  expire bigint
);
comment on table plinth.sign_in_attempts is 'How often somebody has tried to sign in of late, by a hash of their e-mail address and by network address.';

create table plinth.instance (
  is_only boolean primary key default true constraint instance_is_only_check check (is_only),
  owner_id uuid constraint instance_owner_id_fkey references plinth.users on delete set null,
  auth_secret text not null default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
);
create index instance_owner_id_idx on plinth.instance (owner_id);
insert into plinth.instance default values;
comment on table plinth.instance is 'One row: what belongs to no workspace.';
comment on column plinth.instance.owner_id is 'The first person; null until somebody has set up this instance.';
comment on column plinth.instance.auth_secret is 'Signs the cookies of sessions where AUTH_SECRET is not set.';

create table plinth.members (
  workspace_id uuid not null constraint members_workspace_id_fkey references plinth.workspaces on delete cascade,
  id uuid not null default gen_random_uuid(),
  user_id uuid not null constraint members_user_id_fkey references plinth.users on delete cascade,
  role_id uuid not null constraint members_role_id_fkey references plinth.roles,
  has_record boolean not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint members_pkey primary key (workspace_id, id),
  constraint members_user_id_workspace_id_key unique (user_id, workspace_id)
);
create index members_role_id_idx on plinth.members (role_id);
comment on table plinth.members is 'A person in a workspace, with the role that they have there.';
comment on column plinth.members.id is 'Of their record among the workspace''s own workspace_members.';
comment on column plinth.members.has_record is 'Who has a record is a member for as long as it is there; a workspace without such a table has members all the same.';

create table plinth.links (
  token_hash bytea primary key,
  id uuid not null default gen_random_uuid() constraint links_id_key unique,
  kind text not null constraint links_kind_check check (kind in ('set-up', 'invitation', 'public')),
  workspace_id uuid constraint links_workspace_id_fkey references plinth.workspaces on delete cascade,
  email text,
  role_id uuid constraint links_role_id_fkey references plinth.roles on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint links_workspace_id_email_key unique (workspace_id, email),
  constraint links_kind_parts_check check (
    (kind = 'set-up') = (workspace_id is null)
    and (kind = 'invitation') = (email is not null)
    and (kind = 'set-up') = (role_id is null)
  )
);
create index links_role_id_idx on plinth.links (role_id);
create unique index links_public_key on plinth.links (workspace_id) where kind = 'public';
comment on table plinth.links is 'Links that let somebody in once, or anybody until it expires (public); of the token, the SHA-256 is kept.';

-- Down Migration

drop table plinth.links, plinth.members, plinth.instance, plinth.sign_in_attempts, plinth.verifications, plinth.sessions,
  plinth.accounts, plinth.users;
