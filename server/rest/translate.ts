/** A REST request as a GraphQL operation: its text, which is the same for all requests of its form, and the values. */

import type { LRUCache } from 'lru-cache';
import type { OperationKind } from '../../openapi/operations.ts';
import { refuse } from '../errors.ts';
import { pageLimit } from '../limits/page-limit.ts';
import { isPlainObject, shown } from '../model/field-types/checks.ts';
import { type KeyType, keyMistake, keyScalar, keyTypeOf } from '../model/keys.ts';
import { criteriaOf, type ObjectType, typeName } from '../model/model.ts';
import { upperFirst } from '../model/names.ts';
import { filterInput } from './filter.ts';
import { groupByCall } from './group-by.ts';
import { orderInput } from './order.ts';
import { type Argument, type Query, textOf } from './parameters.ts';
import { type Depth, selectionOf } from './selection.ts';
import type { Property, Resource } from './vocabulary.ts';

export type RestRequest = {
  readonly kind: Exclude<OperationKind, 'findImport' | 'watchMany'>; // which are no records
  readonly resource: Resource;
  /** Of the path. */
  readonly id: string | null;
  readonly query: Query;
  readonly body: unknown;
};

/**
 * One record, or a list of them; a page of a connection; all of one; a list of connections; ids alone; groups of
 * records.
 */
type Answer = 'record' | 'page' | 'all' | 'pages' | 'id' | 'groups';

/** All that doesn't depend on values; so it is made once and kept. */
export type Operation = {
  readonly source: string;
  /** The one root field of the GraphQL operation. */
  readonly root: string;
  /** What REST calls it in `data`. */
  readonly key: string;
  readonly answer: Answer;
  readonly isCapped: boolean;
  /** What its records show. */
  readonly properties: readonly Property[];
};

type Translation = { readonly operation: Operation; readonly variables: Readonly<Record<string, unknown>> };

/** Texts of a model. The `fields` parameter makes more of them than can be kept, so the least recently used go. */
export type OperationCache = LRUCache<string, Operation>;

/** Contract: core.md 3.5, decisions.md */

// As many as GraphQL's Int can say.
const ALL = 2_147_483_647;

type Call = {
  readonly root: string;
  readonly key: string;
  readonly arguments: readonly Argument[];
  readonly isMutation: boolean;
  readonly answer: Answer;
  /** What groups are told of, in GraphQL; and whether some of their records are shown. */
  readonly aggregates?: readonly string[];
  readonly hasRecords?: boolean;
};

/**
 * @param kept texts made before for this model; a new one is added
 * @throws PlinthError when a parameter or the form of the body is wrong; values in the body are GraphQL's to check
 */
export function translate(request: RestRequest, kept: OperationCache): Translation {
  const call = callOf(request);
  const variables: Record<string, unknown> = {};
  let form = `${call.root} ${call.key} ${call.answer}`;
  for (const { name, value } of call.arguments) {
    variables[name] = value;
    form += ` ${name}`;
  }
  // Deletes and imports answer the id alone, whatever is asked; of groups, records are a sample.
  const isWhole = call.answer !== 'id' && call.answer !== 'groups';
  const depth = isWhole ? depthOf(request.query) : 0;
  const fields = call.answer === 'id' ? ['id'] : isWhole ? fieldsOf(request.query) : null;
  form += ` ${depth} ${fields ?? '*'} ${call.aggregates ?? ''} ${call.hasRecords ?? ''}`;
  const known = kept.get(form);
  if (known) return { operation: known, variables };
  const operation = operationOf(call, request.resource, depth, fields);
  kept.set(form, operation);
  return { operation, variables };
}

function operationOf(call: Call, resource: Resource, depth: Depth, fields: readonly string[] | null): Operation {
  const { text, properties, isCapped } =
    call.answer === 'all' ? selectionOf(resource, depth, fields, ALL) : selectionOf(resource, depth, fields);
  const declared = listed(call.arguments.map(({ name, type }) => `$${name}: ${type}`));
  const passed = listed(call.arguments.map(({ name, passed }) => passed ?? `${name}: $${name}`));
  return {
    source: `${call.isMutation ? 'mutation' : 'query'} ${call.root}${declared} { ${call.root}${passed} ${selected(call, text)} }`,
    root: call.root,
    key: call.key,
    answer: call.answer,
    isCapped,
    properties,
  };
}

/** @param record the selection of one record. In the form of lists, `edges` are the records themselves. */
function selected({ answer, key, aggregates = [], hasRecords }: Call, record: string): string {
  switch (answer) {
    case 'page':
      return `{ ${key}: edges { node ${record} } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
    case 'pages':
      return `{ totalCount pageInfo { hasNextPage startCursor endCursor } ${key}: edges { node ${record} } }`;
    case 'all':
      return `{ edges { node ${record} } }`;
    case 'groups':
      return `{ ${['groupByDimensionValues', ...aggregates, ...(hasRecords ? [`records: edges { node ${record} }`] : [])].join(' ')} }`;
    default:
      return record;
  }
}

/** Arguments in their parentheses, which GraphQL doesn't take empty. */
function listed(texts: readonly string[]): string {
  return texts.length > 0 ? `(${texts.join(', ')})` : '';
}

function callOf({ kind, resource, id, query, body }: RestRequest): Call {
  const { object } = resource;
  const type = typeName(object);
  const one = type;
  const many = upperFirst(object.namePlural);
  const keyType = keyTypeOf(object);
  const idArgument = { name: 'id', type: `${keyScalar(keyType)}!`, value: id };
  const change = (verb: string, name: string, given: readonly Argument[], key = `${verb}${name}`): Call => ({
    root: `${verb}${name}`,
    key,
    arguments: given,
    isMutation: true,
    answer: 'record',
  });
  switch (kind) {
    case 'findMany':
      refuseDiscovery(query, object.nameSingular);
      return {
        root: object.namePlural,
        key: object.namePlural,
        arguments: findManyArguments(resource, query),
        isMutation: false,
        answer: 'page',
      };
    case 'exportMany':
      return {
        root: object.namePlural,
        key: object.namePlural,
        arguments: exportArguments(resource, query),
        isMutation: false,
        answer: 'all',
      };
    case 'findOne':
      refuseDiscovery(query, object.nameSingular);
      return {
        root: object.nameSingular,
        key: object.nameSingular,
        arguments: [{ ...idArgument, ...filteredBy(keyType, id), passed: 'filter: { id: { eq: $id } }' }],
        isMutation: false,
        answer: 'record',
      };
    case 'createOne': {
      const data = { name: 'data', type: `${type}CreateInput!`, value: objectBody(body) };
      return change('create', one, [data, ...upsertArgument(query)]);
    }
    case 'createMany':
    case 'importMany': {
      const data = { name: 'data', type: `[${type}CreateInput!]!`, value: listBody(body) };
      const create = change('create', many, [data, ...upsertArgument(query)]);
      return kind === 'importMany' ? { ...create, answer: 'id' } : create;
    }
    case 'updateOne':
      return change('update', one, [
        idArgument,
        { name: 'data', type: `${type}UpdateInput!`, value: objectBody(body) },
      ]);
    case 'updateMany':
      return change('update', many, [
        filterArgument(resource, query, 'A non-empty filter is required'),
        { name: 'data', type: `${type}UpdateInput!`, value: objectBody(body) },
      ]);
    case 'deleteOne':
      return { ...change(deleteVerb(query), one, [idArgument], `delete${one}`), answer: 'id' };
    case 'deleteMany': {
      const verb = deleteVerb(query);
      const filter = filterArgument(resource, query, `Filters are mandatory for bulk ${verb} operations`);
      return { ...change(verb, many, [filter], `delete${many}`), answer: 'id' };
    }
    case 'restoreOne':
      return change('restore', one, [idArgument]);
    case 'restoreMany':
      return change('restore', many, [filterArgument(resource, query, 'A non-empty filter is required')]);
    case 'groupBy':
      return {
        root: `${object.namePlural}GroupBy`,
        key: object.namePlural,
        ...groupByCall(resource, query),
        isMutation: false,
        answer: 'groups',
      };
    case 'findDuplicates':
      needsCriteria(object);
      return {
        root: `${object.nameSingular}Duplicates`,
        key: `${object.nameSingular}Duplicates`,
        arguments: duplicatesArguments(type, keyType, body),
        isMutation: false,
        answer: 'pages',
      };
    case 'mergeMany':
      needsCriteria(object);
      return change('merge', many, mergeArguments(keyType, body), `merge${one}`);
  }
}

/** The routes are there for every object, as in the reference; what they do is not. Contract: core.md 2.2, 2.15 */
function needsCriteria(object: ObjectType): void {
  if (criteriaOf(object).length === 0)
    throw refuse('INVALID_QUERY_INPUT', `Object ${object.nameSingular} has no duplicate criteria`);
}

/** Which of them are given, and that it is one, is the operation's to check, as for GraphQL. Contract: core.md 3.9 */
function duplicatesArguments(type: string, keyType: KeyType, body: unknown): Argument[] {
  const { ids, data } = bodyOf(body, ['ids', 'data']);
  if (data != null && !Array.isArray(data))
    throw refuse('INVALID_ARGS_DATA', 'data must be a JSON array with at least one record');
  return [
    ...(ids == null ? [] : [{ name: 'ids', type: `[${keyScalar(keyType)}]`, value: idsOf(keyType, ids) }]),
    ...(data == null ? [] : [{ name: 'data', type: `[${type}CreateInput]`, value: data }]),
  ];
}

function mergeArguments(keyType: KeyType, body: unknown): Argument[] {
  const {
    ids,
    conflictPriorityIndex: index,
    dryRun = false,
  } = bodyOf(body, ['ids', 'conflictPriorityIndex', 'dryRun']);
  if (!Number.isInteger(index))
    throw refuse('INVALID_QUERY_INPUT', 'conflictPriorityIndex must be a whole number: the place of a record in ids');
  if (typeof dryRun !== 'boolean') throw refuse('INVALID_QUERY_INPUT', 'dryRun must be true or false');
  return [
    { name: 'ids', type: `[${keyScalar(keyType)}!]!`, value: idsOf(keyType, ids) },
    { name: 'conflictPriorityIndex', type: 'Int!', value: index },
    { name: 'dryRun', type: 'Boolean', value: dryRun },
  ];
}

/** A misspelt key is refused, not ignored: without its `dryRun` a merge is one. */
function bodyOf(body: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const given = isPlainObject(body) ? body : null;
  const unknown = given && Object.keys(given).find((key) => !keys.includes(key));
  if (given === null || unknown != null)
    throw refuse(
      'INVALID_QUERY_INPUT',
      `The body must be a JSON object with ${keys.join(', ')}${unknown == null ? '' : `, not "${unknown}"`}`,
    );
  return given;
}

/** What the filter of the field `id` takes. */
function filteredBy(type: KeyType, id: string | null): { type: string; value: unknown } {
  switch (type) {
    case 'uuid':
      return { type: 'UUID!', value: id };
    case 'int':
      return { type: 'Int!', value: Number(id) };
    case 'bigint':
      return { type: 'BigFloat!', value: id };
    case 'text':
      return { type: 'String!', value: id };
  }
}

function idsOf(keyType: KeyType, ids: unknown): readonly string[] {
  const isUuids = keyType === 'uuid';
  if (!Array.isArray(ids))
    throw refuse('INVALID_QUERY_INPUT', `ids must be a JSON array of ${isUuids ? 'UUIDs' : 'ids'}`);
  const wrong = ids.findIndex((id) => keyMistake(keyType, id) !== null);
  if (wrong >= 0)
    throw refuse(
      'INVALID_QUERY_INPUT',
      isUuids ? `ids: ${shown(ids[wrong])} is not a valid UUID` : `ids: ${keyMistake(keyType, ids[wrong])}`,
    );
  return ids;
}

function findManyArguments(resource: Resource, query: Query): Argument[] {
  const limit = pageLimit(textOf(query, 'limit'));
  // An empty cursor is none. Contract: core.md 2.11
  const after = textOf(query, 'starting_after') || undefined;
  const before = textOf(query, 'ending_before') || undefined;
  if (after !== undefined && before !== undefined) {
    throw refuse('ARGS_CONFLICT', 'starting_after and ending_before cannot be given together');
  }
  const given = searchArguments(resource, query);
  given.push({ name: before === undefined ? 'first' : 'last', type: 'Int', value: limit });
  if (after !== undefined) given.push({ name: 'after', type: 'String', value: after });
  if (before !== undefined) given.push({ name: 'before', type: 'String', value: before });
  return given;
}

/** An export is all of it, the records alone: what would make it a page, or more than them, is a mistake. */
function exportArguments(resource: Resource, query: Query): Argument[] {
  for (const name of ['limit', 'starting_after', 'ending_before']) {
    if (query[name] !== undefined)
      throw refuse('BAD_REQUEST', `${name}: an export is of all records that the filter finds`);
  }
  if (depthOf(query) !== 0) throw refuse('BAD_REQUEST', 'depth: an export is of the records alone');
  return [...searchArguments(resource, query), { name: 'first', type: 'Int', value: ALL }];
}

function searchArguments(resource: Resource, query: Query): Argument[] {
  const type = typeName(resource.object);
  const filter = textOf(query, 'filter');
  const order = textOf(query, 'order_by');
  const given: Argument[] = [];
  if (filter !== undefined) {
    given.push({ name: 'filter', type: `${type}FilterInput`, value: filterInput(filter, resource) });
  }
  if (order) given.push({ name: 'orderBy', type: `[${type}OrderByInput]`, value: orderInput(order, resource) });
  return given;
}

/** Nothing is changed in bulk without saying what. */
function filterArgument(resource: Resource, query: Query, whenMissing: string): Argument {
  const filter = textOf(query, 'filter');
  if (!filter) throw refuse('INVALID_QUERY_INPUT', whenMissing);
  return { name: 'filter', type: `${typeName(resource.object)}FilterInput!`, value: filterInput(filter, resource) };
}

function upsertArgument(query: Query): Argument[] {
  return query.upsert === 'true' ? [{ name: 'upsert', type: 'Boolean', value: true }] : [];
}

function deleteVerb(query: Query): 'delete' | 'destroy' {
  return query.soft_delete === 'true' ? 'delete' : 'destroy';
}

function objectBody(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse('INVALID_ARGS_DATA', 'The body must be a JSON object with the fields of one record');
  }
  return body;
}

function listBody(body: unknown): readonly unknown[] {
  if (!Array.isArray(body) || body.length === 0) {
    throw refuse('INVALID_ARGS_DATA', 'The body must be a JSON array with at least one record');
  }
  return body;
}

/** Some objects of the reference's can be discovered, none of ours. Contract: core.md 3.2 */
function refuseDiscovery(query: Query, object: string): void {
  const text = textOf(query, 'discover');
  if (text === undefined || text === 'false') return;
  throw refuse(
    'BAD_REQUEST',
    text === 'true'
      ? `discover is not supported for ${object}`
      : `discover '${text}' is invalid: allowed values are true and false`,
  );
}

function depthOf(query: Query): Depth {
  const text = textOf(query, 'depth');
  if (text === undefined || text === '0') return 0;
  if (text === '1') return 1;
  throw refuse('BAD_REQUEST', `depth '${text}' is invalid: allowed values are 0 and 1`);
}

function fieldsOf(query: Query): string[] | null {
  const value = query.fields;
  if (value === undefined) {
    // With a query parser that knows no brackets, `fields[x]=1` is a parameter of its own.
    for (const name in query) if (name.startsWith('fields[')) throw fieldsMistake();
    return null;
  }
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const names = new Set<string>();
  for (const text of texts) {
    if (typeof text !== 'string') throw fieldsMistake();
    for (const name of text.split(',')) names.add(name.trim());
  }
  names.delete('');
  if (names.size === 0) throw fieldsMistake();
  return [...names];
}

function fieldsMistake(): Error {
  return refuse('BAD_REQUEST', 'fields must be names of fields separated by commas, as in fields=name,createdAt');
}
