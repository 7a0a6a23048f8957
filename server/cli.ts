/** The command line: workspaces, keys, the database. Works while the server runs and while it doesn't. */

import './node-version.ts';
import './graphile-env.ts';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { embeddedUrl } from '../db/embedded.ts';
import type { Database } from '../db/pool.ts';
import { createKey } from './access/keys.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces, workspaceIdOf } from './metadata/workspaces.ts';
import { readSettings, type Settings } from './settings.ts';
import { openReadyDatabase, reasonOf } from './start.ts';

const HELP = `Usage: plinth COMMAND

  workspace create NAME [--json] [--empty]   make a workspace, and print its API key
  workspace list                             list the workspaces
  workspace delete NAME --yes                delete a workspace with all its records
  key create WORKSPACE NAME [--json]         make another API key of a workspace
  db url                                     print the URL of the database, for psql
  db migrate                                 bring the control schema up to date

  --json    the last line of the output is one JSON object
  --empty   without the standard objects

The server's settings apply here too, DATABASE_URL and PLINTH_DATA_DIR among them.
`;

type Flags = { readonly json?: boolean; readonly empty?: boolean; readonly yes?: boolean; readonly help?: boolean };

type Command = {
  /** What it takes, in order. */
  readonly names: readonly string[];
  readonly flags: readonly (keyof Flags)[];
  readonly run: (settings: Settings, names: readonly string[], flags: Flags) => Promise<void>;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  'workspace create': { names: ['NAME'], flags: ['json', 'empty'], run: makeWorkspace },
  'workspace list': { names: [], flags: [], run: printWorkspaces },
  'workspace delete': { names: ['NAME'], flags: ['yes'], run: dropWorkspace },
  'key create': { names: ['WORKSPACE', 'NAME'], flags: ['json'], run: makeKey },
  'db url': { names: [], flags: [], run: printUrl },
  'db migrate': { names: [], flags: [], run: migrate },
};

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      empty: { type: 'boolean' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help || args.length === 0) return print(HELP);
  const name = positionals.slice(0, 2).join(' ');
  const names = positionals.slice(2);
  const command = COMMANDS[name];
  if (!command) throw new Error(`There is no command "${name}"; plinth --help lists them`);
  const flag = Object.keys(values).find((given) => !command.flags.includes(given as keyof Flags));
  if (flag) throw new Error(`"${name}" has no --${flag}`);
  if (names.length !== command.names.length) {
    throw new Error(`"${name}" takes ${command.names.join(' and ') || 'no names'}; plinth --help says more`);
  }
  await command.run(readSettings(process.env), names, values);
}

async function makeWorkspace(settings: Settings, [name = '']: readonly string[], flags: Flags): Promise<void> {
  const made = await withDatabase(settings, (database) =>
    createWorkspace(database, { name, empty: flags.empty ?? false }),
  );
  const { id, schema, apiKey } = made;
  if (flags.json) print(`${JSON.stringify({ id, name, schema, apiKey })}\n`);
  else
    print(
      `The workspace "${name}" was made; its tables are in the schema ${schema}.\nIts API key, shown only now:\n${apiKey}\n`,
    );
}

async function printWorkspaces(settings: Settings): Promise<void> {
  const workspaces = await withDatabase(settings, listWorkspaces);
  for (const { name, schema, objects, createdAt } of workspaces) {
    print(
      `${name.padEnd(24)}  ${schema.padEnd(27)}  ${String(objects).padStart(4)} objects  since ${createdAt.toISOString()}\n`,
    );
  }
}

async function dropWorkspace(settings: Settings, [name = '']: readonly string[], flags: Flags): Promise<void> {
  if (!flags.yes) throw new Error(`This deletes "${name}" with all its records, for good: say --yes if you mean it`);
  await withDatabase(settings, (database) => deleteWorkspace(database, name));
  print(`The workspace "${name}" was deleted.\n`);
}

async function makeKey(
  settings: Settings,
  [workspace = '', name = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const { id, token } = await withDatabase(settings, (database) =>
    database.transaction(async (client) => createKey(client, await workspaceIdOf(client, workspace), name)),
  );
  if (flags.json) print(`${JSON.stringify({ id, name, token })}\n`);
  else print(`The key "${name}" of the workspace "${workspace}", shown only now:\n${token}\n`);
}

/** Starts nothing: what it printed would be gone with this process. */
async function printUrl({ databaseUrl, dataDir }: Settings): Promise<void> {
  const url = databaseUrl ?? (await embeddedUrl(dataDir));
  if (!url) throw new Error('The bundled PostgreSQL is not running: start Plinth first, with npm start');
  print(`${url}\n`);
}

async function migrate(settings: Settings): Promise<void> {
  await withDatabase(settings, async () => print('The control schema is up to date.\n'));
}

async function withDatabase<T>(settings: Settings, use: (database: Database) => Promise<T>): Promise<T> {
  const log = pino({ level: 'warn' }, pino.destination(process.stderr.fd));
  const { database, stop } = await openReadyDatabase(settings, log);
  try {
    return await use(database);
  } finally {
    await stop();
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`plinth: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
