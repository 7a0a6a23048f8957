/** The objects and record ids that examples are made from. */

import { queryOptions } from '@tanstack/react-query';
import { fetchObjects, type ModelObject } from './model.ts';
import { graphql, MAX_ROOT_FIELDS } from './request.ts';

export type Examples = {
  objects: ModelObject[];
  /** The object that the examples are about, and the selection of its label field. */
  object: ModelObject;
  labelField: string;
  /** The id of one record for each object that has records, by plural name. */
  ids: Readonly<Record<string, string>>;
};

/** @param key an API key to read with, so that examples contain only what the key can read; by default the session */
export async function fetchExamples(key?: string): Promise<Examples | null> {
  const objects = (await fetchObjects(undefined, key)).filter(({ isActive }) => isActive);
  const shown = [...objects].sort((one, other) => rank(one) - rank(other)).slice(0, MAX_ROOT_FIELDS);
  const [object] = shown;
  if (!object) return null;
  return { objects, object, labelField: labelFieldOf(object), ids: await idsOf(shown, key) };
}

export const examplesQuery = queryOptions({ queryKey: ['examples'], queryFn: () => fetchExamples() });

/** Custom objects first, because people look for their own. Then companies, which most workspaces have. */
function rank({ origin, namePlural, isSystem }: ModelObject): number {
  if (isSystem) return 3;
  if (origin === 'custom') return 0;
  return namePlural === 'companies' ? 1 : 2;
}

async function idsOf(objects: readonly ModelObject[], key?: string): Promise<Record<string, string>> {
  const query = `{ ${objects.map(({ namePlural }) => `${namePlural}(first: 1) { edges { node { id } } }`).join(' ')} }`;
  type Page = { edges: { node: { id: string } }[] };
  const pages = await graphql<Record<string, Page | null>>('/graphql', query, {}, key ? { key } : {}).catch(() => ({}));
  return Object.fromEntries(
    Object.entries(pages).flatMap(([name, page]) => (page?.edges[0] ? [[name, page.edges[0].node.id]] : [])),
  );
}

/** The GraphQL selection of the label field. */
function labelFieldOf({ fieldsList, labelIdentifierFieldMetadataId }: ModelObject): string {
  const field = fieldsList.find(({ id }) => id === labelIdentifierFieldMetadataId);
  if (field?.type === 'FULL_NAME') return `${field.name} { firstName lastName }`;
  return field?.type === 'TEXT' ? field.name : 'createdAt';
}
