/**
 * Plinth beside servers written by hand and stock PostGraphile: ratios of rounds that follow one another, and CPU a
 * request.
 */

import assert from 'node:assert/strict';
import { ident } from '../../db/sql.ts';
import { CASES, type Case } from './cases.ts';
import { ask, type Loaded, load } from './load.ts';
import { type MeasuredServer, startHandWritten, startPlinth, startStock } from './servers.ts';
import type { Bench, Workspace } from './workspaces.ts';

// As many requests in flight as there are database connections: no server waits for one.
export const CONNECTIONS = 10;
// Measured: the processor time of a request falls for some 3,000 requests, as the code is compiled. Servers run for
// weeks.
const WARM_SECONDS = 4;
// Many short rounds rather than few long ones: what else the machine does then spoils few of them.
const ROUND_SECONDS = 0.7;
const ROUNDS = 5;

type Round = Loaded & { readonly cpuMs: number };

/** In the order in which their rounds run: Plinth, by hand, by hand and pipelined, stock PostGraphile, Plinth, … */
const NAMES = ['plinth', 'byHand', 'pipelined', 'stock'] as const;
type Name = (typeof NAMES)[number];
/** Of stock PostGraphile none where it isn't asked. */
type Rounds = Readonly<Record<Name, Round[]>>;
type Servers = Readonly<Record<Name, MeasuredServer>>;

export async function measureThroughput(bench: Bench, workspaces: readonly Workspace[]): Promise<void> {
  const one = workspaces[0] as Workspace;
  const servers: Servers = {
    // One workspace may use all connections here, as it does of the other servers.
    plinth: await startPlinth(bench.url, CONNECTIONS, { WORKSPACE_POOL_SIZE: String(CONNECTIONS) }),
    byHand: await startHandWritten(bench.url, CONNECTIONS, false),
    pipelined: await startHandWritten(bench.url, CONNECTIONS, true),
    stock: await startStock(bench, CONNECTIONS, one),
  };
  process.stdout.write(`${HEADING}\n`);
  try {
    for (const each of CASES) await compareAnswers(bench, each, one, servers);
    for (const among of [[one], workspaces]) {
      for (const each of CASES) {
        process.stdout.write(`${line(each, among.length, await measureRounds(bench, each, among, servers))}\n`);
      }
    }
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}

/** All must say the same before it makes sense to ask who says it faster. */
async function compareAnswers(bench: Bench, each: Case, one: Workspace, servers: Servers): Promise<void> {
  const request = each.request(0);
  const answered = async (name: Name) => {
    const text = await ask(servers[name].port, one.apiKey, request);
    if (each.kind !== 'read') await sweep(bench, [one]);
    return text;
  };
  const ours = await answered('plinth');
  for (const name of ['byHand', 'pipelined'] as const) {
    const theirs = await answered(name);
    assert.deepEqual(comparable(theirs, each), comparable(ours, each), `${each.api} ${each.name}: ${name} differs`);
  }
  if (!each.stock) return;
  const theirs = await ask(servers.stock.port, one.apiKey, each.stock());
  assert.deepEqual(recordsOf(theirs, 'rowId'), recordsOf(ours, 'id'), `${each.api} ${each.name}: stock differs`);
}

// Cursors are each server's own affair, and so is when it wrote.
const OWN = ['startCursor', 'endCursor', 'updatedAt'];
// Each makes the records anew, with ids of its own.
const OWN_OF_CREATED = [...OWN, 'id', 'createdAt'];

function comparable(text: string, { kind }: Case): unknown {
  const own = kind === 'create' ? OWN_OF_CREATED : OWN;
  return JSON.parse(text, (key, value) => (own.includes(key) ? null : value));
}

/** Of answers with other names: which records, in their order, how many in all, and whether there are more. */
function recordsOf(text: string, idName: string): unknown[] {
  const found: unknown[] = [];
  JSON.parse(text, (key, value) => {
    if (key === idName || key === 'totalCount' || key === 'hasNextPage') found.push(value);
    return value;
  });
  return found;
}

async function measureRounds(bench: Bench, each: Case, among: readonly Workspace[], servers: Servers): Promise<Rounds> {
  const measure = async (name: Name, seconds: number): Promise<Round> => {
    const server = servers[name];
    const request = (name === 'stock' && each.stock) || each.request;
    const key = () => (among[Math.floor(Math.random() * among.length)] as Workspace).apiKey;
    const before = await server.usage();
    const loaded = await load({ port: server.port, key }, request, { connections: CONNECTIONS, seconds });
    const after = await server.usage();
    if (each.kind !== 'read') await sweep(bench, among);
    return { ...loaded, cpuMs: (after.cpuMs - before.cpuMs) / loaded.requests };
  };
  const isStockAsked = each.stock !== undefined && among.length === 1;
  const names = NAMES.filter((name) => name !== 'stock' || isStockAsked);
  for (const name of names) await measure(name, WARM_SECONDS);
  const rounds: Rounds = { plinth: [], byHand: [], pipelined: [], stock: [] };
  for (let i = 0; i < ROUNDS; i++) {
    for (const name of names) rounds[name].push(await measure(name, ROUND_SECONDS));
  }
  return rounds;
}

/** Takes out what a round wrote, and what Postgres keeps of it: the next round finds the tables as this one did. */
async function sweep({ sweeper }: Bench, among: readonly Workspace[]): Promise<void> {
  const tables = among.map(({ schema }) => `${ident(schema)}.companies`);
  for (const table of tables) await sweeper.query(`delete from ${table} where name like 'bench %'`);
  await sweeper.query(`vacuum ${tables.join(', ')}`);
}

function rate({ requests, seconds }: Loaded): number {
  return requests / seconds;
}

// In the order of `line`; the CPU is of the server, in milliseconds a request.
const COLUMNS: readonly (readonly [title: string, width: number])[] = [
  ['API', -8],
  ['request', -36],
  ['workspaces', 10],
  ['of by hand', 17],
  ['of pipelined', 17],
  ['of stock', 17],
  ['requests/s', 10],
  ['CPU ms', 6],
  ['by hand', 7],
  ['pipelined', 9],
  ['stock', 6],
];

const HEADING = `Plinth's rate as a part of another server's, median (least–most) of ${ROUNDS} rounds; CPU of each server a request
${row(COLUMNS.map(([title]) => title))}`;

function line({ api, name }: Case, workspaces: number, { plinth, byHand, pipelined, stock }: Rounds): string {
  const cpuMs = (rounds: readonly Round[]) =>
    rounds.length === 0 ? '' : median(rounds.map((round) => round.cpuMs)).toFixed(2);
  return row([
    api,
    name,
    String(workspaces),
    ...[byHand, pipelined, stock].map((theirs) => (theirs.length === 0 ? '' : ratio(plinth, theirs))),
    median(plinth.map(rate)).toFixed(0),
    ...[plinth, byHand, pipelined, stock].map(cpuMs),
  ]);
}

/** A negative width is of a column that begins on the left. */
function row(cells: readonly string[]): string {
  const padded = COLUMNS.map(([, width], i) => {
    const cell = cells[i] as string;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  return padded.join('  ').trimEnd();
}

function ratio(ours: readonly Round[], theirs: readonly Round[]): string {
  const ratios = ours.map((round, i) => rate(round) / rate(theirs[i] as Round));
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
