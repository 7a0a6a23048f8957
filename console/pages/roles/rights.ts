/** What a role may do with an object and its fields: what is said of each itself, and what holds in the end. */

import { BASE_FIELDS, type Field, type ModelObject } from '../../api/model.ts';
import { RIGHTS, type Right, type Role } from '../../api/roles.ts';

/** Said of the thing itself: allowed, refused, or nothing. */
export type State = boolean | null;
export type Stated = { readonly state: State; readonly holds: boolean };

/** Fields that can have a permission of their own. Base fields have the permissions of the object. */
export function fieldsOf({ fieldsList }: ModelObject): Field[] {
  return fieldsList.filter(({ isActive, name }) => isActive && !BASE_FIELDS.has(name));
}

const ownOf = (role: Role, object: ModelObject) =>
  role.objectPermissions.find(({ objectMetadataId }) => objectMetadataId === object.id);

export function objectRight(role: Role, object: ModelObject, right: Right): Stated {
  const { ofAll, ofOne } = RIGHTS[right];
  const state = ownOf(role, object)?.[ofOne] ?? null;
  return { state, holds: state ?? role[ofAll] };
}

export function fieldRights(role: Role, object: ModelObject, field: Field): { read: Stated; update: Stated } {
  // A morph relation is one field, and each of its relations has the permission that was given to it.
  const id = field.morphRelations?.[0]?.sourceFieldMetadata.id ?? field.id;
  const said = role.fieldPermissions.find(({ fieldMetadataId }) => fieldMetadataId === id);
  const own = ownOf(role, object);
  // A role that doesn't read all objects has what it was granted, and no field that was added later.
  const isIncluded = role.canReadAllObjectRecords || (own?.grantedFields.includes(id) ?? false);
  const comesWith = (right: Right) => isIncluded && objectRight(role, object, right).holds;
  const [read, update] = [said?.canReadFieldValue ?? null, said?.canUpdateFieldValue ?? null];
  const isRead = own?.canReadObjectRecords !== false && (read ?? comesWith('read'));
  return {
    read: { state: read, holds: isRead },
    update: { state: update, holds: isRead && (update ?? comesWith('update')) },
  };
}
