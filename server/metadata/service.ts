/** What can be asked of a workspace's metadata: the one service behind GraphQL and REST. */

import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { createKey, createToken } from '../access/keys.ts';
import type { Principal } from '../access/principal.ts';
import { refuse } from '../errors.ts';
import {
  type CreateField,
  type CreateObject,
  createField,
  createObject,
  deleteField,
  deleteObject,
  foundField,
  foundObject,
  type UpdateField,
  type UpdateObject,
  updateField,
  updateObject,
} from '../model/change.ts';
import type { Model } from '../model/model.ts';
import { changeModel } from './apply.ts';
import { type PlanView, planChange } from './planning.ts';
import type { Builder } from './rehearse.ts';
import { readModel } from './stored-model.ts';
import { type FieldView, fieldView, type ObjectView, objectView, type Snapshot } from './view.ts';

/** Who builds GraphQL schemas, and is told that a schema's tables are others now. */
export type Models = Builder & { changed(schema: string): void };

export type Asker = { readonly database: Database; readonly models: Models; readonly principal: Principal };

/** An object with its fields: what every answer about one carries. */
export type FullObject = ObjectView & { readonly fields: FieldView[] };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function checkedId(id: string): string {
  if (!UUID.test(id)) throw refuse('GRAPHQL_VALIDATION_FAILED', `Invalid UUID "${id}"`);
  return id.toLowerCase();
}

/** The model, read once for a request. */
export async function snapshot({ database, principal }: Asker): Promise<Snapshot> {
  return database.asOwner((client) => readModel(client, principal.workspaceId));
}

export function allObjects(taken: Snapshot): FullObject[] {
  return taken.model.objects
    .map((object) => ({
      ...objectView(taken, object),
      fields: object.fields.map((field) => fieldView(taken, object, field)),
    }))
    .sort(byId);
}

export function allFields(taken: Snapshot): FieldView[] {
  return taken.model.objects
    .flatMap((object) => object.fields.map((field) => fieldView(taken, object, field)))
    .sort(byId);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

export function oneObject(taken: Snapshot, id: string): FullObject {
  const object = foundObject(taken.model, id);
  return { ...objectView(taken, object), fields: object.fields.map((field) => fieldView(taken, object, field)) };
}

export function oneField(taken: Snapshot, id: string): FieldView {
  const { object, field } = foundField(taken.model, id);
  return fieldView(taken, object, field);
}

/** Something to do to the model: what it makes of it, and what is answered then. */
export type Change<Answer> = {
  readonly make: (model: Model) => Model;
  readonly answer: (after: Snapshot, before: Model) => Answer;
};

/** Changes the model, and answers from what it is then. */
export async function apply<Answer>(asker: Asker, { make, answer }: Change<Answer>): Promise<Answer> {
  const { before } = await changeModel(asker.database, asker.principal.workspaceId, make);
  // Other processes hear of it by NOTIFY; this one knows now, so that its next request is served by the new model.
  asker.models.changed(asker.principal.schema);
  return answer(await snapshot(asker), before);
}

/** What a change would do, with nothing done. */
export async function planned({ database, models, principal }: Asker, { make }: Change<unknown>): Promise<PlanView> {
  const { workspaceId, schema } = principal;
  return planChange({ database, models, workspaceId, schema }, make);
}

/** Several changes as one, in their order. What it answers is nothing: it is for planning. */
export function together(changes: readonly Change<unknown>[]): Change<null> {
  return {
    make: (model) => changes.reduce((so, { make }) => make(so), model),
    answer: () => null,
  };
}

export function makeObject(input: CreateObject): Change<FullObject> {
  let id = '';
  return {
    make(model) {
      const after = createObject(model, input);
      id = after.objects.at(-1)?.id ?? '';
      return after;
    },
    answer: (after) => oneObject(after, id),
  };
}

export function changeObject(id: string, update: UpdateObject): Change<FullObject> {
  return {
    make: (model) => updateObject(model, checkedId(id), update),
    answer: (after) => oneObject(after, id),
  };
}

/** Answers the object as it was. */
export function removeObject(id: string): Change<FullObject> {
  return {
    make: (model) => deleteObject(model, checkedId(id)),
    answer: ({ times }, before) => oneObject({ model: before, times }, checkedId(id)),
  };
}

export function makeField(input: CreateField): Change<FieldView> {
  let id = '';
  return {
    make(model) {
      const { model: after, field } = createField(model, {
        ...input,
        objectMetadataId: checkedId(input.objectMetadataId),
      });
      id = field.id;
      return after;
    },
    answer: (after) => oneField(after, id),
  };
}

export function changeField(id: string, update: UpdateField): Change<FieldView> {
  return {
    make: (model) => updateField(model, checkedId(id), update),
    answer: (after) => oneField(after, id),
  };
}

/** Answers the field as it was. */
export function removeField(id: string): Change<FieldView> {
  return {
    make: (model) => deleteField(model, checkedId(id)),
    answer: ({ times }, before) => oneField({ model: before, times }, checkedId(id)),
  };
}

// API keys -------------------------------------------------------------------------------------------------------------

export type KeyView = {
  id: string;
  name: string;
  expiresAt: string | null;
  revokedAt: string | null;
  createdAt: string;
  updatedAt: string;
};

export async function allKeys({ database, principal }: Asker, id?: string): Promise<KeyView[]> {
  const rows = await database.asOwner((client) =>
    client.rows<Record<keyof KeyView, any>>(sql`
      select id, name, expires_at as "expiresAt", revoked_at as "revokedAt", created_at as "createdAt", updated_at as "updatedAt"
      from plinth.api_keys
      where workspace_id = ${sql.value(principal.workspaceId)}
        and ${id === undefined ? sql`revoked_at is null` : sql`id = ${sql.value(checkedId(id))}`}
      order by id`),
  );
  return rows.map(keyView);
}

function keyView({ expiresAt, revokedAt, createdAt, updatedAt, ...key }: Record<keyof KeyView, any>): KeyView {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    ...key,
    expiresAt: iso(expiresAt),
    revokedAt: iso(revokedAt),
    createdAt: iso(createdAt) as string,
    updatedAt: iso(updatedAt) as string,
  } as KeyView;
}

export async function oneKey(asker: Asker, id: string): Promise<KeyView> {
  const [key] = await allKeys(asker, id);
  if (!key) throw refuse('NOT_FOUND', 'API key not found');
  return key;
}

export async function makeKey(
  asker: Asker,
  { name, expiresAt }: { name: string; expiresAt?: string | null },
): Promise<KeyView> {
  if (!name?.trim()) throw refuse('BAD_REQUEST', 'name should not be empty');
  const { id } = await asker.database.transaction((client) =>
    createKey(client, asker.principal.workspaceId, name.trim(), dateOf(expiresAt)),
  );
  return oneKey(asker, id);
}

export async function revokeKey(asker: Asker, id: string): Promise<KeyView> {
  await oneKey(asker, id);
  await asker.database.asOwner((client) =>
    client.rows(sql`
      update plinth.api_keys set revoked_at = coalesce(revoked_at, now()), updated_at = now()
      where id = ${sql.value(checkedId(id))} and workspace_id = ${sql.value(asker.principal.workspaceId)}`),
  );
  return oneKey(asker, id);
}

/** A token is shown here, and nowhere else. */
export async function makeToken(asker: Asker, apiKeyId: string, expiresAt?: string | null): Promise<{ token: string }> {
  const key = await oneKey(asker, apiKeyId);
  if (key.revokedAt) throw refuse('BAD_REQUEST', 'This API Key is revoked');
  return { token: await asker.database.asOwner((client) => createToken(client, key.id, dateOf(expiresAt))) };
}

function dateOf(text: string | null | undefined): Date | null {
  if (text == null) return null;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw refuse('BAD_REQUEST', `expiresAt: "${text}" is not a date`);
  return date;
}

export async function workspaceView({ database, principal }: Asker) {
  const [row] = await database.asOwner((client) =>
    client.rows<Record<string, unknown>>(sql`
      select id, display_name as "displayName", name as subdomain, schema_name as "databaseSchema", model_version::float as "metadataVersion",
        created_at as "createdAt", updated_at as "updatedAt"
      from plinth.workspaces where id = ${sql.value(principal.workspaceId)}`),
  );
  if (!row) throw refuse('WORKSPACE_NOT_FOUND');
  return {
    ...row,
    logo: null,
    createdAt: (row.createdAt as Date).toISOString(),
    updatedAt: (row.updatedAt as Date).toISOString(),
  };
}
