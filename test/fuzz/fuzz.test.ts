/** Whatever is sent, the answer is an answer: no 5xx, nothing of SQL, schemas or stacks, and the server goes on. */

import { expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { fuzz } from './fuzz.ts';

/** Some 50 s. `npm run fuzz` sends more, to a server in a process of its own. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const SEED = Number(process.env.FUZZ_SEED ?? 68_575_540);
const AT_ONCE = 4;
// Other tests run beside it; `npm run fuzz` holds answers to 5 s.
const MAX_ANSWER_MS = 20_000;

test(`answers ${REQUESTS} random requests, half of them hostile, without a failure`, { timeout: 600_000 }, async () => {
  const [space, other] = [await workspace(), await workspace()];
  await other.gql('mutation { createCompany(data: { name: "Untouched" }) { id } }');
  const { wrong, ...report } = await fuzz(space, {
    seed: SEED,
    requests: REQUESTS,
    atOnce: AT_ONCE,
    maxMs: MAX_ANSWER_MS,
  });
  console.info(report);
  expect(wrong.join('\n')).toBe('');
  // Else it was not the APIs that answered.
  expect(report.valid.refused).toBeLessThan(report.valid.sent * 0.75);

  expect((await other.gql('{ companies { edges { node { name } } } }')).companies.edges).toEqual([
    { node: { name: 'Untouched' } },
  ]);
  expect((await other.rest('GET', '/rest/metadata/drift')).body.data).toEqual([]);
  expect((await space.rest('GET', '/rest/metadata/drift')).body.data).toEqual([]);
});
