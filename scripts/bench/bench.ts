/**
 * `npm run bench`: how Plinth compares with the same work written by hand, and what it costs to have many workspaces.
 *   npm run bench throughput | growth   one of the two
 */

import '../../server/node-version.ts';
import '../../server/graphile-env.ts';
import { RECORDS } from './cases.ts';
import { measureGrowth } from './growth.ts';
import { CONNECTIONS, measureThroughput } from './throughput.ts';
import { fill, makeWorkspaces, openBench } from './workspaces.ts';

const WORKSPACES = 100;
const [asked] = process.argv.slice(2);

if (asked !== 'growth') {
  await using opened = await opening();
  const { workspaces } = await makeWorkspaces(opened.bench, 0, WORKSPACES);
  for (const workspace of workspaces) await fill(opened.bench, workspace, CONNECTIONS * RECORDS);
  await measureThroughput(opened.bench, workspaces);
}
if (asked !== 'throughput') {
  await using opened = await opening();
  await measureGrowth(opened.bench);
}

async function opening() {
  const bench = await openBench();
  return { bench, [Symbol.asyncDispose]: () => bench.close() };
}
