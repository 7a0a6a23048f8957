/** The OpenAPI document of a workspace's core REST API, made from its model. Contract: core.md 4 */

import { type Model, type ObjectType, typeName } from '../server/model/model.ts';
import {
  BASE_HEADERS,
  BASE_PARAMETERS,
  BASE_RESPONSES,
  reference,
  type Schema,
  SECURITY_SCHEMES,
} from './components.ts';
import { groupBySchemas } from './group-by.ts';
import { type Operation, type PathItem, pathsOf } from './operations.ts';
import { recordSchemas } from './records.ts';

export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: Schema;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly security: readonly Schema[];
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly webhooks?: Readonly<Record<string, Schema>>;
  readonly components: Readonly<Record<string, Schema>>;
  readonly externalDocs: Schema;
};

export type DocumentOptions = {
  readonly publicUrl: string;
  /** Records that one request may write. */
  readonly maxRecords: number;
};

/**
 * The document of a workspace; with `null` for a model, the skeleton that a caller without a key gets.
 * Inactive objects and fields are not in it, nor what points at them.
 */
export function coreDocument(model: Model | null, { publicUrl, maxRecords }: DocumentOptions): OpenApiDocument {
  const skeleton: OpenApiDocument = {
    openapi: '3.1.1',
    info: {
      title: 'Plinth API',
      version: 'v0.1',
      description:
        'Records of a workspace: every object of its data model, standard or custom, has the same operations.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${publicUrl}/rest/`, description: 'This server' }],
    security: [{ bearerAuth: [] }],
    paths: { '/open-api/core': { get: documentOperation() } },
    components: { securitySchemes: SECURITY_SCHEMES },
    externalDocs: { description: 'The same data over GraphQL', url: `${publicUrl}/playground` },
  };
  if (model === null) return skeleton;
  const objects = model.objects
    .filter((object) => object.isActive)
    .sort((one, other) => (one.namePlural < other.namePlural ? -1 : 1));
  return {
    ...skeleton,
    tags: [
      { name: 'General', description: 'About this API' },
      ...objects.map((object) => ({
        name: object.namePlural,
        description: object.description ?? `Operations on ${object.labelPlural}`,
      })),
    ],
    paths: Object.assign({}, skeleton.paths, ...objects.map((object) => pathsOf(object, maxRecords))),
    webhooks: Object.assign({}, ...objects.map(webhooksOf)),
    components: {
      ...skeleton.components,
      parameters: BASE_PARAMETERS,
      responses: BASE_RESPONSES,
      headers: BASE_HEADERS,
      schemas: Object.assign(
        {},
        ...objects.map((object) => ({ ...recordSchemas(model, object), ...groupBySchemas(model, object) })),
      ),
    },
  };
}

function documentOperation(): Operation {
  return {
    tags: ['General'],
    operationId: 'getOpenApiSchema',
    summary: 'This document; with an API key, of the workspace of the key',
    parameters: [
      {
        name: 'If-None-Match',
        in: 'header',
        description: 'The `ETag` of the document that you have',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '200': {
        description: 'An OpenAPI document',
        headers: { ETag: { description: 'Names this state of the document', schema: { type: 'string' } } },
        content: { 'application/json': { schema: { type: 'object' } } },
      },
      '304': { description: 'The document is the one that you have' },
    },
  };
}

/** What is sent to who asked for it. Contract: core.md 4, the last line; metadata.md 5 */
function webhooksOf(object: ObjectType): Record<string, Schema> {
  return Object.fromEntries(
    (['Created', 'Updated', 'Deleted'] as const).map((happened) => [
      `${typeName(object)} ${happened}`,
      {
        post: {
          tags: [object.namePlural],
          operationId: `on${typeName(object)}${happened}`,
          summary: `Sent when a ${object.labelSingular} was ${happened.toLowerCase()}`,
          requestBody: {
            content: {
              'application/json': { schema: eventSchema(object, `${object.nameSingular}.${happened.toLowerCase()}`) },
            },
          },
          responses: {
            '200': { description: 'Any 2xx answer counts as received' },
            '4XX': { description: 'Any other answer: the event is sent again' },
          },
        },
      },
    ]),
  );
}

const ID = { type: 'string', format: 'uuid' };

function eventSchema(object: ObjectType, eventName: string): Schema {
  const isUpdate = eventName.endsWith('.updated');
  return {
    type: 'object',
    properties: {
      targetUrl: { type: 'string' },
      eventName: { type: 'string', enum: [eventName] },
      objectMetadata: {
        type: 'object',
        properties: { id: ID, nameSingular: { type: 'string', enum: [object.nameSingular] } },
      },
      workspaceId: ID,
      webhookId: ID,
      eventDate: { type: 'string', format: 'date-time' },
      userId: { ...ID, description: 'Absent where an API key wrote' },
      workspaceMemberId: { ...ID, description: 'Absent where an API key wrote' },
      record: reference(`${typeName(object)}ForResponse`),
      ...(isUpdate ? { updatedFields: { type: 'array', items: { type: 'string' } } } : {}),
    },
    required: ['eventName', 'eventDate', 'record'],
  };
}
