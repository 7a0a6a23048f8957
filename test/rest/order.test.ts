/** `order_by` as a table. */

import { describe, expect, test } from 'vitest';
import { orderInput } from '../../server/rest/order.ts';
import { companies, people } from './crm.ts';

describe('an order is read', () => {
  const cases: [string, object[]][] = [
    ['name', [{ name: 'AscNullsFirst' }]],
    ['position[DescNullsLast]', [{ position: 'DescNullsLast' }]],
    [
      'revenue.amountMicros[DescNullsLast],name',
      [{ revenue: { amountMicros: 'DescNullsLast' } }, { name: 'AscNullsFirst' }],
    ],
    [' name [AscNullsLast] , id', [{ name: 'AscNullsLast' }, { id: 'AscNullsFirst' }]],
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(orderInput(text, companies)).toEqual(expected);
  });

  test('through relations', () => {
    expect(orderInput('companyId,company.name[DescNullsFirst]', people)).toEqual([
      { companyId: 'AscNullsFirst' },
      { company: { name: 'DescNullsFirst' } },
    ]);
  });
});

describe('an order is refused', () => {
  const cases: [string, string][] = [
    ['', 'position 1: a field is expected'],
    ['name,', 'position 6: a field is expected'],
    ['name[up]', "position 1: direction 'up' is none of AscNullsFirst, AscNullsLast, DescNullsFirst, DescNullsLast"],
    ['name,position[AscNullsFirst', 'position 6: "[" after "position" is never closed'],
    ['foo', 'doesn\'t have any "foo" field'],
    ['domainName', 'needs a sub-field'],
    ['people.name', 'relation to many'],
  ];
  test.each(cases)('%s', (text, message) => {
    expect(() => orderInput(text, companies)).toThrow(message);
  });
});
