/** A connection as the rest of Plinth sees it: queries, and transactions of which the statements travel together. */

import type { Writable } from 'node:stream';
import type pg from 'pg';
import { compiled, type SQL } from './sql.ts';

/** A connection as the rest of Plinth sees it. */
export type Client = {
  /** One parameterised query; its rows. */
  rows<Row>(fragment: SQL): Promise<Row[]>;
  /** DDL text, without parameters; several statements may stand in it. */
  run(text: string): Promise<void>;
  /**
   * Begins a transaction, sent ahead of its first statement. Where it fails so does that one, but for one case: were
   * `begin` cancelled, what follows would run outside of a transaction. So a cancellation waits until it has begun.
   */
  begin(): void;
  readonly begun: Promise<unknown>;
  /** Whoever gives the connection back closes it: something may be left in its session. */
  closeAfterUse(): void;
  /**
   * Commits, in one packet with what was sent before it and with the look at the session that ends the use of the
   * connection. Nothing else may be sent behind it, unless another transaction begins.
   */
  commit(): Promise<pg.QueryResult>;
  /** Has it logged in as the workspace's role, so that it cannot be the login role? */
  readonly isLoggedIn: boolean;
  readonly raw: pg.Client;
};

/** A client as the pool that owns it sees it. */
export type PooledClient = Client & {
  hasBegun: boolean;
  isToClose: boolean;
  stateAfterCommit: Promise<string> | undefined;
};

/** @param answerTimeoutMs for each query; without one, that of the connection counts */
export function clientOf(raw: pg.Client, answerTimeoutMs?: number, isLoggedIn = false): PooledClient {
  const client = {
    raw,
    isLoggedIn,
    hasBegun: false,
    isToClose: false,
    closeAfterUse() {
      client.isToClose = true;
    },
    begun: Promise.resolve() as Promise<unknown>,
    stateAfterCommit: undefined as Promise<string> | undefined,
    // Unnamed: a named statement keeps the types of its first parse, and with unqualified names the next workspace on
    // this connection has other enum types of the same name (docs/architecture.md).
    rows: async <Row>(fragment: SQL): Promise<Row[]> =>
      (await raw.query(timed(compiled(fragment), answerTimeoutMs))).rows,
    run: async (text: string) => {
      await raw.query(text);
    },
    begin() {
      sendTogether(raw);
      client.hasBegun = true;
      client.stateAfterCommit = undefined;
      client.begun = raw.query('begin').catch(() => undefined);
    },
    commit() {
      sendTogether(raw);
      const committing = raw.query('commit');
      if (!isLoggedIn) {
        client.stateAfterCommit = stateOf(raw);
        client.stateAfterCommit.catch(() => undefined); // whoever looks at it hears of it
      }
      return committing;
    },
  };
  return client;
}

/** What is sent before anything is waited for travels in one packet, and costs one call of the system. */
export function sendTogether(raw: pg.Client): void {
  const { stream } = (raw as unknown as { connection: { stream: Writable } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** `pg` takes a time-out with a query too, which its types don't know. */
export function timed(query: pg.QueryConfig, timeoutMs: number | undefined): pg.QueryConfig {
  return { ...query, query_timeout: timeoutMs } as pg.QueryConfig;
}

// Who a session is, and what a request relies on.
const STATE = `select concat_ws(e'\\n', session_user, current_user, current_setting('role'), ${[
  'search_path',
  'plinth.member_id',
  'statement_timeout',
  'lock_timeout',
  'row_security',
  'session_replication_role',
  'default_transaction_read_only',
  'standard_conforming_strings',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'bytea_output',
  'extra_float_digits',
]
  .map((name) => `current_setting('${name}')`)
  .join(', ')}) as state`;

export async function stateOf(raw: pg.Client): Promise<string> {
  const { rows } = await raw.query<{ state: string }>(STATE);
  return rows[0]?.state ?? '';
}
