/** The model as a file: over REST, GraphQL and the command line, on a real database. */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { fingerprint } from '../../server/catalog/fingerprint.ts';
import { createWorkspace, deleteWorkspace } from '../../server/changes/workspaces.ts';
import { appliedFrom, askerIn, plannedFrom, pulled } from '../../server/cli/model.ts';
import { server, workspace } from '../fixture.ts';

const PLINTH = fileURLToPath(new URL('../../scripts/plinth', import.meta.url));
const execute = promisify(execFile);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plinth-model-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** Runs the command; a failure is an answer too. */
async function plinth(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, DATABASE_URL: inject('databaseUrl') };
  try {
    const { stdout, stderr } = await execute(PLINTH, args, { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

async function file(name: string, document: unknown): Promise<string> {
  const path = join(scratch, name);
  await writeFile(path, typeof document === 'string' ? document : `${JSON.stringify(document, null, 2)}\n`);
  return path;
}

const rocket = {
  name: 'rocket',
  plural: 'rockets',
  fields: [
    { name: 'name', type: 'TEXT' },
    { name: 'stage', type: 'SELECT', options: [{ value: 'BUILT' }, { value: 'FLOWN', color: 'green' }] },
    { name: 'maker', type: 'RELATION', to: 'company' },
  ],
};

/** The workspace's document with rockets in it. */
async function withRockets({ rest }: Awaited<ReturnType<typeof workspace>>): Promise<any> {
  const { body } = await rest('GET', '/rest/metadata/model');
  body.objects.push(structuredClone(rocket));
  body.objects
    .find(({ name }: any) => name === 'company')
    .fields.push({ name: 'rockets', type: 'RELATION', from: 'rocket.maker' });
  return body;
}

describe('a document that says what the model is already', () => {
  test('is neither written nor announced, whatever the order of keys that PostgreSQL stores', async () => {
    const space = await workspace();
    const { body: objects } = await space.rest('GET', '/rest/metadata/objects?limit=200');
    const company = objects.data.find((each: any) => each.nameSingular === 'company');
    // The options of a new field are remembered as they were given, and read as PostgreSQL orders their keys.
    const { body: crest } = await space.rest('POST', '/rest/metadata/fields', {
      objectMetadataId: company.id,
      name: 'crest',
      label: 'Crest',
      type: 'SELECT',
      options: [{ value: 'LION', position: 0, label: 'Lion', color: 'red' }],
    });
    const { body: document } = await space.rest('GET', '/rest/metadata/model');
    const state = () =>
      space.sql(`select w.model_version, f.updated_at from plinth.workspaces as w
        join plinth.fields as f on f.workspace_id = w.id
        where f.id = '${crest.id}'`);
    const before = await state();
    const announced: string[] = [];
    await using listener = await listening(announced);
    expect((await space.rest('PUT', '/rest/metadata/model', document)).body).toEqual(document);
    expect(await state()).toEqual(before);
    await listener.flush();
    expect(announced).not.toContain(space.schema);
  });
});

/** Collects what is announced of models; `flush` waits for all that was announced before it. */
async function listening(announced: string[]) {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  await client.query('listen plinth_model');
  const waiting = new Map<string, () => void>();
  client.on('notification', ({ payload = '' }) => {
    announced.push(payload);
    waiting.get(payload)?.();
  });
  return {
    async flush() {
      const mark = randomUUID();
      const heard = new Promise<void>((resolve) => waiting.set(mark, resolve));
      await client.query('select pg_notify($1, $2)', ['plinth_model', mark]);
      await heard;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

describe('over REST', () => {
  test('GET, PUT, GET: what is served is what was said', async () => {
    const space = await workspace();
    const document = await withRockets(space);
    const put = await space.rest('PUT', '/rest/metadata/model', document);
    expect(put.status).toBe(200);
    expect(put.body).toEqual(document);
    expect((await space.rest('GET', '/rest/metadata/model')).body).toEqual(document);
    await space.gql(
      'mutation { createCompany(data: { name: "ESA", domainName: { primaryLinkUrl: "esa.int" } }) { id } }',
    );
    const { createRocket } = await space.gql(
      'mutation { createRocket(data: { name: "Vega", stage: FLOWN, maker: { connect: { where: { domainName: { primaryLinkUrl: "esa.int" } } } } }) { stage maker { name } } }',
    );
    expect(createRocket).toEqual({ stage: 'FLOWN', maker: { name: 'ESA' } });

    // A rename keeps the record, also where the same document comes twice.
    const launcher = { ...rocket, name: 'launcher', plural: 'launchers', was: 'rocket' };
    const renamed = {
      ...document,
      objects: document.objects
        .filter(({ name }: any) => name !== 'rocket')
        .map((object: any) => ({
          ...object,
          fields: object.fields.map((field: any) =>
            field.from === 'rocket.maker'
              ? { ...field, name: 'launchers', was: 'rockets', from: 'launcher.maker' }
              : field,
          ),
        }))
        .concat(launcher),
    };
    for (let time = 1; time <= 2; time++) {
      expect((await space.rest('PUT', '/rest/metadata/model', renamed)).status).toBe(200);
      const { launchers } = await space.gql(
        '{ launchers { edges { node { name maker { launchers { totalCount } } } } } }',
      );
      expect(launchers.edges).toEqual([{ node: { name: 'Vega', maker: { launchers: { totalCount: 1 } } } }]);
    }
  });

  test('a dry run is the plan; nothing is changed', async () => {
    const space = await workspace();
    const before = (await space.rest('GET', '/rest/metadata/model')).body;
    const { status, body } = await space.rest('PUT', '/rest/metadata/model?dry_run=true', await withRockets(space));
    expect(status).toBe(200);
    expect(body.losesData).toBe(false);
    expect(body.statements.map(({ sql }: any) => sql).join('\n')).toContain('create table "rockets"');
    expect(body.schema.changes).toContainEqual({
      kind: 'added',
      path: 'Company.rockets',
      before: null,
      after: expect.any(String),
    });
    expect((await space.rest('GET', '/rest/metadata/model')).body).toEqual(before);
  });

  test('what would be lost is refused, until it is allowed; what is empty is no loss', async () => {
    const space = await workspace();
    const without = (await space.rest('GET', '/rest/metadata/model')).body;
    const document = await withRockets(space);
    await space.rest('PUT', '/rest/metadata/model', document);
    const fewer = structuredClone(document);
    fewer.objects.at(-1).fields.splice(1, 1);
    expect((await space.rest('PUT', '/rest/metadata/model', fewer)).status).toBe(200); // no rocket has a stage
    await space.rest('PUT', '/rest/metadata/model', document);
    await space.gql('mutation { createRockets(data: [{ name: "Ariane", stage: FLOWN }, { name: "Vega" }]) { id } }');

    expect(await space.rest('PUT', '/rest/metadata/model', fewer)).toMatchObject({
      status: 409,
      body: { messages: [expect.stringContaining('1 values of rockets.stage')] },
    });
    expect((await space.rest('PUT', '/rest/metadata/model', without)).body.messages[0]).toContain(
      '2 records of rockets',
    );
    const error = await space.metadataRefused('mutation ($model: JSON!) { applyModel(input: { model: $model }) }', {
      model: without,
    });
    expect(error.extensions).toMatchObject({
      code: 'CONFLICT',
      subCode: 'DATA_LOSS_NOT_ALLOWED',
      losses: expect.arrayContaining([{ what: 'records of rockets', table: 'rockets', column: null, count: 2 }]),
    });
    expect(await space.sql('select count(*)::int from rockets where stage is not null')).toEqual([{ count: 1 }]);

    expect((await space.rest('PUT', '/rest/metadata/model?allow_data_loss=true', without)).body).toEqual(without);
    expect(await space.sql("select to_regclass('rockets') as table")).toEqual([{ table: null }]);
  });

  test('mistakes are told with their places, and nothing is changed', async () => {
    const space = await workspace();
    const document = await withRockets(space);
    document.objects
      .at(-1)
      .fields.push({ name: 'crew', type: 'SELECT' }, { name: 'pad', type: 'RELATION', to: 'moon' });
    const { status, body } = await space.rest('PUT', '/rest/metadata/model', document);
    expect(status).toBe(400);
    expect(body.messages[0]).toContain('rocket.pad: there is no object "moon" in the model');
    for (const nonsense of [{}, { objects: {} }, { objects: [{}] }, { objects: [null] }, { objects: [], more: 1 }])
      expect((await space.rest('PUT', '/rest/metadata/model', nonsense)).status).toBe(400);
    expect((await space.rest('PUT', '/rest/metadata/model', [])).status).toBe(400);
    expect((await space.rest('GET', '/rest/metadata/objects')).body.totalCount).toBe(11);
  });

  test('the schema of the document is served', async () => {
    const { rest } = await workspace();
    expect((await rest('GET', '/rest/metadata/model/schema')).body).toMatchObject({
      type: 'object',
      required: ['objects'],
    });
  });
});

describe('over GraphQL', () => {
  test('model, planModelChange and applyModel', async () => {
    const space = await workspace();
    const document = await withRockets(space);
    const { planModelChange } = await space.metadata(
      'query ($change: ModelChangeInput!) { planModelChange(changes: [$change]) { losesData statements { why } } }',
      { change: { applyModel: { model: document } } },
    );
    expect(planModelChange.statements.map(({ why }: any) => why)).toContain('the object of rockets is new');
    const { applyModel } = await space.metadata('mutation ($model: JSON!) { applyModel(input: { model: $model }) }', {
      model: document,
    });
    expect(applyModel).toEqual(document);
    expect((await space.metadata('{ model }')).model).toEqual(document);
    expect((await space.gql('{ rockets { totalCount } }')).rockets.totalCount).toBe(0);
  });
});

/** What the commands print, without a process for each. */
async function commandsIn(name: string) {
  const { database } = await server();
  const asker = await askerIn(database, name, pino({ level: 'silent' }));
  return {
    pull: () => pulled(asker),
    plan: (path: string) => plannedFrom(asker, path),
    apply: (path: string, mayLoseData = false) => appliedFrom(asker, path, mayLoseData),
  };
}

describe('from the command line', () => {
  test('pull, plan, apply, pull: byte for byte', async () => {
    const space = await workspace();
    const { pull, plan, apply } = await commandsIn(space.name);
    const first = await pull();
    const path = await file('model.json', await withRockets(space));
    const planned = await plan(path);
    expect(planned).toContain('-- the object of rockets is new\ncreate table "rockets" (');
    expect(planned).toContain('-- locks companies: nobody else writes it\n');
    expect(planned).toContain('--   + Rocket\n');
    expect(await pull()).toBe(first);

    const text = await readFile(path, 'utf8');
    expect(await apply(path)).toBe(text);
    expect(await pull()).toBe(text);
    expect(await plan(path)).toBe('-- The tables are as they should be: there is nothing to run.\n');
    // The server that runs meanwhile heard of it.
    await expect.poll(async () => (await space.rest('GET', '/rest/rockets')).status).toBe(200);

    await space.gql('mutation { createRocket(data: { name: "Vega" }) { id } }');
    const before = await file('before.json', first);
    await expect(apply(before)).rejects.toThrow('1 records of rockets');
    expect(await plan(before)).toContain('-- DESTROYS 1 records of rockets\n');
    expect(await apply(before, true)).toBe(first);
  });

  test('the commands, as they are typed', { timeout: 120_000 }, async () => {
    const space = await workspace();
    const document = await withRockets(space);
    const path = await file('typed.json', document);
    expect((await plinth('model', 'plan', space.name, path)).out).toContain('create table "rockets"');
    const applied = await plinth('model', 'apply', space.name, path, '--allow-data-loss');
    expect(applied).toEqual({ code: 0, out: await readFile(path, 'utf8'), err: '' });
    expect(await plinth('model', 'pull', space.name)).toEqual(applied);

    document.objects.at(-1).fields.push({ name: 'a', type: 'TEXTS' }, { name: 'b', type: 'TEXT', size: 3 });
    const wrong = await file('wrong.json', document);
    const { code, err } = await plinth('model', 'apply', space.name, wrong);
    expect(code).toBe(1);
    expect(err.split('\n').slice(0, -1)).toEqual([
      expect.stringContaining(`plinth: ${wrong}: rocket.a.type: Invalid option`),
      `plinth: ${wrong}: rocket.b: Unrecognized key: "size"`,
    ]);
    expect(JSON.parse((await plinth('model', 'schema')).out)).toMatchObject({ title: 'A data model of Plinth' });
  });

  test('a file that is no JSON, and a workspace that there is not', async () => {
    const space = await workspace();
    const { plan } = await commandsIn(space.name);
    await expect(plan(await file('broken.json', '{\n  "objects": []\n  "x": 1\n}\n'))).rejects.toThrow(
      /broken\.json: .*line 3 column 3/,
    );
    await expect(commandsIn('nosuchworkspace')).rejects.toThrow('There is no workspace named "nosuchworkspace"');
  });

  test('a workspace made from a file has the same tables', { timeout: 60_000 }, async () => {
    const space = await workspace();
    await space.rest('PUT', '/rest/metadata/model', await withRockets(space));
    const path = await file('template.json', await (await commandsIn(space.name)).pull());
    const name = `${space.name}_copy`;
    const { database } = await server();
    try {
      const { code, out } = await plinth('workspace', 'create', name, '--model', path, '--json');
      expect(code).toBe(0);
      const { schema } = JSON.parse(out.trim().split('\n').at(-1) as string);
      const print = (of: string) => database.asOwner((client) => fingerprint(client, of));
      expect(await print(schema)).toBe(await print(space.schema));
      expect(await (await commandsIn(name)).pull()).toBe(await readFile(path, 'utf8'));
    } finally {
      await deleteWorkspace(database, name);
    }
  });

  test('a template may be as small as one object; one with mistakes makes nothing', async () => {
    const { database } = await server();
    const name = `small_${Date.now().toString(36)}`;
    const book = {
      name: 'book',
      plural: 'books',
      labelIdentifier: 'title',
      search: ['title'],
      fields: [{ name: 'title', type: 'TEXT' }],
    };
    try {
      await createWorkspace(database, { name, document: { objects: [book] } });
      const { objects } = JSON.parse(await (await commandsIn(name)).pull());
      expect(objects.map((object: any) => object.name)).toEqual(['book', 'workspaceMember']);
    } finally {
      await deleteWorkspace(database, name);
    }
    const wrong = { objects: [{ ...book, name: 'user', plural: 'users' }] };
    await expect(createWorkspace(database, { name, document: wrong })).rejects.toThrow('user: This name is reserved');
    await expect(commandsIn(name)).rejects.toThrow('There is no workspace');
  });
});
