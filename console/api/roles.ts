/** Roles and their permissions. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export const FLAGS = [
  'DATA_MODEL',
  'API_KEYS_AND_WEBHOOKS',
  'WORKSPACE_MEMBERS',
  'ROLES',
  'SECURITY',
  'WORKSPACE',
  'IMPORT_CSV',
  'EXPORT_CSV',
] as const;
export type Flag = (typeof FLAGS)[number];

/** Rights on records, and their API names: for all objects, and for one object. */
export const RIGHTS = {
  read: { ofAll: 'canReadAllObjectRecords', ofOne: 'canReadObjectRecords' },
  update: { ofAll: 'canUpdateAllObjectRecords', ofOne: 'canUpdateObjectRecords' },
  softDelete: { ofAll: 'canSoftDeleteAllObjectRecords', ofOne: 'canSoftDeleteObjectRecords' },
  destroy: { ofAll: 'canDestroyAllObjectRecords', ofOne: 'canDestroyObjectRecords' },
} as const;
export type Right = keyof typeof RIGHTS;
type OfAll = (typeof RIGHTS)[Right]['ofAll'];
type OfOne = (typeof RIGHTS)[Right]['ofOne'];

export type ObjectPermission = { objectMetadataId: string } & Partial<Record<OfOne, boolean | null>>;
export type FieldPermission = {
  objectMetadataId: string;
  fieldMetadataId: string;
  canReadFieldValue: boolean | null;
  canUpdateFieldValue: boolean | null;
};
/** Limits a role to the records that match the filter. */
type RowRule = { objectMetadataId: string; filter: Readonly<Record<string, unknown>> };
export type Role = {
  id: string;
  label: string;
  description: string | null;
  isEditable: boolean;
  canUpdateAllSettings: boolean;
  canBeAssignedToApiKeys: boolean;
  canBeAssignedToUsers: boolean;
  apiKeys: { id: string }[];
  permissionFlags: { flag: string }[];
  objectPermissions: (ObjectPermission & { grantedFields: string[] })[];
  fieldPermissions: FieldPermission[];
  rowRules: RowRule[];
} & Record<OfAll, boolean>;

const ROLES = /* GraphQL */ `
  query Roles {
    getRoles {
      id label description isEditable canUpdateAllSettings canBeAssignedToApiKeys canBeAssignedToUsers
      canReadAllObjectRecords canUpdateAllObjectRecords canSoftDeleteAllObjectRecords canDestroyAllObjectRecords
      apiKeys { id }
      permissionFlags { flag }
      objectPermissions {
        objectMetadataId canReadObjectRecords canUpdateObjectRecords canSoftDeleteObjectRecords canDestroyObjectRecords
        grantedFields
      }
      fieldPermissions { objectMetadataId fieldMetadataId canReadFieldValue canUpdateFieldValue }
      rowRules { objectMetadataId filter }
    }
  }
`;
const CREATE_ROLE = /* GraphQL */ `
  mutation CreateOneRole($createRoleInput: CreateRoleInput!) {
    createOneRole(createRoleInput: $createRoleInput) { id }
  }
`;
const UPDATE_ROLE = /* GraphQL */ `
  mutation UpdateOneRole($updateRoleInput: UpdateRoleInput!) {
    updateOneRole(updateRoleInput: $updateRoleInput) { id }
  }
`;
const DELETE_ROLE = /* GraphQL */ `
  mutation DeleteOneRole($roleId: UUID!) {
    deleteOneRole(roleId: $roleId)
  }
`;
const SET_OBJECT_PERMISSIONS = /* GraphQL */ `
  mutation UpsertObjectPermissions($input: UpsertObjectPermissionsInput!) {
    upsertObjectPermissions(upsertObjectPermissionsInput: $input) { objectMetadataId }
  }
`;
const SET_FIELD_PERMISSIONS = /* GraphQL */ `
  mutation UpsertFieldPermissions($input: UpsertFieldPermissionsInput!) {
    upsertFieldPermissions(upsertFieldPermissionsInput: $input) { fieldMetadataId }
  }
`;
const SET_ROW_RULES = /* GraphQL */ `
  mutation UpsertRowRules($input: UpsertRowRulesInput!) {
    upsertRowRules(upsertRowRulesInput: $input) { objectMetadataId }
  }
`;
const SET_FLAGS = /* GraphQL */ `
  mutation UpsertPermissionFlags($input: UpsertPermissionFlagsInput!) {
    upsertPermissionFlags(upsertPermissionFlagsInput: $input) { flag }
  }
`;

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async ({ signal }) => (await graphql<{ getRoles: Role[] }>('/metadata', ROLES, {}, { signal })).getRoles,
});

/** A new role can read all records. The page of the role grants more. */
export async function createRole(label: string, description: string): Promise<string> {
  const createRoleInput = { label, description, canReadAllObjectRecords: true };
  const { createOneRole } = await graphql<{ createOneRole: { id: string } }>('/metadata', CREATE_ROLE, {
    createRoleInput,
  });
  return createOneRole.id;
}

export const updateRole = (id: string, update: object) =>
  graphql('/metadata', UPDATE_ROLE, { updateRoleInput: { id, update } });
export const deleteRole = (roleId: string) => graphql('/metadata', DELETE_ROLE, { roleId });
export const setObjectPermission = (roleId: string, permission: ObjectPermission) =>
  graphql('/metadata', SET_OBJECT_PERMISSIONS, { input: { roleId, objectPermissions: [permission] } });
export const setFieldPermission = (
  roleId: string,
  permission: Pick<FieldPermission, 'objectMetadataId' | 'fieldMetadataId'> & Partial<FieldPermission>,
) => graphql('/metadata', SET_FIELD_PERMISSIONS, { input: { roleId, fieldPermissions: [permission] } });
/** @param rule without a filter, the role can access all records */
export const setRowRule = (roleId: string, rule: { objectMetadataId: string; filter: object | null }) =>
  graphql('/metadata', SET_ROW_RULES, { input: { roleId, rowRules: [rule] } });
export const setFlags = (roleId: string, permissionFlagKeys: readonly string[]) =>
  graphql('/metadata', SET_FLAGS, { input: { roleId, permissionFlagKeys } });
