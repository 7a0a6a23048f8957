/**
 * How operations reach the database: through our pool, whose connections are already the request's workspace and role.
 */

import type { QueryConfig, QueryResult } from 'pg';
import type { PgClient, PgClientQuery, PgClientResult } from 'postgraphile/@dataplan/pg';
import { type Client, sendTogether } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { repeated } from '../../db/prepared.ts';
import { compiled, sql } from '../../db/sql.ts';
import type { Identity } from '../../db/workspace-pool.ts';
import { type Alongside, type Beside, hasWritten, withBeside } from './alongside.ts';
import type { Answer } from './answers/answer.ts';
import type { Filled } from './answers/statement.ts';

/** A connection of the workspace, as operations use it. */
export type RecordClient = PgClient & {
  /** Runs a compiled statement, which will be run again. @returns its rows, each a list of texts */
  ask(filled: Filled): Promise<readonly (readonly (string | null)[])[]>;
  /**
   * Sends the commit behind what was sent before. There only where the transaction is one write, and nothing comes
   * after it.
   */
  commit?(): void;
};

export type WithClient = <T>(use: (client: RecordClient) => Promise<T>) => Promise<T>;

/** Each statement of a query operation on a connection of its own; no transaction, one round trip. */
export function queryClient(database: Database, who: Identity, signal?: AbortSignal): WithClient {
  return (use) =>
    database.withConnection(who, async (client) => use(recordClientOf(database, client, who, signal)), signal);
}

type Transaction = {
  /** How many; of several, each has a savepoint, so that one that fails leaves its neighbours' writes. */
  readonly rootFields: number;
  readonly alongside?: Alongside | undefined;
  /** Until the commit is sent, whoever aborts it finds everything rolled back. */
  readonly signal?: AbortSignal | undefined;
  /** Who writes, as triggers write it down; null where nobody listens. */
  readonly actor?: string | null;
};

/**
 * All statements of a mutation operation on one connection, in one transaction, so that what a mutation answers is what
 * it wrote. `begin` is sent when there is something to send behind it, and travels with that.
 */
export async function inTransaction(
  database: Database,
  who: Identity,
  { rootFields, alongside = {}, signal, actor = null }: Transaction,
  use: (withClient: WithClient) => Promise<Answer>,
): Promise<Answer> {
  const { before, after } = alongside;
  const runOn = async (client: Client, beside?: Beside) => {
    const shared = recordClientOf(database, client, who, signal);
    // A second attempt in a transaction of its own would have lost what `before` wrote and locked.
    const attempt = rootFields > 1 || before ? inSavepoint : inNewTransaction;
    let committing: Promise<{ readonly command: string }> | undefined;
    const isAlone = rootFields === 1 && !before && !after;
    const isolated: RecordClient = {
      ...shared,
      withTransaction(callback) {
        committing = undefined; // another attempt, in a transaction of its own
        return attempt(client, actor, () => callback(shared as never));
      },
      ...(isAlone && {
        commit() {
          committing = client.commit();
          committing.catch(() => undefined); // whoever waits for it hears of it
        },
      }),
    };
    let hasBegun = false;
    const beginOnce = () => {
      if (hasBegun) return;
      signal?.throwIfAborted(); // a cancellation waits for what has begun, not for what is going to
      begin(client, actor);
      hasBegun = true;
    };
    let result: Answer;
    try {
      if (beside) beginOnce();
      const answered = before && beside ? await beside.run(before) : null;
      result =
        answered ??
        (await use(async (callback) => {
          beginOnce();
          return callback(isolated);
        }));
      // What is committed is answered, also when its time has run out meanwhile.
      if ((await committing)?.command === 'COMMIT') return result;
      if (after && beside && !answered && hasWritten(result) && !(result.errors && (await isAborted(client))))
        await beside.run((owner) => after(owner, result));
      signal?.throwIfAborted();
      if (!hasBegun) return result;
    } catch (error) {
      if (!hasBegun) throw error;
      // One that was cancelled may lose its rollback to the same cancellation; its connection is closed then, which is
      // as good.
      await client.raw.query('rollback').catch((failure) => {
        if (!signal?.aborted) throw failure;
      });
      throw error;
    }
    const { command } = await client.commit();
    if (command === 'COMMIT') return result;
    beside?.undo();
    return withoutData(result);
  };
  return database.withConnection(
    who,
    (client) =>
      before || after ? withBeside(database, client, who, (beside) => runOn(client, beside)) : runOn(client),
    signal,
  );
}

/** The setting travels with what follows it, and is over with the transaction. */
function begin(client: Client, actor: string | null): void {
  client.begin();
  if (actor === null) return;
  const setting = sql`select set_config('plinth.actor', ${sql.value(actor)}, true)`;
  client.raw.query(compiled(setting)).catch(() => undefined);
}

/** A statement failed outside of a savepoint, a read of what was written: nothing of the operation will be kept. */
async function isAborted({ raw }: Client): Promise<boolean> {
  await raw.query(''); // a failure is told before the status that it leaves, which has come when this is answered
  return raw.getTransactionStatus() === 'E';
}

/** Of a transaction that was rolled back in the end, whichever field failed: no field has written anything. */
function withoutData({ data, ...rest }: Answer): Answer {
  return { ...rest, data: data && new Map([...data.keys()].map((key) => [key, 'null'])) };
}

/**
 * Sent ahead of a statement that waits: when this fails, so does that one, and its failure is the one that is answered.
 */
function send({ raw }: Client, text: string): void {
  sendTogether(raw);
  raw.query(text).catch(() => undefined);
}

async function inSavepoint<T>(client: Client, _actor: string | null, use: () => Promise<T>): Promise<T> {
  send(client, 'savepoint field');
  try {
    const result = await use();
    send(client, 'release savepoint field');
    return result;
  } catch (error) {
    await client.raw.query('rollback to savepoint field');
    throw error;
  }
}

/** The only field of its operation: what it loses is all that there is, and a second attempt begins anew. */
async function inNewTransaction<T>(client: Client, actor: string | null, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await client.raw.query('rollback');
    begin(client, actor);
    throw error;
  }
}

function recordClientOf(
  { isPreparing }: Database,
  { raw }: Client,
  { schema }: Identity,
  signal?: AbortSignal,
): RecordClient {
  async function run({ text, values }: Filled, rowMode?: 'array'): Promise<QueryResult> {
    signal?.throwIfAborted();
    sendTogether(raw);
    if (isPreparing) return repeated(raw, schema, { text, values }, rowMode);
    return raw.query({ text, values, ...(rowMode && { rowMode }) } as QueryConfig);
  }
  return {
    async query<TData>({ text, values = [] }: PgClientQuery): Promise<PgClientResult<TData>> {
      const { rows, rowCount } = await run({ text, values });
      return { rows: rows as TData[], rowCount };
    },
    ask: async (filled) => (await run(filled, 'array')).rows as unknown as string[][],
    withTransaction() {
      throw new Error('Only mutations write, and their client has transactions of their own');
    },
  };
}
