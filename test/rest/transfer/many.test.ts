/** A hundred thousand records out of one workspace and into another, by a server whose memory stays as it is. */

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { workspace } from '../../fixture.ts';
import { serve } from '../../server-process.ts';
import { eventsIn, open, type Space, send } from './files.ts';

const MANY = 100_000;
const FEW = 4_000;
// A record is some 1.5 KB in a file: the whole of one is more than twice this.
const MORE_MB = 64;

async function fill({ sql }: Space, from: number, to: number): Promise<void> {
  await sql(
    `insert into companies (name, employees, created_at)
     select format(E'Nº %s, "%s"\\n%s', i, repeat('x', i % 7), repeat('-', 1000)), i, date_trunc('second', now())
     from generate_series($1::int, $2::int) as i`,
    [from, to],
  );
}

async function sum({ sql }: Space): Promise<unknown> {
  const [row] = await sql(`
    select count(*)::int, md5(string_agg(md5(concat_ws('|', id, name, employees, created_at)), '' order by id))
    from companies`);
  return row;
}

/** The most memory that a process has had so far, as the kernel counts. */
async function peakMb(pid: number): Promise<number> {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

test.runIf(process.platform === 'linux')(`${MANY} records out and in`, { timeout: 600_000 }, async () => {
  const [from, to] = [await workspace(), await workspace()];
  const { url, pid, stop } = await serve(256);
  const [source, target] = [
    { url, key: from.key },
    { url, key: to.key },
  ];
  /** One file, read as fast as it is written elsewhere. */
  async function carry(format: 'csv' | 'ndjson'): Promise<any> {
    const file = await open(source, `/rest/companies/export?format=${format}&fields=name,employees,createdAt`);
    expect(file.status).toBe(200);
    const answer = await send(
      target,
      '/rest/companies/import?upsert=true',
      format,
      file.body as unknown as AsyncIterable<Uint8Array>,
    );
    return eventsIn(await answer.text()).at(-1);
  }

  await fill(from, 1, FEW);
  for (const format of ['csv', 'ndjson'] as const) await carry(format);
  const before = await peakMb(pid);
  await fill(from, FEW + 1, MANY);
  expect(await carry('ndjson')).toMatchObject({ event: 'done', created: MANY - FEW, updated: FEW, refused: 0 });
  expect(await sum(to)).toEqual(await sum(from));
  expect(await peakMb(pid)).toBeLessThan(before + MORE_MB);

  const csv = await open(target, '/rest/companies/export?format=csv&fields=employees');
  let lines = 0;
  for await (const chunk of csv.body as unknown as AsyncIterable<Uint8Array>)
    lines += Buffer.from(chunk).toString('latin1').split('\n').length - 1;
  expect(lines).toBe(MANY + 1);
  expect(await peakMb(pid)).toBeLessThan(before + MORE_MB);
  await stop('SIGTERM');
});
