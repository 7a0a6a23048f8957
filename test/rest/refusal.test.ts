/** What GraphQL refuses of a body, in REST's words. */

import { pino } from 'pino';
import { buildSchema, type GraphQLError, getVariableValues, parse } from 'postgraphile/grafast/graphql';
import { describe, expect, test } from 'vitest';
import { refuse } from '../../server/errors.ts';
import { asWireError } from '../../server/graphql/wire-errors.ts';
import { refusalOf } from '../../server/rest/refusal.ts';
import { companies, crm } from './crm.ts';

const schema = buildSchema(`
  enum Stage { NEW CUSTOMER }
  input Links { primaryLinkUrl: String }
  input Company { name: String! domainName: Links employees: Float stage: Stage }
  type Query { company: Int }
`);
const log = pino({ level: 'silent' });

function refused(data: unknown, type: string): string {
  const [definition] = parse(`query ($data: ${type}) { company }`).definitions as any;
  const { errors } = getVariableValues(schema, definition.variableDefinitions, { data });
  return refusalOf(asWireError((errors as GraphQLError[])[0], { model: crm }, log), companies).message;
}

describe('a body is refused', () => {
  const cases: [string, unknown, string][] = [
    ['an unknown field', { name: '', foo: 1 }, 'Object company doesn\'t have any "foo" field.'],
    [
      'an unknown sub-field',
      { name: '', domainName: { url: 1 } },
      'Field "domainName" of company doesn\'t have any "url" sub-field.',
    ],
    [
      'an unknown option',
      { name: '', stage: 'OLD' },
      'Invalid value \'OLD\' for field "stage": expected one of NEW, CUSTOMER',
    ],
    [
      'a wrong type',
      { name: '', employees: 'many" at "data.x"; ' },
      'Invalid value for field "employees" of company: Float cannot represent non numeric value: "many\\" at \\"data.x\\"; "',
    ],
    ['a text for a composite', { name: '', domainName: 'x' }, 'Field "domainName" of company must be an object'],
    ['a field that must be given', {}, 'Field "name" of company is required'],
    ['a null where none can be', { name: null }, 'Field "name" of company cannot be null'],
  ];
  test.each(cases)('%s', (_name, body, message) => {
    expect(refused(body, 'Company!')).toBe(message);
    expect(refused([{ name: '' }, body], '[Company!]!')).toBe(`Record 1: ${message}`);
  });

  test('a record that is no object', () => {
    expect(refused(['x'], '[Company!]!')).toBe('Record 0: A record of company must be an object');
  });
});

test('what the records side refuses keeps its words', () => {
  const error = refuse('RECORD_NOT_FOUND');
  expect(refusalOf(asWireError(error, { model: crm }, log), companies)).toBe(error);
});

test('a bug stays a bug', () => {
  expect(refusalOf(asWireError(new Error('oops'), { model: crm }, log), companies)).toMatchObject({ status: 500 });
});
