/** Variables are coerced as graphql-js coerces them, and refused in its words. */

import { buildSchema, getVariableValues, type OperationDefinitionNode, parse } from 'postgraphile/grafast/graphql';
import { expect, test } from 'vitest';
import { coercedVariables } from '../../server/records/answers/coercion.ts';

const schema = buildSchema(`
  enum Stage { NEW LOST }
  input Filter { and: [Filter!], not: Filter, name: String }
  input Part { url: String, label: String }
  input Required { name: String!, size: Int }
  input Defaults { name: String = "none", size: Int }
  input Record { id: ID, name: String, size: Int, rate: Float, isOpen: Boolean, stage: Stage, stages: [Stage], part: Part, parts: [Part] }
  type Query {
    f(data: [Record!]!, filter: Filter, required: Required, defaults: Defaults, first: Int): Int
  }
`);
const document = parse(`
  query ($data: [Record!]!, $filter: Filter, $required: Required, $defaults: Defaults, $first: Int = 5) {
    f(data: $data, filter: $filter, required: $required, defaults: $defaults, first: $first)
  }
`);
const { variableDefinitions = [] } = document.definitions[0] as OperationDefinitionNode;

const RECORD = {
  id: 7,
  name: 'a',
  size: 1,
  rate: 2,
  isOpen: true,
  stage: 'NEW',
  stages: ['LOST', null],
  part: { url: 'u', label: null },
  parts: [{ label: 'l', url: 'u' }, null, {}],
};

test.each<[string, Record<string, unknown>]>([
  ['nothing', {}],
  ['no record', { data: [] }],
  ['all fields', { data: [RECORD, {}, { name: null }] }],
  ['fields in another order', { data: [Object.fromEntries(Object.entries(RECORD).reverse())] }],
  ['undefined', { data: [{ name: undefined, size: 1 }], first: undefined }],
  ['a record in place of a list', { data: RECORD }],
  ['a value in place of a list', { data: [{ stages: 'NEW', parts: { url: 'u' } }] }],
  ['null', { data: null }],
  ['null in a list of records', { data: [RECORD, null] }],
  ['null for a default', { data: [], first: null }],
  ['a list in place of a record', { data: [[RECORD]] }],
  ['a text in place of a record', { data: ['x'] }],
  [
    'names that there are not',
    { data: [{ nmae: 'a' }, { constructor: 'x' }, JSON.parse('{ "__proto__": { "name": "a" } }')] },
  ],
  [
    'wrong values',
    { data: [{ name: 5 }, { size: 1.5 }, { isOpen: 'yes' }, { stage: 'OPEN' }, { rate: 'x', id: true }] },
  ],
  [
    'filters in filters',
    { data: [], filter: { not: { name: 'a' }, and: [{ name: 'b' }, { and: [{ not: { name: 'c' } }] }] } },
  ],
  ['a wrong filter far below', { data: [], filter: { and: [{ not: { and: [{ name: 1 }] } }] } }],
  ['null in a list of filters', { data: [], filter: { and: [null] } }],
  ['required fields', { data: [], required: { size: 1, name: 'a' } }],
  ['a required field that is missing', { data: [], required: {} }],
  ['defaults', { data: [], defaults: {} }],
  ['variables of nobody', { data: [], other: 1 }],
])('%s', (_what, given) => {
  const expected = getVariableValues(schema, variableDefinitions, given);
  const coerced = coercedVariables(schema, variableDefinitions, given);
  // As texts, for the order of names counts.
  expect(JSON.stringify(coerced.coerced)).toBe(JSON.stringify(expected.coerced));
  expect(coerced).toEqual(expected);
  expect(coerced.errors?.map(({ message }) => message)).toEqual(expected.errors?.map(({ message }) => message));
});
