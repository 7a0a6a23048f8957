/**
 * `npm run fuzz -- [--requests 100000] [--seed N] [--minutes 12]`: the fuzzer on a server in a process of its own, and
 * its figures. Ends with 1 where an answer was wrong, the server is not the same afterwards, or its memory kept
 * growing.
 */

import '../../server/boot/node-version.ts';
import '../../server/graphile-env.ts';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPlinth } from '../../scripts/bench/servers.ts';
import { makeWorkspaces, openBench, type Workspace } from '../../scripts/bench/workspaces.ts';
import { fuzz, type Report } from './fuzz.ts';

const CONNECTIONS = 10;
const AT_ONCE = 4;
const MAX_ANSWER_MS = 5_000;
const MEBIBYTE = 2 ** 20;
// Models are the largest thing kept; with so few, the caches are full within a run.
const SCHEMA_CACHE_SIZE = 10;
// Of the heap after garbage collection, between the middle of a run and its end.
const MAX_GROWTH = 1.25;
const MEASURED_EVERY = 1_000;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    minutes: { type: 'string', default: '600' },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);

const bench = await openBench();
const server = await startPlinth(bench.url, CONNECTIONS, {
  SCHEMA_CACHE_SIZE: String(SCHEMA_CACHE_SIZE),
  SIGN_IN_LIMIT: 'off',
  WRONG_TOKEN_LIMIT: 'off',
  LOG_LEVEL: 'error',
});
try {
  const url = `http://127.0.0.1:${server.port}`;
  const [space, other] = (await makeWorkspaces(bench, 0, 2)).workspaces as [Workspace, Workspace];
  const untouched = await ask(url, other, '/rest/companies', { name: 'Untouched' });
  const heapMb: number[] = [];
  const began = performance.now();
  const secondsSince = () => (performance.now() - began) / 1_000;

  print(`seed ${seed}, ${requests} requests, ${AT_ONCE} at once`);
  print('requests   seconds   a second   heap MB   RSS MB   wrong   slowest ms');
  let measured = 0;
  let told = 0;
  const each = async (report: Report) => {
    for (; told < report.wrong.length; told++) print(report.wrong[told] as string);
    if (report.sent - measured < MEASURED_EVERY) return secondsSince() < Number(values.minutes) * 60;
    measured = report.sent;
    const heapBytes = await server.heapBytes();
    const { rssBytes } = await server.usage();
    heapMb.push(heapBytes / MEBIBYTE);
    const cells = [
      report.sent,
      secondsSince(),
      report.sent / secondsSince(),
      heapBytes / MEBIBYTE,
      rssBytes / MEBIBYTE,
    ];
    const all = [...cells, report.wrong.length, report.slowest.ms];
    print(all.map((cell, i) => cell.toFixed(0).padStart([8, 10, 11, 10, 9, 8, 13][i] as number)).join(''));
    return secondsSince() < Number(values.minutes) * 60;
  };
  const report = await fuzz(
    { url, key: space.apiKey, schema: space.schema },
    { seed, requests, atOnce: AT_ONCE, maxMs: MAX_ANSWER_MS, each },
  );

  const { valid, hostile, byApi, byStatus, unavailable, slowest, wrong } = report;
  print(`${report.sent} requests in ${secondsSince().toFixed(0)} s`);
  print(
    `valid ${valid.sent}, of which refused ${valid.refused}; hostile ${hostile.sent}, of which refused ${hostile.refused}`,
  );
  print(`APIs: ${listed(byApi)}`);
  print(`statuses: ${listed(byStatus)}`);
  print(`declared 503s: ${listed(unavailable) || 'none'}`);
  print(`slowest: ${slowest.ms.toFixed(0)} ms, ${slowest.call.slice(0, 300)}`);

  const middle = heapMb[heapMb.length >> 1] ?? 0;
  const last = heapMb.at(-1) ?? 0;
  if (last > middle * MAX_GROWTH) wrong.push(`the heap grew from ${middle.toFixed(0)} MB to ${last.toFixed(0)} MB`);
  for (const each of [space, other]) {
    const drift = await ask(url, each, '/rest/metadata/drift');
    if (JSON.stringify(drift.data) !== '[]') wrong.push(`drift of ${each.schema}: ${JSON.stringify(drift)}`);
  }
  const { data } = await ask(url, other, '/rest/companies');
  if (data.companies.length !== 1 || data.companies[0].id !== untouched.data.createCompany.id)
    wrong.push('the other workspace is not as it was');
  for (const each of wrong.slice(told)) print(each);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await server.stop();
  await bench.close();
}

async function ask(url: string, { apiKey }: Workspace, path: string, body?: object): Promise<any> {
  const response = await fetch(url + path, {
    headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return response.json();
}

function listed(counts: ReadonlyMap<string | number, number>): string {
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([key, count]) => `${key} ${count}`)
    .join(', ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
