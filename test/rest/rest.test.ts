/** REST over real records: what the worked examples of `contract/examples.test.ts` leave out. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, workspace } from '../fixture.ts';

let rest: Awaited<ReturnType<typeof workspace>>['rest'];
const acme = randomUUID();
const people = [0, 1, 2, 3].map((position) => ({ id: randomUUID(), position, companyId: acme }));

beforeAll(async () => {
  ({ rest } = await workspace());
  const company = {
    id: acme,
    name: 'Acme (Ltd), Inc',
    domainName: { primaryLinkUrl: 'acme.com' },
    annualRecurringRevenue: { amountMicros: 5_000_000, currencyCode: 'EUR' },
  };
  expect((await rest('POST', '/rest/companies', company)).status).toBe(201);
  expect((await rest('POST', '/rest/batch/people', people)).status).toBe(201);
});

const refusal = (status: number, error: string, message: string) => ({
  status,
  body: { statusCode: status, error, messages: [expect.stringContaining(message)] },
});
const badRequest = (message: string) => refusal(400, 'BadRequestException', message);
const positions = ({ body }: Answer) => body.data.people.map((person: any) => person.position);

test('every object is served, at both depths, with all its fields', async () => {
  const { paths } = (await rest('GET', '/rest/open-api/core')).body;
  const plurals = Object.keys(paths).filter((path) => /^\/\w+$/.test(path));
  expect(plurals).toHaveLength(11);
  for (const plural of plurals) {
    for (const depth of [0, 1]) {
      expect(await rest('GET', `/rest${plural}?depth=${depth}`), `${plural} at depth ${depth}`).toMatchObject({
        status: 200,
      });
    }
  }
});

describe('a filter finds', () => {
  const cases: [string, number[]][] = [
    ['position[gt]:0,position[lt]:3', [1, 2]],
    ['or(position[eq]:0,not(position[lt]:3))', [0, 3]],
    ['company.name[eq]:"Acme (Ltd), Inc"', [0, 1, 2, 3]],
    ['company.annualRecurringRevenue.amountMicros[gt]:5000000', []],
    [`companyId[in]:["${acme}"],position[in]:[1,2]`, [1, 2]],
    ['createdBy.source[eq]:API,jobTitle[is]:NULL,jobTitle[eq]:""', [0, 1, 2, 3]],
    ['createdAt[gte]:2020-01-01,createdAt[lt]:"2020-01-02T00:00:00Z"', []],
    [`jobTitle[eq]:"' or true --"`, []],
  ];
  test.each(cases)('%s', async (filter, found) => {
    const query = `filter=${encodeURIComponent(filter)}&order_by=position`;
    expect(positions(await rest('GET', `/rest/people?${query}`))).toEqual(found);
  });

  test.each([
    'foo[eq]:1',
    'price',
    'name[foo]:1',
    'id[in]:x',
    'companyId[eq]:"x"',
    `company[eq]:"${acme}"`,
    'not(position[eq]:1,position[eq]:2)',
    '',
  ])('nothing, for it is refused: %s', async (filter) => {
    expect(await rest('GET', `/rest/people?filter=${encodeURIComponent(filter)}`)).toMatchObject(
      badRequest('filter, position'),
    );
  });
});

test('an order may follow a relation, and a page of none still counts', async () => {
  expect(positions(await rest('GET', '/rest/people?order_by=company.name,position[DescNullsLast]'))).toEqual([
    3, 2, 1, 0,
  ]);
  expect((await rest('GET', '/rest/people?limit=0')).body).toMatchObject({ data: { people: [] }, totalCount: 4 });
});

test('depth 1 shows relations as objects and plain lists, one level of them', async () => {
  const { body } = await rest('GET', `/rest/companies/${acme}?depth=1`);
  expect(body.data.company.people).toHaveLength(4);
  expect(body.data.company.people[0]).toMatchObject({ companyId: acme });
  expect(body.data.company.people[0]).not.toHaveProperty('company');
  expect(body.data.company).toMatchObject({ accountOwnerId: null, accountOwner: null, noteTargets: [] });
  expect(body.data.company).not.toHaveProperty('searchVector');
});

test('a morph relation shows as its join columns', async () => {
  const note = (await rest('POST', '/rest/notes', { title: 'Hello' })).body.data.createNote;
  const { body } = await rest('POST', '/rest/noteTargets?depth=1', { noteId: note.id, targetCompanyId: acme });
  expect(body.data.createNoteTarget).toMatchObject({
    note: { title: 'Hello' },
    targetCompanyId: acme,
    targetPersonId: null,
  });
  expect(body.data.createNoteTarget).not.toHaveProperty('targetCompany');
  const company = await rest('GET', `/rest/companies/${acme}?depth=1&fields=noteTargets`);
  expect(company.body.data.company).toMatchObject({ id: acme, noteTargets: [{ noteId: note.id }] });
  await rest('DELETE', `/rest/noteTargets/${body.data.createNoteTarget.id}`);
});

describe('a write', () => {
  test('changes one record, or all that a filter finds', async () => {
    const { rest } = await workspace();
    const made = (await rest('POST', '/rest/batch/people', [{ position: 1 }, { position: 2 }])).body.data.createPeople;
    expect((await rest('PATCH', `/rest/people/${made[0].id}?fields=jobTitle`, { jobTitle: 'Pilot' })).body).toEqual({
      data: { updatePerson: { id: made[0].id, jobTitle: 'Pilot' } },
    });
    const all = await rest('PUT', '/rest/people?filter=position[gt]:0&fields=jobTitle', { jobTitle: 'Crew' });
    expect(all.body.data.updatePeople.map(({ jobTitle }: any) => jobTitle)).toEqual(['Crew', 'Crew']);
    const gone = await rest('DELETE', '/rest/people?filter=position[gt]:1');
    expect(gone.body).toEqual({ data: { deletePeople: [{ id: made[1].id }] } });
    await rest('DELETE', `/rest/people/${made[0].id}?soft_delete=true`);
    const restored = await rest('PATCH', '/rest/restore/people?filter=position[gt]:0&fields=id');
    expect(restored.body).toEqual({ data: { restorePeople: [{ id: made[0].id }] } });
  });

  test('connects and upserts by a unique field', async () => {
    const where = { domainName: { primaryLinkUrl: 'acme.com' } };
    const one = await rest('POST', '/rest/people?depth=1&fields=company', { company: { connect: { where } } });
    expect(one.body.data.createPerson).toMatchObject({ companyId: acme, company: { id: acme } });
    await rest('DELETE', `/rest/people/${one.body.data.createPerson.id}`);
    const again = await rest('POST', '/rest/batch/companies?upsert=true&fields=employees', [
      { ...where, employees: 7 },
    ]);
    expect(again).toMatchObject({ status: 201, body: { data: { createCompanies: [{ id: acme, employees: 7 }] } } });
    expect(await rest('POST', '/rest/companies?upsert=yes', where)).toMatchObject(
      badRequest('A duplicate entry was detected'),
    );
  });

  const id = randomUUID();
  const refused: [string, string, string, unknown, object][] = [
    [
      'an unknown field',
      'POST',
      '/rest/people',
      { foo: 1 },
      badRequest('Object person doesn\'t have any "foo" field.'),
    ],
    [
      'an unknown sub-field',
      'POST',
      '/rest/people',
      { name: { foo: 1 } },
      badRequest('Field "name" of person doesn\'t have any "foo" sub-field.'),
    ],
    [
      'an unknown option',
      'POST',
      '/rest/opportunities',
      { stage: 'OLD' },
      badRequest('Invalid value \'OLD\' for field "stage"'),
    ],
    ['a wrong type', 'POST', '/rest/people', { jobTitle: 3 }, badRequest('"jobTitle"')],
    [
      'no UUID',
      'POST',
      '/rest/people',
      { companyId: 'x' },
      badRequest('Invalid UUID value \'x\' for field "companyId"'),
    ],
    ['a relation to nothing', 'POST', '/rest/people', { companyId: id }, badRequest('does not exist')],
    ['a record of many', 'POST', '/rest/batch/people', [{}, { jobTitle: 3 }], badRequest('Record 1: ')],
    ['a batch that is none', 'POST', '/rest/batch/people', {}, badRequest('must be a JSON array')],
    ['a batch too large', 'POST', '/rest/batch/people', Array.from({ length: 61 }, () => ({})), badRequest('60')],
    [
      'a record that is not there',
      'PATCH',
      `/rest/people/${id}`,
      {},
      refusal(404, 'NotFoundException', 'Record not found'),
    ],
    [
      'a delete of nothing',
      'DELETE',
      `/rest/people/${id}`,
      undefined,
      refusal(404, 'NotFoundException', 'Record not found'),
    ],
    [
      'a restore of nothing',
      'PATCH',
      `/rest/people/${id}/restore`,
      {},
      refusal(404, 'NotFoundException', 'Record not found'),
    ],
    ['an update of all', 'PATCH', '/rest/people', {}, badRequest('A non-empty filter is required')],
  ];
  test.each(refused)('refuses %s', async (_name, method, path, body, expected) => {
    expect(await rest(method, path, body)).toMatchObject(expected);
  });

  test('that is refused leaves nothing behind', async () => {
    expect((await rest('GET', '/rest/people?limit=0')).body.totalCount).toBe(4);
  });
});

test('a body that is no JSON is refused in our words', async () => {
  const { url, key } = await workspace();
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/rest/people`, { method: 'POST', headers, body: '{"secret": s' });
  expect({ status: answer.status, body: await answer.json() }).toMatchObject(badRequest('valid JSON'));
});
