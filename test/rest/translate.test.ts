/** Requests and the GraphQL operations that they become. */

import { LRUCache } from 'lru-cache';
import { describe, expect, test } from 'vitest';
import { refuse } from '../../server/errors.ts';
import { envelope, restError } from '../../server/rest/envelope.ts';
import { parsePath } from '../../server/rest/path.ts';
import { type RestRequest, translate } from '../../server/rest/translate.ts';
import { companies, noteTargets, people, wide } from './crm.ts';

const ID = '20202020-1c25-4d02-bf25-6aeccf7ea419';

function translated(request: Partial<RestRequest> & Pick<RestRequest, 'kind'>) {
  const { operation, variables } = translate(
    { resource: people, id: ID, query: {}, body: undefined, ...request },
    new LRUCache({ max: 10 }),
  );
  return { source: operation.source, key: operation.key, variables };
}

const PERSON = '{ id createdAt updatedAt deletedAt name { firstName lastName } jobTitle companyId }';

describe('an operation is translated', () => {
  const data = { jobTitle: 'Pilot' };
  const cases: [string, Partial<RestRequest> & Pick<RestRequest, 'kind'>, object][] = [
    [
      'find many',
      { kind: 'findMany' },
      {
        source: `query people($first: Int) { people(first: $first) { people: edges { node ${PERSON} } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        key: 'people',
        variables: { first: 60 },
      },
    ],
    [
      'find many, backward',
      {
        kind: 'findMany',
        query: { filter: 'jobTitle[eq]:x', order_by: 'jobTitle', limit: '500', ending_before: 'abc', fields: 'id' },
      },
      {
        source:
          'query people($filter: PersonFilterInput, $orderBy: [PersonOrderByInput], $last: Int, $before: String) { people(filter: $filter, orderBy: $orderBy, last: $last, before: $before) { people: edges { node { id } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
        key: 'people',
        variables: {
          filter: { and: [{ jobTitle: { eq: 'x' } }] },
          orderBy: [{ jobTitle: 'AscNullsFirst' }],
          last: 200,
          before: 'abc',
        },
      },
    ],
    [
      'group by',
      {
        kind: 'groupBy',
        query: {
          group_by: '[{"company":{"name":true}}]',
          aggregate: '["totalCount","countEmptyJobTitle"]',
          filter: 'jobTitle[eq]:x',
          omit_null_values: 'true',
          limit: '3',
        },
      },
      {
        source:
          'query peopleGroupBy($groupBy: [PersonGroupByInput!]!, $filter: PersonFilterInput, $limit: Int) { peopleGroupBy(groupBy: $groupBy, filter: $filter, limit: $limit) { groupByDimensionValues totalCount countEmptyJobTitle } }',
        key: 'people',
        variables: {
          groupBy: [{ company: { name: true } }],
          filter: { and: [{ and: [{ jobTitle: { eq: 'x' } }] }, { company: { name: { is: 'NOT_NULL' } } }] },
          limit: 3,
        },
      },
    ],
    [
      'group by, with records',
      {
        kind: 'groupBy',
        query: {
          group_by: '[{"jobTitle":true}]',
          include_records_sample: 'true',
          order_by_for_records: 'jobTitle',
          depth: '1',
          fields: 'jobTitle',
        },
      },
      {
        source: `query peopleGroupBy($groupBy: [PersonGroupByInput!]!, $orderByForRecords: [PersonOrderByInput]) { peopleGroupBy(groupBy: $groupBy, orderByForRecords: $orderByForRecords) { groupByDimensionValues totalCount records: edges { node ${PERSON} } } }`,
        key: 'people',
        variables: { groupBy: [{ jobTitle: true }], orderByForRecords: [{ jobTitle: 'AscNullsFirst' }] },
      },
    ],
    [
      'find one',
      { kind: 'findOne' },
      {
        source: `query person($id: UUID!) { person(filter: { id: { eq: $id } }) ${PERSON} }`,
        key: 'person',
        variables: { id: ID },
      },
    ],
    [
      'create one',
      { kind: 'createOne', body: data },
      {
        source: `mutation createPerson($data: PersonCreateInput!) { createPerson(data: $data) ${PERSON} }`,
        key: 'createPerson',
        variables: { data },
      },
    ],
    [
      'create many, upserting',
      { kind: 'createMany', body: [data], query: { upsert: 'true', fields: 'id' } },
      {
        source:
          'mutation createPeople($data: [PersonCreateInput!]!, $upsert: Boolean) { createPeople(data: $data, upsert: $upsert) { id } }',
        key: 'createPeople',
        variables: { data: [data], upsert: true },
      },
    ],
    [
      'update one',
      { kind: 'updateOne', body: data, query: { fields: 'id' } },
      {
        source:
          'mutation updatePerson($id: UUID!, $data: PersonUpdateInput!) { updatePerson(id: $id, data: $data) { id } }',
        key: 'updatePerson',
        variables: { id: ID, data },
      },
    ],
    [
      'update many',
      { kind: 'updateMany', body: data, query: { filter: 'jobTitle[eq]:x', fields: 'id' } },
      {
        source:
          'mutation updatePeople($filter: PersonFilterInput!, $data: PersonUpdateInput!) { updatePeople(filter: $filter, data: $data) { id } }',
        key: 'updatePeople',
        variables: { filter: { and: [{ jobTitle: { eq: 'x' } }] }, data },
      },
    ],
    [
      'destroy one',
      { kind: 'deleteOne', query: { depth: '1' } },
      {
        source: 'mutation destroyPerson($id: UUID!) { destroyPerson(id: $id) { id } }',
        key: 'deletePerson',
        variables: { id: ID },
      },
    ],
    [
      'delete one softly',
      { kind: 'deleteOne', query: { soft_delete: 'true' } },
      {
        source: 'mutation deletePerson($id: UUID!) { deletePerson(id: $id) { id } }',
        key: 'deletePerson',
        variables: { id: ID },
      },
    ],
    [
      'destroy many, for soft_delete is not exactly true',
      { kind: 'deleteMany', query: { soft_delete: 'TRUE', filter: 'jobTitle[eq]:x' } },
      {
        source: 'mutation destroyPeople($filter: PersonFilterInput!) { destroyPeople(filter: $filter) { id } }',
        key: 'deletePeople',
        variables: { filter: { and: [{ jobTitle: { eq: 'x' } }] } },
      },
    ],
    [
      'restore one',
      { kind: 'restoreOne', query: { fields: 'id' } },
      {
        source: 'mutation restorePerson($id: UUID!) { restorePerson(id: $id) { id } }',
        key: 'restorePerson',
        variables: { id: ID },
      },
    ],
  ];
  test.each(cases)('%s', (_name, request, expected) => {
    expect(translated(request)).toEqual(expected);
  });

  test('one text serves all values, and is kept', () => {
    const kept = new LRUCache<string, any>({ max: 10 });
    const request = { kind: 'findMany', resource: people, id: null, body: undefined } as const;
    const first = translate({ ...request, query: { filter: 'jobTitle[eq]:a', limit: '1' } }, kept);
    const second = translate({ ...request, query: { filter: 'or(jobTitle[eq]:b)', limit: '2' } }, kept);
    expect(second.operation).toBe(first.operation);
    expect(kept.size).toBe(1);
  });
});

describe('depth and fields select', () => {
  const selected = (resource: typeof people, query: Record<string, unknown>) =>
    /\) (\{ id.*) \}$/.exec(translated({ kind: 'findOne', resource, query }).source)?.[1];

  test('depth 0: fields and join columns', () => {
    expect(selected(people, {})).toBe(PERSON);
    expect(selected(noteTargets, { depth: '1' })).toBe('{ id createdAt updatedAt deletedAt targetCompanyId ghostId }');
  });

  test('depth 1: relations too, one level of them; no search vector, nothing inactive', () => {
    expect(selected(people, { depth: '1' })).toContain(
      'companyId company { id createdAt updatedAt deletedAt name domainName { ',
    );
    const company = selected(companies, { depth: '1' });
    expect(company).toContain(`people(first: 60) { edges { node ${PERSON} } }`);
    expect(company).toContain('noteTargets(first: 60) { edges { node { id createdAt');
    expect(company).not.toMatch(/searchVector|retired|ghosts/);
  });

  test('fields', () => {
    expect(selected(people, { fields: 'company', depth: '0' })).toBe('{ id companyId }');
    expect(selected(people, { fields: ['name, ,jobTitle', 'name'] })).toBe(
      '{ id name { firstName lastName } jobTitle }',
    );
    expect(selected(companies, { fields: 'noteTargets', depth: '1' })).toMatch(
      /^\{ id noteTargets\(first: 60\) \{ .* \}$/,
    );
    expect(selected(noteTargets, { fields: 'targetCompany', depth: '1' })).toBe('{ id targetCompanyId }');
    expect(selected(companies, { fields: 'searchVector' })).toBe('{ id searchVector }');
  });

  test('an object with very many fields shows 200 of them, and says so', () => {
    const request = { kind: 'findOne', resource: wide(300), id: ID, query: {}, body: undefined } as const;
    const { operation } = translate(request, new LRUCache({ max: 1 }));
    expect(operation.isCapped).toBe(true);
    expect(operation.source).toMatch(/\{ id createdAt updatedAt deletedAt field000 .* field195 \}/);
    expect(translate({ ...request, query: { fields: 'field299' } }, new LRUCache({ max: 1 })).operation.isCapped).toBe(
      false,
    );
  });
});

describe('a request is refused', () => {
  const cases: [string, Partial<RestRequest> & Pick<RestRequest, 'kind'>, string][] = [
    ['depth 2', { kind: 'findOne', query: { depth: '2' } }, "depth '2' is invalid: allowed values are 0 and 1"],
    ['limit x', { kind: 'findMany', query: { limit: 'x' } }, "limit 'x' is invalid"],
    ['limit -1', { kind: 'findMany', query: { limit: '-1' } }, "limit '-1' is invalid"],
    ['empty limit', { kind: 'findMany', query: { limit: '' } }, "limit '' is invalid"],
    [
      'two cursors',
      { kind: 'findMany', query: { starting_after: 'a', ending_before: 'b' } },
      'cannot be given together',
    ],
    ['two filters', { kind: 'findMany', query: { filter: ['id[is]:NULL', 'id[is]:NULL'] } }, 'filter is given 2 times'],
    ['empty filter', { kind: 'findMany', query: { filter: '' } }, 'filter, position 1'],
    ['no fields', { kind: 'findOne', query: { fields: ' , ' } }, 'fields must be names'],
    ['fields with brackets', { kind: 'findOne', query: { 'fields[x]': '1' } }, 'fields must be names'],
    ['fields as an object', { kind: 'findOne', query: { fields: { x: '1' } } }, 'fields must be names'],
    [
      'unknown fields',
      { kind: 'findOne', query: { fields: 'foo,name,bar' } },
      'Object person doesn\'t have any "foo", "bar" field',
    ],
    [
      'a list at depth 0',
      { kind: 'findOne', resource: companies, query: { fields: 'people' } },
      'ask for it with depth=1',
    ],
    ['update all', { kind: 'updateMany', body: {} }, 'A non-empty filter is required'],
    ['restore all', { kind: 'restoreMany' }, 'A non-empty filter is required'],
    ['destroy all', { kind: 'deleteMany' }, 'Filters are mandatory for bulk destroy operations'],
    [
      'delete all',
      { kind: 'deleteMany', query: { soft_delete: 'true' } },
      'Filters are mandatory for bulk delete operations',
    ],
    ['create without a body', { kind: 'createOne' }, 'The body must be a JSON object'],
    ['create one from a list', { kind: 'createOne', body: [{}] }, 'The body must be a JSON object'],
    ['batch of one record', { kind: 'createMany', body: {} }, 'The body must be a JSON array'],
    ['empty batch', { kind: 'createMany', body: [] }, 'The body must be a JSON array'],
  ];
  test.each(cases)('%s', (_name, request, message) => {
    expect(() => translated(request)).toThrow(message);
  });
});

describe('a path', () => {
  const cases: [string, string, object][] = [
    ['GET', '/people', { plural: 'people', template: '/people', id: null }],
    ['GET', '//people/', { plural: 'people', template: '/people', id: null }],
    ['GET', `/people/${ID}`, { plural: 'people', template: '/people/{id}', id: ID }],
    ['POST', `/people/${ID}`, { plural: 'people', template: '/people', id: null }],
    ['POST', '/batch/people', { plural: 'people', template: '/batch/people', id: null }],
    ['PUT', `/people/${ID}/restore`, { plural: 'people', template: '/people/{id}/restore', id: ID }],
    ['PATCH', '/people/restore', { plural: 'people', template: '/people/restore', id: null }],
    ['PATCH', '/restore/people', { plural: 'people', template: '/restore/people', id: null }],
    ['POST', '/people/duplicates', { plural: 'people', template: '/people/duplicates', id: null }],
    ['GET', '/people/groupBy', { plural: 'people', template: '/people/groupBy', id: null }],
    ['PUT', '/people/merge', { plural: 'people', template: '/people/merge', id: null }],
    ['PATCH', `/restore/people/${ID}`, { plural: 'people', template: '/restore/people/{id}', id: ID }],
  ];
  test.each(cases)('%s %s is read', (method, path, expected) => {
    expect(parsePath(method, path)).toEqual(expected);
  });

  const refused: [string, string, string][] = [
    ['GET', '/', "Query path '/rest/' is invalid"],
    ['GET', '/people/nope', "'nope' is not a valid UUID"],
    ['GET', '/people/restore', "'restore' is not a valid UUID"],
    ['DELETE', `/people/${ID}/restore`, 'is invalid'],
    ['DELETE', '/restore/people', 'is invalid'],
    ['GET', `/people/${ID}/company`, 'is invalid'],
    ['PATCH', `/people/${ID}/restore/now`, 'is invalid'],
  ];
  test.each(refused)('%s %s is refused', (method, path, message) => {
    expect(() => parsePath(method, path)).toThrow(message);
  });
});

test('a page is put around its records as they are', () => {
  const { operation } = translate(
    { kind: 'findMany', resource: companies, id: null, query: { depth: '1', fields: 'people' }, body: undefined },
    new LRUCache({ max: 1 }),
  );
  const name = ',"totalCount":7,"pageInfo":{}}'; // which is no end of a page where a record has it
  const records = [{ id: ID, name, people: [{ id: 'p' }] }];
  const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: 'a', endCursor: 'a' };
  const body = envelope(operation, JSON.stringify({ companies: records, totalCount: 1, pageInfo }));
  expect(JSON.parse(body)).toEqual({ data: { companies: records }, totalCount: 1, pageInfo });
});

describe('an error is answered', () => {
  const cases: [string, unknown, object][] = [
    [
      'a refusal',
      refuse('RECORD_NOT_FOUND'),
      { statusCode: 404, error: 'NotFoundException', messages: ['Record not found'] },
    ],
    [
      'no token',
      refuse('MISSING_TOKEN'),
      { statusCode: 403, error: 'FORBIDDEN_EXCEPTION', messages: ['Missing authentication token'] },
    ],
    [
      'a bad token',
      refuse('INVALID_TOKEN'),
      { statusCode: 401, error: 'UNAUTHENTICATED', messages: ['Token invalid.'] },
    ],
    [
      'one record of many',
      refuse('DUPLICATE_ENTRY_DETECTED', { recordIndex: 2 }),
      {
        statusCode: 400,
        error: 'BadRequestException',
        messages: ['Record 2: A duplicate entry was detected'],
      },
    ],
    [
      'a body that is no JSON',
      Object.assign(new SyntaxError('Unexpected token s, "secret" is not valid'), {
        status: 400,
        type: 'entity.parse.failed',
      }),
      {
        statusCode: 400,
        error: 'BadRequestException',
        messages: ['The request cannot be read: its body must be valid JSON, its path valid percent-encoding'],
      },
    ],
    [
      'a bug',
      new Error('relation "secret" does not exist'),
      { statusCode: 500, error: 'InternalServerErrorException', messages: ['Internal server error (request r1)'] },
    ],
  ];
  test.each(cases)('%s', (_name, error, body) => {
    expect(restError(error, 'r1').body).toEqual(body);
  });
});
