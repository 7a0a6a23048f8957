/** The data model: objects, fields and indexes. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type Option = { id?: string; value: string; label: string; color: string; position: number };
export type RelationType = 'MANY_TO_ONE' | 'ONE_TO_MANY';
type Relation = {
  type: RelationType;
  sourceFieldMetadata: { id: string; name: string };
  targetObjectMetadata: { id: string; nameSingular: string; labelSingular: string };
  targetFieldMetadata: { id: string; name: string };
};
export type Field = {
  id: string;
  name: string;
  label: string;
  type: string;
  description: string | null;
  origin: 'standard' | 'custom' | 'database';
  isActive: boolean;
  isSystem: boolean;
  isNullable: boolean;
  isUnique: boolean;
  isUIReadOnly: boolean;
  defaultValue: unknown;
  options: Option[] | null;
  settings: Record<string, unknown> | null;
  relation: Relation | null;
  morphRelations: Relation[] | null;
};
export type Index = {
  id: string;
  name: string;
  isCustom: boolean;
  isUnique: boolean;
  indexType: 'BTREE' | 'GIN';
  indexFieldMetadataList: { fieldMetadataId: string; order: number; subFieldName: string | null }[];
};
export type ModelObject = {
  id: string;
  nameSingular: string;
  namePlural: string;
  labelSingular: string;
  labelPlural: string;
  description: string | null;
  origin: 'standard' | 'custom' | 'database';
  isActive: boolean;
  isSystem: boolean;
  labelIdentifierFieldMetadataId: string | null;
  fieldsList: Field[];
  indexMetadataList: Index[];
};

const OBJECTS = /* GraphQL */ `
  query Objects {
    objects(paging: { first: 1000 }) {
      edges {
        node {
          id nameSingular namePlural labelSingular labelPlural description origin isActive isSystem
          labelIdentifierFieldMetadataId
          fieldsList {
            id name label type description origin isActive isSystem isNullable isUnique isUIReadOnly
            defaultValue options settings
            relation { ...Relation }
            morphRelations { ...Relation }
          }
          indexMetadataList {
            id name isCustom isUnique indexType indexFieldMetadataList { fieldMetadataId order subFieldName }
          }
        }
      }
    }
  }
  fragment Relation on Relation {
    type
    sourceFieldMetadata { id name }
    targetObjectMetadata { id nameSingular labelSingular }
    targetFieldMetadata { id name }
  }
`;

type Objects = { objects: { edges: { node: ModelObject }[] } };

/** All objects with their fields and indexes, sorted by label. */
export async function fetchObjects(signal?: AbortSignal, key?: string): Promise<ModelObject[]> {
  const { objects } = await graphql<Objects>(
    '/metadata',
    OBJECTS,
    {},
    { ...(signal && { signal }), ...(key && { key }) },
  );
  return objects.edges.map(({ node }) => node).sort((one, other) => one.labelPlural.localeCompare(other.labelPlural));
}

export const objectsQuery = queryOptions({
  queryKey: ['objects'],
  queryFn: ({ signal }) => fetchObjects(signal),
});

/** Fields that Plinth maintains on every object. */
export const BASE_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'createdBy',
  'updatedBy',
  'position',
  'searchVector',
]);

/** Whether the object is listed under Records. System objects, such as join tables, are not. */
export function isShown({ isActive, isSystem }: ModelObject): boolean {
  return isActive && !isSystem;
}
