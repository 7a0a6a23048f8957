/** Whose turn it is on the event loop. */

import { expect, test } from 'vitest';
import { openTurns } from '../../server/access/turns.ts';

/** Keeps the event loop busy. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('what takes little has its turn at once, whoever asks', () => {
  const turns = openTurns();
  for (const group of ['a', 'b', 'a']) expect(turns.take(group)).toBeUndefined();
});

test('whoever comes late waits for one long turn of a flood, and not for all', async () => {
  const turns = openTurns();
  const log: string[] = [];
  const long = async (name: string) => {
    await turns.take('a');
    log.push(name);
    work(10);
  };
  const flood = Array.from({ length: 20 }, (_, i) => long(`a${i}`));
  await flood[2];
  for (let i = 0; i < 3; i++) {
    const before = log.length;
    await turns.take('b');
    expect(log.length - before).toBeLessThanOrEqual(1);
    log.push('b');
  }
  await Promise.all(flood);
  expect(log.filter((each) => each !== 'b')).toEqual(Array.from({ length: 20 }, (_, i) => `a${i}`));
});

test('a group that was long rests as long where there are others, and goes on by itself', async () => {
  const turns = openTurns();
  await turns.take('b');
  await turns.take('a');
  work(20);
  await new Promise(setImmediate);
  const asked = performance.now();
  await turns.take('a');
  expect(performance.now() - asked).toBeGreaterThan(10);
});

test('who is alone is told so', async () => {
  const turns = openTurns();
  await turns.take('a');
  expect(turns.isAlone('a')).toBe(true);
  expect(turns.isAlone('b')).toBe(false);
  await turns.take('b');
  expect([turns.isAlone('a'), turns.isAlone('b')]).toEqual([false, false]);
});
