-- Up Migration

alter table plinth.webhook_deliveries add column sent_to text, add column sent_headers json;
comment on column plinth.webhook_deliveries.sent_to is 'Where the last attempt went, which its payload names; the webhook may have moved since.';
comment on column plinth.webhook_deliveries.sent_headers is 'Of the last attempt, with its signatures.';

-- Down Migration

alter table plinth.webhook_deliveries drop column sent_to, drop column sent_headers;
