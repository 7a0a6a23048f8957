/** What a webhook costs whoever writes, and how fast one worker process delivers to a receiver on this machine. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ident, sql } from '../../db/sql.ts';
import { CREATE, RECORDS, type Request } from './cases.ts';
import { ask } from './load.ts';
import { type MeasuredServer, startPlinth } from './servers.ts';
import { type Bench, makeWorkspaces, type Workspace } from './workspaces.ts';

const CONNECTIONS = 4;
const PRIVATE = { ALLOW_PRIVATE_WEBHOOK_TARGETS: 'true' };

// A write at a time, and a rest after it in which what it caused is dispatched and delivered: the write's own cost.
const WRITES = 60;
const REST_MS = 60;

const DELIVERIES = 10_000;

export async function measureWebhooks(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, 0, 3);
  const [without, listened, drained] = workspaces as [Workspace, Workspace, Workspace];
  const receiver = await receive();
  try {
    await compareWrites(bench, without, listened, receiver.url);
    await drain(bench, drained, receiver);
  } finally {
    await receiver.close();
  }
}

/** Answers at once, and counts. */
async function receive() {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      count++;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    count: () => count,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function compareWrites(bench: Bench, without: Workspace, listened: Workspace, targetUrl: string): Promise<void> {
  const server = await startPlinth(bench.url, CONNECTIONS, PRIVATE);
  try {
    await createWebhook(server, listened, targetUrl);
    process.stdout.write('write          without ms   with a webhook ms   ratio (medians of writes that take turns)\n');
    for (const [name, request] of Object.entries(WRITES_OF)) {
      const times: [number[], number[]] = [[], []];
      const requests = [request(await idsOf(bench, without)), request(await idsOf(bench, listened))] as const;
      for (let i = 0; i < WRITES * 2; i++) {
        const turn = i % 2;
        const began = performance.now();
        await ask(server.port, [without, listened][turn]?.apiKey as string, requests[turn]?.() as Request);
        times[turn]?.push(performance.now() - began);
        await wait(REST_MS);
      }
      const [one, other] = times.map((each) => median(each.slice(WRITES / 6))) as [number, number];
      process.stdout.write(
        `${name.padEnd(14)} ${one.toFixed(2).padStart(10)} ${other.toFixed(2).padStart(19)} ${(other / one).toFixed(2).padStart(7)}\n`,
      );
    }
  } finally {
    await server.stop();
  }
}

let made = 0;
const company = () => ({ name: `bench ${++made}`, employees: made % 500 });

/** By ids of companies that are there. */
const WRITES_OF: Readonly<Record<string, (ids: readonly string[]) => () => Request>> = {
  'create 1': () => () => rest('POST', '/rest/companies', company()),
  'create 60': () => () => graphql(CREATE, { data: Array.from({ length: RECORDS }, company) }),
  'update 1': (ids) => () => rest('PATCH', `/rest/companies/${ids[0]}`, company()),
  'update 60': (ids) => () =>
    graphql(
      'mutation ($ids: [UUID!], $data: CompanyUpdateInput!) { updateCompanies(filter: { id: { in: $ids } }, data: $data) { id name } }',
      { ids, data: company() },
    ),
};

function rest(method: string, path: string, body: object): Request {
  return { method, path, body: JSON.stringify(body) };
}

function graphql(query: string, variables: object): Request {
  return rest('POST', '/graphql', { query, variables });
}

async function createWebhook({ port }: MeasuredServer, { apiKey }: Workspace, targetUrl: string): Promise<void> {
  await ask(port, apiKey, rest('POST', '/rest/metadata/webhooks', { targetUrl, operations: ['company.*'] }));
  await wait(1_500); // the server knows of listeners within a second
}

async function idsOf({ database }: Bench, { schema }: Workspace): Promise<string[]> {
  return database.transaction(async (client) => {
    await client.run(`set local search_path to ${ident(schema)}`);
    const rows = await client.rows<{ id: string }>(sql`
      insert into companies (name) select 'old' from generate_series(1, ${sql.value(RECORDS)}::int) returning id`);
    return rows.map(({ id }) => id);
  });
}

/** Written while no server runs; then one starts, and has it all to do. */
async function drain(bench: Bench, workspace: Workspace, receiver: Awaited<ReturnType<typeof receive>>): Promise<void> {
  const first = await startPlinth(bench.url, CONNECTIONS, PRIVATE);
  await createWebhook(first, workspace, receiver.url);
  await first.stop();
  await bench.database.transaction(async (client) => {
    await client.run(`set local search_path to ${ident(workspace.schema)}`);
    await client.rows(sql`
      insert into companies (name, employees) select 'drained ' || i, i
      from generate_series(1, ${sql.value(DELIVERIES)}::int) as i`);
  });
  const before = receiver.count();
  const server = await startPlinth(bench.url, CONNECTIONS, PRIVATE);
  const began = performance.now();
  while (receiver.count() === before) await wait(5);
  const from = performance.now();
  while (receiver.count() < before + DELIVERIES) await wait(5);
  const seconds = (performance.now() - from) / 1_000;
  const { cpuMs } = await server.usage();
  process.stdout.write(
    `${DELIVERIES} deliveries by one process in ${seconds.toFixed(1)} s: ${(DELIVERIES / seconds).toFixed(0)} a second, ` +
      `${(cpuMs / DELIVERIES).toFixed(2)} ms of its CPU each; the first after ${(from - began).toFixed(0)} ms\n`,
  );
  await server.stop();
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
