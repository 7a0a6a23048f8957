/**
 * Names that every JavaScript object has are names like any other: of objects, fields, options, aliases and variables.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', 'toLocaleString', 'toJSON'];

let space: Awaited<ReturnType<typeof workspace>>;

beforeAll(async () => {
  space = await workspace();
  const object = { nameSingular: 'oddity', namePlural: 'oddities', labelSingular: 'Oddity', labelPlural: 'Oddities' };
  const { id } = (await space.rest('POST', '/rest/metadata/objects', object)).body;
  for (const name of NAMES) {
    const field = { objectMetadataId: id, name, label: name, type: 'TEXT' };
    expect(await space.rest('POST', '/rest/metadata/fields', field)).toMatchObject({ status: 201, body: { name } });
  }
});

const values = Object.fromEntries(NAMES.map((name) => [name, `value of ${name}`]));
const selection = NAMES.join(' ');

describe('fields', () => {
  test('that are left out are not given', async () => {
    const { createOddity } = await space.gql(`mutation { createOddity(data: { name: "bare" }) { ${selection} } }`);
    expect(createOddity).toEqual(Object.fromEntries(NAMES.map((name) => [name, ''])));
    const { status, body } = await space.rest('POST', '/rest/oddities', { name: 'bare' });
    expect([status, body.data.createOddity.constructor]).toEqual([201, '']);
    const batch = await space.rest('POST', '/rest/batch/oddities', [{ name: 'bare' }, { constructor: 'x' }]);
    expect(batch.body.data.createOddities.map((each: any) => each.constructor)).toEqual(['', 'x']);
  });

  test('are written, read, filtered, ordered and grouped by', async () => {
    const data = { name: 'full', ...values };
    const { createOddities } = await space.gql(
      `mutation ($data: [OddityCreateInput!]!) { createOddities(data: $data) { id ${selection} } }`,
      { data: [data] },
    );
    expect(createOddities).toEqual([{ id: expect.any(String), ...values }]);
    const [{ id }] = createOddities;
    for (const name of NAMES) {
      const filter = { [name]: { eq: `value of ${name}` } };
      const { oddities, odditiesGroupBy } = await space.gql(
        `query ($filter: OddityFilterInput, $orderBy: [OddityOrderByInput], $groupBy: [OddityGroupByInput!]!) {
          oddities(filter: $filter, orderBy: $orderBy) { edges { node { id } } }
          odditiesGroupBy(filter: $filter, groupBy: $groupBy) { groupByDimensionValues totalCount }
        }`,
        { filter, orderBy: [{ [name]: 'AscNullsLast' }], groupBy: [{ [name]: true }] },
      );
      expect(oddities.edges).toEqual([{ node: { id } }]);
      expect(odditiesGroupBy).toEqual([{ groupByDimensionValues: [`value of ${name}`], totalCount: 1 }]);
      const query = `filter=${name}[eq]:"value of ${name}"&order_by=${name}&fields=id,${name}`;
      const { status, body } = await space.rest('GET', `/rest/oddities?${encodeURI(query)}`);
      expect({ status, body }).toMatchObject({ status: 200, body: { data: { oddities: [{ id }] } } });
      expect(body.data.oddities[0][name]).toBe(`value of ${name}`);
    }
    const changed = await space.rest('PATCH', `/rest/oddities/${id}`, { constructor: 'other' });
    expect(changed.body.data.updateOddity.constructor).toBe('other');
    await space.rest('DELETE', `/rest/oddities/${id}`);
  });

  test('are imported and exported', async () => {
    const csv = `name,${NAMES.join()}\nimported,${NAMES.map((_, i) => `v${i}`).join()}\n`;
    const imported = await fetch(`${space.url}/rest/oddities/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'text/csv' },
      body: csv,
    });
    expect([imported.status, await imported.text()]).toEqual([200, expect.stringContaining('"created":1')]);
    const { body } = await space.rest('GET', `/rest/oddities?filter=name[eq]:imported`);
    expect(NAMES.map((name) => body.data.oddities[0][name])).toEqual(NAMES.map((_, i) => `v${i}`));
  });

  test('that are not there are refused by name', async () => {
    const { refused, rest } = space;
    const { message } = await refused(
      'query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }',
      {
        filter: { constructor: { eq: 'x' } },
      },
    );
    expect(message).toContain('constructor');
    for (const name of [...NAMES, '__proto__', '__defineGetter__']) {
      for (const query of [`filter=${name}[eq]:x`, `order_by=${name}`, `fields=${name}`, `filter=name[${name}]:x`]) {
        const { status, body } = await rest('GET', `/rest/companies?${query}`);
        expect([query, status]).toEqual([query, 400]);
        expect(JSON.stringify(body.messages)).toContain(name);
      }
      expect((await rest('POST', '/rest/companies', { name: 'x', [name]: 'y' })).status).toBe(400);
      expect((await rest('GET', `/rest/${name}`)).status).toBe(400);
      expect((await rest('GET', `/rest/metadata/${name}`)).status).toBe(404);
    }
  });
});

test('aliases and variables may have these names', async () => {
  const data = await space.gql(
    `query ($constructor: Int, $toString: String) {
      constructor: companies(first: $constructor, filter: { name: { eq: $toString } }) { valueOf: totalCount }
      hasOwnProperty: __typename
    }`,
    { constructor: 1, toString: 'x' },
  );
  expect(data).toEqual({ constructor: { valueOf: 0 }, hasOwnProperty: 'Query' });
});

test('an object may have such a name', async () => {
  const object = { nameSingular: 'constructor', namePlural: 'constructors', labelSingular: 'A', labelPlural: 'As' };
  expect((await space.rest('POST', '/rest/metadata/objects', object)).status).toBe(201);
  const { body } = await space.rest('POST', '/rest/constructors', { name: 'x' });
  expect(body.data.createConstructor.name).toBe('x');
  const { constructors, search } = await space.gql(
    `{ constructors(filter: { name: { eq: "x" } }) { totalCount }
       search(searchInput: "x", limit: 5, includedObjectNameSingulars: ["constructor"]) { edges { node { label } } } }`,
  );
  expect([constructors.totalCount, search.edges]).toEqual([1, [{ node: { label: 'x' } }]]);
  expect((await space.rest('GET', '/rest/open-api/core')).status).toBe(200);
});
