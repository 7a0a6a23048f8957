/**
 * Holds answers of the REST APIs against their OpenAPI documents, the core one the workspace's own: what the document
 * says is what comes.
 */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { BASE_RESPONSES } from '../openapi/components.ts';
import { coreDocument } from '../openapi/core.ts';
import { metadataDocument } from '../openapi/metadata.ts';
import { METADATA_TYPES } from '../server/metadata/sdl/schema.ts';
import type { Model } from '../server/model/model.ts';

export type Exchange = {
  readonly method: string;
  /** With its query, which is not looked at. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** As it was parsed; undefined where there is none, or it is no JSON. */
  readonly body: unknown;
};

const checkers = new WeakMap<Model, (exchange: Exchange) => string[]>();

/** @returns what is wrong with an answer of one of the REST APIs; nothing about what has no document */
export function mistakesOf(exchange: Exchange, model: Model | null): string[] {
  if (OF_METADATA.test(exchange.path))
    return checkMetadata({ ...exchange, path: exchange.path.replace('/metadata', '') });
  if (!isCore(exchange.path)) return [];
  if (model === null) return checkerOf(coreDocument(null, OPTIONS))(exchange);
  let check = checkers.get(model);
  if (!check) {
    check = checkerOf(coreDocument(model, OPTIONS));
    checkers.set(model, check);
  }
  return check(exchange);
}

/** The same for every workspace. */
const OF_METADATA =
  /^\/rest\/metadata\/(objects|fields|indexes|apiKeys|webhooks|webhookDeliveries|workspace|model|drift|unserved|auditLogs|apiUsage)(\/|\?|$)/;
const checkMetadata = checkerOf(
  metadataDocument({
    publicUrl: 'http://plinth.test',
    isComplete: true,
    isLegacy: false,
    types: METADATA_TYPES,
  }) as never,
);

const OPTIONS = { publicUrl: 'http://plinth.test', maxRecords: 60 };
const OTHER_APIS = /^\/rest\/(metadata|open-api\/metadata|webhooks|apiKeys)(\/|\?|$)/;

function isCore(path: string): boolean {
  return /^\/rest(\/|\?|$)/.test(path) && !OTHER_APIS.test(path);
}

/** One for each document: each schema is compiled when an answer first needs it. */
function checkerOf(document: ReturnType<typeof coreDocument>): (exchange: Exchange) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, ownProperties: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'core', ...closed(document) });
  // The skeleton, for who has no key, has none of its own.
  ajv.addSchema(closed(BASE_RESPONSES[400].content['application/json'].schema), 'refusal');
  const compiled = new Map<string, ValidateFunction>();

  function isOf(schema: string, body: unknown): string[] {
    let validate = compiled.get(schema);
    if (!validate) {
      validate = ajv.compile({ $ref: schema });
      compiled.set(schema, validate);
    }
    if (validate(body)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;
    });
  }

  return function check({ method, path, status, contentType, body }) {
    const found = operationAt(document.paths, method, path);
    if (!found) {
      // Paths that the document doesn't have are refused, as others are.
      if (status < 400) return [`the document has no ${method} ${path}`];
      return isOf('refusal', body);
    }
    const { responses } = found.operation as unknown as { responses: Record<string, any> };
    const range = `${String(status)[0]}XX`;
    const key = [String(status), range].find((each) => each in responses);
    if (key === undefined) return [`${status} is not among the answers of ${found.operation.operationId}`];
    const { $ref } = responses[key];
    const pointer = $ref ? String($ref).slice(1) : `${found.pointer}/responses/${key}`;
    const content = $ref ? (document.components.responses as any)[key].content : responses[key].content;
    if (method === 'HEAD' || content === undefined) {
      return body === undefined ? [] : [`${status} of ${found.operation.operationId} is documented to have no body`];
    }
    const type = contentType?.split(';')[0]?.trim() ?? '';
    if (!(type in content)) return [`${type} is not among the types of ${found.operation.operationId}, ${status}`];
    return type === 'application/json' ? isOf(`core#${pointer}/content/application~1json/schema`, body) : [];
  };
}

type Found = { readonly pointer: string; readonly operation: { readonly operationId: string } };

function operationAt(paths: ReturnType<typeof coreDocument>['paths'], method: string, path: string): Found | null {
  const [pathname = ''] = path.split('?');
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const template = `/${segments
    .slice(1)
    .map((segment) => (UUID.test(segment) ? '{id}' : segment))
    .join('/')}`;
  // A create may name an id in its path, which says nothing. Contract: core.md 3.1
  const known = method === 'POST' ? template.replace(/^(\/\w+)\/\{id\}$/, '$1') : template;
  // Of a table made by hand the id may be anything.
  const name = known in paths ? known : template.replace(/^(\/\w+)\/[^/]+/, '$1/{id}');
  // A record is put as it is patched; a whole model can only be put.
  const plain = method.toLowerCase() as 'get';
  const other = { PUT: 'patch', HEAD: 'get' }[method] as 'get' | undefined;
  const asked = other && !paths[name]?.[plain] ? other : plain;
  const operation = paths[name]?.[asked];
  return operation ? { pointer: `/paths/${name.replaceAll('/', '~1')}/${asked}`, operation } : null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** With no properties but those named: an answer has nothing that the document doesn't tell. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = copy.type === 'object' && copy.properties !== undefined && copy.additionalProperties === undefined;
  return (isOpen ? { ...copy, additionalProperties: false } : copy) as T;
}
