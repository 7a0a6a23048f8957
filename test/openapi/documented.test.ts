/** The check that every test's REST answers go through finds what is wrong with an answer. */

import { expect, test } from 'vitest';
import { type Exchange, mistakesOf } from '../documented.ts';
import { crm } from '../rest/crm.ts';

const ID = '20202020-1c25-4d02-bf25-6aeccf7ea419';
const person = { id: ID, name: { firstName: 'Ada', lastName: '' }, jobTitle: '', companyId: null };
const refusal = { statusCode: 404, error: 'NotFoundException', messages: ['Record not found'] };

const found: Exchange = {
  method: 'GET',
  path: `/rest/people/${ID}?depth=1`,
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: { data: { person } },
};
const refused: Exchange = { ...found, status: 404, body: refusal };
const withPerson = (change: object): Exchange => ({ ...found, body: { data: { person: { ...person, ...change } } } });

test.each<[string, Exchange]>([
  ['a record', found],
  [
    'a record with a related one',
    withPerson({ company: { id: ID, revenue: { amountMicros: 3, currencyCode: null } } }),
  ],
  ['a refusal', refused],
  ['a refusal of a path that there is not', { ...refused, path: '/rest/people/x', status: 400 }],
  ['another API', { ...found, path: '/graphql' }],
])('%s is as documented', (_name, exchange) => {
  expect(mistakesOf(exchange, crm)).toEqual([]);
});

test('a refusal is held to its shape before a workspace was ever served', () => {
  expect(mistakesOf({ ...refused, path: '/rest/people' }, null)).toEqual([]);
  expect(mistakesOf({ ...refused, path: '/rest/people', body: {} }, null).join()).toMatch(/statusCode/);
});

test.each<[string, Exchange, RegExp]>([
  ['a field that there is not', withPerson({ wings: 2 }), /person.*additional properties.*wings/],
  ['a field of another type', withPerson({ jobTitle: 2 }), /jobTitle must be string/],
  ['a sub-field of another type', withPerson({ name: { firstName: null } }), /firstName must be string/],
  ['a text that is no id', withPerson({ companyId: 'x' }), /companyId must match format "uuid"/],
  ['no id', { ...found, body: { data: { person: {} } } }, /'id'/],
  ['a related record that is wrong', withPerson({ company: { id: ID, stage: 'OLD' } }), /company/],
  ['another key', { ...found, body: { data: { people: person } } }, /person/],
  ['something beside the envelope', { ...found, body: { data: { person }, meta: {} } }, /meta/],
  ['a status', { ...found, status: 202 }, /202 is not among/],
  ['a type', { ...found, contentType: 'text/html' }, /text\/html is not among/],
  ['a refusal of another shape', { ...refused, body: { ...refusal, messages: [] } }, /messages/],
  ['a success of a path that there is not', { ...found, path: '/rest/wings' }, /the document has no GET/],
])('%s is found: not as documented', (_name, exchange, mistake) => {
  expect(mistakesOf(exchange, crm).join('\n')).toMatch(mistake);
});
