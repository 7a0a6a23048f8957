/** What a wrong request is told, over both APIs. Contract: core.md 2.25, 3.10, 3.12 */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
let known: string;
beforeAll(async () => {
  space = await workspace();
  const { body } = await space.rest('POST', '/rest/companies', { domainName: { primaryLinkUrl: 'known.com' } });
  known = body.data.createCompany.id;
});

const nobody = randomUUID();
const CREATE = 'mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id } }';
const CREATE_MANY = 'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id } }';

test('what the database of a workspace forbids: to remove what is referred to, to write what it generates', async () => {
  const { rest, sql } = await workspace();
  const { body } = await rest('POST', '/rest/companies', {});
  const { id } = body.data.createCompany;
  for (const rule of ['restrict', 'no action']) {
    await sql(`create table seats (company_id uuid references companies on delete ${rule})`);
    await sql('insert into seats values ($1)', [id]);
    const said = [expect.stringMatching(/^Records of seats refer to companies that would be gone/)];
    expect(await rest('DELETE', `/rest/companies/${id}`)).toMatchObject({ status: 400, body: { messages: said } });
    await sql('drop table seats');
  }
  await sql(
    `create table chairs (id uuid primary key default gen_random_uuid(), legs integer generated always as (4) stored)`,
  );
  await expect.poll(() => rest('GET', '/rest/chairs').then(({ status }) => status), { timeout: 8_000 }).toBe(200);
  expect(await rest('POST', '/rest/chairs', { legs: 3 })).toMatchObject({
    status: 400,
    body: { messages: ['A generated field cannot be written'] },
  });
});

describe('GraphQL', () => {
  const one = (verb: string, more = '') => `mutation { ${verb}Company(id: "${nobody}"${more}) { id } }`;
  test.each<[string, string, object | undefined, RegExp, string, string?]>([
    ['an unknown field', '{ companies { wings } }', undefined, /wings/, 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', '{ companies {', undefined, /Syntax/, 'GRAPHQL_PARSE_FAILED'],
    [
      'an unknown key, in a variable',
      CREATE,
      { data: { wings: 2 } },
      /"wings" is not defined by type "CompanyCreateInput"/,
      'BAD_USER_INPUT',
      'BAD_REQUEST',
    ],
    [
      'an unknown key, inline',
      'mutation { createCompany(data: { wings: 2 }) { id } }',
      undefined,
      /"wings" is not defined by type/,
      'BAD_USER_INPUT',
      'BAD_REQUEST',
    ],
    [
      'an unknown option, in a variable',
      'mutation ($data: OpportunityCreateInput!) { createOpportunity(data: $data) { id } }',
      { data: { stage: 'OLD' } },
      /Value "OLD" does not exist in "OpportunityStageEnum" enum/,
      'BAD_USER_INPUT',
    ],
    [
      'an unknown option, inline',
      'mutation { createOpportunity(data: { stage: OLD }) { id } }',
      undefined,
      /Value "OLD" does not exist in "OpportunityStageEnum" enum/,
      'BAD_USER_INPUT',
    ],
    ['an id that is none', 'mutation { deleteCompany(id: "x") { id } }', undefined, /^Invalid UUID/, 'BAD_USER_INPUT'],
    [
      'an id that is none, in a variable',
      'mutation ($id: UUID!) { deleteCompany(id: $id) { id } }',
      { id: 'x' },
      /Invalid UUID/,
      'BAD_USER_INPUT',
    ],
    [
      'an id that is no text',
      'mutation { deleteCompany(id: 3) { id } }',
      undefined,
      /^UUID must be a string/,
      'BAD_USER_INPUT',
    ],
    [
      'a join column that is none',
      CREATE,
      { data: { accountOwnerId: 'x' } },
      /^Invalid UUID value 'x' for field "accountOwnerId"$/,
      'BAD_USER_INPUT',
      'INVALID_ARGS_DATA',
    ],
    ['the many side written', CREATE, { data: { people: [] } }, /people/, 'BAD_USER_INPUT'],
    [
      'find nothing',
      `{ company(filter: { id: { eq: "${nobody}" } }) { id } }`,
      undefined,
      /^Record not found$/,
      'NOT_FOUND',
      'RECORD_NOT_FOUND',
    ],
    ['update nothing', one('update', ', data: {}'), undefined, /^Record not found$/, 'NOT_FOUND', 'RECORD_NOT_FOUND'],
    ['delete nothing', one('delete'), undefined, /^Record not found$/, 'NOT_FOUND', 'RECORD_NOT_FOUND'],
    ['destroy nothing', one('destroy'), undefined, /^Record not found$/, 'NOT_FOUND', 'RECORD_NOT_FOUND'],
    ['restore nothing', one('restore'), undefined, /^Record not found$/, 'NOT_FOUND', 'RECORD_NOT_FOUND'],
    [
      'a bad cursor',
      '{ companies(after: "x") { totalCount } }',
      undefined,
      /^Invalid cursor/,
      'BAD_USER_INPUT',
      'INVALID_CURSOR',
    ],
  ])('%s', async (_name, query, variables, message, code, subCode) => {
    const error = await space.refused(query, variables);
    expect(error.message).toMatch(message);
    expect(error.extensions).toMatchObject({
      code,
      userFriendlyMessage: expect.any(String),
      ...(subCode && { subCode }),
    });
  });

  test('an error of a field has its path; the answer is 200 with data null', async () => {
    const { status, body } = await space.rest('POST', '/graphql', { query: one('delete') });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { data: { deleteCompany: null }, errors: [{ path: ['deleteCompany'] }] },
    });
  });

  test.each<[string, () => object]>([
    ['unique value', () => ({ domainName: { primaryLinkUrl: 'KNOWN.com' } })],
    ['id', () => ({ id: known })],
  ])('a duplicate %s names the record in the way, and the one refused', async (_name, data) => {
    const conflict = {
      code: 'BAD_USER_INPUT',
      subCode: 'DUPLICATE_ENTRY_DETECTED',
      conflictingRecordId: known,
      conflictingObjectNameSingular: 'company',
    };
    const single = await space.refused(CREATE, { data: data() });
    expect(single.message).toMatch(/^A duplicate entry was detected on (domainName|id)$/);
    expect(single.extensions).toMatchObject(conflict);
    expect(single.extensions).not.toHaveProperty('recordIndex');
    expect((await space.refused(CREATE_MANY, { data: [{}, {}, data()] })).extensions).toMatchObject({
      ...conflict,
      recordIndex: 2,
    });
  });

  test('a duplicate within the batch names the later one; one of an update names what is in the way', async () => {
    const domainName = { primaryLinkUrl: 'twice.com' };
    const error = await space.refused(CREATE_MANY, { data: [{ domainName }, {}, { domainName }] });
    expect(error.extensions).toMatchObject({ subCode: 'DUPLICATE_ENTRY_DETECTED', recordIndex: 2 });
    expect(error.extensions).not.toHaveProperty('conflictingRecordId');
    const { createCompany } = await space.gql(CREATE, { data: {} });
    const update = 'mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { id } }';
    const data = { domainName: { primaryLinkUrl: 'known.com' } };
    expect((await space.refused(update, { id: createCompany.id, data })).extensions).toMatchObject({
      subCode: 'DUPLICATE_ENTRY_DETECTED',
      conflictingRecordId: known,
    });
  });
});

describe('REST', () => {
  test.each<[string, string, string, unknown, number, string, RegExp]>([
    ['find nothing', 'GET', `/rest/companies/${nobody}`, undefined, 404, 'NotFoundException', /^Record not found$/],
    ['update nothing', 'PATCH', `/rest/companies/${nobody}`, {}, 404, 'NotFoundException', /^Record not found$/],
    [
      'delete nothing',
      'DELETE',
      `/rest/companies/${nobody}?soft_delete=true`,
      undefined,
      404,
      'NotFoundException',
      /^Record not found$/,
    ],
    [
      'destroy nothing',
      'DELETE',
      `/rest/companies/${nobody}`,
      undefined,
      404,
      'NotFoundException',
      /^Record not found$/,
    ],
    [
      'restore nothing',
      'PATCH',
      `/rest/companies/${nobody}/restore`,
      {},
      404,
      'NotFoundException',
      /^Record not found$/,
    ],
    ['a malformed id', 'GET', '/rest/companies/x', undefined, 400, 'BadRequestException', /'x' is not a valid UUID/],
    [
      'an unknown object',
      'GET',
      '/rest/wings',
      undefined,
      400,
      'BadRequestException',
      /^object 'wings' not found\. eg: companies$/,
    ],
    ['a singular', 'GET', '/rest/company', undefined, 400, 'BadRequestException', /Did you mean 'companies'\?/],
    ['no object', 'GET', '/rest/', undefined, 400, 'BadRequestException', /Query path .* invalid/],
    [
      'too many segments',
      'GET',
      '/rest/companies/a/b/c',
      undefined,
      400,
      'BadRequestException',
      /Query path .* invalid/,
    ],
    [
      'a restore that would destroy',
      'DELETE',
      `/rest/companies/${nobody}/restore`,
      undefined,
      400,
      'BadRequestException',
      /Query path .* invalid/,
    ],
    [
      'a method that there is not',
      'PATCH',
      '/rest/batch/companies',
      [],
      405,
      'MethodNotAllowedException',
      /not allowed/,
    ],
    ['an unknown field', 'POST', '/rest/companies', { wings: 2 }, 400, 'BadRequestException', /company.*"wings"/],
    [
      'a wrong type',
      'POST',
      '/rest/companies',
      { employees: 'many' },
      400,
      'BadRequestException',
      /"employees".*"many"/,
    ],
    [
      'an unknown option',
      'POST',
      '/rest/opportunities',
      { stage: 'OLD' },
      400,
      'BadRequestException',
      /^Invalid value 'OLD' for field "stage"/,
    ],
    [
      'no UUID',
      'POST',
      '/rest/companies',
      { id: 'x' },
      400,
      'BadRequestException',
      /^Invalid UUID value 'x' for field "id"$/,
    ],
    [
      'a duplicate',
      'POST',
      '/rest/companies',
      { domainName: { primaryLinkUrl: 'known.com' } },
      400,
      'BadRequestException',
      /^A duplicate entry was detected/,
    ],
    [
      'a duplicate of many',
      'POST',
      '/rest/batch/companies',
      [{}, { domainName: { primaryLinkUrl: 'known.com' } }],
      400,
      'BadRequestException',
      /^Record 1: A duplicate entry was detected/,
    ],
    [
      'an upsert of two',
      'POST',
      '/rest/batch/companies?upsert=true',
      [{ domainName: { primaryLinkUrl: 'q.com' } }, { domainName: { primaryLinkUrl: 'q.com' } }],
      400,
      'BadRequestException',
      /^Records 0 and 1/,
    ],
    [
      'a connect to nothing',
      'POST',
      '/rest/people',
      { company: { connect: { where: { id: nobody } } } },
      400,
      'BadRequestException',
      /^Expected 1 record/,
    ],
    [
      'too many',
      'POST',
      '/rest/batch/companies',
      Array.from({ length: 61 }, () => ({})),
      400,
      'BadRequestException',
      /maximum is 60/,
    ],
    ['no list', 'POST', '/rest/batch/companies', {}, 400, 'BadRequestException', /JSON array/],
    ['an empty list', 'POST', '/rest/batch/companies', [], 400, 'BadRequestException', /at least one/],
    ['a list for one', 'POST', '/rest/companies', [{}], 400, 'BadRequestException', /JSON object/],
    [
      'a bad cursor',
      'GET',
      '/rest/companies?starting_after=x',
      undefined,
      400,
      'BadRequestException',
      /^Invalid cursor/,
    ],
    ['a bad depth', 'GET', '/rest/companies?depth=2', undefined, 400, 'BadRequestException', /0 and 1/],
    ['a bad limit', 'GET', '/rest/companies?limit=x', undefined, 400, 'BadRequestException', /limit/],
  ])('%s', async (_name, method, path, body, statusCode, error, message) => {
    const answer = await space.rest(method, path, body);
    expect(answer).toMatchObject({
      status: statusCode,
      body: { statusCode, error, messages: [expect.stringMatching(message)] },
    });
    expect(Object.keys(answer.body)).toHaveLength(3);
  });
});

describe('what Postgres refuses', () => {
  test('is the client’s mistake, in our words: rules of the tables, of triggers, and what is too long', async () => {
    const { rest, sql } = await workspace();
    await sql(`
      create table pads (
        id uuid primary key default gen_random_uuid(), width int constraint wide check (width > 2), code varchar(3),
        price numeric(4, 2), note text unique);
      create function refuse() returns trigger language plpgsql as $$ begin if new.note = 'no'
      then raise exception 'secret %', new.id; end if; return new; end $$;
      create trigger refuse before insert on pads for each row execute function refuse()`);
    await expect.poll(async () => (await rest('GET', '/rest/pads')).status, { timeout: 10_000 }).toBe(200);
    const note = Array.from({ length: 3_000 }, () => randomUUID()).join('');
    for (const [body, message] of [
      [{ width: 1 }, 'The record breaks the rule wide'],
      [{ code: 'long' }, 'A value is out of range or not of its type'],
      [{ price: 1000 }, 'A value is out of range or not of its type'],
      [{ note: 'no' }, 'The record breaks a rule of the database'],
      [{ note }, 'A value is too long'],
    ] as const)
      expect(await rest('POST', '/rest/pads', body)).toMatchObject({ status: 400, body: { messages: [message] } });
  });
});

test('a duplicate names all fields of its key, and a deleted record that has it', async () => {
  const own = await workspace();
  await own.sql('create unique index on companies (name, employees)');
  await vi.waitFor(async () => {
    await own.rest('POST', '/rest/companies', { name: 'Ariane', employees: 5 });
    const { status, body } = await own.rest('POST', '/rest/companies', { name: 'Ariane', employees: 5 });
    expect([status, body.messages]).toEqual([400, ['A duplicate entry was detected on name and employees']]);
  });
  const { createCompany } = await own.gql(
    'mutation { createCompany(data: { domainName: { primaryLinkUrl: "gone.example" } }) { id } }',
  );
  await own.gql('mutation ($id: UUID!) { deleteCompany(id: $id) { id } }', createCompany);
  const { message, extensions } = await own.refused(
    'mutation { createCompany(data: { domainName: { primaryLinkUrl: "gone.example" } }) { id } }',
  );
  expect(message).toBe(
    'A duplicate entry was detected on domainName: a deleted record has this value; restore or destroy it',
  );
  expect(extensions.conflictingRecordId).toBe(createCompany.id);
});
