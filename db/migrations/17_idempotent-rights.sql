-- Up Migration

alter table plinth.idempotent_answers add column rights text;
comment on column plinth.idempotent_answers.rights is 'What the role that was answered could read, as a hash; null where nothing was kept from it.';

-- Down Migration

alter table plinth.idempotent_answers drop column rights;
