/** The rights of a role on an object and its fields: the setting, and the effective right. */

import { BASE_FIELDS, type Field, type ModelObject } from '../../api/model.ts';
import { RIGHTS, type Right, type Role } from '../../api/roles.ts';

/** Allowed, denied, or null for inherited. */
export type Setting = boolean | null;
export type EffectiveRight = { readonly setting: Setting; readonly isGranted: boolean };

/** Fields that can have a permission of their objectPermission. Base fields have the permissions of the object. */
export function fieldsOf({ fieldsList }: ModelObject): Field[] {
  return fieldsList.filter(({ isActive, name }) => isActive && !BASE_FIELDS.has(name));
}

const objectPermissionOf = (role: Role, object: ModelObject) =>
  role.objectPermissions.find(({ objectMetadataId }) => objectMetadataId === object.id);

export function objectRight(role: Role, object: ModelObject, right: Right): EffectiveRight {
  const { ofAll, ofOne } = RIGHTS[right];
  const setting = objectPermissionOf(role, object)?.[ofOne] ?? null;
  return { setting, isGranted: setting ?? role[ofAll] };
}

export function fieldRights(
  role: Role,
  object: ModelObject,
  field: Field,
): { read: EffectiveRight; update: EffectiveRight } {
  // The permission of a morph relation is stored on each of its relations; all of them are equal.
  const id = field.morphRelations?.[0]?.sourceFieldMetadata.id ?? field.id;
  const stored = role.fieldPermissions.find(({ fieldMetadataId }) => fieldMetadataId === id);
  const objectPermission = objectPermissionOf(role, object);
  // A role that can't read all objects has only the fields it was granted, not those added later.
  const isIncluded = role.canReadAllObjectRecords || (objectPermission?.grantedFields.includes(id) ?? false);
  const inherits = (right: Right) => isIncluded && objectRight(role, object, right).isGranted;
  const [read, update] = [stored?.canReadFieldValue ?? null, stored?.canUpdateFieldValue ?? null];
  const isRead = objectPermission?.canReadObjectRecords !== false && (read ?? inherits('read'));
  return {
    read: { setting: read, isGranted: isRead },
    update: { setting: update, isGranted: isRead && (update ?? inherits('update')) },
  };
}
