/** What is measured runs as processes of their own: Plinth as it is started by hand, and what it is compared with. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from '../../db/sql.ts';
import type { Heap, Profile, Usage } from './usage.ts';
import type { Bench, Workspace } from './workspaces.ts';

export type MeasuredServer = {
  readonly port: number;
  usage(): Promise<Usage>;
  /** In use after a garbage collection. */
  heapBytes(): Promise<number>;
  /** Where it spends its time while something runs. */
  profile(run: () => Promise<unknown>): Promise<Profile>;
  stop(): Promise<void>;
};

/** @param connections to the database, for all servers alike */
export async function startPlinth(databaseUrl: string, connections: number, settings = {}): Promise<MeasuredServer> {
  const child = start('../../server/main.ts', databaseUrl, connections, settings);
  let printed = '';
  child.stdout?.setEncoding('utf8');
  const port = await new Promise<number>((settle, fail) => {
    child.stdout?.on('data', (text: string) => {
      printed += text;
      const found = /Plinth is at http:\/\/[^:]+:(\d+)/.exec(printed)?.[1];
      if (found) settle(Number(found));
    });
    child.once('exit', (code) => fail(new Error(`Plinth ended with ${code}: ${printed}`)));
  });
  return measured(child, port);
}

/** @param isPipelined sends `begin`, identity, query and `commit` together; else each waits for the one before */
export async function startHandWritten(
  databaseUrl: string,
  connections: number,
  isPipelined: boolean,
): Promise<MeasuredServer> {
  return toldItsPort(start('./hand-written.ts', databaseUrl, connections, { PIPELINE: isPipelined ? 'on' : 'off' }));
}

/** PostGraphile with its own preset, for one workspace alone. */
export async function startStock(
  { url, database }: Bench,
  connections: number,
  { id, schema }: Workspace,
): Promise<MeasuredServer> {
  const [workspace] = await database.asOwner((client) =>
    client.rows<{ role: string }>(sql`select role_name as role from plinth.workspaces where id = ${sql.value(id)}`),
  );
  const settings = { BENCH_SCHEMA: schema, BENCH_ROLE: workspace?.role };
  return toldItsPort(start('./stock-postgraphile.ts', url, connections, settings));
}

async function toldItsPort(child: ChildProcess): Promise<MeasuredServer> {
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`A server ended with ${code}`)));
  const [{ port }] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }];
  return measured(child, port);
}

function start(file: string, databaseUrl: string, connections: number, settings = {}): ChildProcess {
  const usage = new URL('./usage.ts', import.meta.url).href;
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--expose-gc', '--import', usage],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: String(connections),
      PORT: '0',
      // The hand-written server has neither a log nor a rate limit.
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'warn',
      PLINTH_DEMO: 'off',
      ...settings,
    },
  });
}

function measured(child: ChildProcess, port: number): MeasuredServer {
  return {
    port,
    usage: () => told<Usage>(child, 'usage'),
    async heapBytes() {
      return (await told<Heap>(child, 'heap')).heapBytes;
    },
    async profile(run) {
      await told(child, 'profile');
      await run();
      return told<Profile>(child, 'profiled');
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function told<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  child.send(question);
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'exit', { signal }).then(([code]) =>
    Promise.reject(new Error(`A server ended with ${code}`)),
  );
  ended.catch(() => undefined); // what is over is no failure
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Answer];
    return answer;
  } finally {
    over.abort();
  }
}
