/** What a role may do, part by part, as both metadata APIs set it. Contract: metadata.md 1.1, 1.3, 4; docs/roles.md. */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import type { Models, RequestContext } from '../access/request-context.ts';
import { refuse } from '../errors.ts';
import { type Mistake, refuseMistakes } from '../model/edit/check.ts';
import { checkedId, foundObject } from '../model/edit/steps.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { BASE_FIELDS, type Field, type Model, type ObjectType } from '../model/model.ts';
import { morphById } from '../model/morphs.ts';
import { withOtherEnds } from '../model/roles/permissions.ts';
import type { Filter } from '../model/roles/row-rules.ts';
import { remember } from '../store/handmade.ts';
import { catalogOf, type SnapshotWithHandmade, snapshotWith } from '../store/snapshot.ts';
import { changeRole, effective, type Own, WRITES_UNREAD, writesUnread } from './change-role.ts';
import { refuseUnreadable, setPolicy, snapshotPolicies, UNREADABLE_RULE } from './policies.ts';
import { oneRole } from './views.ts';

export type ObjectPermissionInput = {
  readonly objectMetadataId: string;
  readonly canReadObjectRecords?: boolean | null;
  readonly canUpdateObjectRecords?: boolean | null;
  readonly canSoftDeleteObjectRecords?: boolean | null;
  readonly canDestroyObjectRecords?: boolean | null;
};

/** @throws PlinthError ROLE_NOT_FOUND, OBJECT_METADATA_NOT_FOUND, METADATA_VALIDATION_FAILED, PERMISSION_DENIED */
export async function setObjectPermissions(
  asker: RequestContext,
  { roleId, objectPermissions }: { roleId: string; objectPermissions: readonly ObjectPermissionInput[] },
) {
  const catalog = await catalogOf(asker);
  const objects = await changeRole(
    asker,
    roleId,
    { objectPermissions },
    {
      write: async (client, role) => {
        const full = await snapshotWith(client, asker.principal, catalog);
        const rows = objectPermissions.map((input) => {
          const object = foundObject(full.model, input.objectMetadataId);
          const had = role.objects.find(({ objectId }) => objectId === object.id) ?? NOTHING_SAID;
          const own: Own = {
            read: given(input.canReadObjectRecords, had.read),
            update: given(input.canUpdateObjectRecords, had.update),
            softDelete: given(input.canSoftDeleteObjectRecords, had.softDelete),
            destroy: given(input.canDestroyObjectRecords, had.destroy),
          };
          const mistakes = writesUnread(effective(role.all, own)) ? WRITES_UNREAD : [];
          const served = object.fields.filter(({ id, origin }) => origin !== 'database' || full.places.has(id));
          refuseMistakes('role', 'update', { id: role.id, label: role.label, object: object.nameSingular }, mistakes);
          return { objectId: object.id, granted: served.map(({ id }) => id), ...own };
        });
        await recordReferencedHandmade(
          client,
          asker,
          full,
          rows.flatMap(({ objectId, granted }) => [objectId, ...granted]),
        );
        await client.rows(sql`
          insert into plinth.object_permissions (role_id, object_id, granted, can_read, can_update, can_soft_delete,
            can_destroy)
          select ${sql.value(role.id)}, "objectId", granted, read, update, "softDelete", destroy
          from jsonb_to_recordset(${sql.value(JSON.stringify(lastOfEach(rows, 'objectId')))}::jsonb) as given (
            "objectId" uuid, granted uuid[], read boolean, update boolean, "softDelete" boolean, destroy boolean)
          on conflict (role_id, object_id) do update set granted = excluded.granted, can_read = excluded.can_read,
            can_update = excluded.can_update, can_soft_delete = excluded.can_soft_delete,
            can_destroy = excluded.can_destroy`);
        return rows.map(({ objectId }) => objectId);
      },
      about: (ids) => ids,
    },
  );
  const { objectPermissions: all } = await oneRole(asker, roleId);
  return all.filter(({ objectMetadataId }) => objects.includes(objectMetadataId));
}

/** What was made by hand is known from now on, whatever it is called. */
async function recordReferencedHandmade(
  client: Client,
  { principal }: RequestContext,
  { model, places }: SnapshotWithHandmade,
  ids: readonly string[],
): Promise<void> {
  const things = [...new Set(ids)].flatMap((id) => {
    const place = places.get(id);
    return place ? { id, ...place } : [];
  });
  const unplaced = model.objects
    .flatMap((object) => [object, ...object.fields])
    .find(({ id, origin }) => origin === 'database' && ids.includes(id) && !places.has(id));
  if (unplaced) {
    const name = 'nameSingular' in unplaced ? unplaced.nameSingular : unplaced.name;
    throw refuse('BAD_REQUEST', `"${name}" is not served, for its comment says @inactive: nothing can be said of it`);
  }
  await remember(client, principal, things);
}

const NOTHING_SAID: Own = { read: null, update: null, softDelete: null, destroy: null };

/** What is left out stays as it is. */
function given(value: boolean | null | undefined, had: boolean | null): boolean | null {
  return value === undefined ? had : value;
}

function lastOfEach<Row, Key extends keyof Row>(rows: readonly Row[], key: Key): Row[] {
  return [...new Map(rows.map((row) => [row[key], row])).values()];
}

export type FieldPermissionInput = {
  readonly objectMetadataId: string;
  readonly fieldMetadataId: string;
  readonly canReadFieldValue?: boolean | null;
  readonly canUpdateFieldValue?: boolean | null;
};

/** @throws PlinthError ROLE_NOT_FOUND, FIELD_METADATA_NOT_FOUND, METADATA_VALIDATION_FAILED, PERMISSION_DENIED */
export async function setFieldPermissions(
  asker: RequestContext,
  { roleId, fieldPermissions }: { roleId: string; fieldPermissions: readonly FieldPermissionInput[] },
) {
  const catalog = await catalogOf(asker);
  const fields = await changeRole(
    asker,
    roleId,
    { fieldPermissions },
    {
      write: async (client, role) => {
        const full = await snapshotWith(client, asker.principal, catalog);
        const rows = fieldPermissions.flatMap((input) => {
          const object = foundObject(full.model, input.objectMetadataId);
          return fieldsMeant(full.model, object, input.fieldMetadataId).map((field) => {
            const had = role.fields.find(({ fieldId }) => fieldId === field.id);
            const read = given(input.canReadFieldValue, had?.read ?? null);
            const update = given(input.canUpdateFieldValue, had?.update ?? null);
            const mistakes: Mistake[] = [
              ...(read === false && update === true ? WRITES_UNREAD : []),
              ...(BASE_FIELDS.has(field.name) ? [{ code: 'INVALID_ROLE_INPUT', message: goesWithRecord(field) }] : []),
            ];
            refuseMistakes('role', 'update', { id: role.id, label: role.label, field: field.name }, mistakes);
            return { objectId: objectOf(full.model, field).id, fieldId: field.id, read, update };
          });
        });
        const wanted = lastOfEach(rows, 'fieldId');
        const isByHand = (id: string) => full.places.has(id);
        await recordReferencedHandmade(
          client,
          asker,
          full,
          wanted.flatMap(({ objectId, fieldId }) => [objectId, fieldId]),
        );
        // Once something was said of what was made by hand, it is as other fields are; else it would be as if nobody
        // had.
        const said = wanted.filter(
          ({ fieldId, read, update }) => read !== null || update !== null || isByHand(fieldId),
        );
        await client.rows(sql`
      delete from plinth.field_permissions
      where role_id = ${sql.value(role.id)}
        and field_id = any (${sql.value(wanted.map(({ fieldId }) => fieldId))}::uuid[])`);
        await client.rows(sql`
      insert into plinth.field_permissions (role_id, object_id, field_id, can_read, can_update)
      select ${sql.value(role.id)}, "objectId", "fieldId", read, update
      from jsonb_to_recordset(${sql.value(JSON.stringify(said))}::jsonb) as given (
        "objectId" uuid, "fieldId" uuid, read boolean, update boolean)`);
        return wanted;
      },
      about: (rows) => rows.map(({ objectId }) => objectId),
    },
  );
  const { fieldPermissions: all } = await oneRole(asker, roleId);
  return all.filter(({ fieldMetadataId }) => fields.some(({ fieldId }) => fieldId === fieldMetadataId));
}

/** A relation is what it is at both ends; a morph relation is one field, and a column for each target. */
function fieldsMeant(model: Model, { id, fields }: ObjectType, fieldId: string): Field[] {
  const wanted = checkedId(fieldId);
  const morph = morphById(model, wanted);
  const meant = morph?.object.id === id ? morph.members : fields.filter((field) => field.id === wanted);
  if (meant.length === 0) throw refuse('FIELD_METADATA_NOT_FOUND');
  return meant.flatMap((field) => withOtherEnds(model, field));
}

function objectOf({ objects }: Model, { id }: Field): ObjectType {
  return objects.find(({ fields }) => fields.some((field) => field.id === id)) as ObjectType;
}

function goesWithRecord({ name, type }: Field): string {
  return FIELD_TYPES[type].isGenerated
    ? `"${name}" is found by whoever may read all that it is made of`
    : `"${name}" is kept of every record, and goes with it: restrict the object instead`;
}

/** All flags that the role has then. @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED */
export async function setPermissionFlags(
  asker: RequestContext,
  { roleId, permissionFlagKeys }: { roleId: string; permissionFlagKeys: readonly string[] },
) {
  await changeRole(
    asker,
    roleId,
    { permissionFlagKeys },
    {
      write: async (client, role) => {
        await client.rows(sql`
      delete from plinth.permission_flags
      where role_id = ${sql.value(role.id)} and flag <> all (${sql.value(permissionFlagKeys as string[])}::text[])`);
        await client.rows(sql`
      insert into plinth.permission_flags (role_id, flag)
      select ${sql.value(role.id)}, unnest(${sql.value(permissionFlagKeys as string[])}::text[])
      on conflict do nothing`);
        return role.id;
      },
    },
  );
  return (await oneRole(asker, roleId)).permissionFlags;
}

// Rules on rows: ours, the reference has none ------------------------------------------------------------------------

type Served = Awaited<ReturnType<Models['get']>>;

export type RowRuleInput = { readonly objectMetadataId: string; readonly filter?: Filter | null };

/**
 * The records that a role is limited to, object by object; without a filter, to none but what its permissions say.
 * @throws PlinthError ROLE_NOT_FOUND, OBJECT_METADATA_NOT_FOUND, BAD_REQUEST for a filter that is none,
 *   PERMISSION_DENIED
 */
export async function setRowRules(
  asker: RequestContext,
  { roleId, rowRules }: { roleId: string; rowRules: readonly RowRuleInput[] },
) {
  const { schema, role: author } = asker.principal;
  const served = await asker.models.get(schema);
  const seen = author === undefined ? served : await asker.models.get(schema, author);
  const objects = await changeRole(
    asker,
    roleId,
    { rowRules },
    {
      write: async (client, role) => {
        const full = await snapshotWith(client, asker.principal, served);
        const rules = lastOfEach(rowRules, 'objectMetadataId').map(({ objectMetadataId, filter = null }) => {
          const { id, nameSingular } = foundObject(full.model, objectMetadataId);
          return {
            id,
            filter,
            condition: filter === null ? null : conditionOf({ served, seen }, nameSingular, filter),
          };
        });
        const ids = rules.map(({ id }) => id);
        await recordReferencedHandmade(client, asker, full, ids);
        const said = rules.filter(({ filter }) => filter !== null);
        await client.rows(sql`
        delete from plinth.row_rules
        where role_id = ${sql.value(role.id)} and object_id = any (${sql.value(ids)}::uuid[])`);
        await client.rows(sql`
        insert into plinth.row_rules (role_id, object_id, filter)
        select ${sql.value(role.id)}, id, filter
        from jsonb_to_recordset(${sql.value(JSON.stringify(said))}::jsonb) as given (id uuid, filter jsonb)`);
        return rules;
      },
      follow: async (client, { schema, grantings, role }, rules) => {
        if (role.roleName === null) return; // nothing was refused to it, nor is now
        const tables = new Map(grantings.map(({ object, table }) => [object.id, table]));
        // All of them before the first change, which locks its table.
        for (const { id, condition } of rules) {
          if (condition !== null && author !== undefined)
            await refuseUnreadable(asker.database, schema, tables.get(id) as string, { role: author, condition });
        }
        for (const { id, condition } of rules) {
          await setPolicy(client, schema, tables.get(id) as string, { role: role.roleName, condition });
        }
        const placed = rules.map(({ id }) => ({
          table: tables.get(id) as string,
          objectId: id,
          roleId: role.id,
          roleName: role.roleName as string,
        }));
        await snapshotPolicies(client, schema, placed, { areNew: true });
      },
    },
  );
  const { rowRules: all } = await oneRole(asker, roleId);
  return all.filter(({ objectMetadataId }) => objects.some(({ id }) => id === objectMetadataId));
}

/**
 * A rule reads records on behalf of its author: what it finds tells the values of the fields that it names. So it may
 * name what its author reads, in whatever part of the filter, and no more.
 * @param seen what is served to the author
 * @throws PlinthError BAD_REQUEST for a filter that is none, PERMISSION_DENIED where only others could filter by it
 */
function conditionOf({ served, seen }: { served: Served; seen: Served }, nameSingular: string, filter: Filter): string {
  if (seen !== served) {
    if (!seen.model.objects.some((object) => object.nameSingular === nameSingular))
      throw refuse('PERMISSION_DENIED', UNREADABLE_RULE);
    try {
      seen.policyOf(nameSingular, filter);
    } catch (error) {
      if (!isRefused(() => served.policyOf(nameSingular, filter)))
        throw refuse('PERMISSION_DENIED', { message: UNREADABLE_RULE, cause: error });
      throw error; // in words that name nothing beyond what the author sees
    }
  }
  return served.policyOf(nameSingular, filter);
}

function isRefused(make: () => unknown): boolean {
  try {
    make();
    return false;
  } catch {
    return true;
  }
}
