/**
 * A role tries to get at what it was not granted: a unique field (the domain of companies), an object (opportunities),
 * and records that a rule keeps from it; and the same of what was made by hand: a column of companies, one of launches,
 * a table (vaults), some launches. Each attack is made twice, once with the right guess: what is answered may not tell
 * the two apart.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { GraphQLInputObjectType, GraphQLObjectType } from 'postgraphile/grafast/graphql';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { asRole, makeRole, objectIdOf, type Workspace } from '../roles.ts';

const SECRET = 'xenon-4711';
const WRONG = 'argon-0000';
const DOMAIN = `https://${SECRET}.example`;

type Who = Awaited<ReturnType<typeof asRole>>;

/** The same role has a key, and a member who is signed in. */
const WAYS = ['by a key', 'by a session'] as const;
type Way = (typeof WAYS)[number];

let space: Workspace;
let roleId: string;
let who: Who;
let ways: Readonly<Record<Way, Readonly<Record<string, string>>>>;
let company: string;
let hidden: string;
let opportunity: string;
let person: string;

beforeAll(async () => {
  space = await workspace();
  await space.sql(`
    alter table companies add column vat_number text constraint companies_vat_number_key unique,
      add column vat_shown text generated always as ('VAT ' || vat_number) stored;
    create table vaults (vault_no int generated always as identity primary key, code text);
    create table launches (
      id uuid primary key default gen_random_uuid(), mission text, payload text constraint launches_payload_key unique,
      words tsvector generated always as (to_tsvector('simple', coalesce(payload, ''))) stored,
      vault_no int references vaults, company_id uuid references companies, is_public boolean not null);
    insert into vaults (code) values ('${SECRET}');
    insert into launches (mission, payload, vault_no, is_public)
    values ('Seen', '${SECRET}', 1, true), ('Hidden ${SECRET}', null, 1, false)`);
  await space.untilServed('launches');
  const made = await space.gql(
    `mutation ($companies: [CompanyCreateInput!]!) { createCompanies(data: $companies) { id } }`,
    {
      companies: [
        { name: 'Seen', employees: 10, domainName: { primaryLinkUrl: DOMAIN } },
        { name: `Hidden ${SECRET}`, employees: 100_000 },
      ],
    },
  );
  [company, hidden] = made.createCompanies.map(({ id }: any) => id);
  const more = await space.gql(
    `mutation ($name: String, $company: ID) {
      createOpportunity(data: { name: $name, companyId: $company }) { id }
      createPerson(data: { city: "Kourou", companyId: $company, name: { firstName: "Ada" } }) { id }
    }`,
    { name: `Deal ${SECRET}`, company },
  );
  [opportunity, person] = [more.createOpportunity.id, more.createPerson.id];
  await space.gql(`mutation { createPerson(data: { city: "Hidden", companyId: "${hidden}" }) { id } }`);
  await space.sql('update companies set vat_number = $1 where id = $2', [SECRET, company]);
  await space.sql('update launches set company_id = $1', [company]);
  roleId = await makeRole(space, 'Attacker', {
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
    canAccessAllTools: true,
    objects: {
      opportunity: { read: false, update: false, softDelete: false, destroy: false },
      vault: { read: false, update: false, softDelete: false, destroy: false },
    },
    fields: {
      'company.domainName': { read: false },
      'company.vatNumber': { read: false },
      'launch.payload': { read: false },
    },
    flags: ['API_KEYS_AND_WEBHOOKS', 'ROLES', 'WORKSPACE', 'WORKSPACE_MEMBERS'],
  });
  const rule = await space.rest('PUT', `/rest/metadata/roles/${roleId}/rowRules`, {
    rowRules: [
      { objectMetadataId: await objectIdOf(space, 'company'), filter: { employees: { lt: 1000 } } },
      { objectMetadataId: await objectIdOf(space, 'launch'), filter: { isPublic: { eq: true } } },
    ],
  });
  expect(rule.status).toBe(200);
  who = await asRole(space, roleId);
  const { browser } = await signedIn([space], { role: 'Attacker' });
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const session = { Cookie: cookies, 'X-Plinth-Workspace': space.name, Origin: 'http://plinth.test' };
  ways = { 'by a key': who.who, 'by a session': session };
});

type Request = { readonly method?: string; readonly path: string; readonly body?: unknown; readonly type?: string };

const gql = (query: string, variables?: object): Request => ({ path: '/graphql', body: { query, variables } });
const get = (path: string): Request => ({ method: 'GET', path: `/rest/${path}` });

async function answered(
  { method = 'POST', path, body, type = 'application/json' }: Request,
  guess = SECRET,
  way: Way = 'by a key',
): Promise<string> {
  const response = await fetch(space.url + path, {
    method,
    headers: { ...ways[way], ...(body !== undefined && { 'Content-Type': type }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 500) throw new Error(`${path} → ${response.status} ${text}`);
  return `${response.status} ${text.replaceAll(guess, '…')}`;
}

/** What differs from one answer to another in any case. */
function comparable(answer: string): string {
  return answer.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
}

const GUESSES: Readonly<Record<string, (guess: string) => Request>> = {
  'a filter by the field': (guess) =>
    gql(`{ companies(filter: { domainName: { primaryLinkUrl: { like: "%${guess}%" } } }) { totalCount } }`),
  'a filter by a variable': (guess) =>
    gql('query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }', {
      filter: { domainName: { primaryLinkUrl: { like: `%${guess}%` } } },
    }),
  'a filter hidden in and, or, not': (guess) =>
    gql(
      `{ companies(filter: { or: [{ not: { and: [{ domainName: { primaryLinkUrl: { eq: "${guess}" } } }] } }] }) { totalCount } }`,
    ),
  'a filter through a relation': (guess) =>
    gql(`{ people(filter: { company: { domainName: { primaryLinkUrl: { like: "%${guess}%" } } } }) { totalCount } }`),
  'a filter through a relation to the object': (guess) =>
    gql(`{ companies(filter: { opportunities: { some: { name: { like: "%${guess}%" } } } }) { totalCount } }`),
  'a filter through a relation to hidden records': (guess) =>
    gql(`{ people(filter: { company: { name: { like: "%${guess}%" } } }) { totalCount } }`),
  'none and every, of hidden records': (guess) =>
    gql(`{ people(filter: { not: { company: { name: { like: "%${guess}%" } } } }) { totalCount } }`),
  'a filter of a nested connection': (guess) =>
    gql(
      `{ companies { edges { node { people(filter: { company: { name: { like: "%${guess}%" } } }) { totalCount } } } } }`,
    ),
  'a search by the vector': (guess) =>
    gql(`{ companies(filter: { searchVector: { search: "${guess}" } }) { totalCount } }`),
  'the search of all objects': (guess) =>
    gql(`{ search(searchInput: "${guess}", limit: 10) { edges { node { label recordId } } } }`),
  'the search of the hidden object': (guess) =>
    gql(
      `{ search(searchInput: "${guess}", limit: 10, includedObjectNameSingulars: ["opportunity"]) { edges { node { label } } } }`,
    ),
  'a connect by the field': (guess) =>
    gql(
      `mutation { createPerson(data: { company: { connect: { where: { domainName: { primaryLinkUrl: "https://${guess}.example" } } } } }) { id } }`,
    ),
  'an upsert that would match by the field': (guess) =>
    gql(
      `mutation { createCompany(upsert: true, data: { employees: 1, domainName: { primaryLinkUrl: "https://${guess}.example" } }) { id } }`,
    ),
  'duplicates of a record that is not there': (guess) =>
    gql(`{ companyDuplicates(data: [{ domainName: { primaryLinkUrl: "https://${guess}.example" } }]) { totalCount } }`),
  'duplicates by the name of a hidden record': (guess) =>
    gql(`{ companyDuplicates(data: [{ name: "Hidden ${guess}" }]) { totalCount } }`),
  'a cursor of an order by the field': (guess) =>
    gql(
      `{ companies(after: "${Buffer.from(JSON.stringify({ domainNamePrimaryLinkUrl: guess, id: company })).toString('base64')}") { totalCount edges { node { id } } } }`,
    ),
  'an update by a filter on the field': (guess) =>
    gql(
      `mutation { updateCompanies(filter: { domainName: { primaryLinkUrl: { like: "%${guess}%" } } }, data: { employees: 11 }) { id } }`,
    ),
  'a deletion by the name of a hidden record': (guess) =>
    gql(`mutation { destroyCompanies(filter: { name: { eq: "Hidden ${guess}" } }) { id } }`),
  'having in a group by a hidden record': (guess) =>
    gql(
      `{ peopleGroupBy(groupBy: [{ company: { name: true } }], filter: { company: { name: { like: "%${guess}%" } } }) { groupByDimensionValues totalCount } }`,
    ),
  'by hand: a filter by the column': (guess) =>
    gql(`{ companies(filter: { vatNumber: { like: "%${guess}%" } }) { totalCount } }`),
  'by hand: a filter by what is made of the column': (guess) =>
    gql(`{ companies(filter: { vatShown: { like: "%${guess}%" } }) { totalCount } }`),
  'by hand: a filter of the table': (guess) =>
    gql(`{ launches(filter: { payload: { eq: "${guess}" } }) { totalCount } }`),
  'by hand: a filter through a relation': (guess) =>
    gql(`{ companies(filter: { launches: { some: { payload: { eq: "${guess}" } } } }) { totalCount } }`),
  'by hand: a filter through a relation to hidden records': (guess) =>
    gql(`{ companies(filter: { launches: { some: { mission: { like: "%${guess}%" } } } }) { totalCount } }`),
  'by hand: a filter through a relation to the hidden table': (guess) =>
    gql(`{ launches(filter: { vault: { code: { eq: "${guess}" } } }) { totalCount } }`),
  'by hand: a search by a vector': (guess) =>
    gql(`{ launches(filter: { words: { search: "${guess}" } }) { totalCount } }`),
  'by hand: an upsert that would match by the column': (guess) =>
    gql(`mutation { createLaunch(upsert: true, data: { isPublic: true, payload: "${guess}" }) { id } }`),
  'by hand: a connect by the column': (guess) =>
    gql(`mutation { createPerson(data: { company: { connect: { where: { vatNumber: "${guess}" } } } }) { id } }`),
  'by hand: a deletion by a hidden record': (guess) =>
    gql(`mutation { destroyLaunches(filter: { mission: { eq: "Hidden ${guess}" } }) { id } }`),
  'by hand: REST: a filter': (guess) => get(`launches?filter=payload[eq]:"${guess}"`),
  'by hand: REST: an import': (guess) => ({
    path: '/rest/launches/import?upsert=true',
    type: 'application/x-ndjson',
    body: `${JSON.stringify({ payload: guess, isPublic: true })}\n`,
  }),
  'REST: a filter': (guess) => get(`companies?filter=domainName.primaryLinkUrl[like]:"%25${guess}%25"`),
  'REST: a filter through a relation': (guess) =>
    get(`people?filter=company.domainName.primaryLinkUrl[like]:"%25${guess}%25"`),
  'REST: a filter of an export': (guess) =>
    get(`companies/export?filter=domainName.primaryLinkUrl[like]:"%25${guess}%25"`),
  'REST: an upsert': (guess) => ({
    path: '/rest/companies?upsert=true',
    body: { domainName: { primaryLinkUrl: `https://${guess}.example` } },
  }),
  'REST: an import': (guess) => ({
    path: '/rest/companies/import?upsert=true',
    type: 'application/x-ndjson',
    body: `${JSON.stringify({ domainName: { primaryLinkUrl: `https://${guess}.example` } })}\n`,
  }),
  'REST: an import of CSV': (guess) => ({
    path: '/rest/companies/import?upsert=true',
    type: 'text/csv',
    body: `domainName.primaryLinkUrl\nhttps://${guess}.example\n`,
  }),
};

describe.each(WAYS)('%s', (way) => {
  test.each(Object.entries(GUESSES))('%s does not tell a right guess from a wrong one', async (_name, request) => {
    const right = comparable(await answered(request(SECRET), SECRET, way));
    expect(right).toBe(comparable(await answered(request(WRONG), WRONG, way)));
    expect(right).not.toContain(SECRET);
  });
});

describe('nothing of what is hidden is in an answer', () => {
  const ASKED: Readonly<Record<string, () => Request>> = {
    'the field': () => gql('{ companies { edges { node { domainName { primaryLinkUrl } } } } }'),
    'all that is shown': () => get('companies?depth=1'),
    'all people with their companies': () => get('people?depth=1'),
    'the field by name': () => get('companies?fields=domainName'),
    'the hidden record': () => get(`companies/${hidden}`),
    'the hidden record’s people': () =>
      gql(`{ people { edges { node { company { id name people { edges { node { company { name } } } } } } } } }`),
    'the hidden object': () => get('opportunities'),
    'one of the hidden object': () => get(`opportunities/${opportunity}`),
    'the hidden object through a relation': () =>
      gql('{ companies { edges { node { opportunities { edges { node { name } } } } } } }'),
    'the hidden object through another': () =>
      gql('{ people { edges { node { pointOfContactForOpportunities { edges { node { name } } } } } } }'),
    'a fragment on the hidden type': () => gql('{ companies { edges { node { ... on Opportunity { name } } } } }'),
    'groups by the field': () =>
      gql('{ companiesGroupBy(groupBy: [{ domainName: { primaryLinkUrl: true } }]) { groupByDimensionValues } }'),
    'groups by the field of a relation': () =>
      gql(
        '{ peopleGroupBy(groupBy: [{ company: { domainName: { primaryLinkUrl: true } } }]) { groupByDimensionValues } }',
      ),
    'groups by the name of a relation': () =>
      gql('{ peopleGroupBy(groupBy: [{ company: { name: true } }]) { groupByDimensionValues totalCount } }'),
    'an order by the field': () =>
      gql('{ companies(orderBy: [{ domainName: { primaryLinkUrl: AscNullsFirst } }]) { edges { cursor } } }'),
    'an order by a relation’s field': () =>
      gql('{ people(orderBy: [{ company: { domainName: { primaryLinkUrl: AscNullsFirst } } }]) { edges { cursor } } }'),
    'cursors of an order by hidden records': () =>
      gql('{ people(orderBy: [{ company: { name: AscNullsFirst } }]) { edges { cursor node { city } } } }'),
    'a merge': () =>
      gql(`mutation { mergeCompanies(ids: ["${company}", "${hidden}"], conflictPriorityIndex: 0) { id name } }`),
    'a merge that is only tried': () =>
      gql(
        `mutation { mergeCompanies(ids: ["${company}", "${hidden}"], conflictPriorityIndex: 1, dryRun: true) { id name } }`,
      ),
    'duplicates of the record': () =>
      gql(`{ companyDuplicates(ids: ["${company}", "${hidden}"]) { totalCount edges { node { name } } } }`),
    'an upsert by the hidden record’s id': () =>
      gql(`mutation { createCompany(upsert: true, data: { id: "${hidden}", employees: 5 }) { id name } }`),
    'an update of the hidden record': () =>
      gql(`mutation { updateCompany(id: "${hidden}", data: { employees: 5 }) { id name } }`),
    'a destruction that answers what was there': () => gql(`mutation { destroyCompany(id: "${hidden}") { id name } }`),
    'a record made beyond the rule': () =>
      gql('mutation { createCompany(data: { name: "Beyond", employees: 1000000 }) { id } }'),
    'a record moved beyond the rule': () =>
      gql(`mutation { updateCompany(id: "${company}", data: { employees: 1000000 }) { id } }`),
    'an export': () => get('companies/export'),
    'an export of CSV': () => get('companies/export?format=csv'),
    'an export of the hidden object': () => get('opportunities/export'),
    'group-by over REST': () => get('companies/groupBy?group_by=[{"domainName":{"primaryLinkUrl":true}}]'),
    'an unknown name that is near': () => gql('{ companies { edges { node { domainNam } } } }'),
    'by hand: the columns': () => gql('{ companies { edges { node { vatNumber vatShown } } } }'),
    'by hand: all that is shown': () => get('launches?depth=1'),
    'by hand: the column': () => gql('{ launches { edges { node { payload words } } } }'),
    'by hand: the hidden table': () => get('vaults'),
    'by hand: the hidden table through a relation': () => gql('{ launches { edges { node { vault { code } } } } }'),
    'by hand: groups by the column': () =>
      gql('{ launchesGroupBy(groupBy: [{ payload: true }]) { groupByDimensionValues } }'),
    'by hand: an aggregate of the column': () => gql('{ launches { countUniqueValuesPayload } }'),
    'by hand: an order by the column': () =>
      gql('{ launches(orderBy: [{ payload: AscNullsFirst }]) { edges { cursor } } }'),
    'by hand: an export': () => get('launches/export'),
    'by hand: a record moved beyond the rule': () =>
      gql('mutation { updateLaunches(filter: { isPublic: { eq: true } }, data: { isPublic: false }) { id mission } }'),
    'by hand: the fields that the metadata APIs tell of': () => ({ method: 'GET', path: '/rest/metadata/objects' }),
    'SQL in a text': () =>
      gql(
        `{ companies(filter: { name: { eq: "x' union select domain_name_primary_link_url from companies --" } }) { totalCount } }`,
      ),
  };

  describe.each(WAYS)('%s', (way) => {
    test.each(Object.entries(ASKED))('%s', async (_name, request) => {
      const answer = await answered(request(), SECRET, way);
      expect(answer).not.toMatch(/…|xenon/);
      expect(answer).not.toMatch(/^40[01] .*(MISSING|sign)/);
    });
  });

  test('and nothing of it was changed', async () => {
    expect(
      await space.sql(
        'select name, employees, domain_name_primary_link_url as url, deleted_at from companies where id = any ($1) order by employees',
        [[company, hidden]],
      ),
    ).toEqual([
      { name: 'Seen', employees: 10, url: `${SECRET}.example`, deleted_at: null },
      { name: `Hidden ${SECRET}`, employees: 100_000, url: null, deleted_at: null },
    ]);
    expect(await space.sql('select name from opportunities')).toEqual([{ name: `Deal ${SECRET}` }]);
    expect(await space.sql('select company_id from people where id = $1', [person])).toEqual([{ company_id: company }]);
    expect(await space.sql('select mission, payload, is_public from launches order by is_public')).toEqual([
      { mission: `Hidden ${SECRET}`, payload: null, is_public: false },
      { mission: 'Seen', payload: SECRET, is_public: true },
    ]);
  });
});

test('all that the whole schema has more of an object is refused, name by name', async () => {
  const { models } = await server();
  const [{ role }] = await space.sql('select role_name as role from plinth.roles where id = $1', [roleId]);
  const [whole, part] = [await models.get(space.schema), await models.get(space.schema, role)];
  const missing = (type: string) => {
    const fieldsOf = ({ schema }: typeof whole) =>
      Object.keys((schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields());
    const known = new Set(fieldsOf(part));
    return fieldsOf(whole).filter((name) => !known.has(name));
  };
  const scalarOr = (name: string) =>
    name === 'domainName'
      ? `${name} { primaryLinkUrl }`
      : name.endsWith('pportunities') || name === 'opportunities'
        ? `${name} { totalCount }`
        : name;
  const asked = [
    ...missing('Company').map((name) => `{ companies { edges { node { ${scalarOr(name)} } } } }`),
    ...missing('CompanyConnection').map((name) => `{ companies { ${name} } }`),
    ...missing('CompanyGroupByConnection').map((name) => `{ companiesGroupBy(groupBy: [{ id: true }]) { ${name} } }`),
  ];
  expect(asked.length).toBeGreaterThan(5);
  for (const query of asked) {
    const { body } = await who.rest('POST', '/graphql', { query });
    expect([query, body.errors?.[0].extensions.code]).toEqual([query, 'FORBIDDEN']);
  }
});

test('no description of the APIs knows of it', async () => {
  for (const path of ['/graphql/schema.graphql', '/rest/open-api/core']) {
    const text = await answered({ method: 'GET', path });
    expect(text).not.toMatch(
      /domainName|DomainName|pportunities|Opportunity(?! ?Id)|vatNumber|vatShown|[vV]ault(?!No)|payload"|words"/,
    );
  }
  const introspected = await answered(
    gql(
      '{ __schema { types { name description fields { name description args { name } } inputFields { name } enumValues { name } } } __type(name: "Opportunity") { name } }',
    ),
  );
  expect(introspected).not.toMatch(/domainName|DomainName|pportunities|Opportunity(?! ?Id)/);
  const metadata = await answered({
    path: '/metadata',
    body: {
      query:
        '{ objects(paging: { first: 100 }) { edges { node { nameSingular fieldsList { name } indexMetadataList { name } } } } fields(paging: { first: 1000 }) { edges { node { name } } } }',
    },
  });
  expect(metadata).not.toMatch(/domainName|pportunities|opportunity"/);
  for (const path of [
    '/rest/metadata/objects?limit=200',
    '/rest/metadata/fields?limit=200',
    '/rest/metadata/indexes?limit=200',
    '/rest/metadata/model',
    '/rest/metadata/unserved',
    '/rest/metadata/drift',
  ])
    expect(await answered({ method: 'GET', path })).not.toMatch(/domainName|domain_name|pportunities|"opportunity/);
});

describe('nobody makes themselves more', () => {
  const role = (path: string, body: object, method = 'PUT'): Request => ({
    method,
    path: `/rest/metadata/roles/${roleId}${path}`,
    body,
  });

  test.each([
    ['all records', () => role('', { canUpdateAllSettings: true }, 'PATCH')],
    [
      'the field',
      async () =>
        role('/fieldPermissions', {
          fieldPermissions: [{ ...(await fieldOf('domainName')), canReadFieldValue: null }],
        }),
    ],
    [
      'the object',
      async () =>
        role('/objectPermissions', {
          objectPermissions: [{ objectMetadataId: await objectIdOf(space, 'opportunity'), canReadObjectRecords: true }],
        }),
    ],
    ['a flag', () => role('/permissionFlags', { permissionFlagKeys: ['DATA_MODEL'] })],
    [
      'the rule',
      async () =>
        role('/rowRules', { rowRules: [{ objectMetadataId: await objectIdOf(space, 'company'), filter: null }] }),
    ],
    [
      'a role with more',
      () => ({
        path: '/rest/metadata/roles',
        body: { label: randomUUID(), canReadAllObjectRecords: true, canUpdateAllSettings: true },
      }),
    ],
    [
      'a default role with more',
      async () => ({ method: 'PATCH', path: '/rest/metadata/workspace', body: { defaultRoleId: await adminId() } }),
    ],
    [
      'a webhook, which hears of all',
      () => ({ path: '/rest/metadata/webhooks', body: { targetUrl: 'https://attacker.example', operations: ['*.*'] } }),
    ],
    [
      'a key with more',
      async () => ({
        path: '/rest/metadata/apiKeys',
        body: { name: 'x', expiresAt: '2099-01-01', roleId: await adminId() },
      }),
    ],
  ] as [string, () => Request | Promise<Request>][])('%s', async (_what, request) => {
    for (const way of WAYS) expect(await answered(await request(), SECRET, way)).toMatch(/^403 /);
  });

  async function fieldOf(name: string) {
    const objectMetadataId = await objectIdOf(space, 'company');
    const [{ id }] = await space.sql('select id from plinth.fields where object_id = $1 and name = $2', [
      objectMetadataId,
      name,
    ]);
    return { objectMetadataId, fieldMetadataId: id };
  }

  async function adminId(): Promise<string> {
    const [{ id }] = await space.sql('select id from plinth.roles where workspace_id = $1 and not is_editable', [
      space.id,
    ]);
    return id;
  }
});

test('psql as the role is bound by the same', async () => {
  const other = await workspace();
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  try {
    const [{ role }] = await space.sql('select role_name as role from plinth.roles where id = $1', [roleId]);
    await client.query(
      `set search_path to ${pg.escapeIdentifier(space.schema)}; set role ${pg.escapeIdentifier(role)}`,
    );
    expect((await client.query('select name from companies')).rows).toEqual([{ name: 'Seen' }]);
    for (const statement of [
      'select domain_name_primary_link_url from companies',
      'select * from companies',
      'select companies from companies',
      'select from companies order by domain_name_primary_link_url',
      `update companies set name = domain_name_primary_link_url`,
      'table opportunities',
      'table vaults',
      'select payload from launches',
      'select words from launches',
      'select vat_number from companies',
      'select vat_shown from companies',
      'table plinth.api_keys',
      `table ${pg.escapeIdentifier(other.schema)}.companies`,
      'alter table companies disable row level security',
      'drop policy plinth_everybody on companies',
      'create table own (id int)',
    ])
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.end();
  }
});
