/**
 * Former names go on being served, deprecated: in output, input, filters and orders, over both APIs. Contract:
 * decisions.md, aliases.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  changeField,
  changeObject,
  fieldNamed,
  makeField,
  makeObject,
  mistakesIn,
  objectNamed,
  UPDATE_FIELD,
  UPDATE_OBJECT,
  type Workspace,
} from './asking.ts';

const PAD = { nameSingular: 'pad', namePlural: 'pads', labelSingular: 'Pad', labelPlural: 'Pads' };

let space: Workspace;
let rocket: any;
let company: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
  company = await objectNamed(space, 'company');
});

/** Why a field of a type is deprecated; null where it isn't, undefined where it isn't there. */
async function deprecationOf(type: string, field: string): Promise<string | null | undefined> {
  const { __type } = await space.gql(
    `query ($type: String!) { __type(name: $type) {
      fields(includeDeprecated: true) { name deprecationReason } inputFields(includeDeprecated: true) { name deprecationReason } } }`,
    { type },
  );
  return [...(__type.fields ?? []), ...(__type.inputFields ?? [])].find(({ name }) => name === field)
    ?.deprecationReason;
}

async function openapi(): Promise<any> {
  return (await space.rest('GET', '/rest/open-api/core')).body;
}

describe('a field that keeps its former name', () => {
  beforeAll(async () => {
    const field = (name: string, more: object) => ({
      objectMetadataId: rocket.id,
      type: 'TEXT',
      name,
      label: name,
      ...more,
    });
    const options = ['LOX', 'RP1'].map((value, position) => ({ value, label: value, position, color: 'red' }));
    const made = {
      motto: await makeField(space, field('motto', {})),
      fuel: await makeField(space, field('fuel', { type: 'SELECT', options })),
      cost: await makeField(space, field('cost', { type: 'CURRENCY' })),
      code: await makeField(space, field('code', { isUnique: true })),
      operator: await makeField(
        space,
        field('operator', {
          type: 'RELATION',
          relationCreationPayload: {
            type: 'MANY_TO_ONE',
            targetObjectMetadataId: company.id,
            targetFieldLabel: 'Rockets',
          },
        }),
      ),
    };
    const now = { motto: 'saying', fuel: 'propellant', cost: 'price', code: 'serial', operator: 'owner' };
    for (const [name, { id }] of Object.entries(made)) {
      const to = now[name as keyof typeof now];
      expect(await changeField(space, id, { name: to, keepFormerName: true })).toMatchObject({
        name: to,
        aliases: [name],
      });
    }
    const inverse = fieldNamed(await objectNamed(space, 'company'), 'rockets');
    await changeField(space, inverse.id, { name: 'fleet', keepFormerName: true });
  });

  test('is one column in Postgres, whose comment says so', async () => {
    const [{ comment }] = await space.sql(
      "select col_description('rockets'::regclass, attnum) as comment from pg_attribute where attrelid = 'rockets'::regclass and attname = 'saying'",
    );
    expect(comment).toBe('@alias motto\n@label motto');
  });

  test('takes and gives what it is given by either name', async () => {
    const { createCompany } = await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    const CREATE = `mutation ($data: RocketCreateInput!) { createRocket(data: $data) { id
      motto saying fuel propellant cost { currencyCode } price { currencyCode } operatorId ownerId operator { name fleet { totalCount } rockets { totalCount } } } }`;
    const shown = {
      motto: 'Up',
      saying: 'Up',
      fuel: 'LOX',
      propellant: 'LOX',
      cost: { currencyCode: 'EUR' },
      price: { currencyCode: 'EUR' },
      operatorId: createCompany.id,
      ownerId: createCompany.id,
    };
    const old = { motto: 'Up', fuel: 'LOX', cost: { currencyCode: 'EUR' }, operatorId: createCompany.id, code: 'A' };
    const { createRocket } = await space.gql(CREATE, { data: old });
    expect(createRocket).toMatchObject({
      ...shown,
      operator: { name: 'ESA', fleet: { totalCount: 1 }, rockets: { totalCount: 1 } },
    });
    const { updateRocket } = await space.gql(
      'mutation ($id: UUID!, $data: RocketUpdateInput!) { updateRocket(id: $id, data: $data) { saying } }',
      { id: createRocket.id, data: { motto: 'Higher' } },
    );
    expect(updateRocket.saying).toBe('Higher');
    const connected = { motto: 'By name', operator: { connect: { where: { id: createCompany.id } } } };
    expect((await space.gql(CREATE, { data: connected })).createRocket.ownerId).toBe(createCompany.id);
  });

  test('filters and orders by either name', async () => {
    const LIST =
      'query ($filter: RocketFilterInput, $orderBy: [RocketOrderByInput]) { rockets(filter: $filter, orderBy: $orderBy) { edges { node { saying } } } }';
    const list = async (variables: object) =>
      (await space.gql(LIST, variables)).rockets.edges.map(({ node }: any) => node.saying);
    for (const filter of [
      { motto: { eq: 'Higher' } },
      { fuel: { eq: 'LOX' } },
      { cost: { currencyCode: { eq: 'EUR' } } },
      { operatorId: { is: 'NOT_NULL' }, motto: { like: 'H%' } },
      { operator: { name: { eq: 'ESA' } }, saying: { eq: 'Higher' } },
      { and: [{ motto: { eq: 'Higher' } }, { not: { saying: { eq: 'x' } } }] },
    ]) {
      expect(await list({ filter })).toEqual(['Higher']);
    }
    expect(await list({ orderBy: [{ motto: 'AscNullsLast' }] })).toEqual(['By name', 'Higher']);
    expect(await list({ orderBy: [{ operator: { name: 'AscNullsLast' } }, { motto: 'DescNullsLast' }] })).toEqual([
      'Higher',
      'By name',
    ]);
    const { companies } = await space.gql(
      '{ companies(filter: { rockets: { some: { motto: { eq: "Higher" } } } }) { totalCount } }',
    );
    expect(companies.totalCount).toBe(1);
  });

  test('groups by either name', async () => {
    const { rocketsGroupBy } = await space.gql(
      `{ rocketsGroupBy(groupBy: [{ motto: true }, { operator: { name: true } }], orderBy: [{ motto: AscNullsLast }, { aggregate: { totalCount: AscNullsLast } }]) {
        groupByDimensionValues totalCount } }`,
    );
    expect(rocketsGroupBy).toEqual([
      { groupByDimensionValues: ['By name', 'ESA'], totalCount: 1 },
      { groupByDimensionValues: ['Higher', 'ESA'], totalCount: 1 },
    ]);
  });

  test('cannot be given by both', async () => {
    const both = [
      ['mutation { createRocket(data: { motto: "a", saying: "b" }) { id } }', '"motto" and "saying"'],
      ['mutation { createRockets(data: [{}, { fuel: LOX, propellant: RP1 }]) { id } }', '"fuel" and "propellant"'],
      ['{ rockets(filter: { motto: { eq: "a" }, saying: { eq: "b" } }) { totalCount } }', '"motto" and "saying"'],
      [
        '{ rockets(orderBy: [{ motto: AscNullsLast, saying: AscNullsLast }]) { edges { node { id } } } }',
        '"motto" and "saying"',
      ],
    ];
    for (const [query, names] of both) {
      const error = await space.refused(query as string);
      expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', subCode: 'ARGS_CONFLICT' } });
      expect(error.message).toContain(names);
    }
  });

  test('is deprecated by its former name wherever that is served', async () => {
    for (const type of [
      'Rocket',
      'RocketCreateInput',
      'RocketUpdateInput',
      'RocketFilterInput',
      'RocketOrderByInput',
    ]) {
      expect([type, await deprecationOf(type, 'motto')]).toEqual([type, 'Renamed to saying']);
      expect([type, await deprecationOf(type, 'saying')]).toEqual([type, null]);
      expect([type, await deprecationOf(type, 'operatorId')]).toEqual([type, 'Renamed to ownerId']);
    }
    expect(await deprecationOf('Company', 'rockets')).toBe('Renamed to fleet');
    expect(await deprecationOf('RocketWhereUniqueInput', 'code')).toBe('Renamed to serial');
    const { schemas } = (await openapi()).components;
    expect(schemas.Rocket.properties).toMatchObject({
      saying: { type: 'string' },
      motto: { type: 'string', deprecated: true },
    });
    expect(schemas.Rocket.properties.saying).not.toHaveProperty('deprecated');
    expect(schemas.RocketForResponse.properties.operatorId.deprecated).toBe(true);
  });

  test('answers over REST', async () => {
    const made = await space.rest('POST', '/rest/rockets', { motto: 'Over REST', serial: 'R' });
    expect(made.body.data.createRocket).toMatchObject({
      motto: 'Over REST',
      saying: 'Over REST',
      code: 'R',
      serial: 'R',
    });
    const found = await space.rest('GET', '/rest/rockets?filter=motto[eq]:"Over REST"&fields=motto&order_by=motto');
    expect(found.body.data.rockets).toEqual([{ id: made.body.data.createRocket.id, motto: 'Over REST' }]);
    expect((await space.rest('POST', '/rest/rockets', { motto: 'a', saying: 'b' })).status).toBe(400);
  });

  test('is refused a name that is taken, and takes one back', async () => {
    const { id } = fieldNamed(await objectNamed(space, 'rocket'), 'saying');
    const taken = (name: string) => [
      `NOT_AVAILABLE: Name "${name}" is not available as it is already used by another field`,
    ];
    for (const name of ['name', 'propellant', 'fuel', 'operatorId', 'saying']) {
      const error = await space.metadataRefused(UPDATE_FIELD, { id, update: { aliases: [name] } });
      expect(mistakesIn(error)).toEqual(taken(name));
    }
    expect(
      mistakesIn(await space.metadataRefused(UPDATE_FIELD, { id, update: { aliases: ['Not valid'] } })),
    ).toHaveLength(1);
    // Another field can't be called what this one was.
    const error = await space.metadataRefused(
      'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }',
      { field: { objectMetadataId: rocket.id, type: 'TEXT', name: 'motto', label: 'Motto' } },
    );
    expect(mistakesIn(error)).toEqual(taken('motto'));
    expect(await changeField(space, id, { name: 'motto', keepFormerName: true })).toMatchObject({
      name: 'motto',
      aliases: ['saying'],
    });
    expect(await changeField(space, id, { aliases: [] })).toMatchObject({ aliases: [] });
    expect(await deprecationOf('Rocket', 'saying')).toBeUndefined();
    // Without asking, a rename keeps nothing.
    expect(await changeField(space, id, { name: 'words' })).toMatchObject({ aliases: [] });
    expect(await deprecationOf('Rocket', 'motto')).toBeUndefined();
  });
});

describe('an object that keeps its former names', () => {
  beforeAll(async () => {
    const update = { nameSingular: 'launcher', namePlural: 'launchers', keepFormerName: true };
    expect(await changeObject(space, rocket.id, update)).toMatchObject({
      nameSingular: 'launcher',
      aliases: [{ nameSingular: 'rocket', namePlural: 'rockets' }],
    });
  });

  test('has all its operations and types under both, the former deprecated', async () => {
    const { createRocket } = await space.gql(
      'mutation ($data: RocketCreateInput!) { createRocket(data: $data) { __typename id name } }',
      { data: { name: 'Vega' } },
    );
    expect(createRocket).toMatchObject({ __typename: 'Rocket', name: 'Vega' });
    const answer = await space.gql(
      `query ($filter: RocketFilterInput!) { rockets(filter: $filter) { totalCount } rocket(filter: $filter) { ... on Rocket { name } }
        launchers(filter: { name: { eq: "Vega" } }) { edges { node { __typename name } } } }`,
      { filter: { name: { eq: 'Vega' } } },
    );
    expect(answer).toEqual({
      rockets: { totalCount: 1 },
      rocket: { name: 'Vega' },
      launchers: { edges: [{ node: { __typename: 'Launcher', name: 'Vega' } }] },
    });
    await space.gql(
      'mutation ($id: UUID!) { updateRocket(id: $id, data: { name: "Vega C" }) { id } destroyRocket(id: $id) { id } }',
      {
        id: createRocket.id,
      },
    );
    for (const [type, former, current] of [
      ['Query', 'rockets', 'launchers'],
      ['Query', 'rocket', 'launcher'],
      ['Mutation', 'createRocket', 'createLauncher'],
      ['Mutation', 'destroyRockets', 'destroyLaunchers'],
    ] as const) {
      expect(await deprecationOf(type, former)).toBe('Renamed: ask for launcher');
      expect(await deprecationOf(type, current)).toBeNull();
    }
    expect(await deprecationOf('Query', 'companies')).toBeNull();
  });

  test('answers over REST by both, and its document says which is which', async () => {
    const made = await space.rest('POST', '/rest/rockets', { name: 'Vega' });
    expect(made.body.data.createRocket.name).toBe('Vega');
    expect((await space.rest('GET', '/rest/launchers?filter=name[eq]:Vega')).body.data.launchers).toHaveLength(1);
    expect((await space.rest('GET', '/rest/rockets?filter=name[eq]:Vega')).body.data.rockets).toHaveLength(1);
    const { paths } = await openapi();
    expect(paths['/rockets'].get.deprecated).toBe(true);
    expect(paths['/launchers'].get).not.toHaveProperty('deprecated');
  });

  test('keeps them on the morph relations to it', async () => {
    const { createNote } = await space.gql('mutation { createNote(data: { title: "n" }) { id } }');
    const [{ id }] = await space.sql('select id from launchers limit 1');
    const { createNoteTarget } = await space.gql(
      'mutation ($data: NoteTargetCreateInput!) { createNoteTarget(data: $data) { rocketId targetRocketId launcherId targetLauncherId } }',
      { data: { noteId: createNote.id, targetRocketId: id } },
    );
    expect(createNoteTarget).toEqual({ rocketId: id, targetRocketId: id, launcherId: id, targetLauncherId: id });
  });

  test('is refused names of others, and others are refused them', async () => {
    const refused = async (update: object) =>
      mistakesIn(await space.metadataRefused(UPDATE_OBJECT, { id: rocket.id, update }));
    expect(await refused({ aliases: [{ nameSingular: 'company', namePlural: 'firms' }] })).toEqual([
      'NOT_AVAILABLE: Name "company" is not available as it is already used by another object',
    ]);
    const error = await space.metadataRefused(
      'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }',
      { object: { nameSingular: 'rocket', namePlural: 'crafts', labelSingular: 'Rocket', labelPlural: 'Crafts' } },
    );
    expect(mistakesIn(error)).toEqual([
      'NOT_AVAILABLE: Name "rocket" is not available as it is already used by another object',
    ]);
    expect(
      await space.metadataRefused(UPDATE_OBJECT, {
        id: rocket.id,
        update: { namePlural: 'ships', keepFormerName: true },
      }),
    ).toMatchObject({ extensions: { subCode: 'INVALID_OBJECT_INPUT' } });
  });

  test('gives way where a name is taken: attachments have a field called file', async () => {
    const pad = await makeObject(space, { ...PAD });
    await changeObject(space, pad.id, { nameSingular: 'file', namePlural: 'files' });
    const members = await space.sql(
      "select obj_description(oid) as comment from pg_constraint where conname like '%target_file_id_fkey' and connamespace = current_schema()::regnamespace order by conname",
    );
    expect(members.map(({ comment }) => /@alias file$/m.test(comment))).toEqual([false, true, true, true, true]);
    await space.gql('{ attachments { edges { node { file targetFileId } } } }');
  });

  test('loses them when asked to', async () => {
    expect(await changeObject(space, rocket.id, { aliases: [] })).toMatchObject({ aliases: [] });
    expect((await space.rest('GET', '/rest/rockets')).status).toBe(400);
  });
});

test('standard objects answer by the names of older releases', async () => {
  const { createCompany } = await space.gql('mutation { createCompany(data: { name: "NASA" }) { id } }');
  for (const object of ['NoteTarget', 'TaskTarget', 'Attachment', 'TimelineActivity']) {
    const made = await space.gql(
      `mutation ($data: ${object}CreateInput!) { create${object}(data: $data) { companyId targetCompanyId company { name } personId } }`,
      { data: { companyId: createCompany.id } },
    );
    expect(made[`create${object}`]).toEqual({
      companyId: createCompany.id,
      targetCompanyId: createCompany.id,
      company: { name: 'NASA' },
      personId: null,
    });
  }
  expect(await deprecationOf('NoteTarget', 'companyId')).toBe('Renamed to targetCompanyId');
  const { body } = await space.rest('GET', `/rest/noteTargets?filter=companyId[eq]:${createCompany.id}`);
  expect(body.data.noteTargets).toMatchObject([{ companyId: createCompany.id, targetCompanyId: createCompany.id }]);
});
