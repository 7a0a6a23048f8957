/**
 * What an upsert matches, changes and refuses, alone and among others at the same time. Contract: core.md 2.18;
 * decisions.md, upsert
 */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { patiently, runs } from '../property-runs.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const UPSERT =
  'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data, upsert: true) { id name employees deletedAt domainName { primaryLinkUrl } createdBy { source } } }';
const domain = (primaryLinkUrl: string) => ({ domainName: { primaryLinkUrl } });

async function upsert({ gql }: Workspace, ...data: object[]): Promise<any[]> {
  return (await gql(UPSERT, { data })).createCompanies;
}

describe('an upsert', () => {
  test('matches by id and by every unique index, also of several columns, of a join column, and of other types', async () => {
    const space = await workspace();
    await space.sql(`
      create table slots (
        id uuid primary key default gen_random_uuid(), day date, at timestamptz, room text, size numeric unique,
        company_id uuid references companies, note text, unique (day, room))`);
    await space.sql('create unique index on slots (at)');
    await space.sql('create unique index on slots (company_id)');
    await expect.poll(async () => (await space.rest('GET', '/rest/slots')).status, { timeout: 10_000 }).toBe(200);
    const { id: companyId } = (await space.rest('POST', '/rest/companies', {})).body.data.createCompany;
    const keys: object[] = [
      { id: randomUUID() },
      { day: '2026-01-01', room: 'A' },
      { at: '2026-01-01T10:00:00Z' },
      { size: 1.5 },
      { companyId },
    ];
    const first = await space.rest('POST', '/rest/batch/slots?upsert=true', keys);
    expect(first.body).toHaveProperty('data.createSlots');
    const made = first.body.data.createSlots;
    const again = await space.rest(
      'POST',
      '/rest/batch/slots?upsert=true',
      keys.map((key) => ({ ...key, note: 'again' })),
    );
    expect(again.body).toHaveProperty('data.createSlots');
    expect(again.body.data.createSlots).toEqual(made.map((each: object) => ({ ...each, note: 'again' })));
    // A key of which a part is missing is no key.
    const other = await space.rest('POST', '/rest/slots?upsert=true', { day: '2026-01-01' });
    expect(made.map(({ id }: any) => id)).not.toContain(other.body.data.createSlot.id);
  });

  test('changes only what is given, never who made it, and answers in the order of the input', async () => {
    const space = await workspace();
    const [first] = await upsert(space, {
      ...domain('a.com'),
      name: 'A',
      employees: 1,
      createdBy: { source: 'EMAIL' },
    });
    const answer = await upsert(
      space,
      { name: 'new' },
      { ...domain('https://A.com/'), employees: 2, createdBy: { source: 'IMPORT' } },
      { ...domain('c.com') },
    );
    expect(answer.map(({ name }) => name)).toEqual(['new', 'A', '']);
    expect(answer[1]).toEqual({ ...first, employees: 2, createdBy: { source: 'EMAIL' } });
  });

  test('revives, over both APIs, of one and of many', async () => {
    const space = await workspace();
    const [{ id }] = (await upsert(space, domain('a.com'))) as [any];
    for (const revive of [
      () => upsert(space, domain('a.com')),
      () => upsert(space, { id }),
      () =>
        space.gql('mutation ($data: CompanyCreateInput!) { createCompany(data: $data, upsert: true) { id } }', {
          data: domain('a.com'),
        }),
      () => space.rest('POST', '/rest/companies?upsert=true', domain('a.com')),
      () => space.rest('POST', '/rest/batch/companies?upsert=true', [domain('a.com')]),
    ]) {
      await space.gql(`mutation { deleteCompany(id: "${id}") { id } }`);
      await revive();
      expect((await space.rest('GET', '/rest/companies')).body.data.companies).toMatchObject([{ id, deletedAt: null }]);
    }
  });

  test('only the exact text `true` makes one in REST', async () => {
    const { rest } = await workspace();
    await rest('POST', '/rest/companies', domain('a.com'));
    for (const value of ['1', 'TRUE', 'yes', 'false', ''])
      expect((await rest('POST', `/rest/companies?upsert=${value}`, domain('a.com'))).status).toBe(400);
  });

  test.each<[string, (x: string) => object[], string]>([
    ['one record that means two', (x) => [{}, { id: x, ...domain('a.com') }], 'Record 1 matches several of companies'],
    [
      'two that mean one by different keys',
      (x) => [{ id: x }, domain('x.com')],
      'Records 0 and 1 both match the record',
    ],
    [
      'two that mean one by the same key',
      () => [domain('a.com'), {}, domain('A.com/')],
      'Records 0 and 2 are the same record',
    ],
    ['two that mean a new one', () => [domain('new.com'), domain('new.com')], 'Records 0 and 1 are the same record'],
  ])('refuses %s, and writes nothing', async (_name, data, message) => {
    const space = await workspace();
    const [, x] = await upsert(space, domain('a.com'), domain('x.com'));
    const before = await space.sql('select * from companies order by id');
    const error = await space.refused(UPSERT, { data: data(x.id) });
    expect(error.message).toContain(message);
    expect(error.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      subCode: 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT',
      recordIndex: expect.any(Number),
    });
    const { status, body } = await space.rest('POST', '/rest/batch/companies?upsert=true', data(x.id));
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: 'BadRequestException', messages: [error.message] },
    });
    expect(await space.sql('select * from companies order by id')).toEqual(before);
  });
});

// Few keys, so that records meet.
const ids = Array.from({ length: 4 }, () => randomUUID());
const record = fc.record(
  {
    id: fc.constantFrom(...ids),
    domainName: fc
      .constantFrom('a.com', 'b.com', 'https://B.com/', 'c.com')
      .map((primaryLinkUrl) => ({ primaryLinkUrl })),
    name: fc.constantFrom('x', 'y', '', null),
    employees: fc.constantFrom(0, 7, null),
    address: fc.constantFrom({ addressCity: 'P' }, { addressState: 'Q' }, null),
  },
  { requiredKeys: [] },
);

test(
  'a batch leaves what its records leave one by one, or nothing where two of them mean the same',
  patiently,
  async () => {
    const [whole, single] = [await workspace(), await workspace()];
    const rowsOf = async ({ sql }: Workspace) =>
      JSON.stringify(
        await sql(
          `
        select case when id = any ($1) then id end as id, domain_name_primary_link_url, name, employees,
          address_address_city, address_address_state, deleted_at is null as alive
        from companies order by id = any ($1), id, domain_name_primary_link_url, name, employees, address_address_city,
        address_address_state`,
          [ids],
        ),
      );
    const batch = async (space: Workspace, data: object[]) =>
      (await space.rest('POST', '/rest/batch/companies?upsert=true', data)).status === 201;
    const property = fc.asyncProperty(
      fc.array(record, { maxLength: 3 }),
      fc.boolean(),
      fc.array(record, { minLength: 1, maxLength: 4 }),
      async (before, isDeleted, data) => {
        for (const space of [whole, single]) {
          await space.sql('delete from companies');
          for (const each of before) await batch(space, [each]);
          if (isDeleted) await space.sql('update companies set deleted_at = now()');
        }
        const start = await rowsOf(whole);
        const isTaken = await batch(whole, data);
        const answers: boolean[] = [];
        for (const each of data) answers.push(await batch(single, [each]));
        if (isTaken) {
          expect(answers).toEqual(data.map(() => true));
          expect(await rowsOf(whole)).toEqual(await rowsOf(single));
        } else {
          expect(await rowsOf(whole)).toEqual(start);
          // Alone it was refused too; or, in a batch of several, records meet in a key.
          if (data.length === 1) expect(answers).toEqual([false]);
        }
      },
    );
    await fc.assert(property, runs(60));
  },
);

test('of many writers of the same keys at once, all come through and each key has one row', {
  timeout: 60_000,
}, async () => {
  const space = await workspace();
  const domains = Array.from({ length: 20 }, (_, i) => `d${i}.com`);
  const shuffled = (seed: number) =>
    domains.toSorted(
      (a, b) =>
        ((a.length * 7 + Number(a.slice(1, -4)) * seed) % 11) - ((b.length * 7 + Number(b.slice(1, -4)) * seed) % 11),
    );
  for (let round = 0; round < 3; round++) {
    const writers = Array.from({ length: 24 }, (_, i) => {
      const data = (i % 4 === 0 ? shuffled(i).slice(0, 3) : shuffled(i)).map((each) => ({
        ...domain(each),
        name: `${i}`,
      }));
      // Some with others in one transaction, where each has a savepoint.
      return i % 6 === 5
        ? space.gql(
            'mutation ($data: [CompanyCreateInput!]!) { a: createCompanies(data: $data, upsert: true) { id } b: createCompanies(data: $data, upsert: true) { id } }',
            { data },
          )
        : upsert(space, ...data);
    });
    await Promise.all(writers);
    expect(
      await space.sql(
        'select count(*)::int as rows, count(distinct domain_name_primary_link_url)::int as keys from companies',
      ),
    ).toEqual([{ rows: 20, keys: 20 }]);
    await space.sql('delete from companies');
  }
});
