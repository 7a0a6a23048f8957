/** Plans of changes before they happen: `?dry_run=true` on what changes the model, and `planModelChange`. */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { makeRole } from '../roles.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };

async function rocketIn({ rest }: Workspace): Promise<{ id: string; fields: { id: string; name: string }[] }> {
  return (await rest('POST', '/rest/metadata/objects', ROCKET)).body;
}

async function made({ rest }: Workspace): Promise<string[]> {
  const { body } = await rest('GET', '/rest/metadata/fields?limit=200');
  return body.data.map(({ id, name, label, isActive }: any) => `${id} ${name} ${label} ${isActive}`);
}

describe('?dry_run=true', () => {
  test('says the statements, and changes nothing', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const stage = (
      await space.rest('POST', '/rest/metadata/fields', {
        objectMetadataId: rocket.id,
        type: 'TEXT',
        name: 'stage',
        label: 'Stage',
      })
    ).body;
    await space.gql('mutation { createRocket(data: { name: "Ariane", stage: "flown" }) { id } }');
    const before = await made(space);

    type Case = [method: string, path: string, body: object | undefined, sql: string[], losesData: boolean];
    const cases: Case[] = [
      [
        'POST',
        '/objects',
        { nameSingular: 'probe', namePlural: 'probes', labelSingular: 'Probe', labelPlural: 'Probes' },
        ['create table "probes"', 'add column "target_probe_id"'],
        false,
      ],
      [
        'PATCH',
        `/objects/${rocket.id}`,
        { nameSingular: 'launcher', namePlural: 'launchers' },
        ['rename to "launchers"'],
        false,
      ],
      ['PUT', `/objects/${rocket.id}`, { description: 'Flies' }, ['comment on table "rockets"'], false],
      ['DELETE', `/objects/${rocket.id}`, undefined, ['drop table "rockets"'], true],
      [
        'POST',
        '/fields',
        { objectMetadataId: rocket.id, type: 'NUMBER', name: 'crew', label: 'Crew' },
        ['alter table "rockets" add column "crew" double precision'],
        false,
      ],
      ['PATCH', `/fields/${stage.id}`, { name: 'step' }, ['rename column "stage" to "step"'], false],
      ['PUT', `/fields/${stage.id}`, { isUnique: true }, ['unique ("stage")'], false],
      ['DELETE', `/fields/${stage.id}`, undefined, ['drop column "stage"'], true],
    ];
    for (const [method, path, body, sql, losesData] of cases) {
      const answer = await space.rest(method, `/rest/metadata${path}?dry_run=true`, body);
      expect(answer, `${method} ${path}`).toMatchObject({ status: 200, body: { losesData } });
      const said = answer.body.statements.map((statement: { sql: string }) => statement.sql).join('\n');
      for (const part of sql) expect(said).toContain(part);
    }
    expect(await made(space)).toEqual(before);
    expect(await space.sql("select to_regclass('rockets')::text as rockets, to_regclass('probes') as probes")).toEqual([
      { rockets: 'rockets', probes: null },
    ]);
  });

  test('refuses what the change itself would be refused for', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const { rest } = space;
    expect(await rest('POST', '/rest/metadata/objects?dry_run=true', ROCKET)).toMatchObject({ status: 400 });
    expect(await rest('DELETE', `/rest/metadata/objects/${randomUUID()}?dry_run=true`)).toMatchObject({ status: 404 });
    expect(await rest('DELETE', '/rest/metadata/fields/nonsense?dry_run=true')).toMatchObject({ status: 400 });
    const name = rocket.fields.find((field) => field.name === 'createdAt');
    expect(await rest('DELETE', `/rest/metadata/fields/${name?.id}?dry_run=true`)).toMatchObject({ status: 400 });
  });

  test('is true or false; a slip of the pen changes nothing', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    for (const given of ['yes', '1', 'TRUE', '']) {
      const answer = await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=${given}`);
      expect(answer.status).toBe(400);
      expect(answer.body.messages[0]).toContain('dry_run');
    }
    expect((await space.rest('GET', `/rest/metadata/objects/${rocket.id}`)).status).toBe(200);
    expect((await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=false`)).body.id).toBe(rocket.id);
    expect((await space.rest('GET', `/rest/metadata/objects/${rocket.id}`)).status).toBe(404);
  });

  test('is not for what is no change of the model', async () => {
    const { rest } = await workspace();
    const answer = await rest('POST', '/rest/metadata/apiKeys?dry_run=true', { name: 'Second' });
    expect(answer).toMatchObject({ status: 400 });
    expect((await rest('GET', '/rest/metadata/apiKeys')).body.data).toHaveLength(1);
  });
});

describe('a plan', () => {
  test('counts what would be destroyed', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const stage = (
      await space.rest('POST', '/rest/metadata/fields', {
        objectMetadataId: rocket.id,
        type: 'SELECT',
        name: 'stage',
        label: 'Stage',
        options: [
          { value: 'BUILT', label: 'Built', position: 0 },
          { value: 'LOST', label: 'Lost', position: 1 },
        ],
      })
    ).body;
    const plan = async (method: string, path: string, body?: object) =>
      (await space.rest(method, `/rest/metadata${path}?dry_run=true`, body)).body;
    const losses = ({ statements }: any) => statements.flatMap((statement: any) => statement.losses);

    const ofNothing = await plan('DELETE', `/objects/${rocket.id}`);
    expect(ofNothing.losesData).toBe(false);

    await space.gql(
      'mutation { createRockets(data: [{ name: "a", stage: BUILT }, { name: "b", stage: LOST }, { name: "c", stage: LOST }, {}]) { id } }',
    );
    const dropped = await plan('DELETE', `/fields/${stage.id}`);
    expect(dropped.losesData).toBe(true);
    expect(losses(dropped)).toEqual([{ what: 'values of rockets.stage', table: 'rockets', column: 'stage', count: 3 }]);
    expect(losses(await plan('DELETE', `/objects/${rocket.id}`))).toContainEqual({
      what: 'records of rockets',
      table: 'rockets',
      column: null,
      count: 4,
    });
    const fewer = await plan('PATCH', `/fields/${stage.id}`, { options: [stage.options[0]] });
    expect(losses(fewer)).toEqual([
      { what: 'the option LOST in rockets.stage', table: 'rockets', column: 'stage', count: 2 },
    ]);
  });

  test('takes no lock on a busy table, and says what it could not count', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const busy = new pg.Client({ connectionString: inject('databaseUrl') });
    await busy.connect();
    try {
      await busy.query(`begin; lock table ${space.schema}.rockets, ${space.schema}.companies in access exclusive mode`);
      const { status, body } = await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=true`);
      expect(status).toBe(200);
      expect(body.losesData).toBe(true); // who knows
      expect(body.statements.at(-1)).toBeDefined();
      expect(body.statements.find(({ sql }: any) => sql === 'drop table "rockets"')).toMatchObject({
        locks: [{ table: 'rockets', blocks: 'all' }],
        rewrites: false,
        isBackground: false,
        losses: [{ table: 'rockets', count: null }],
      });
    } finally {
      await busy.end();
    }
  });

  test('shows what clients of the GraphQL API would see', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const field = (type: string, name: string) => ({ objectMetadataId: rocket.id, type, name, label: name });
    const added = (await space.rest('POST', '/rest/metadata/fields?dry_run=true', field('TEXT', 'crew'))).body.schema;
    expect(added.breaking).toEqual([]);
    expect(added.changes).toContainEqual({
      kind: 'added',
      path: 'Rocket.crew',
      before: null,
      after: 'crew: String',
    });
    expect(added.changes.map(({ kind }: any) => kind)).not.toContain('removed');

    const gone = (await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=true`)).body.schema;
    expect(gone.changes).toContainEqual({ kind: 'removed', path: 'Rocket', before: 'type Rocket', after: null });
    expect(gone.changes.map(({ path }: any) => path)).not.toContain('Rocket.name');
    expect(gone.breaking).toContain('Rocket was removed.');

    const label = await space.rest('PATCH', `/rest/metadata/objects/${rocket.id}?dry_run=true`, {
      labelSingular: 'Launcher',
    });
    expect(label.body).toMatchObject({
      losesData: false,
      statements: [{ sql: expect.stringMatching(/^comment on table "rockets" is '.*@labelSingular Launcher\n/s) }],
      schema: { changes: [], breaking: [], dangerous: [] },
    });
  });

  test('is what then happens to the schema', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const change = { nameSingular: 'launcher', namePlural: 'launchers' };
    const { changes } = (await space.rest('PATCH', `/rest/metadata/objects/${rocket.id}?dry_run=true`, change)).body
      .schema;
    await space.rest('PATCH', `/rest/metadata/objects/${rocket.id}`, change);
    const { __schema } = await space.gql('{ __schema { types { name } } }');
    const names = new Set(__schema.types.map(({ name }: any) => name));
    const types = changes.filter(({ path }: any) => !path.includes('.'));
    expect(types.length).toBeGreaterThan(10);
    for (const { kind, path } of types) expect([path, names.has(path)]).toEqual([path, kind === 'added']);
  });
});

describe('what follows from a change of tables', () => {
  async function guarded(): Promise<{
    space: Workspace;
    rocket: Awaited<ReturnType<typeof rocketIn>>;
    roles: string[];
  }> {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const reads = { canReadAllObjectRecords: true };
    const ids = [
      await makeRole(space, 'Reads', { ...reads, fields: { 'rocket.name': { read: false } } }),
      await makeRole(space, 'Writes', { ...reads, canUpdateAllObjectRecords: true }),
      await makeRole(space, 'Granted', { objects: { rocket: { read: true } } }),
    ];
    const { body: roles } = await space.rest('GET', '/rest/metadata/roles');
    return { space, rocket, roles: ids.map((id) => roles.data.find((role: any) => role.id === id).databaseRole) };
  }
  const listen = ({ rest }: Workspace, operation: string) =>
    rest('POST', '/rest/metadata/webhooks', { targetUrl: 'https://example.com', operations: [operation] });
  const follows = (body: any): string[] =>
    body.statements
      .map(({ sql }: { sql: string }) => sql)
      .filter((sql: string) => /^(grant|revoke|create trigger|drop trigger)/.test(sql));
  const asked = async (space: Workspace, method: string, path: string, body?: object) =>
    (await space.rest(method, `/rest/metadata/${path}?dry_run=true`, body)).body;

  test('grants are listed with their reason, and keep nobody waiting', async () => {
    const { space, rocket, roles } = await guarded();
    const [reads, writes, granted] = roles;
    const crew = { objectMetadataId: rocket.id, type: 'NUMBER', name: 'crew', label: 'Crew' };
    const plan = await asked(space, 'POST', 'fields', crew);
    expect(plan.statements.slice(-2)).toMatchObject([
      {
        sql: `grant select ("crew") on "rockets" to "${reads}"`,
        why: `${reads} may read crew of rockets`,
        locks: [],
        rewrites: false,
      },
      {
        sql: `grant update ("crew") on "rockets" to "${writes}"`,
        why: `${writes} may change crew of rockets`,
        locks: [],
      },
    ]);
    expect(JSON.stringify(plan)).not.toContain(granted);
    expect((await space.rest('POST', '/rest/metadata/fields', crew)).status).toBe(201);
    expect(
      await space.sql(
        `select role, has_column_privilege(role, 'rockets', 'crew', 'select') as read,
        has_column_privilege(role, 'rockets', 'crew', 'update') as write
         from unnest($1::text[]) with ordinality as r (role, place) order by place`,
        [roles],
      ),
    ).toEqual([
      { role: reads, read: true, write: false },
      { role: writes, read: true, write: true },
      { role: granted, read: false, write: false },
    ]);
  });

  test('grants of a table that is new are those that the schema does not give by default', async () => {
    const { space, roles } = await guarded();
    const probe = { nameSingular: 'probe', namePlural: 'probes', labelSingular: 'Probe', labelPlural: 'Probes' };
    const plan = await asked(space, 'POST', 'objects', probe);
    const onProbes = follows(plan).filter((sql) => sql.includes('"probes"'));
    expect(onProbes.map((sql) => sql.replace(/ \(.*?\)/, ' (…)'))).toEqual([
      `grant insert on "probes" to "${roles[1]}"`,
      `grant update (…) on "probes" to "${roles[1]}"`,
    ]);
    await space.rest('POST', '/rest/metadata/objects', probe);
    expect(
      await space.sql(
        `select has_table_privilege(role, 'probes', 'select') as read,
        has_table_privilege(role, 'probes', 'insert') as make
         from unnest($1::text[]) with ordinality as r (role, place) order by place`,
        [roles],
      ),
    ).toEqual([
      { read: true, make: false },
      { read: true, make: true },
      { read: false, make: false },
    ]);
  });

  test('a rename takes grants and triggers along, and nothing is listed where nothing changes', async () => {
    const { space, rocket } = await guarded();
    await listen(space, 'rocket.*');
    const label = await asked(space, 'PATCH', `objects/${rocket.id}`, { labelSingular: 'Launcher' });
    expect(label.statements).toHaveLength(1);
    const renamed = { nameSingular: 'launcher', namePlural: 'launchers' };
    expect(follows(await asked(space, 'PATCH', `objects/${rocket.id}`, renamed))).toEqual([]);
    await space.rest('PATCH', `/rest/metadata/objects/${rocket.id}`, renamed);
    expect(await triggersOn(space, 'launchers')).toHaveLength(4);
    const same = await asked(space, 'PATCH', `objects/${rocket.id}`, renamed);
    expect(same.statements).toEqual([]);
  });

  test('triggers are listed where somebody listens', async () => {
    const { space } = await guarded();
    const probe = { nameSingular: 'probe', namePlural: 'probes', labelSingular: 'Probe', labelPlural: 'Probes' };
    expect(follows(await asked(space, 'POST', 'objects', probe)).join()).not.toContain('trigger');
    await listen(space, '*.created');
    const plan = await asked(space, 'POST', 'objects', probe);
    expect(plan.statements).toContainEqual(
      expect.objectContaining({
        sql: expect.stringMatching(/^create trigger plinth_created after insert on "probes"/),
        why: 'somebody listens to probes',
        locks: [{ table: 'probes', blocks: 'writes' }],
      }),
    );
    const { body: made } = await space.rest('POST', '/rest/metadata/objects', probe);
    expect(await triggersOn(space, 'probes')).toEqual(['plinth_created']);
    expect(follows(await asked(space, 'DELETE', `objects/${made.id}`))).toEqual([]); // they go with the table
    expect((await space.rest('DELETE', `/rest/metadata/objects/${made.id}`)).status).toBe(200);
  });

  test('what a hand has granted or revoked stays so, whatever else changes', async () => {
    const { space, rocket, roles } = await guarded();
    const [reads, , granted] = roles;
    await space.sql(
      `grant select (name) on rockets to ${reads}; grant select on companies to ${granted}; revoke
      select (created_at) on rockets from ${granted}`,
    );
    await space.rest('POST', '/rest/metadata/fields', {
      objectMetadataId: rocket.id,
      type: 'NUMBER',
      name: 'crew',
      label: 'Crew',
    });
    const { body } = await space.rest('GET', '/rest/metadata/roles');
    for (const { id, databaseRole } of body.data.filter((role: any) => roles.includes(role.databaseRole)))
      expect((await space.rest('PATCH', `/rest/metadata/roles/${id}`, { description: databaseRole })).status).toBe(200);
    expect(
      await space.sql(
        `select has_column_privilege($1, 'rockets', 'name', 'select') as name,
        has_column_privilege($1, 'rockets', 'crew', 'select') as crew,
           has_table_privilege($2, 'companies', 'select') as companies,
           has_column_privilege($2, 'rockets', 'created_at', 'select') as created`,
        [reads, granted],
      ),
    ).toEqual([{ name: true, crew: true, companies: true, created: false }]);
  });

  async function triggersOn(space: Workspace, table: string): Promise<string[]> {
    const rows = await space.sql(
      `select tgname::text as name from pg_trigger where tgrelid = $1::regclass and not tgisinternal order by 1`,
      [table],
    );
    return rows.map(({ name }) => name);
  }
});

describe('planModelChange', () => {
  const PLAN = `query ($changes: [ModelChangeInput!]!) {
    planModelChange(changes: $changes) {
      losesData
      statements { sql why rewrites locks { table blocks } losses { what table column count } }
      schema { changes { kind path before after } breaking dangerous }
    }
  }`;

  test('takes what the mutations take, several at once', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const name = rocket.fields.find((field) => field.name === 'name');
    const before = await made(space);
    const { planModelChange } = await space.metadata(PLAN, {
      changes: [
        { createOneField: { field: { objectMetadataId: rocket.id, type: 'NUMBER', name: 'crew', label: 'Crew' } } },
        { updateOneObject: { id: rocket.id, update: { nameSingular: 'launcher', namePlural: 'launchers' } } },
        { updateOneField: { id: name?.id, update: { isUnique: true } } },
      ],
    });
    expect(planModelChange.statements.map(({ sql }: any) => sql)).toEqual(
      expect.arrayContaining([
        'alter table "rockets" rename to "launchers"',
        'alter table "launchers" add column "crew" double precision',
        expect.stringContaining('unique ("name")'),
      ]),
    );
    expect(planModelChange).toMatchObject({ losesData: false });
    expect(planModelChange.schema.changes).toContainEqual({
      kind: 'added',
      path: 'Launcher',
      before: null,
      after: 'type Launcher',
    });
    expect(await made(space)).toEqual(before);
  });

  test('each change is one', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    for (const change of [{}, { deleteOneObject: { id: rocket.id }, deleteOneField: { id: rocket.id } }]) {
      expect((await space.metadataRefused(PLAN, { changes: [change] })).message).toMatch(/ModelChangeInput/);
    }
    const error = await space.metadataRefused(PLAN, { changes: [{ deleteOneObject: { id: randomUUID() } }] });
    expect(error.extensions.code).toBe('NOT_FOUND');
  });
});
