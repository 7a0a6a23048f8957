/**
 * Connections, in three pools. No workspace can take what others need, however slow its work is:
 *
 *   look-ups  who asks, by which model: nothing that takes long, so that every request gets here
 *   owner     the control schema and DDL; each workspace has a share
 *   records   connections that each remember the workspace and role they are set to; each workspace has a share
 */

import type { Writable } from 'node:stream';
import pg from 'pg';
import type { Logger } from 'pino';
import { cancelStatement } from './cancel.ts';
import { isConnectionLoss } from './connection-loss.ts';
import { connected, LogIns } from './log-in.ts';
import { forgetPrepared } from './prepared.ts';
import { FairQueue } from './queue.ts';
import { compiled, type SQL } from './sql.ts';

/** A connection as the rest of Plinth sees it. */
export type Client = {
  /** One parameterised query; its rows. */
  rows<Row>(fragment: SQL): Promise<Row[]>;
  /** DDL text, without parameters; several statements may stand in it. */
  run(text: string): Promise<void>;
  /**
   * Begins a transaction, sent ahead of its first statement. Where it fails so does that one, but for one case: were `begin`
   * cancelled, what follows would run outside of a transaction. So a cancellation waits until it has begun.
   */
  begin(): void;
  readonly begun: Promise<unknown>;
  /** Whoever gives the connection back closes it: something may be left in its session. */
  closeAfterUse(): void;
  /**
   * Commits, in one packet with what was sent before it and with the look at the session that ends the use of the connection.
   * Nothing else may be sent behind it, unless another transaction begins.
   */
  commit(): Promise<pg.QueryResult>;
  /** Has it logged in as the workspace's role, so that it cannot be the login role? */
  readonly isLoggedIn: boolean;
  readonly raw: pg.Client;
};

/** Which workspace a connection serves, as which Postgres role, and for whom: rules on rows may ask who it is. */
export type Identity = { readonly schema: string; readonly role: string; readonly memberId?: string | undefined };

/** Where there is no room in time, each of these throws `Busy` (queue.ts). */
export type Database = {
  /** Of the login role, with the settings that its sessions need. */
  readonly url: string;
  /** Are statements prepared by name? */
  readonly isPreparing: boolean;
  /** The connections of look-ups, for libraries that bring SQL of their own: signing in, limits of attempts. */
  readonly owners: pg.Pool;
  /** As the login role, for what every request needs: rows of the control schema by their keys, and nothing that waits for locks. */
  lookUp<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /** The same for what is read in a workspace's own schema, of which nobody knows how large it is: one at a time for each workspace. */
  lookUpIn<T>(schema: string, use: (client: Client) => Promise<T>): Promise<T>;
  /** As the login role, which owns the control schema and all workspace schemas. */
  asOwner<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /** The same in one transaction, rolled back when `use` throws. */
  transaction<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /** The same for what is written beside a transaction of a workspace, which may wait for that as long as statements may take. */
  alongside<T>(use: (client: Client) => Promise<T>): Promise<T>;
  /**
   * Says which schemas are served on connections that are set to their roles. All others, and all of them until this is called, on
   * connections that log in as their roles.
   */
  shareWhere(isSealed: (schema: string) => Promise<boolean>): void;
  /** Work on a whole model, which costs connections and processor time: one at a time for each workspace, and few at once. */
  heavily<T>(use: () => Promise<T>): Promise<T>;
  /** The same database with the share of a workspace: what is done as the owner on its behalf. Without one it is done for the server itself. */
  sharedBy(schema: string): Database;
  /**
   * As a workspace's role, with its schema in the search path.
   * @param signal cancels, when it is aborted, what waits for a connection (which throws its reason) and what runs on it
   */
  withConnection<T>(who: Identity, use: (client: Client) => Promise<T>, signal?: AbortSignal): Promise<T>;
  end(): Promise<void>;
};

export type PoolSizes = {
  /** Connections for records; beside them there are at most `LOOK_UP_CONNECTIONS` and `OWNER_CONNECTIONS`. */
  readonly poolSize: number;
  /** How many of those one workspace may use at once; half of them unless told otherwise. */
  readonly workspacePoolSize?: number | null;
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

// Metadata is changed rarely. A change may take minutes, though, and a second one of the same workspace waits for its locks:
// a workspace may hold two of these connections, so that two are left to others.
const OWNER_CONNECTIONS = 4;
const OWNER_SHARE = 2;
const HEAVY_WORK = { size: 2, share: 1, maxWaiting: 10, maxWaitMs: 10_000 };

// What the server does for itself has the share of a workspace that cannot be one.
const SERVER = '';

// Requests of a workspace that may wait, and how long. More of them would be answered too late to be of use.
const MAX_WAITING = 300;
const MAX_WAIT_MS = 10_000;
const LINE = { maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS };

// For writes with an idempotency key, and batches of imports, of workspaces that log in: what they wait for keeps no other work.
const ALONGSIDE_CONNECTIONS = 4;
const ALONGSIDE_SHARE = 2;

// Each backend caches what it knows of every table that it touched, 4 to 5 KB a table (docs/architecture.md): a connection
// that served this many workspaces of a dozen tables holds some 25 MB, and is closed rather than kept.
const MAX_WORKSPACES_PER_CONNECTION = 500;

// A connection that logged in serves one role of one workspace, and is closed when it has been idle for so long.
const LOGGED_IN_IDLE_MS = 30_000;

// How long to wait for a new connection.
const CONNECT_TIMEOUT_MS = 10_000;

// PostgreSQL cancels a statement itself. Where no word of that arrives, there is nobody at the other end: a host that lost its
// power, a firewall that forgot the connection. TCP alone would find out after a quarter of an hour.
const ANSWER_MARGIN_MS = 2_000;

// The same for connections that wait for long statements, or for nothing.
const KEEP_ALIVE_AFTER_MS = 10_000;

// Transactions that notify commit one after another. Whoever waits only a moment for a table waits for that as long as it takes.
const COMMIT = 'set local lock_timeout = 0; commit';

// A cancellation that arrives between two statements that were sent together is lost, so it is sent again until it was heard.
const CANCEL_AGAIN_MS = 200;

// PostgreSQL's own JIT costs tens of milliseconds for plans that it thinks expensive, which nested reads often seem to be.
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
  // An idle connection that breaks is replaced by the next one. Whoever is using one hears of it from its query; but without
  // a listener of its own the event would end the process.
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

function closed(): Error {
  return new Error('The database pool is closed');
}

/** In the URL, whose options would replace ours, and behind them: the last of a setting counts. */
function withSession(url: string): string {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.set('options', given ? `${given} ${SESSION}` : SESSION);
  return address.href;
}

/** @param answerTimeoutMs for each query; without one, that of the connection counts */
function clientOf(raw: pg.Client, answerTimeoutMs?: number, isLoggedIn = false): Pooled['client'] {
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
        client.stateAfterCommit = stateOf({ raw });
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
function timed(query: pg.QueryConfig, timeoutMs: number | undefined): pg.QueryConfig {
  return { ...query, query_timeout: timeoutMs } as pg.QueryConfig;
}

type Pooled = {
  readonly raw: pg.Client;
  readonly client: Client & { hasBegun: boolean; isToClose: boolean; stateAfterCommit: Promise<string> | undefined };
  /** The role that it logged in as; null for the login role, which is set to any. */
  readonly login: string | null;
  /** The identity that the session is set to, as `identityKey`; null before the first. */
  identity: string | null;
  /** What the session was like then. */
  state: string;
  readonly served: Set<string>;
  isBroken: boolean;
  /** Until it is closed, of one that logged in and is idle. */
  closing?: NodeJS.Timeout;
};

/**
 * A pool whose connections keep to their workspaces. A request waits for its turn (queue.ts). Then it gets an idle connection
 * that is already its own, else a new one if there is room, else the connection that has been idle longest, which is then
 * set to the request's identity. There is always one of the three: no more are let in than there may be connections.
 *
 * A connection is *idle* (in `idle`), *in use* (counted in `size` only) or *gone* (removed from both): broken, cancelled, or
 * worn by too many workspaces.
 */
class WorkspacePool {
  readonly #config: pg.ClientConfig;
  readonly #logIns: LogIns;
  readonly #max: number;
  readonly #log: Logger;
  readonly #queue: FairQueue;
  /** Longest idle first. */
  readonly #idle: Pooled[] = [];
  #size = 0;
  #ending: Promise<void> | null = null;
  #whenEmpty: (() => void) | null = null;

  constructor(config: pg.ClientConfig, { poolSize, workspacePoolSize, log }: DatabaseOptions, logIns: LogIns) {
    this.#config = config;
    this.#logIns = logIns;
    this.#max = poolSize;
    this.#log = log;
    this.#queue = new FairQueue({ size: poolSize, share: shareOf(poolSize, workspacePoolSize), ...LINE });
  }

  /** @param login whom its connection logs in as; null for one that is set to the role */
  async with<T>(
    who: Identity,
    login: string | null,
    use: (client: Client) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const key = identityKey(who, login);
    await this.#queue.enter(who.schema, { kind: key, signal });
    let pooled: Pooled | undefined;
    try {
      pooled = await this.#acquire(key, login);
      return await this.#use(pooled, who, key, use, signal);
    } finally {
      if (pooled) this.#release(pooled);
      this.#queue.leave(who.schema, pooled?.identity);
    }
  }

  async #use<T>(
    pooled: Pooled,
    who: Identity,
    key: string,
    use: (client: Client) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let isOver = false;
    const cancel = async () => {
      // First of all: from here on nobody else gets this connection, so a cancellation that comes late hits nobody.
      pooled.isBroken = true;
      await pooled.client.begun;
      while (!isOver) {
        await cancelStatement(this.#config, pooled.raw);
        await new Promise((settle) => setTimeout(settle, CANCEL_AGAIN_MS));
      }
    };
    try {
      if (pooled.identity !== key) await setIdentity(pooled, who, key);
      signal?.throwIfAborted();
      signal?.addEventListener('abort', cancel, { once: true });
      return await use(pooled.client);
    } catch (error) {
      // The socket closes a moment later; until then this connection looks like any other.
      if (isConnectionLoss(error)) pooled.isBroken = true;
      throw error;
    } finally {
      isOver = true;
      signal?.removeEventListener('abort', cancel);
      if (!pooled.isBroken) await this.#checkOut(pooled, who);
    }
  }

  async #acquire(key: string, login: string | null): Promise<Pooled> {
    if (this.#ending) throw closed();
    const own = this.#take((pooled) => pooled.identity === key);
    if (own) return own;
    // To log in again takes longer than to be set to another member of the workspace.
    const sameLogin = login !== null && this.#take((pooled) => pooled.login === login);
    if (sameLogin) return sameLogin;
    if (this.#size < this.#max) {
      this.#size++;
      return this.#connect(login);
    }
    const free = this.#take(() => true) as Pooled;
    if (free.login === login) return free;
    // It can serve nobody else: what it had room for is room for another.
    close(free);
    return this.#connect(login);
  }

  /** The one that has been idle longest. */
  #take(isMeant: (pooled: Pooled) => boolean): Pooled | undefined {
    const place = this.#idle.findIndex(isMeant);
    if (place < 0) return undefined;
    const [pooled] = this.#idle.splice(place, 1);
    clearTimeout(pooled?.closing);
    return pooled;
  }

  /** Opens a connection in room that `#size` counts already. */
  async #connect(login: string | null): Promise<Pooled> {
    let pooled: Pooled | undefined;
    const listen = (raw: pg.Client) => {
      raw.on('error', (error) => {
        this.#log.warn({ err: error }, 'a database connection broke');
        if (!pooled) return; // who connects hears of it
        pooled.isBroken = true;
        this.#remove(pooled);
      });
    };
    try {
      const raw = await this.#logIn(login, listen);
      const client = clientOf(raw, undefined, login !== null);
      pooled = { raw, client, login, identity: null, state: '', served: new Set(), isBroken: false };
      return pooled;
    } catch (error) {
      this.#left();
      throw error;
    }
  }

  async #logIn(login: string | null, listen: (raw: pg.Client) => void): Promise<pg.Client> {
    if (login !== null) return this.#logIns.open(login, listen);
    return connected(this.#config, listen);
  }

  /** One that is idle. */
  #remove(pooled: Pooled): void {
    const place = this.#idle.indexOf(pooled);
    if (place < 0) return;
    this.#idle.splice(place, 1);
    this.#gone(pooled);
  }

  /**
   * Nothing that ran on a connection may be there for who comes next. Where any SQL may have run, all of the session is thrown away,
   * and what is left of it is set anew. Where only Plinth's did, it is looked at: what is not as it was set says that other SQL ran
   * there before the server heard of it.
   */
  async #checkOut(pooled: Pooled, who: Identity): Promise<void> {
    try {
      if (pooled.login !== null) {
        forgetPrepared(pooled.raw);
        await Promise.all([pooled.raw.query('discard all'), setIdentity(pooled, who, pooled.identity as string)]);
      } else if (
        pooled.client.hasBegun &&
        (await (pooled.client.stateAfterCommit ?? stateOf(pooled))) !== pooled.state
      ) {
        this.#log.error({ schema: who.schema, role: who.role }, 'a connection was not as it was set; it is closed');
        pooled.isBroken = true;
      }
    } catch {
      pooled.isBroken = true;
    }
    pooled.client.hasBegun = false;
    pooled.client.stateAfterCommit = undefined;
  }

  #release(pooled: Pooled): void {
    if (
      pooled.isBroken ||
      pooled.client.isToClose ||
      this.#ending ||
      pooled.served.size > MAX_WORKSPACES_PER_CONNECTION
    ) {
      this.#gone(pooled);
      return;
    }
    this.#idle.push(pooled);
    if (pooled.login !== null) {
      pooled.closing = setTimeout(() => this.#remove(pooled), LOGGED_IN_IDLE_MS);
      pooled.closing.unref();
    }
  }

  /** Takes a connection out of the pool. */
  #gone(pooled: Pooled): void {
    close(pooled);
    this.#left();
  }

  #left(): void {
    if (--this.#size === 0) this.#whenEmpty?.();
  }

  end(): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    this.#queue.refuseAll(closed());
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const pooled of this.#idle.splice(0)) this.#gone(pooled);
    if (this.#size > 0) await empty;
  }
}

function close({ raw }: Pooled): void {
  raw.end().catch(() => {
    // It was broken already, or breaks while it is closed: gone either way.
  });
}

/** At least one, and no more than there are. */
export function shareOf(poolSize: number, wanted: PoolSizes['workspacePoolSize']): number {
  return Math.min(poolSize, wanted ?? Math.max(1, Math.floor(poolSize / 2)));
}

function identityKey({ schema, role, memberId = '' }: Identity, login: string | null): string {
  return `${login ?? ''}\n${role}\n${schema}\n${memberId}`;
}

/** Session level, awaited, failing closed: on an error the connection is destroyed, and nothing has run as anybody. */
async function setIdentity(pooled: Pooled, { schema, role, memberId = '' }: Identity, key: string): Promise<void> {
  try {
    // pg_temp last: else temporary tables would be looked at before the workspace's own.
    const set = pooled.raw.query({
      text: `select set_config('role', $1, false), set_config('search_path', quote_ident($2) || ', pg_temp', false), set_config('plinth.member_id', $3, false)`,
      values: [role, schema, memberId],
    });
    [, pooled.state] = await Promise.all([set, stateOf(pooled)]);
  } catch (error) {
    pooled.isBroken = true;
    throw error;
  }
  pooled.identity = key;
  pooled.served.add(schema);
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

async function stateOf({ raw }: Pick<Pooled, 'raw'>): Promise<string> {
  const { rows } = await raw.query<{ state: string }>(STATE);
  return rows[0]?.state ?? '';
}
