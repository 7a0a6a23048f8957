/**
 * Connections that log in as a workspace's role, for workspaces in which SQL may run that Plinth didn't write:
 * triggers, functions, defaults, policies. On a connection that was set to a role by `set role`, such SQL can `reset
 * role` and is the login role then. A session that logged in as the role has no other role to go back to.
 *
 * The password of a role is an HMAC of its name with a secret of the database, so that it is stored nowhere and all
 * servers know it. It is set when a login fails for want of it: the first time, and after somebody has changed it.
 */

import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Logger } from 'pino';
import { refuse } from '../server/errors.ts';
import type { Client } from './client.ts';
import { ident, literal, sql } from './sql.ts';

export type LogInOptions = {
  /** Of connections of the login role; its user and password are replaced. */
  readonly config: pg.ClientConfig;
  readonly transaction: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  readonly log: Logger;
};

// invalid_password, which is also the answer to a role without a password; invalid_authorization_specification, which
// is the answer of pg_hba.conf; insufficient_privilege, where the role may not connect to the database.
const WRONG_PASSWORD = '28P01';
const NOT_LET_IN = ['28000', WRONG_PASSWORD, '42501'];

// PostgreSQL's own default for new passwords.
const SCRAM_ITERATIONS = 4_096;

export class LogIns {
  readonly #options: LogInOptions;
  #secret: Promise<string> | undefined;
  /** Roles that are being let in. */
  readonly #lettingIn = new Map<string, Promise<void>>();

  constructor(options: LogInOptions) {
    this.#options = options;
  }

  /**
   * @param prepare is given each client before it connects
   * @throws PlinthError ROLE_CANNOT_LOG_IN
   */
  async open(role: string, prepare: (raw: pg.Client) => void): Promise<pg.Client> {
    const password = await this.#passwordOf(role);
    const connect = () => connected(configOf(this.#options.config, role, password), prepare);
    try {
      return await connect().catch(async (error) => {
        if (!NOT_LET_IN.includes(codeOf(error))) throw error;
        await this.#letInOnce(role, password);
        return connect();
      });
    } catch (error) {
      if (!NOT_LET_IN.includes(codeOf(error))) throw error;
      this.#options.log.error(
        { err: error, role },
        'a role cannot log in; docs/operations.md says what pg_hba.conf needs',
      );
      throw refuse('ROLE_CANNOT_LOG_IN', { cause: error });
    }
  }

  async #passwordOf(role: string): Promise<string> {
    this.#secret ??= this.#options.transaction(async (client) => {
      const [row] = await client.rows<{ secret: string }>(sql`select role_secret as secret from plinth.instance`);
      if (!row) throw new Error('The table plinth.instance has lost its row');
      return row.secret;
    });
    try {
      return createHmac('sha256', await this.#secret)
        .update(`password of ${role}`)
        .digest('base64url');
    } catch (error) {
      this.#secret = undefined;
      throw error;
    }
  }

  /** Of several that find the same role without its password, one sets it: two at a time are an error to PostgreSQL. */
  #letInOnce(role: string, password: string): Promise<void> {
    const current = this.#lettingIn.get(role);
    if (current) return current;
    const letting = this.#letIn(role, password).finally(() => this.#lettingIn.delete(role));
    this.#lettingIn.set(role, letting);
    return letting;
  }

  /**
   * Sets the password, and lets the role connect to this database. Only for roles of workspaces: others are not ours to
   * change.
   */
  async #letIn(role: string, password: string): Promise<void> {
    const verifier = await scramVerifier(password);
    await this.#options.transaction(async (client) => {
      // The same in other servers.
      await client.rows(sql`select pg_advisory_xact_lock(hashtextextended(${sql.value(`password of ${role}`)}, 0))`);
      const [known] = await client.rows<{ database: string; mayConnect: boolean }>(sql`
        select current_database() as database,
          has_database_privilege(r.oid, current_database(), 'connect') as "mayConnect"
        from pg_catalog.pg_roles as r
        where r.rolname = ${sql.value(role)} and not r.rolsuper
          and ${sql.value(role)} in (select role_name from plinth.workspaces union select role_name
            from plinth.roles)`);
      if (!known) throw new Error(`The role ${role} is not the role of a workspace, and its password is not changed`);
      if (!known.mayConnect) await client.run(`grant connect on database ${ident(known.database)} to ${ident(role)}`);
      await client.run(`alter role ${ident(role)} password ${literal(verifier)}`);
    });
  }
}

/** @param prepare is given the client before it connects */
export async function connected(config: pg.ClientConfig, prepare: (raw: pg.Client) => void): Promise<pg.Client> {
  const raw = new pg.Client(config);
  prepare(raw);
  try {
    await raw.connect();
    return raw;
  } catch (error) {
    raw.end().catch(() => undefined); // it never was
    throw error;
  }
}

/**
 * In the parameters of the URL, which count more than what stands before its host, and may be there where it has none.
 */
function configOf(config: pg.ClientConfig, role: string, password: string): pg.ClientConfig {
  const url = new URL(config.connectionString as string);
  url.searchParams.set('user', role);
  url.searchParams.set('password', password);
  return { ...config, connectionString: url.href };
}

/**
 * What PostgreSQL stores of a password: sent instead of it, the password itself is in no log of statements. RFC 5802
 */
async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${keyOf('Server Key').toString('base64')}`;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
