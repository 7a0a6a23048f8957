/** What others write in a mutation's own transaction: it is there when the records are, and only then. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import type { Identity } from '../../db/workspace-pool.ts';
import type { Answer } from './answers/answer.ts';

/**
 * Given to `execute` with a mutation; a query has no transaction, and takes no notice of it.
 *
 * Both run as the login role, so that the control schema needs no grants to the roles of workspaces, and with nothing
 * but `pg_catalog` in the search path: tables are named with their schema. What they throw rolls everything back, and
 * is answered. They may be called again, from the start, where the model changes under the operation; what the first
 * call wrote is rolled back by then. A write that lost a race is tried again without them: its attempts are savepoints
 * of this transaction.
 */
export type Alongside = {
  /** First in the transaction. A result is answered as it is, and neither the operation nor `after` runs. */
  readonly before?: (client: Client) => Promise<Answer | null>;
  /** Last, when the operation has written something: not where it was refused. The commit comes next. */
  readonly after?: (client: Client, result: Answer) => Promise<void>;
};

/** How what is alongside reaches the control schema during one transaction of a workspace. */
export type Beside = {
  run<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /** Takes back what was written, where the workspace's transaction was rolled back at its end. */
  undo(): void;
};

class Undone<T> {
  readonly result: T;
  constructor(result: T) {
    this.result = result;
  }
}

/**
 * Gives `use` a way to write as the login role. A connection that is set to the workspace's role does so itself, in the
 * same transaction. One that logged in as the role cannot: there a second transaction is open for as long as `use`
 * runs, and commits right after it. All that can be refused has been by then; only a server that ends between the two
 * commits leaves the records without what was to be written alongside.
 */
export async function withBeside<T>(
  database: Database,
  client: Client,
  who: Identity,
  use: (beside: Beside) => Promise<T>,
): Promise<T> {
  if (!client.isLoggedIn) return use({ run: (write) => asLoginRole(client, who, write), undo: () => undefined });
  try {
    return await database.sharedBy(who.schema).alongside(async (owner) => {
      let isUndone = false;
      const undo = () => {
        isUndone = true;
      };
      const result = await use({ run: (write) => write(owner), undo });
      if (isUndone) throw new Undone(result);
      return result;
    });
  } catch (error) {
    if (error instanceof Undone) return error.result;
    throw error;
  }
}

/**
 * Runs `use` as the login role, in a transaction of the workspace's. Both settings are local to the transaction, so
 * however it ends, the connection is the workspace's again. They travel ahead of what follows them: where one fails,
 * the transaction is aborted, and nothing runs as somebody else.
 */
export async function asLoginRole<T>(
  client: Client,
  { schema, role }: Identity,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  send(client, 'none', sql`'pg_catalog, pg_temp'`);
  const result = await use(client);
  send(client, role, sql`quote_ident(${sql.value(schema)}) || ', pg_temp'`);
  return result;
}

function send({ raw }: Client, role: string, searchPath: SQL): void {
  const query = sql`select set_config('role', ${sql.value(role)}, true),
  set_config('search_path', ${searchPath}, true)`;
  raw.query(compiled(query)).catch(() => undefined);
}

/** A refused operation has nothing to show in any of its root fields. */
export function hasWritten({ data, errors }: Answer): boolean {
  return !errors || [...(data ?? [])].some(([, json]) => json !== 'null');
}
