/** The worked examples of core.md section 8, through HTTP. */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

describe('REST', () => {
  test('1: creates a person, and refuses the same one again', async () => {
    const { rest } = await workspace();
    const id = randomUUID();
    const first = await rest('POST', '/rest/people', { id, name: { firstName: 'Ada' } });
    expect(first.status).toBe(201);
    expect(first.body.data.createPerson).toMatchObject({
      id,
      jobTitle: '',
      emails: { primaryEmail: '', additionalEmails: [] },
      createdBy: { source: 'API' },
    });
    const again = await rest('POST', '/rest/people', { id, name: { firstName: 'Ada' } });
    expect(again).toMatchObject({ status: 400, body: { statusCode: 400, error: 'BadRequestException' } });
    expect(again.body.messages).toEqual([expect.stringContaining('A duplicate entry was detected')]);
  });

  test('2: depth is 0 or 1', async () => {
    const { rest } = await workspace();
    const { body } = await rest('POST', '/rest/people', {});
    const { id } = body.data.createPerson;
    expect((await rest('GET', `/rest/people/${id}?depth=2`)).status).toBe(400);
    const deep = (await rest('GET', `/rest/people/${id}?depth=1`)).body.data.person;
    expect(deep).toMatchObject({ company: null, noteTargets: [] });
    const flat = (await rest('GET', `/rest/people/${id}?depth=0`)).body.data.person;
    expect(flat).toHaveProperty('companyId', null);
    expect(flat).not.toHaveProperty('company');
  });

  test('3: says what is wrong with a path', async () => {
    const { rest } = await workspace();
    const malformed = await rest('GET', '/rest/people/nope');
    expect(malformed).toMatchObject({
      status: 400,
      body: { messages: [expect.stringContaining('is not a valid UUID')] },
    });
    expect(await rest('GET', `/rest/people/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { error: 'NotFoundException', messages: ['Record not found'] },
    });
    expect(await rest('GET', '/rest/person')).toMatchObject({
      status: 400,
      body: { messages: [expect.stringContaining("Did you mean 'people'")] },
    });
  });

  test('4–6: filters, pages and cursors', async () => {
    const { rest } = await workspace();
    const people = [0, 1, 2, 3].map((position) => ({ position, name: { firstName: `P${position}` } }));
    expect((await rest('POST', '/rest/batch/people', people)).status).toBe(201);
    const positions = ({ body }: any) => body.data.people.map((person: any) => person.position);

    const filtered = await rest('GET', '/rest/people?filter=position[lte]:1');
    expect(filtered.body).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: false } });
    const limited = await rest('GET', '/rest/people?limit=3');
    expect(limited.body).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } });
    expect(limited.body.data.people).toHaveLength(3);

    const first = await rest('GET', '/rest/people?order_by=position[DescNullsLast]&limit=2');
    expect(positions(first)).toEqual([3, 2]);
    const next = await rest(
      'GET',
      `/rest/people?order_by=position[DescNullsLast]&limit=2&starting_after=${first.body.pageInfo.endCursor}`,
    );
    expect(positions(next)).toEqual([1, 0]);
    expect(next.body.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    const all = await rest('GET', '/rest/people?limit=4');
    const before = await rest('GET', `/rest/people?ending_before=${all.body.pageInfo.endCursor}&limit=2`);
    expect(positions(before)).toEqual(positions(all).slice(1, 3));
    expect((await rest('GET', '/rest/people?starting_after=nonsense')).body.messages[0]).toMatch(/^Invalid cursor/);
  });

  test('7: destroys, deletes softly, restores', async () => {
    const { rest } = await workspace();
    const make = async () => (await rest('POST', '/rest/people', {})).body.data.createPerson.id as string;
    const gone = await make();
    expect((await rest('DELETE', `/rest/people/${gone}`)).body).toEqual({ data: { deletePerson: { id: gone } } });
    expect(
      (await rest('GET', '/rest/people?filter=or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)')).body.totalCount,
    ).toBe(0);

    const hidden = await make();
    await rest('DELETE', `/rest/people/${hidden}?soft_delete=true`);
    expect((await rest('GET', `/rest/people/${hidden}`)).status).toBe(404);
    expect((await rest('GET', '/rest/people?filter=deletedAt[is]:NOT_NULL')).body.data.people).toMatchObject([
      { id: hidden },
    ]);
    expect((await rest('PATCH', `/rest/people/${hidden}/restore?fields=id`)).body).toEqual({
      data: { restorePerson: { id: hidden } },
    });
    expect((await rest('GET', `/rest/people/${hidden}`)).status).toBe(200);
  });

  test('8: a bulk delete needs a filter', async () => {
    const { rest } = await workspace();
    expect((await rest('DELETE', '/rest/people?soft_delete=true')).status).toBe(400);
  });

  test('16, 17: a key is taken from the header alone; the document shows nothing without one', async () => {
    const { url, key } = await workspace();
    const refused = await fetch(`${url}/rest/people?token=${key}`, { method: 'POST' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      statusCode: 403,
      error: 'FORBIDDEN_EXCEPTION',
      messages: ['Missing authentication token'],
    });
    const document = await fetch(`${url}/rest/open-api/core`);
    expect(document.status).toBe(200);
    expect(Object.keys(((await document.json()) as { paths: object }).paths)).toHaveLength(1);
  });

  test('18: answers the fields asked for', async () => {
    const { rest } = await workspace();
    await rest('POST', '/rest/people', {});
    const { body } = await rest('GET', '/rest/people?fields=company&depth=0');
    expect(Object.keys(body.data.people[0]).sort()).toEqual(['companyId', 'id']);
  });
});

describe('GraphQL', () => {
  test('10: connects by a unique key', async () => {
    const { gql, refused } = await workspace();
    const { createCompany } = await gql(
      'mutation { createCompany(data: { name: "Acme", domainName: { primaryLinkUrl: "https://acme.com/" } }) { id domainName { primaryLinkUrl } } }',
    );
    expect(createCompany.domainName.primaryLinkUrl).toBe('acme.com');
    const connect = (domain: string, more = '') =>
      `mutation { createPeople(data: [{ company: { connect: { where: { domainName: { primaryLinkUrl: "${domain}" } } } } ${more} }]) { id companyId company { id } } }`;
    const { createPeople } = await gql(connect('acme.com'));
    expect(createPeople).toMatchObject([{ companyId: createCompany.id, company: { id: createCompany.id } }]);
    expect(await refused(connect('nobody.com'))).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(await refused(connect('acme.com', `companyId: "${createCompany.id}"`))).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('11: many-mutations need a filter that says something', async () => {
    const { gql, refused } = await workspace();
    await gql('mutation { createPerson(data: { jobTitle: "a" }) { id } }');
    for (const filter of ['{}', '{ name: {} }', '{ and: [] }', '{ not: {} }']) {
      const error = await refused(`mutation { updatePeople(filter: ${filter}, data: { jobTitle: "x" }) { id } }`);
      expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_QUERY_INPUT' } });
    }
    expect((await gql('{ people { edges { node { jobTitle } } } }')).people.edges[0].node.jobTitle).toBe('a');
  });

  test('12: refuses first with last', async () => {
    const { refused } = await workspace();
    expect(await refused('{ companies(first: 2, last: 2) { totalCount } }')).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('13: an upsert revives, and keeps who created the record', async () => {
    const { gql } = await workspace();
    const { createCompany: made } = await gql(
      'mutation { createCompany(data: { name: "A", domainName: { primaryLinkUrl: "a.com" }, createdBy: { source: EMAIL } }) { id } }',
    );
    await gql(`mutation { deleteCompany(id: "${made.id}") { id } }`);
    const { createCompanies } = await gql(
      'mutation { createCompanies(data: [{ domainName: { primaryLinkUrl: "a.com" }, name: "A2" }], upsert: true) { id name deletedAt createdBy { source } } }',
    );
    expect(createCompanies).toEqual([{ id: made.id, name: 'A2', deletedAt: null, createdBy: { source: 'EMAIL' } }]);
  });

  test('14: an upsert that means two records changes none', async () => {
    const { gql, refused } = await workspace();
    const id = randomUUID();
    await gql(
      `mutation { createCompanies(data: [{ domainName: { primaryLinkUrl: "a.com" } }, { id: "${id}", name: "Y" }]) { id } }`,
    );
    const error = await refused(
      `mutation { createCompany(data: { id: "${id}", domainName: { primaryLinkUrl: "a.com" } }, upsert: true) { id } }`,
    );
    expect(error).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', subCode: 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT' },
    });
    expect(
      (await gql(`{ company(filter: { id: { eq: "${id}" } }) { domainName { primaryLinkUrl } } }`)).company.domainName
        .primaryLinkUrl,
    ).toBe('');
  });

  test('15: several operators in a leaf must all hold', async () => {
    const { gql } = await workspace();
    await gql('mutation { createCompanies(data: [{ employees: 0 }, { employees: 3 }, { employees: 9 }]) { id } }');
    expect(
      (await gql('{ companies(filter: { employees: { gte: 1, lte: 5 } }) { totalCount } }')).companies.totalCount,
    ).toBe(1);
    expect(
      (
        await gql(
          '{ companies(filter: { and: [{ employees: { gte: 1 } }, { employees: { lte: 5 } }] }) { totalCount } }',
        )
      ).companies.totalCount,
    ).toBe(1);
  });
});
