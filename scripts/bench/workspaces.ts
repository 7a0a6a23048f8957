/** The bench's own database, and workspaces with records in them. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbedded } from '../../db/embedded.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { ident, sql } from '../../db/sql.ts';
import { createWorkspace, type NewWorkspace } from '../../server/changes/workspaces.ts';
import { superuserUrl } from '../../test/global-setup.ts';
import { domainOf, PEOPLE_PER_COMPANY, SMALL_PAGE, TASKS_PER_PERSON } from './cases.ts';

export type Workspace = NewWorkspace;
export type Bench = {
  readonly url: string;
  readonly database: Database;
  /**
   * Deletes what was only written to measure it, without triggers: nothing refers to it, and looking is what takes the
   * time.
   */
  readonly sweeper: pg.Client;
  close(): Promise<void>;
};

// Workspaces made at the same time; one waits for the disk while another's statements run.
const MADE_AT_ONCE = 2;
// Each is about several people.
const TASKS = 100;

/** A PostgreSQL of its own, gone when closed; never one that somebody uses. */
export async function openBench(): Promise<Bench> {
  const log = pino({ level: 'warn' });
  const dataDir = await mkdtemp(join(tmpdir(), 'plinth-bench-'));
  await chmod(dataDir, 0o755); // PostgreSQL may run as another user, who must be let through
  const { url, finish, stop } = await startEmbedded({ dataDir, log });
  await migrate(url, log);
  await finish(); // without event triggers Plinth looks at the catalog of each busy workspace every few seconds
  const database = openDatabase({ url, poolSize: 1, statementTimeoutMs: 60_000, log });
  const sweeper = new pg.Client({
    connectionString: await superuserUrl(url, dataDir),
    options: '-c session_replication_role=replica -c synchronous_commit=off',
  });
  await sweeper.connect();
  return {
    url,
    database,
    sweeper,
    async close() {
      await sweeper.end();
      await database.end();
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** @returns the workspaces numbered `from` to `to - 1`, and what one took, in milliseconds of a connection */
export async function makeWorkspaces({ database }: Bench, from: number, to: number) {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const made: Workspace[] = [];
  let spentMs = 0;
  await Promise.all(
    Array.from({ length: MADE_AT_ONCE }, async () => {
      for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
        const began = performance.now();
        made.push(await createWorkspace(database, { name: `bench${n}` }));
        spentMs += performance.now() - began;
      }
    }),
  );
  return { workspaces: made, eachMs: spentMs / made.length };
}

/** Companies with domains, the first hundred of them with people, and the people of the first page with tasks. */
export async function fill({ database }: Bench, { schema }: Workspace, companies: number): Promise<void> {
  await database.transaction(async (client) => {
    await client.run(`set local search_path to ${ident(schema)}`);
    await client.rows(sql`
      insert into companies (name, domain_name_primary_link_url, employees, position)
      select 'Company ' || i, replace(${sql.value(domainOf(-1))}, '-1', i::text), i, i
      from generate_series(0, ${sql.value(companies - 1)}::int) as i`);
    await client.rows(sql`
      insert into people (name_first_name, name_last_name, job_title, position, company_id)
      select 'First ' || i, 'Last ' || i, 'Job ' || i, i, company.id
      from companies as company
      cross join generate_series(1, ${sql.value(PEOPLE_PER_COMPANY)}::int) as i
      where company.employees < 100`);
    await client.rows(sql`
      insert into tasks (title, position)
      select 'Task ' || i, i
      from generate_series(1, ${sql.value(TASKS)}::int) as i`);
    await client.rows(sql`
      insert into task_targets (task_id, target_person_id)
      select task.id, person.id
      from people as person
      join companies as company on company.id = person.company_id and company.employees < ${sql.value(SMALL_PAGE)}::int
      cross join generate_series(1, ${sql.value(TASKS_PER_PERSON)}::int) as i
      join tasks as task on task.position = 1 + (company.employees::int * ${sql.value(PEOPLE_PER_COMPANY)}::int + person.position::int + i) % ${sql.value(TASKS)}::int`);
  });
  const tables = ['companies', 'people', 'tasks', 'task_targets'].map((table) => `${ident(schema)}.${ident(table)}`);
  await database.asOwner((client) => client.run(`vacuum analyze ${tables.join(', ')}`));
}
