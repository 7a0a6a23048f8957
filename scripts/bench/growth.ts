/** What a workspace costs when there are many: how long it takes to make, its first query, its memory. */

import { ask } from './load.ts';
import { startPlinth } from './servers.ts';
import { type Bench, makeWorkspaces, type Workspace } from './workspaces.ts';

const SIZES = [10, 100, 1_000, 5_000];
const CONNECTIONS = 10;

// Workspaces asked for the first time, once the model is built: enough for a median and for a slope of memory.
const ASKED = 200;

export async function measureGrowth(bench: Bench): Promise<void> {
  const workspaces: Workspace[] = [];
  process.stdout.write(
    'workspaces   creation ms   first query of a server ms   first query of a workspace ms (median, most)   KB a workspace\n',
  );
  for (const size of SIZES) {
    const { workspaces: made, eachMs } = await makeWorkspaces(bench, workspaces.length, size);
    workspaces.push(...made);
    const { coldMs, firstMs, bytes } = await askAll(bench, workspaces);
    const [median, most] = [firstMs[firstMs.length >> 1], firstMs.at(-1)] as [number, number];
    const cells = [size, eachMs.toFixed(0), coldMs.toFixed(0), `${median.toFixed(1)}, ${most.toFixed(1)}`];
    process.stdout.write(
      `${cells.map((cell, i) => String(cell).padStart([10, 13, 28, 46][i] as number)).join(' ')} ${(bytes / 1024).toFixed(1).padStart(16)}\n`,
    );
  }
}

/** A server that has just been started, asked by one workspace after another. */
async function askAll(bench: Bench, workspaces: readonly Workspace[]) {
  const server = await startPlinth(bench.url, CONNECTIONS);
  const body = JSON.stringify({ query: '{ companies(first: 20) { totalCount edges { node { id name } } } }' });
  const timed = async ({ apiKey }: Workspace) => {
    const began = performance.now();
    await ask(server.port, apiKey, { method: 'POST', path: '/graphql', body });
    return performance.now() - began;
  };
  try {
    const asked = [...workspaces].sort(() => Math.random() - 0.5).slice(0, ASKED);
    const coldMs = await timed(asked.shift() as Workspace);
    const before = await server.heapBytes();
    const firstMs: number[] = [];
    for (const workspace of asked) firstMs.push(await timed(workspace));
    const after = await server.heapBytes();
    firstMs.sort((a, b) => a - b);
    return { coldMs, firstMs, bytes: (after - before) / asked.length };
  } finally {
    await server.stop();
  }
}
