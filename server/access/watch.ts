/** Hears that keys, roles or members have changed, in whichever server process: all forget what they know of them. */

import type { Logger } from 'pino';
import type { Client } from '../../db/client.ts';
import { listen } from '../../db/listen.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { ACCESS_CHANNEL } from './roles.ts';

export type AccessWatch = { stop(): Promise<void> };

/**
 * What is forgotten is looked up again, once, by the next request. That is so little that nobody keeps account of whose
 * keys are of which workspace; and where no word arrives, everything is forgotten after a second anyway.
 */
export async function watchAccess(database: Database, access: { forget(): void }, log: Logger): Promise<AccessWatch> {
  return listen({
    url: database.url,
    channel: ACCESS_CHANNEL,
    application: 'plinth access',
    question: 'select',
    log,
    onNotify: access.forget,
    onGap: access.forget,
    isSame: () => true,
  });
}

/**
 * To be called in the transaction that changes keys, roles or members of a workspace: when it commits, all processes
 * hear.
 */
export async function tellAccessChanged(client: Client, workspaceId: string): Promise<void> {
  await client.rows(sql`select pg_notify(${sql.value(ACCESS_CHANNEL)}, ${sql.value(workspaceId)})`);
}
