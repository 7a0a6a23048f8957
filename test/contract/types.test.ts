/**
 * What the core GraphQL schema is made of: operations, arguments, types and scalars. Contract: core.md 2.2–2.8, 2.10,
 * 2.13, 2.16
 */

import {
  buildClientSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  isInputObjectType,
  isObjectType,
} from 'postgraphile/grafast/graphql';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { FIELD_TYPES } from '../../server/model/field-types/index.ts';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
let schema: GraphQLSchema;
beforeAll(async () => {
  space = await workspace();
  const { createOneObject } = await space.metadata(`mutation {
    createOneObject(input: { object: { nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id }
  }`);
  const objectMetadataId = createOneObject.id;
  const options = [{ value: 'ONE', label: 'One', color: 'blue', position: 0 }];
  const inputs = Object.entries(FIELD_TYPES)
    .filter(([type, { creatable }]) => creatable === true && type !== 'RELATION' && type !== 'RICH_TEXT_V2')
    .map(([type]) => ({
      field: {
        objectMetadataId,
        type,
        name: `a${type.charAt(0)}${type
          .slice(1)
          .toLowerCase()
          .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())}`,
        label: type,
        ...(type.endsWith('SELECT') && { options }),
        ...(type === 'FILES' && { settings: { maxNumberOfValues: 3 } }),
      },
    }));
  const whole = { objectMetadataId, type: 'NUMBER', name: 'aWhole', label: 'Whole', settings: { dataType: 'int' } };
  await space.metadata(
    'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id } }',
    { inputs: [...inputs, { field: whole }] },
  );
  await space.sql('create table probes (id uuid primary key default gen_random_uuid(), label text not null)');
  await vi.waitFor(async () => expect((await space.rest('GET', '/rest/probes')).status).toBe(200), 10_000);
  schema = buildClientSchema(await space.gql(getIntrospectionQuery()));
});

const root = (kind: 'Query' | 'Mutation') => (schema.getType(kind) as GraphQLObjectType).getFields();

/** `name(argument: Type): Type`, arguments in the order of the contract. */
function signature(kind: 'Query' | 'Mutation', name: string): string {
  const field = root(kind)[name];
  if (!field) return `${name} is not there`;
  const given = [...field.args].map((argument) => `${argument.name}: ${argument.type}`).sort();
  return `${name}(${given.join(', ')}): ${field.type}`;
}

function sorted(expected: string): string {
  const [, name, given = '', type] = /^(\w+)\((.*)\): (.*)$/s.exec(expected) as unknown as string[];
  return `${name}(${given.split(/,\s*/).sort().join(', ')}): ${type}`;
}

describe('operations', () => {
  const PAGE = 'first: Int, last: Int, offset: Int, before: String, after: String';
  const cases = (one: string, many: string): ['Query' | 'Mutation', string][] => {
    const [One, Many] = [one, many].map((name) => name.charAt(0).toUpperCase() + name.slice(1)) as [string, string];
    return [
      ['Query', `${many}(${PAGE}, filter: ${One}FilterInput, orderBy: [${One}OrderByInput]): ${One}Connection`],
      ['Query', `${one}(filter: ${One}FilterInput!): ${One}`],
      [
        'Query',
        `${many}GroupBy(groupBy: [${One}GroupByInput!]!, filter: ${One}FilterInput, orderBy: [${One}OrderByWithGroupByInput], orderByForRecords: [${One}OrderByInput], viewId: UUID, limit: Int, offsetForRecords: Int): [${One}GroupByConnection!]`,
      ],
      ['Mutation', `create${Many}(data: [${One}CreateInput!]!, upsert: Boolean): [${One}!]`],
      ['Mutation', `create${One}(data: ${One}CreateInput!, upsert: Boolean): ${One}`],
      ['Mutation', `update${One}(id: UUID!, data: ${One}UpdateInput!): ${One}`],
      ['Mutation', `update${Many}(data: ${One}UpdateInput!, filter: ${One}FilterInput!): [${One}!]`],
      ['Mutation', `delete${One}(id: UUID!): ${One}`],
      ['Mutation', `delete${Many}(filter: ${One}FilterInput!): [${One}!]`],
      ['Mutation', `destroy${One}(id: UUID!): ${One}`],
      ['Mutation', `destroy${Many}(filter: ${One}FilterInput!): [${One}!]`],
      ['Mutation', `restore${One}(id: UUID!): ${One}`],
      ['Mutation', `restore${Many}(filter: ${One}FilterInput!): [${One}!]`],
    ];
  };

  test.each([
    ['company', 'companies'],
    ['person', 'people'],
    ['opportunity', 'opportunities'],
    ['note', 'notes'],
    ['noteTarget', 'noteTargets'],
    ['task', 'tasks'],
    ['taskTarget', 'taskTargets'],
    ['attachment', 'attachments'],
    ['timelineActivity', 'timelineActivities'],
    ['favorite', 'favorites'],
    ['workspaceMember', 'workspaceMembers'],
    ['rocket', 'rockets'], // made through the metadata API
  ])('of %s', (one, many) => {
    for (const [kind, expected] of cases(one, many))
      expect(signature(kind, /^\w+/.exec(expected)?.[0] as string)).toBe(sorted(expected));
  });

  test('of a table made by hand, which has nothing to soft-delete or to say who wrote', () => {
    for (const [kind, expected] of cases('probe', 'probes')) {
      const name = /^\w+/.exec(expected)?.[0] as string;
      if (/^(delete|restore)/.test(name) && !(name in root(kind))) continue;
      expect(signature(kind, name)).toBe(sorted(expected));
    }
  });

  test.each([
    ['company', 'Company', 'Companies'],
    ['person', 'Person', 'People'],
  ])('duplicates and merge of %s, which has criteria', (one, One, Many) => {
    expect(signature('Query', `${one}Duplicates`)).toBe(
      sorted(`${one}Duplicates(ids: [UUID], data: [${One}CreateInput]): [${One}Connection!]`),
    );
    expect(signature('Mutation', `merge${Many}`)).toBe(
      sorted(`merge${Many}(ids: [UUID!]!, conflictPriorityIndex: Int!, dryRun: Boolean): ${One}`),
    );
  });

  test('no duplicates and no merge of objects without criteria', () => {
    for (const name of ['opportunityDuplicates', 'workspaceMemberDuplicates', 'rocketDuplicates'])
      expect(root('Query')).not.toHaveProperty(name);
    for (const name of ['mergeOpportunities', 'mergeWorkspaceMembers', 'mergeRockets'])
      expect(root('Mutation')).not.toHaveProperty(name);
  });

  test('one search for all objects', () => {
    expect(signature('Query', 'search')).toBe(
      sorted(
        'search(searchInput: String!, limit: Int!, after: String, includedObjectNameSingulars: [String!], excludedObjectNameSingulars: [String!], filter: ObjectRecordFilterInput): SearchResultConnection',
      ),
    );
    expect(root('Query')).not.toHaveProperty('searchCompanies');
  });
});

/** Fields of a type, as the schema has them. */
function fieldsOf(name: string): Record<string, string> {
  const type = schema.getType(name);
  if (!isObjectType(type) && !isInputObjectType(type)) throw new Error(`${name} is not there`);
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));
}

describe('types', () => {
  test.each<[string, Record<string, string>]>([
    ['CompanyEdge', { node: 'Company', cursor: 'ConnectionCursor' }],
    ['CompanyConnection', { edges: '[CompanyEdge!]', pageInfo: 'PageInfo', totalCount: 'Int' }],
    [
      'CompanyGroupByConnection',
      { edges: '[CompanyEdge!]', pageInfo: 'PageInfo', totalCount: 'Int', groupByDimensionValues: 'JSON' },
    ],
    [
      'PageInfo',
      {
        startCursor: 'ConnectionCursor',
        endCursor: 'ConnectionCursor',
        hasNextPage: 'Boolean',
        hasPreviousPage: 'Boolean',
      },
    ],
    ['CompanyRelationInput', { connect: 'CompanyConnectInput', disconnect: 'Boolean' }],
    ['CompanyConnectInput', { where: 'CompanyWhereUniqueInput' }],
    ['CompanyWhereUniqueInput', { id: 'ID', domainName: 'CompanyDomainNameWhereInput' }],
    ['CompanyDomainNameWhereInput', { primaryLinkUrl: 'String' }],
    ['CompanyOrderByWithGroupByInput', { aggregate: 'CompanyOrderByWithGroupByAggregateInput' }],
    ['FileItemInput', { fileId: 'UUID', label: 'String' }],
    ['SearchResultConnection', { edges: '[SearchResultEdge]' }],
    ['SearchResultEdge', { node: 'SearchRecord', cursor: 'String' }],
    [
      'SearchRecord',
      {
        recordId: 'UUID',
        objectNameSingular: 'String',
        objectLabelSingular: 'String',
        label: 'String',
        imageUrl: 'String',
        tsRankCD: 'Float',
        tsRank: 'Float',
      },
    ],
    [
      'ObjectRecordFilterInput',
      { id: 'UUIDFilter', createdAt: 'DateTimeFilter', updatedAt: 'DateTimeFilter', deletedAt: 'DateTimeFilter' },
    ],
  ])('%s', (name, expected) => {
    const loose = (type: string | undefined) => type?.replaceAll('!', '');
    for (const [field, type] of Object.entries(expected)) expect(loose(fieldsOf(name)[field]), field).toBe(loose(type));
  });

  test.each([
    ...['UUID', 'DateTime', 'Date', 'Position', 'BigFloat', 'JSON', 'ConnectionCursor', 'TSVector'],
    ...['FilterIs', 'OrderByDirection', 'DateGranularityEnum', 'FirstDayOfTheWeek', 'OpportunityStageEnum'],
    ...['OpportunityStageEnumFilter', 'GroupByDateGranularityInput', 'OrderByDateGranularityInput', 'ActorSourceEnum'],
  ])('%s is there', (name) => {
    expect(schema.getType(name)).toBeDefined();
  });
});

describe('field types', () => {
  // Output, create and update input, filter, order by, group by; null where there is none. Contract: core.md 2.6
  type Row = [field: string, output: string, input: string | null, filter: string, order: string, group: string | null];
  test.each<Row>([
    ['id', 'UUID', 'ID', 'UUIDFilter', 'OrderByDirection', 'Boolean'],
    ['aUuid', 'UUID', 'UUID', 'UUIDFilter', 'OrderByDirection', 'Boolean'],
    ['aText', 'String', 'String', 'StringFilter', 'OrderByDirection', 'Boolean'],
    ['aNumber', 'Float', 'Float', 'FloatFilter', 'OrderByDirection', 'Boolean'],
    ['aWhole', 'Int', 'Int', 'IntFilter', 'OrderByDirection', 'Boolean'],
    ['aBoolean', 'Boolean', 'Boolean', 'BooleanFilter', 'OrderByDirection', 'Boolean'],
    ['aDateTime', 'DateTime', 'DateTime', 'DateTimeFilter', 'OrderByDirection', 'GroupByDateGranularityInput'],
    ['aDate', 'Date', 'Date', 'DateFilter', 'OrderByDirection', 'GroupByDateGranularityInput'],
    ['position', 'Position', 'Position', 'FloatFilter', 'OrderByDirection', 'Boolean'],
    ['aSelect', 'RocketASelectEnum', 'RocketASelectEnum', 'RocketASelectEnumFilter', 'OrderByDirection', 'Boolean'],
    ['aRating', 'RocketARatingEnum', 'RocketARatingEnum', 'RocketARatingEnumFilter', 'OrderByDirection', 'Boolean'],
    [
      'aMultiSelect',
      '[RocketAMultiSelectEnum]',
      '[RocketAMultiSelectEnum]',
      'RocketAMultiSelectEnumFilter',
      'OrderByDirection',
      'Boolean',
    ],
    ['aArray', '[String]', '[String]', 'ArrayFilter', 'OrderByDirection', 'Boolean'],
    ['aRawJson', 'JSON', 'JSON', 'RawJsonFilter', 'OrderByDirection', 'Boolean'],
    ['aFiles', 'JSON', '[FileItemInput]', 'RawJsonFilter', 'OrderByDirection', null],
    ['searchVector', 'TSVector', null, 'TSVectorFilter', 'OrderByDirection', null],
    ...['FullName', 'Emails', 'Phones', 'Links', 'Currency', 'Address', 'Actor'].map(
      (name): Row => [
        `a${name}`,
        name,
        `${name}CreateInput`,
        `${name}FilterInput`,
        `${name}OrderByInput`,
        `${name}GroupByInput`,
      ],
    ),
  ])('%s', (field, output, input, filter, order, group) => {
    const update = input?.replace('CreateInput', 'UpdateInput') ?? null;
    const found = (type: string) => fieldsOf(type)[field] ?? null;
    expect({
      output: found('Rocket'),
      create: found('RocketCreateInput'),
      update: found('RocketUpdateInput'),
      filter: found('RocketFilterInput'),
      order: found('RocketOrderByInput'),
      group: found('RocketGroupByInput'),
    }).toEqual({ output, create: input, update, filter, order, group });
  });

  test('a many-to-one relation is a join column and an object; its other side a connection with arguments', () => {
    expect(fieldsOf('Person')).toMatchObject({ companyId: 'ID', company: 'Company' });
    for (const kind of ['Create', 'Update'])
      expect(fieldsOf(`Person${kind}Input`)).toMatchObject({ companyId: 'ID', company: 'CompanyRelationInput' });
    expect(fieldsOf('PersonFilterInput')).toMatchObject({ companyId: 'UUIDFilter', company: 'CompanyFilterInput' });
    expect(fieldsOf('PersonOrderByInput')).toMatchObject({
      companyId: 'OrderByDirection',
      company: 'CompanyOrderByInput',
    });
    expect(fieldsOf('PersonGroupByInput')).toMatchObject({ company: 'CompanyGroupByInput' });
    const { people } = (schema.getType('Company') as GraphQLObjectType).getFields();
    expect(people?.type.toString()).toBe('PersonConnection');
    expect(people?.args.map(({ name }) => name).sort()).toEqual(
      ['first', 'last', 'offset', 'before', 'after', 'filter', 'orderBy'].sort(),
    );
    expect(fieldsOf('CompanyCreateInput')).not.toHaveProperty('people');
  });

  test('a morph relation is a pair for each of its targets, of objects that users make too', () => {
    expect(fieldsOf('NoteTarget')).toMatchObject({
      ...{ targetCompany: 'Company', targetCompanyId: 'ID', targetPerson: 'Person', targetPersonId: 'ID' },
      ...{ targetOpportunity: 'Opportunity', targetOpportunityId: 'ID', targetRocket: 'Rocket', targetRocketId: 'ID' },
    });
    expect(fieldsOf('Rocket')).toMatchObject({
      noteTargets: 'NoteTargetConnection',
      taskTargets: 'TaskTargetConnection',
      attachments: 'AttachmentConnection',
    });
  });

  // Contract: core.md 2.7
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['FullName', { firstName: 'String', lastName: 'String' }, {}],
    ['Emails', { primaryEmail: 'String', additionalEmails: '[String!]|JSON' }, {}],
    [
      'Phones',
      {
        primaryPhoneNumber: 'String',
        primaryPhoneCountryCode: 'String',
        primaryPhoneCallingCode: 'String',
        additionalPhones: 'JSON',
      },
      { additionalPhones: 'RawJsonFilter' },
    ],
    [
      'Links',
      { primaryLinkLabel: 'String', primaryLinkUrl: 'String', secondaryLinks: 'JSON' },
      { secondaryLinks: 'RawJsonFilter', primaryLinkUrl: 'StringFilter' },
    ],
    [
      'Currency',
      { amountMicros: 'BigFloat', currencyCode: 'String' },
      { amountMicros: 'BigFloatFilter', currencyCode: 'StringFilter' },
    ],
    [
      'Address',
      {
        ...{ addressStreet1: 'String', addressStreet2: 'String', addressCity: 'String', addressPostcode: 'String' },
        ...{ addressState: 'String', addressCountry: 'String', addressLat: 'BigFloat', addressLng: 'BigFloat' },
      },
      { addressLat: 'BigFloatFilter' },
    ],
    [
      'Actor',
      { source: 'ActorSourceEnum', workspaceMemberId: 'UUID', name: 'String', context: 'JSON' },
      { source: 'ActorSourceEnumFilter', workspaceMemberId: 'UUIDFilter', name: 'StringFilter' },
    ],
    ['RichTextV2', { blocknote: 'String', markdown: 'String' }, {}],
  ])('composite %s', (name, parts, filters) => {
    for (const [part, type] of Object.entries(parts)) expect(type.split('|')).toContain(fieldsOf(name)[part]);
    expect(Object.keys(fieldsOf(name)).sort()).toEqual(Object.keys(parts).sort());
    expect(fieldsOf(`${name}FilterInput`)).toMatchObject(filters);
    for (const kind of ['Create', 'Update', 'Filter', 'OrderBy', 'GroupBy'])
      expect(schema.getType(`${name}${kind}Input`), kind).toBeDefined();
  });

  test('of an actor only where it comes from is written', () => {
    for (const kind of ['Create', 'Update'])
      expect(Object.keys(fieldsOf(`Actor${kind}Input`)).sort()).toEqual(['context', 'source']);
  });
});

describe('filter operators', () => {
  // Contract: core.md 2.8; regex and iregex are not in the schema (decisions.md, filter operators).
  const ORDERED = 'eq neq in gt gte lt lte is';
  test.each([
    ['UUIDFilter', ORDERED],
    ['StringFilter', `${ORDERED} like ilike startsWith endsWith`],
    ['FloatFilter', ORDERED],
    ['IntFilter', ORDERED],
    ['BigFloatFilter', ORDERED],
    ['DateTimeFilter', ORDERED],
    ['DateFilter', ORDERED],
    ['BooleanFilter', 'eq is'],
    ['OpportunityStageEnumFilter', 'eq neq in containsAny is isEmptyArray'],
    ['RawJsonFilter', 'is like'],
    ['ArrayFilter', 'is isEmptyArray containsIlike'],
    ['TSVectorFilter', 'search'],
  ])('%s', (name, operators) => {
    expect(Object.keys(fieldsOf(name)).sort()).toEqual(operators.split(' ').sort());
  });
});

describe('scalars', () => {
  // Contract: core.md 2.5
  const id = '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f';
  test('on the way out', async () => {
    const { createRocket } = await space.gql(
      `mutation ($data: RocketCreateInput!) { createRocket(data: $data) {
        id createdAt deletedAt position aDateTime aDate aCurrency { amountMicros } aAddress { addressLat } aRawJson aWhole aNumber
      } }`,
      {
        data: {
          id,
          position: 2.5,
          aDateTime: '2024-02-29T12:00:00.123456+02:00',
          aDate: '2024-02-29T23:00:00Z',
          aCurrency: { amountMicros: 1_500_000 },
          aAddress: { addressLat: 48.85 },
          aRawJson: { deep: [1, null] },
          aWhole: 7,
          aNumber: 0.1,
        },
      },
    );
    expect(createRocket).toEqual({
      id,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      deletedAt: null,
      position: 2.5,
      aDateTime: '2024-02-29T10:00:00.123Z',
      aDate: '2024-02-29',
      aCurrency: { amountMicros: 1_500_000 },
      aAddress: { addressLat: 48.85 },
      aRawJson: { deep: [1, null] },
      aWhole: 7,
      aNumber: 0.1,
    });
    const [{ node }] = (await space.gql('{ rockets(first: 1) { edges { node { id } cursor } } }')).rockets.edges;
    expect(node.id).toBe(id);
  });

  test('a number too large to be exact is answered as text', async () => {
    const data = { aCurrency: { amountMicros: '9007199254740993' } };
    const { createRocket } = await space.gql(
      'mutation ($data: RocketCreateInput!) { createRocket(data: $data) { aCurrency { amountMicros } } }',
      { data },
    );
    expect(createRocket).toEqual(data);
  });

  test.each<[string, object | string, RegExp]>([
    ['a UUID that is none', 'query ($v: UUID!) { rockets(filter: { id: { eq: $v } }) { totalCount } }', /Invalid UUID/],
    ['a position that is none', { position: 'middle' }, /position/i],
    ['a date that is none', { aDateTime: 'soon' }, /aDateTime/],
    ['a number that is none', { aCurrency: { amountMicros: 'many' } }, /Invalid number|amountMicros/],
    ['an id in a list', { aUuid: [id] }, /aUuid|UUID/],
  ])('%s is refused', async (_name, given, message) => {
    const refused =
      typeof given === 'string'
        ? await space.refused(given, { v: 'x' })
        : await space.refused('mutation ($data: RocketCreateInput!) { createRocket(data: $data) { id } }', {
            data: given,
          });
    expect(refused.message).toMatch(message);
    expect(refused.extensions.code).toBe('BAD_USER_INPUT');
  });
});
