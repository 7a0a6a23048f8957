-- Up Migration

-- A workspace may ask for more than a password; of sessions that there are already, better-auth has not kept how they came.
alter table plinth.sessions add column by_password boolean not null default true;
comment on column plinth.sessions.by_password is 'False where another provider said who it is: plinth.workspaces.is_password_auth_enabled.';

-- Down Migration

alter table plinth.sessions drop column by_password;
