/** Requests that are wrong in every way that comes to mind, for the four APIs. Each is what `fetch` takes. */

import fc from 'fast-check';

export type Malformed = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

const UUID = '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f';

/** Texts that have hurt somebody somewhere. */
const NASTY: readonly string[] = [
  '',
  ' ',
  "'",
  '"',
  "'; drop table companies; --",
  '" or 1=1 --',
  '\\',
  '%',
  '%s%n',
  '$1',
  '${7*7}',
  '{{7*7}}',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e',
  '😀'.repeat(20),
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  '-0',
  '1e309',
  '99999999999999999999999999999999',
  '-1',
  '2.5',
  '0x10',
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '[',
  '(',
  ')))',
  ','.repeat(50),
  '('.repeat(200),
  'x'.repeat(5_000),
  '2024-02-30',
  '0000-00-00',
  '99999-01-01T00:00:00Z',
  '2024-01-01T25:61:61Z',
  'infinity',
  UUID,
  UUID.slice(1),
  `${UUID}0`,
  'first',
  'last',
  'NULL',
  'NOT_NULL',
  'eyJpZCI6MX0=',
  'WzFd',
  'W10=',
  'bnVsbA==',
];

const FIELDS = [
  ...[
    'id',
    'name',
    'employees',
    'createdAt',
    'deletedAt',
    'position',
    'domainName',
    'address',
    'annualRecurringRevenue',
  ],
  ...[
    'idealCustomerProfile',
    'accountOwner',
    'accountOwnerId',
    'people',
    'createdBy',
    'searchVector',
    'wings',
    'and',
    'not',
  ],
];
const OBJECTS = ['companies', 'people', 'opportunities', 'company', 'noteTargets', 'workspaceMembers', 'rockets'];
const SEGMENTS = [
  ...OBJECTS,
  ...['batch', 'restore', 'merge', 'groupBy', 'duplicates', 'export', 'import', 'metadata', 'open-api', 'core'],
  ...[UUID, 'nope', '%00', '%ff', '%2e%2e', '%', ';', '*'],
];
const PARAMETERS = [
  ...['filter', 'order_by', 'limit', 'starting_after', 'ending_before', 'depth', 'fields', 'upsert', 'soft_delete'],
  ...['group_by', 'aggregate', 'view_id', 'include_records_sample', 'order_by_for_records', 'omit_null_values'],
  ...['format', 'import', 'dry_run', 'filter[name][eq]', 'fields[x]', 'limit[]', 'token', 'wings'],
];

const nasty = fc.constantFrom(...NASTY);
const text = fc.oneof(
  { weight: 3, arbitrary: nasty },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 2 ** 53, -0.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(...FIELDS, 'eq', 'in', 'is', 'connect', 'where', 'primaryLinkUrl', '__proto__'),
      tie('value'),
      {
        maxKeys: 3,
      },
    ),
  ),
})).value;

/** A text with some of its characters taken out, doubled, or replaced. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(400), fc.nat(3), fc.oneof(nasty, fc.constantFrom(...'{}[]():,."\'$!@\n'))), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([whole, edits]) =>
      edits.reduce((before, [place, length, put]) => {
        const at = place % (before.length + 1);
        return before.slice(0, at) + put + before.slice(at + length);
      }, whole),
    );
}

// REST ---------------------------------------------------------------------------------------------------------------

const FILTERS = [
  'name[eq]:"Acme"',
  'or(name[ilike]:"%acme%",not(domainName.primaryLinkUrl[is]:NULL))',
  'employees[gte]:1,employees[lte]:5',
  `accountOwnerId[in]:["${UUID}"]`,
  "createdAt[gt]:'2024-01-01T00:00:00.000Z'",
  'accountOwner.name.firstName[startsWith]:"A"',
  'and(id[neq]:x,or(a[eq]:1,b[eq]:2))',
];
const OTHERS = [
  'name[AscNullsFirst],createdAt[DescNullsLast]',
  'address.addressCity',
  '[{"createdAt":{"granularity":"MONTH","timeZone":"Europe/Paris"}},{"name":true}]',
  '["countNotEmptyId","maxEmployees"]',
  '[{"aggregate":{"countNotEmptyId":"DescNullsLast"}}]',
];

const parameter = fc.tuple(
  fc.constantFrom(...PARAMETERS),
  fc.oneof(text, mutated(FILTERS), mutated(OTHERS), fc.constantFrom(...FIELDS, ...FILTERS)),
);

const record: fc.Arbitrary<unknown> = fc.oneof(
  json,
  fc.dictionary(fc.constantFrom(...FIELDS), json, { minKeys: 1, maxKeys: 4 }),
  fc.array(fc.dictionary(fc.constantFrom(...FIELDS), json, { maxKeys: 3 }), { maxLength: 3 }),
  fc.constant(Array.from({ length: 61 }, () => ({}))),
  fc.record({ ids: json, conflictPriorityIndex: json, dryRun: json, data: json }, { requiredKeys: [] }),
  fc.record(
    {
      nameSingular: json,
      namePlural: json,
      labelSingular: json,
      labelPlural: json,
      type: json,
      options: json,
      settings: json,
    },
    { requiredKeys: [] },
  ),
);

const JSON_TYPE = 'application/json';
const body = fc.oneof(
  { weight: 8, arbitrary: record.map((value) => ({ type: JSON_TYPE, text: JSON.stringify(value) })) },
  {
    weight: 2,
    arbitrary: mutated(['{"name":"Acme","employees":3}', '[{"id":1},{"id":2}]']).map((raw) => ({
      type: JSON_TYPE,
      text: raw,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('text/csv', 'application/x-ndjson', 'text/plain', 'application/json; charset=latin1', 'x'),
        text,
      )
      .map(([type, raw]) => ({ type, text: raw })),
  },
);

const segments = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...OBJECTS)) as fc.Arbitrary<string[]> },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...OBJECTS), fc.constantFrom(...SEGMENTS)) as fc.Arbitrary<string[]>,
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('metadata'),
      fc.constantFrom('objects', 'fields', 'apiKeys', 'indexes', 'webhooks', 'roles', 'x'),
    ) as fc.Arbitrary<string[]>,
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('metadata'),
      fc.constantFrom('objects', 'fields', 'apiKeys'),
      fc.constantFrom(...SEGMENTS),
    ) as fc.Arbitrary<string[]>,
  },
  { weight: 2, arbitrary: fc.array(fc.oneof(fc.constantFrom(...SEGMENTS), text.map(encoded)), { maxLength: 4 }) },
);

const restRequest: fc.Arbitrary<Malformed> = fc
  .record({
    method: fc.constantFrom(
      'GET',
      'GET',
      'GET',
      'POST',
      'POST',
      'PATCH',
      'PATCH',
      'PUT',
      'DELETE',
      'OPTIONS',
      'PROPFIND',
    ),
    segments,
    parameters: fc.array(parameter, { maxLength: 3 }),
    headers: fc.dictionary(
      fc.constantFrom('Idempotency-Key', 'If-Match', 'If-None-Match', 'Accept', 'Content-Encoding'),
      fc.constantFrom('x', '"a"', 'W/"b", *', 'x'.repeat(3_000), 'gzip', '*/*'),
      { maxKeys: 1 },
    ),
    body,
  })
  .map(({ method, segments, parameters, headers, body }) => ({
    method,
    path: `/rest/${segments.join('/')}${parameters.map(([name, value], i) => `${i === 0 ? '?' : '&'}${encoded(name)}=${encoded(value)}`).join('')}`,
    headers: { 'Content-Type': body.type, ...headers },
    body: method === 'GET' ? undefined : body.text,
  }));

/** Halves of characters can't be percent-encoded; what stands for them is as malformed as they. */
function encoded(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : '%ed%a0%80';
}

// GraphQL ------------------------------------------------------------------------------------------------------------

const CORE = [
  '{ companies(first: 2, filter: { name: { eq: "Acme" }, or: [{ employees: { gte: 1 } }, { people: { some: { city: { is: NULL } } } }] }, orderBy: [{ name: AscNullsFirst }]) { totalCount edges { cursor node { id name people(first: 1) { edges { node { id } } } } } pageInfo { endCursor } } }',
  '{ company(filter: { id: { eq: "x" } }) { id } companyDuplicates(ids: ["x"]) { totalCount } }',
  '{ companiesGroupBy(groupBy: [{ createdAt: { granularity: MONTH } }, { name: true }], limit: 3) { groupByDimensionValues totalCount } }',
  '{ search(searchInput: "acme", limit: 3, includedObjectNameSingulars: ["company"]) { edges { node { recordId label } cursor } } }',
  'mutation { createCompanies(data: [{ name: "a", domainName: { primaryLinkUrl: "b.com" }, accountOwner: { connect: { where: { id: "x" } } } }], upsert: true) { id } }',
  'mutation { updateCompany(id: "x", data: { employees: 3, position: first }) { id } }',
  'mutation { deleteCompanies(filter: { and: [{ name: { like: "%a%" } }] }) { id } mergePeople(ids: [], conflictPriorityIndex: 0) { id } }',
];
const METADATA = [
  '{ objects(paging: { first: 2 }, filter: { isCustom: { is: true } }) { edges { node { nameSingular fieldsList { name options } } } pageInfo { endCursor } } }',
  '{ object(id: "x") { id } fields(paging: { after: "y" }) { edges { node { name } } } }',
  'mutation { createOneObject(input: { object: { nameSingular: "1", namePlural: "2", labelSingular: "", labelPlural: "" } }) { id } }',
  'mutation { createOneField(input: { field: { objectMetadataId: "x", type: SELECT, name: "y", label: "z", options: [] } }) { id } }',
  'mutation { updateOneObject(input: { id: "x", update: { isActive: false } }) { id } deleteOneField(input: { id: "x" }) { id } }',
];
const WITH_VARIABLES = [
  'query ($filter: CompanyFilterInput, $orderBy: [CompanyOrderByInput], $first: Int, $after: String) { companies(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { totalCount edges { node { id } } } }',
  'mutation ($data: [CompanyCreateInput!]!, $upsert: Boolean) { createCompanies(data: $data, upsert: $upsert) { id } }',
  'mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { id } }',
  'mutation ($filter: CompanyFilterInput!) { destroyCompanies(filter: $filter) { id } }',
  'query ($ids: [UUID], $data: [CompanyCreateInput]) { companyDuplicates(ids: $ids, data: $data) { totalCount edges { node { id } } } }',
];

const variables = fc.dictionary(
  fc.constantFrom('filter', 'orderBy', 'first', 'after', 'data', 'upsert', 'id', 'ids'),
  record,
);

const graphqlRequest: fc.Arbitrary<Malformed> = fc
  .oneof(
    { weight: 3, arbitrary: mutated(CORE).map((query) => ({ path: '/graphql', body: { query } as unknown })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...WITH_VARIABLES), variables)
        .map(([query, variables]) => ({ path: '/graphql', body: { query, variables } as unknown })),
    },
    { weight: 1, arbitrary: mutated(METADATA).map((query) => ({ path: '/metadata', body: { query } as unknown })) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('/graphql', '/metadata'), json).map(([path, body]) => ({ path, body })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('/graphql', '/metadata'), text, json, json)
        .map(([path, query, variables, operationName]) => ({
          path,
          body: { query, variables, operationName } as unknown,
        })),
    },
  )
  .map(({ path, body }) => ({
    method: 'POST',
    path,
    headers: { 'Content-Type': JSON_TYPE },
    body: JSON.stringify(body),
  }));

export const malformed: fc.Arbitrary<Malformed> = fc.oneof(restRequest, graphqlRequest);
