/** The command line: workspaces, keys, the database. Works while the server runs and while it doesn't. */

import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { embeddedUrl } from '../../db/embedded.ts';
import type { Database } from '../../db/pool.ts';
import { resetPassword } from '../access/passwords.ts';
import type { RequestContext } from '../access/request-context.ts';
import { openReadyDatabase, reasonOf } from '../boot/start.ts';
import { adoptWorkspace } from '../changes/adopt-schema.ts';
import type { Settlement } from '../changes/drift/settle.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces } from '../changes/workspaces.ts';
import { modelDocumentSchema } from '../model/document/document.ts';
import { readSettings, type Settings } from '../settings.ts';
import { createdKey, listedKeys, revokedKey } from './keys.ts';
import { givenRole, invitedMember, listedMembers } from './members.ts';
import {
  appliedFrom,
  askerIn,
  drifted,
  namingFile,
  plannedFrom,
  pulled,
  readModelFile,
  settled,
  upgraded,
} from './model.ts';
import '../boot/node-version.ts';
import '../graphile-env.ts';

const HELP = `Usage: plinth COMMAND

  workspace create NAME [--json] [--empty | --model FILE]
                                     make a workspace, and print its API key
  workspace adopt SCHEMA [--name NAME] [--json]
                                     take an existing schema as a workspace: its tables stay as they are
  workspace list                     list the workspaces
  workspace upgrade (NAME | --all) [--dry-run]
                                     add what later versions brought to the standard objects
  workspace delete NAME --yes        delete a workspace with all its records; a schema that was adopted stays
  model pull WORKSPACE               print the model, for a file
  model plan WORKSPACE FILE          print what it takes to make the model the file's, and do nothing
  model apply WORKSPACE FILE [--allow-data-loss]
                                     make the model the file's, and print it as it is then
  model drift WORKSPACE              print where tables were changed by hand
  model adopt WORKSPACE [--dry-run] [--allow-data-loss]
                                     settle that: the model follows the tables
  model restore WORKSPACE [--dry-run] [--allow-data-loss]
                                     settle that: the tables follow the model
  model schema                       print the JSON Schema of the file, for editors
  key create WORKSPACE NAME [--role LABEL] [--expires DATE] [--json]
                                     make another API key of a workspace
  key list WORKSPACE                 list its API keys
  key revoke WORKSPACE KEY           revoke one, by its id or its name
  member list WORKSPACE              list who is in a workspace, as what
  member invite WORKSPACE EMAIL [--role LABEL]
                                     print a link that lets somebody in
  member role WORKSPACE EMAIL LABEL  give a member another role
  member reset-password EMAIL        print a new password of somebody who lost theirs, and end their sessions
  db url                             print the URL of the database, for psql
  db migrate                         bring the control schema up to date

  --json              the last line of the output is one JSON object
  --empty             without the standard objects
  --model FILE        with the model of a file (- is the standard input)
  --dry-run           print what would be run, and do nothing
  --role LABEL        what the key may do; everything (Admin), unless said
  --expires DATE      when it ends, as 2030-01-31 or 2030-01-31T12:00:00Z; never, unless said
  --allow-data-loss   also where that destroys records or values

The server's settings apply here too, DATABASE_URL and PLINTH_DATA_DIR among them.
`;

type Flags = {
  readonly json?: boolean;
  /** Of an adopted workspace. */
  readonly name?: string;
  readonly empty?: boolean;
  readonly model?: string;
  readonly role?: string;
  readonly expires?: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly 'dry-run'?: boolean;
  readonly 'allow-data-loss'?: boolean;
  readonly help?: boolean;
};

type Command = {
  /** What it takes, in order. */
  readonly names: readonly string[];
  readonly flags: readonly (keyof Flags)[];
  readonly run: (settings: Settings, names: readonly string[], flags: Flags) => Promise<void>;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  'workspace create': { names: ['NAME'], flags: ['json', 'empty', 'model'], run: makeWorkspace },
  'workspace adopt': { names: ['SCHEMA'], flags: ['name', 'json'], run: adopt },
  'workspace list': { names: [], flags: [], run: printWorkspaces },
  'workspace upgrade': { names: ['NAME'], flags: ['all', 'dry-run'], run: upgradeWorkspaces },
  'workspace delete': { names: ['NAME'], flags: ['yes'], run: dropWorkspace },
  'model pull': { names: ['WORKSPACE'], flags: [], run: pullModel },
  'model plan': { names: ['WORKSPACE', 'FILE'], flags: [], run: planModel },
  'model apply': { names: ['WORKSPACE', 'FILE'], flags: ['allow-data-loss'], run: applyModel },
  'model drift': { names: ['WORKSPACE'], flags: [], run: printDrift },
  'model adopt': { names: ['WORKSPACE'], flags: ['dry-run', 'allow-data-loss'], run: settleAs('adopt') },
  'model restore': { names: ['WORKSPACE'], flags: ['dry-run', 'allow-data-loss'], run: settleAs('restore') },
  'model schema': { names: [], flags: [], run: printModelSchema },
  'key create': { names: ['WORKSPACE', 'NAME'], flags: ['role', 'expires', 'json'], run: makeKey },
  'key list': { names: ['WORKSPACE'], flags: [], run: printKeys },
  'key revoke': { names: ['WORKSPACE', 'KEY'], flags: [], run: revokeKey },
  'member list': { names: ['WORKSPACE'], flags: [], run: printMembers },
  'member invite': { names: ['WORKSPACE', 'EMAIL'], flags: ['role'], run: inviteMember },
  'member role': { names: ['WORKSPACE', 'EMAIL', 'LABEL'], flags: [], run: changeRole },
  'member reset-password': { names: ['EMAIL'], flags: [], run: newPassword },
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
      model: { type: 'string' },
      all: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      'allow-data-loss': { type: 'boolean' },
      role: { type: 'string' },
      expires: { type: 'string' },
      yes: { type: 'boolean' },
      name: { type: 'string' },
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
  if (names.length !== (values.all ? 0 : command.names.length)) {
    throw new Error(`"${name}" takes ${command.names.join(' and ') || 'no names'}; plinth --help says more`);
  }
  await command.run(readSettings(process.env), names, values);
}

async function makeWorkspace(settings: Settings, [name = '']: readonly string[], flags: Flags): Promise<void> {
  const { empty = false, model: file } = flags;
  if (empty && file !== undefined) throw new Error('--empty and --model cannot both be given');
  const template = file === undefined ? {} : { document: await readModelFile(file) };
  const made = await withDatabase(settings, (database) =>
    namingFile(file ?? '', () => createWorkspace(database, { name, empty, ...template })),
  );
  const { id, schema, apiKey } = made;
  if (flags.json) print(`${JSON.stringify({ id, name, schema, apiKey })}\n`);
  else
    print(
      `The workspace "${name}" was made; its tables are in the schema ${schema}.\nIts API key, shown only now:\n${apiKey}\n`,
    );
}

async function adopt(settings: Settings, [schema = '']: readonly string[], flags: Flags): Promise<void> {
  const { id, name, apiKey, isLetIn } = await withDatabase(settings, async (database) => {
    const made = await adoptWorkspace(database, { schema, name: flags.name });
    const tried = database.withConnection(made, async () => true);
    return { ...made, isLetIn: await tried.catch(() => false) }; // the reason is logged
  });
  if (!isLetIn)
    process.stderr.write('PostgreSQL does not let its role log in, so nothing is served yet: see docs/operations.md\n');
  if (flags.json) print(`${JSON.stringify({ id, name, schema, apiKey })}\n`);
  else print(`The schema ${schema} is the workspace "${name}" now.\nIts API key, shown only now:\n${apiKey}\n`);
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

async function upgradeWorkspaces(settings: Settings, [name = '']: readonly string[], flags: Flags): Promise<void> {
  const isDryRun = flags['dry-run'] ?? false;
  await withDatabase(settings, async (database, log) => {
    const names = flags.all ? (await listWorkspaces(database)).map((each) => each.name) : [name];
    for (const each of names) {
      if (flags.all) print(`${isDryRun ? '-- ' : ''}${each}\n`);
      print(await upgraded(await askerIn(database, each, log), isDryRun));
    }
  });
}

async function printDrift(settings: Settings, [workspace = '']: readonly string[]): Promise<void> {
  print(await inWorkspace(settings, workspace, drifted));
}

function settleAs(way: Settlement): Command['run'] {
  return async (settings, [workspace = ''], flags) => {
    const options = { isDryRun: flags['dry-run'] ?? false, mayLoseData: flags['allow-data-loss'] ?? false };
    print(await inWorkspace(settings, workspace, (asker) => settled(asker, way, options)));
  };
}

async function pullModel(settings: Settings, [workspace = '']: readonly string[]): Promise<void> {
  print(await inWorkspace(settings, workspace, pulled));
}

async function planModel(settings: Settings, [workspace = '', file = '']: readonly string[]): Promise<void> {
  print(await inWorkspace(settings, workspace, (asker) => plannedFrom(asker, file)));
}

async function applyModel(
  settings: Settings,
  [workspace = '', file = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const mayLoseData = flags['allow-data-loss'] ?? false;
  print(await inWorkspace(settings, workspace, (asker) => appliedFrom(asker, file, mayLoseData)));
}

async function printModelSchema(): Promise<void> {
  print(`${JSON.stringify(modelDocumentSchema(), null, 2)}\n`);
}

async function makeKey(
  settings: Settings,
  [workspace = '', name = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  const { token, ...made } = await inWorkspace(settings, workspace, (asker) => createdKey(asker, name, flags));
  if (flags.json) print(`${JSON.stringify({ ...made, token })}\n`);
  else print(`The key "${made.name}" (${made.role}) of the workspace "${workspace}", shown only now:\n${token}\n`);
}

async function printKeys(settings: Settings, [workspace = '']: readonly string[]): Promise<void> {
  print(await inWorkspace(settings, workspace, listedKeys));
}

async function revokeKey(settings: Settings, [workspace = '', which = '']: readonly string[]): Promise<void> {
  const { name } = await inWorkspace(settings, workspace, (asker) => revokedKey(asker, which));
  print(`The key "${name}" of the workspace "${workspace}" was revoked.\n`);
}

async function printMembers(settings: Settings, [workspace = '']: readonly string[]): Promise<void> {
  print(await withDatabase(settings, (database) => listedMembers(database, workspace)));
}

async function inviteMember(
  settings: Settings,
  [workspace = '', email = '']: readonly string[],
  { role }: Flags,
): Promise<void> {
  const asked = { workspace, email, role, publicUrl: settings.publicUrl };
  const link = await withDatabase(settings, (database) => invitedMember(database, asked));
  print(`This link lets ${email} into "${workspace}", once, within 7 days. No mail was sent:\n${link}\n`);
}

async function changeRole(
  settings: Settings,
  [workspace = '', email = '', role = '']: readonly string[],
): Promise<void> {
  await withDatabase(settings, (database) => givenRole(database, workspace, email, role));
  print(`${email} is ${role} of "${workspace}" now.\n`);
}

async function newPassword(settings: Settings, [email = '']: readonly string[]): Promise<void> {
  const password = await withDatabase(settings, (database) => resetPassword(database, email));
  print(`The new password of ${email}, shown only now; their sessions have ended:\n${password}\n`);
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

async function inWorkspace<T>(
  settings: Settings,
  name: string,
  use: (asker: RequestContext) => Promise<T>,
): Promise<T> {
  return withDatabase(settings, async (database, log) => use(await askerIn(database, name, log)));
}

async function withDatabase<T>(settings: Settings, use: (database: Database, log: Logger) => Promise<T>): Promise<T> {
  const log = pino({ level: 'warn' }, pino.destination(process.stderr.fd));
  const { database, stop } = await openReadyDatabase(settings, log);
  try {
    return await use(database, log);
  } finally {
    await stop();
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

// Whoever reads a plan with `head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  const reasons = error instanceof AggregateError && error.message === '' ? error.errors : [error];
  process.stderr.write(reasons.map((reason) => `plinth: ${reasonOf(reason)}\n`).join(''));
  process.exitCode = 1;
}
