/**
 * What a role may do with records: of all objects, object by object, field by field. Pure. Contract: metadata.md 1.3,
 * 4.
 */

import { isDeepStrictEqual } from 'node:util';
import { FIELD_TYPES } from '../field-types/index.ts';
import { BASE_FIELDS, type Field, type Model, type ObjectType } from '../model.ts';
import type { RowRule } from './row-rules.ts';

export type Rights = {
  readonly read: boolean;
  readonly update: boolean;
  readonly softDelete: boolean;
  readonly destroy: boolean;
};

export type RolePermissions = {
  readonly all: Rights;
  readonly objects: readonly ObjectPermission[];
  readonly fields: readonly FieldPermission[];
  readonly rules: readonly RowRule[];
  /** Settings and tools that it may use. */
  readonly flags: readonly string[];
};

/** Where null, what holds for all objects. */
type ObjectPermission = { readonly [Right in keyof Rights]: boolean | null } & {
  readonly objectId: string;
  /** The fields that the object had when it was granted: an allow list has no others. */
  readonly granted: readonly string[];
};

/** Where null, what holds for the record. */
type FieldPermission = {
  readonly objectId: string;
  readonly fieldId: string;
  readonly read: boolean | null;
  readonly update: boolean | null;
};

/**
 * What there is to know of an object, to say what a role may do with it; of one made by hand, fields are its columns.
 */
export type Guarded = Pick<ObjectType, 'id' | 'nameSingular' | 'labelPlural' | 'origin'> & {
  readonly fields: readonly GuardedField[];
};
export type GuardedField = Pick<Field, 'id' | 'name' | 'label' | 'type' | 'origin' | 'settings'> & {
  /** Ids of the fields that Postgres makes it of. */
  readonly madeOf?: readonly string[];
};

export const NO_RIGHTS: Rights = { read: false, update: false, softDelete: false, destroy: false };

/** A role that doesn't read all has what it was granted, and nothing that came later. */
function isAllowList({ all }: Pick<RolePermissions, 'all'>): boolean {
  return !all.read;
}

/**
 * Whose record is deleted is no member any more, and `createdBy` has the name that is in it: so writing these records
 * takes the permission for members on top, whatever else a role may write. Contract: core.md 5.10.
 */
const MEMBERS = { object: 'workspaceMember', flag: 'WORKSPACE_MEMBERS' };

function mayWrite({ flags }: Pick<RolePermissions, 'flags'>, { nameSingular }: Guarded): boolean {
  return nameSingular !== MEMBERS.object || flags.includes(MEMBERS.flag);
}

/** Is there anything that the role may not do, to any record? Only then does it take a Postgres role of its own. */
export function isRestricted({ all, objects, fields, rules, flags }: RolePermissions): boolean {
  const isRefused = (rights: object) => Object.values(rights).includes(false);
  if (!flags.includes(MEMBERS.flag)) return true;
  return isRefused(all) || objects.some(isRefused) || fields.some(isRefused) || rules.length > 0;
}

/** As the role's permissions say; write rights without the right to read count for nothing. */
function rightsTo(role: RolePermissions, object: Guarded): Rights {
  const own = role.objects.find(({ objectId }) => objectId === object.id);
  const read = own?.read ?? role.all.read;
  if (!read) return NO_RIGHTS;
  if (!mayWrite(role, object)) return { ...NO_RIGHTS, read };
  return {
    read,
    update: own?.update ?? role.all.update,
    softDelete: own?.softDelete ?? role.all.softDelete,
    destroy: own?.destroy ?? role.all.destroy,
  };
}

/** Is nothing kept from the role, of any record? */
export function readsAll({ all, objects, fields, rules }: RolePermissions): boolean {
  return all.read && rules.length === 0 && ![...objects, ...fields].some(({ read }) => read === false);
}

/** What a role may do with an object, and with which of its fields. */
export type ObjectAccess = {
  readonly rights: Rights;
  /** Ids of fields. */
  readonly readable: ReadonlySet<string>;
  readonly updatable: ReadonlySet<string>;
};

/**
 * What Plinth keeps of every record goes with the object: whoever reads anything of a record reads these, and writing
 * one writes them. What is made of other fields, as a search vector is, is readable where all of them are. A column
 * that a hand has added to a table of the model goes with the table: whoever has no more than some of the columns has
 * it by its own permission alone.
 */
export function accessTo(role: RolePermissions, object: Guarded): ObjectAccess {
  const rights = rightsTo(role, object);
  const own = role.objects.find(({ objectId }) => objectId === object.id);
  const ofField = new Map(role.fields.map((each) => [each.fieldId, each]));
  const isIncluded = (field: GuardedField) =>
    (own?.granted.includes(field.id) ?? false) ||
    (!isAllowList(role) && (!isBeside(object, field) || ofField.has(field.id)));
  const isReadable = (field: GuardedField) =>
    own?.read !== false && (ofField.get(field.id)?.read ?? (rights.read && isIncluded(field)));
  const isUpdatable = (field: GuardedField) =>
    isReadable(field) &&
    mayWrite(role, object) &&
    (ofField.get(field.id)?.update ?? (rights.update && isIncluded(field)));
  const goesWithRecord = (field: GuardedField) => BASE_FIELDS.has(field.name) && !isBeside(object, field);
  const others = object.fields.filter((field) => !goesWithRecord(field));
  const readable = new Set(others.filter(isReadable).map(({ id }) => id));
  const updatable = new Set(others.filter(isUpdatable).map(({ id }) => id));
  const ofTable = others.filter((field) => !isBeside(object, field));
  const isWhole = !isAllowList(role) && rights.read && ofTable.every(({ id }) => readable.has(id));
  const isWrittenWhole = isWhole && rights.update && rights.softDelete && ofTable.every(({ id }) => updatable.has(id));
  for (const field of others) {
    if (!isBeside(object, field) || ofField.has(field.id)) continue;
    if (isWhole) readable.add(field.id);
    if (isWrittenWhole) updatable.add(field.id);
  }
  const isVisible = rights.read || readable.size > 0;
  for (const field of object.fields) {
    if (!goesWithRecord(field) || !isVisible) continue;
    if (FIELD_TYPES[field.type].isGenerated) {
      if (isMadeOf(object, field, readable)) readable.add(field.id);
    } else {
      readable.add(field.id);
      if (rights.update && field.name !== 'deletedAt') updatable.add(field.id);
    }
  }
  for (const { id, madeOf } of object.fields) if (madeOf?.some((source) => !readable.has(source))) readable.delete(id);
  return { rights, readable, updatable };
}

/** Was it made by hand in a table that the model describes? */
function isBeside(object: Guarded, field: GuardedField): boolean {
  return object.origin !== 'database' && field.origin === 'database';
}

function isMadeOf({ fields }: Guarded, { settings }: GuardedField, readable: ReadonlySet<string>): boolean {
  const sources = (settings.sources ?? []) as readonly string[];
  return fields.filter(({ name }) => sources.includes(name)).every(({ id }) => readable.has(id));
}

/**
 * The field, and what stands for it elsewhere: a relation is the same at both ends, a morph relation the same to all
 * targets.
 */
export function withOtherEnds(model: Model, field: Field): Field[] {
  const { relation } = field;
  if (!relation) return [field];
  const inverse = model.objects.flatMap(({ fields }) => fields.find(({ id }) => id === relation.targetField) ?? []);
  return [field, ...inverse];
}

/** What a change of a role gives it that whoever makes the change hasn't got; null where it is nothing. */
export function excess(
  objects: readonly Guarded[],
  before: RolePermissions,
  after: RolePermissions,
  owner: RolePermissions,
): string | null {
  const isMore = (had: boolean, has: boolean, owned: boolean) => has && !had && !owned;
  for (const right of Object.keys(NO_RIGHTS) as (keyof Rights)[])
    if (isMore(before.all[right], after.all[right], owner.all[right])) return `${WORDS[right]} all records`;
  for (const object of objects) {
    const [had, has, owned] = [before, after, owner].map((role) => accessTo(role, object)) as [
      ObjectAccess,
      ObjectAccess,
      ObjectAccess,
    ];
    for (const right of ['update', 'softDelete', 'destroy'] as const)
      if (isMore(had.rights[right], has.rights[right], owned.rights[right]))
        return `${WORDS[right]} ${object.labelPlural}`;
    const [ruled, rules, own] = [before, after, owner].map((role) => ruleOf(role, object.id));
    const isOpened = !isDeepStrictEqual(rules, own) && !(had.readable.size > 0 && isDeepStrictEqual(rules, ruled));
    if (own !== null && has.readable.size > 0 && isOpened) return `see all ${object.labelPlural}`;
    for (const { id, label } of object.fields) {
      if (isMore(had.readable.has(id), has.readable.has(id), owned.readable.has(id)))
        return `read ${label} of ${object.labelPlural}`;
      if (isMore(had.updatable.has(id), has.updatable.has(id), owned.updatable.has(id)))
        return `update ${label} of ${object.labelPlural}`;
    }
  }
  return null;
}

function ruleOf({ rules }: RolePermissions, objectId: string): unknown {
  return rules.find((rule) => rule.objectId === objectId)?.filter ?? null;
}

const WORDS: Readonly<Record<keyof Rights, string>> = {
  read: 'read',
  update: 'update',
  softDelete: 'delete',
  destroy: 'destroy',
};
