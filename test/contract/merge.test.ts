/** Merge, over both APIs. Contract: core.md 2.15, 3.1, 3.8 */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const MERGE_PEOPLE =
  'mutation ($ids: [UUID!]!, $index: Int!, $dryRun: Boolean) { mergePeople(ids: $ids, conflictPriorityIndex: $index, dryRun: $dryRun)';

async function made({ rest }: Workspace, plural: string, records: object[]): Promise<string[]> {
  const { body } = await rest('POST', `/rest/batch/${plural}?fields=id`, records);
  const [created] = Object.values(body.data ?? {}) as { id: string }[][];
  if (!created) throw new Error(JSON.stringify(body));
  return created.map(({ id }) => id);
}

async function merged(space: Workspace, plural: string, ids: string[], index: number, query = ''): Promise<any> {
  const { status, body } = await space.rest('PATCH', `/rest/${plural}/merge${query}`, {
    ids,
    conflictPriorityIndex: index,
  });
  expect({ status, body }).toMatchObject({ status: 200 });
  return Object.values(body.data)[0];
}

const email = (primaryEmail: string, ...additionalEmails: string[]) => ({ emails: { primaryEmail, additionalEmails } });
const phone = (number: string, ...more: string[]) => ({
  phones: {
    primaryPhoneNumber: number,
    primaryPhoneCountryCode: 'FR',
    additionalPhones: more.map((each) => ({ number: each, countryCode: 'FR' })),
  },
});
const fr = (number: string) => ({ number, countryCode: 'FR', callingCode: '+33' });
const link = (url: string, label: string, ...more: string[]) => ({
  linkedinLink: {
    primaryLinkUrl: url,
    primaryLinkLabel: label,
    secondaryLinks: more.map((each) => ({ url: each, label: 'x' })),
  },
});

describe('of the values', () => {
  const cases: [string, string, object[], number, object][] = [
    ['the only one is kept', 'people', [{}, { jobTitle: 'Pilot' }, {}], 0, { jobTitle: 'Pilot' }],
    ['the priority record’s wins', 'people', [{ city: 'Rome' }, { city: 'Oslo' }], 1, { city: 'Oslo' }],
    [
      'the first other’s wins where the priority record has none',
      'people',
      [{ city: 'Rome' }, { city: 'Bern' }, { city: '' }],
      2,
      { city: 'Rome' },
    ],
    [
      'a name is taken whole',
      'people',
      [{ name: { firstName: 'Ada' } }, { name: { firstName: 'A', lastName: 'Byron' } }],
      0,
      { name: { firstName: 'Ada', lastName: '' } },
    ],
    [
      'an address is taken whole',
      'companies',
      [{ address: { addressCity: '' } }, { address: { addressCity: 'Bern', addressLat: 46.95 } }],
      0,
      { address: expect.objectContaining({ addressCity: 'Bern', addressLat: 46.95 }) },
    ],
    [
      'a currency without an amount is none',
      'companies',
      [
        { annualRecurringRevenue: { currencyCode: 'USD' } },
        { annualRecurringRevenue: { amountMicros: 5, currencyCode: 'EUR' } },
      ],
      0,
      { annualRecurringRevenue: { amountMicros: 5, currencyCode: 'EUR' } },
    ],
    ['false and 0 are values', 'companies', [{ employees: 0 }, { employees: 7 }], 0, { employees: 0 }],
    [
      'e-mails are combined',
      'people',
      [email('a@x.com', 'b@x.com'), email('c@x.com', 'A@x.com', 'd@x.com'), email('', 'b@x.com', 'e@x.com')],
      1,
      { emails: { primaryEmail: 'c@x.com', additionalEmails: ['a@x.com', 'd@x.com', 'b@x.com', 'e@x.com'] } },
    ],
    [
      'a main e-mail comes from whoever has one',
      'people',
      [email('', 'b@x.com'), email('a@x.com')],
      0,
      { emails: { primaryEmail: 'a@x.com', additionalEmails: ['b@x.com'] } },
    ],
    [
      'phones are combined',
      'people',
      [phone('0612345678', '0698765432'), phone('0698765432', '0611111111')],
      1,
      {
        phones: {
          primaryPhoneNumber: '698765432',
          primaryPhoneCountryCode: 'FR',
          primaryPhoneCallingCode: '+33',
          additionalPhones: [fr('611111111'), fr('612345678')],
        },
      },
    ],
    [
      'a country without a number is no phone',
      'people',
      [{ phones: { primaryPhoneCountryCode: 'US' } }, phone('0612345678')],
      0,
      { phones: expect.objectContaining({ primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' }) },
    ],
    [
      'links are combined',
      'people',
      [link('https://a.com', 'A', 'https://b.com'), link('https://c.com', 'C', 'https://a.com')],
      0,
      {
        linkedinLink: {
          primaryLinkUrl: 'https://a.com',
          primaryLinkLabel: 'A',
          secondaryLinks: [
            { url: 'https://b.com', label: 'x' },
            { url: 'https://c.com', label: 'C' },
          ],
        },
      },
    ],
    [
      'of a unique link too',
      'companies',
      [{ domainName: { primaryLinkUrl: 'a.com' } }, { domainName: { primaryLinkUrl: 'b.com' } }],
      1,
      {
        domainName: { primaryLinkUrl: 'b.com', primaryLinkLabel: '', secondaryLinks: [{ url: 'a.com', label: null }] },
      },
    ],
    [
      'base fields are not merged',
      'people',
      [
        { position: 7, createdAt: '2020-01-01T00:00:00.000Z', createdBy: { source: 'EMAIL' } },
        { position: 3, createdAt: '2019-01-01T00:00:00.000Z' },
      ],
      0,
      { position: 7, createdAt: '2020-01-01T00:00:00.000Z', createdBy: expect.objectContaining({ source: 'EMAIL' }) },
    ],
  ];
  test.each(cases)('%s', async (_name, plural, records, index, expected) => {
    const space = await shared();
    const ids = await made(space, plural, records);
    const record = await merged(space, plural, ids, index);
    expect(record).toMatchObject({ id: ids[index], deletedAt: null, ...expected });
    const kept = await space.rest('GET', `/rest/${plural}?filter=id[in]:[${ids}]`);
    expect(kept.body.data[plural]).toEqual([record]);
    await space.sql(`delete from ${plural}`);
  });

  let space: Promise<Workspace> | undefined;
  function shared(): Promise<Workspace> {
    space ??= workspace();
    return space;
  }

  test('lists are united, and nothing loses a digit on its way', async () => {
    const { gql, sql } = await workspace();
    await sql(`
      create type planet as enum ('MARS', 'VENUS', 'EARTH');
      create table rockets (
        id uuid primary key default gen_random_uuid(), maker text, tags text[], seen planet[], mass numeric,
        serial bigint, extra jsonb,
        net inet, shout text generated always as (upper(maker)) stored, about_person_id uuid
        references people, about_company_id uuid references companies,
        check (num_nonnulls(about_person_id, about_company_id) <= 1)
      );
      comment on table rockets is E'@duplicates maker';
      comment on constraint rockets_about_person_id_fkey
      on rockets is E'@fieldName aboutPerson\\n@foreignFieldName rockets\\n@morph about';
      comment on constraint rockets_about_company_id_fkey
      on rockets is E'@fieldName aboutCompany\\n@foreignFieldName rockets\\n@morph about'`);
    await expect
      .poll(() => gql('{ __type(name: "Mutation") { fields { name } } }').then((it) => JSON.stringify(it)), {
        timeout: 8_000,
      })
      .toContain('mergeRockets');
    const [person, company, one, two] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await sql(`insert into people (id) values ('${person}')`);
    await sql(`insert into companies (id) values ('${company}')`);
    await sql(
      `insert into rockets (id, maker, tags, seen, mass, serial, extra, net, about_person_id, about_company_id) values
        ('${one}', null, '{b,a}', '{VENUS}', null, null, null, null, '${person}', null),
        ('${two}', 'Aster', '{c,b}', '{MARS,VENUS}', 12345678901234567890.123456789, 9007199254740993,
          '{"n": 12345678901234567890}', '10.0.0.1', null, '${company}')`,
    );
    const merge = (dryRun: boolean) =>
      gql(
        `mutation { mergeRockets(ids: ["${one}", "${two}"], conflictPriorityIndex: 0, dryRun: ${dryRun}) { maker tags seen mass serial aboutPersonId aboutCompanyId } }`,
      );
    const expected = {
      maker: 'Aster',
      tags: ['b', 'a', 'c'],
      seen: ['VENUS', 'MARS'],
      mass: '12345678901234567890.123456789',
      serial: '9007199254740993',
      aboutPersonId: person,
      aboutCompanyId: null,
    };
    expect((await merge(true)).mergeRockets).toEqual(expected);
    expect((await merge(false)).mergeRockets).toEqual(expected);
    expect(await sql('select id, mass::text, serial::text, extra::text, net::text, shout from rockets')).toEqual([
      {
        id: one,
        mass: expected.mass,
        serial: expected.serial,
        extra: '{"n": 12345678901234567890}',
        net: '10.0.0.1/32',
        shout: 'ASTER',
      },
    ]);
  });
});

/** Every column of the schema that refers to a table's id. */
const REFERENCES = `
  select conrelid::regclass::text as table, attname as column
  from pg_constraint
  join pg_attribute on attrelid = conrelid and attnum = conkey[1]
  where contype = 'f' and confrelid = $1::regclass and connamespace = current_schema()::regnamespace
  order by 1, 2`;

test('whatever referred to the others refers to the one: standard, custom, inactive and hand-made', async () => {
  const space = await workspace();
  const { metadata, sql } = space;
  const { createOneObject } = await metadata(
    'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }',
    { object: { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' } },
  );
  const { objects } = await metadata('{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }');
  const company = objects.edges.find(({ node }: any) => node.nameSingular === 'company').node.id;
  const related = async (name: string, objectMetadataId: string) => {
    const { createOneField } = await metadata(
      'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }',
      {
        field: {
          objectMetadataId,
          type: 'RELATION',
          name,
          label: name,
          relationCreationPayload: {
            type: 'MANY_TO_ONE',
            targetObjectMetadataId: company,
            targetFieldLabel: `Of ${name}`,
            targetFieldIcon: 'IconRocket',
          },
        },
      },
    );
    return createOneField.id;
  };
  await related('operator', createOneObject.id);
  const owner = await related('owner', createOneObject.id);
  await related('parent', company);
  await metadata(`mutation { updateOneField(input: { id: "${owner}", update: { isActive: false } }) { id } }`);
  await sql(`
    create table tickets (id uuid primary key default gen_random_uuid(), buyer uuid
      references companies on delete cascade);
    create table seats (number integer primary key, holder uuid not null references companies on delete cascade)`);
  await expect
    .poll(() => space.rest('GET', '/rest/tickets').then(({ status }) => status), { timeout: 8_000 })
    .toBe(200);

  const [one, two, three, stranger] = (await made(space, 'companies', [{}, {}, {}, {}])) as [
    string,
    string,
    string,
    string,
  ];
  const references = await sql(REFERENCES, ['companies']);
  expect(references.map(({ table, column }) => `${table}.${column}`)).toEqual([
    'attachments.target_company_id',
    'companies.parent_id',
    'favorites.company_id',
    'note_targets.target_company_id',
    'opportunities.company_id',
    'people.company_id',
    'rockets.operator_id',
    'rockets.owner_id',
    'seats.holder',
    'task_targets.target_company_id',
    'tickets.buyer',
    'timeline_activities.target_company_id',
  ]);
  for (const { table, column } of references) {
    const number = table === 'seats' ? ['number', '(array[1, 2, 3, 4])[row_number() over ()]'] : [];
    const [name, value] = number.length > 0 ? [`, ${number[0]}`, `, ${number[1]}`] : ['', ''];
    await sql(`insert into ${table} (${column}${name}) select target${value} from unnest($1::uuid[]) as target`, [
      [one, two, three, stranger],
    ]);
  }
  await sql(`update people set deleted_at = now() where company_id = $1`, [three]); // hidden ones refer to it too
  await sql(`update rockets set owner_id = $1 where operator_id = $2`, [three, two]); // two columns of one row
  await sql(`update companies set parent_id = $1 where id = $2`, [three, one]); // it would refer to itself

  expect(await merged(space, 'companies', [two, one, three], 1)).toMatchObject({ id: one, parentId: null });
  for (const { table, column } of references) {
    const rows = await sql(
      `select ${column} as target, count(*)::int from ${table} where ${column} is not null group by 1`,
    );
    const count = table === 'companies' || table === 'rockets' ? expect.any(Number) : 3;
    expect([table, column, new Map(rows.map((row) => [row.target, row.count]))]).toEqual([
      table,
      column,
      new Map([
        [one, count],
        [stranger, table === 'companies' || table === 'rockets' ? expect.any(Number) : 1],
      ]),
    ]);
  }
  expect(
    await sql('select operator_id, owner_id from rockets where operator_id is not null and owner_id is not null'),
  ).toEqual([{ operator_id: one, owner_id: one }]);
  // Who changed them, and when, is said of them.
  const { people } = (await space.rest('GET', `/rest/people?filter=companyId[eq]:${one}`)).body.data;
  expect(people.map(({ updatedBy }: any) => updatedBy.source).sort()).toEqual(['API', 'MANUAL']);
  const { companies } = await space.gql(
    `{ companies(filter: { id: { eq: "${one}" } }) { edges { node { people { totalCount } opportunities { totalCount } ticketsByBuyer { totalCount } } } } }`,
  );
  expect(companies.edges[0].node).toEqual({
    people: { totalCount: 2 },
    opportunities: { totalCount: 3 },
    ticketsByBuyer: { totalCount: 3 },
  });
});

test('the others are gone, and their unique values are free for the one', async () => {
  const space = await workspace();
  const [one, two] = (await made(space, 'people', [{ jobTitle: 'x' }, email('ada@x.com')])) as [string, string];
  expect(await merged(space, 'people', [one, two], 0, '?fields=emails')).toEqual({
    id: one,
    emails: { primaryEmail: 'ada@x.com', additionalEmails: [] },
  });
  expect(await space.rest('GET', `/rest/people/${two}`)).toMatchObject({ status: 404 });
  expect(await space.sql('select id from people')).toEqual([{ id: one }]);
});

describe('a dry run', () => {
  test('writes nothing, and answers what would come of it under an id of its own', async () => {
    const space = await workspace();
    const { gql, sql } = space;
    const [company] = await made(space, 'companies', [{ name: 'ACME' }]);
    const ids = await made(space, 'people', [
      { city: 'Rome', ...email('a@x.com') },
      { jobTitle: 'Pilot', companyId: company, ...email('b@x.com') },
    ]);
    await made(space, 'noteTargets', [{ targetPersonId: ids[1] }]);
    const everything = () =>
      sql(
        `select to_jsonb(people) as row from people union all select to_jsonb(note_targets) from note_targets
        order by 1`,
      );
    const before = await everything();
    const shown =
      '{ id deletedAt city jobTitle emails { primaryEmail additionalEmails } companyId company { name } noteTargets { totalCount edges { node { id } } } }';
    const { mergePeople } = await gql(`${MERGE_PEOPLE} ${shown} }`, { ids, index: 0, dryRun: true });
    expect(mergePeople).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      deletedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      city: 'Rome',
      jobTitle: 'Pilot',
      emails: { primaryEmail: 'a@x.com', additionalEmails: ['b@x.com'] },
      companyId: company,
      company: { name: 'ACME' },
      noteTargets: { totalCount: 0, edges: [] },
    });
    expect(ids).not.toContain(mergePeople.id);
    const { body } = await space.rest('PATCH', '/rest/people/merge?depth=1', {
      ids,
      conflictPriorityIndex: 1,
      dryRun: true,
    });
    expect(body.data.mergePerson).toMatchObject({
      emails: { primaryEmail: 'b@x.com' },
      company: { name: 'ACME' },
      noteTargets: [],
    });
    expect(body.data.mergePerson.id).not.toBe(mergePeople.id);
    expect(await everything()).toEqual(before);

    const { mergePeople: done } = await gql(`${MERGE_PEOPLE} ${shown} }`, { ids, index: 0 });
    expect(done).toEqual({
      ...mergePeople,
      id: ids[0],
      deletedAt: null,
      noteTargets: { totalCount: 1, edges: [expect.anything()] },
    });
  });
});

describe('a merge is refused', () => {
  test('by GraphQL and REST alike, and nothing has changed', async () => {
    const space = await workspace();
    const ids = (await made(space, 'people', Array(10).fill({}))) as [string, string, ...string[]];
    const [a, b] = ids;
    const hidden = ids[9] as string;
    await space.rest('DELETE', `/rest/people/${hidden}?soft_delete=true`);
    const cases: [string, string[], number, string, RegExp][] = [
      ['one record', [a], 0, 'INVALID_QUERY_INPUT', /2 to 9 records; 1 were given/],
      ['no record', [], 0, 'INVALID_QUERY_INPUT', /2 to 9/],
      ['ten records', ids, 0, 'INVALID_QUERY_INPUT', /2 to 9 records; 10 were given/],
      ['a record twice', [a, b, a.toUpperCase()], 0, 'INVALID_QUERY_INPUT', /given twice/],
      ['a place behind the last', [a, b], 2, 'INVALID_QUERY_INPUT', /from 0 to 1, not 2/],
      ['a place before the first', [a, b], -1, 'INVALID_QUERY_INPUT', /from 0 to 1, not -1/],
      ['an id that no record has', [a, randomUUID()], 0, 'RECORD_NOT_FOUND', /Record not found/],
      ['a soft-deleted record', [a, hidden], 0, 'RECORD_NOT_FOUND', /Record not found/],
    ];
    for (const [name, given, index, code, message] of cases) {
      for (const dryRun of [true, false]) {
        const { extensions, message: said } = await space.refused(`${MERGE_PEOPLE} { id } }`, {
          ids: given,
          index,
          dryRun,
        });
        expect([name, extensions.subCode, said]).toEqual([name, code, expect.stringMatching(message)]);
        const answer = await space.rest('PATCH', '/rest/people/merge', {
          ids: given,
          conflictPriorityIndex: index,
          dryRun,
        });
        expect([name, answer.status, answer.body.messages]).toEqual([
          name,
          code === 'RECORD_NOT_FOUND' ? 404 : 400,
          [expect.stringMatching(message)],
        ]);
      }
    }
    expect(await space.sql('select count(*)::int from people')).toEqual([{ count: 10 }]);
  });

  test('where an object has no criteria: there is no such mutation, and the route says why', async () => {
    const space = await workspace();
    const { __schema } = await space.gql('{ __schema { mutationType { fields { name } } } }');
    const names = __schema.mutationType.fields
      .map(({ name }: any) => name)
      .filter((name: string) => /^merge/.test(name));
    expect(names).toEqual(['mergeCompanies', 'mergePeople']);
    const body = { ids: [randomUUID(), randomUUID()], conflictPriorityIndex: 0 };
    for (const plural of ['opportunities', 'workspaceMembers', 'noteTargets'])
      expect(await space.rest('PATCH', `/rest/${plural}/merge`, body)).toMatchObject({
        status: 400,
        body: { error: 'BadRequestException', messages: [expect.stringContaining('has no duplicate criteria')] },
      });
  });

  test.each<[string, unknown, RegExp]>([
    ['no body', undefined, /The body must be a JSON object with ids, conflictPriorityIndex, dryRun/],
    ['a list', [], /must be a JSON object/],
    ['a misspelt dry run', { ids: [], conflictPriorityIndex: 0, dryrun: true }, /not "dryrun"/],
    ['no ids', { conflictPriorityIndex: 0 }, /ids must be a JSON array/],
    ['ids that are none', { ids: ['x', null], conflictPriorityIndex: 0 }, /ids: "x" is not a valid UUID/],
    ['no priority', { ids: [randomUUID(), randomUUID()] }, /conflictPriorityIndex must be a whole number/],
    [
      'a dry run that is no boolean',
      { ids: [], conflictPriorityIndex: 0, dryRun: 'yes' },
      /dryRun must be true or false/,
    ],
  ])('a body with %s', async (_name, body, message) => {
    const { rest } = await bodies();
    const answer = await rest('PATCH', '/rest/people/merge', body);
    expect(answer).toMatchObject({ status: 400, body: { messages: [expect.stringMatching(message)] } });
    expect(await rest('POST', '/rest/people/merge', body)).toMatchObject({ status: 405 });
  });
  let space: Promise<Workspace> | undefined;
  function bodies(): Promise<Workspace> {
    space ??= workspace();
    return space;
  }

  test('where two records would then be alike, or a key that cannot move holds one: nothing is done by halves', async () => {
    const space = await workspace();
    const { gql, sql } = space;
    const [note] = await made(space, 'notes', [{ title: 'x' }]);
    const ids = (await made(space, 'companies', [
      { name: 'A' },
      { name: 'B', domainName: { primaryLinkUrl: 'b.com' } },
    ])) as [string, string];
    await made(
      space,
      'noteTargets',
      ids.map((targetCompanyId) => ({ noteId: note, targetCompanyId })),
    );
    await made(space, 'people', [{ companyId: ids[1] }]);
    await sql('alter table note_targets add constraint one_link unique (note_id, target_company_id)');
    const merge = `mutation { mergeCompanies(ids: ["${ids[0]}", "${ids[1]}"], conflictPriorityIndex: 0) { id } }`;
    expect(await space.refused(merge)).toMatchObject({
      message: expect.stringMatching(/duplicate entry was detected: records of note_targets .* one_link/),
      extensions: { code: 'BAD_USER_INPUT', subCode: 'DUPLICATE_ENTRY_DETECTED' },
    });
    expect(await sql('select count(*)::int from people where company_id = $1', [ids[1]])).toEqual([{ count: 1 }]);
    await sql('alter table note_targets drop constraint one_link');

    await sql(
      `create table sites (domain text primary key
        references companies (domain_name_primary_link_url)); insert into sites values ('b.com')`,
    );
    await expect
      .poll(() => space.refused(merge), { timeout: 8_000 })
      .toMatchObject({
        message: expect.stringMatching(/Records of sites refer to companies that would be gone, and forbid it/),
        extensions: { subCode: 'INVALID_QUERY_INPUT' },
      });
    expect(await sql('select count(*)::int from companies')).toEqual([{ count: 2 }]);
    await sql('drop table sites');
    expect((await gql(merge)).mergeCompanies.id).toBe(ids[0]);
    expect(await sql('select count(*)::int from note_targets where target_company_id = $1', [ids[0]])).toEqual([
      { count: 2 },
    ]);
  });
});

test('merges of the same records at the same time: one does it, the others find them gone', async () => {
  const space = await workspace();
  const ids = await made(space, 'people', [{}, {}, {}]);
  const answers = await Promise.all(
    [0, 1, 2, 0].map((index) => space.rest('PATCH', '/rest/people/merge', { ids, conflictPriorityIndex: index })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
  expect(await space.sql('select count(*)::int from people')).toEqual([{ count: 1 }]);
});
