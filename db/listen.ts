/** A channel of NOTIFY that is listened to for as long as a process runs, over every loss of the connection. */

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { ident } from './sql.ts';

export type Listener<Answer> = {
  /** What the connection that listens answered last, if that was a moment ago: else nobody may be hearing anything. */
  answer(): Answer | null;
  stop(): Promise<void>;
};

export type ListenOptions<Answer> = {
  readonly url: string;
  readonly channel: string;
  /** Names the connection, for people who look at pg_stat_activity. */
  readonly application: string;
  /** What it is asked every second, to know that it is still there: SQL with one row. */
  readonly question: string;
  readonly log: Logger;
  readonly onNotify: (payload: string) => void;
  /** Something may have been missed: for a while nobody heard, or the answer is another than before. */
  readonly onGap: () => void;
  readonly isSame: (a: Answer, b: Answer) => boolean;
};

const RECONNECT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;

// A connection may be gone without a word (a host that lost its power, a firewall that forgot it), and its silence
// looks like that of a channel on which nothing happens. So it is asked every second, and trusted for this long after
// the question that it answered last.
const ASK_EVERY_MS = 1_000;
const TRUST_MS = 3_000;

/** Until stopped; resolves when it has listened, or failed to, for the first time. */
export async function listen<Answer extends pg.QueryResultRow>(
  options: ListenOptions<Answer>,
): Promise<Listener<Answer>> {
  const { url, channel, application, question, log, onNotify, onGap, isSame } = options;
  const stopping = new AbortController();
  const tried = Promise.withResolvers<void>();
  /** The last answer of the connection that listens; null while there is none. */
  let heard: { readonly at: number; readonly answer: Answer } | null = null;

  async function keepListening(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await listenOnce();
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error, channel }, 'cannot hear of changes; trying again');
      }
      tried.resolve();
      await wait(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** Until the connection is lost, which it throws, or the listener is stopped. */
  async function listenOnce(): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: application,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: TRUST_MS,
    });
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort());
    lost.signal.addEventListener('abort', () => {
      heard = null;
    });
    client.on('notification', ({ payload }) => payload && onNotify(payload));
    const over = AbortSignal.any([stopping.signal, lost.signal]);
    over.addEventListener('abort', () => client.end()); // whatever it waits for
    try {
      await client.connect();
      await client.query(`listen ${ident(channel)}`);
      while (!over.aborted) {
        const at = performance.now();
        const { rows } = await client.query<Answer>(question);
        const answer = rows[0] as Answer;
        // Before the first answer nobody listened.
        if (!heard || !isSame(heard.answer, answer)) onGap();
        heard = { at, answer };
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
    answer: () => (heard && performance.now() - heard.at < TRUST_MS ? heard.answer : null),
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
