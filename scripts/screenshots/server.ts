/** Starts a server with the demo workspace, and adds the data that a workspace in use has. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbedded } from '../../db/embedded.ts';
import type { Given } from '../../server/given.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Shown = {
  readonly url: string;
  readonly key: string;
  readonly setUpLink: string;
  readonly sql: (text: string) => Promise<unknown>;
};

/** @param opened closes and removes everything */
export async function startShown(opened: AsyncDisposableStack): Promise<Shown> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plinth-shown-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o755); // the database may run as another user, who must be let through
  const { url: databaseUrl, stop } = await startEmbedded({ dataDir, log: pino({ level: 'warn' }) });
  opened.defer(stop);
  const database = new pg.Client(databaseUrl);
  await database.connect();
  opened.defer(() => database.end());
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'warn',
      ALLOW_PRIVATE_WEBHOOK_TARGETS: 'true',
    },
  });
  opened.defer(() => ended(child));
  const printed = await greetingOf(child);
  const found = (pattern: RegExp) => {
    const text = pattern.exec(printed)?.[1];
    if (!text) throw new Error(`The server printed no ${pattern}:\n${printed}`);
    return text;
  };
  return {
    url: found(/Plinth is at (\S+)/),
    key: found(/(plinth_\w+)/),
    setUpLink: found(/(http\S+#\S+)/),
    sql: async (text) => (await database.query(text)).rows,
  };
}

/** The output of the server up to the last line of its greeting. */
async function greetingOf(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const text of child.stdout ?? []) {
    printed += text;
    if (/curl .*\/metadata/.test(printed)) return printed;
  }
  throw new Error(`The server ended with ${child.exitCode}:\n${printed}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** A webhook receiver that fails every fourth delivery. @returns its URL */
export async function startReceiver(opened: AsyncDisposableStack): Promise<string> {
  let count = 0;
  const receiver = createServer((request, response) => {
    request.resume();
    count += 1;
    response.writeHead(count % 4 === 0 ? 503 : 200, { 'Content-Type': 'text/plain' });
    response.end(count % 4 === 0 ? 'come back later' : 'thanks');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  opened.defer(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/plinth`;
}

/** Adds a custom object, a role, API keys with usage, and a webhook with deliveries. */
export async function addSampleData({ url, key, sql }: Shown, target: string): Promise<void> {
  const metadata = (query: string, variables: object = {}) => graphql(`${url}/metadata`, key, query, variables);
  const core = (query: string) => graphql(`${url}/graphql`, key, query, {});

  const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
  const make = 'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }';
  const object = { ...rocket, description: 'Launch vehicles' };
  const { createOneObject } = await metadata(make, { object });
  const { objects } = await metadata(
    '{ objects(paging: { first: 100 }) { edges { node { id nameSingular fieldsList { id name } } } } }',
  );
  const known: { id: string; nameSingular: string; fieldsList: { id: string; name: string }[] }[] = objects.edges.map(
    ({ node }: Given) => node,
  );
  const objectId = (name: string) => known.find(({ nameSingular }) => nameSingular === name)?.id;
  const fieldId = (name: string, field: string) =>
    known.find(({ nameSingular }) => nameSingular === name)?.fieldsList.find((each) => each.name === field)?.id;
  const options = ['Planned', 'In flight', 'Landed'].map((label, position) => ({
    label,
    value: label.toUpperCase().replace(' ', '_'),
    color: ['sky', 'orange', 'green'][position],
    position,
  }));
  for (const field of [
    { type: 'SELECT', name: 'stage', label: 'Stage', options, defaultValue: "'PLANNED'" },
    { type: 'NUMBER', name: 'payload', label: 'Payload in kg', settings: { dataType: 'int' } },
    { type: 'DATE', name: 'launchedOn', label: 'Launched on' },
    {
      type: 'RELATION',
      name: 'maker',
      label: 'Maker',
      relationCreationPayload: {
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: objectId('company'),
        targetFieldLabel: 'Rockets',
        targetFieldIcon: 'IconRocket',
      },
    },
  ])
    await metadata('mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }', {
      field: { ...field, objectMetadataId: createOneObject.id },
    });

  const { createOneRole } = await metadata(
    'mutation ($role: CreateRoleInput!) { createOneRole(createRoleInput: $role) { id } }',
    {
      role: {
        label: 'Sales',
        description: 'Sales team: sees only its own companies, without their revenue',
        canReadAllObjectRecords: true,
        canUpdateAllObjectRecords: true,
      },
    },
  );
  const roleId = createOneRole.id;
  const of = (name: string, more: object) => ({ objectMetadataId: objectId(name), ...more });
  await metadata(
    `mutation ($objects: UpsertObjectPermissionsInput!, $fields: UpsertFieldPermissionsInput!, $rules: UpsertRowRulesInput!) {
      upsertObjectPermissions(upsertObjectPermissionsInput: $objects) { objectMetadataId }
      upsertFieldPermissions(upsertFieldPermissionsInput: $fields) { id }
      upsertRowRules(upsertRowRulesInput: $rules) { objectMetadataId }
    }`,
    {
      objects: {
        roleId,
        objectPermissions: [
          of('opportunity', { canSoftDeleteObjectRecords: true }),
          of('rocket', { canUpdateObjectRecords: false }),
        ],
      },
      fields: {
        roleId,
        fieldPermissions: [
          of('company', {
            fieldMetadataId: fieldId('company', 'annualRecurringRevenue'),
            canReadFieldValue: false,
          }),
          of('company', { fieldMetadataId: fieldId('company', 'domainName'), canUpdateFieldValue: false }),
        ],
      },
      rules: { roleId, rowRules: [of('company', { filter: { accountOwnerId: { eq: '$me' } } })] },
    },
  );

  const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
  for (const name of ['Nightly export', 'Website'])
    await metadata('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }', {
      input: { name, expiresAt: inAYear, roleId },
    });
  await sql(`insert into plinth.api_usage (api_key_id, hour, api, requests, client_errors, server_errors)
    select k.id, date_trunc('hour', now()) - n * interval '1 hour', 'REST_CORE',
      300 + (200 * sin(n / 3.0))::int + 90 * (n % 3), n % 4 * 3, 0
    from plinth.api_keys as k, generate_series(1, 23) as n where k.name in ('Nightly export', 'Website')`);

  await metadata('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }', {
    input: { targetUrl: target, operations: ['rocket.*', 'company.updated'], description: 'Mission control' },
  });
  const { companies } = await core('{ companies(first: 3) { edges { node { id } } } }');
  const makers = companies.edges.map(({ node }: Given) => node.id);
  const rockets = ['Ariane 6', 'Vega C', 'Electron', 'Prime', 'Spectrum', 'Nebula'].map(
    (name, place) => `{ name: "${name}", payload: ${1_500 * (place + 1)}, makerId: "${makers[place % 3]}",
      stage: ${options[place % 3]?.value}, launchedOn: "2026-0${place + 1}-1${place}" }`,
  );
  await core(`mutation { createRockets(data: [${rockets.join(', ')}]) { id } }`);
}

async function graphql(address: string, key: string, query: string, variables: object): Promise<Given> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  if (errors) throw new Error(`${query}\n${JSON.stringify(errors)}`);
  return data;
}
