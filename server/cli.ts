/** The command line: workspaces, keys, the database. Works while the server runs and while it doesn't. */

import './graphile-env.ts';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { embeddedUrl } from '../db/embedded.ts';
import type { Database } from '../db/pool.ts';
import { createKey } from './access/keys.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces, workspaceIdOf } from './metadata/workspaces.ts';
import { readSettings, type Settings } from './settings.ts';
import { openReadyDatabase } from './start.ts';

const HELP = `Usage: plinth COMMAND

  workspace create NAME [--json] [--empty]   make a workspace and print its API key
  workspace list                             list the workspaces
  workspace delete NAME --yes                delete a workspace with all its records
  key create WORKSPACE NAME [--json]         make another API key
  db url                                     print where the database is
  db migrate                                 bring the control schema up to date

The settings of the server apply here too: DATABASE_URL, PLINTH_DATA_DIR.
`;

type Flags = { json?: boolean; empty?: boolean; yes?: boolean; help?: boolean };

/** A command that was typed wrongly: the message and the usage, exit 1. */
class UsageError extends Error {}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help || positionals.length === 0) return print(HELP);
  const [noun, verb, ...names] = positionals;
  const settings = readSettings(process.env);
  switch (`${noun} ${verb}`) {
    case 'workspace create':
      return withDatabase(settings, async (database) => {
        const workspace = await createWorkspace(database, { name: only(names, 'NAME'), empty: values.empty ?? false });
        print(values.json ? json(workspace) : `Workspace ${workspace.name} is ready (schema ${workspace.schema}).\nAPI key, shown only now: ${workspace.apiKey}\n`);
      });
    case 'workspace list':
      only(names);
      return withDatabase(settings, async (database) => {
        for (const { name, schema, objects, createdAt } of await listWorkspaces(database)) {
          print(`${name.padEnd(24)} ${schema.padEnd(28)} ${String(objects).padStart(3)} objects  ${createdAt.toISOString()}\n`);
        }
      });
    case 'workspace delete': {
      const name = only(names, 'NAME');
      if (!values.yes) throw new UsageError(`This deletes "${name}" with all its records, for good. Say --yes to do it`);
      return withDatabase(settings, async (database) => {
        await deleteWorkspace(database, name);
        print(`Workspace ${name} is gone.\n`);
      });
    }
    case 'key create': {
      const [workspace, name] = names;
      if (!workspace || !name || names.length > 2) throw new UsageError('key create needs WORKSPACE and NAME');
      return withDatabase(settings, async (database) => {
        const key = await database.transaction(async (client) => createKey(client, await workspaceIdOf(client, workspace), name));
        print(values.json ? json({ id: key.id, name, token: key.token }) : `API key "${name}" of ${workspace}, shown only now: ${key.token}\n`);
      });
    }
    case 'db url':
      only(names);
      return printUrl(settings);
    case 'db migrate':
      only(names);
      return withDatabase(settings, async () => print('The control schema is up to date.\n'));
    default:
      throw new UsageError(`There is no command "${positionals.join(' ')}"`);
  }
}

function parse(args: string[]): { values: Flags; positionals: string[] } {
  try {
    return parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean' }, empty: { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** The one name that a command takes, or none. */
function only(names: readonly string[], what?: string): string {
  if (names.length !== (what ? 1 : 0)) throw new UsageError(what ? `needs one ${what}` : `takes no names: ${names.join(' ')}`);
  return names[0] ?? '';
}

async function withDatabase(settings: Settings, use: (database: Database) => Promise<void>): Promise<void> {
  const { database, stop } = await openReadyDatabase(settings, pino({ level: 'warn' }, pino.destination(2)));
  try {
    await use(database);
  } finally {
    await stop();
  }
}

async function printUrl({ databaseUrl, dataDir }: Settings): Promise<void> {
  const url = databaseUrl ?? (await embeddedUrl(dataDir));
  if (!url) throw new Error('the bundled PostgreSQL is not running; start it with npm start');
  print(`${url}\n`);
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`plinth: ${(error as Error).message}\n${error instanceof UsageError ? `\n${HELP}` : ''}`);
  process.exitCode = 1;
}
