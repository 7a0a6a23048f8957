/**
 * `npm run bench`: how Plinth compares with the same work written by hand, where its time goes, and what it costs to
 * have many workspaces, to have many objects, to change them, to change a table of a million rows, to send webhooks,
 * and to have a neighbour who asks for too much.
 *   npm run bench throughput | path | growth | models | big-table | webhooks | neighbours   one of the seven
 */

import '../../server/boot/node-version.ts';
import '../../server/graphile-env.ts';
import { measureBigTable } from './big-table.ts';
import { RECORDS } from './cases.ts';
import { measureGrowth } from './growth.ts';
import { measureModelMemory } from './model-memory.ts';
import { measureModels } from './models.ts';
import { measureNeighbours } from './neighbours.ts';
import { measurePath } from './path.ts';
import { CONNECTIONS, measureThroughput } from './throughput.ts';
import { measureWebhooks } from './webhooks.ts';
import { fill, makeWorkspaces, openBench } from './workspaces.ts';

const WORKSPACES = 100;
const [asked] = process.argv.slice(2);

if (isAsked('throughput')) {
  await using opened = await opening();
  const { workspaces } = await makeWorkspaces(opened.bench, 0, WORKSPACES);
  for (const workspace of workspaces) await fill(opened.bench, workspace, CONNECTIONS * RECORDS);
  await measureThroughput(opened.bench, workspaces);
}
if (isAsked('path')) {
  await using opened = await opening();
  await measurePath(opened.bench);
}
if (isAsked('growth')) {
  await using opened = await opening();
  await measureModelMemory(opened.bench);
  await measureGrowth(opened.bench);
}
if (isAsked('models')) {
  await using opened = await opening();
  await measureModels(opened.bench);
}
if (isAsked('big-table')) {
  await using opened = await opening();
  await measureBigTable(opened.bench);
}
if (isAsked('webhooks')) {
  await using opened = await opening();
  await measureWebhooks(opened.bench);
}

if (isAsked('neighbours')) {
  await using opened = await opening();
  await measureNeighbours(opened.bench);
}

function isAsked(part: string): boolean {
  return asked === undefined || asked === part;
}

async function opening() {
  const bench = await openBench();
  return { bench, [Symbol.asyncDispose]: () => bench.close() };
}
