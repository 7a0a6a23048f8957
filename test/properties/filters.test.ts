/**
 * Any filter gives the rows that it means; REST gives what GraphQL gives. Contract: core.md 2.8, 2.9, 2.17, 3.3, 3.4
 */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { patiently, runs } from '../property-runs.ts';
import { type Filter, filters, matching, orderBy, orders, thingsIn } from './things.ts';

let space: Awaited<ReturnType<typeof thingsIn>>;
beforeAll(async () => {
  space = await thingsIn(60);
});

const QUERY = `query ($filter: ThingFilterInput, $orderBy: [ThingOrderByInput], $first: Int) {
  things(filter: $filter, orderBy: $orderBy, first: $first) {
    totalCount
    edges { node { id title weight seats mass size isReady day moment code hue hues words extra boxId deletedAt rank
                   pilot { firstName lastName } price { amountMicros currencyCode } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

test('a filter gives the rows that it means', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(filters(false), async (filter) => {
      const { things } = await space.gql(QUERY, { filter, first: 200 });
      const expected = matching(space.things, filter).map(({ id }) => id);
      expect(things.edges.map(({ node }: any) => node.id)).toEqual(expected);
      expect(things.totalCount).toBe(expected.length);
    }),
    runs(400),
  );
});

const UPDATE = 'mutation ($filter: ThingFilterInput!) { updateThings(filter: $filter, data: {}) { id } }';

test('a mutation of many records changes those that its filter means', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(filters(true), async (filter) => {
      const { updateThings } = await space.gql(UPDATE, { filter });
      const expected = matching(space.things, filter).map(({ id }) => id);
      expect(updateThings.map(({ id }: any) => id).sort()).toEqual(expected.sort());
    }),
    runs(100),
  );
});

test('a mutation of many records refuses a filter that lost a condition', patiently, async () => {
  const cuts: readonly ((filter: Filter) => Filter)[] = [
    (filter) => ({ or: [filter, {}] }),
    (filter) => ({ and: [{}, filter] }),
    (filter) => ({ or: [{ not: {} }, filter] }),
    (filter) => ({ not: { or: [filter, { and: [] }] } }),
    (filter) => ({ or: [filter, { box: { not: { or: [] } } }] }),
    (filter) => ({ and: [filter, { box: { things: { every: {} } } }] }),
  ];
  await fc.assert(
    fc.asyncProperty(filters(true), fc.constantFrom(...cuts), async (filter, cut) => {
      const { message } = await space.refused(UPDATE, { filter: cut(filter) });
      expect(message).toMatch(/^A non-empty filter is required: ".+" is empty and would match every record$/);
    }),
    runs(50),
  );
});

test('REST gives the same records for the same question', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(filters(true), orders, fc.nat(70), async (filter, keys, limit) => {
      const { things } = await space.gql(QUERY, { filter, orderBy: orderBy(keys), first: limit });
      const order = keys.map(({ path, direction }) => `${path.join('.')}[${direction}]`).join();
      const query = new URLSearchParams({
        filter: written(filter),
        limit: String(limit),
        ...(order && { order_by: order }),
      });
      const { status, body } = await space.rest('GET', `/rest/things?${query}`);
      expect({ status, messages: body.messages }).toEqual({ status: 200 });
      expect(body.data.things).toMatchObject(things.edges.map(({ node }: any) => node));
      expect(body.data.things).toHaveLength(things.edges.length);
      expect(body.totalCount).toBe(things.totalCount);
      expect(body.pageInfo).toMatchObject(things.pageInfo);
    }),
    runs(120),
  );
});

/** A filter in REST's grammar. */
function written(filter: Filter, path: readonly string[] = []): string {
  const items = Object.entries(filter).map(([key, value]): string => {
    if (key === 'and' || key === 'or') return `${key}(${value.map((each: Filter) => written(each)).join()})`;
    if (key === 'not') return `not(${written(value)})`;
    if (typeof value === 'object' && !Array.isArray(value)) return written(value, [...path, key]);
    const text = Array.isArray(value)
      ? `[${value.map((each) => `"${each}"`).join()}]`
      : key === 'is'
        ? value
        : `"${value}"`;
    return `${path.join('.')}[${key}]:${text}`;
  });
  return items.join();
}
