/** Adds a TypeScript sample to each operation of an OpenAPI document. Scalar generates curl and Python by itself. */

import { codeSample } from '../../parts/call-sample.ts';
import type { OpenApiDocument, Operation } from './openapi-types.ts';

type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  example?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function withTypeScript(document: OpenApiDocument): OpenApiDocument {
  return {
    ...document,
    paths: Object.fromEntries(
      Object.entries(document.paths).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [
            method,
            METHODS.includes(method) ? withSample(document, { path, method, operation }) : operation,
          ]),
        ),
      ]),
    ),
  };
}

type Place = { path: string; method: string; operation: Operation };

type Content = Record<string, { schema?: Schema }>;

/** Imports and exports are streams, which a sample of one call doesn't show. */
function withSample(document: OpenApiDocument, { path, method, operation }: Place): Operation {
  const { content } = (operation.requestBody ?? {}) as { content?: Content };
  const schema = content?.['application/json']?.schema;
  const answers = (operation.responses ?? {}) as Record<string, { content?: Content }>;
  const answer = (answers[200] ?? answers[201])?.content;
  if ((content && !schema) || (answer && !answer['application/json'])) return operation;
  const named = path.replace(/\{(\w+)\}/g, (placeholder, name) => {
    const example = operation.parameters?.find((parameter) => parameter.name === name)?.example;
    return example === undefined ? placeholder : String(example);
  });
  const call = { method: method.toUpperCase(), path: named, ...(schema && { body: exampleOf(document, schema) }) };
  const source = codeSample('typescript', call, { origin: document.servers[0]?.url ?? '', key: null });
  return { ...operation, 'x-codeSamples': [{ lang: 'typescript', label: 'TypeScript', source }] };
}

const BY_FORMAT: Record<string, string> = {
  'date-time': '2026-03-01T09:00:00.000Z',
  uuid: '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69',
};

// Schemas can be recursive.
const MAX_DEPTH = 8;

/** An example with the required properties, or with the first one if none is required. */
function exampleOf(document: OpenApiDocument, schema: Schema, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  const inner = (each: Schema) => exampleOf(document, each, depth + 1);
  if (schema.$ref) return inner(referred(document, schema.$ref));
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  const [first] = [schema.oneOf, schema.anyOf, schema.allOf].flatMap((each) => each ?? []);
  if (first) return inner(first);
  switch ([schema.type].flat()[0]) {
    case 'object': {
      const properties = schema.properties ?? {};
      const names = schema.required ?? Object.keys(properties).slice(0, 1);
      return Object.fromEntries(names.map((name) => [name, inner(properties[name] ?? {})]));
    }
    case 'array':
      return schema.items ? [inner(schema.items)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    default:
      return BY_FORMAT[schema.format ?? ''] ?? 'text';
  }
}

/** `#/components/schemas/Company` → that schema. */
function referred(document: OpenApiDocument, pointer: string): Schema {
  let place: unknown = document;
  for (const name of pointer.split('/').slice(1)) place = (place as Record<string, unknown> | undefined)?.[name];
  return (place ?? {}) as Schema;
}
