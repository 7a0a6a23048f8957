/**
 * What a workspace notices of another that asks for more than the server can do: its waits, idle and during the flood.
 */

import { request as httpRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ident, sql } from '../../db/sql.ts';
import { PAGE, type Request } from './cases.ts';
import { ask } from './load.ts';
import { type MeasuredServer, startPlinth } from './servers.ts';
import { type Bench, fill, makeWorkspaces, type Workspace } from './workspaces.ts';

const CONNECTIONS = 10; // to the database, as many as are the default
const COMPANIES = 100_000;
const ROLES = 10;
const MEASURED_MS = 15_000;
const SETTLING_MS = 2_000;

// The quiet workspace is used by somebody: a request, and a pause.
const PAUSE_MS = 10;

/** What the noisy one does, each as many times at once. */
const FLOODS: Readonly<Record<string, readonly [times: number, request: () => Request][]>> = {
  'slow reads': [[40, slowRead]],
  drift: [[20, () => ({ method: 'GET', path: '/rest/metadata/drift' })]],
  imports: [[4, importOf]],
  all: [
    [40, slowRead],
    [20, () => ({ method: 'GET', path: '/rest/metadata/drift' })],
    [4, importOf],
  ],
};

const QUIET: readonly Request[] = [
  { method: 'POST', path: '/graphql', body: JSON.stringify({ query: PAGE, variables: { first: 20 } }) },
  { method: 'GET', path: '/rest/companies?limit=20' },
];

export async function measureNeighbours(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, 0, 2);
  const [noisy, quiet] = workspaces as [Workspace, Workspace];
  await fill(bench, noisy, COMPANIES);
  await fill(bench, quiet, 1_000);
  const server = await startPlinth(bench.url, CONNECTIONS);
  try {
    await makeRoles(server, noisy);
    await measureQuiet(server, quiet, SETTLING_MS);
    process.stdout.write(`${HEADING}\n`);
    let idle = await measureQuiet(server, quiet, MEASURED_MS);
    process.stdout.write(`${line('nothing', idle, idle)}\n`);
    for (const [name, flood] of Object.entries(FLOODS)) {
      const flooding = startFlood(server, noisy, flood);
      await wait(SETTLING_MS);
      const during = await measureQuiet(server, quiet, MEASURED_MS);
      const answers = await flooding.stop();
      process.stdout.write(`${line(name, during, idle)}  ${answers}\n`);
      await sweep(bench, noisy);
      await wait(SETTLING_MS);
    }
    idle = await measureQuiet(server, quiet, MEASURED_MS);
    process.stdout.write(`${line('nothing', idle, idle)}\n`);
  } finally {
    await server.stop();
  }
}

type Measured = { readonly times: readonly number[]; readonly refused: number };

async function measureQuiet({ port }: MeasuredServer, { apiKey }: Workspace, forMs: number): Promise<Measured> {
  const times: number[] = [];
  let refused = 0;
  const end = performance.now() + forMs;
  for (let i = 0; performance.now() < end; i++) {
    const began = performance.now();
    await ask(port, apiKey, QUIET[i % QUIET.length] as Request).catch(() => refused++);
    times.push(performance.now() - began);
    await wait(PAUSE_MS);
  }
  return { times: times.sort((a, b) => a - b), refused };
}

/** Closed loops, which ask again as soon as they are answered, or refused. */
function startFlood({ port }: MeasuredServer, { apiKey }: Workspace, flood: (typeof FLOODS)[string]) {
  const statuses = new Map<number, number>();
  let isOver = false;
  const loops = flood.flatMap(([times, request]) =>
    Array.from({ length: times }, async () => {
      while (!isOver) {
        const status = await statusOf(port, apiKey, request());
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 400) await wait(REFUSED_MS); // a client that doesn't wait at all is held by RATE_LIMIT, which is off here
      }
    }),
  );
  return {
    async stop() {
      isOver = true;
      await Promise.all(loops);
      return [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
    },
  };
}

const REFUSED_MS = 100;

function statusOf(port: number, apiKey: string, { method, path, body }: Request): Promise<number> {
  const headers = {
    Authorization: `Bearer ${apiKey}`,
    ...(body !== undefined && { 'Content-Type': typeOf(path), 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((settle, fail) => {
    const asked = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume().once('end', () => settle(response.statusCode ?? 0));
    });
    asked.once('error', fail);
    asked.end(body);
  });
}

function typeOf(path: string): string {
  return path.endsWith('/import') ? 'application/x-ndjson' : 'application/json';
}

/** A condition that no index serves, 300 times, over all companies. */
function slowRead(): Request {
  const names = Array.from({ length: 300 }, (_, i) => `{ name: { ilike: "%${Math.random().toString(36)}${i}%" } }`);
  const query = `{ companies(filter: { or: [${names.join(', ')}] }) { totalCount } }`;
  return { method: 'POST', path: '/graphql', body: JSON.stringify({ query }) };
}

let imported = 0;

function importOf(): Request {
  const records = Array.from({ length: 5_000 }, () =>
    JSON.stringify({ name: `bench ${++imported}`, employees: imported % 500 }),
  );
  return { method: 'POST', path: '/rest/companies/import', body: records.join('\n') };
}

/** Of roles that are limited each has grants of its own, at which drift looks too. */
async function makeRoles(server: MeasuredServer, { apiKey }: Workspace): Promise<void> {
  for (let i = 0; i < ROLES; i++) {
    const body = JSON.stringify({ label: `Role ${i}`, canReadAllObjectRecords: true });
    await ask(server.port, apiKey, { method: 'POST', path: '/rest/metadata/roles', body });
  }
}

async function sweep({ database }: Bench, { schema }: Workspace): Promise<void> {
  await database.asOwner(async (client) => {
    await client.rows(sql`select set_config('statement_timeout', '0', false)`);
    await client.run(`delete from ${ident(schema)}.companies where name like 'bench %'`);
    await client.run(`vacuum ${ident(schema)}.companies`);
  });
}

const HEADING = `${['neighbour does'.padEnd(16), 'p50 ms', 'p99 ms', 'most ms', 'p99 of idle', 'requests', 'refused'].join('  ')}  what the neighbour was answered`;

function line(name: string, { times, refused }: Measured, idle: Measured): string {
  const at = (of: readonly number[], part: number) => of[Math.min(of.length - 1, Math.floor(of.length * part))] ?? 0;
  return [
    name.padEnd(16),
    at(times, 0.5).toFixed(1).padStart(6),
    at(times, 0.99).toFixed(1).padStart(6),
    at(times, 1).toFixed(1).padStart(7),
    (at(times, 0.99) / at(idle.times, 0.99)).toFixed(1).padStart(11),
    String(times.length).padStart(8),
    String(refused).padStart(7),
  ].join('  ');
}
