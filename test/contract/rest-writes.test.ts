/** What REST takes, refuses and says of it: writes, keys, refusals. Contract: core.md 1.1, 1.2, 3.10, 3.12 */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
const acme = randomUUID();
beforeAll(async () => {
  space = await workspace();
  await space.rest('POST', '/rest/companies', { id: acme, name: 'Acme', domainName: { primaryLinkUrl: 'acme.com' } });
});

const refusal = (status: number, error: string, message: RegExp | string) => ({
  status,
  body: {
    statusCode: status,
    error,
    messages: [typeof message === 'string' ? message : expect.stringMatching(message)],
  },
});
const badRequest = (message: RegExp | string) => refusal(400, 'BadRequestException', message);

describe('a create', () => {
  test.each<[string, object]>([
    ['its join column', { companyId: acme }],
    ['connect by id', { company: { connect: { where: { id: acme } } } }],
    ['connect by a unique field', { company: { connect: { where: { domainName: { primaryLinkUrl: 'acme.com' } } } } }],
  ])('relates by %s, and answers the record at the depth that is asked', async (_name, related) => {
    const flat = await space.rest('POST', '/rest/people', related);
    expect(flat).toMatchObject({ status: 201, body: { data: { createPerson: { companyId: acme } } } });
    expect(flat.body.data.createPerson).not.toHaveProperty('company');
    const deep = await space.rest('POST', '/rest/batch/people?depth=1', [related]);
    expect(deep.body.data.createPeople[0]).toMatchObject({
      companyId: acme,
      company: { name: 'Acme' },
      noteTargets: [],
    });
  });

  test('of many answers them in the order given, upserts too', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await space.rest('POST', '/rest/companies', { id: second, name: 'old' });
    const { body } = await space.rest('POST', '/rest/batch/companies?upsert=true', [
      { id: first, name: 'new' },
      { id: second, employees: 2 },
      { domainName: { primaryLinkUrl: 'acme.com' }, employees: 3 },
    ]);
    expect(body.data.createCompanies).toMatchObject([
      { id: first, name: 'new' },
      { id: second, name: 'old', employees: 2 },
      { id: acme, name: 'Acme', employees: 3 },
    ]);
  });

  test('with upsert=true updates what it matches, and revives it', async () => {
    const domainName = { primaryLinkUrl: 'revived.com' };
    const { id } = (await space.rest('POST', '/rest/companies', { domainName })).body.data.createCompany;
    await space.rest('DELETE', `/rest/companies/${id}?soft_delete=true`);
    const { status, body } = await space.rest('POST', '/rest/companies?upsert=true', { domainName, name: 'Back' });
    expect(status).toBe(201);
    expect(body.data.createCompany).toMatchObject({ id, name: 'Back', deletedAt: null });
  });

  test.each<[string, string, unknown, RegExp]>([
    ['a list', '/companies', [{}], /JSON object/],
    ['a text', '/companies', 'x', /JSON/],
    ['an object for many', '/batch/companies', { name: 'x' }, /JSON array/],
    ['an empty list', '/batch/companies', [], /at least one/],
    ['a list of no objects', '/batch/companies', [3], /Record 0: .*object/],
    ['an id that is there', '/companies', { id: acme }, /A duplicate entry was detected/],
    [
      'a unique value that is there',
      '/companies',
      { domainName: { primaryLinkUrl: 'ACME.com' } },
      /A duplicate entry was detected/,
    ],
    ['an unknown option', '/opportunities', { stage: 'OLD' }, /Invalid value 'OLD' for field "stage"/],
    ['an unknown field', '/companies', { wings: 2 }, /company.*"wings"/],
    ['a read-only field', '/companies', { searchVector: 'x' }, /"searchVector" of company is not writable/],
    ['the many side of a relation', '/companies', { people: [] }, /"people" of company is not writable/],
    ['a relation to nothing', '/people', { companyId: randomUUID() }, /does not exist/],
    ['both ways to relate', '/people', { companyId: acme, company: { connect: { where: { id: acme } } } }, /company/],
    ['more than sixty', '/batch/companies', Array.from({ length: 61 }, () => ({})), /maximum is 60/],
  ])('of %s is refused', async (_name, path, body, message) => {
    expect(await space.rest('POST', `/rest${path}`, body)).toMatchObject(badRequest(message));
  });
});

describe('an update', () => {
  test('writes what it is given and leaves the rest', async () => {
    const { createCompany } = (await space.rest('POST', '/rest/companies', { name: 'A', employees: 1 })).body.data;
    const { body } = await space.rest('PATCH', `/rest/companies/${createCompany.id}`, { employees: null });
    expect(body.data.updateCompany).toMatchObject({ name: 'A', employees: null });
  });

  test.each<[string, string, object]>([
    ['PATCH', '/people', { city: 'x' }],
    ['PATCH', '/people?filter=', { city: 'x' }],
    ['PATCH', '/people/restore', {}],
    ['PATCH', '/restore/people', {}],
  ])('of many without a filter is refused: %s %s', async (method, path, body) => {
    expect(await space.rest(method, `/rest${path}`, body)).toMatchObject(badRequest('A non-empty filter is required'));
  });
});

describe('a delete', () => {
  test.each([
    ['/people?soft_delete=true', /^Filters are mandatory for bulk delete operations/],
    ['/people', /^Filters are mandatory for bulk destroy operations/],
  ])('of many without a filter is refused: %s', async (path, message) => {
    expect(await space.rest('DELETE', `/rest${path}`)).toMatchObject(badRequest(message));
  });

  test('takes along what belongs to the record', async () => {
    const { createPerson } = (await space.rest('POST', '/rest/people', {})).body.data;
    const { createFavorite } = (await space.rest('POST', '/rest/favorites', { personId: createPerson.id })).body.data;
    expect((await space.rest('DELETE', `/rest/people/${createPerson.id}`)).status).toBe(200);
    expect(await space.rest('GET', `/rest/favorites/${createFavorite.id}`)).toMatchObject(
      refusal(404, 'NotFoundException', 'Record not found'),
    );
  });
});

describe('a record that is not there', () => {
  test.each<[string, string]>([
    ['GET', ''],
    ['PATCH', ''],
    ['PUT', ''],
    ['DELETE', ''],
    ['DELETE', '?soft_delete=true'],
    ['PATCH', '/restore'],
  ])('is not found by %s %s', async (method, more) => {
    const body = method === 'PATCH' || method === 'PUT' ? {} : undefined;
    expect(await space.rest(method, `/rest/people/${randomUUID()}${more}`, body)).toMatchObject(
      refusal(404, 'NotFoundException', 'Record not found'),
    );
  });

  test('is not found when it was soft-deleted, but by a filter on deletedAt', async () => {
    const { createPerson } = (await space.rest('POST', '/rest/people', {})).body.data;
    await space.rest('DELETE', `/rest/people/${createPerson.id}?soft_delete=true`);
    expect((await space.rest('GET', `/rest/people/${createPerson.id}`)).status).toBe(404);
    const found = await space.rest('GET', '/rest/people?filter=deletedAt[is]:NOT_NULL');
    expect(found.body.data.people).toMatchObject([{ id: createPerson.id }]);
  });
});

describe('who is asking', () => {
  test.each<[string, Record<string, string>, string, number, string, string]>([
    ['no token', {}, '', 403, 'FORBIDDEN_EXCEPTION', 'Missing authentication token'],
    ['an empty bearer', { Authorization: 'Bearer ' }, '', 403, 'FORBIDDEN_EXCEPTION', 'Missing authentication token'],
    ['a token in the URL', {}, '?token={key}', 403, 'FORBIDDEN_EXCEPTION', 'Missing authentication token'],
    ['a malformed token', { Authorization: 'Bearer x' }, '', 401, 'UNAUTHENTICATED', 'Token invalid.'],
    [
      'a token of another scheme',
      { Authorization: 'Basic eDp5' },
      '',
      403,
      'FORBIDDEN_EXCEPTION',
      'Missing authentication token',
    ],
    ['a tampered token', { Authorization: 'Bearer {key}x' }, '', 401, 'UNAUTHENTICATED', 'Token invalid.'],
    [
      'a JSON Web Token of the reference',
      { Authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln' },
      '',
      401,
      'UNAUTHENTICATED',
      'Token invalid.',
    ],
  ])('%s is refused, and nothing else is said', async (_name, headers, query, statusCode, error, message) => {
    const withKey = (text: string) => text.replace('{key}', space.key);
    const answer = await fetch(`${space.url}/rest/people${withKey(query)}`, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withKey(value)])),
    });
    expect(answer.status).toBe(statusCode);
    expect(await answer.json()).toEqual({ statusCode, messages: [message], error });
  });
});

describe('a parameter that is wrong is named', () => {
  test.each<[string, RegExp]>([
    ['filter=price', /filter, position/],
    ['filter=name.firstName[foo]:1', /comparator foo not in/],
    ['order_by=wings', /"wings"/],
    ['order_by=name', /sub-field/],
    ['order_by=city[Up]', /AscNullsFirst/],
    ['limit=-1', /limit '-1' is invalid/],
    ['limit=x', /limit 'x' is invalid/],
    ['depth=2', /depth '2' is invalid/],
    ['fields=wings', /"wings"/],
    ['discover=maybe', /discover/],
    ['starting_after=x', /^Invalid cursor/],
    ['starting_after=x&ending_before=y', /together/],
    ['filter=id[is]:NULL&filter=id[is]:NULL', /filter is given 2 times/],
  ])('?%s', async (query, message) => {
    expect(await space.rest('GET', `/rest/people?${query}`)).toMatchObject(badRequest(message));
  });
});
