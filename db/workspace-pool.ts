/** Connections for records, each of which remembers the workspace and the role that it is set to. */

import type pg from 'pg';
import type { Logger } from 'pino';
import { cancelStatement } from './cancel.ts';
import { type Client, clientOf, type PooledClient, stateOf } from './client.ts';
import { isConnectionLoss } from './connection-loss.ts';
import { connected, type LogIns } from './log-in.ts';
import { forgetPrepared } from './prepared.ts';
import { FairQueue } from './queue.ts';

/** Which workspace a connection serves, as which Postgres role, and for whom: rules on rows may ask who it is. */
export type Identity = { readonly schema: string; readonly role: string; readonly memberId?: string | undefined };

export type PoolSizes = {
  /** Connections for records; beside them there are at most `LOOK_UP_CONNECTIONS` and `OWNER_CONNECTIONS`. */
  readonly poolSize: number;
  /** How many of those one workspace may use at once; half of them unless told otherwise. */
  readonly workspacePoolSize?: number | null;
};

// Requests of a workspace that may wait, and how long. More of them would be answered too late to be of use.
const MAX_WAITING = 300;
const MAX_WAIT_MS = 10_000;
export const LINE = { maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS };

// Each backend caches what it knows of every table that it touched, 4 to 5 KB a table (docs/architecture.md): a
// connection that served this many workspaces of a dozen tables holds some 25 MB, and is closed rather than kept.
const MAX_WORKSPACES_PER_CONNECTION = 500;

// A connection that logged in serves one role of one workspace, and is closed when it has been idle for so long.
const LOGGED_IN_IDLE_MS = 30_000;

// A cancellation that arrives between two statements that were sent together is lost, so it is sent again until it was
// heard.
const CANCEL_AGAIN_MS = 200;

type Pooled = {
  readonly raw: pg.Client;
  readonly client: PooledClient;
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
 * A pool whose connections keep to their workspaces. A request waits for its turn (queue.ts). Then it gets an idle
 * connection that is already its own, else a new one if there is room, else the connection that has been idle longest,
 * which is then set to the request's identity. There is always one of the three: no more are let in than there may be
 * connections.
 *
 * A connection is *idle* (in `idle`), *in use* (counted in `size` only) or *gone* (removed from both): broken,
 * cancelled, or worn by too many workspaces.
 */
export class WorkspacePool {
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

  constructor(
    config: pg.ClientConfig,
    { poolSize, workspacePoolSize, log }: PoolSizes & { readonly log: Logger },
    logIns: LogIns,
  ) {
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
   * Nothing that ran on a connection may be there for who comes next. Where any SQL may have run, all of the session is
   * thrown away, and what is left of it is set anew. Where only Plinth's did, it is looked at: what is not as it was
   * set says that other SQL ran there before the server heard of it.
   */
  async #checkOut(pooled: Pooled, who: Identity): Promise<void> {
    try {
      if (pooled.login !== null) {
        forgetPrepared(pooled.raw);
        await Promise.all([pooled.raw.query('discard all'), setIdentity(pooled, who, pooled.identity as string)]);
      } else if (
        pooled.client.hasBegun &&
        (await (pooled.client.stateAfterCommit ?? stateOf(pooled.raw))) !== pooled.state
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

export function closed(): Error {
  return new Error('The database pool is closed');
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
      text: `select set_config('role', $1, false), set_config('search_path', quote_ident($2) || ', pg_temp', false),
      set_config('plinth.member_id', $3, false)`,
      values: [role, schema, memberId],
    });
    [, pooled.state] = await Promise.all([set, stateOf(pooled.raw)]);
  } catch (error) {
    pooled.isBroken = true;
    throw error;
  }
  pooled.identity = key;
  pooled.served.add(schema);
}
