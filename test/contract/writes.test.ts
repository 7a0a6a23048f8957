/**
 * Writing records over both APIs: limits, order, positions, who wrote, relations, soft delete. Contract: core.md
 * 2.17–2.20, 2.23, 2.26, 3.10
 */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function people({ rest }: Workspace, count: number): Promise<string[]> {
  const { body } = await rest(
    'POST',
    '/rest/batch/people?fields=id',
    Array.from({ length: count }, (_, i) => ({ jobTitle: `${i}` })),
  );
  return body.data.createPeople.map(({ id }: any) => id);
}

describe('soft delete', () => {
  test('hides from reads, unless deletedAt is anywhere in the filter', async () => {
    const space = await workspace();
    const [id] = await people(space, 2);
    const { deletePerson } = await space.gql(
      `mutation { deletePerson(id: "${id}") { id deletedAt updatedBy { source } } }`,
    );
    expect(deletePerson).toEqual({ id, deletedAt: expect.stringMatching(/^\d{4}-.*Z$/), updatedBy: { source: 'API' } });
    const count = async (filter: string) =>
      (await space.gql(`{ people(filter: ${filter}) { totalCount } }`)).people.totalCount;
    expect(await count('{}')).toBe(1);
    expect(await count('{ deletedAt: { is: NOT_NULL } }')).toBe(1);
    expect(await count('{ or: [{ deletedAt: { is: NULL } }, { deletedAt: { is: NOT_NULL } }] }')).toBe(2);
    expect(await count('{ not: { and: [{ deletedAt: { is: NULL } }] } }')).toBe(1);
    expect(await space.refused(`{ person(filter: { id: { eq: "${id}" } }) { id } }`)).toMatchObject({
      extensions: { code: 'NOT_FOUND' },
    });
  });

  test('a hidden record is not updated, nor deleted again; destroyed and restored it is', async () => {
    const space = await workspace();
    const [a, b] = await people(space, 2);
    for (const id of [a, b]) await space.rest('DELETE', `/rest/people/${id}?soft_delete=true`);
    for (const [method, path] of [
      ['PATCH', `/rest/people/${a}`],
      ['DELETE', `/rest/people/${a}?soft_delete=true`],
    ] as const)
      expect(await space.rest(method, path, {})).toMatchObject({ status: 404 });
    expect(
      (await space.gql(`mutation { updatePeople(filter: { id: { eq: "${a}" } }, data: { city: "x" }) { id } }`))
        .updatePeople,
    ).toEqual([]);
    expect((await space.rest('DELETE', `/rest/people/${a}`)).body).toEqual({ data: { deletePerson: { id: a } } });
    expect(
      (await space.gql(`mutation { restorePeople(filter: { id: { eq: "${b}" } }) { id deletedAt } }`)).restorePeople,
    ).toEqual([{ id: b, deletedAt: null }]);
    expect((await space.gql(`mutation { restorePerson(id: "${b}") { id deletedAt } }`)).restorePerson).toEqual({
      id: b,
      deletedAt: null,
    });
  });

  test('a destroyed record is answered with all that it was', async () => {
    const space = await workspace();
    const [a, b] = await people(space, 2);
    expect(
      (await space.gql(`mutation { destroyPerson(id: "${a}") { id jobTitle name { firstName } createdAt } }`))
        .destroyPerson,
    ).toEqual({
      id: a,
      jobTitle: '0',
      name: { firstName: '' },
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(
      (await space.gql(`mutation { destroyPeople(filter: { id: { in: ["${b}"] } }) { id jobTitle } }`)).destroyPeople,
    ).toEqual([{ id: b, jobTitle: '1' }]);
    expect((await space.sql('select count(*)::int as count from people'))[0].count).toBe(0);
  });

  test('destroying a person with a favourite takes the favourite along', async () => {
    const space = await workspace();
    const [id] = await people(space, 1);
    const favorite = await space.rest('POST', '/rest/favorites', { personId: id });
    expect(favorite.status).toBe(201);
    expect((await space.rest('DELETE', `/rest/people/${id}`)).status).toBe(200);
    expect((await space.rest('GET', '/rest/favorites?limit=0')).body.totalCount).toBe(0);
  });

  test.each(['update', 'delete', 'destroy', 'restore'])(
    '%s of many needs a filter that says something',
    async (verb) => {
      const space = await workspace();
      await people(space, 1);
      const data = verb === 'update' ? ', data: { city: "x" }' : '';
      for (const filter of ['{}', '{ and: [{}] }', '{ id: {} }'])
        expect(await space.refused(`mutation { ${verb}People(filter: ${filter}${data}) { id } }`)).toMatchObject({
          message: 'A non-empty filter is required',
          extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_QUERY_INPUT' },
        });
      expect(
        (await space.refused(`mutation { ${verb}People${data === '' ? '' : '(data: {})'} { id } }`)).extensions.code,
      ).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(
        await space.sql(
          'select count(*)::int as count from people where deleted_at is null and city is distinct from $1',
          ['x'],
        ),
      ).toEqual([{ count: 1 }]);
    },
  );

  test.each([
    ['{ or: [{}, { city: { eq: "x" } }] }', 'or[0]'],
    ['{ or: [{ city: { eq: "x" } }, { and: [] }] }', 'or[1].and'],
    ['{ and: [{ city: { eq: "x" } }, {}] }', 'and[1]'],
    ['{ city: { eq: "x" }, not: {} }', 'not'],
    ['{ city: { eq: "x" }, or: [] }', 'or'],
    ['{ or: [{ city: { eq: "x" } }, { not: { not: { and: [{}] } } }] }', 'or[1].not.not.and[0]'],
    ['{ or: [{ company: { or: [{}, { name: { eq: "x" } }] } }] }', 'or[0].company.or[0]'],
    ['{ city: { eq: "x" }, taskTargets: { every: {} } }', 'taskTargets.every'],
    ['{ or: [{ city: { eq: "x" } }, { jobTitle: {} }] }', 'or[1].jobTitle'],
    ['{ taskTargets: { some: { or: [{ id: null }, { id: { is: NULL } }] } } }', 'taskTargets.some.or[0]'],
  ])('an empty branch is refused wherever it is: %s', async (filter, path) => {
    const space = await workspace();
    await people(space, 2);
    for (const verb of ['update', 'delete', 'destroy', 'restore']) {
      const data = verb === 'update' ? ', data: { city: "x" }' : '';
      expect(await space.refused(`mutation { ${verb}People(filter: ${filter}${data}) { id } }`)).toMatchObject({
        message: `A non-empty filter is required: "${path}" is empty and would match every record`,
        extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_QUERY_INPUT' },
      });
    }
    expect(await space.sql('select count(*)::int as n from people where deleted_at is null')).toEqual([{ n: 2 }]);
  });

  test('whether there is a related record may be asked by an empty filter', async () => {
    const space = await workspace();
    await people(space, 2);
    for (const filter of ['{ company: {} }', '{ taskTargets: { some: {} } }', '{ not: { taskTargets: { none: {} } } }'])
      expect((await space.gql(`mutation { deletePeople(filter: ${filter}) { id } }`)).deletePeople).toEqual([]);
  });

  test.each([
    ['DELETE', '/rest/people', 'Filters are mandatory for bulk destroy operations'],
    ['DELETE', '/rest/people?filter=', 'Filters are mandatory for bulk destroy operations'],
    ['DELETE', '/rest/people?soft_delete=true', 'Filters are mandatory for bulk delete operations'],
    ['PATCH', '/rest/people', 'A non-empty filter is required'],
    ['PATCH', '/rest/people/restore', 'A non-empty filter is required'],
    ['PATCH', '/rest/restore/people', 'A non-empty filter is required'],
  ])('REST: %s %s', async (method, path, message) => {
    const { rest } = await workspace();
    expect(await rest(method, path, {})).toMatchObject({
      status: 400,
      body: { error: 'BadRequestException', messages: [expect.stringMatching(`^${message}`)] },
    });
  });
});

describe('sixty records a request', () => {
  const max = (error: any) => {
    expect(error.message).toContain('the maximum is 60');
    expect(error.extensions).toMatchObject({ code: 'BAD_USER_INPUT', subCode: 'TOO_MANY_RECORDS_TO_UPDATE' });
  };
  test('in every operation on many', async () => {
    const space = await workspace();
    const data = Array.from({ length: 61 }, () => ({ city: 'x' }));
    for (const upsert of [false, true])
      max(
        await space.refused(
          'mutation ($data: [PersonCreateInput!]!, $upsert: Boolean) { createPeople(data: $data, upsert: $upsert) { id } }',
          { data, upsert },
        ),
      );
    expect(
      (
        await space.gql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
          data: data.slice(1),
        })
      ).createPeople,
    ).toHaveLength(60);
    await people(space, 1);
    const all = 'filter: { id: { is: NOT_NULL } }';
    for (const call of [
      `updatePeople(${all}, data: { city: "y" })`,
      `deletePeople(${all})`,
      `destroyPeople(${all})`,
      `restorePeople(${all})`,
    ])
      max(await space.refused(`mutation { ${call} { id } }`));
    expect(await space.rest('DELETE', '/rest/people?filter=id[is]:NOT_NULL')).toMatchObject({
      status: 400,
      body: { messages: [expect.stringContaining('the maximum is 60')] },
    });
    expect(
      (
        await space.sql(
          'select count(*)::int as count from people where deleted_at is null and city is distinct from $1',
          ['y'],
        )
      )[0].count,
    ).toBe(61);
    expect(
      (await space.gql('mutation { updatePeople(filter: { city: { eq: "x" } }, data: { city: "y" }) { id } }'))
        .updatePeople,
    ).toHaveLength(60);
  });
});

describe('a create', () => {
  test('answers in the order of the input, with the ids given', async () => {
    const space = await workspace();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    const { body } = await space.rest(
      'POST',
      '/rest/batch/people',
      ids.map((id, i) => (i % 3 === 0 ? { id } : { id, position: 'first', city: `${i}` })),
    );
    expect(body.data.createPeople.map(({ id }: any) => id)).toEqual(ids);
  });

  test('places records: last unless told otherwise, first before all, or where it is said', async () => {
    const space = await workspace();
    const order = async () =>
      (await space.rest('GET', '/rest/people?order_by=position&fields=city')).body.data.people
        .map(({ city }: any) => city)
        .join('');
    const make = (...data: object[]) => space.rest('POST', '/rest/batch/people', data);
    await make({ city: 'a' }, { city: 'b' });
    await make(
      { city: 'c' },
      { city: 'd', position: 'first' },
      { city: 'e', position: 'first' },
      { city: 'f', position: 'last' },
    );
    expect(await order()).toBe('deabcf');
    await make({ city: 'g', position: 1.5 });
    expect(await order()).toBe('deagbcf');
    const [{ id }] = await space.sql("select id from people where city = 'b'");
    await space.rest('PATCH', `/rest/people/${id}`, { position: 'first' });
    expect(await order()).toBe('bdeagcf');
    await space.rest('PATCH', `/rest/people/${id}`, { city: 'B' });
    expect(await order()).toBe('Bdeagcf');
    const both = await space.sql("select id from people where city in ('B', 'd') order by city");
    await space.rest(
      'POST',
      '/rest/batch/people?upsert=true',
      both.map(({ id }) => ({ id, position: 'last' })),
    );
    expect((await order()).slice(0, 5)).toBe('eagcf');
    expect(
      new Set(await space.sql('select position from people').then((rows) => rows.map(({ position }) => position))).size,
    ).toBe(7);
  });
});

describe('who wrote', () => {
  test('is the API key; a source that is given wins', async () => {
    const space = await workspace();
    const { body } = await space.rest('POST', '/rest/batch/people', [
      {},
      { createdBy: { source: 'EMAIL', context: { mail: 1 } } },
    ]);
    const [own, mail] = body.data.createPeople;
    expect(own.createdBy).toEqual({
      source: 'API',
      workspaceMemberId: null,
      name: expect.stringMatching(/./),
      context: null,
    });
    expect(own.updatedBy).toEqual(own.createdBy);
    expect(mail.createdBy).toEqual({ ...own.createdBy, source: 'EMAIL', context: { mail: 1 } });
    expect(mail.updatedBy).toEqual(own.createdBy);
  });

  test('and when; the clock of an update goes on', async () => {
    const space = await workspace();
    const createdAt = '2020-01-02T03:04:05.678Z';
    const made = (await space.rest('POST', '/rest/people', { createdAt, updatedAt: createdAt })).body.data.createPerson;
    expect(made).toMatchObject({ createdAt, updatedAt: createdAt });
    const changed = (await space.rest('PATCH', `/rest/people/${made.id}`, { city: 'x' })).body.data.updatePerson;
    expect(changed.createdAt).toBe(createdAt);
    expect(Date.parse(changed.updatedAt)).toBeGreaterThan(Date.parse(createdAt));
  });

  test('by psql is nobody known', async () => {
    const space = await workspace();
    await space.sql('insert into people default values');
    const [person] = (await space.rest('GET', '/rest/people')).body.data.people;
    expect(person.createdBy).toMatchObject({ source: 'MANUAL', name: 'System', workspaceMemberId: null });
  });
});

describe('a relation is set', () => {
  const DOMAIN = { domainName: { primaryLinkUrl: 'acme.com' } };
  async function withCompany() {
    const space = await workspace();
    const { id } = (await space.rest('POST', '/rest/companies', DOMAIN)).body.data.createCompany;
    const companyOf = async (data: object, from: object = {}) => {
      const made = (await space.rest('POST', '/rest/people', from)).body.data.createPerson;
      const { body } = await space.rest('PATCH', `/rest/people/${made.id}`, data);
      return body.data?.updatePerson.companyId;
    };
    return { ...space, id, companyOf };
  }

  test('by its join column, by connect, and cleared by null and disconnect', async () => {
    const { id, companyOf, rest, gql } = await withCompany();
    const by = [
      { companyId: id },
      { company: { connect: { where: { id } } } },
      { company: { connect: { where: DOMAIN }, disconnect: false } },
    ];
    for (const set of by) {
      expect(await companyOf(set)).toBe(id);
      expect((await rest('POST', '/rest/people', set)).body.data.createPerson.companyId).toBe(id);
      expect(
        (await rest('POST', '/rest/batch/people?upsert=true', [set, {}])).body.data.createPeople.map(
          (each: any) => each.companyId,
        ),
      ).toEqual([id, null]);
      expect(
        (
          await gql(
            'mutation ($data: PersonUpdateInput!) { updatePeople(filter: { companyId: { is: NULL } }, data: $data) { companyId } }',
            { data: set },
          )
        ).updatePeople,
      ).not.toEqual([]);
      await gql('mutation { destroyPeople(filter: { id: { is: NOT_NULL } }) { id } }');
    }
    for (const cleared of [{ companyId: null }, { company: null }, { company: { disconnect: true } }])
      expect(await companyOf(cleared, { companyId: id })).toBeNull();
    expect(await companyOf({ company: { disconnect: false } }, { companyId: id })).toBe(id);
  });

  test('not to what is soft-deleted', async () => {
    const { id, rest } = await withCompany();
    await rest('DELETE', `/rest/companies/${id}?soft_delete=true`);
    expect((await rest('POST', '/rest/people', { company: { connect: { where: { id } } } })).status).toBe(400);
  });

  test.each<[string, (id: string) => object, RegExp]>([
    [
      'column and connect',
      (id) => ({ companyId: id, company: { connect: { where: { id } } } }),
      /cannot both be provided/,
    ],
    ['column and disconnect', (id) => ({ companyId: id, company: { disconnect: true } }), /cannot both be provided/],
    [
      'connect and disconnect',
      (id) => ({ company: { connect: { where: { id } }, disconnect: true } }),
      /cannot both be given/,
    ],
    ['neither', () => ({ company: {} }), /needs connect or disconnect/],
    [
      'connect to nothing',
      () => ({ company: { connect: { where: { domainName: { primaryLinkUrl: 'x.com' } } } } }),
      /^(Record 1: )?Expected 1 record .* found 0 .*domainName.primaryLinkUrl = x.com/,
    ],
    ['connect by no key', () => ({ company: { connect: { where: {} } } }), /exactly one unique field/],
    ['connect by what is not unique', () => ({ company: { connect: { where: { name: 'x' } } } }), /"name"/],
    ['connect without where', () => ({ company: { connect: {} } }), /needs where/],
    ['a connect id that is none', () => ({ company: { connect: { where: { id: 'x' } } } }), /Invalid UUID value 'x'/],
    ['a join column that is none', () => ({ companyId: 'x' }), /Invalid UUID value 'x' for field "companyId"/],
    ['a record that is not there', () => ({ companyId: randomUUID() }), /on companyId does not exist/],
  ])('refuses %s', async (_name, data, message) => {
    const { id, rest, refused } = await withCompany();
    const one = await rest('POST', '/rest/people', data(id));
    expect(one).toMatchObject({
      status: 400,
      body: { error: 'BadRequestException', messages: [expect.stringMatching(message)] },
    });
    expect(one.body.messages[0]).not.toMatch(/^Record/);
    const many = await rest('POST', '/rest/batch/people', [{}, data(id)]);
    expect(many.body.messages[0]).toMatch(/^Record 1: /);
    const error = await refused('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
      data: [{}, data(id)],
    });
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    if (!error.message.startsWith('Variable')) expect(error.extensions.recordIndex).toBe(1);
    expect((await rest('GET', '/rest/people?limit=0')).body.totalCount).toBe(0);
  });

  test('in a batch by one key for all', async () => {
    const { id, refused } = await withCompany();
    const data = [DOMAIN, { id }].map((where) => ({ company: { connect: { where } } }));
    expect(
      await refused('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', { data }),
    ).toMatchObject({
      extensions: { subCode: 'CONNECT_UNIQUE_CONSTRAINT_ERROR', recordIndex: 1 },
    });
  });

  test('from the child, never from the side of many', async () => {
    const { rest } = await workspace();
    expect((await rest('POST', '/rest/companies', { people: [{}] })).body.messages).toEqual([
      'Field "people" of company is not writable',
    ]);
  });
});
