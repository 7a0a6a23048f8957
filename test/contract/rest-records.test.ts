/** What REST shows of a record, by depth and fields. Contract: core.md 3.6, 3.7, 3.13 */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
const company = randomUUID();
const ada = randomUUID();
beforeAll(async () => {
  space = await workspace();
  await space.rest('POST', '/rest/companies', { id: company, name: 'Acme' });
  await space.rest('POST', '/rest/people', { id: ada, companyId: company, name: { firstName: 'Ada' } });
});

const adaBy = async (query: string) => (await space.rest('GET', `/rest/people/${ada}?${query}`)).body;
const refusal = (message: RegExp) => ({
  statusCode: 400,
  error: 'BadRequestException',
  messages: [expect.stringMatching(message)],
});

describe('depth', () => {
  test.each(['2', '-1', '', 'x', '1.0', '01', ' 1'])('"%s" is refused, with what is allowed', async (depth) => {
    expect(await adaBy(`depth=${encodeURIComponent(depth)}`)).toEqual(
      refusal(/depth '.*' is invalid: allowed values are 0 and 1/),
    );
  });

  test.each(['', 'depth=0'])('0 shows the record and its join columns alone: ?%s', async (query) => {
    const { person } = (await adaBy(query)).data;
    expect(person).toMatchObject({ id: ada, companyId: company, name: { firstName: 'Ada', lastName: '' } });
    expect(person).not.toHaveProperty('company');
    expect(person).not.toHaveProperty('noteTargets');
  });

  test('1 shows related records, each with its own join columns and no further relations', async () => {
    const { person } = (await adaBy('depth=1')).data;
    expect(person.company).toMatchObject({ id: company, name: 'Acme', accountOwnerId: null });
    for (const further of ['people', 'accountOwner', 'searchVector'])
      expect(person.company).not.toHaveProperty(further);
    expect(person.noteTargets).toEqual([]);
    const other = (await space.rest('POST', '/rest/people?depth=1', {})).body.data.createPerson;
    expect(other).toMatchObject({ companyId: null, company: null });
  });

  test('1 shows sixty related records at the most', async () => {
    const { body } = await space.rest('POST', '/rest/companies', {});
    const companyId = body.data.createCompany.id;
    await space.rest(
      'POST',
      '/rest/batch/people',
      Array.from({ length: 60 }, () => ({ companyId })),
    );
    await space.rest('POST', '/rest/people', { companyId });
    const shown = await space.rest('GET', `/rest/companies/${companyId}?depth=1`);
    expect(shown.body.data.company.people).toHaveLength(60);
  });

  test('1 shows no soft-deleted record', async () => {
    const made = (await space.rest('POST', '/rest/companies', { name: 'Brief' })).body.data.createCompany;
    const one = (await space.rest('POST', '/rest/people', { companyId: made.id })).body.data.createPerson;
    await space.rest('DELETE', `/rest/people/${one.id}?soft_delete=true`);
    expect((await space.rest('GET', `/rest/companies/${made.id}?depth=1`)).body.data.company.people).toEqual([]);
  });
});

describe('fields', () => {
  test.each<[string, string[]]>([
    ['fields=jobTitle', ['id', 'jobTitle']],
    ['fields=id', ['id']],
    ['fields=name', ['id', 'name']],
    ['fields=jobTitle,city', ['city', 'id', 'jobTitle']],
    ['fields=jobTitle&fields=city', ['city', 'id', 'jobTitle']],
    ['fields=jobTitle%20,%20%20city', ['city', 'id', 'jobTitle']],
    ['fields=city,city,,city,', ['city', 'id']],
    ['fields=companyId', ['companyId', 'id']],
    ['fields=company', ['companyId', 'id']],
    ['fields=company&depth=1', ['company', 'companyId', 'id']],
    ['fields=noteTargets&depth=1', ['id', 'noteTargets']],
    ['fields=city&depth=1', ['city', 'id']],
  ])('%s shows %j', async (query, keys) => {
    const { person } = (await adaBy(query)).data;
    expect(Object.keys(person).sort()).toEqual(keys);
    if ('name' in person) expect(person.name).toEqual({ firstName: 'Ada', lastName: '' });
  });

  test.each<[string, RegExp]>([
    ['fields=', /^fields must be names/],
    ['fields=%20,,', /^fields must be names/],
    ['fields[x]=1', /^fields must be names/],
    ['fields[]=city&fields[x]=1', /^fields must be names/],
    ['fields=wings', /person.*"wings"/],
    ['fields=city,wings,tail', /person.*"wings", "tail"/],
    ['fields=name.firstName', /person.*"name.firstName"/],
    ['fields=noteTargets', /"noteTargets" of person is a list/],
    ['fields=noteTargets&depth=0', /"noteTargets" of person is a list/],
  ])('%s is refused', async (query, message) => {
    expect(await adaBy(query)).toEqual(refusal(message));
  });

  test('of an object with more than 200 of them are capped, unless asked for', async () => {
    const { rest, sql } = await workspace();
    const names = Array.from({ length: 210 }, (_, index) => `f${String(index).padStart(3, '0')}`);
    await sql(`create table wides (id uuid primary key default gen_random_uuid(),
      created_at timestamptz not null default now(),
      ${names.map((name) => `${name} text`).join(', ')})`);
    await expect.poll(async () => (await rest('GET', '/rest/wides')).status, { timeout: 10_000 }).toBe(200);
    const { body, headers } = await rest('POST', '/rest/wides', { f209: 'last' });
    const shown = Object.keys(body.data.createWide);
    expect(shown).toHaveLength(200);
    expect(shown).toEqual(expect.arrayContaining(['id', 'createdAt', 'f000']));
    expect(shown).not.toContain('f209');
    for (const product of ['Twenty', 'Plinth']) {
      expect(headers.get(`X-${product}-Fields-Capped`)).toBe('true');
      expect(headers.get(`X-${product}-Fields-Max`)).toBe('200');
    }
    const asked = await rest('GET', '/rest/wides?fields=f209');
    expect(asked.body.data.wides).toEqual([{ id: body.data.createWide.id, f209: 'last' }]);
    expect(asked.headers.get('X-Twenty-Fields-Capped')).toBeNull();
  });
});

test('values come as the contract has them', async () => {
  const given = {
    name: 'Acme',
    domainName: { primaryLinkUrl: 'https://acme.com/', secondaryLinks: [{ url: 'https://b.com', label: 'B' }] },
    annualRecurringRevenue: { amountMicros: 5_000_000, currencyCode: 'EUR' },
    address: { addressCity: 'Rome', addressLat: 41.9 },
    employees: 3,
    createdAt: '2026-03-01T09:00:00.123Z',
    idealCustomerProfile: true,
  };
  const { body } = await space.rest('POST', '/rest/companies', given);
  expect(body.data.createCompany).toMatchObject({
    ...given,
    domainName: { primaryLinkUrl: 'acme.com', primaryLinkLabel: '' },
    linkedinLink: { primaryLinkUrl: '', primaryLinkLabel: '', secondaryLinks: [] },
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    deletedAt: null,
    createdBy: { source: 'API', workspaceMemberId: null, name: expect.any(String) },
    accountOwnerId: null,
    address: { addressCity: 'Rome', addressStreet1: '', addressLat: 41.9, addressLng: null },
  });
  expect(body.data.createCompany).not.toHaveProperty('searchVector');
  // Beyond what a JSON number holds, it is text. Contract: decisions.md, aggregates
  const large = await space.rest('POST', '/rest/companies', {
    annualRecurringRevenue: { amountMicros: '9007199254740993' },
  });
  expect(large.body.data.createCompany.annualRecurringRevenue.amountMicros).toBe('9007199254740993');
});
