/** Plinth beside the hand-written server: rates, as ratios of rounds that follow one another, and CPU a request. */

import assert from 'node:assert/strict';
import { ident } from '../../db/sql.ts';
import { CASES, type Case } from './cases.ts';
import { ask, type Loaded, load } from './load.ts';
import { type MeasuredServer, startHandWritten, startPlinth } from './servers.ts';
import type { Bench, Workspace } from './workspaces.ts';

// As many requests in flight as there are database connections: neither side waits for one.
export const CONNECTIONS = 10;
const WARM_SECONDS = 0.7;
const ROUND_SECONDS = 1.2;
const ROUNDS = 3;

type Round = Loaded & { readonly cpuMs: number };

/** Rounds of each server, in the order in which they ran: Plinth, by hand, by hand and pipelined, Plinth, … */
type Rounds = { readonly plinth: Round[]; readonly byHand: Round[]; readonly pipelined: Round[] };
type Servers = { readonly [Name in keyof Rounds]: MeasuredServer };

export async function measureThroughput(bench: Bench, workspaces: readonly Workspace[]): Promise<void> {
  const servers: Servers = {
    plinth: await startPlinth(bench.url, CONNECTIONS),
    byHand: await startHandWritten(bench.url, CONNECTIONS, false),
    pipelined: await startHandWritten(bench.url, CONNECTIONS, true),
  };
  process.stdout.write(`${HEADING}\n`);
  try {
    for (const among of [workspaces.slice(0, 1), workspaces]) {
      for (const each of CASES) {
        await compareAnswers(each, among[0] as Workspace, servers);
        process.stdout.write(`${line(each, among.length, await measureRounds(bench, each, among, servers))}\n`);
      }
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

/** Both must say the same before it makes sense to ask who says it faster. */
async function compareAnswers(each: Case, { apiKey }: Workspace, { plinth, byHand }: Servers) {
  if (each.kind === 'create') return; // of records that it makes, each side has its own ids
  const request = each.request(0);
  const [ours, theirs] = [await ask(plinth.port, apiKey, request), await ask(byHand.port, apiKey, request)];
  assert.deepEqual(comparable(ours), comparable(theirs), `${each.api} ${each.name}: the answers differ`);
}

/** Cursors are each server's own affair, and so is when it wrote. */
function comparable(text: string): unknown {
  return JSON.parse(text, (key, value) => (['startCursor', 'endCursor', 'updatedAt'].includes(key) ? null : value));
}

async function measureRounds(bench: Bench, each: Case, among: readonly Workspace[], servers: Servers): Promise<Rounds> {
  const measure = async (server: MeasuredServer, seconds: number): Promise<Round> => {
    const key = () => (among[Math.floor(Math.random() * among.length)] as Workspace).apiKey;
    const before = await server.usage();
    const loaded = await load({ port: server.port, key }, each.request, { connections: CONNECTIONS, seconds });
    const after = await server.usage();
    if (each.kind !== 'read') await sweep(bench, among);
    return { ...loaded, cpuMs: (after.cpuMs - before.cpuMs) / loaded.requests };
  };
  const names = Object.keys(servers) as (keyof Rounds)[];
  for (const name of names) await measure(servers[name], WARM_SECONDS);
  const rounds: Rounds = { plinth: [], byHand: [], pipelined: [] };
  for (let i = 0; i < ROUNDS; i++) {
    for (const name of names) rounds[name].push(await measure(servers[name], ROUND_SECONDS));
  }
  return rounds;
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

const HEADING = `Rates as a part of the hand-written server's: median (least–most) of ${ROUNDS} rounds, and CPU of the server a request
${['API'.padEnd(8), 'request'.padEnd(34), 'workspaces', 'by hand'.padStart(18), 'by hand, pipelined'.padStart(18), 'requests/s', 'CPU ms', 'by hand'].join('  ')}`;

function line({ api, name }: Case, workspaces: number, { plinth, byHand, pipelined }: Rounds): string {
  const cpuMs = (rounds: readonly Round[]) => median(rounds.map((round) => round.cpuMs));
  return [
    api.padEnd(8),
    name.padEnd(34),
    String(workspaces).padStart(10),
    ratio(plinth, byHand).padStart(18),
    ratio(plinth, pipelined).padStart(18),
    median(plinth.map(rate)).toFixed(0).padStart(10),
    cpuMs(plinth).toFixed(2).padStart(6),
    cpuMs(byHand).toFixed(2).padStart(7),
  ].join('  ');
}

function ratio(ours: readonly Round[], theirs: readonly Round[]): string {
  const ratios = ours.map((round, i) => rate(round) / rate(theirs[i] as Round));
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
