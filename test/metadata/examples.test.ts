/** The worked examples of metadata.md section 7, and what a change must never leave behind. */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
const CREATE_OBJECT =
  'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id nameSingular fieldsList { id name type } } }';
const CREATE_FIELD =
  'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id name type settings options relation { type sourceFieldMetadata { name } targetFieldMetadata { id name } targetObjectMetadata { nameSingular } } } }';
const UPDATE_FIELD =
  'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { id name options defaultValue } }';
const UPDATE_OBJECT =
  'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { id labelSingular nameSingular } }';

async function rocketIn(space: Workspace): Promise<string> {
  return (await space.metadata(CREATE_OBJECT, { object: ROCKET })).createOneObject.id;
}

async function objectId(space: Workspace, name: string): Promise<string> {
  const { objects } = await space.metadata(
    '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
  );
  return objects.edges.find(({ node }: any) => node.nameSingular === name).node.id;
}

describe('objects', () => {
  test('1, 2: a new object is served by the next request; the same again is refused', async () => {
    const space = await workspace();
    const { createOneObject } = await space.metadata(CREATE_OBJECT, { object: ROCKET });
    const names = createOneObject.fieldsList.map((field: any) => field.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'id',
        'name',
        'createdAt',
        'updatedAt',
        'deletedAt',
        'createdBy',
        'position',
        'searchVector',
        'noteTargets',
        'attachments',
      ]),
    );
    const { createRocket } = await space.gql(
      'mutation { createRocket(data: { name: "Ariane" }) { name noteTargets { totalCount } } }',
    );
    expect(createRocket).toEqual({ name: 'Ariane', noteTargets: { totalCount: 0 } });
    expect((await space.rest('GET', '/rest/rockets')).body.data.rockets).toHaveLength(1);

    expect(await space.metadataRefused(CREATE_OBJECT, { object: ROCKET })).toMatchObject({
      extensions: { code: 'METADATA_VALIDATION_FAILED' },
    });
    expect((await space.rest('GET', '/rest/metadata/objects')).body.totalCount).toBe(12);
  });

  test('3: the plural differs from the singular', async () => {
    const { metadataRefused } = await workspace();
    const error = await metadataRefused(CREATE_OBJECT, {
      object: { ...ROCKET, nameSingular: 'sheep', namePlural: 'sheep' },
    });
    const [mistake] = error.extensions.errors.objectMetadata[0].errors;
    expect(mistake).toMatchObject({
      code: 'INVALID_OBJECT_INPUT',
      message: 'The singular and plural names cannot be the same for an object',
    });
  });

  test.each([
    'user',
    'pageInfo',
    'companyEdge',
    'links',
    'query',
    'Rocket',
    '2nd',
    'drop table',
    'pgClass',
    'x'.repeat(64),
    'address',
  ])('an object cannot be called %s', async (name) => {
    const { metadataRefused, gql } = await workspace();
    const error = await metadataRefused(CREATE_OBJECT, {
      object: { ...ROCKET, nameSingular: name, namePlural: `${name}Many` },
    });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect((await gql('{ companies { totalCount } }')).companies.totalCount).toBe(0);
  });

  test('7: standard objects keep their names, not their labels', async () => {
    const space = await workspace();
    const id = await objectId(space, 'company');
    expect(await space.metadataRefused(UPDATE_OBJECT, { id, update: { namePlural: 'firms' } })).toMatchObject({
      message: 'Cannot edit standard object metadata properties: namePlural',
      extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_OBJECT_INPUT' },
    });
    const { updateOneObject } = await space.metadata(UPDATE_OBJECT, { id, update: { labelSingular: 'Account' } });
    expect(updateOneObject).toMatchObject({ labelSingular: 'Account', nameSingular: 'company' });
  });

  test('8, 9: REST pages by id, and tells a malformed id from an unknown one', async () => {
    const { rest } = await workspace();
    const { body } = await rest('GET', '/rest/metadata/objects?limit=1');
    expect(body).toMatchObject({
      pageInfo: { hasNextPage: true, startCursor: body.data[0].id, endCursor: body.data[0].id },
      totalCount: 11,
    });
    expect(body.data[0].fields).toBeInstanceOf(Array);
    expect(
      (await rest('GET', `/rest/metadata/objects?limit=200&starting_after=${body.data[0].id}`)).body.data,
    ).toHaveLength(10);
    expect((await rest('GET', '/rest/metadata/objects/not-a-uuid')).status).toBe(400);
    expect((await rest('GET', `/rest/metadata/objects/${randomUUID()}`)).status).toBe(404);
  });

  test('a rename keeps the rows, and renames the API at once', async () => {
    const space = await workspace();
    const id = await rocketIn(space);
    await space.gql('mutation { createRocket(data: { name: "Ariane" }) { id } }');
    await space.rest('PATCH', `/rest/metadata/objects/${id}`, { nameSingular: 'launcher', namePlural: 'launchers' });
    expect(await space.sql('select name from launchers')).toEqual([{ name: 'Ariane' }]);
    expect((await space.gql('{ launchers { edges { node { name } } } }')).launchers.edges).toHaveLength(1);
    expect(await space.refused('{ rockets { totalCount } }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  test('deletion takes the table and the relations to it', async () => {
    const space = await workspace();
    const id = await rocketIn(space);
    expect((await space.rest('DELETE', `/rest/metadata/objects/${id}`)).body.nameSingular).toBe('rocket');
    expect(await space.sql("select to_regclass('rockets') as table")).toEqual([{ table: null }]);
    expect(
      await space.sql(
        "select column_name from information_schema.columns where table_schema = current_schema() and column_name like '%rocket%'",
      ),
    ).toEqual([]);
    await space.gql('{ companies { totalCount } }');
  });
});

describe('fields', () => {
  test('4: options are required for a select', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const error = await space.metadataRefused(CREATE_FIELD, {
      field: { objectMetadataId, type: 'SELECT', name: 'fuel', label: 'Fuel' },
    });
    expect(error.extensions.errors.fieldMetadata[0].errors).toMatchObject([
      { code: 'INVALID_FIELD_INPUT', message: 'Options are required for enum fields' },
    ]);
  });

  test('5, 6: a relation has two ends, and goes with either', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const company = await objectId(space, 'company');
    const { createOneField } = await space.metadata(CREATE_FIELD, {
      field: {
        objectMetadataId,
        type: 'RELATION',
        name: 'operator',
        label: 'Operator',
        relationCreationPayload: {
          type: 'MANY_TO_ONE',
          targetObjectMetadataId: company,
          targetFieldLabel: 'Rockets',
          targetFieldIcon: 'IconRocket',
        },
      },
    });
    expect(createOneField).toMatchObject({
      settings: { joinColumnName: 'operatorId' },
      relation: {
        type: 'MANY_TO_ONE',
        sourceFieldMetadata: { name: 'operator' },
        targetFieldMetadata: { name: 'rockets' },
        targetObjectMetadata: { nameSingular: 'company' },
      },
    });
    await space.gql(
      'mutation { createCompany(data: { name: "ESA", domainName: { primaryLinkUrl: "esa.int" } }) { id } }',
    );
    await space.gql(
      'mutation { createRocket(data: { name: "Ariane", operator: { connect: { where: { domainName: { primaryLinkUrl: "esa.int" } } } } }) { id } }',
    );
    const { companies } = await space.gql(
      '{ companies { edges { node { rockets { edges { node { name operator { name } } } } } } } }',
    );
    expect(companies.edges[0].node.rockets.edges).toEqual([{ node: { name: 'Ariane', operator: { name: 'ESA' } } }]);

    await space.metadata('mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }', {
      id: createOneField.relation.targetFieldMetadata.id,
    });
    expect(
      await space.sql(
        "select column_name from information_schema.columns where table_schema = current_schema() and table_name = 'rockets' and column_name = 'operator_id'",
      ),
    ).toEqual([]);
    expect(await space.refused('{ rockets { edges { node { operatorId } } } }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  const TYPES: [string, object, unknown, unknown][] = [
    ['TEXT', {}, 'a', 'a'],
    ['NUMBER', {}, 1.5, 1.5],
    ['NUMBER', { settings: { dataType: 'int' } }, 7, 7],
    ['NUMBER', { settings: { dataType: 'bigint' } }, '9007199254740993', '9007199254740993'],
    ['BOOLEAN', {}, true, true],
    ['DATE', {}, '2026-05-01', '2026-05-01'],
    ['DATE_TIME', {}, '2026-05-01T10:00:00+02:00', '2026-05-01T08:00:00.000Z'],
    ['UUID', {}, '20202020-0000-4000-8000-000000000000', '20202020-0000-4000-8000-000000000000'],
    ['SELECT', { options: [{ value: 'LOX', label: 'Oxygen', position: 0, color: 'sky' }] }, 'LOX', 'LOX'],
    [
      'MULTI_SELECT',
      {
        options: [
          { value: 'A', label: 'A', position: 0 },
          { value: 'B', label: 'B', position: 1 },
        ],
      },
      ['B', 'A'],
      ['B', 'A'],
    ],
    ['RATING', {}, 'RATING_4', 'RATING_4'],
    ['ARRAY', {}, ['x', 'y'], ['x', 'y']],
    ['RAW_JSON', {}, { a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [
      'CURRENCY',
      {},
      { amountMicros: 5_000_000, currencyCode: 'EUR' },
      { amountMicros: 5_000_000, currencyCode: 'EUR' },
    ],
    ['FULL_NAME', {}, { firstName: 'Ada' }, { firstName: 'Ada', lastName: '' }],
    ['EMAILS', {}, { primaryEmail: 'ADA@Example.COM' }, { primaryEmail: 'ada@example.com', additionalEmails: [] }],
    [
      'PHONES',
      {},
      { primaryPhoneNumber: '+33612345678' },
      {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [],
      },
    ],
    [
      'LINKS',
      {},
      { primaryLinkUrl: 'https://Example.com/A/' },
      { primaryLinkLabel: '', primaryLinkUrl: 'https://example.com/A', secondaryLinks: [] },
    ],
    [
      'ADDRESS',
      {},
      { addressCity: 'Kourou', addressLat: 5.16 },
      {
        addressStreet1: '',
        addressStreet2: '',
        addressCity: 'Kourou',
        addressPostcode: '',
        addressState: '',
        addressCountry: '',
        addressLat: 5.16,
        addressLng: null,
      },
    ],
    ['RICH_TEXT_V2', {}, { markdown: '# Hi' }, { blocknote: null, markdown: '# Hi' }],
  ];
  test.each(TYPES)('a %s field %j takes %j', async (type, more, given, shown) => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    await space.metadata(CREATE_FIELD, { field: { objectMetadataId, type, name: 'extra', label: 'Extra', ...more } });
    const made = await space.rest('POST', '/rest/rockets', { extra: given });
    expect(made.body).toMatchObject({ data: { createRocket: { extra: shown } } });
    const { id } = made.body.data.createRocket;
    expect((await space.rest('GET', `/rest/rockets/${id}`)).body.data.rocket.extra).toEqual(shown);
    const cleared = await space.rest('PATCH', `/rest/rockets/${id}`, { extra: type === 'BOOLEAN' ? false : null });
    expect(cleared.status).toBe(200);
  });

  test('12: records follow an option to its new value, and lose one that goes', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const options = ['LOX', 'RP1', 'SOLID'].map((value, position) => ({ value, label: value, position, color: 'red' }));
    const { createOneField: field } = await space.metadata(CREATE_FIELD, {
      field: { objectMetadataId, type: 'SELECT', name: 'fuel', label: 'Fuel', options, defaultValue: "'RP1'" },
    });
    await space.gql('mutation { createRockets(data: [{ fuel: LOX }, { fuel: SOLID }, {}]) { id } }');
    const [lox, rp1] = field.options;
    const { updateOneField } = await space.metadata(UPDATE_FIELD, {
      id: field.id,
      update: {
        options: [
          { ...rp1, value: 'KEROSENE' },
          { ...lox, value: 'OXYGEN', position: 3 },
        ],
      },
    });
    expect(updateOneField.defaultValue).toBe("'KEROSENE'");
    expect((await space.sql('select fuel::text from rockets order by position')).map(({ fuel }) => fuel)).toEqual([
      'OXYGEN',
      'KEROSENE',
      'KEROSENE',
    ]);
    expect((await space.gql('{ rockets(filter: { fuel: { eq: OXYGEN } }) { totalCount } }')).rockets.totalCount).toBe(
      1,
    );
  });
});

describe('all or nothing', () => {
  test('a table made by hand in the way refuses the object, and leaves nothing of it', async () => {
    const space = await workspace();
    await space.sql('create table rockets (id uuid primary key)');
    const before = await space.sql('select count(*)::int from plinth.fields where workspace_id = $1', [space.id]);
    expect(await space.metadataRefused(CREATE_OBJECT, { object: ROCKET })).toMatchObject({
      extensions: { code: 'METADATA_VALIDATION_FAILED' },
    });
    expect(await space.sql('select count(*)::int from plinth.fields where workspace_id = $1', [space.id])).toEqual(
      before,
    );
    expect(
      await space.sql(
        "select column_name from information_schema.columns where table_schema = current_schema() and table_name = 'attachments' and column_name like '%rocket%'",
      ),
    ).toEqual([]);
    await space.gql('{ companies { totalCount } }');
  });

  test('a field cannot become unique over records that repeat themselves', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const { createOneField: field } = await space.metadata(CREATE_FIELD, {
      field: { objectMetadataId, type: 'TEXT', name: 'code', label: 'Code' },
    });
    await space.gql('mutation { createRockets(data: [{ code: "a" }, { code: "a" }]) { id } }');
    expect(await space.metadataRefused(UPDATE_FIELD, { id: field.id, update: { isUnique: true } })).toMatchObject({
      extensions: { code: 'METADATA_VALIDATION_FAILED' },
    });
    await space.gql('mutation { createRocket(data: { code: "a" }) { id } }');
  });

  test('a busy table is waited for, then the change is refused', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const holder = new pg.Client({ connectionString: inject('databaseUrl') });
    await holder.connect();
    await holder.query(`begin; lock table "${space.schema}".rockets`);
    const error = await space.metadataRefused(CREATE_FIELD, {
      field: { objectMetadataId, type: 'TEXT', name: 'code', label: 'Code' },
    });
    expect(error).toMatchObject({ extensions: { code: 'CONFLICT', subCode: 'MODEL_BUSY' } });
    await holder.end();
    await space.metadata(CREATE_FIELD, { field: { objectMetadataId, type: 'TEXT', name: 'code', label: 'Code' } });
  });

  test('changes at the same moment come one after the other', async () => {
    const space = await workspace();
    const objectMetadataId = await rocketIn(space);
    const names = Array.from({ length: 8 }, (_, i) => `field${i}`);
    await Promise.all(
      names.map((name) =>
        space.metadata(CREATE_FIELD, { field: { objectMetadataId, type: 'TEXT', name, label: name } }),
      ),
    );
    const [{ columns }] = await space.sql(
      "select count(*)::int as columns from information_schema.columns where table_schema = current_schema() and table_name = 'rockets' and column_name like 'field%'",
    );
    expect(columns).toBe(8);
  });

  test('a change by hand is served', async () => {
    const space = await workspace();
    await space.gql('{ companies { totalCount } }');
    await space.sql(
      'alter table companies add column motto text; create table launch_pads (id uuid primary key default gen_random_uuid(), name text, company_id uuid references companies)',
    );
    // At once; but where the login role may make no event triggers, the server looks for itself.
    const triggers = await space.sql("select from pg_event_trigger where evtname like 'plinth%'");
    if (triggers.length === 0) await new Promise((settle) => setTimeout(settle, 5_000));
    await space.gql('mutation { createCompany(data: { name: "ESA", motto: "Up" }) { id motto } }');
    const { createLaunchPad } = await space.gql(
      'mutation { createLaunchPad(data: { name: "ELA-3" }) { name company { name } } }',
    );
    expect(createLaunchPad).toEqual({ name: 'ELA-3', company: null });
    expect((await space.rest('GET', '/rest/launchPads')).body.data.launchPads).toMatchObject([
      { name: 'ELA-3', companyId: null },
    ]);
  });
});
