/** Whatever is sent, the answer is an answer: no 5xx, nothing of SQL, schemas or stacks, and the server goes on. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workspace } from './fixture.ts';
import { type Malformed, malformed } from './malformed.ts';

/** How many requests must have been refused before this is enough. */
const REFUSED = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 68_575_540);
const AT_ONCE = 20;

/** What only Postgres, Node or our own files say. */
const LEAKS: readonly RegExp[] = [
  /\bws_\w+|\bpg_\w+/,
  /\bselect\b.+\bfrom\b|\binsert into\b|\bupdate "/is,
  /invalid input syntax|violates .* constraint|syntax error at|out of range for type|operator does not exist/,
  /relation "|column "[^"]*" (?:of|does)|SQLSTATE|cannot cast/,
  /node_modules|file:\/\/|\.ts:\d+|\bat \S+ \(/,
  /Cannot read propert|is not a function|is not iterable|undefined \(reading/,
];

/** What is wrong with an answer to a malformed request; null when all is well, and `answered` when it was none. */
function wrongWith(status: number, text: string, schema: string): string | 'answered' | null {
  if (status >= 500) return 'a 5xx';
  if (status < 400 && !text.startsWith('{"errors"')) return 'answered';
  const leak = LEAKS.find((each) => each.test(text)) ?? (text.includes(schema) ? schema : null);
  if (leak) return `it says ${leak}`;
  let body: any;
  try {
    body = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const sentences: unknown = body.messages ?? body.errors?.map(({ message }: any) => message);
  const isTold =
    Array.isArray(sentences) && sentences.length > 0 && sentences.every((each) => /\S/.test(String(each ?? '')));
  if (!isTold) return 'it gives no reason';
  const isBug = body.errors?.some(({ extensions }: any) => extensions?.code === 'INTERNAL_SERVER_ERROR');
  return isBug ? 'an internal error' : null;
}

test(`refuses ${REFUSED} malformed requests without a 5xx and without a leak`, { timeout: 600_000 }, async () => {
  const { url, key, schema, gql } = await workspace();
  const wrong: string[] = [];
  let refused = 0;
  let answered = 0;

  async function send({ method, path, headers, body }: Malformed): Promise<void> {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const mistake = wrongWith(response.status, text, schema);
    if (mistake === 'answered') answered++;
    else refused++;
    if (mistake !== null && mistake !== 'answered')
      wrong.push(`${mistake}: ${response.status} ${text.slice(0, 500)}\n   to ${method} ${path} ${body ?? ''}`);
  }

  for (let round = 0; refused < REFUSED && wrong.length < 50; round++) {
    const requests = fc.sample(malformed, { seed: SEED + round, numRuns: 500 }).values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const request of requests) await send(request); // they share the one iterator
      }),
    );
  }
  console.log(`${refused} refused, ${answered} answered`);
  expect(wrong.map((each) => each.slice(0, 1_500)).join('\n')).toBe('');
  await gql('{ companies { totalCount } }');
});
