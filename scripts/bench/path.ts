/**
 * What each request pays on its way through the server: a profile of small pages and of batches, by the file or library that it runs
 * in.
 */

import { CASES, RECORDS } from './cases.ts';
import { load } from './load.ts';
import { startPlinth } from './servers.ts';
import { CONNECTIONS } from './throughput.ts';
import type { Profile } from './usage.ts';
import { type Bench, fill, makeWorkspaces, type Workspace } from './workspaces.ts';

const WARM_SECONDS = 4;
const SECONDS = 5;
const PATHS = new Set(['page of 20', 'create 60', 'upsert 60']);
// Less than this is measured as nothing.
const LEAST_MICROSECONDS = 3;

export async function measurePath(bench: Bench): Promise<void> {
  const { workspaces } = await makeWorkspaces(bench, 0, 1);
  const [workspace] = workspaces as [Workspace];
  await fill(bench, workspace, CONNECTIONS * RECORDS);
  const server = await startPlinth(bench.url, CONNECTIONS, { WORKSPACE_POOL_SIZE: String(CONNECTIONS) });
  try {
    const target = { port: server.port, key: () => workspace.apiKey };
    for (const { api, name, request } of CASES.filter((each) => PATHS.has(each.name))) {
      const run = (seconds: number) => load(target, request, { connections: CONNECTIONS, seconds });
      await run(WARM_SECONDS);
      let requests = 0;
      const profile = await server.profile(async () => {
        ({ requests } = await run(SECONDS));
      });
      process.stdout.write(`\n${api}, ${name}: microseconds of a request\n`);
      for (const [part, microseconds] of partsOf(profile)) {
        const each = microseconds / requests;
        if (each >= LEAST_MICROSECONDS) process.stdout.write(`${each.toFixed(0).padStart(6)}  ${part}\n`);
      }
    }
  } finally {
    await server.stop();
  }
}

/** Time of each part, most first; what waits is none. What Node does counts for whoever called it. */
function partsOf({ nodes, samples = [], timeDeltas = [] }: Profile): [part: string, microseconds: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const parts = new Map<string, number>();
  for (const [i, sample] of samples.entries()) {
    let part: string | null = null;
    for (let id: number | undefined = sample; id !== undefined && part === null; id = parents.get(id))
      part = partOf(byId.get(id)?.callFrame);
    if (part === '(idle)') continue;
    const name = part ?? 'node: http, sockets and timers';
    parts.set(name, (parts.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return [...parts].sort(([, a], [, b]) => b - a);
}

/** A file of ours, a library, or what V8 does by itself; null for what Node does. */
function partOf(frame: Profile['nodes'][number]['callFrame'] | undefined): string | null {
  if (!frame) return null;
  const { url, functionName } = frame;
  if (functionName === '(root)') return null;
  if (functionName.startsWith('(')) return functionName;
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return library ?? /\/((?:server|db)\/.*)$/.exec(url)?.[1] ?? null;
}
