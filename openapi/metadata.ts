/** The OpenAPI document of the metadata REST API: the same for every workspace. Contract: metadata.md 3. */

import { BASE_HEADERS, BASE_RESPONSES, PAGE_INFO, SECURITY_SCHEMES } from './components.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };
const flag = { type: 'boolean' };
const time = { type: 'string', format: 'date-time' };

const OBJECT = {
  nameSingular: text,
  namePlural: text,
  labelSingular: text,
  labelPlural: text,
  description: text,
  icon: text,
  isSearchable: flag,
};
const FIELD = {
  name: text,
  label: text,
  description: text,
  icon: text,
  isActive: flag,
  isNullable: flag,
  isUnique: flag,
  defaultValue: { description: 'Text in single quotes, `uuid` and `now` for functions' },
  options: {
    type: 'array',
    items: {
      type: 'object',
      properties: { id: uuid, value: text, label: text, color: text, position: { type: 'integer' } },
    },
  },
  settings: { type: 'object' },
};
const RELATION_PAYLOAD = {
  type: 'object',
  description: 'For type RELATION: the other end',
  properties: {
    type: { enum: ['MANY_TO_ONE', 'ONE_TO_MANY'] },
    targetObjectMetadataId: uuid,
    targetFieldLabel: text,
    targetFieldIcon: text,
  },
};
const KEY = { name: text, expiresAt: time };
const OWN = { id: uuid, createdAt: time, updatedAt: time };

type Kind = {
  readonly plural: string;
  readonly schema: string;
  readonly create: Schema;
  readonly required: readonly string[];
  readonly update: Schema | null;
  readonly response: Schema;
};

const KINDS: readonly Kind[] = [
  {
    plural: 'objects',
    schema: 'Object',
    create: OBJECT,
    required: ['nameSingular', 'namePlural', 'labelSingular', 'labelPlural'],
    update: { ...OBJECT, isActive: flag, labelIdentifierFieldMetadataId: uuid },
    response: {
      ...OWN,
      ...OBJECT,
      origin: { enum: ['standard', 'custom', 'database'] },
      isCustom: flag,
      isActive: flag,
      isSystem: flag,
      fields: { type: 'array', items: { $ref: '#/components/schemas/FieldForResponse' } },
    },
  },
  {
    plural: 'fields',
    schema: 'Field',
    create: { objectMetadataId: uuid, type: text, ...FIELD, relationCreationPayload: RELATION_PAYLOAD },
    required: ['objectMetadataId', 'type', 'name', 'label'],
    update: FIELD,
    response: { ...OWN, objectMetadataId: uuid, type: text, ...FIELD, isCustom: flag, isSystem: flag },
  },
  {
    plural: 'apiKeys',
    schema: 'ApiKey',
    create: KEY,
    required: ['name'],
    update: null,
    response: { ...OWN, ...KEY, revokedAt: time },
  },
];

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const ID = { name: 'id', in: 'path', required: true, schema: uuid };
const ERRORS = { 400: { $ref: '#/components/responses/400' }, 401: { $ref: '#/components/responses/401' } };

function pathsOf({ plural, schema, update }: Kind): [string, object][] {
  const tags = [plural];
  const answer = (status: number, description: string, body: object) => ({
    [status]: { description, ...json(body) },
    ...ERRORS,
  });
  const one = ref(`${schema}ForResponse`);
  const page = {
    type: 'object',
    properties: { data: { type: 'array', items: one }, pageInfo: PAGE_INFO, totalCount: { type: 'integer' } },
  };
  const query = ['limit', 'starting_after', 'ending_before'].map((name) => ({
    name,
    in: 'query',
    schema: name === 'limit' ? { type: 'integer', default: 60, maximum: 200 } : uuid,
  }));
  return [
    [
      `/${plural}`,
      {
        get: {
          tags,
          operationId: `findMany${schema}s`,
          summary: `List ${plural}`,
          parameters: query,
          responses: answer(200, 'A page', page),
        },
        post: {
          tags,
          operationId: `createOne${schema}`,
          summary: `Create one of the ${plural}`,
          requestBody: { required: true, ...json(ref(schema)) },
          responses: answer(201, 'The created one', one),
        },
      },
    ],
    [
      `/${plural}/{id}`,
      {
        get: {
          tags,
          operationId: `findOne${schema}`,
          summary: `Read one of the ${plural}`,
          parameters: [ID],
          responses: answer(200, 'The one', one),
        },
        ...(update && {
          patch: {
            tags,
            operationId: `updateOne${schema}`,
            summary: `Change one of the ${plural}`,
            parameters: [ID],
            requestBody: { required: true, ...json(ref(`${schema}ForUpdate`)) },
            responses: answer(200, 'The changed one', one),
          },
        }),
        delete: {
          tags,
          operationId: `deleteOne${schema}`,
          summary: `Delete one of the ${plural}`,
          parameters: [ID],
          responses: answer(200, 'The deleted one', one),
        },
      },
    ],
  ];
}

/** @param isComplete without a valid key, only the skeleton is shown */
export function metadataDocument({
  publicUrl,
  isComplete,
}: {
  readonly publicUrl: string;
  readonly isComplete: boolean;
}) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Plinth metadata API',
      version: 'v0.1',
      description: 'The data model of your workspace: objects, fields, relations, and API keys.',
    },
    servers: [{ url: `${publicUrl}/rest/metadata`, description: 'This server' }],
    security: [{ bearerAuth: [] }],
    ...(isComplete && { tags: KINDS.map(({ plural }) => ({ name: plural })) }),
    paths: isComplete
      ? Object.fromEntries(KINDS.flatMap(pathsOf))
      : {
          '/open-api/metadata': {
            get: {
              operationId: 'getMetadataDocument',
              summary: 'This document',
              responses: { 200: { description: 'The document' } },
            },
          },
        },
    components: {
      securitySchemes: SECURITY_SCHEMES,
      ...(isComplete && {
        responses: BASE_RESPONSES,
        headers: BASE_HEADERS,
        schemas: Object.fromEntries(
          KINDS.flatMap(({ schema, create, required, update, response }) => [
            [schema, { type: 'object', properties: create, required }],
            ...(update ? [[`${schema}ForUpdate`, { type: 'object', properties: update }]] : []),
            [`${schema}ForResponse`, { type: 'object', properties: response }],
          ]),
        ),
      }),
    },
  };
}
