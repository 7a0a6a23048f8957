/** Records: read and written through the core GraphQL API, imported and exported through REST, which streams. */

import { infiniteQueryOptions } from '@tanstack/react-query';
import { type Connection, CURSOR_PAGES, pagingInput } from './connection.ts';
import type { ModelObject } from './model.ts';
import { credentials, graphql, restError } from './request.ts';

export type Filter = object;
export type OrderBy = object;
export type RecordsInput = { selection: string; filter: Filter; orderBy: OrderBy[] };

type Row = { readonly id: string; readonly [name: string]: unknown };
type Page = Connection<Row> & { totalCount: number };

// The maximum of one request: a list of 10,000 records takes 50 requests.
const PAGE_SIZE = 200;

const typeOf = ({ nameSingular }: ModelObject) => capital(nameSingular);
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

export const recordsQuery = (object: ModelObject, input: RecordsInput) =>
  infiniteQueryOptions({
    queryKey: ['records', object.namePlural, input],
    queryFn: async ({ pageParam, signal }) => {
      const type = typeOf(object);
      const query = `query Records(
        $first: Int, $after: String, $filter: ${type}FilterInput, $orderBy: [${type}OrderByInput]
      ) {
        page: ${object.namePlural}(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
          edges { node { id ${input.selection} } }
          pageInfo { hasNextPage endCursor }
          totalCount
        }
      }`;
      const { filter, orderBy } = input;
      const variables = { ...pagingInput(PAGE_SIZE, pageParam), filter, orderBy };
      return (await graphql<{ page: Page }>('/graphql', query, variables, { signal })).page;
    },
    ...CURSOR_PAGES,
  });

export function createRecord(object: ModelObject, data: object): Promise<unknown> {
  const type = typeOf(object);
  return graphql('/graphql', `mutation Create($data: ${type}CreateInput!) { create${type}(data: $data) { id } }`, {
    data,
  });
}

export function updateRecord(object: ModelObject, id: string, data: object): Promise<unknown> {
  const type = typeOf(object);
  const query = `mutation Update($id: UUID!, $data: ${type}UpdateInput!) {
    update${type}(id: $id, data: $data) { id }
  }`;
  return graphql('/graphql', query, { id, data });
}

/** `restore` undoes `delete`; `destroy` is permanent. Either all records change or none. */
export function changeRecords(object: ModelObject, what: 'delete' | 'restore' | 'destroy', ids: readonly string[]) {
  const name = `${what}${capital(object.namePlural)}`;
  const query = `mutation Change($filter: ${typeOf(object)}FilterInput!) { ${name}(filter: $filter) { id } }`;
  return graphql('/graphql', query, { filter: { id: { in: ids } } });
}

export async function exportCsv(object: ModelObject): Promise<Blob> {
  const response = await fetch(`/rest/${object.namePlural}/export?format=csv`, { headers: credentials() });
  if (!response.ok) throw await restError(response);
  return response.blob();
}

export type ImportEvent =
  | { event: 'started'; line: number }
  | { event: 'progress' | 'done'; line: number; created: number; updated: number; refused: number }
  | { event: 'refused' | 'failed'; line: number; message: string };

/** @param onEvent is called with each event of the stream @throws ApiError if the import didn't start */
export async function importCsv(
  object: ModelObject,
  file: File,
  upsert: boolean,
  onEvent: (event: ImportEvent) => void,
): Promise<void> {
  const response = await fetch(`/rest/${object.namePlural}/import?upsert=${upsert}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv', ...credentials() },
    body: file,
  });
  if (!response.ok || !response.body) throw await restError(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onEvent(JSON.parse(line));
  }
}
