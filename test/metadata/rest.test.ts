/** The REST spelling of metadata: envelopes, pages, statuses. Contract: metadata.md 3. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { beside, workspace } from '../fixture.ts';
import { makeObject, type Workspace } from './asking.ts';

let space: Workspace;
let rocket: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
});

const PAD = { nameSingular: 'pad', namePlural: 'pads', labelSingular: 'Pad', labelPlural: 'Pads' };

describe('one', () => {
  test('is created, read in any case of its id, changed by PATCH and PUT, deleted', async () => {
    const made = await space.rest('POST', '/rest/metadata/objects', PAD);
    expect(made).toMatchObject({
      status: 201,
      body: { ...PAD, isCustom: true, isActive: true, isSearchable: true, isSystem: false },
    });
    expect(made.body.fields.map(({ name }: any) => name)).toEqual(
      expect.arrayContaining(['id', 'name', 'noteTargets']),
    );
    const path = `/rest/metadata/objects/${made.body.id}`;
    expect(
      (await space.rest('GET', path.toUpperCase().replace('/REST/METADATA/OBJECTS', '/rest/metadata/objects'))).body,
    ).toEqual(made.body);
    expect((await space.rest('PATCH', path, { description: 'A' })).body).toMatchObject({ description: 'A' });
    expect((await space.rest('PUT', path, { description: 'B' })).body).toMatchObject({ description: 'B' });
    const field = await space.rest('POST', '/rest/metadata/fields', {
      objectMetadataId: made.body.id,
      type: 'TEXT',
      name: 'site',
      label: 'Site',
    });
    expect(field).toMatchObject({ status: 201, body: { name: 'site', type: 'TEXT', isCustom: true } });
    expect((await space.rest('DELETE', `/rest/metadata/fields/${field.body.id}`)).body.name).toBe('site');
    expect(await space.rest('DELETE', path)).toMatchObject({ status: 200, body: { nameSingular: 'pad' } });
    expect((await space.rest('GET', path)).status).toBe(404);
  });

  test('that was deleted is answered as it was', async () => {
    const { body } = await space.rest('POST', '/rest/metadata/objects', {
      ...PAD,
      nameSingular: 'ramp',
      namePlural: 'ramps',
    });
    const path = `/rest/metadata/objects/${body.id}`;
    expect((await space.rest('DELETE', path)).body).toEqual(body);
    expect((await space.rest('GET', path)).status).toBe(404);
  });

  test.each(['objects', 'fields', 'indexes'])('%s tell a malformed id from an unknown one', async (kind) => {
    for (const method of ['GET', 'DELETE']) {
      expect((await space.rest(method, `/rest/metadata/${kind}/not-a-uuid`)).status).toBe(400);
      expect((await space.rest(method, `/rest/metadata/${kind}/${randomUUID()}`)).status).toBe(404);
    }
  });
});

describe('a list', () => {
  test.each(['limit', 'starting_after', 'ending_before'])('refuses a %s that is an object', async (name) => {
    for (const shape of ['[toString]', '[__proto__]', '[x]', '[]'])
      for (const path of ['objects', 'auditLogs']) {
        const { status, body } = await space.rest('GET', `/rest/metadata/${path}?${name}${shape}=1&${name}${shape}=2`);
        expect([status, body.messages], path + shape).toEqual([400, [expect.any(String)]]);
      }
  });

  test.each(['objects', 'fields', 'indexes'])('of %s pages forward and back by id', async (kind) => {
    const all = (await space.rest('GET', `/rest/metadata/${kind}?limit=200`)).body;
    const ids = all.data.map(({ id }: any) => id);
    expect(ids).toEqual([...ids].sort());
    const first = (await space.rest('GET', `/rest/metadata/${kind}?limit=2`)).body;
    expect(first.data.map(({ id }: any) => id)).toEqual(ids.slice(0, 2));
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: ids[0],
      endCursor: ids[1],
    });
    const next = (await space.rest('GET', `/rest/metadata/${kind}?limit=2&starting_after=${ids[1].toUpperCase()}`))
      .body;
    expect(next.data.map(({ id }: any) => id)).toEqual(ids.slice(2, 4));
    const back = (await space.rest('GET', `/rest/metadata/${kind}?limit=1&ending_before=${ids[2]}`)).body;
    expect(back.data.map(({ id }: any) => id)).toEqual([ids[1]]);
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect([first, next, back].map(({ totalCount }) => totalCount)).toEqual([1, 2, 3].map(() => all.totalCount));
    const last = ids.at(-1);
    if (all.totalCount === ids.length) {
      const beyond = (await space.rest('GET', `/rest/metadata/${kind}?starting_after=${last}`)).body;
      expect(beyond).toMatchObject({ data: [], pageInfo: { startCursor: null, endCursor: null, hasNextPage: false } });
    }
  });

  // One list, two spellings: cursors that are no item of it, at both ends.
  test.each([
    ['ending_before', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'last', 'before'],
    ['starting_after', '00000000-0000-0000-0000-000000000000', 'first', 'after'],
  ])('says the same of %s=%s as GraphQL does', async (parameter, cursor, size, argument) => {
    const { body } = await space.rest('GET', `/rest/metadata/objects?limit=2&${parameter}=${cursor}`);
    const paging = { [size]: 2, [argument]: Buffer.from(cursor).toString('base64') };
    const { objects } = await space.metadata(
      `query ($paging: CursorPaging!) { objects(paging: $paging) { pageInfo { hasNextPage hasPreviousPage } edges { node { id } } } }`,
      { paging },
    );
    expect(body.data.map(({ id }: any) => id)).toEqual(objects.edges.map(({ node }: any) => node.id));
    expect(body.pageInfo).toMatchObject(objects.pageInfo);
  });

  test.each(['auditLogs', 'objects', 'roles', 'modelJobs', 'workspace', 'model', 'drift'])(
    'of %s refuses parameters that it does not take',
    async (path) => {
      for (const parameter of ['nonsense=1', 'isCustom=true', 'dry_run=maybe']) {
        const { status, body } = await space.rest('GET', `/rest/metadata/${path}?${parameter}`);
        expect([status, body.messages], parameter).toEqual([
          400,
          [`property ${parameter.split('=')[0]} should not exist.`],
        ]);
      }
    },
  );

  test('refuses a limit in the words in which lists of records do', async () => {
    const [metadata, records] = [
      await space.rest('GET', '/rest/metadata/objects?limit=-1'),
      await space.rest('GET', '/rest/companies?limit=-1'),
    ];
    expect(metadata.body.messages).toEqual(["limit '-1' is invalid: it must be a whole number from 0 to 200"]);
    expect(metadata.body).toEqual(records.body);
  });

  test('has 60 unless more is asked for, 200 at most', async () => {
    expect((await space.rest('GET', '/rest/metadata/fields')).body.data).toHaveLength(60);
    const { body } = await space.rest('GET', '/rest/metadata/fields?limit=1000');
    expect(body.data).toHaveLength(Math.min(200, body.totalCount));
  });

  test.each(['limit=ten', 'limit=1.5', 'limit=', 'starting_after=x', 'ending_before=x'])(
    'refuses %s',
    async (query) => {
      expect((await space.rest('GET', `/rest/metadata/objects?${query}`)).status).toBe(400);
    },
  );

  test('refuses both cursors', async () => {
    const query = `starting_after=${rocket.id}&ending_before=${rocket.id}`;
    expect((await space.rest('GET', `/rest/metadata/objects?${query}`)).status).toBe(400);
  });
});

describe('a body', () => {
  test.each<[object, string]>([
    [{ ...PAD, colour: 'red' }, 'property colour should not exist'],
    [{ ...PAD, nameSingular: 5 }, 'nameSingular: String cannot represent a non string value: 5'],
    [{ ...PAD, isSearchable: 'yes' }, 'isSearchable: Boolean cannot represent a non boolean value: "yes"'],
    [{}, 'nameSingular should not be empty, namePlural should not be empty, labelSingular should not be empty'],
  ])('%j is refused', async (body, message) => {
    const answer = await space.rest('POST', '/rest/metadata/objects', body);
    expect(answer).toMatchObject({ status: 400, body: { statusCode: 400, error: 'BadRequestException' } });
    expect(answer.body.messages[0]).toContain(message);
  });

  test.each<[object, string]>([
    [{ type: 'TEXT', name: 'a', label: 'A' }, 'objectMetadataId should not be empty'],
    [{ objectMetadataId: 'x', type: 'TEXT', name: 'a', label: 'A' }, 'Invalid UUID'],
    [
      { objectMetadataId: randomUUID(), type: 'SONG', name: 'a', label: 'A' },
      'does not exist in "FieldMetadataType" enum',
    ],
  ])('field %j is refused', async (body, message) => {
    const answer = await space.rest('POST', '/rest/metadata/fields', body);
    expect(answer.status).toBe(400);
    expect(answer.body.messages[0]).toContain(message);
  });
});

test.each([
  ['GET', 'rockets'],
  ['GET', 'objects/a/b/c'],
  ['POST', 'model'],
  ['PATCH', 'fields'],
])('%s of %s is answered with what there is', async (method, path) => {
  const { status, body } = await space.rest(method, `/rest/metadata/${path}`, method === 'GET' ? undefined : {});
  expect(status).toBe(404);
  expect(body.messages[0]).toMatch(
    new RegExp(
      `^There is no ${method} /rest/metadata/${path}. Below /rest/metadata there are objects, fields, indexes, `,
    ),
  );
});

test('the older envelope has data around everything, and its document says so', async () => {
  const url = await beside({ REST_METADATA_FORMAT: 'legacy' });
  const ask = async (method: string, path: string, body?: object): Promise<any> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.json();
  };
  const { createOneObject } = (await ask('POST', '/rest/metadata/objects', PAD)).data;
  const path = `/rest/metadata/objects/${createOneObject.id}`;
  expect((await ask('GET', path)).data.object.nameSingular).toBe('pad');
  expect((await ask('GET', '/rest/metadata/objects')).data.objects).toContainEqual(createOneObject);
  expect(await ask('GET', '/rest/metadata/fields?limit=1')).toMatchObject({
    data: { fields: [{ label: expect.any(String) }] },
    pageInfo: { hasNextPage: true },
    totalCount: expect.any(Number),
  });
  expect((await ask('PATCH', path, { description: 'A' })).data.updateOneObject.description).toBe('A');
  const field = { objectMetadataId: createOneObject.id, type: 'TEXT', name: 'site', label: 'Site' };
  const { createOneField } = (await ask('POST', '/rest/metadata/fields', field)).data;
  const index = { objectMetadataId: createOneObject.id, fieldMetadataIds: [createOneField.id] };
  expect((await ask('POST', '/rest/metadata/indexes', index)).data.createOneIndex.name).toBe('pads_site_idx');
  expect((await ask('DELETE', `/rest/metadata/fields/${createOneField.id}`)).data.deleteOneField.name).toBe('site');
  expect((await ask('DELETE', path)).data.deleteOneObject.nameSingular).toBe('pad');
  const { paths } = await ask('GET', '/rest/open-api/metadata');
  const { schema } = paths['/objects/{id}'].get.responses['200'].content['application/json'];
  expect(schema.properties.data.required).toEqual(['object']);
});
