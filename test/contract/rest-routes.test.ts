/** Each route of REST: what it answers, and what it does to the rows. Contract: core.md 3.1, 3.2, 3.8 */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  space = await workspace();
});

/** A person of its own for each row of a table, found by a job title that nobody else has. */
async function person(state: 'there' | 'soft-deleted' = 'there') {
  const id = randomUUID();
  await space.rest('POST', '/rest/people', { id, jobTitle: id, name: { firstName: 'Ada' } });
  if (state === 'soft-deleted') await space.rest('DELETE', `/rest/people/${id}?soft_delete=true`);
  return id;
}

async function stateOf(id: string): Promise<string> {
  const [row] = await space.sql('select deleted_at, city from people where id = $1', [id]);
  return row === undefined ? 'gone' : row.deleted_at !== null ? 'soft-deleted' : row.city || 'there';
}

type Route = {
  readonly route: string;
  /** `{id}` stands for the person's. */
  readonly path: string;
  readonly body?: object;
  readonly from?: 'soft-deleted';
  readonly status?: 201;
  readonly key: string;
  readonly answers: 'record' | 'records' | 'id' | 'ids';
  readonly becomes: string;
};

const ROUTES: readonly Route[] = [
  { route: 'GET', path: '/people?filter=jobTitle[eq]:{id}', key: 'people', answers: 'records', becomes: 'there' },
  { route: 'GET', path: '/people/{id}', key: 'person', answers: 'record', becomes: 'there' },
  {
    route: 'PATCH',
    path: '/people/{id}',
    body: { city: 'Rome' },
    key: 'updatePerson',
    answers: 'record',
    becomes: 'Rome',
  },
  {
    route: 'PATCH',
    path: '/people?filter=jobTitle[eq]:{id}',
    body: { city: 'Rome' },
    key: 'updatePeople',
    answers: 'records',
    becomes: 'Rome',
  },
  {
    route: 'PUT',
    path: '/people/{id}',
    body: { city: 'Rome' },
    key: 'updatePerson',
    answers: 'record',
    becomes: 'Rome',
  },
  {
    route: 'PUT',
    path: '/people?filter=jobTitle[eq]:{id}',
    body: { city: 'Rome' },
    key: 'updatePeople',
    answers: 'records',
    becomes: 'Rome',
  },
  { route: 'DELETE', path: '/people/{id}', key: 'deletePerson', answers: 'id', becomes: 'gone' },
  { route: 'DELETE', path: '/people/{id}', from: 'soft-deleted', key: 'deletePerson', answers: 'id', becomes: 'gone' },
  {
    route: 'DELETE',
    path: '/people/{id}?soft_delete=true',
    key: 'deletePerson',
    answers: 'id',
    becomes: 'soft-deleted',
  },
  { route: 'DELETE', path: '/people?filter=jobTitle[eq]:{id}', key: 'deletePeople', answers: 'ids', becomes: 'gone' },
  {
    route: 'DELETE',
    path: '/people?filter=jobTitle[eq]:{id}&soft_delete=true',
    key: 'deletePeople',
    answers: 'ids',
    becomes: 'soft-deleted',
  },
  ...['/people/{id}/restore', '/restore/people/{id}'].map(
    (path): Route => ({
      route: 'PATCH',
      path,
      from: 'soft-deleted',
      key: 'restorePerson',
      answers: 'record',
      becomes: 'there',
    }),
  ),
  ...['/people/restore', '/restore/people'].map(
    (path): Route => ({
      route: 'PATCH',
      path: `${path}?filter=jobTitle[eq]:{id}`,
      from: 'soft-deleted',
      key: 'restorePeople',
      answers: 'records',
      becomes: 'there',
    }),
  ),
];

describe('a route', () => {
  test.each(ROUTES)('$route $path of a record $from', async ({ route, path, body, from, key, answers, becomes }) => {
    const id = await person(from);
    const answer = await space.rest(route, `/rest${path.replaceAll('{id}', id)}`, body);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(key === 'people' ? ['data', 'totalCount', 'pageInfo'] : ['data']);
    expect(Object.keys(answer.body.data)).toEqual([key]);
    const value = answer.body.data[key];
    if (answers === 'id' || answers === 'ids') expect(value).toEqual(answers === 'id' ? { id } : [{ id }]);
    else expect(value).toMatchObject(answers === 'record' ? { id, jobTitle: id } : [{ id, jobTitle: id }]);
    expect(await stateOf(id)).toBe(becomes);
  });

  test.each([
    ['POST', '/people', 'createPerson'],
    ['POST', `/people/${randomUUID()}`, 'createPerson'],
    ['POST', '/batch/people', 'createPeople'],
  ])('%s %s creates, and answers 201 with the records', async (method, path, key) => {
    const id = randomUUID();
    const record = { id, jobTitle: 'Pilot' };
    const isMany = key === 'createPeople';
    const { status, body } = await space.rest(method, `/rest${path}`, isMany ? [record, {}] : record);
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(['data']);
    expect(body).toMatchObject({ data: { [key]: isMany ? [record, {}] : record } });
    expect(await stateOf(id)).toBe('there');
  });

  test('GET of many tells how many there are, and where the page stands', async () => {
    const [jobTitle, ids] = [randomUUID(), [randomUUID(), randomUUID(), randomUUID()].sort()];
    await space.rest(
      'POST',
      '/rest/batch/people',
      ids.map((id) => ({ id, jobTitle })),
    );
    const page = (more = '') => space.rest('GET', `/rest/people?filter=jobTitle[eq]:${jobTitle}&limit=2${more}`);
    const first = await page();
    expect(first.body).toMatchObject({
      data: { people: [{ id: ids[0] }, { id: ids[1] }] },
      totalCount: 3,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const { startCursor, endCursor } = first.body.pageInfo;
    expect([typeof startCursor, typeof endCursor]).toEqual(['string', 'string']);
    expect((await page(`&starting_after=${endCursor}`)).body).toMatchObject({
      data: { people: [{ id: ids[2] }] },
      totalCount: 3,
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });
});

describe('a path', () => {
  const id = randomUUID();
  test.each<[string, string, number, RegExp]>([
    ['GET', '', 400, /Query path .* is invalid\. Valid examples/],
    ['GET', '/people/x/y', 400, /Query path .* is invalid/],
    ['GET', `/people/${id}/x`, 400, /Query path .* is invalid/],
    ['GET', `/batch/people/${id}`, 400, /Query path .* is invalid/],
    ['PATCH', `/people/${id}/restore/x`, 400, /Query path .* is invalid/],
    ['DELETE', `/people/${id}/restore`, 400, /Query path .* is invalid/],
    ['DELETE', `/restore/people/${id}`, 400, /Query path .* is invalid/],
    ['PATCH', '/people/x', 400, /'x' is not a valid UUID/],
    ['PATCH', '/people/x/restore', 400, /'x' is not a valid UUID/],
    ['GET', '/wings', 400, /^object 'wings' not found\. eg: companies$/],
    ['GET', '/person', 400, /Did you mean 'people'\?/],
    ['POST', '/batch/person', 400, /Did you mean 'people'\?/],
    ['PATCH', `/restore/person/${id}`, 400, /Did you mean 'people'\?/],
    ['GET', '/People', 400, /object 'People' not found/],
  ])('%s %s is refused', async (method, path, statusCode, message) => {
    const answer = await space.rest(method, `/rest${path}`);
    expect(answer).toMatchObject({
      status: statusCode,
      body: { statusCode, error: 'BadRequestException', messages: [expect.stringMatching(message)] },
    });
  });

  test('with empty segments is the path without them', async () => {
    const id = await person();
    expect((await space.rest('GET', `/rest//people/${id}/`)).body.data.person.id).toBe(id);
  });

  test('that ends in restore never destroys', async () => {
    const id = await person();
    for (const method of ['DELETE', 'POST', 'GET']) {
      expect((await space.rest(method, `/rest/people/${id}/restore`)).status).toBe(400);
      expect(await stateOf(id)).toBe('there');
    }
  });
});

describe('a switch is on by the exact word true', () => {
  test.each(['True', 'TRUE', '1', 'yes', ''])('soft_delete=%s destroys', async (given) => {
    const id = await person();
    expect((await space.rest('DELETE', `/rest/people/${id}?soft_delete=${given}`)).status).toBe(200);
    expect(await stateOf(id)).toBe('gone');
  });

  test.each([
    ['true', 201],
    ['True', 400],
    ['1', 400],
    ['', 400],
  ])('upsert=%s answers %i where the record is there', async (given, status) => {
    const id = await person();
    for (const [path, body] of [
      ['/people', { id, city: 'Rome' }],
      ['/batch/people', [{ id, city: 'Rome' }]],
    ] as const) {
      expect((await space.rest('POST', `/rest${path}?upsert=${given}`, body)).status).toBe(status);
    }
    expect(await stateOf(id)).toBe(status === 201 ? 'Rome' : 'there');
  });

  test.each([
    ['true', 400],
    ['maybe', 400],
    ['false', 200],
  ])('discover=%s answers %i, for no object can be discovered', async (given, status) => {
    const id = await person();
    for (const path of ['/people', `/people/${id}`]) {
      expect((await space.rest('GET', `/rest${path}?discover=${given}`)).status).toBe(status);
    }
  });
});

describe('depth and fields are heard', () => {
  const record = ({ body }: Answer) => [Object.values(body.data)[0]].flat()[0];
  test.each<[string, string, unknown]>([
    ['GET', '/people?filter=jobTitle[eq]:{id}', undefined],
    ['GET', '/people/{id}', undefined],
    ['POST', '/people', {}],
    ['POST', '/batch/people', [{}]],
    ['PATCH', '/people/{id}', {}],
    ['PATCH', '/people?filter=jobTitle[eq]:{id}', {}],
    ['PATCH', '/people/{id}/restore', undefined],
    ['PATCH', '/people/restore?filter=jobTitle[eq]:{id}', undefined],
    ['PATCH', '/restore/people/{id}', undefined],
    ['PATCH', '/restore/people?filter=jobTitle[eq]:{id}', undefined],
  ])('by %s %s', async (method, path, body) => {
    const id = await person(path.includes('restore') ? 'soft-deleted' : undefined);
    const asked = `/rest${path.replaceAll('{id}', id)}`;
    const query = `${asked.includes('?') ? '&' : '?'}depth=1&fields=company,jobTitle`;
    expect(Object.keys(record(await space.rest(method, asked + query, body)) as object).sort()).toEqual([
      'company',
      'companyId',
      'id',
      'jobTitle',
    ]);
    expect((await space.rest(method, `${asked}${query.replace('depth=1', 'depth=2')}`, body)).status).toBe(400);
  });
});
