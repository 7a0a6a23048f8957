/** Who goes next where many wait for few. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Busy, FairQueue, type QueueOptions } from '../../db/queue.ts';

const MINUTE = 60_000;

function queue(options: Partial<QueueOptions> = {}) {
  return new FairQueue({ size: 2, share: 1, maxWaiting: 100, maxWaitMs: MINUTE, ...options });
}

/** Notes who is admitted, in order. */
function waiters(line: FairQueue) {
  const admitted: string[] = [];
  return {
    admitted,
    /** `a1`: of group a; `a1 k`: who wants a place of kind k. */
    wait(...names: string[]) {
      for (const name of names) {
        const kind = name.split(' ')[1];
        void line.enter(name.charAt(0), kind === undefined ? {} : { kind }).then(() => admitted.push(name));
      }
    },
    /** Whoever is admitted by it has been told when this is over. */
    async leave(group: string, kind?: string) {
      await new Promise(setImmediate);
      line.leave(group, kind);
      await new Promise(setImmediate);
    },
  };
}

test('a group gets its share and no more, and leaves the rest to others', async () => {
  const line = queue({ size: 4, share: 2 });
  const { admitted, wait, leave } = waiters(line);
  wait('a1', 'a2', 'a3', 'b1');
  await Promise.resolve();
  expect(admitted).toEqual(['a1', 'a2', 'b1']);
  await leave('b');
  expect(admitted).toHaveLength(3);
  await leave('a');
  expect(admitted).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('a group that comes late has its turn before the line of another', async () => {
  const { admitted, wait, leave } = waiters(queue({ size: 1 }));
  wait('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2');
  for (const group of ['a', 'a', 'b', 'c', 'a']) await leave(group);
  expect(admitted).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

test('the group that has the fewest places is next', async () => {
  const { admitted, wait, leave } = waiters(queue({ size: 4, share: 3 }));
  wait('a1', 'a2', 'a3', 'b1', 'a4', 'b2', 'c1');
  await leave('a');
  expect(admitted.at(-1)).toBe('c1'); // which has none, while b has one
  await leave('a');
  expect(admitted.at(-1)).toBe('a4'); // one, as b: its turn came first
  await leave('a');
  expect(admitted.at(-1)).toBe('b2');
});

test('who wants a place as it was left goes ahead, but not for ever', async () => {
  const { admitted, wait, leave } = waiters(queue({ size: 1, share: 1 }));
  wait('a0 k', 'b1', ...Array.from({ length: 9 }, (_, i) => `a${i + 1} k`));
  for (let i = 0; i < 6; i++) await leave('a', 'k');
  expect(admitted).toEqual(['a0 k', 'a1 k', 'a2 k', 'a3 k', 'a4 k', 'a5 k', 'b1']);
});

test('a line is full at its length, and others are not', async () => {
  const line = queue({ size: 2, share: 1, maxWaiting: 1 });
  const { admitted, wait } = waiters(line);
  wait('a1', 'a2');
  await expect(line.enter('a')).rejects.toThrow(Busy);
  await line.enter('b');
  expect(admitted).toEqual(['a1']);
});

test('who waited too long, or left, has not taken a place', async () => {
  const line = queue({ size: 1, maxWaitMs: 20 });
  await line.enter('a');
  await expect(line.enter('b')).rejects.toThrow(Busy);
  const gone = new AbortController();
  const left = line.enter('b', { signal: gone.signal });
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(line.enter('b', { signal: gone.signal })).rejects.toThrow('gone');
  line.leave('a');
  await line.enter('b');
  line.leave('b');
  await line.enter('a');
});

test('what fails inside gives its place back', async () => {
  const line = queue({ size: 1 });
  await expect(line.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await line.run('b', async () => 'yes')).toBe('yes');
});

test('everybody who waits is refused when it closes', async () => {
  const line = queue({ size: 1, maxWaiting: 3 });
  await line.enter('a');
  const waiting = ['a', 'a', 'b'].map((group) => line.enter(group));
  line.refuseAll(new Error('closed'));
  for (const each of waiting) await expect(each).rejects.toThrow('closed');
});

test('no more are inside than may be, and everybody comes in, whatever the order', async () => {
  const arrivals = fc.array(fc.record({ group: fc.constantFrom('a', 'b', 'c'), kind: fc.constantFrom('k', 'l') }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      arrivals,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, size, share) => {
        const line = queue({ size, share });
        const inside: string[] = [];
        let served = 0;
        await Promise.all(
          all.map(async ({ group, kind }) => {
            await line.enter(group, { kind });
            inside.push(group);
            expect(inside.length).toBeLessThanOrEqual(size);
            expect(inside.filter((each) => each === group).length).toBeLessThanOrEqual(share);
            await new Promise(setImmediate);
            inside.splice(inside.indexOf(group), 1);
            served++;
            line.leave(group, kind);
          }),
        );
        expect(served).toBe(all.length);
      },
    ),
    { numRuns: 100 },
  );
});
