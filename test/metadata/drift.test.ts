/** Tables changed by hand under a model that describes them: reported, and settled in either of two ways. */

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { askerIn, drifted, settled } from '../../server/cli/model.ts';
import { server, workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf } from '../roles.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const rocket = {
  name: 'rocket',
  plural: 'rockets',
  fields: [
    { name: 'name', type: 'TEXT' },
    { name: 'stage', type: 'SELECT', options: [{ value: 'BUILT' }, { value: 'FLOWN' }], default: "'BUILT'" },
    { name: 'serial', type: 'TEXT', unique: true },
    { name: 'crew', type: 'NUMBER', settings: { dataType: 'int' } },
    { name: 'price', type: 'CURRENCY' },
    { name: 'maker', type: 'RELATION', to: 'company' },
  ],
  indexes: [{ fields: ['crew', 'serial'] }],
};

/** A workspace with two rockets, and a hand at its tables. */
async function withRockets(...ddl: string[]): Promise<Workspace> {
  const space = await workspace();
  const { body } = await space.rest('GET', '/rest/metadata/model');
  body.objects.push(rocket);
  body.objects[0].fields.push({ name: 'rockets', type: 'RELATION', from: 'rocket.maker' });
  expect((await space.rest('PUT', '/rest/metadata/model', body)).status).toBe(200);
  await space.gql(
    'mutation { createRockets(data: [{ name: "Ariane", serial: "a", crew: 1, stage: FLOWN }, { name: "Vega", serial: "b" }]) { id } }',
  );
  for (const statement of ddl) await space.sql(statement);
  return space;
}

async function driftIn({ rest }: Workspace): Promise<any[]> {
  return (await rest('GET', '/rest/metadata/drift')).body.data;
}

async function fieldsOf({ rest }: Workspace): Promise<any> {
  const { body } = await rest('GET', '/rest/metadata/model');
  return Object.fromEntries(
    body.objects
      .find(({ plural }: any) => plural.match(/rockets|launchers/))
      .fields.map((field: any) => [field.name, field]),
  );
}

test('the tables of a model are made once to compare with; then only the catalog is read', async () => {
  const space = await workspace();
  const { application } = await server();
  expect(await driftIn(space)).toEqual([]);
  await space.sql(`
    create function ${space.schema}.refuse() returns event_trigger language plpgsql as $$
      begin if current_setting('application_name') = '${application}' then raise 'no schema is made'; end if; end $$;
    create event trigger ${space.schema}
    on ddl_command_start when tag in ('CREATE SCHEMA') execute function ${space.schema}.refuse()`);
  try {
    expect(await driftIn(space)).toEqual([]);
    await space.sql('alter table companies alter column name set default $$nobody$$');
    expect(await driftIn(space)).toMatchObject([{ place: 'company.name', kind: 'changed' }]);
    expect((await space.rest('GET', '/rest/metadata/drift')).status).toBe(200);
  } finally {
    await space.sql(`drop event trigger ${space.schema}`);
  }
});

test('what is as the model says, and what was made beside it, is no drift', async () => {
  const space = await withRockets(
    'alter table rockets add column note text',
    'create table stray (id uuid primary key)',
    'create index stray_idx on rockets (note)',
  );
  expect(await driftIn(space)).toEqual([]);
});

type Case = {
  readonly by: string[];
  readonly drift: object[];
  /** The field after adoption; undefined where it is gone, null where it cannot be adopted. */
  readonly adopted: [name: string, is: object | undefined] | null;
  /** What restoring leaves of the records, in the order of their names. */
  readonly restored: [query: string, rows: object[]];
};

const CASES: Record<string, Case> = {
  'a column dropped': {
    by: ['alter table rockets drop column stage'],
    drift: [{ place: 'rocket.stage', what: 'column', kind: 'missing', actual: null }],
    adopted: ['stage', undefined],
    restored: ['select stage from rockets order by name', [{ stage: 'BUILT' }, { stage: 'BUILT' }]],
  },
  'a column renamed': {
    by: ['alter table rockets rename column stage to phase'],
    drift: [{ place: 'rocket.stage', what: 'column', kind: 'renamed', expected: 'stage', actual: 'phase' }],
    adopted: ['phase', { type: 'SELECT' }],
    restored: ['select stage from rockets order by name', [{ stage: 'FLOWN' }, { stage: 'BUILT' }]],
  },
  'a column dropped, and another of its type made beside it': {
    by: [
      'alter table rockets drop column stage',
      'alter table rockets add column grade rockets_stage',
      "comment on column rockets.grade is 'Of the jury'",
    ],
    drift: [{ place: 'rocket.stage', what: 'column', kind: 'missing', actual: null }],
    adopted: ['stage', undefined],
    restored: [
      'select grade, stage from rockets order by name',
      [
        { grade: null, stage: 'BUILT' },
        { grade: null, stage: 'BUILT' },
      ],
    ],
  },
  'a column retyped, to a type that fits the field': {
    by: ['alter table rockets alter column crew type bigint'],
    drift: [{ place: 'rocket.crew', what: 'column', kind: 'changed', expected: 'integer', actual: 'bigint' }],
    adopted: ['crew', { type: 'NUMBER', settings: { dataType: 'bigint' } }],
    restored: ['select crew from rockets order by name', [{ crew: 1 }, { crew: null }]],
  },
  'a column retyped, to another type of field': {
    by: ['alter table rockets alter column crew type text using crew::text'],
    drift: [{ place: 'rocket.crew', what: 'column', kind: 'changed', expected: 'integer', actual: 'text' }],
    adopted: ['crew', { type: 'TEXT' }],
    restored: ['select crew from rockets order by name', [{ crew: 1 }, { crew: null }]],
  },
  'an enum become text': {
    by: [
      'alter table rockets alter column stage drop default',
      'alter table rockets alter column stage type text using stage::text',
      'drop type rockets_stage',
    ],
    drift: [
      { place: 'rocket.stage', what: 'column', kind: 'changed', expected: 'rockets_stage', actual: 'text' },
      { place: 'rocket.stage', what: 'enum', kind: 'missing' },
    ],
    adopted: ['stage', { type: 'TEXT' }],
    restored: ['select stage from rockets order by name', [{ stage: 'FLOWN' }, { stage: 'BUILT' }]],
  },
  'a default and a null taken away': {
    by: ['alter table rockets alter column stage drop default'],
    drift: [{ place: 'rocket.stage', what: 'column', kind: 'changed', actual: 'no default' }],
    adopted: ['stage', { type: 'SELECT' }],
    restored: ['insert into rockets default values returning stage', [{ stage: 'BUILT' }]],
  },
  'an option added': {
    by: [`alter type rockets_stage add value 'LOST' before 'FLOWN'`],
    drift: [
      { place: 'rocket.stage', what: 'enum', kind: 'changed', expected: 'BUILT, FLOWN', actual: 'BUILT, LOST, FLOWN' },
    ],
    adopted: ['stage', { options: [{ value: 'BUILT' }, { value: 'LOST', label: 'LOST' }, { value: 'FLOWN' }] }],
    restored: ['select stage from rockets order by name', [{ stage: 'FLOWN' }, { stage: 'BUILT' }]],
  },
  'a unique constraint dropped': {
    by: ['alter table rockets drop constraint rockets_serial_key'],
    drift: [{ place: 'rocket.serial', what: 'constraint', kind: 'missing', name: 'rockets_serial_key' }],
    adopted: ['serial', { name: 'serial', type: 'TEXT' }],
    restored: [
      "select conname from pg_constraint where conname = 'rockets_serial_key' and connamespace = current_schema()::regnamespace",
      [{ conname: 'rockets_serial_key' }],
    ],
  },
  'a constraint renamed': {
    by: ['alter table rockets rename constraint rockets_serial_key to by_serial'],
    drift: [{ place: 'rocket.serial', what: 'constraint', kind: 'renamed', actual: 'by_serial' }],
    adopted: null,
    restored: [
      "select conname from pg_constraint where conname = 'rockets_serial_key' and connamespace = current_schema()::regnamespace",
      [{ conname: 'rockets_serial_key' }],
    ],
  },
  'an index dropped': {
    by: ['drop index rockets_crew_serial_idx', 'drop index rockets_maker_id_idx'],
    drift: [
      { place: 'rocket.maker', what: 'index', kind: 'missing', name: 'rockets_maker_id_idx' },
      { place: 'rocket', what: 'index', kind: 'missing', name: 'rockets_crew_serial_idx' },
    ],
    adopted: null,
    restored: [
      "select count(*)::int from pg_indexes where tablename = 'rockets' and schemaname = current_schema() and indexname in ('rockets_crew_serial_idx', 'rockets_maker_id_idx')",
      [{ count: 2 }],
    ],
  },
  'a foreign key dropped': {
    by: ['alter table rockets drop constraint rockets_maker_id_fkey'],
    drift: [{ place: 'rocket.maker', what: 'constraint', kind: 'missing', name: 'rockets_maker_id_fkey' }],
    adopted: null,
    restored: ['select count(*)::int from rockets', [{ count: 2 }]],
  },
  'a part of a composite field dropped': {
    by: ['alter table rockets drop column price_currency_code'],
    drift: [{ place: 'rocket.price', what: 'column', kind: 'missing', name: 'price_currency_code' }],
    adopted: ['price', undefined],
    restored: ['select price_currency_code from rockets limit 1', [{ price_currency_code: null }]],
  },
  'a table renamed': {
    by: ['alter table rockets rename to launchers'],
    drift: [{ place: 'rocket', what: 'table', kind: 'renamed', expected: 'rockets', actual: 'launchers' }],
    adopted: ['name', { type: 'TEXT' }],
    restored: ['select name from rockets order by name', [{ name: 'Ariane' }, { name: 'Vega' }]],
  },
};

describe.each(Object.entries(CASES))('%s', (_, { by, drift, adopted, restored }) => {
  test('is reported, and restored', async () => {
    const space = await withRockets(...by);
    expect(await driftIn(space)).toMatchObject(drift);
    const plan = (await space.rest('POST', '/rest/metadata/drift/restore?dry_run=true')).body;
    expect(plan.statements.length).toBeGreaterThan(0);
    expect(await driftIn(space)).toMatchObject(drift);
    const { status, body } = await space.rest('POST', '/rest/metadata/drift/restore');
    expect([status, body]).toEqual([200, { data: [] }]);
    const [query, rows] = restored;
    expect(await space.sql(query)).toEqual(rows);
    expect(
      (await space.gql('{ rockets { edges { node { name stage crew serial } } } }')).rockets.edges.length,
    ).toBeGreaterThan(1);
  });

  test.runIf(adopted)('is adopted', async () => {
    const space = await withRockets(...by);
    const { status, body } = await space.rest('POST', '/rest/metadata/drift/adopt');
    expect([status, body]).toEqual([200, { data: [] }]);
    const [name, is] = adopted as [string, object | undefined];
    const field = (await fieldsOf(space))[name];
    if (is === undefined) expect(field).toBeUndefined();
    else expect(field).toMatchObject(is);
    expect(await driftIn(space)).toEqual([]);
    expect((await space.rest('GET', '/rest/companies')).status).toBe(200);
  });

  test.runIf(!adopted)('cannot be adopted where the model has no word for it', async () => {
    const space = await withRockets(...by);
    const { body } = await space.rest('POST', '/rest/metadata/drift/adopt');
    const left = drift.filter((each: any) => each.name !== 'rockets_crew_serial_idx');
    expect(body.data).toMatchObject(left.map((each) => ({ ...each, adopt: null })));
  });
});

test('the rest of the workspace goes on being served, and a change of what drifted says why not', async () => {
  const space = await withRockets('alter table rockets drop column crew cascade');
  expect((await space.gql('{ rockets { edges { node { name serial } } } }')).rockets.edges).toHaveLength(2);
  expect((await space.gql('mutation { createCompany(data: { name: "ESA" }) { name } }')).createCompany.name).toBe(
    'ESA',
  );
  const { data } = (await space.rest('GET', '/rest/metadata/fields?limit=200')).body;
  const crew = data.find(({ name }: any) => name === 'crew');
  const answer = await space.rest('PATCH', `/rest/metadata/fields/${crew.id}`, { name: 'heads' });
  expect(answer).toMatchObject({ status: 409, body: { messages: [expect.stringContaining('changed by hand')] } });
});

test('a table dropped is made again, empty; or its object goes', async () => {
  const space = await withRockets('drop table rockets cascade');
  expect(await driftIn(space)).toMatchObject(
    [
      {
        place: 'rocket',
        what: 'table',
        kind: 'missing',
        adopt: 'the object rocket is deleted',
        restore: 'make the table rockets again, empty',
      },
      { what: 'enum', kind: 'changed' },
    ].slice(0, 1),
  );
  expect((await space.rest('POST', '/rest/metadata/drift/restore')).body).toEqual({ data: [] });
  expect((await space.gql('{ rockets { totalCount } }')).rockets.totalCount).toBe(0);
  await space.sql('drop table rockets cascade');
  const { adoptDrift } = await space.metadata('mutation { adoptDrift { place what kind } }');
  expect(adoptDrift).toEqual([]);
  const { body } = await space.rest('GET', '/rest/metadata/model');
  expect(body.objects.map(({ name }: any) => name)).not.toContain('rocket');
});

test('what restoring would lose is refused, until it is allowed', async () => {
  const space = await withRockets(`alter type rockets_stage add value 'LOST'`);
  await space.sql(`update rockets set stage = 'LOST' where name = 'Vega'`);
  const refused = await space.rest('POST', '/rest/metadata/drift/restore');
  expect(refused).toMatchObject({ status: 409, body: { messages: [expect.stringContaining('the option LOST')] } });
  expect((await space.metadata('mutation { restoreDrift(allowDataLoss: true) { place } }')).restoreDrift).toEqual([]);
  expect(await space.sql('select stage from rockets order by name')).toEqual([{ stage: 'FLOWN' }, { stage: 'BUILT' }]);
});

describe('of what guards records', () => {
  type Guarded = { space: Workspace; sales: string; salesId: string; guest: string };

  async function guarded(): Promise<Guarded> {
    const space = await withRockets();
    const reads = { canReadAllObjectRecords: true };
    const salesId = await makeRole(space, 'Sales', { ...reads, fields: { 'company.name': { read: false } } });
    const guestId = await makeRole(space, 'Guest', { objects: { rocket: { read: true } } });
    const rule = await space.rest('PUT', `/rest/metadata/roles/${salesId}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, 'rocket'), filter: { crew: { gt: 0 } } }],
    });
    expect(rule.status).toBe(200);
    const { body } = await space.rest('GET', '/rest/metadata/roles');
    const nameOf = (id: string) => body.data.find((role: any) => role.id === id).databaseRole;
    return { space, sales: nameOf(salesId), salesId, guest: nameOf(guestId) };
  }

  type Hand = {
    readonly by: (roles: Guarded) => string;
    readonly drift: (roles: Guarded) => readonly object[];
    /** What restoring runs. */
    readonly restored: (roles: Guarded) => readonly (string | RegExp)[];
  };

  const HANDS: Record<string, Hand> = {
    'a grant on a table revoked': {
      by: ({ sales }) => `revoke select on people from ${sales}`,
      drift: ({ sales }) => [
        {
          place: 'person',
          what: 'grant',
          kind: 'missing',
          table: 'people',
          name: sales,
          expected: 'select',
          actual: null,
        },
      ],
      restored: ({ sales }) => [`grant select on "people" to "${sales}"`],
    },
    'a grant on a column revoked': {
      by: ({ guest }) => `revoke select (crew) on rockets from ${guest}`,
      drift: () => [{ place: 'rocket', what: 'grant', kind: 'missing', expected: 'select ("crew")' }],
      restored: ({ guest }) => [`grant select ("crew") on "rockets" to "${guest}"`],
    },
    'a grant on a column that is kept back': {
      by: ({ sales }) => `grant select (name) on companies to ${sales}`,
      drift: ({ sales }) => [
        {
          place: 'company',
          kind: 'added',
          name: sales,
          expected: 'nothing',
          actual: 'select ("name")',
          restore: `revoke select ("name") from ${sales}`,
        },
      ],
      restored: ({ sales }) => [`revoke select ("name") on "companies" from "${sales}"`],
    },
    'a grant on a table that is kept back': {
      by: ({ guest }) => `grant select, delete on companies to ${guest}`,
      drift: () => [
        { kind: 'added', actual: 'select' },
        { kind: 'added', actual: 'delete' },
      ],
      restored: ({ guest }) => [
        `revoke select on "companies" from "${guest}"`,
        `revoke delete on "companies" from "${guest}"`,
      ],
    },
    'a whole table granted where columns are': {
      by: ({ sales }) => `grant select on companies to ${sales}`,
      drift: () => [
        { place: 'company', kind: 'changed', expected: expect.stringMatching(/^select \("id", /), actual: 'select' },
      ],
      restored: ({ sales }) => [
        `revoke select on "companies" from "${sales}"`,
        /^grant select \("id", .*\) on "companies"/,
      ],
    },
    'the workspace’s own role refused a table': {
      by: ({ space }) => `revoke update on rockets from ${space.schema}`,
      drift: ({ space }) => [{ place: 'rocket', kind: 'missing', name: space.schema, expected: 'update' }],
      restored: ({ space }) => [`grant update on "rockets" to "${space.schema}"`],
    },
    'row security switched off': {
      by: () => 'alter table rockets disable row level security',
      drift: () => [
        { place: 'rocket', what: 'row security', kind: 'changed', table: 'rockets', expected: 'on', actual: 'off' },
      ],
      restored: () => ['alter table "rockets" enable row level security'],
    },
    'a policy dropped': {
      by: ({ sales }) => `drop policy ${sales} on rockets`,
      drift: ({ sales }) => [{ place: 'rocket', what: 'policy', kind: 'missing', name: sales, actual: null }],
      restored: ({ sales }) => [
        `create policy "${sales}" on "rockets" as restrictive to "${sales}" using ((crew > 0)) with check ((crew > 0))`,
      ],
    },
    'a policy that says something else': {
      by: ({ sales }) => `alter policy ${sales} on rockets using (true)`,
      drift: ({ sales }) => [
        {
          what: 'policy',
          kind: 'changed',
          expected: `as restrictive for all to ${sales} using ((crew > 0))`,
          actual: `as restrictive for all to ${sales} using (true) with check ((crew > 0))`,
        },
      ],
      restored: ({ sales }) => [`drop policy "${sales}" on "rockets"`, /^create policy/],
    },
    'a policy for another role': {
      by: ({ sales, guest }) => `alter policy ${sales} on rockets to ${guest}`,
      drift: ({ guest }) => [{ what: 'policy', kind: 'changed', actual: expect.stringContaining(`to ${guest}`) }],
      restored: () => [/^drop policy/, /^create policy/],
    },
    'the policy for everybody dropped': {
      by: () => 'drop policy plinth_everybody on rockets',
      drift: () => [{ what: 'policy', kind: 'missing', name: 'plinth_everybody' }],
      restored: () => ['create policy plinth_everybody on "rockets" using (true) with check (true)'],
    },
  };

  test.each(Object.entries(HANDS))(
    '%s is reported, restored, and not adopted',
    async (_what, { by, drift, restored }) => {
      const roles = await guarded();
      const { space } = roles;
      expect(await driftIn(space)).toEqual([]);
      await space.sql(by(roles));
      const found = await driftIn(space);
      const why = expect.stringContaining('change those');
      expect(found).toMatchObject(drift(roles).map((each) => ({ ...each, adopt: null, whyNotAdopted: why })));
      expect(found).toHaveLength(drift(roles).length);
      expect((await space.rest('POST', '/rest/metadata/drift/adopt')).body.data).toEqual(found);
      const plan = (await space.rest('POST', '/rest/metadata/drift/restore?dry_run=true')).body;
      expect(plan.statements.map(({ sql }: any) => sql)).toEqual(
        restored(roles).map((each) => (typeof each === 'string' ? each : expect.stringMatching(each))),
      );
      expect(await driftIn(space)).toEqual(found);
      const { status, body } = await space.rest('POST', '/rest/metadata/drift/restore');
      expect([status, body]).toEqual([200, { data: [] }]);
    },
  );

  test('is none where names have changed, in the model or by hand, or what was made by hand is granted by hand', async () => {
    const { space, guest } = await guarded();
    const { data } = (await space.rest('GET', '/rest/metadata/fields?limit=200')).body;
    const crew = data.find(({ name }: any) => name === 'crew');
    expect((await space.rest('PATCH', `/rest/metadata/fields/${crew.id}`, { name: 'heads' })).status).toBe(200);
    expect(await driftIn(space)).toEqual([]);
    await space.sql(`create table stray (id uuid primary key); grant select on stray to ${guest};
      alter table companies add column vat text; grant select (vat) on companies to ${guest}`);
    expect(await driftIn(space)).toEqual([]);
    await space.sql('alter table rockets rename column heads to people_on_board');
    expect(await driftIn(space)).toMatchObject([{ what: 'column', kind: 'renamed' }]);
  });

  test('a table that is made again is guarded as the one before was', async () => {
    const { space, salesId } = await guarded();
    await space.sql('drop table rockets cascade');
    expect(await driftIn(space)).toMatchObject([{ place: 'rocket', what: 'table', kind: 'missing' }]);
    expect((await space.rest('POST', '/rest/metadata/drift/restore')).body).toEqual({ data: [] });
    await space.sql(`insert into rockets (name, crew) values ('Vostok', 1), ('Vega', 0)`);
    const who = await asRole(space, salesId);
    expect((await who.gql('{ rockets { edges { node { name } } } }')).rockets.edges).toEqual([
      { node: { name: 'Vostok' } },
    ]);
  });

  test('a column dropped with the rule that reads it: both come back', async () => {
    const { space, sales } = await guarded();
    await space.sql('alter table rockets drop column crew cascade');
    expect((await driftIn(space)).map(({ what, name }) => `${what} ${name}`)).toEqual([
      'column crew',
      `policy ${sales}`,
    ]);
    expect((await space.rest('POST', '/rest/metadata/drift/restore')).body).toEqual({ data: [] });
  });

  test('the command line says it', async () => {
    const { space, sales } = await guarded();
    await space.sql(`grant select (name) on companies to ${sales}; revoke insert on people from ${space.schema}`);
    const { database } = await server();
    expect(await drifted(await askerIn(database, space.name, pino({ level: 'silent' })))).toBe(
      `person: ${space.schema} lacks insert on people
  adopt:   cannot: What ${space.schema} may do is said by the permissions of its role: change those
  restore: grant ${space.schema} insert again
company: ${sales} has select ("name") on companies
  adopt:   cannot: What ${sales} may do is said by the permissions of its role: change those
  restore: revoke select ("name") from ${sales}
`,
    );
  });
});

test('GraphQL and the command line say the same', async () => {
  const space = await withRockets('alter table rockets rename column stage to phase');
  const { modelDrift } = await space.metadata(
    '{ modelDrift { place what kind table name expected actual adopt whyNotAdopted restore } }',
  );
  expect(modelDrift).toEqual(await driftIn(space));
  const { database } = await server();
  const asker = await askerIn(database, space.name, pino({ level: 'silent' }));
  const careful = { isDryRun: true, mayLoseData: false };
  expect(await drifted(asker)).toBe(
    'rocket.stage: column rockets.stage is called phase\n  adopt:   the field stage is called phase\n  restore: rename phase back to stage\n',
  );
  expect(await settled(asker, 'restore', careful)).toContain('alter table "rockets" rename column "phase" to "stage";');
  expect(await settled(asker, 'adopt', { ...careful, isDryRun: false })).toBe('The tables are as the model says.\n');
  expect(
    await space.sql(
      "select typname from pg_type where typname like 'rockets\\_%' and typtype = 'e' and typnamespace = current_schema()::regnamespace",
    ),
  ).toEqual([{ typname: 'rockets_phase' }]);
});
