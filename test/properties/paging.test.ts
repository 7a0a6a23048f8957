/** Any order and any page size walk every row exactly once, either way. Contract: core.md 2.10, 2.11 */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { patiently, runs } from '../property-runs.ts';
import { orderBy, ordered, orders, thingsIn } from './things.ts';

let space: Awaited<ReturnType<typeof thingsIn>>;
beforeAll(async () => {
  space = await thingsIn(36);
});

const QUERY = `query ($orderBy: [ThingOrderByInput], $first: Int, $last: Int, $after: String, $before: String) {
  things(filter: { or: [{ deletedAt: { is: NULL } }, { deletedAt: { is: NOT_NULL } }] }
         orderBy: $orderBy, first: $first, last: $last, after: $after, before: $before) {
    edges { node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function pageOf(variables: object) {
  const { edges, pageInfo } = (await space.gql(QUERY, variables)).things;
  return { ids: edges.map(({ node }: any): string => node.id), ...pageInfo };
}

test('pages hold every row once, in order, forward and backward', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 3, max: 20 }), async (keys, size) => {
      const order = orderBy(keys);
      const forward: string[] = [];
      for (let page: any = { hasNextPage: true }; page.hasNextPage; ) {
        const after = page.endCursor;
        page = await pageOf({ orderBy: order, first: size, after });
        expect(page.hasPreviousPage).toBe(after !== undefined);
        forward.push(...page.ids);
      }
      const backward: string[] = [];
      for (let page: any = { hasPreviousPage: true }; page.hasPreviousPage; ) {
        const before = page.startCursor;
        page = await pageOf({ orderBy: order, last: size, before });
        expect(page.hasNextPage).toBe(before !== undefined);
        backward.unshift(...page.ids);
      }
      expect(backward).toEqual(forward);
      expect(forward.toSorted()).toEqual(space.things.map(({ id }) => id));
      const expected = ordered(space.things, keys);
      if (expected) expect(forward).toEqual(expected.map(({ id }) => id));
    }),
    runs(50),
  );
});
