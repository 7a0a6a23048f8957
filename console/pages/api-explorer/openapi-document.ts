/** The OpenAPI document of a workspace, with ids of its records as examples, and samples in TypeScript. */

import { fetchExamples } from '../../api/examples.ts';
import { ApiError } from '../../api/request.ts';
import type { OpenApiDocument, Operation, Parameter } from './openapi-types.ts';
import { withTypeScript } from './typescript-samples.ts';

export async function fetchDocument(api: 'core' | 'metadata', key: string): Promise<OpenApiDocument> {
  const [response, examples] = await Promise.all([
    fetch(`/rest/open-api/${api}`, { headers: { Authorization: `Bearer ${key}` } }),
    fetchExamples(key).catch(() => null),
  ]);
  if (!response.ok) throw new ApiError(`HTTP ${response.status}`, { code: 'HTTP', status: response.status });
  const document = (await response.json()) as OpenApiDocument;
  const { ids = {}, objects = [] } = examples ?? {};
  const known = api === 'core' ? ids : { objects: objects[0]?.id ?? '', fields: objects[0]?.fieldsList[0]?.id ?? '' };
  return withTypeScript({
    ...document,
    // Requests go to the origin of this page, even if PUBLIC_URL is another one.
    servers: document.servers.map((server) => ({
      ...server,
      url: new URL(new URL(server.url).pathname, location.origin).href.replace(/\/$/, ''),
    })),
    paths: Object.fromEntries(
      Object.entries(document.paths).map(([path, operations]) => [path, withId(operations, known[nameIn(path)])]),
    ),
  });
}

/** `/companies/{id}` → companies. */
function nameIn(path: string): string {
  return path.split('/').find((part) => part !== '' && !['batch', 'restore'].includes(part)) ?? '';
}

function withId(operations: Record<string, Operation>, id: string | undefined): Record<string, Operation> {
  if (!id) return operations;
  const named = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' }, example: id };
  const isId = ({ name, $ref }: Parameter) => name === 'id' || $ref?.endsWith('/idPath');
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [
      method,
      operation.parameters?.some(isId)
        ? { ...operation, parameters: operation.parameters.map((each) => (isId(each) ? named : each)) }
        : operation,
    ]),
  );
}
