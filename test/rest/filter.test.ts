/** The filter grammar as a table: what is read, and what is refused, where. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlinthError } from '../../server/errors.ts';
import { filterInput } from '../../server/rest/filter.ts';
import { companies, people } from './crm.ts';

const ID = '20202020-1c25-4d02-bf25-6aeccf7ea419';

const and = (...items: object[]) => ({ and: items });

describe('a filter is read', () => {
  const cases: [string, object][] = [
    ['name[eq]:"Acme"', and({ name: { eq: 'Acme' } })],
    ["name[eq]:'Acme'", and({ name: { eq: 'Acme' } })],
    ['name[eq]:Acme', and({ name: { eq: 'Acme' } })],
    ['name[eq]:""', and({ name: { eq: '' } })],
    ["name[eq]:O'Brien", and({ name: { eq: "O'Brien" } })],
    ['name[eq]:"say "hi" to all, they said"', and({ name: { eq: 'say "hi" to all, they said' } })],
    ['name[eq]:"a (b"', and({ name: { eq: 'a (b' } })],
    ['name[eq]:"a,b",position[lt]:2', and({ name: { eq: 'a,b' } }, { position: { lt: 2 } })],
    ['name[eq]:a (b), position[lt]:2', and({ name: { eq: 'a (b)' } }, { position: { lt: 2 } })],
    ['name[like]:%a%', and({ name: { like: '%a%' } })],
    ['name[startsWith]:"x[y]:z"', and({ name: { startsWith: 'x[y]:z' } })],
    ['position[lte]:1', and({ position: { lte: 1 } })],
    ['position[gt]:-1.5e3', and({ position: { gt: -1500 } })],
    ['floors[in]:[1,2]', and({ floors: { in: [1, 2] } })],
    ['revenue.amountMicros[gte]:9007199254740993', and({ revenue: { amountMicros: { gte: '9007199254740993' } } })],
    ['isTarget[eq]:true', and({ isTarget: { eq: true } })],
    ['stage[in]:["NEW",CUSTOMER]', and({ stage: { in: ['NEW', 'CUSTOMER'] } })],
    ['industries[containsAny]:[SPACE]', and({ industries: { containsAny: ['SPACE'] } })],
    ['name[in]:["a,b", \'c\', d ]', and({ name: { in: ['a,b', 'c', 'd'] } })],
    [`id[in]:["${ID}"]`, and({ id: { in: [ID] } })],
    ['deletedAt[is]:NOT_NULL', and({ deletedAt: { is: 'NOT_NULL' } })],
    ['deletedAt[is]:"NULL"', and({ deletedAt: { is: 'NULL' } })],
    ['createdAt[gte]:2026-01-01T00:00:00.000Z', and({ createdAt: { gte: '2026-01-01T00:00:00.000Z' } })],
    ['createdBy.source[eq]:API', and({ createdBy: { source: { eq: 'API' } } })],
    ['extra[like]:"%x%"', and({ extra: { like: '%x%' } })],
    ['name[eq]:a,name[eq]:b', and({ name: { eq: 'a' } }, { name: { eq: 'b' } })],
    ['and(name[eq]:a)', and({ name: { eq: 'a' } })],
    ['or(name[eq]:a,position[lt]:1)', { or: [{ name: { eq: 'a' } }, { position: { lt: 1 } }] }],
    ['not(name[is]:NULL)', { not: { name: { is: 'NULL' } } }],
    ['or(name[eq]:a),not(name[eq]:b)', and({ or: [{ name: { eq: 'a' } }] }, { not: { name: { eq: 'b' } } })],
    [
      'or(name[ilike]:"%acme%",not(domainName.primaryLinkUrl[is]:NULL))',
      { or: [{ name: { ilike: '%acme%' } }, { not: { domainName: { primaryLinkUrl: { is: 'NULL' } } } }] },
    ],
    [' and( name[eq]:a , or( name[eq]:b ) ) ', { and: [{ name: { eq: 'a' } }, { or: [{ name: { eq: 'b' } }] }] }],
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(filterInput(text, companies)).toEqual(expected);
  });

  test('through relations', () => {
    expect(filterInput('company.name[eq]:"x"', people)).toEqual(and({ company: { name: { eq: 'x' } } }));
    expect(filterInput('company.domainName.primaryLinkUrl[is]:NULL', people)).toEqual(
      and({ company: { domainName: { primaryLinkUrl: { is: 'NULL' } } } }),
    );
    expect(filterInput(`companyId[in]:["${ID}"]`, people)).toEqual(and({ companyId: { in: [ID] } }));
  });
});

describe('a filter is refused, with the place of the mistake', () => {
  const cases: [string, string][] = [
    ['', 'position 1: expected a field or a group'],
    ['price', 'position 6: expected "[" and a comparator after "price"'],
    ['name[eq]', 'position 9: expected ":"'],
    ['name[eq]:', 'position 10: expected a value'],
    ['name[eq', 'position 5: this "[" is never closed'],
    ['name[eq]:"a', 'position 10: this " is never closed'],
    ['name[foo]:1', 'position 6: comparator foo not in eq, neq, in,'],
    ['name[regex]:a', 'comparator regex not in'],
    ['or(name[eq]:a', '1 closing bracket is missing'],
    ['or(and(name[eq]:a', '2 closing brackets are missing'],
    ['or(name[eq]:a))', 'position 15: a closing bracket has no opening one'],
    ['name[eq]:a,', 'position 12: expected a field'],
    ['xor(name[eq]:a)', 'position 1: "xor(" is no group'],
    ['not(name[eq]:a,name[eq]:b)', 'position 1: not(…) takes one condition'],
    ['id[in]:x', 'position 8: expected a list'],
    ['id[in]:[]', 'position 9: expected a value'],
    ['id[in]:["a"', 'position 8: this "[" is never closed'],
    ['foo[eq]:1', 'position 1: Object company doesn\'t have any "foo" field'],
    ['retired[eq]:1', 'Object company doesn\'t have any "retired" field'],
    ['constructor[eq]:1', 'doesn\'t have any "constructor" field'],
    ['__proto__.x[eq]:1', 'doesn\'t have any "__proto__" field'],
    ['name.first[eq]:1', 'Field "name" of company has no sub-field "first"'],
    ['domainName[eq]:x', 'needs a sub-field, as in domainName.primaryLinkLabel'],
    ['domainName.url[eq]:x', 'has no sub-field "url", but primaryLinkLabel, primaryLinkUrl'],
    ['people[eq]:x', 'is a relation to many records'],
    ['name[eq]:a,position[lt]:two', 'position 25: Invalid value \'two\' for field "position": expected a number'],
    ['floors[eq]:1.5', 'expected a whole number'],
    ['isTarget[eq]:yes', 'expected true or false'],
    ['stage[eq]:OLD', 'Invalid value \'OLD\' for field "stage": expected one of NEW, CUSTOMER'],
    ['id[eq]:x', 'Invalid value \'x\' for field "id": expected a UUID'],
    [
      'createdAt[gt]:yesterday',
      'position 15: Invalid value \'yesterday\' for field "createdAt": expected a date such as',
    ],
    ['createdAt[gt]:1', 'position 15: Invalid value \'1\' for field "createdAt": expected a date such as'],
    ['createdAt[gt]:2026-02-30', 'position 15: Invalid value \'2026-02-30\' for field "createdAt": expected a date'],
    ['createdAt[gt]:"March 1, 2026"', 'Invalid value \'March 1, 2026\' for field "createdAt": expected a date'],
    ['position[gt]:0x10', 'Invalid value \'0x10\' for field "position": expected a number'],
    ['name[eq]:"a\0"', 'position 10: Invalid value \'a\0\' for field "name": expected text without null characters'],
    ['deletedAt[is]:NIL', 'expected NULL or NOT_NULL'],
    ['position[like]:1', 'comparator like cannot be used with field "position"; it takes eq, neq'],
    ['isTarget[gt]:true', 'it takes eq, is'],
    ['tags[in]:[a]', 'it takes is'],
    [`${'or('.repeat(21)}name[eq]:a${')'.repeat(21)}`, 'groups may be nested 20 deep'],
  ];
  test.each(cases)('%s', (text, message) => {
    expect(() => filterInput(text, companies)).toThrow(message);
  });

  test('a relation by its own name, and a path through too many', () => {
    expect(() => filterInput('company[eq]:"x"', people)).toThrow('use "companyId"');
  });
});

test('whatever is written, the answer is a filter or a refusal', () => {
  const words = fc.constantFrom(
    'and(',
    'or(',
    'not(',
    ')',
    '[eq]:',
    '[in]:[',
    ']',
    'name',
    'position',
    ',',
    '"',
    "'",
    '.',
    ' ',
    '1',
    'é',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        filterInput(written, companies);
      } catch (error) {
        expect(error).toBeInstanceOf(PlinthError);
        expect((error as PlinthError).status).toBe(400);
      }
    }),
    { numRuns: 500 },
  );
});
