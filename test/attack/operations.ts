/**
 * Every operation that there is to ask, generated: from a GraphQL schema as it is served, and from an OpenAPI document.
 */

import {
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'postgraphile/grafast/graphql';

/** What to put where an operation takes a value. */
export type Values = {
  /** Beside what must be there only ids: a wrong text would be refused before an id is looked at. */
  readonly isSparse: boolean;
  /** @param path the operation, and the names on the way to the place: `createPerson`, `data`, `companyId` */
  id(path: readonly string[]): string;
  text(path: readonly string[]): string;
  cursor(path: readonly string[]): string;
};

export type Asked = { readonly method: string; readonly path: string; readonly body?: unknown };

// GraphQL ------------------------------------------------------------------------------------------------------------

const MOST_LEVELS = 3;

/** One request for each root field. */
export function graphqlOperations(endpoint: string, schema: GraphQLSchema, values: Values): Asked[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {}).map((field): Asked => {
      const given = field.args.filter((argument) => isGiven(argument));
      const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(', ');
      const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
      const query = `${kind}${declared && ` (${declared})`} { ${field.name}${passed && ` (${passed})`} ${selection(field.type)} }`;
      const variables = Object.fromEntries(
        given.map(({ name, type }) => [name, inputValue(type, [field.name, name], values)]),
      );
      return { method: 'POST', path: endpoint, body: { query, variables } };
    }),
  );
}

/** Of those that page, one is enough, and two at once are refused. */
const OF_PAGING: ReadonlySet<string> = new Set(['last', 'before', 'offset', 'orderBy', 'upsert']);

function isGiven(argument: GraphQLArgument): boolean {
  return isRequiredArgument(argument) || !OF_PAGING.has(argument.name);
}

function inputValue(type: GraphQLInputType, path: readonly string[], values: Values): unknown {
  const bare = getNullableType(type) as GraphQLInputType;
  const name = path.at(-1) ?? '';
  if (isListType(bare)) return [inputValue(bare.ofType as GraphQLInputType, path, values)];
  if (isEnumType(bare)) return bare.getValues()[0]?.name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields());
    const isFilter = /Filter|Comparison/.test(bare.name);
    const given = fields.filter((field) => {
      if (isRequiredInputField(field)) return true;
      if (path.length > MOST_LEVELS + 1) return false;
      const of = getNamedType(field.type);
      if (/Paging$/.test(bare.name)) return field.name === 'first' || field.name === 'after';
      // Of a filter, what finds by id; of a comparison, what is equal. All else narrows it down to nothing.
      if (isFilter)
        return of.name === 'UUID' ? field.name === 'eq' : /UUID|ID/.test(of.name) && path.length <= MOST_LEVELS;
      if (isInputObjectType(of))
        return path.length <= MOST_LEVELS && !/Filter/.test(of.name) && (!values.isSparse || holdsIds(of));
      return !values.isSparse || of.name === 'UUID' || of.name === 'ID';
    });
    const chosen = bare.isOneOf ? given.slice(path.length % given.length).slice(0, 1) : given;
    return Object.fromEntries(
      chosen.map((field) => [field.name, inputValue(field.type, [...path, field.name], values)]),
    );
  }
  switch (bare.name) {
    case 'UUID':
    case 'ID':
      return values.id(path);
    case 'Int':
    case 'Float':
    case 'BigFloat':
    case 'BigInt':
    case 'Position':
      return name === 'first' || name === 'limit' ? 2 : 1;
    case 'Boolean':
      return false;
    case 'DateTime':
    case 'Date':
      return '2031-01-01T00:00:00.000Z'.slice(0, bare.name === 'Date' ? 10 : undefined);
    case 'JSON':
    case 'RawJSONScalar':
      return { [values.text(path)]: values.text(path) };
    default:
      return /cursor|^after$/i.test(`${bare.name} ${name}`) ? values.cursor(path) : values.text(path);
  }
}

function holdsIds(type: GraphQLInputObjectType, levels = 2): boolean {
  return Object.values(type.getFields()).some((field) => {
    const of = getNamedType(field.type);
    return of.name === 'UUID' || of.name === 'ID' || (isInputObjectType(of) && levels > 0 && holdsIds(of, levels - 1));
  });
}

/** All leaves of what is answered; of connections those of their nodes. */
function selection(type: GraphQLOutputType, levels = 0): string {
  const of = getNamedType(type);
  if (isLeafType(of)) return '';
  if (!isObjectType(of)) return '{ __typename }';
  const names = Object.values(of.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return [field.name];
    const isWrapper = ['edges', 'node', 'pageInfo'].includes(field.name) || /Connection$/.test(of.name);
    if (!isWrapper && (levels >= 1 || /Connection$/.test(inner.name))) return [];
    return [`${field.name} ${selection(field.type, isWrapper ? levels : levels + 1)}`];
  });
  return `{ ${names.length > 0 ? names.join(' ') : '__typename'} }`;
}

// REST ---------------------------------------------------------------------------------------------------------------

type Schema = { readonly [key: string]: any };

/** One request for each method of each path, below where the document says that the server is. */
export function restOperations(document: Schema, values: Values): Asked[] {
  const base = new URL(document.servers[0].url).pathname;
  const found = (schema: Schema): Schema =>
    schema?.$ref
      ? found(
          schema.$ref
            .slice(2)
            .split('/')
            .reduce((at: Schema, key: string) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document),
        )
      : schema;
  return Object.entries<Schema>(document.paths).flatMap(([template, operations]) =>
    Object.entries<Schema>(operations)
      .filter(([method]) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map(([method, operation]): Asked => {
        const name = template.split('/')[1] as string;
        const parameters = [...(operations.parameters ?? []), ...(operation.parameters ?? [])].map(found);
        const ids = template.replace(/\{(\w+)\}/g, (_, key) => encodeURIComponent(values.id([name, key])));
        const query = new URLSearchParams();
        for (const parameter of parameters) {
          if (parameter.in !== 'query' || NOT_GIVEN.has(parameter.name)) continue;
          if (values.isSparse && !parameter.required && !OF_IDS.test(parameter.name)) continue;
          query.set(parameter.name, parameterValue(parameter, name, values));
        }
        const body = found(operation.requestBody)?.content?.['application/json']?.schema;
        const given = body && jsonValue(body, [name], values, found);
        return {
          method: method.toUpperCase(),
          path: `${base}${ids}${query.size > 0 ? `?${query}` : ''}`,
          ...(given !== undefined && { body: given }),
        };
      }),
  );
}

const NOT_GIVEN: ReadonlySet<string> = new Set([
  'ending_before',
  'dry_run',
  'view_id',
  'omit_null_values',
  'soft_delete',
]);

const OF_IDS = /^(filter|starting_after|limit|import)$|id$/i;

function parameterValue({ name, schema = {} }: Schema, object: string, values: Values): string {
  if (name === 'filter') return `id[eq]:"${values.id([object, 'id'])}"`;
  if (name === 'starting_after') return values.cursor([object, name]);
  if (schema.format === 'uuid' || /id$|^import$/i.test(name)) return values.id([object, name]);
  if (schema.enum) return String(schema.enum[0]);
  if (schema.type === 'integer') return name === 'depth' ? '1' : '2';
  if (schema.type === 'boolean') return 'false';
  if (schema.format === 'date-time') return '2020-01-01T00:00:00Z';
  return values.text([object, name]);
}

function isId(name: string, { format }: Schema): boolean {
  return format === 'uuid' || /(^id|Ids?)$/.test(name);
}

function jsonValue(given: Schema, path: readonly string[], values: Values, found: (schema: Schema) => Schema): unknown {
  const schema = found(given);
  const alternative = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (alternative) return jsonValue(alternative[0], path, values, found);
  const type = [schema.type].flat()[0];
  const name = path.at(-1) ?? '';
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (type === 'array') return path.length > 4 ? [] : [jsonValue(schema.items ?? {}, path, values, found)];
  if (type === 'object' || schema.properties) {
    if (path.length > 4) return {};
    return Object.fromEntries(
      Object.entries<Schema>(schema.properties ?? {})
        .filter(([key, value]) => !values.isSparse || schema.required?.includes(key) || isId(key, found(value)))
        .map(([key, value]) => [key, jsonValue(value, [...path, key], values, found)]),
    );
  }
  if (type === 'boolean') return false;
  if (type === 'number' || type === 'integer') return 1;
  if (isId(name, schema)) return values.id(path);
  if (schema.format === 'date-time') return '2031-01-01T00:00:00Z';
  if (schema.format === 'date') return '2031-01-01';
  return values.text(path);
}
