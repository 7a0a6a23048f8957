/**
 * What a model costs in memory that is another than all before: as it is first asked for, introspected, and used over
 * REST.
 */

import { ask } from './load.ts';
import { startPlinth } from './servers.ts';
import { type Bench, makeWorkspaces, type Workspace } from './workspaces.ts';

// Enough for what is kept once a process to count for little.
const MODELS = 8;
const CONNECTIONS = 4;

// The number of their first workspace: of those that `growth.ts` makes, none comes this far.
const FIRST = 100_000;

const STEPS: readonly (readonly [what: string, requests: readonly (readonly [path: string, query?: string])[]])[] = [
  ['first query', [['/graphql', '{ companies(first: 1) { totalCount } }']]],
  [
    'introspection',
    [['/graphql', '{ __schema { types { name fields { name args { name } } inputFields { name } } } }']],
  ],
  [
    'pages over REST, with relations, of 5 objects',
    ['companies', 'people', 'opportunities', 'tasks', 'notes'].map((plural) => [`/rest/${plural}?depth=1`] as const),
  ],
];

export async function measureModelMemory(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, FIRST, FIRST + MODELS);
  const server = await startPlinth(bench.url, CONNECTIONS);
  const send = ({ apiKey }: Workspace, path: string, query?: string) =>
    ask(server.port, apiKey, {
      method: query === undefined ? 'GET' : 'POST',
      path,
      ...(query !== undefined && { body: JSON.stringify({ query }) }),
    });
  try {
    for (const [i, workspace] of workspaces.entries()) {
      const names = `nameSingular: "rocket${i}", namePlural: "rockets${i}", labelSingular: "Rocket", labelPlural: "Rockets"`;
      await send(workspace, '/metadata', `mutation { createOneObject(input: { object: { ${names} } }) { id } }`);
    }
    process.stdout.write(`a model of 13 objects, of ${MODELS} that differ        MB more a model\n`);
    let before = await server.heapBytes();
    for (const [what, requests] of STEPS) {
      for (const workspace of workspaces) {
        for (const [path, query] of requests) await send(workspace, path, query);
      }
      const heapBytes = await server.heapBytes();
      process.stdout.write(`${what.padEnd(52)} ${((heapBytes - before) / MODELS / 2 ** 20).toFixed(1).padStart(16)}\n`);
      before = heapBytes;
    }
  } finally {
    await server.stop();
  }
}
