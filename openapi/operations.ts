/**
 * What can be done with the records of an object over REST: each route, and how the document describes it. Contract:
 * core.md 3.1, 4
 */

import { keyTypeOf } from '../server/model/keys.ts';
import { type Deed, may, type ObjectType, typeName } from '../server/model/model.ts';
import { upperFirst } from '../server/model/names.ts';
import { type Answer, answerSchema, type RequestBody, requestBody } from './bodies.ts';
import {
  BASE_PARAMETERS,
  type BASE_RESPONSES,
  CAPPED_HEADERS,
  COMMON_HEADERS,
  REPLAY_HEADERS,
  type Schema,
  TAG_HEADERS,
} from './components.ts';
import { groupByParameters } from './group-by.ts';
import { answeredKey } from './keys.ts';
import { transfersOf } from './transfers.ts';

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
  | 'restoreMany'
  | 'groupBy'
  | 'findDuplicates'
  | 'mergeMany'
  | 'exportMany'
  | 'importMany'
  | 'findImport'
  | 'watchMany';

export type Operation = { readonly operationId: string } & Schema;
type Method = 'delete' | 'get' | 'patch' | 'post';
export type PathItem = { [method in Method]?: Operation };

type Route = {
  readonly kind: OperationKind;
  readonly method: Method;
  readonly path: (plural: string) => string;
  readonly id: (singular: string, plural: string) => string;
  readonly summary: (object: ObjectType) => string;
  readonly parameters: readonly (keyof typeof BASE_PARAMETERS)[];
  /** Those that tell of the object's own fields. */
  readonly own?: (object: ObjectType) => Schema[];
  readonly body?: RequestBody;
  readonly answer: Answer;
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
  {
    kind: 'groupBy',
    method: 'get',
    path: (plural) => `/${plural}/groupBy`,
    id: (_singular, plural) => `groupBy${plural}`,
    summary: (object) => `Group ${object.labelPlural}, and tell of each group`,
    parameters: ['filter', 'groupLimit', 'includeRecordsSample', 'orderByForRecords', 'viewId', 'omitNullValues'],
    own: groupByParameters,
    answer: 'groups',
    key: (object) => object.namePlural,
  },
  {
    kind: 'findDuplicates',
    method: 'post',
    path: (plural) => `/${plural}/duplicates`,
    id: (singular) => `find${singular}Duplicates`,
    summary: (object) => `Find duplicates of ${object.labelPlural}, by ids or of the records given`,
    parameters: ['depth', 'fields'],
    body: 'duplicates',
    answer: 'pages',
    key: (object) => `${object.nameSingular}Duplicates`,
  },
  {
    kind: 'mergeMany',
    method: 'patch',
    path: (plural) => `/${plural}/merge`,
    id: (_singular, plural) => `mergeMany${plural}`,
    summary: (object) => `Make one ${object.labelSingular} of several`,
    parameters: ['depth', 'fields'],
    body: 'merge',
    answer: 'one',
    key: singularKey('merge'),
  },
];

export type RestOperation = {
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly method: Method;
  readonly path: string;
};

/** What is served of an object, and what each `operationId` of the document stands for. */
export function operationsOf(object: ObjectType): RestOperation[] {
  const routes = ROUTES.filter(({ kind }) => isAllowed(object, kind)).map((route) => ({
    operationId: operationId(route, object),
    kind: route.kind,
    method: route.method,
    path: route.path(object.namePlural),
  }));
  const transfers = allowedTransfers(object).map(({ operation: { operationId }, ...transfer }) => ({
    operationId,
    kind: transfer.kind,
    method: transfer.method,
    path: transfer.path,
  }));
  return [...routes, ...transfers];
}

/** What an operation does to records, in one of these ways; what isn't here reads them. */
const DEEDS: Partial<Record<OperationKind, readonly Deed[]>> = {
  createOne: ['create'],
  createMany: ['create'],
  importMany: ['create'],
  findImport: ['create'],
  updateOne: ['update'],
  updateMany: ['update'],
  deleteOne: ['delete', 'destroy'],
  deleteMany: ['delete', 'destroy'],
  restoreOne: ['delete'],
  restoreMany: ['delete'],
  mergeMany: ['merge'],
};

/** May whoever the object is served to do it at all? */
function isAllowed(object: ObjectType, kind: OperationKind): boolean {
  return DEEDS[kind]?.some((deed) => may(object, deed)) ?? true;
}

function allowedTransfers(object: ObjectType) {
  return transfersOf(object).filter(({ kind }) => isAllowed(object, kind));
}

function operationId(route: Route, object: ObjectType): string {
  return route.id(typeName(object), upperFirst(object.namePlural));
}

export function pathsOf(object: ObjectType, maxRecords: number): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const route of ROUTES) {
    if (!isAllowed(object, route.kind)) continue;
    const path = route.path(object.namePlural);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, object, maxRecords) };
  }
  for (const { path, method, operation } of allowedTransfers(object))
    paths[path] = { ...paths[path], [method]: operation };
  return paths;
}

function operationOf(route: Route, object: ObjectType, maxRecords: number): Operation {
  return {
    tags: [object.namePlural],
    operationId: operationId(route, object),
    summary: route.summary(object),
    ...(route.isDeprecated || object.formerNameOf !== undefined ? { deprecated: true } : {}),
    parameters: [...(route.own?.(object) ?? []), ...parametersOf(route).map((name) => parameterOf(name, object))],
    ...(route.body ? { requestBody: requestBody(route.body, object, maxRecords) } : {}),
    responses: {
      [route.status ?? '200']: {
        description: 'Done',
        headers: headersOf(route),
        content: { 'application/json': { schema: answerSchema(route.answer, route.key(object), object) } },
      },
      ...Object.fromEntries(
        otherAnswersOf(route).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
      ),
    },
  };
}

function parameterOf(name: keyof typeof BASE_PARAMETERS, object: ObjectType): Schema {
  const type = keyTypeOf(object);
  return name === 'idPath' && type !== 'uuid'
    ? { ...BASE_PARAMETERS.idPath, schema: answeredKey(type) }
    : { $ref: `#/components/parameters/${name}` };
}

/** Answers that are one record as it is now. */
const TAGGED: ReadonlySet<OperationKind> = new Set(['findOne', 'createOne', 'updateOne', 'restoreOne']);
/** Changes of one record that is there. */
const CONDITIONAL: ReadonlySet<OperationKind> = new Set(['updateOne', 'deleteOne', 'restoreOne']);

function writes({ kind, method }: Route): boolean {
  return method !== 'get' && kind !== 'findDuplicates';
}

function parametersOf(route: Route): (keyof typeof BASE_PARAMETERS)[] {
  return [
    ...route.parameters,
    ...(writes(route) ? (['idempotencyKey'] as const) : []),
    ...(CONDITIONAL.has(route.kind) ? (['ifMatch'] as const) : []),
    ...(route.kind === 'findOne' ? (['ifNoneMatch'] as const) : []),
  ];
}

function headersOf(route: Route): Schema {
  return {
    ...COMMON_HEADERS,
    ...(route.parameters.includes('fields') ? CAPPED_HEADERS : {}),
    ...(TAGGED.has(route.kind) ? TAG_HEADERS : {}),
    ...(writes(route) ? REPLAY_HEADERS : {}),
  };
}

/** The other statuses that an operation answers. Contract: core.md 3.12 */
function otherAnswersOf(route: Route): (keyof typeof BASE_RESPONSES)[] {
  const { kind, parameters, body } = route;
  const namesRecords = parameters.includes('idPath') || body === 'merge' || body === 'duplicates';
  return [
    ...(kind === 'findOne' ? (['304'] as const) : []),
    '400',
    '401',
    '403',
    ...(namesRecords ? (['404'] as const) : []),
    ...(writes(route) ? (['409'] as const) : []),
    ...(CONDITIONAL.has(kind) ? (['412'] as const) : []),
    ...(body ? (['413', '415'] as const) : []),
    '429',
    '5XX',
  ];
}
