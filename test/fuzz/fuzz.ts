/**
 * Sends random requests to a server, half of them valid and half hostile, and tells what was wrong with the answers.
 * The model of the workspace changes meanwhile, by the requests themselves.
 */

import fc from 'fast-check';
import { type Api, type Call, printed } from './call.ts';
import { type Dice, diceOf } from './dice.ts';
import { authCall, rawCall, socketCall } from './doors.ts';
import { graphqlCall } from './graphql.ts';
import { judge } from './judge.ts';
import { explore, type Known, sow } from './known.ts';
import { malformed } from './malformed.ts';
import { restCall } from './rest.ts';
import { send } from './send.ts';

export type Fuzzed = {
  readonly url: string;
  readonly key: string;
  /** Of the workspace: no refusal may name it. */
  readonly schema: string;
};

export type FuzzOptions = {
  readonly seed: number;
  readonly requests: number;
  readonly atOnce: number;
  /** An answer may take this long. */
  readonly maxMs: number;
  /** Called now and then, with nothing else under way; false ends the run. */
  readonly each?: (report: Report) => Promise<boolean>;
};

export type Report = {
  sent: number;
  valid: { sent: number; refused: number };
  hostile: { sent: number; refused: number };
  readonly byApi: Map<Api, number>;
  readonly byStatus: Map<number, number>;
  /** Declared 503s by their code. */
  readonly unavailable: Map<string, number>;
  slowest: { readonly ms: number; readonly call: string };
  readonly wrong: string[];
};

const MAX_WRONG = 40;
// The model changes under the fuzzer, which looks at it again after so many requests.
const EXPLORE_EVERY = 250;

export async function fuzz(
  { url, key, schema }: Fuzzed,
  { seed, requests, atOnce, maxMs, each }: FuzzOptions,
): Promise<Report> {
  const report: Report = {
    sent: 0,
    valid: { sent: 0, refused: 0 },
    hostile: { sent: 0, refused: 0 },
    byApi: new Map(),
    byStatus: new Map(),
    unavailable: new Map(),
    slowest: { ms: 0, call: '' },
    wrong: [],
  };
  const spared = await ownIds(url, key);
  await sow(url, key, await explore(url, key, spared));

  async function one(known: Known, index: number): Promise<void> {
    const dice = diceOf(seed, index);
    const isHostile = dice.chance(0.5);
    const call = randomCall(dice, known, key, isHostile);
    const found = (what: string, answer: string) =>
      report.wrong.push(`${what}\n  seed ${seed}, index ${index}: ${printed(call)}\n  → ${answer.slice(0, 600)}`);
    const began = performance.now();
    try {
      const answer = await send(url, key, call);
      const ms = performance.now() - began;
      const { wrong, isRefused, unavailable } = judge(call, answer, schema);
      report.sent++;
      report[isHostile ? 'hostile' : 'valid'].sent++;
      if (isRefused) report[isHostile ? 'hostile' : 'valid'].refused++;
      count(report.byApi, call.api);
      count(report.byStatus, answer.status);
      if (unavailable !== null) count(report.unavailable, unavailable);
      if (ms > report.slowest.ms) report.slowest = { ms, call: printed(call) };
      if (wrong !== null) found(wrong, `${answer.status} ${answer.text}`);
      else if (ms > maxMs) found(`took ${Math.round(ms)} ms`, String(answer.status));
    } catch (error) {
      const { message, cause } = error as Error;
      found('no answer', `${message} ${String(cause ?? '')} after ${Math.round(performance.now() - began)} ms`);
    }
  }

  for (let from = 0; from < requests && report.wrong.length < MAX_WRONG; from += EXPLORE_EVERY) {
    const known = await explore(url, key, spared);
    const indexes = Array.from({ length: Math.min(EXPLORE_EVERY, requests - from) }, (_, i) => from + i).values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const index of indexes) await one(known, index); // they share the one iterator
      }),
    );
    if ((await each?.(report)) === false) break;
  }
  return report;
}

function count<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The fuzzer's key and its role stay as they are: without them nothing more would be looked at. */
async function ownIds(url: string, key: string): Promise<Set<string>> {
  const response = await fetch(`${url}/rest/metadata/apiKeys`, { headers: { Authorization: `Bearer ${key}` } });
  const text = await response.text();
  return new Set(text.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g));
}

function randomCall(dice: Dice, known: Known, key: string, isHostile: boolean): Call {
  const share = dice.below(100);
  if (share < 30) return graphqlCall(dice, known, '/graphql', isHostile);
  if (share < 42) return graphqlCall(dice, known, '/metadata', isHostile);
  if (share < 67) return restCall(dice, known, 'core', isHostile);
  if (share < 77) return restCall(dice, known, 'metadata', isHostile);
  if (share < 82) return authCall(dice, isHostile);
  if (share < 87) return socketCall(dice, known, key, isHostile);
  if (isHostile && share < 92) return rawCall(dice, key);
  // Requests written by hand, with characters taken out, doubled or replaced.
  return isHostile
    ? { kind: 'http', api: 'REST core', ...(fc.sample(malformed, { seed: dice.seed(), numRuns: 1 })[0] as any) }
    : graphqlCall(dice, known, '/graphql', false);
}
