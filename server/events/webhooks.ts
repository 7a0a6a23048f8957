/** Webhooks, as both metadata APIs show and change them. Contract: metadata.md 1.1, 1.3, 5. */

import { randomBytes } from 'node:crypto';
import { sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { changeListeners } from '../changes/apply.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { checkLength, MAX_DESCRIPTION_CHARACTERS } from '../limits/limits.ts';
import { checkedId } from '../model/edit/steps.ts';
import type { ObjectType } from '../model/model.ts';
import { requireSightOfAll } from '../roles/excess.ts';
import { ACTIONS, type Operation } from '../store/operations.ts';
import { fullSnapshot } from '../store/snapshot.ts';

export type WebhookView = {
  readonly id: string;
  readonly targetUrl: string;
  /** `company.created`, by the names of today. */
  readonly operations: readonly string[];
  readonly description: string | null;
  readonly secret: string;
  /** False where it was disabled, because its deliveries went on failing. */
  readonly isActive: boolean;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
  /** Since when no delivery has succeeded. */
  readonly failingSince: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Of no webhook that there is; for clients that ask. */
  readonly deletedAt: null;
};

export type WebhookInput = {
  readonly targetUrl?: string | null;
  readonly operations?: readonly string[] | null;
  readonly description?: string | null;
  readonly secret?: string | null;
};

// 24 random bytes, as Standard Webhooks has them.
const SECRET_BYTES = 24;
const SECRET_PREFIX = 'whsec_';
const MAX_SECRET = 256;
const MAX_URL = 2_048;
const MAX_OPERATIONS = 200;

type Row = Omit<WebhookView, 'operations' | 'isActive' | 'deletedAt'> & { readonly operations: readonly Operation[] };

export async function allWebhooks(asker: RequestContext, id?: string): Promise<WebhookView[]> {
  const { database, principal } = asker;
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const rows = await database.asOwner((client) =>
    client.rows<Record<keyof Row, Given>>(sql`
      select
        id, target_url as "targetUrl", operations, description, secret, disabled_at as "disabledAt",
        disabled_reason as "disabledReason", failing_since as "failingSince", created_at as "createdAt",
        updated_at as "updatedAt"
      from plinth.webhooks
      where workspace_id = ${sql.value(principal.workspaceId)} ${id === undefined ? sql.blank : sql`and id = ${sql.value(checkedId(id))}`}
      order by id`),
  );
  if (rows.length === 0) return [];
  const { objects } = (await fullSnapshot(asker)).model;
  return rows.map((row) => viewOf(row, objects));
}

function viewOf(row: Record<keyof Row, Given>, objects: readonly ObjectType[]): WebhookView {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    ...row,
    operations: (row.operations as Operation[]).flatMap(({ object, action }) => {
      const name = object === '*' ? '*' : objects.find(({ id }) => id === object)?.nameSingular;
      return name === undefined ? [] : [`${name}.${action}`]; // of an object that is gone nothing happens any more
    }),
    isActive: row.disabledAt === null,
    disabledAt: iso(row.disabledAt),
    failingSince: iso(row.failingSince),
    createdAt: iso(row.createdAt) as string,
    updatedAt: iso(row.updatedAt) as string,
    deletedAt: null,
  };
}

export async function oneWebhook(asker: RequestContext, id: string): Promise<WebhookView> {
  const [webhook] = await allWebhooks(asker, id);
  if (!webhook) throw refuse('NOT_FOUND', 'Webhook not found');
  return webhook;
}

export async function makeWebhook(asker: RequestContext, input: WebhookInput): Promise<WebhookView> {
  const { database, principal } = asker;
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const targetUrl = checkedUrl(input.targetUrl ?? '');
  const operations = await checkedOperations(asker, input.operations ?? ['*.*']);
  checkLength('description', input.description, MAX_DESCRIPTION_CHARACTERS);
  const secret = input.secret ? checkedSecret(input.secret) : newSecret();
  const made = await changeListeners(database, principal.workspaceId, async (client) => {
    await requireSightOfAll(client, principal);
    const [row] = await client.rows<{ id: string }>(sql`
      insert into plinth.webhooks (workspace_id, target_url, operations, description, secret)
      values (
        ${sql.value(principal.workspaceId)}, ${sql.value(targetUrl)}, ${sql.value(JSON.stringify(operations))}::jsonb,
        ${sql.value(input.description ?? null)}, ${sql.value(secret)}
      )
      returning id`);
    const { id } = row as { id: string };
    await recordAudit(client, principal, {
      action: 'webhook.created',
      subject: { type: 'webhook', id, name: hostOf(targetUrl) },
      detail: { operations: input.operations ?? ['*.*'] },
    });
    return id;
  });
  return oneWebhook(asker, made);
}

/** One that was disabled begins anew. What isn't given stays as it is; an empty secret is replaced by a new one. */
export async function changeWebhook(asker: RequestContext, id: string, input: WebhookInput): Promise<WebhookView> {
  const { database, principal } = asker;
  const before = await oneWebhook(asker, id);
  const { targetUrl, operations, description, secret } = input;
  checkLength('description', description, MAX_DESCRIPTION_CHARACTERS);
  const changes = [
    ...(targetUrl != null ? [sql`target_url = ${sql.value(checkedUrl(targetUrl))}`] : []),
    ...(operations != null
      ? [sql`operations = ${sql.value(JSON.stringify(await checkedOperations(asker, operations)))}::jsonb`]
      : []),
    ...(description !== undefined ? [sql`description = ${sql.value(description)}`] : []),
    ...(secret != null ? [sql`secret = ${sql.value(secret === '' ? newSecret() : checkedSecret(secret))}`] : []),
    sql`disabled_at = null, disabled_reason = null, failing_since = null, failures = 0, due_at = now(),
    updated_at = now()`,
  ];
  await changeListeners(database, principal.workspaceId, async (client) => {
    await requireSightOfAll(client, principal);
    await client.rows(sql`
      update plinth.webhooks set ${sql.join(changes, ', ')}
      where id = ${sql.value(before.id)} and workspace_id = ${sql.value(principal.workspaceId)}`);
    await recordAudit(client, principal, {
      action: 'webhook.changed',
      subject: { type: 'webhook', id: before.id, name: hostOf(before.targetUrl) },
      detail: {
        ...(targetUrl != null && { host: hostOf(targetUrl) }),
        ...(operations != null && { operations }),
        ...(description !== undefined && { description }),
        ...(secret != null && { secret: 'replaced' }),
      },
    });
  });
  return oneWebhook(asker, id);
}

/** With its deliveries, those that wait too. @returns it as it was */
export async function removeWebhook(asker: RequestContext, id: string): Promise<WebhookView> {
  const { database, principal } = asker;
  const webhook = await oneWebhook(asker, id);
  await changeListeners(database, principal.workspaceId, async (client) => {
    await client.rows(sql`
      delete from plinth.webhooks
      where id = ${sql.value(webhook.id)} and workspace_id = ${sql.value(principal.workspaceId)}`);
    await recordAudit(client, principal, {
      action: 'webhook.deleted',
      subject: { type: 'webhook', id: webhook.id, name: hostOf(webhook.targetUrl) },
    });
  });
  return webhook;
}

/** By which a webhook is known in the audit log: paths and queries of targets are often secrets themselves. */
function hostOf(targetUrl: string): string {
  return new URL(targetUrl.trim()).host;
}

function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** After `whsec_` a secret is base64; any other is signed with as it is written. */
function checkedSecret(secret: string): string {
  if (secret.length > MAX_SECRET) throw refuse('BAD_REQUEST', `secret must be at most ${MAX_SECRET} characters`);
  if (/[^\x20-\x7e]/.test(secret)) throw refuse('BAD_REQUEST', 'secret must be printable ASCII');
  if (secret.startsWith(SECRET_PREFIX) && !/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(SECRET_PREFIX.length)))
    throw refuse('BAD_REQUEST', `secret must be base64 after ${SECRET_PREFIX}`);
  return secret;
}

/** Where it leads is looked at when something is delivered: names are given other addresses. */
function checkedUrl(given: string): string {
  const text = given.trim();
  if (text === '') throw refuse('BAD_REQUEST', 'targetUrl should not be empty');
  if (text.length > MAX_URL) throw refuse('BAD_REQUEST', `targetUrl must be at most ${MAX_URL} characters`);
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw refuse('BAD_REQUEST', `targetUrl must be an http or https URL, not "${text}"`);
  if (url.username || url.password)
    throw refuse('BAD_REQUEST', 'targetUrl must not contain a user name or password; deliveries are signed instead');
  return text;
}

/** @throws PlinthError BAD_REQUEST, naming each that means nothing */
async function checkedOperations(asker: RequestContext, given: readonly string[]): Promise<Operation[]> {
  if (given.length === 0) throw refuse('BAD_REQUEST', 'operations should not be empty');
  if (given.length > MAX_OPERATIONS) throw refuse('BAD_REQUEST', `operations must be at most ${MAX_OPERATIONS}`);
  const { objects } = (await fullSnapshot(asker)).model;
  const mistakes: string[] = [];
  const operations = new Map<string, Operation>();
  for (const text of given) {
    const [name = '', action = '', ...rest] = text.trim().split('.');
    const object =
      name === '*'
        ? name
        : objects.find(({ nameSingular, aliases }) =>
            [nameSingular, ...aliases.map((a) => a.nameSingular)].includes(name),
          )?.id;
    if (rest.length > 0 || name === '' || action === '')
      mistakes.push(`"${text}" is not of the form object.action, as in company.created, company.* or *.*`);
    else if (action === 'upserted') mistakes.push(`"${text}": an upsert sends created or updated; listen to those`);
    else if (action !== '*' && !(ACTIONS as readonly string[]).includes(action))
      mistakes.push(`"${text}": there is no action "${action}"; there are ${ACTIONS.join(', ')} and *`);
    else if (object === undefined) mistakes.push(`"${text}": there is no object named "${name}"`);
    else operations.set(`${object}.${action}`, { object, action: action as Operation['action'] });
  }
  if (mistakes.length > 0) throw refuse('BAD_REQUEST', `operations: ${mistakes.join('; ')}`);
  return [...operations.values()];
}
