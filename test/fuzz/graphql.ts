/** Random GraphQL operations of a schema, valid by it unless hostile values or structures are put in. */

import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'postgraphile/grafast/graphql';
import type { HttpCall } from './call.ts';
import type { Dice } from './dice.ts';
import { hostile, hostileName, hostileText, Name, RawJson, toJson } from './hostile.ts';
import type { Known } from './known.ts';
import { validValue } from './valid.ts';

export type Operation = { readonly query: string; readonly variables?: unknown; readonly operationName?: unknown };

type Endpoint = '/graphql' | '/metadata';

export function graphqlCall(dice: Dice, known: Known, endpoint: Endpoint, isHostile: boolean): HttpCall {
  const schema = endpoint === '/graphql' ? known.core : known.metadata;
  const api = endpoint === '/graphql' ? 'GraphQL core' : 'GraphQL metadata';
  const isBomb = isHostile && dice.chance(0.2);
  const operation = isBomb ? bomb(dice, schema) : graphqlOperation(dice, known, schema, isHostile);
  if (isHostile && dice.chance(0.05)) {
    const query = [
      ['query', operation.query],
      ['variables', operation.variables === undefined ? '{' : toJson(operation.variables)],
      ...(dice.chance(0.3) ? [['query', hostileText(dice)]] : []),
    ] as [string, string][];
    const text = query.map(
      ([name, value]) => `${name}${dice.chance(0.1) ? '[]' : ''}=${encoded(value.slice(0, 8_000))}`,
    );
    return { kind: 'http', api, method: 'GET', path: `${endpoint}?${text.join('&')}` };
  }
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (dice.chance(0.05)) headers['Idempotency-Key'] = `key-${dice.below(50)}`;
  if (dice.chance(0.1)) headers.Accept = dice.pick(['application/graphql-response+json', '*/*', 'text/html', 'x']);
  if (isHostile && dice.chance(0.03))
    headers['Content-Type'] = dice.pick([
      'text/plain',
      'application/json; charset=utf-16',
      'application/graphql',
      'x',
      '',
    ]);
  const whole =
    isHostile && dice.chance(0.03) ? dice.pick<unknown>([[operation, operation], hostile(dice)]) : operation;
  return { kind: 'http', api, method: 'POST', path: endpoint, headers, body: toJson(whole) };
}

/** Halves of surrogate pairs have no percent-encoding; this is what their bytes would be. */
export function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80';
}

// Comparing a model with its tables takes seconds: it is asked for, but not as often as all else.
export const SLOW = /drift/i;
export const SLOW_SHARE = 0.1;

export function graphqlOperation(dice: Dice, known: Known, schema: GraphQLSchema, isHostile: boolean): Operation {
  const isMutation = dice.chance(0.4) && schema.getMutationType();
  const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLObjectType;
  const writer = operationWriter(dice, known, schema, isHostile);
  const fields = Object.values(root.getFields()).filter(({ name }) => !SLOW.test(name) || dice.chance(SLOW_SHARE));
  const roots = dice.several(fields, dice.chance(0.9) ? 1 : 3);
  const body = roots.map((field, i) => writer.field(root, field.name, 0, roots.length > 1 ? `r${i}: ` : '')).join(' ');
  return writer.operation(isMutation ? 'mutation' : 'query', body);
}

export function subscriptionOperation(dice: Dice, known: Known, isHostile: boolean): Operation {
  const root = known.core.getSubscriptionType() as GraphQLObjectType;
  const writer = operationWriter(dice, known, known.core, isHostile);
  return writer.operation('subscription', writer.field(root, dice.pick(Object.keys(root.getFields())), 0));
}

const MAX_LEVELS = 5;

function operationWriter(dice: Dice, known: Known, schema: GraphQLSchema, isHostile: boolean) {
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];
  let spoiled = 0;

  /** Half of the hostile operations are spoiled in one place only, so that the rest of them is read. */
  function isSpoiled(): boolean {
    if (!isHostile || !dice.chance(spoiled === 0 ? 0.3 : 0.1)) return false;
    spoiled++;
    return true;
  }

  function field(parent: GraphQLObjectType, name: string, level: number, alias = ''): string {
    const definition = parent.getFields()[name];
    if (!definition) return '__typename';
    const optional = definition.args.filter((argument) => !isRequiredArgument(argument));
    const given = withoutConflicts([
      ...definition.args.filter(isRequiredArgument),
      ...dice.several(optional, level === 0 ? dice.below(4) : dice.below(2)),
    ]);
    const passed = given.map((argument) => `${argument.name}: ${argumentText(argument.type, [name, argument.name])}`);
    if (isSpoiled()) passed.push(`${dice.pick(['x', 'first', 'filter', '__proto__'])}: ${literal(hostile(dice))}`);
    const directive = dice.chance(0.02)
      ? dice.pick([' @include(if: true)', ' @skip(if: false)', ' @skip(if: true)'])
      : '';
    return `${alias}${name}${passed.length > 0 ? `(${passed.join(', ')})` : ''}${directive}${selection(definition.type, level + 1)}`;
  }

  function argumentText(type: GraphQLInputType, path: readonly string[]): string {
    const value = input(type, path, 0);
    if (dice.chance(0.5)) return literal(value);
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${isHostile && dice.chance(0.02) ? 'Int' : type}`);
    if (!(isHostile && dice.chance(0.03))) variables[variable] = value;
    return `$${variable}`;
  }

  function input(type: GraphQLInputType, path: readonly string[], level: number): unknown {
    if (isSpoiled()) return hostile(dice);
    const isCondition = path.some((each) => CONDITION.test(each));
    if (!isNonNullType(type) && !isCondition && dice.chance(0.05)) return null;
    const bare = getNullableType(type);
    if (isListType(bare)) {
      const count = level > 3 || isCondition ? 1 : dice.pick([0, 1, 1, 1, 2, 3]);
      return Array.from({ length: count }, () => input(bare.ofType as GraphQLInputType, path, level + 1));
    }
    if (isEnumType(bare)) return new Name(dice.pick((bare as GraphQLEnumType).getValues()).name);
    if (isInputObjectType(bare)) return inputObject(bare, path, level);
    return validValue(dice, known, (bare as { name: string }).name, path);
  }

  function inputObject(type: GraphQLInputObjectType, path: readonly string[], level: number): unknown {
    const fields = Object.values(type.getFields());
    const required = fields.filter(isRequiredInputField);
    const optional = fields.filter(
      (each) => !isRequiredInputField(each) && (level < MAX_LEVELS || !isInputObjectType(getNamedType(each.type))),
    );
    const wanted = isExclusive(type) ? 1 : level > MAX_LEVELS ? 0 : dice.below(5);
    const chosen = [...required, ...dice.several(optional, wanted)];
    const members = chosen.map((each) => [each.name, input(each.type, [...path, each.name], level + 1)]);
    if (isSpoiled()) members.push([hostileName(dice), hostile(dice)]);
    return Object.fromEntries(members);
  }

  function selection(type: GraphQLOutputType, level: number): string {
    const of = getNamedType(type);
    if (isLeafType(of)) return '';
    if (isAbstractType(of)) {
      const some = dice.several(schema.getPossibleTypes(of), 2);
      return ` { __typename ${some.map((each) => `... on ${each.name}${selection(each, level)}`).join(' ')} }`;
    }
    if (!isObjectType(of)) return ' { __typename }';
    const able = Object.values(of.getFields()).filter(
      (each) =>
        level < MAX_LEVELS || isLeafType(getNamedType(each.type)) || each.name === 'edges' || each.name === 'node',
    );
    const parts = dice
      .several(able, 1 + dice.below(4))
      .map((each, i) => field(of, each.name, level, dice.chance(0.1) ? `a${level}_${i}: ` : ''));
    if (parts.length === 0 || dice.chance(0.1)) parts.push('__typename');
    if (!dice.chance(0.08)) return ` { ${parts.join(' ')} }`;
    if (dice.chance(0.5)) return ` { ... on ${of.name} { ${parts.join(' ')} } }`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${of.name} { ${parts.join(' ')} }`);
    return ` { ...${name} ${dice.chance(0.2) ? `...${name}` : ''} }`;
  }

  return {
    field,
    operation(kind: string, body: string): Operation {
      const head = declared.length > 0 ? `${kind} Q(${declared.join(', ')})` : `${kind} Q`;
      const query = [`${head} { ${body} }`, ...fragments].join('\n');
      return {
        query: isHostile && dice.chance(0.05) ? mutated(dice, query) : query,
        ...(declared.length > 0 && { variables }),
        ...(dice.chance(0.05) && { operationName: isHostile ? hostile(dice) : 'Q' }),
      };
    },
  };
}

const CONDITION = /filter|groupBy|orderBy/i;

/** Of these, one member says it all. */
function isExclusive(type: GraphQLInputObjectType): boolean {
  const names = Object.keys(type.getFields());
  return type.isOneOf || /Filter|Comparison|OrderBy|GroupBy/.test(type.name) || names.includes('disconnect');
}

const CONFLICTS = [
  ['first', 'last'],
  ['after', 'before'],
  ['after', 'offset'],
  ['before', 'offset'],
  ['first', 'before'],
  ['last', 'after'],
  ['ids', 'data'],
];

function withoutConflicts(given: readonly GraphQLArgument[]): GraphQLArgument[] {
  const names = new Set(given.map(({ name }) => name));
  for (const [one, other] of CONFLICTS) if (names.has(one as string)) names.delete(other as string);
  names.delete('viewId'); // there are no views
  return given.filter(({ name }) => names.has(name));
}

/** A value in GraphQL's syntax. Keys that are no names make the document one that cannot be parsed. */
function literal(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (value instanceof Name) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${literal(each)}`)
      .join(', ')} }`;
  return JSON.stringify(value) ?? 'null';
}

function mutated(dice: Dice, text: string): string {
  const at = dice.below(text.length);
  const put = dice.chance(0.5) ? dice.pick([...'{}[]():,."\'$!@#&|\n\0']) : hostileText(dice);
  return text.slice(0, at) + put + text.slice(at + dice.below(4));
}

// Structures ---------------------------------------------------------------------------------------------------------

const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';

/** Documents that are small to send and large to work off. */
function bomb(dice: Dice, schema: GraphQLSchema): Operation {
  const many = (count: number, each: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => each(i)).join(' ');
  const query = schema.getQueryType() as GraphQLObjectType;
  const size = dice.pick([2, 20, 200, 2_000]);
  const root = dice.pick(Object.keys(query.getFields()));
  switch (dice.below(13)) {
    case 0:
      return { query: `{ ${many(size, (i) => `a${i}: __typename`)} }` };
    case 1:
      return { query: `{ ${many(size, (i) => `a${i}: __schema { types { name fields { name } } }`)} }` };
    case 2:
      return {
        query: `{ __schema { types { fields { type { fields { ${many(size * 3, (i) => `a${i}: name`)} } } } } } }`,
      };
    case 3: {
      // Each fragment spreads the next one twice: 2^depth selections.
      const depth = dice.pick([3, 12, 18, 24, 40, 200]);
      const inside = dice.pick(['__typename', '__schema { queryType { name } }']);
      const links = many(depth, (i) => `fragment f${i} on ${query.name} { ...f${i + 1} ...f${i + 1} }`);
      return { query: `{ ...f0 } ${links} fragment f${depth} on ${query.name} { ${inside} }` };
    }
    case 4:
      return { query: `{ ...a } fragment a on ${query.name} { ...b } fragment b on ${query.name} { ...a }` };
    case 5:
      return { query: `{ ${'... { '.repeat(size)}__typename${' }'.repeat(size)} }` };
    case 6:
      return { query: `{ ${root}(filter: ${'{ and: ['.repeat(size)}${'] }'.repeat(size)}) { totalCount } }` };
    case 7:
      return { query: `{ ${root}(x: ${'['.repeat(size)}${']'.repeat(size)}) }` };
    case 8:
      return { query: many(size, (i) => `query Q${i} { __typename }`), operationName: `Q${dice.below(size)}` };
    case 9:
      return { query: `query (${many(size, (i) => `$v${i}: Int = ${i}`)}) { __typename }`, variables: {} };
    case 10:
      return { query: `{ __typename ${many(size, () => '@skip(if: false)')} }` };
    case 11:
      return {
        query: `{ __type(name: "Query") { fields { type { ${'ofType { '.repeat(Math.min(size, 200))}name${' }'.repeat(Math.min(size, 200))} } } } }`,
      };
    default:
      return {
        query: `{ ${many(Math.min(size, 20), (i) => `t${i}: __type(name: ${JSON.stringify(hostileText(dice))}) { name fields { name args { name type { ${TYPE_REF} } } } }`)} }`,
      };
  }
}
