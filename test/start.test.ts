/** Starting and stopping: settings, the bundled PostgreSQL, what is printed, signals, the command line. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { embeddedUrl, startEmbedded } from '../db/embedded.ts';
import { readSettings, SETTINGS } from '../server/settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const log = pino({ level: 'silent' });
const execute = promisify(execFile);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plinth-start-'));
  await chmod(scratch, 0o755); // PostgreSQL may run as another user
});
afterAll(() => rm(scratch, { recursive: true }));

describe('settings', () => {
  test('have defaults', () => {
    expect(readSettings({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:3000',
      databaseUrl: null,
      dataDir: join(ROOT, '.data'),
      hasDemo: true,
      rateLimit: 100,
      maxRecordsPerRequest: 60,
      restMetadataFormat: 'direct',
    });
  });

  test('an empty one counts as not given', () => {
    expect(readSettings({ PORT: '', RATE_LIMIT: ' ' })).toEqual(readSettings({}));
  });

  test('are read as what they are', () => {
    const given = { PORT: '8080', HOST: '::1', PLINTH_DEMO: 'off', RATE_LIMIT: 'off', PLINTH_DATA_DIR: '/srv/plinth' };
    expect(readSettings(given)).toMatchObject({
      publicUrl: 'http://localhost:8080',
      hasDemo: false,
      rateLimit: null,
      dataDir: '/srv/plinth',
    });
    expect(readSettings({ PUBLIC_URL: 'https://plinth.example/' }).publicUrl).toBe('https://plinth.example');
  });

  test.each([
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, and is "70000"'],
    [{ PORT: '3e3' }, 'PORT must be a whole number from 0 to 65535, and is "3e3"'],
    [{ RATE_LIMIT: '0' }, 'RATE_LIMIT must be a whole number from 1 to 1000000, or off, and is "0"'],
    [{ PLINTH_DEMO: 'no' }, 'PLINTH_DEMO must be one of on, off, and is "no"'],
    [{ REST_METADATA_FORMAT: 'old' }, 'REST_METADATA_FORMAT must be one of direct, legacy, and is "old"'],
    [{ PUBLIC_URL: 'plinth' }, 'PUBLIC_URL must be a URL like https://plinth.example, and is "plinth"'],
    [
      { DATABASE_URL: 'mysql://me:secret@host/db' },
      'DATABASE_URL must be a URL like postgres://user:password@host:5432/database',
    ],
  ])('%o is refused in one line', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(new Error(message));
  });

  test('are all in docs/operations.md, with their defaults', async () => {
    const page = await readFile(join(ROOT, 'docs', 'operations.md'), 'utf8');
    for (const { name, default: normal, purpose } of Object.values(SETTINGS)) {
      const shown = name === 'PLINTH_DATA_DIR' ? '`.data`' : normal === null ? '' : escaped(`\`${normal}\``);
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${shown} *\\| ${escaped(purpose)} *\\|$`, 'm'));
    }
  });
});

describe('the bundled PostgreSQL', () => {
  test('is shared by whoever needs it, and stopped by the last to leave', { timeout: 60_000 }, async () => {
    const dataDir = join(scratch, 'shared');
    const [one, two] = await Promise.all([startEmbedded({ dataDir, log }), startEmbedded({ dataDir, log })]);
    expect(one.url).toBe(two.url);
    await one.stop();
    expect(await embeddedUrl(dataDir)).toBe(two.url);
    await Promise.all([two.stop(), two.stop()]);
    expect(await embeddedUrl(dataDir)).toBeNull();
    const again = await startEmbedded({ dataDir, log });
    expect(again.url).toBe(one.url);
    await again.stop();
  });

  test('is started again when it dies', { timeout: 60_000 }, async () => {
    const dataDir = join(scratch, 'shared');
    const { url, stop } = await startEmbedded({ dataDir, log });
    const pid = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    process.kill(Number.parseInt(pid, 10), 'SIGKILL');
    await expect.poll(() => answers(url), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => answers(url), { timeout: 20_000 }).toBe(true);
    await stop();
  });
});

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // it is being killed: the answer says so
  try {
    await client.connect();
    await client.query('select');
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

describe('the server', () => {
  let key: string;
  const dataDir = () => join(scratch, 'server');

  test('starts from nothing, with a demo whose lines work as they are pasted', { timeout: 60_000 }, async () => {
    const { url, printed, stop } = await serve({ PLINTH_DATA_DIR: dataDir() }, ['npm', 'start']);
    key = /plinth_\w+/.exec(printed())?.[0] as string;
    const lines = printed().match(/^ {2}curl .*$/gm) as string[];
    expect(lines).toHaveLength(3);
    const [companies, people, rocket] = await Promise.all(lines.map(pasted));
    expect(companies.data.companies).toHaveLength(3);
    expect(people.data.people).toMatchObject({ totalCount: 90, edges: [{}, {}, {}] });
    expect(people.data.people.edges[0].node.company.name).toBe('Aldermoor Foods');
    expect(rocket.data.createOneObject.nameSingular).toBe('rocket');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const { totalCount } = await get(`${url}/rest/rockets`);
    expect(totalCount).toBe(0);

    const token = /\/set-up#([\w-]+)$/m.exec(printed())?.[1];
    const owner = { token, name: 'Ada Lovelace', email: 'ada@example.com', password: 'analytical engine' };
    const { user, workspaces } = await post(`${url}/auth/set-up`, owner);
    expect([user.name, workspaces[0].name, workspaces[0].role.label]).toEqual(['Ada Lovelace', 'demo', 'Admin']);
    expect(logged(printed())).not.toContain(token);
    expect(logged(printed())).not.toContain(key);
    expect(await stop('SIGTERM')).toBe(0);
    expect(await embeddedUrl(dataDir())).toBeNull();
  });

  test('shows the key once, and finishes the requests in flight', { timeout: 60_000 }, async () => {
    const { url, printed, process: child, exited } = await serve({ PLINTH_DATA_DIR: dataDir() });
    expect(printed()).not.toMatch(/plinth_\w{20}|set-up#/);
    const body = JSON.stringify({ query: '{ companies { totalCount } }' });
    const slow = request(`${url}/graphql`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Content-Length': body.length },
    });
    const answer = once(slow, 'response');
    slow.write(body.slice(0, 10));
    await expect.poll(() => slow.writableLength).toBe(0);
    await fetch(`${url}/healthz`); // by now the slow one has begun
    child.kill('SIGTERM');
    child.kill('SIGINT');
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    slow.end(body.slice(10));
    const [response] = await answer;
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(JSON.parse(text).data.companies.totalCount).toBe(40);
    expect(await exited).toBe(0);
  });

  test('starts again after kill -9, and stops what that left running', { timeout: 60_000 }, async () => {
    const killed = await serve({ PLINTH_DATA_DIR: dataDir() });
    const created = await post(`${killed.url}/rest/companies`, { name: 'Kept' });
    expect(await killed.stop('SIGKILL')).toBeNull();
    expect(await embeddedUrl(dataDir())).not.toBeNull();
    const next = await serve({ PLINTH_DATA_DIR: dataDir() });
    const { data } = await get(`${next.url}/rest/companies/${created.data.createCompany.id}`);
    expect(data.company.name).toBe('Kept');
    expect(await next.stop('SIGINT')).toBe(0);
    expect(await embeddedUrl(dataDir())).toBeNull();
  });

  test.each([
    ['a wrong setting', async () => ({ PORT: 'http' }), 'PORT must be a whole number from 0 to 65535, and is "http"'],
    ['a port that is taken', async () => ({ PORT: String(await takenPort()) }), /^Port \d+ is in use/],
    [
      'a database that is not there',
      async () => ({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none' }),
      'The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
    ],
  ])('says %s in one line, and exits with 1', { timeout: 30_000 }, async (_name, environment, message) => {
    const { code, stderr } = await failed(['server/main.ts'], await environment());
    expect(code).toBe(1);
    expect(stderr).toMatch(/^plinth: [^\n]*\n$/);
    expect(stderr.slice('plinth: '.length, -1)).toMatch(message);
  });

  async function get(url: string): Promise<any> {
    return (await fetch(url, { headers: { Authorization: `Bearer ${key}` } })).json();
  }

  async function post(url: string, body: object): Promise<any> {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  }
});

describe('the command line', () => {
  const name = `start_${process.pid}`;
  const plinth = (...args: string[]) => run(['scripts/plinth', ...args], { DATABASE_URL: inject('databaseUrl') });
  const refused = (...args: string[]) => failed(['scripts/plinth', ...args], { DATABASE_URL: inject('databaseUrl') });

  test('makes, lists and deletes workspaces, and makes keys', { timeout: 60_000 }, async () => {
    const made = lastLine(await plinth('workspace', 'create', name, '--json', '--empty'));
    expect(made).toEqual({
      id: expect.any(String),
      name,
      schema: `ws_${name}`,
      apiKey: expect.stringMatching(/^plinth_/),
    });
    expect(await plinth('workspace', 'list')).toContain(`ws_${name} `);
    const key = lastLine(await plinth('key', 'create', name, 'of a test', '--json'));
    expect(key).toEqual({
      id: expect.any(String),
      name: 'of a test',
      role: 'Admin',
      token: expect.stringMatching(/^plinth_/),
    });
    expect((await refused('workspace', 'create', name)).stderr).toMatch(/^plinth: .*already exists\n$/);
    expect((await refused('workspace', 'delete', name)).stderr).toMatch(/^plinth: .*--yes.*\n$/);
    await plinth('workspace', 'delete', name, '--yes');
    expect(await plinth('workspace', 'list')).not.toContain(`ws_${name} `);
  });

  test('migrates, and says where the database is', async () => {
    expect(await plinth('db', 'url')).toBe(`${inject('databaseUrl')}\n`);
    expect(await plinth('db', 'migrate')).toBe('The control schema is up to date.\n');
    const { code, stderr } = await failed(['scripts/plinth', 'db', 'url'], { PLINTH_DATA_DIR: join(scratch, 'none') });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^plinth: The bundled PostgreSQL is not running[^\n]*\n$/),
    ]);
  });

  test.each([
    [['rocket', 'launch']],
    [['workspace', 'create']],
    [['workspace', 'create', 'Has Spaces']],
    [['workspace', 'list', '--yes']],
    [['workspace', 'list', '--colour']],
    [['key', 'create', 'no_such_workspace', 'name']],
  ])('refuses %j in one line, and exits with 1', async (args) => {
    const { code, stderr } = await refused(...args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^plinth: [^\n]+\n$/)]);
  });

  test('works through a link, with the database off', { timeout: 60_000 }, async () => {
    const link = join(scratch, 'plinth');
    await symlink(join(ROOT, 'scripts', 'plinth'), link);
    const { stdout } = await execute(link, ['workspace', 'create', 'linked', '--json', '--empty'], {
      env: { ...process.env, PLINTH_DATA_DIR: join(scratch, 'shared') },
      cwd: scratch,
    });
    expect(lastLine(stdout)).toMatchObject({ name: 'linked', schema: 'ws_linked' });
    expect(await embeddedUrl(join(scratch, 'shared'))).toBeNull();
  });
});

type Environment = Readonly<Record<string, string>>;

/** A server process on a free port; `stop` sends a signal and gives the exit code. */
async function serve(environment: Environment, [program, ...args] = [process.execPath, 'server/main.ts']) {
  const child: ChildProcess = spawn(program as string, args, {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', ...environment },
  });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  await expect.poll(() => /Plinth is at .*\n\n$/s.test(text) || child.exitCode, { timeout: 30_000 }).toBe(true);
  const url = /Plinth is at (\S+)/.exec(text)?.[1] as string;
  return {
    url,
    process: child,
    exited,
    printed: () => text,
    stop(signal: NodeJS.Signals) {
      child.kill(signal);
      return exited;
    },
  };
}

async function run(args: readonly string[], environment: Environment): Promise<string> {
  const env = { ...process.env, ...environment };
  return (await execute(process.execPath, args, { cwd: ROOT, env })).stdout;
}

/** Of a command that must fail. */
async function failed(args: readonly string[], environment: Environment): Promise<{ code: number; stderr: string }> {
  return run(args, environment).then(
    (stdout) => {
      throw new Error(`${args.join(' ')} did not fail: ${stdout}`);
    },
    (error) => error,
  );
}

/** What a shell makes of a line, without needing curl. */
async function pasted(line: string): Promise<any> {
  const { stdout } = await execute('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${line}`]);
  const words = stdout.split('\0').slice(0, -1);
  const after = (flag: string) => words.filter((_, i) => words[i - 1] === flag);
  const headers = after('-H').map((header) => header.split(': ') as [string, string]);
  const [body] = after('-d');
  const url = words.find((word) => word.startsWith('http')) as string;
  const response = await fetch(url, { headers, ...(body && { method: 'POST', body }) });
  return response.json();
}

function logged(text: string): string {
  return (text.match(/^\{.*\}$/gm) ?? []).join('\n');
}

function lastLine(stdout: string): any {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
