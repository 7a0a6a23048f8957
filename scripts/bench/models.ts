/** What a change of the model costs until it is served, in the standard model and in one of 500 objects. */

import type { Given } from '../../server/given.ts';
import { ask } from './load.ts';
import { type MeasuredServer, startPlinth } from './servers.ts';
import { type Bench, makeWorkspaces, type Workspace } from './workspaces.ts';

const CONNECTIONS = 4;
const CHANGES = 20;
const OBJECTS = 500;
// With those that come with an object, and its relations to attachments, notes and tasks, some 30 in all.
const FIELDS_OF_EACH = 20;

type Client = {
  core(query: string): Promise<Given>;
  metadata(query: string, variables?: object): Promise<Given>;
};

export async function measureModels(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, 0, 2);
  const [standard, large] = workspaces as [Workspace, Workspace];
  process.stdout.write(
    'model        createOneField ms   then its first answer ms   both (median, most)   reused schema ms\n',
  );
  await withServer(bench, standard, async (client) => reportChanges('standard', client));

  await withServer(bench, large, async (client) => {
    const began = performance.now();
    await makeObjects(client);
    process.stdout.write(
      `${OBJECTS} objects with ${FIELDS_OF_EACH} fields made by one change, ${(performance.now() - began).toFixed(0)} ms\n`,
    );
  });
  await withServer(bench, large, async (client, server) => {
    const before = await server.heapBytes();
    const buildMs = await timed(() => client.core('{ companies(first: 1) { totalCount } }'));
    const after = await server.heapBytes();
    const introspectionMs = await timed(() => client.core(INTROSPECTION));
    process.stdout.write(
      `${OBJECTS} objects: first query of a server ${buildMs.toFixed(0)} ms, ${((after - before) / 2 ** 20).toFixed(0)} MB kept, introspection ${introspectionMs.toFixed(0)} ms\n`,
    );
    await reportChanges(`${OBJECTS} objects`, client);
  });
}

async function withServer(
  bench: Bench,
  { apiKey }: Workspace,
  use: (client: Client, server: MeasuredServer) => Promise<void>,
): Promise<void> {
  const server = await startPlinth(bench.url, CONNECTIONS);
  const post = async (path: string, query: string, variables?: object) => {
    const { data, errors } = JSON.parse(
      String(await ask(server.port, apiKey, { method: 'POST', path, body: JSON.stringify({ query, variables }) })),
    );
    if (errors) throw new Error(JSON.stringify(errors[0]));
    return data;
  };
  try {
    await use(
      { core: (query) => post('/graphql', query), metadata: (...given) => post('/metadata', ...given) },
      server,
    );
  } finally {
    await server.stop();
  }
}

async function reportChanges(name: string, client: Client): Promise<void> {
  const { objects } = await client.metadata(
    '{ objects(paging: { first: 1000 }) { edges { node { id nameSingular } } } }',
  );
  const company = objects.edges.find(({ node }: Given) => node.nameSingular === 'company').node.id;
  await client.core('{ companies(first: 1) { totalCount } }');
  const changeMs: number[] = [];
  const answerMs: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const field = { objectMetadataId: company, type: 'TEXT', name: `bench${i}`, label: `Bench ${i}` };
    changeMs.push(await timed(() => client.metadata(CREATE_FIELD, { field })));
    answerMs.push(await timed(() => client.core(`{ companies(first: 1) { edges { node { bench${i} } } } }`)));
  }
  const both = changeMs.map((ms, i) => ms + (answerMs[i] as number));
  const reusedMs = await timed(() => client.core('{ companies(first: 1) { edges { node { bench0 } } } }'));
  const cells = [
    median(changeMs).toFixed(0),
    median(answerMs).toFixed(0),
    `${median(both).toFixed(0)}, ${Math.max(...both).toFixed(0)}`,
  ];
  process.stdout.write(
    `${name.padEnd(12)} ${cells.map((cell, i) => cell.padStart([17, 26, 21][i] as number)).join(' ')} ${reusedMs.toFixed(0).padStart(18)}\n`,
  );
}

const CREATE_FIELD = 'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }';

/** As a model file would. */
async function makeObjects({ metadata }: Client): Promise<void> {
  const { model } = await metadata('{ model }');
  const objects = Array.from({ length: OBJECTS }, (_, i) => ({
    name: `thing${i}`,
    plural: `thing${i}s`,
    fields: [
      { name: 'name', type: 'TEXT' },
      ...Array.from({ length: FIELDS_OF_EACH }, (_, n) => ({ name: `field${n}`, type: TYPES[n % TYPES.length] })),
    ],
  }));
  await metadata('mutation ($model: JSON!) { applyModel(input: { model: $model }) }', {
    model: { ...model, objects: [...model.objects, ...objects] },
  });
}

const TYPES = ['TEXT', 'NUMBER', 'DATE_TIME', 'BOOLEAN', 'CURRENCY', 'LINKS'];

const INTROSPECTION =
  '{ __schema { types { name kind fields { name type { name kind ofType { name } } } inputFields { name type { name kind } } enumValues { name } } } }';

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
