/** What the tests of metadata ask, and how they read a refusal. */

import type { workspace } from '../fixture.ts';

export type Workspace = Awaited<ReturnType<typeof workspace>>;

export const ROCKET = {
  nameSingular: 'rocket',
  namePlural: 'rockets',
  labelSingular: 'Rocket',
  labelPlural: 'Rockets',
};

export const CREATE_OBJECT = `mutation ($object: CreateObjectInput!) {
  createOneObject(input: { object: $object }) { id nameSingular namePlural fieldsList { id name type } } }`;
export const UPDATE_OBJECT = `mutation ($id: UUID!, $update: UpdateObjectPayload!) {
  updateOneObject(input: { id: $id, update: $update }) {
    id nameSingular namePlural labelSingular labelPlural description icon color shortcut isActive isSearchable aliases { nameSingular namePlural }
    isLabelSyncedWithName labelIdentifierFieldMetadataId imageIdentifierFieldMetadataId standardOverrides { labelSingular labelPlural description icon } } }`;
export const CREATE_FIELD = `mutation ($field: CreateFieldInput!) {
  createOneField(input: { field: $field }) {
    id name type label settings options defaultValue isNullable isUnique morphId
    relation { type sourceFieldMetadata { id name } targetFieldMetadata { id name } targetObjectMetadata { nameSingular } }
    morphRelations { type sourceFieldMetadata { id name } targetFieldMetadata { id name } targetObjectMetadata { nameSingular } } } }`;
export const UPDATE_FIELD = `mutation ($id: UUID!, $update: UpdateFieldInput!) {
  updateOneField(input: { id: $id, update: $update }) {
    id name label description isActive isUnique options defaultValue settings aliases standardOverrides { label description icon }
    morphRelations { sourceFieldMetadata { name } } } }`;
export const CREATE_INDEX = `mutation ($index: CreateIndexInput!) {
  createOneIndex(input: { index: $index }) { id name isCustom isUnique indexType indexWhereClause
    indexFieldMetadataList { fieldMetadataId order subFieldName } objectMetadata { edges { node { nameSingular } } } } }`;

/** A new object, as its creation answers it. */
export async function makeObject(space: Workspace, object: object = ROCKET): Promise<any> {
  return (await space.metadata(CREATE_OBJECT, { object })).createOneObject;
}

export async function makeField(space: Workspace, field: object): Promise<any> {
  return (await space.metadata(CREATE_FIELD, { field })).createOneField;
}

export async function changeField(space: Workspace, id: string, update: object): Promise<any> {
  return (await space.metadata(UPDATE_FIELD, { id, update })).updateOneField;
}

export async function changeObject(space: Workspace, id: string, update: object): Promise<any> {
  return (await space.metadata(UPDATE_OBJECT, { id, update })).updateOneObject;
}

/** An object by its singular name, with its fields. */
export async function objectNamed(space: Workspace, name: string): Promise<any> {
  const { objects } = await space.metadata(
    `{ objects(paging: { first: 1000 }) { edges { node { id nameSingular labelIdentifierFieldMetadataId
      indexMetadataList { id name isUnique isCustom indexType }
      fieldsList { id name type isSystem settings aliases morphId morphRelations { sourceFieldMetadata { id name } targetObjectMetadata { nameSingular } } relation { targetFieldMetadata { id name } } } } } } }`,
  );
  return objects.edges.map(({ node }: any) => node).find((object: any) => object.nameSingular === name);
}

export function fieldNamed(object: any, name: string): any {
  return object.fieldsList.find((field: any) => field.name === name);
}

/** Codes and messages of a validation error's first entity, as `CODE: message`. */
export function mistakesIn(error: any): string[] {
  const [entity] = Object.values(error.extensions.errors ?? {}).flat() as any[];
  return (entity?.errors ?? []).map(({ code, message }: any) => `${code}: ${message}`);
}

export const DELETE_FIELD = 'mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id name } }';

export function columnsOf(space: Workspace, table: string): Promise<any[]> {
  return space.sql(
    `select column_name as name, data_type as type, column_default as default, is_nullable = 'YES' as nullable
    from information_schema.columns where table_schema = current_schema() and table_name = $1
    order by ordinal_position`,
    [table],
  );
}
