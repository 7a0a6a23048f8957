/** The metadata API over GraphQL: resolvers over one snapshot of the model a request. Contract: metadata.md 1. */

import type { Logger } from 'pino';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from 'postgraphile/grafast/graphql';
import { refuse } from '../errors.ts';
import { asWireError } from '../graphql/wire-errors.ts';
import { foundField } from '../model/change.ts';
import { METADATA_SDL } from './sdl.ts';
import {
  type Asker,
  allFields,
  allKeys,
  allObjects,
  apply,
  type Change,
  changeField,
  changeObject,
  type FullObject,
  makeField,
  makeKey,
  makeObject,
  makeToken,
  oneField,
  oneKey,
  oneObject,
  planned,
  removeField,
  removeObject,
  revokeKey,
  snapshot,
  together,
  workspaceView,
} from './service.ts';
import type { FieldView, Snapshot } from './view.ts';

type Context = Asker & {
  /** The model when first asked for; a mutation's answer is another. */
  readonly taken: () => Promise<Snapshot>;
};

type Paging = { before?: string | null; after?: string | null; first?: number | null; last?: number | null };

const DEFAULT_PAGE = 10;
const MAX_PAGE = 1000;

/** One page by the ids, which the items are ordered by. Contract: metadata.md 1.2 */
function page<T extends { readonly id: string }>(items: readonly T[], { first, last, before, after }: Paging) {
  const from = after ? items.findIndex(({ id }) => id > decoded(after)) : 0;
  const within = (from < 0 ? [] : items.slice(from)).filter(({ id }) => !before || id < decoded(before));
  const size = Math.min(first ?? last ?? DEFAULT_PAGE, MAX_PAGE);
  if (size < 0) throw refuse('INVALID_QUERY_INPUT', 'A page cannot have fewer than 0 items');
  const isBackward = first == null && (last != null || before != null);
  const shown = isBackward ? within.slice(Math.max(0, within.length - size)) : within.slice(0, size);
  const edges = shown.map((node) => ({ node, cursor: encoded(node.id) }));
  return {
    edges,
    totalCount: items.length,
    pageInfo: {
      hasNextPage: isBackward ? Boolean(before) : within.length > shown.length,
      hasPreviousPage: isBackward ? within.length > shown.length : Boolean(after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function encoded(id: string): string {
  return Buffer.from(id).toString('base64');
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64').toString('utf8');
}

type Comparison = Record<string, any>;
type Filter = { readonly and?: Filter[] | null; readonly or?: Filter[] | null } & { readonly [key: string]: any };

function matches(item: Record<string, unknown>, filter: Filter | null | undefined): boolean {
  return Object.entries(filter ?? {}).every(([key, value]) => {
    if (value == null) return true;
    if (key === 'and') return value.every((each: Filter) => matches(item, each));
    if (key === 'or') return value.length === 0 || value.some((each: Filter) => matches(item, each));
    return Object.entries(value as Comparison).every(([operator, wanted]) => compare(item[key], operator, wanted));
  });
}

function compare(actual: unknown, operator: string, wanted: any): boolean {
  if (typeof actual === 'boolean' || actual === undefined)
    return operator === 'is' ? (actual ?? true) === wanted : (actual ?? true) !== wanted;
  const value = String(actual);
  const like = (flags: string) =>
    new RegExp(
      `^${String(wanted)
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('%', '.*')
        .replaceAll('_', '.')}$`,
      flags,
    ).test(value);
  switch (operator) {
    case 'eq':
      return value === wanted.toLowerCase();
    case 'neq':
      return value !== wanted.toLowerCase();
    case 'gt':
      return value > wanted;
    case 'gte':
      return value >= wanted;
    case 'lt':
      return value < wanted;
    case 'lte':
      return value <= wanted;
    case 'in':
      return wanted.includes(value);
    case 'notIn':
      return !wanted.includes(value);
    case 'is':
      return (actual === null) === wanted;
    case 'isNot':
      return (actual !== null) === wanted;
    case 'like':
      return like('');
    case 'notLike':
      return !like('');
    case 'iLike':
      return like('i');
    default:
      return !like('i');
  }
}

/** What changes the model, by the names of the mutations; `planModelChange` takes the same inputs under the same names. */
const CHANGES: Readonly<Record<string, (input: any) => Change<unknown>>> = {
  createOneObject: ({ object }) => makeObject(object),
  updateOneObject: ({ id, update }) => changeObject(id, update),
  deleteOneObject: ({ id }) => removeObject(id),
  createOneField: ({ field }) => makeField(field),
  updateOneField: ({ id, update }) => changeField(id, update),
  deleteOneField: ({ id }) => removeField(id),
};

const changing = Object.fromEntries(
  Object.entries(CHANGES).map(([name, change]) => [
    name,
    (_: unknown, { input }: any, context: Context) => apply(context, change(input)),
  ]),
);

/** Each of `changes` has one key: a mutation's name. */
function plannedTogether(_: unknown, { changes }: { changes: Record<string, object>[] }, context: Context) {
  const each = changes.flatMap((given) =>
    Object.entries(given).map(([name, input]) => (CHANGES[name] as (input: object) => Change<unknown>)(input)),
  );
  return planned(context, together(each));
}

const resolvers = {
  Query: {
    objects: async (_: unknown, { paging, filter }: any, { taken }: Context) =>
      page(
        allObjects(await taken()).filter((object) => matches(object, filter)),
        paging,
      ),
    object: async (_: unknown, { id }: { id: string }, { taken }: Context) => oneObject(await taken(), id),
    fields: async (_: unknown, { paging, filter }: any, { taken }: Context) =>
      page(
        allFields(await taken()).filter((field) => matches(field, filter)),
        paging,
      ),
    field: async (_: unknown, { id }: { id: string }, { taken }: Context) => oneField(await taken(), id),
    apiKeys: (_: unknown, _arguments: unknown, context: Context) => allKeys(context),
    apiKey: (_: unknown, { input }: any, context: Context) => oneKey(context, input.id),
    currentWorkspace: (_: unknown, _arguments: unknown, context: Context) => workspaceView(context),
    planModelChange: plannedTogether,
  },
  Mutation: {
    ...changing,
    createApiKey: (_: unknown, { input }: any, context: Context) => makeKey(context, input),
    revokeApiKey: (_: unknown, { input }: any, context: Context) => revokeKey(context, input.id),
    generateApiKeyToken: (_: unknown, { apiKeyId, expiresAt }: any, context: Context) =>
      makeToken(context, apiKeyId, expiresAt),
  },
  Object: {
    fields: ({ fields }: FullObject, { paging, filter }: any) =>
      page(
        [...fields].sort((a, b) => (a.id < b.id ? -1 : 1)).filter((field) => matches(field, filter)),
        paging ?? { first: MAX_PAGE },
      ),
    fieldsList: ({ fields }: FullObject) => fields,
  },
  Field: {
    object: async ({ objectMetadataId }: FieldView, _arguments: unknown, context: Context) =>
      oneObject(await snapshot(context), objectMetadataId),
  },
  // Read again, for the snapshot of a mutation is older than its answer.
  Relation: {
    sourceObjectMetadata: ({ sourceObjectMetadata: { id } }: any, _: unknown, context: Context) =>
      objectNow(context, id),
    targetObjectMetadata: ({ targetObjectMetadata: { id } }: any, _: unknown, context: Context) =>
      objectNow(context, id),
    sourceFieldMetadata: ({ sourceFieldMetadata: { id } }: any, _: unknown, context: Context) => fieldNow(context, id),
    targetFieldMetadata: ({ targetFieldMetadata: { id } }: any, _: unknown, context: Context) => fieldNow(context, id),
  },
};

async function objectNow({ taken }: Context, id: string) {
  return oneObject(await taken(), id);
}

async function fieldNow({ taken }: Context, id: string) {
  const now = await taken();
  foundField(now.model, id);
  return oneField(now, id);
}

export const metadataSchema = schemaWith(METADATA_SDL, resolvers);

/** The SDL's schema, each named field with its resolver; a name that the SDL doesn't have is a mistake of ours. */
function schemaWith(sdl: string, byType: Record<string, Record<string, GraphQLFieldResolver<any, Context>>>) {
  const schema = buildSchema(sdl);
  for (const [typeName, byField] of Object.entries(byType)) {
    const fields = (schema.getType(typeName) as GraphQLObjectType).getFields();
    for (const [name, resolve] of Object.entries(byField)) {
      const field = fields[name];
      if (!field) throw new Error(`The metadata schema has no ${typeName}.${name}`);
      field.resolve = resolve;
    }
  }
  return schema;
}

export type MetadataOperation = Asker & {
  readonly log: Logger;
  readonly source: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly isReadOnly?: boolean;
};

/** Runs one operation; errors have the wire's form. */
export async function executeMetadata({
  log,
  source,
  variables,
  operationName,
  isReadOnly,
  ...asker
}: MetadataOperation): Promise<ExecutionResult> {
  const wire = (error: unknown) => asWireError(error, { model: { objects: [] } }, log);
  try {
    const document = parse(source, { maxTokens: 20_000 });
    const invalid = validate(metadataSchema, document, specifiedRules);
    if (invalid.length > 0) return { errors: invalid.map(wire) };
    const isWriting = getOperationAST(document, operationName)?.operation === 'mutation';
    if (isReadOnly && isWriting) throw refuse('METHOD_NOT_ALLOWED', 'A mutation needs POST');
    const result = await execute({
      schema: metadataSchema,
      document,
      variableValues: variables ?? null,
      operationName: operationName ?? null,
      contextValue: contextOf(asker, isWriting),
    });
    return result.errors ? { ...result, errors: result.errors.map(wire) } : result;
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof Error) return { errors: [wire(error)] };
    throw error;
  }
}

/** Queries read the model once; what a mutation answers is read after it. */
function contextOf(asker: Asker, isWriting: boolean): Context {
  let once: Promise<Snapshot> | undefined;
  return {
    ...asker,
    taken: () => {
      if (isWriting) return snapshot(asker);
      once ??= snapshot(asker);
      return once;
    },
  };
}
