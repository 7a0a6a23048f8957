/** Repeatable randomness: every draw of the fuzzer comes from a seed and the index of a request. */

import fc from 'fast-check';

export type Dice = {
  /** A whole number from 0 to `end - 1`. */
  readonly below: (end: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(list: readonly T[]) => T;
  /** At most `count` members of a list, each once. */
  readonly several: <T>(list: readonly T[], count: number) => T[];
  /** A seed for another generator. */
  readonly seed: () => number;
};

const RANGE = 2 ** 31;
// Knuth's multiplicative hash: neighbouring indexes get seeds far apart.
const SPREAD = 2_654_435_761;

export function diceOf(seed: number, index: number): Dice {
  const draws = fc.sample(fc.infiniteStream(fc.noBias(fc.integer({ min: 0, max: RANGE - 1 }))), {
    seed: (seed + Math.imul(index + 1, SPREAD)) | 0,
    numRuns: 1,
  })[0] as Iterator<number>;
  const draw = () => draws.next().value as number;
  const below = (end: number) => Math.floor((draw() / RANGE) * end);
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;
  return {
    below,
    pick,
    seed: draw,
    chance: (probability) => draw() / RANGE < probability,
    several(list, count) {
      const left = [...list];
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0] as never);
    },
  };
}
