/** Changes of the model while a table of a million rows is read and written: how long anybody waits. */

import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ident, sql } from '../../db/sql.ts';
import type { Given } from '../../server/given.ts';
import { FIELD_TYPES } from '../../server/model/field-types/index.ts';
import { ask } from './load.ts';
import { type MeasuredServer, startPlinth } from './servers.ts';
import { type Bench, makeWorkspaces, type Workspace } from './workspaces.ts';

const ROWS = 1_000_000;
const FILLERS = 2;
const CONNECTIONS = 8;
const READERS = 2;
const WRITERS = 2;

type Change = { readonly name: string; readonly query: string; readonly variables: object };

export async function measureBigTable(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, 0, 1);
  const [workspace] = workspaces as [Workspace];
  await fillCompanies(bench, workspace);
  const server = await startPlinth(bench.url, CONNECTIONS);
  const agent = new Agent({ keepAlive: true, maxSockets: READERS + WRITERS + 1 });
  const post = async (path: string, query: string, variables?: object) => {
    const body = JSON.stringify({ query, variables });
    const { data } = JSON.parse(await ask(server.port, workspace.apiKey, { method: 'POST', path, body }, agent));
    return data;
  };
  const traffic = startTraffic(server, workspace, agent);
  try {
    await wait(3_000);
    process.stdout.write(
      `${ROWS} rows; slowest of the traffic meanwhile\nchange              answered ms   in the background ms   read ms   write ms\n`,
    );
    report('(none)', [0, 0], traffic.slowest());
    const { objects } = await post(
      '/metadata',
      '{ objects(paging: { first: 1000 }) { edges { node { id nameSingular } } } }',
    );
    const company = objects.edges.find(({ node }: Given) => node.nameSingular === 'company').node.id;
    for (const { name, query, variables } of await changesOf(company)) {
      traffic.slowest();
      const began = performance.now();
      await post('/metadata', query, variables);
      const answered = performance.now();
      await whenDone(() => post('/metadata', '{ modelJobs { state } }'));
      report(name, [answered - began, performance.now() - answered], traffic.slowest());
    }
  } finally {
    await traffic.stop();
    agent.destroy();
    await server.stop();
  }
}

async function fillCompanies({ database }: Bench, { schema }: Workspace): Promise<void> {
  const each = ROWS / FILLERS;
  await Promise.all(
    Array.from({ length: FILLERS }, (_, filler) =>
      database.transaction(async (client) => {
        await client.run(`set local search_path to ${ident(schema)}; set local synchronous_commit to off`);
        await client.rows(sql`
          insert into companies (name, employees, position)
          select 'Company ' || i, i, i
          from generate_series(${sql.value(filler * each + 1)}::int, ${sql.value((filler + 1) * each)}::int) as i`);
      }),
    ),
  );
  await database.asOwner((client) => client.run(`vacuum analyze ${ident(schema)}.companies`));
}

function changesOf(company: string): Change[] {
  const field = (name: string, input: object): Change => ({
    name,
    query: 'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }',
    variables: { field: { objectMetadataId: company, label: name, ...input } },
  });
  const options = [{ value: 'ONE', label: 'One', color: 'blue', position: 0 }];
  const types = Object.entries(FIELD_TYPES)
    .filter(([type, { creatable }]) => creatable === true && type !== 'RELATION' && type !== 'MORPH_RELATION')
    .map(([type]) =>
      field(type, {
        type,
        name: `bench${type.toLowerCase().replaceAll('_', '')}`,
        ...(type.endsWith('SELECT') && { options }),
        ...(type === 'FILES' && { settings: { maxNumberOfValues: 3 } }),
      }),
    );
  const relationCreationPayload = {
    type: 'MANY_TO_ONE',
    targetObjectMetadataId: company,
    targetFieldLabel: 'Branches',
  };
  return [
    ...types,
    field('UUID, one a row', { type: 'UUID', name: 'ticket', defaultValue: 'uuid', isNullable: false }),
    field('TEXT, unique', { type: 'TEXT', name: 'code', isUnique: true }),
    field('RELATION', { type: 'RELATION', name: 'headquarters', relationCreationPayload }),
  ];
}

type Waited = { read: number; write: number };

/** Pages and single records read, records changed and made, without a pause, by as many clients as there are. */
function startTraffic(server: MeasuredServer, { apiKey }: Workspace, agent: Agent) {
  let isOver = false;
  let slowest: Waited = { read: 0, write: 0 };
  const loop = async (kind: keyof Waited, query: () => string) => {
    while (!isOver) {
      const began = performance.now();
      await ask(
        server.port,
        apiKey,
        { method: 'POST', path: '/graphql', body: JSON.stringify({ query: query() }) },
        agent,
      );
      slowest[kind] = Math.max(slowest[kind], performance.now() - began);
    }
  };
  const random = () => 1 + Math.floor(Math.random() * ROWS);
  const running = [
    ...Array.from({ length: READERS }, () =>
      loop(
        'read',
        () =>
          `{ companies(first: 20, filter: { position: { gte: ${random()} } }, orderBy: [{ position: AscNullsFirst }]) { edges { node { id name employees } } } }`,
      ),
    ),
    ...Array.from({ length: WRITERS }, () =>
      loop(
        'write',
        () =>
          `mutation { updateCompanies(filter: { position: { eq: ${random()} } }, data: { employees: ${random()} }) { id } }`,
      ),
    ),
  ];
  return {
    /** Since it was asked last. */
    slowest(): Waited {
      const seen = slowest;
      slowest = { read: 0, write: 0 };
      return seen;
    },
    async stop() {
      isOver = true;
      await Promise.all(running);
    },
  };
}

async function whenDone(ask: () => Promise<{ modelJobs: { state: string }[] }>): Promise<void> {
  for (;;) {
    const { modelJobs } = await ask();
    if (modelJobs.every(({ state }) => state === 'done')) return;
    await wait(100);
  }
}

function report(name: string, [answered, background]: readonly [number, number], { read, write }: Waited): void {
  const cells = [answered, background, read, write].map((ms, i) =>
    ms.toFixed(0).padStart([11, 22, 9, 10][i] as number),
  );
  process.stdout.write(`${name.padEnd(20)}${cells.join(' ')}\n`);
}
