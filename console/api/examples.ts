/** What examples are made of: an object of this workspace, a record of it, and what it says. */

import { queryOptions } from '@tanstack/react-query';
import { fetchObjects, type ModelObject } from './model.ts';
import { graphql, MAX_ROOT_FIELDS } from './request.ts';

export type Examples = {
  objects: ModelObject[];
  /** The object that the examples are about, and its field that people read. */
  object: ModelObject;
  labelField: string;
  /** Of a record, where there is one: plural name of the object → id. */
  ids: Readonly<Record<string, string>>;
};

/** @param key an API key by which they are read, so that no example names what it may not see; else the session */
export async function fetchExamples(key?: string): Promise<Examples | null> {
  const objects = (await fetchObjects(undefined, key)).filter(({ isActive }) => isActive);
  const shown = [...objects].sort((one, other) => rank(one) - rank(other)).slice(0, MAX_ROOT_FIELDS);
  const [object] = shown;
  if (!object) return null;
  return { objects, object, labelField: labelFieldOf(object), ids: await idsOf(shown, key) };
}

export const examplesQuery = queryOptions({ queryKey: ['examples'], queryFn: () => fetchExamples() });

/** What was made here comes first: it is what people look for. Then what most workspaces have. */
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

/** In GraphQL: with the sub-fields of a name. */
function labelFieldOf({ fieldsList, labelIdentifierFieldMetadataId }: ModelObject): string {
  const field = fieldsList.find(({ id }) => id === labelIdentifierFieldMetadataId);
  if (field?.type === 'FULL_NAME') return `${field.name} { firstName lastName }`;
  return field?.type === 'TEXT' ? field.name : 'createdAt';
}
