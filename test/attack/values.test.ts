/**
 * Every argument of both GraphQL schemas takes a value of every kind, or refuses it: no value is a failure of the
 * server.
 */

import {
  buildSchema,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'postgraphile/grafast/graphql';
import { describe, expect, test } from 'vitest';
import { createWorkspace } from '../../server/changes/workspaces.ts';
import { workspace } from '../fixture.ts';

const VALUES: readonly unknown[] = [null, true, -1.5, 1e300, -9_007_199_254_740_992, [[5]], { id: { id: -1.5 } }];

const AT_ONCE = 10;

type Place = {
  readonly root: 'query' | 'mutation';
  readonly field: string;
  readonly argument: string;
  readonly type: GraphQLInputType;
  /** From the argument to what is tried. */
  readonly path: readonly string[];
};

/** Each argument and each field of an input, once. */
function placesOf(schema: GraphQLSchema): Place[] {
  const seen = new Set<string>();
  const places: Place[] = [];
  for (const root of ['query', 'mutation'] as const) {
    const fields = (root === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {};
    for (const { name, args } of Object.values(fields)) {
      for (const { name: argument, type } of args) add({ root, field: name, argument, type, path: [] }, type);
    }
  }
  return places;

  function add(place: Place, type: GraphQLInputType): void {
    places.push(place);
    const named = getNamedType(type);
    if (!isInputObjectType(named) || seen.has(named.name)) return;
    seen.add(named.name);
    for (const field of Object.values(named.getFields()))
      add({ ...place, path: [...place.path, field.name] }, field.type);
  }
}

/** A value of a type, with `value` at the end of a path in it. */
function sample(type: GraphQLInputType, path: readonly string[] | null, value: unknown): unknown {
  if (path?.length === 0) return value;
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [sample(nullable.ofType, path, value)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (!isInputObjectType(nullable)) return SAMPLES[(nullable as { name: string }).name] ?? 'x';
  const [next, ...rest] = path ?? [];
  return Object.fromEntries(
    Object.values(nullable.getFields())
      .filter((field) => field.name === next || (isNonNullType(field.type) && field.defaultValue === undefined))
      .map((field) => [field.name, sample(field.type, field.name === next ? rest : null, value)]),
  );
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  UUID: '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f',
  Int: 1,
  Float: 1,
  BigFloat: 1,
  Boolean: false,
  JSON: {},
};

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each)}`)
    .join(' ')} }`;
}

/** As a variable and as a literal: these are read by different code. */
function requestsOf(schema: GraphQLSchema, { root, field, argument, type, path }: Place, value: unknown) {
  const definition = (root === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields()[field];
  if (!definition) throw new Error(`There is no field ${field}`);
  const others = definition.args.filter(
    (each) => each.name !== argument && isNonNullType(each.type) && each.defaultValue === undefined,
  );
  const declared = [`$v: ${type}`, ...others.map((each) => `$${each.name}: ${each.type}`)].join(', ');
  const passed = others.map((each) => `${each.name}: $${each.name}`).join(', ');
  const selection = isLeafType(getNamedType(definition.type)) ? '' : '{ __typename }';
  const given = sample(type, path, value);
  const variables = Object.fromEntries(others.map((each) => [each.name, sample(each.type, null, null)]));
  const rest = others.map((each) => `$${each.name}: ${each.type}`).join(', ');
  return [
    {
      query: `${root} (${declared}) { ${field}(${argument}: $v ${passed}) ${selection} }`,
      variables: { ...variables, v: given },
    },
    {
      query: `${root} ${rest && `(${rest})`} { ${field}(${argument}: ${literal(given)} ${passed}) ${selection} }`,
      variables,
    },
  ];
}

/** One object with a field of each kind, and what every workspace has. */
async function smallSpace() {
  const space = await workspace((database, name) => createWorkspace(database, { name, empty: true }));
  const { createOneObject } = await space.metadata(
    `mutation { createOneObject(input: { object: {
      nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id } }`,
  );
  const options = [{ value: 'A', label: 'A', color: 'red', position: 0 }];
  const types = ['NUMBER', 'BOOLEAN', 'DATE', 'DATE_TIME', 'RAW_JSON', 'ARRAY', 'UUID', 'RATING'];
  const composites = ['CURRENCY', 'FULL_NAME', 'ADDRESS', 'LINKS', 'EMAILS', 'PHONES'];
  const inputs = [
    ...[...types, ...composites].map((type) => ({ type })),
    ...['SELECT', 'MULTI_SELECT'].map((type) => ({ type, options })),
  ].map((field, i) => ({
    field: { ...field, objectMetadataId: createOneObject.id, name: `field${i}`, label: `Field ${i}` },
  }));
  await space.metadata(
    'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id } }',
    {
      inputs,
    },
  );
  return space;
}

describe.each(['/graphql', '/metadata'])('%s', (endpoint) => {
  test('answers every value of every argument without a failure', { timeout: 240_000 }, async () => {
    const { url, who } = await smallSpace();
    const text = await (await fetch(`${url}${endpoint}/schema.graphql`, { headers: who })).text();
    const schema = buildSchema(text);
    const requests = placesOf(schema)
      // By turns: places are many, and those of one type are read alike.
      .flatMap((place, i) => VALUES.map((value, j) => requestsOf(schema, place, value)[(i + j) % 2]))
      .values();
    const failed: string[] = [];
    let count = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const request of requests) {
          count++;
          const response = await fetch(url + endpoint, {
            method: 'POST',
            headers: { ...who, 'Content-Type': 'application/json' },
            body: JSON.stringify(request),
          });
          const answer = await response.text();
          if (response.status >= 500 || answer.includes('INTERNAL_SERVER_ERROR'))
            failed.push(`${JSON.stringify(request)}\n→ ${answer.slice(0, 300)}`);
        }
      }),
    );
    expect(failed).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  });
});
