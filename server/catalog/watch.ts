/** Hears of model changes: by other server processes (NOTIFY) and, where an event trigger tells of DDL, by hand. */

import pg from 'pg';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';

/** Channel of NOTIFY; the payload is the name of the schema that changed. */
export const MODEL_CHANNEL = 'plinth_model';

export type Watch = {
  /** Is there an event trigger, and a connection that hears it? */
  seesChangesByHand(): boolean;
  stop(): Promise<void>;
};

export type WatchOptions = {
  readonly database: Database;
  readonly log: Logger;
  readonly onChange: (schema: string) => void;
  /** Changes may have been missed: the connection was lost for a while. */
  readonly onGap: () => void;
};

const RECONNECT_MS = 500;

/** Listens until stopped; a lost connection is opened again, and everything known before counts as unknown. */
export async function watchModels({ database, log, onChange, onGap }: WatchOptions): Promise<Watch> {
  let listener: pg.Client | null = null;
  let isStopped = false;
  let retry: NodeJS.Timeout | undefined;
  const hasTrigger = await database.asOwner(async (client) => {
    const rows = await client.rows(
      sql`select from pg_catalog.pg_event_trigger where evtname like 'plinth%' and evtenabled <> 'D'`,
    );
    return rows.length > 0;
  });

  async function listen(): Promise<void> {
    const client = new pg.Client({ connectionString: database.url, application_name: 'plinth watch', keepAlive: true });
    client.on('error', () => reconnect(client));
    client.on('end', () => reconnect(client));
    client.on('notification', ({ payload }) => payload && onChange(payload));
    try {
      await client.connect();
      await client.query(`listen ${MODEL_CHANNEL}`);
      if (isStopped) return await client.end();
      listener = client;
      onGap();
    } catch (error) {
      log.warn({ err: error }, 'cannot listen for model changes; trying again');
      reconnect(client);
    }
  }

  function reconnect(client: pg.Client): void {
    if (listener === client) listener = null;
    if (isStopped || retry) return;
    retry = setTimeout(() => {
      retry = undefined;
      void listen();
    }, RECONNECT_MS);
  }

  await listen();
  return {
    seesChangesByHand: () => hasTrigger && listener !== null,
    async stop() {
      isStopped = true;
      clearTimeout(retry);
      await listener?.end();
    },
  };
}
