/** Order and paging, row by row of core.md 2.10, 2.11, 3.4 and 3.5, over both APIs. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [beta, alpha] = [randomUUID(), randomUUID()];

/** Five people; jobTitle has a null and a tie, two have no company. */
beforeAll(async () => {
  space = await workspace();
  await space.sql(`insert into companies (id, name, position) values ('${beta}', 'Beta', 1), ('${alpha}', 'Alpha', 2)`);
  await space.sql(`
    insert into people (id, position, job_title, name_last_name, company_id, created_at) values
      ('${id(1)}', 5, 'Pilot', 'Eco', '${beta}', '2026-01-01 00:00:00.000001Z'),
      ('${id(2)}', 4, null, 'Dürer', '${alpha}', '2026-01-01 00:00:00.000002Z'),
      ('${id(3)}', 3, 'Cook', 'Carroll', null, '2026-01-01 00:00:00.000003Z'),
      ('${id(4)}', 2, 'Pilot', null, '${beta}', '2025-01-01Z'),
      ('${id(5)}', 1, '', 'Ariosto', null, '2026-01-01 00:00:00.000002Z')`);
});

const QUERY = `query ($first: Int, $last: Int, $offset: Int, $before: String, $after: String, $filter: PersonFilterInput, $orderBy: [PersonOrderByInput]) {
  people(first: $first, last: $last, offset: $offset, before: $before, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function page(variables: object) {
  const { people } = await space.gql(QUERY, variables);
  return {
    ...people.pageInfo,
    cursors: people.edges.map(({ cursor }: any) => cursor),
    found: people.edges.map(({ node }: any) => Number(node.id.slice(-2))),
  };
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const decoded = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64').toString());

describe('an order', () => {
  const BY_ID = [1, 2, 3, 4, 5];
  test.each<[string, object[] | object | undefined, number[]]>([
    ['of none is the id', undefined, BY_ID],
    ['of an empty list is the id', [], BY_ID],
    ['of an empty object is the id', [{}], BY_ID],
    ['of one object is a list of it', { position: 'AscNullsFirst' }, [5, 4, 3, 2, 1]],
    ['by a scalar', [{ position: 'DescNullsLast' }], [1, 2, 3, 4, 5]],
    ['ascending, nulls first, ties by id', [{ jobTitle: 'AscNullsFirst' }], [2, 5, 3, 1, 4]],
    ['ascending, nulls last', [{ jobTitle: 'AscNullsLast' }], [5, 3, 1, 4, 2]],
    ['descending, nulls first', [{ jobTitle: 'DescNullsFirst' }], [2, 1, 4, 3, 5]],
    ['descending, nulls last', [{ jobTitle: 'DescNullsLast' }], [1, 4, 3, 5, 2]],
    ['left to right', [{ jobTitle: 'DescNullsLast' }, { position: 'AscNullsFirst' }], [4, 1, 3, 5, 2]],
    ['with several keys in an object', [{ jobTitle: 'DescNullsLast', position: 'AscNullsFirst' }], [4, 1, 3, 5, 2]],
    ['by a sub-field', [{ name: { lastName: 'AscNullsLast' } }], [5, 3, 2, 1, 4]],
    ['by a moment, to the microsecond', [{ createdAt: 'AscNullsFirst' }], [4, 1, 2, 5, 3]],
    [
      'by a join column',
      [{ companyId: 'AscNullsFirst' }, { id: 'DescNullsLast' }],
      [5, 3, ...(alpha < beta ? [2, 4, 1] : [4, 1, 2])],
    ],
    ['by a field of a target', [{ company: { name: 'AscNullsLast' } }, { id: 'DescNullsLast' }], [2, 4, 1, 5, 3]],
    ['by a composite of a target', [{ company: { domainName: { primaryLinkUrl: 'AscNullsLast' } } }], BY_ID],
    ['by the id, and nothing after it', [{ id: 'DescNullsLast' }, { position: 'AscNullsFirst' }], [5, 4, 3, 2, 1]],
    ['by an enum', [{ createdBy: { source: 'AscNullsLast' } }], BY_ID],
    ['by JSON', [{ emails: { additionalEmails: 'AscNullsLast' } }], BY_ID],
    ['by the words', [{ searchVector: 'AscNullsLast' }, { id: 'AscNullsFirst' }], expect.any(Array) as never],
  ])('%s', async (_name, orderBy, expected) => {
    const whole = await page({ orderBy });
    expect(whole.found).toEqual(expected);
    // and each of its cursors is a place in it
    for (const [at, cursor] of whole.cursors.entries()) {
      expect((await page({ orderBy, after: cursor })).found).toEqual(whole.found.slice(at + 1));
      expect((await page({ orderBy, before: cursor })).found).toEqual(whole.found.slice(0, at));
    }
  });

  test.each<[string, string, RegExp]>([
    ['a composite as a whole', '{ name: AscNullsLast }', /Expected value of type "FullNameOrderByInput"/],
    ['a relation as a whole', '{ company: AscNullsLast }', /Expected value of type "CompanyOrderByInput"/],
    ['the many side', '{ taskTargets: { id: AscNullsLast } }', /"taskTargets" is not defined/],
    ['an unknown field', '{ wings: AscNullsLast }', /"wings" is not defined/],
    ['an unknown direction', '{ position: Up }', /"Up" does not exist/],
    [
      'two relations, one inside the other',
      '{ company: { accountOwner: { id: AscNullsLast } } }',
      /one relation, not two/,
    ],
  ])('is refused by %s', async (_name, orderBy, message) => {
    const error = await space.refused(`{ people(orderBy: [${orderBy}]) { edges { node { id } } } }`);
    expect(error.message).toMatch(message);
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a page', () => {
  const P = [{ position: 'AscNullsFirst' }]; // 5 4 3 2 1
  const at = (position: number) => encoded({ position, id: id(6 - position) });
  test.each<[string, object, { found: number[]; hasNextPage: boolean; hasPreviousPage: boolean }]>([
    ['first', { first: 2 }, { found: [5, 4], hasNextPage: true, hasPreviousPage: false }],
    ['first, all of them', { first: 5 }, { found: [5, 4, 3, 2, 1], hasNextPage: false, hasPreviousPage: false }],
    ['first, none', { first: 0 }, { found: [], hasNextPage: true, hasPreviousPage: false }],
    ['first, after', { first: 2, after: at(2) }, { found: [3, 2], hasNextPage: true, hasPreviousPage: true }],
    [
      'first, after, the last',
      { first: 2, after: at(3) },
      { found: [2, 1], hasNextPage: false, hasPreviousPage: true },
    ],
    ['after', { after: at(4) }, { found: [1], hasNextPage: false, hasPreviousPage: true }],
    ['after the end', { after: at(5) }, { found: [], hasNextPage: false, hasPreviousPage: true }],
    ['last', { last: 2 }, { found: [2, 1], hasNextPage: false, hasPreviousPage: true }],
    ['last, none', { last: 0 }, { found: [], hasNextPage: false, hasPreviousPage: true }],
    ['last, before', { last: 2, before: at(4) }, { found: [4, 3], hasNextPage: true, hasPreviousPage: true }],
    [
      'last, before, the first',
      { last: 2, before: at(3) },
      { found: [5, 4], hasNextPage: true, hasPreviousPage: false },
    ],
    ['before', { before: at(3) }, { found: [5, 4], hasNextPage: true, hasPreviousPage: false }],
    ['offset', { offset: 3 }, { found: [2, 1], hasNextPage: false, hasPreviousPage: false }],
    ['first, offset', { first: 1, offset: 1 }, { found: [4], hasNextPage: true, hasPreviousPage: false }],
    ['after, offset', { first: 1, after: at(1), offset: 1 }, { found: [3], hasNextPage: true, hasPreviousPage: true }],
    ['last, offset', { last: 2, offset: 1 }, { found: [3, 2], hasNextPage: false, hasPreviousPage: true }],
    ['before, offset', { last: 1, before: at(4), offset: 1 }, { found: [4], hasNextPage: true, hasPreviousPage: true }],
    [
      'an empty cursor is none',
      { first: 1, after: '', before: '' },
      { found: [5], hasNextPage: true, hasPreviousPage: false },
    ],
    ['far too large', { first: 1000 }, { found: [5, 4, 3, 2, 1], hasNextPage: false, hasPreviousPage: false }],
  ])('%s', async (_name, variables, expected) => {
    const { found, hasNextPage, hasPreviousPage, startCursor, endCursor, cursors } = await page({
      orderBy: P,
      ...variables,
    });
    expect({ found, hasNextPage, hasPreviousPage }).toEqual(expected);
    expect({ startCursor, endCursor }).toEqual({
      startCursor: cursors.at(0) ?? null,
      endCursor: cursors.at(-1) ?? null,
    });
  });

  test.each<[string, object, string]>([
    ['first and last', { first: 1, last: 1 }, 'ARGS_CONFLICT'],
    ['before and after', { before: at(2), after: at(1) }, 'ARGS_CONFLICT'],
    ['before and first', { before: at(2), first: 1 }, 'ARGS_CONFLICT'],
    ['after and last', { after: at(2), last: 1 }, 'ARGS_CONFLICT'],
    ['a negative first', { first: -1 }, 'INVALID_ARGS_FIRST'],
    ['a negative last', { last: -1 }, 'INVALID_ARGS_LAST'],
    ['a negative offset', { offset: -1 }, 'INVALID_QUERY_INPUT'],
  ])('is refused: %s', async (_name, variables, subCode) => {
    const { extensions } = await space.refused(QUERY, { orderBy: P, ...variables });
    expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', subCode });
  });

  test('of a nested connection: its own order and cursors', async () => {
    const query = `query ($page: String, $orderBy: [PersonOrderByInput]) { companies(orderBy: [{ position: AscNullsFirst }]) {
      edges { node { people(first: 1, after: $page, orderBy: $orderBy) { edges { cursor node { id } } pageInfo { hasNextPage } } } } } }`;
    const orderBy = [{ position: 'AscNullsFirst' }];
    const { companies } = await space.gql(query, { orderBy });
    const [people] = companies.edges.map(({ node }: any) => node.people);
    expect(people).toMatchObject({ edges: [{ node: { id: id(4) } }], pageInfo: { hasNextPage: true } });
    const next = await space.gql(query, { orderBy, page: people.edges[0].cursor });
    expect(next.companies.edges[0].node.people).toMatchObject({
      edges: [{ node: { id: id(1) } }],
      pageInfo: { hasNextPage: false },
    });
    const backward = `{ companies(orderBy: [{ position: AscNullsFirst }]) { edges { node { people(last: 1) { edges { node { id } } } } } } }`;
    const last = await space.gql(backward);
    expect(last.companies.edges[0].node.people.edges).toEqual([{ node: { id: id(4) } }]);
  });
});

test('a page of a record that is not there is none', async () => {
  const { people } = await space.gql(`{ people { edges { node {
    company { people(last: 1) { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor } totalCount } }
  } } } }`);
  expect(people.edges.map(({ node }: any) => node.company?.people.totalCount ?? null)).toEqual([2, 1, null, 2, null]);
});

describe('a cursor', () => {
  test('holds the values of the order and the id, exactly', async () => {
    const orderBy = [
      { position: 'AscNullsLast' },
      { name: { lastName: 'AscNullsLast' } },
      { company: { name: 'DescNullsLast' } },
      { createdAt: 'AscNullsFirst' },
    ];
    const { cursors } = await page({ orderBy, first: 1 });
    expect(decoded(cursors[0])).toEqual({
      position: 1,
      nameLastName: 'Ariosto',
      'company.name': null,
      createdAt: '2026-01-01 00:00:00.000002+00',
      id: id(5),
    });
  });

  test('holds when its row has changed, is gone, or others have come', async () => {
    const { sql } = space;
    const orderBy = [{ jobTitle: 'AscNullsLast' }];
    const { cursors } = await page({ orderBy, first: 3 }); // 5 '', 3 Cook, 1 Pilot
    await sql(`update people set job_title = 'Zoologist' where id = '${id(1)}'`);
    expect((await page({ orderBy, after: cursors[2] })).found).toEqual([4, 1, 2]);
    await sql(`update people set job_title = 'Pilot' where id = '${id(1)}'`);
    await sql(`update people set deleted_at = now() where id = '${id(3)}'`);
    expect((await page({ orderBy, after: cursors[1] })).found).toEqual([1, 4, 2]);
    await sql(`update people set deleted_at = null where id = '${id(3)}'`);
    await sql(`insert into people (id, job_title, position) values ('${id(6)}', 'Dancer', 9)`);
    expect((await page({ orderBy, after: cursors[1] })).found).toEqual([6, 1, 4, 2]);
    await sql(`delete from people where id = '${id(6)}'`);
  });

  test('holds what no API writes: infinity, no number, far dates, lists and JSON', async () => {
    const { sql, gql, untilServed } = await workspace();
    await sql(`
      create table odds (
        id uuid primary key default gen_random_uuid(), number double precision, size numeric, moment timestamptz,
        day date,
        words text[], extra jsonb);
      insert into odds (number, size, moment, day, words, extra) values
        ('NaN', 'NaN', 'infinity', 'infinity', '{"a, \\"b\\"",null}', '{"a": 12345678901234567890}'),
        ('-Infinity', '-Infinity', '-infinity', '-infinity', '{}', '[null, "\\\\u0000"]'),
        ('Infinity', '1e-40', '0044-03-15 12:00:00.000001 BC', '0044-03-15 BC', '{NULL}', '"é"'),
        ('5e-324', '123456789012345678901234567890', '12026-01-01', '12026-01-01', null, 'null'),
        (null, null, null, null, '{a}', null)`);
    await untilServed('odds');
    for (const key of ['number', 'size', 'moment', 'day', 'words', 'extra']) {
      for (const direction of ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast']) {
        const pageOf = async (after: string | null) =>
          (
            await gql(
              `query ($after: String) { odds(first: 1, after: $after, orderBy: [{ ${key}: ${direction} }]) { edges { node { id } } pageInfo { endCursor } } }`,
              { after },
            )
          ).odds;
        const walked: string[] = [];
        for (let page = await pageOf(null); page.edges.length > 0; page = await pageOf(page.pageInfo.endCursor)) {
          walked.push(page.edges[0].node.id);
        }
        expect(new Set(walked).size, `${key} ${direction}`).toBe(5);
        expect(walked).toHaveLength(5);
      }
    }
  });

  test('may be made by hand, and turned around', async () => {
    const after = encoded({ position: 2.5, id: id(1) });
    expect((await page({ orderBy: [{ position: 'AscNullsLast' }], after })).found).toEqual([3, 2, 1]);
    expect((await page({ orderBy: [{ position: 'DescNullsLast' }], after })).found).toEqual([4, 5]);
  });

  const order = (key: string) => [{ [key]: 'AscNullsLast' }];
  const created = (createdAt: unknown) => encoded({ createdAt, id: id(1) });
  test.each<[string, string, object[]?]>([
    ['no base64', '!!!'],
    ['base64 of nothing', encoded('')],
    ['no JSON', Buffer.from('{"id":').toString('base64')],
    ['a list', encoded(['3d81', id(1)])],
    ['a number', encoded(3)],
    ['null', encoded(null)],
    ['an empty object', encoded({})],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')],
    ['no id', encoded({ position: 1 }), order('position')],
    ['an id that is none', encoded({ id: 'x' })],
    ['an id that is null', encoded({ id: null })],
    ['SQL', encoded({ id: `' or true --` })],
    ['a cursor of another order', encoded({ name: 'x', id: id(1) }), order('position')],
    ['a cursor of fewer keys', encoded({ id: id(1) }), order('position')],
    ['a cursor of more keys', encoded({ position: 1, name: 'x', id: id(1) }), order('position')],
    ['keys in another order', encoded({ id: id(1), position: 1 }), order('position')],
    ['a text for a number', encoded({ position: 'one', id: id(1) }), order('position')],
    ['null for what is never null', encoded({ position: null, id: id(1) }), order('position')],
    ['a number for a text', encoded({ jobTitle: 3, id: id(1) }), order('jobTitle')],
    ['an object for a text', encoded({ jobTitle: { a: 1 }, id: id(1) }), order('jobTitle')],
    ['the character of code 0', encoded({ jobTitle: 'a\0', id: id(1) }), order('jobTitle')],
    ['half a character', encoded({ jobTitle: '\ud800', id: id(1) }), order('jobTitle')],
    ['a number for a moment', created(1), order('createdAt')],
    ['a word for a moment', created('yesterday'), order('createdAt')],
    ['the 30th of February', created('2026-02-30 00:00:00+00'), order('createdAt')],
    ['an unknown option', encoded({ createdBySource: 'OLD', id: id(1) }), [{ createdBy: { source: 'AscNullsLast' } }]],
    [
      'no JSON in a JSON field',
      encoded({ emailsAdditionalEmails: '{', id: id(1) }),
      [{ emails: { additionalEmails: 'AscNullsLast' } }],
    ],
    ['no words', encoded({ searchVector: `'a`, id: id(1) }), order('searchVector')],
    ['one that is huge', encoded({ id: 'x'.repeat(1_000_000) })],
  ])('is refused: %s', async (_name, cursor, orderBy) => {
    for (const at of ['after', 'before']) {
      const { message, extensions } = await space.refused(QUERY, { [at]: cursor, orderBy });
      expect(message).toMatch(/^Invalid cursor/);
      expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', subCode: 'INVALID_CURSOR' });
    }
  });
});

describe('REST', () => {
  const list = async (query: string) => {
    const { status, body } = await space.rest('GET', `/rest/people?${query}`);
    return {
      status,
      messages: body.messages,
      found: body.data?.people.map((each: any) => Number(each.id.slice(-2))),
      pageInfo: body.pageInfo,
      totalCount: body.totalCount,
    };
  };
  const after = encodeURIComponent(encoded({ position: 2, id: id(4) }));

  test.each<[string, number[]]>([
    ['', [1, 2, 3, 4, 5]],
    ['order_by=position', [5, 4, 3, 2, 1]],
    ['order_by=jobTitle', [2, 5, 3, 1, 4]],
    ['order_by=jobTitle[AscNullsLast]', [5, 3, 1, 4, 2]],
    ['order_by=jobTitle[DescNullsFirst],position', [2, 4, 1, 3, 5]],
    ['order_by=name.lastName[AscNullsLast]', [5, 3, 2, 1, 4]],
    ['order_by=company.name[AscNullsLast],id[DescNullsFirst]', [2, 4, 1, 5, 3]],
    [`order_by=position&starting_after=${after}`, [3, 2, 1]],
    [`order_by=position&starting_after=${after}&limit=1`, [3]],
    [`order_by=position&ending_before=${after}`, [5]],
    ['order_by=position&limit=2', [5, 4]],
    ['order_by=position&limit=100000', [5, 4, 3, 2, 1]],
    ['order_by=position&filter=position[gt]:2&limit=1', [3]],
  ])('GET /rest/people?%s', async (query, found) => {
    expect(await list(query)).toMatchObject({ status: 200, found });
  });

  test('a page of none counts', async () => {
    expect(await list('limit=0')).toMatchObject({
      status: 200,
      found: [],
      totalCount: 5,
      pageInfo: { startCursor: null, endCursor: null },
    });
  });

  test.each<[string, RegExp]>([
    ['limit=x', /limit 'x' is invalid/],
    ['limit=-1', /limit '-1' is invalid/],
    ['limit=1.5', /limit '1.5' is invalid/],
    ['limit=', /limit '' is invalid/],
    [`starting_after=${after}&ending_before=${after}`, /cannot be given together/],
    ['starting_after=x', /^Invalid cursor/],
    ['ending_before=x', /^Invalid cursor/],
    [`starting_after=${after}`, /^Invalid cursor/],
    ['order_by=position[Up]', /none of AscNullsFirst, AscNullsLast, DescNullsFirst, DescNullsLast/],
    ['order_by=name', /needs a sub-field/],
    ['order_by=company', /is a relation; use "companyId"/],
    ['order_by=company.accountOwner.id', /one relation, not two/],
    ['order_by=wings', /doesn't have any "wings" field/],
    ['order_by=taskTargets.id', /relation to many/],
  ])('refuses %s', async (query, message) => {
    const { status, messages } = await list(query);
    expect({ status, messages }).toEqual({ status: 400, messages: [expect.stringMatching(message)] });
  });
});
