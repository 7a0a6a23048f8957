/** The OpenAPI document of a workspace's core REST API, made from its model. Contract: core.md 4 */

import { FIELD_TYPES, type Part } from '../server/model/field-types/index.ts';
import { type Field, joinName, type Model, type ObjectType, objectById, typeName } from '../server/model/model.ts';
import { upperFirst } from '../server/model/names.ts';
import { BASE_PARAMETERS, BASE_RESPONSES, PAGE_INFO, SECURITY_SCHEMES } from './components.ts';

/** What can be done with the records of an object over REST. */
export type OperationKind =
  | 'findMany'
  | 'findOne'
  | 'createOne'
  | 'createMany'
  | 'updateOne'
  | 'updateMany'
  | 'deleteOne'
  | 'deleteMany'
  | 'restoreOne'
  | 'restoreMany';

type Schema = Readonly<Record<string, unknown>>;
type Operation = { readonly operationId: string } & Schema;
type Method = 'delete' | 'get' | 'patch' | 'post';
type PathItem = { [method in Method]?: Operation };

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

type Route = {
  readonly kind: OperationKind;
  readonly method: Method;
  readonly path: (plural: string) => string;
  readonly id: (singular: string, plural: string) => string;
  readonly summary: (object: ObjectType) => string;
  readonly parameters: readonly (keyof typeof BASE_PARAMETERS)[];
  readonly body?: 'one' | 'many' | 'update';
  readonly answer: 'page' | 'one' | 'many' | 'id' | 'ids';
  /** Key of `data` in the answer. */
  readonly key: (object: ObjectType) => string;
  readonly status?: '201';
  /** A former spelling of the route, which goes on being served. */
  readonly isDeprecated?: true;
};

const singularKey = (verb: string) => (object: ObjectType) => `${verb}${typeName(object)}`;
const pluralKey = (verb: string) => (object: ObjectType) => `${verb}${upperFirst(object.namePlural)}`;

/** Every route of an object. `UpdateOne…` has a capital in the reference, and clients are generated from these ids. */
const ROUTES: readonly Route[] = [
  {
    kind: 'findMany',
    method: 'get',
    path: (plural) => `/${plural}`,
    id: (_singular, plural) => `findMany${plural}`,
    summary: (object) => `Find many ${object.labelPlural}`,
    parameters: ['orderBy', 'filter', 'limit', 'depth', 'fields', 'startingAfter', 'endingBefore'],
    answer: 'page',
    key: (object) => object.namePlural,
  },
  {
    kind: 'createOne',
    method: 'post',
    path: (plural) => `/${plural}`,
    id: (singular) => `createOne${singular}`,
    summary: (object) => `Create one ${object.labelSingular}`,
    parameters: ['depth', 'fields', 'upsert'],
    body: 'one',
    answer: 'one',
    key: singularKey('create'),
    status: '201',
  },
  {
    kind: 'deleteMany',
    method: 'delete',
    path: (plural) => `/${plural}`,
    id: (_singular, plural) => `deleteMany${plural}`,
    summary: (object) => `Delete many ${object.labelPlural}, for good unless soft_delete is true`,
    parameters: ['filter', 'softDelete'],
    answer: 'ids',
    key: pluralKey('delete'),
  },
  {
    kind: 'updateMany',
    method: 'patch',
    path: (plural) => `/${plural}`,
    id: (_singular, plural) => `updateMany${plural}`,
    summary: (object) => `Update many ${object.labelPlural}`,
    parameters: ['depth', 'fields', 'filter'],
    body: 'update',
    answer: 'many',
    key: pluralKey('update'),
  },
  {
    kind: 'createMany',
    method: 'post',
    path: (plural) => `/batch/${plural}`,
    id: (_singular, plural) => `createMany${plural}`,
    summary: (object) => `Create many ${object.labelPlural}, all or none`,
    parameters: ['depth', 'fields', 'upsert'],
    body: 'many',
    answer: 'many',
    key: pluralKey('create'),
    status: '201',
  },
  {
    kind: 'findOne',
    method: 'get',
    path: (plural) => `/${plural}/{id}`,
    id: (singular) => `findOne${singular}`,
    summary: (object) => `Find one ${object.labelSingular}`,
    parameters: ['idPath', 'depth', 'fields'],
    answer: 'one',
    key: (object) => object.nameSingular,
  },
  {
    kind: 'deleteOne',
    method: 'delete',
    path: (plural) => `/${plural}/{id}`,
    id: (singular) => `deleteOne${singular}`,
    summary: (object) => `Delete one ${object.labelSingular}, for good unless soft_delete is true`,
    parameters: ['idPath', 'softDelete'],
    answer: 'id',
    key: singularKey('delete'),
  },
  {
    kind: 'updateOne',
    method: 'patch',
    path: (plural) => `/${plural}/{id}`,
    id: (singular) => `UpdateOne${singular}`,
    summary: (object) => `Update one ${object.labelSingular}`,
    parameters: ['idPath', 'depth', 'fields'],
    body: 'update',
    answer: 'one',
    key: singularKey('update'),
  },
  {
    kind: 'restoreOne',
    method: 'patch',
    path: (plural) => `/${plural}/{id}/restore`,
    id: (singular) => `restoreOne${singular}`,
    summary: (object) => `Restore one soft-deleted ${object.labelSingular}`,
    parameters: ['idPath', 'depth', 'fields'],
    answer: 'one',
    key: singularKey('restore'),
  },
  {
    kind: 'restoreMany',
    method: 'patch',
    path: (plural) => `/${plural}/restore`,
    id: (_singular, plural) => `restoreMany${plural}`,
    summary: (object) => `Restore many soft-deleted ${object.labelPlural}`,
    parameters: ['filter', 'depth', 'fields'],
    answer: 'many',
    key: pluralKey('restore'),
  },
  {
    kind: 'restoreOne',
    method: 'patch',
    path: (plural) => `/restore/${plural}/{id}`,
    id: (singular) => `restoreOne${singular}Deprecated`,
    summary: (object) => `Restore one soft-deleted ${object.labelSingular}, by the former path`,
    parameters: ['idPath', 'depth', 'fields'],
    answer: 'one',
    key: singularKey('restore'),
    isDeprecated: true,
  },
  {
    kind: 'restoreMany',
    method: 'patch',
    path: (plural) => `/restore/${plural}`,
    id: (_singular, plural) => `restoreMany${plural}Deprecated`,
    summary: (object) => `Restore many soft-deleted ${object.labelPlural}, by the former path`,
    parameters: ['filter', 'depth', 'fields'],
    answer: 'many',
    key: pluralKey('restore'),
    isDeprecated: true,
  },
];

/**
 * The document of a workspace; with `null` for a model, the skeleton that a caller without a key gets.
 * Inactive objects and fields are not in it, nor what points at them.
 */
export function coreDocument(model: Model | null, { publicUrl }: { readonly publicUrl: string }): OpenApiDocument {
  const skeleton: OpenApiDocument = {
    openapi: '3.1.1',
    info: {
      title: 'Plinth API',
      version: 'v0.1',
      description:
        'Records of a workspace: every object of its data model, standard or custom, has the same operations.',
    },
    servers: [{ url: `${publicUrl}/rest/`, description: 'This server' }],
    security: [{ bearerAuth: [] }],
    paths: { '/open-api/core': { get: documentOperation() } },
    components: { securitySchemes: SECURITY_SCHEMES },
    externalDocs: { description: 'The same data over GraphQL', url: `${publicUrl}/graphiql` },
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
    paths: Object.assign({}, skeleton.paths, ...objects.map(pathsOf)),
    webhooks: Object.assign({}, ...objects.map(webhooksOf)),
    components: {
      ...skeleton.components,
      parameters: BASE_PARAMETERS,
      responses: BASE_RESPONSES,
      schemas: Object.assign({}, ...objects.map((object) => schemasOf(model, object))),
    },
  };
}

/** What each `operationId` of the document stands for. */
export function operationsOf(object: ObjectType): { operationId: string; kind: OperationKind }[] {
  return ROUTES.map((route) => ({ operationId: operationId(route, object), kind: route.kind }));
}

function operationId(route: Route, object: ObjectType): string {
  return route.id(typeName(object), upperFirst(object.namePlural));
}

function documentOperation(): Operation {
  return {
    tags: ['General'],
    operationId: 'getOpenApiSchema',
    summary: 'This document; with an API key, of the workspace of the key',
    responses: {
      '200': { description: 'An OpenAPI document', content: { 'application/json': { schema: { type: 'object' } } } },
    },
  };
}

function pathsOf(object: ObjectType): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const route of ROUTES) {
    const path = route.path(object.namePlural);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, object) };
  }
  return paths;
}

function operationOf(route: Route, object: ObjectType): Operation {
  return {
    tags: [object.namePlural],
    operationId: operationId(route, object),
    summary: route.summary(object),
    ...(route.isDeprecated ? { deprecated: true } : {}),
    parameters: route.parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ...(route.body ? { requestBody: requestBody(route.body, typeName(object)) } : {}),
    responses: {
      [route.status ?? '200']: {
        description: 'Done',
        content: { 'application/json': { schema: answerSchema(route, object) } },
      },
      '400': { $ref: '#/components/responses/400' },
      '401': { $ref: '#/components/responses/401' },
      ...(route.parameters.includes('idPath') ? { '404': { $ref: '#/components/responses/404' } } : {}),
    },
  };
}

function requestBody(body: NonNullable<Route['body']>, type: string): Schema {
  const schema =
    body === 'many'
      ? { type: 'array', minItems: 1, items: reference(type) }
      : reference(body === 'update' ? `${type}ForUpdate` : type);
  return { required: true, content: { 'application/json': { schema } } };
}

/** The envelopes of core.md 3.8. */
function answerSchema(route: Route, object: ObjectType): Schema {
  const record = reference(`${typeName(object)}ForResponse`);
  const id = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } };
  const value = {
    page: { type: 'array', items: record },
    many: { type: 'array', items: record },
    one: record,
    ids: { type: 'array', items: id },
    id,
  }[route.answer];
  const data = { type: 'object', properties: { [route.key(object)]: value } };
  return {
    type: 'object',
    properties: route.answer === 'page' ? { data, pageInfo: PAGE_INFO, totalCount: { type: 'integer' } } : { data },
  };
}

function reference(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` };
}

const NOT_IN_REQUESTS = new Set(['id', 'createdAt', 'updatedAt', 'deletedAt']);

function schemasOf(model: Model, object: ObjectType): Record<string, Schema> {
  const fields = object.fields.filter((field) => field.isActive && FIELD_TYPES[field.type].type !== 'TS_VECTOR');
  const writable = fields.filter((field) => !NOT_IN_REQUESTS.has(field.name) && field.relation?.kind !== 'ONE_TO_MANY');
  const request = Object.fromEntries(writable.map((field) => requestProperty(field)));
  const required = writable.filter(isRequired).map((field) => (field.relation ? joinName(field) : field.name));
  const example = exampleOf({ type: 'object', properties: request });
  const description = object.description === null ? {} : { description: object.description };
  return {
    [typeName(object)]: {
      type: 'object',
      ...description,
      properties: request,
      ...(required.length > 0 ? { required } : {}),
      example,
    },
    [`${typeName(object)}ForUpdate`]: { type: 'object', ...description, properties: request, example },
    [`${typeName(object)}ForResponse`]: {
      type: 'object',
      ...description,
      properties: Object.fromEntries(fields.flatMap((field) => responseProperties(model, field))),
    },
  };
}

function isRequired(field: Field): boolean {
  const hasDefault = field.defaultValue !== null && field.defaultValue !== undefined;
  return !field.isNullable && !hasDefault && !FIELD_TYPES[field.type].parts.some((part) => part.default !== undefined);
}

const JOIN_SCHEMA = { type: 'string', format: 'uuid' };

function requestProperty(field: Field): [string, Schema] {
  return field.relation
    ? [joinName(field), JOIN_SCHEMA]
    : [field.name, described(field, FIELD_TYPES[field.type].openapi(field))];
}

function responseProperties(model: Model, field: Field): [string, Schema][] {
  if (!field.relation)
    return [[field.name, described(field, withReadOnlyParts(field, FIELD_TYPES[field.type].openapi(field)))]];
  const target = objectById(model, field.relation.targetObject);
  const join: [string, Schema][] = field.relation.kind === 'MANY_TO_ONE' ? [[joinName(field), JOIN_SCHEMA]] : [];
  // A morph relation shows as its join columns only. Contract: core.md 3.6
  if (!target?.isActive || (field.relation.morph !== null && join.length > 0)) return join;
  const record = reference(`${typeName(target)}ForResponse`);
  return join.length > 0
    ? [...join, [field.name, { type: 'object', oneOf: [record] }]]
    : [[field.name, { type: 'array', items: record }]];
}

/** A field type describes what clients write of a composite; answers have all of it. */
function withReadOnlyParts(field: Field, schema: Schema): Schema {
  const written = (schema.properties ?? {}) as Schema;
  const parts: readonly Part[] = FIELD_TYPES[field.type].parts;
  const readOnly = parts.filter(({ name, isReadOnly }) => name !== null && isReadOnly && !(name in written));
  if (readOnly.length === 0) return schema;
  const added = readOnly.map(({ name, scalar }) => [name, scalar === 'UUID' ? JOIN_SCHEMA : { type: 'string' }]);
  return { ...schema, properties: { ...written, ...Object.fromEntries(added) } };
}

function described(field: Field, schema: Schema): Schema {
  return field.description === null ? schema : { ...schema, description: field.description };
}

const EXAMPLES_BY_FORMAT: Record<string, string> = {
  date: '2026-03-01',
  'date-time': '2026-03-01T09:00:00.000Z',
  uuid: '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69',
};

/** A value that the schema allows, for people to start from. */
function exampleOf(schema: Schema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, property]) => [
          name,
          exampleOf(property),
        ]),
      );
    case 'array':
      return schema.items ? [exampleOf(schema.items as Schema)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    default:
      return EXAMPLES_BY_FORMAT[String(schema.format)] ?? 'text';
  }
}

/** Contract: core.md 4, the last line. */
function webhooksOf(object: ObjectType): Record<string, Schema> {
  return Object.fromEntries(
    ['Created', 'Updated', 'Deleted'].map((happened) => [
      `${typeName(object)} ${happened}`,
      {
        post: {
          tags: [object.namePlural],
          operationId: `on${typeName(object)}${happened}`,
          summary: `Sent when a ${object.labelSingular} was ${happened.toLowerCase()}`,
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    eventName: { type: 'string', example: `${object.nameSingular}.${happened.toLowerCase()}` },
                    eventDate: { type: 'string', format: 'date-time' },
                    record: reference(`${typeName(object)}ForResponse`),
                  },
                },
              },
            },
          },
          responses: { '200': { description: 'Any 2xx answer counts as received' } },
        },
      },
    ]),
  );
}
