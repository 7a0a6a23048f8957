/** Hears of model changes: by other server processes (NOTIFY) and, where event triggers tell of DDL, by hand. */

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';

/** Channel of NOTIFY; the payload is the name of the schema that changed. */
export const MODEL_CHANNEL = 'plinth_model';

export type Watch = {
  /** Are there event triggers, and a connection that hears them? Else whoever keeps models must look by himself. */
  seesChangesByHand(): boolean;
  stop(): Promise<void>;
};

export type WatchOptions = {
  readonly database: Pick<Database, 'url'>;
  readonly log: Logger;
  readonly onChange: (schema: string) => void;
  /** Changes may have been missed: for a while nobody told of them, or nobody heard. */
  readonly onGap: () => void;
};

const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;

// A connection may be gone without a word (a host that lost its power, a firewall that forgot it), and its silence looks like
// that of models that don't change. So it is asked every second, and trusted for this long after the question that it
// answered last; changes are served within 5 s.
const ASK_EVERY_MS = 1_000;
const TRUST_MS = 3_000;

// The question: are both event triggers there, and enabled? Only then does a change by hand make itself heard.
const HAS_TRIGGERS = `
  select count(*) = 2 as "hasTriggers"
  from pg_catalog.pg_event_trigger
  where evtname in ('plinth_ddl', 'plinth_drop') and evtenabled in ('O', 'A')`;

type Heard = { readonly at: number; readonly hasTriggers: boolean };

/** Listens until stopped; a lost connection is opened again, and everything known before counts as unknown. */
export async function watchModels({ database, log, onChange, onGap }: WatchOptions): Promise<Watch> {
  const stopping = new AbortController();
  const tried = Promise.withResolvers<void>();
  /** The last answer of the connection that listens; null while there is none. */
  let heard: Heard | null = null;

  async function keepListening(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await listen();
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'cannot hear of model changes; trying again');
      }
      tried.resolve();
      await wait(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** Until the connection is lost, which it throws, or the watch is stopped. */
  async function listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: database.url,
      application_name: 'plinth watch',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: TRUST_MS,
    });
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort());
    lost.signal.addEventListener('abort', () => {
      heard = null;
    });
    client.on('notification', ({ payload }) => payload && onChange(payload));
    const over = AbortSignal.any([stopping.signal, lost.signal]);
    over.addEventListener('abort', () => client.end()); // whatever it waits for
    try {
      await client.connect();
      await client.query(`listen ${MODEL_CHANNEL}`);
      while (!over.aborted) {
        const at = performance.now();
        const { rows } = await client.query<{ hasTriggers: boolean }>(HAS_TRIGGERS);
        const hasTriggers = rows[0]?.hasTriggers ?? false;
        // Before the first answer nobody listened; before triggers came, or went, a change may have slipped through.
        if (heard?.hasTriggers !== hasTriggers) onGap();
        heard = { at, hasTriggers };
        tried.resolve();
        await wait(ASK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
      }
      if (lost.signal.aborted) throw lost.signal.reason;
    } finally {
      heard = null;
      await close(client);
    }
  }

  const listening = keepListening();
  await tried.promise;
  return {
    seesChangesByHand: () => heard?.hasTriggers === true && performance.now() - heard.at < TRUST_MS,
    stop() {
      stopping.abort();
      return listening;
    },
  };
}

/** Politely; where nobody is at the other end to take leave of, in the end without. */
async function close(client: pg.Client): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), CLOSE_TIMEOUT_MS);
  await client.end().catch(() => undefined);
  clearTimeout(cut);
}
