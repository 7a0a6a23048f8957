/**
 * Connections, in three pools. No workspace can take what others need, however slow its work is:
 *
 *   look-ups  who asks, by which model: nothing that takes long, so that every request gets here
 *   owner     the control schema and DDL; each workspace has a share
 *   records   connections that each remember the workspace and role they are set to; each workspace has a share
 */

import pg from 'pg';
import type { Logger } from 'pino';
import { type Client, clientOf, timed } from './client.ts';
import { isConnectionLoss } from './connection-loss.ts';
import { LogIns } from './log-in.ts';
import { FairQueue } from './queue.ts';
import { closed, type Identity, LINE, type PoolSizes, WorkspacePool } from './workspace-pool.ts';

/** Where there is no room in time, each of these throws `Busy` (queue.ts). */
export type Database = {
  /** Of the login role, with the settings that its sessions need. */
  readonly url: string;
  /** Are statements prepared by name? */
  readonly isPreparing: boolean;
  /** The connections of look-ups, for libraries that bring SQL of their own: signing in, limits of attempts. */
  readonly owners: pg.Pool;
  /**
   * As the login role, for what every request needs: rows of the control schema by their keys, and nothing that waits
   * for locks.
   */
  lookUp<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The same for what is read in a workspace's own schema, of which nobody knows how large it is: one at a time for
   * each workspace.
   */
  lookUpIn<T>(schema: string, use: (client: Client) => Promise<T>): Promise<T>;
  /** As the login role, which owns the control schema and all workspace schemas. */
  asOwner<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /** The same in one transaction, rolled back when `use` throws. */
  transaction<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The same for what is written beside a transaction of a workspace, which may wait for that as long as statements may
   * take.
   */
  alongside<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /**
   * Says which schemas are served on connections that are set to their roles. All others, and all of them until this is
   * called, on connections that log in as their roles.
   */
  shareWhere(isSealed: (schema: string) => Promise<boolean>): void;
  /**
   * Work on a whole model, which costs connections and processor time: one at a time for each workspace, and few at
   * once.
   */
  heavily<T>(use: () => Promise<T>): Promise<T>;
  /**
   * The same database with the share of a workspace: what is done as the owner on its behalf. Without one it is done
   * for the server itself.
   */
  sharedBy(schema: string): Database;
  /**
   * As a workspace's role, with its schema in the search path.
   * @param signal cancels, when it is aborted, what waits for a connection (which throws its reason) and what runs on
   *   it
   */
  withConnection<T>(who: Identity, use: (client: Client) => Promise<T>, signal?: AbortSignal): Promise<T>;
  end(): Promise<void>;
};

export type DatabaseOptions = PoolSizes & {
  readonly url: string;
  readonly statementTimeoutMs: number;
  /** Are statements prepared by name? Poolers that hand connections around between transactions cannot have it. */
  readonly isPreparing?: boolean;
  readonly log: Logger;
};

// A look-up takes a millisecond, and its answer is kept for a second.
const LOOK_UP_CONNECTIONS = 3;
const SCHEMA_LOOK_UPS = { size: LOOK_UP_CONNECTIONS - 1, share: 1 };

// Metadata is changed rarely. A change may take minutes, though, and a second one of the same workspace waits for its
// locks: a workspace may hold two of these connections, so that two are left to others.
const OWNER_CONNECTIONS = 4;
const OWNER_SHARE = 2;
const HEAVY_WORK = { size: 2, share: 1, maxWaiting: 10, maxWaitMs: 10_000 };

// What the server does for itself has the share of a workspace that cannot be one.
const SERVER = '';

// For writes with an idempotency key, and batches of imports, of workspaces that log in: what they wait for keeps no
// other work.
const ALONGSIDE_CONNECTIONS = 4;
const ALONGSIDE_SHARE = 2;

// How long to wait for a new connection.
const CONNECT_TIMEOUT_MS = 10_000;

// PostgreSQL cancels a statement itself. Where no word of that arrives, there is nobody at the other end: a host that
// lost its power, a firewall that forgot the connection. TCP alone would find out after a quarter of an hour.
const ANSWER_MARGIN_MS = 2_000;

// The same for connections that wait for long statements, or for nothing.
const KEEP_ALIVE_AFTER_MS = 10_000;

// Transactions that notify commit one after another. Whoever waits only a moment for a table waits for that as long as
// it takes.
const COMMIT = 'set local lock_timeout = 0; commit';

// PostgreSQL's own JIT costs tens of milliseconds for plans that it thinks expensive, which nested reads often seem to
// be.
const SESSION = '-c jit=off -c TimeZone=UTC -c plan_cache_mode=force_custom_plan -c search_path=pg_catalog,pg_temp';

export function openDatabase(options: DatabaseOptions): Database {
  const { url, statementTimeoutMs, log } = options;
  const connection: pg.ClientConfig = {
    connectionString: withSession(url),
    application_name: 'plinth',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: true,
  };
  const answerTimeoutMs = statementTimeoutMs + ANSWER_MARGIN_MS;
  const brief = { statement_timeout: statementTimeoutMs, query_timeout: answerTimeoutMs };
  const lookUps = openPool({ ...connection, ...brief, max: LOOK_UP_CONNECTIONS }, log);
  const owners = openPool({ ...connection, max: OWNER_CONNECTIONS }, log);
  const besides = openPool({ ...connection, max: ALONGSIDE_CONNECTIONS }, log);
  const schemaLookUps = new FairQueue({ ...SCHEMA_LOOK_UPS, ...LINE });
  const ownerShares = new FairQueue({ size: OWNER_CONNECTIONS, share: OWNER_SHARE, ...LINE });
  const besideShares = new FairQueue({ size: ALONGSIDE_CONNECTIONS, share: ALONGSIDE_SHARE, ...LINE });
  const heavyWork = new FairQueue(HEAVY_WORK);
  const config = { ...connection, ...brief };
  const logIns = new LogIns({ config, transaction: (use) => sharedBy(SERVER).transaction(use), log });
  const workspaces = new WorkspacePool(config, options, logIns);
  const loginRole = new pg.Client(connection).user;
  let isSealed = async (_schema: string) => false;
  let ending: Promise<void> | undefined;

  const lookUp: Database['lookUp'] = (use) => withClient(lookUps, use, answerTimeoutMs);

  function sharedBy(group: string): Database {
    return {
      url: connection.connectionString as string,
      isPreparing: options.isPreparing ?? true,
      owners: lookUps,
      lookUp,
      lookUpIn: (schema, use) => schemaLookUps.run(schema, () => lookUp(use)),
      asOwner: (use) => ownerShares.run(group, () => withClient(owners, use, answerTimeoutMs)),
      transaction: (use) => ownerShares.run(group, () => inTransaction(owners, use, answerTimeoutMs)),
      alongside: (use) => besideShares.run(group, () => inTransaction(besides, use, answerTimeoutMs)),
      shareWhere(decide) {
        isSealed = decide;
      },
      heavily: (use) => heavyWork.run(group, use),
      sharedBy,
      async withConnection(who, use, signal) {
        const isShared = who.role === loginRole || (await isSealed(who.schema));
        return workspaces.with(who, isShared ? null : who.role, use, signal);
      },
      end() {
        for (const queue of [schemaLookUps, ownerShares, besideShares, heavyWork]) queue.refuseAll(closed());
        ending ??= Promise.all([...[lookUps, owners, besides].map((pool) => pool.end()), workspaces.end()]).then(
          () => undefined,
        );
        return ending;
      },
    };
  }
  return sharedBy(SERVER);
}

function openPool(config: pg.PoolConfig, log: Logger): pg.Pool {
  const pool = new pg.Pool(config);
  // An idle connection that breaks is replaced by the next one. Whoever is using one hears of it from its query; but
  // without a listener of its own the event would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function withClient<T>(pool: pg.Pool, use: (client: Client) => Promise<T>, answerTimeoutMs: number): Promise<T> {
  const connection = await pool.connect();
  const client = clientOf(connection as unknown as pg.Client, answerTimeoutMs);
  let isBroken = false;
  try {
    return await use(client);
  } catch (error) {
    isBroken = isConnectionLoss(error);
    throw error;
  } finally {
    connection.release(isBroken || client.isToClose);
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  use: (client: Client) => Promise<T>,
  answerTimeoutMs: number,
): Promise<T> {
  const connection = await pool.connect();
  const client = clientOf(connection as unknown as pg.Client);
  let broken: Error | undefined;
  try {
    // What follows may take as long as it needs: a change of a big table's column writes all its rows.
    await connection.query(timed({ text: 'begin' }, answerTimeoutMs));
    const result = await use(client);
    await connection.query(COMMIT);
    return result;
  } catch (error) {
    await connection.query('rollback').catch((failure) => {
      broken = failure; // the connection is gone, and the transaction with it
    });
    throw error;
  } finally {
    connection.release(broken ?? client.isToClose);
  }
}

/** In the URL, whose options would replace ours, and behind them: the last of a setting counts. */
function withSession(url: string): string {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.set('options', given ? `${given} ${SESSION}` : SESSION);
  return address.href;
}
