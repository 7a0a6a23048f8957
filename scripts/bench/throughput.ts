/** Plinth beside the hand-written server: rates, as ratios of rounds that follow one another, and CPU a request. */

import assert from 'node:assert/strict';
import { ident } from '../../db/sql.ts';
import { CASES, type Case } from './cases.ts';
import { ask, type Loaded, load } from './load.ts';
import { type MeasuredServer, startHandWritten, startPlinth } from './servers.ts';
import type { Bench, Workspace } from './workspaces.ts';

// As many requests in flight as there are database connections: neither side waits for one.
export const CONNECTIONS = 10;
const WARM_SECONDS = 1;
const ROUND_SECONDS = 1.5;
const ROUNDS = 3;

type Round = Loaded & { readonly cpuMs: number };
export type Figure = {
  readonly case: Case;
  readonly workspaces: number;
  /** Requests a second of Plinth, as a part of those of the hand-written server: least, median, most of the rounds. */
  readonly ratios: readonly number[];
  readonly plinth: Round;
  readonly handWritten: Round;
};

export async function measureThroughput(bench: Bench, workspaces: readonly Workspace[]): Promise<Figure[]> {
  const plinth = await startPlinth(bench.url, CONNECTIONS);
  const handWritten = await startHandWritten(bench.url, CONNECTIONS);
  const figures: Figure[] = [];
  try {
    for (const among of [workspaces.slice(0, 1), workspaces]) {
      for (const each of CASES) {
        await compareAnswers(each, among[0] as Workspace, plinth, handWritten);
        const figure = await compareRates(bench, each, among, plinth, handWritten);
        process.stdout.write(`${line(figure)}\n`);
        figures.push(figure);
      }
    }
  } finally {
    await Promise.all([plinth.stop(), handWritten.stop()]);
  }
  return figures;
}

/** Both must say the same before it makes sense to ask who says it faster. */
async function compareAnswers(each: Case, { apiKey }: Workspace, plinth: MeasuredServer, handWritten: MeasuredServer) {
  if (each.kind === 'create') return; // of records that it makes, each side has its own ids
  const request = each.request(0);
  const [ours, theirs] = [await ask(plinth.port, apiKey, request), await ask(handWritten.port, apiKey, request)];
  assert.deepEqual(comparable(ours), comparable(theirs), `${each.api} ${each.name}: the answers differ`);
}

/** Cursors are each server's own affair, and so is when it wrote. */
function comparable(text: string): unknown {
  return JSON.parse(text, (key, value) => (['startCursor', 'endCursor', 'updatedAt'].includes(key) ? null : value));
}

async function compareRates(
  bench: Bench,
  each: Case,
  among: readonly Workspace[],
  plinth: MeasuredServer,
  handWritten: MeasuredServer,
): Promise<Figure> {
  const measure = async (server: MeasuredServer, seconds: number): Promise<Round> => {
    const key = () => (among[Math.floor(Math.random() * among.length)] as Workspace).apiKey;
    const before = await server.usage();
    const loaded = await load({ port: server.port, key }, each.request, { connections: CONNECTIONS, seconds });
    const after = await server.usage();
    if (each.kind !== 'read') await sweep(bench, among);
    return { ...loaded, cpuMs: (after.cpuMs - before.cpuMs) / loaded.requests };
  };
  await measure(handWritten, WARM_SECONDS);
  await measure(plinth, WARM_SECONDS);
  const rounds: { theirs: Round; ours: Round }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push({ theirs: await measure(handWritten, ROUND_SECONDS), ours: await measure(plinth, ROUND_SECONDS) });
  }
  const ratios = rounds.map(({ ours, theirs }) => rate(ours) / rate(theirs)).sort((a, b) => a - b);
  const [middle] = rounds.slice(ROUNDS >> 1) as [(typeof rounds)[number]];
  return { case: each, workspaces: among.length, ratios, plinth: middle.ours, handWritten: middle.theirs };
}

/** Takes out what a round wrote, and what Postgres keeps of it: the next round finds the tables as this one did. */
async function sweep({ database }: Bench, among: readonly Workspace[]): Promise<void> {
  await database.asOwner(async (client) => {
    for (const { schema } of among) {
      await client.run(`delete from ${ident(schema)}.companies where name like 'bench %'`);
      await client.run(`vacuum ${ident(schema)}.companies`);
    }
  });
}

function rate({ requests, seconds }: Loaded): number {
  return requests / seconds;
}

export const HEADING =
  'API      request                             workspaces   ratio (least–most)    requests/s   by hand   CPU ms   by hand';

export function line({ case: { api, name }, workspaces, ratios, plinth, handWritten }: Figure): string {
  const [least, middle, most] = [ratios[0], ratios[ratios.length >> 1], ratios.at(-1)] as [number, number, number];
  return [
    api.padEnd(8),
    name.padEnd(36),
    String(workspaces).padStart(9),
    `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`.padStart(21),
    rate(plinth).toFixed(0).padStart(13),
    rate(handWritten).toFixed(0).padStart(9),
    plinth.cpuMs.toFixed(2).padStart(8),
    handWritten.cpuMs.toFixed(2).padStart(9),
  ].join(' ');
}
