/** The metadata APIs show what a DBA made, and what of it cannot be served; they leave it alone. docs/adoption.md. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { objectNamed, type Workspace } from './asking.ts';

const CHINOOK = readFileSync(new URL('../data/chinook.sql', import.meta.url), 'utf8');

let space: Workspace;
let objects: any[];

beforeAll(async () => {
  space = await workspace();
  await space.sql(CHINOOK);
  await space.sql(
    'alter table companies add column vat_number text, add column favourite_artist_id integer references artist',
  );
  await space.untilServed('invoiceLines');
  objects = (await space.rest('GET', '/rest/metadata/objects?limit=200')).body.data;
}, 30_000);

const named = (name: string) => objects.find(({ nameSingular }) => nameSingular === name);
const field = (object: string, name: string) => named(object).fields.find((each: any) => each.name === name);

test('tables are objects of origin database, with their fields', () => {
  expect(named('album')).toMatchObject({
    namePlural: 'albums',
    labelSingular: 'Album',
    origin: 'database',
    isCustom: false,
    isActive: true,
    labelIdentifierFieldMetadataId: field('album', 'id').id,
  });
  expect(
    named('album')
      .fields.map(({ name, type, origin }: any) => [name, type, origin])
      .sort(),
  ).toEqual([
    ['artist', 'RELATION', 'database'],
    ['id', 'NUMBER', 'database'],
    ['title', 'TEXT', 'database'],
    ['tracks', 'RELATION', 'database'],
  ]);
  expect(named('company')).toMatchObject({ origin: 'standard' });
});

test('columns of a table that the model describes are fields of it', () => {
  expect(field('company', 'vatNumber')).toMatchObject({ type: 'TEXT', origin: 'database', isCustom: false });
  expect(field('company', 'name')).toMatchObject({ origin: 'standard' });
  expect(field('company', 'favouriteArtist').relation).toMatchObject({
    type: 'MANY_TO_ONE',
    targetObjectMetadata: { id: named('artist').id },
    targetFieldMetadata: { name: 'companiesByFavouriteArtistId' },
  });
});

test('relations lead to both ends, over GraphQL', async () => {
  const { object } = await space.metadata(
    `query ($id: UUID!) { object(id: $id) { nameSingular fieldsList { name relation { type
      targetObjectMetadata { nameSingular } targetFieldMetadata { name } } } indexMetadataList { name } } }`,
    { id: named('album').id },
  );
  const relations = object.fieldsList.filter(({ relation }: any) => relation);
  expect(relations.sort((a: any, b: any) => (a.name < b.name ? -1 : 1))).toEqual([
    {
      name: 'artist',
      relation: {
        type: 'MANY_TO_ONE',
        targetObjectMetadata: { nameSingular: 'artist' },
        targetFieldMetadata: { name: 'albums' },
      },
    },
    {
      name: 'tracks',
      relation: {
        type: 'ONE_TO_MANY',
        targetObjectMetadata: { nameSingular: 'track' },
        targetFieldMetadata: { name: 'album' },
      },
    },
  ]);
});

test('ids stay the same', async () => {
  const again = await space.rest('GET', `/rest/metadata/objects/${named('track').id}`);
  expect(again.body).toEqual(named('track'));
  const one = await space.rest('GET', `/rest/metadata/fields/${field('track', 'name').id}`);
  expect(one.body).toEqual(field('track', 'name'));
});

describe('is the DBA’s to change', () => {
  const made = (what: string) => `${what} was made by hand: it is changed in the database, not here`;

  test.each([
    ['PATCH', () => `objects/${named('album').id}`, { labelSingular: 'Record' }, 'The object "album"'],
    ['DELETE', () => `objects/${named('album').id}`, undefined, 'The object "album"'],
    ['PATCH', () => `fields/${field('album', 'title').id}`, { label: 'Name' }, 'The field "title" of "album"'],
    ['DELETE', () => `fields/${field('company', 'vatNumber').id}`, undefined, 'The field "vatNumber" of "company"'],
    ['DELETE', () => `objects/${named('album').id}?dry_run=true`, undefined, 'The object "album"'],
  ])('%s', async (method, path, body, what) => {
    const { status, body: answer } = await space.rest(method, `/rest/metadata/${path()}`, body);
    expect([status, answer.messages]).toEqual([400, [made(what)]]);
  });

  test('no field is added to it', async () => {
    const input = { objectMetadataId: named('album').id, type: 'TEXT', name: 'label', label: 'Label' };
    const { status, body } = await space.rest('POST', '/rest/metadata/fields', input);
    expect([status, body.messages]).toEqual([400, [made('The object "album"')]]);
  });

  test('what is nowhere is not found', async () => {
    const { status } = await space.rest('DELETE', '/rest/metadata/objects/0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f');
    expect(status).toBe(404);
  });
});

test('what cannot be served is listed with its reason, in both APIs', async () => {
  const { status, body } = await space.rest('GET', '/rest/metadata/unserved');
  expect(status).toBe(200);
  expect(body.data).toContainEqual({
    table: 'playlist_track',
    column: null,
    reason: 'its primary key has several columns',
  });
  expect(body.data).toContainEqual({
    table: 'employee',
    column: 'home',
    reason: 'columns of type place are not served',
  });
  expect((await space.metadata('{ unserved { table column reason } }')).unserved).toEqual(body.data);
});

test('the file of the model has nothing of it, and the model goes on being changed beside it', async () => {
  const file = await space.rest('GET', '/rest/metadata/model');
  expect(JSON.stringify(file.body)).not.toMatch(/album|vatNumber/);
  const company = await objectNamed(space, 'company');
  const input = { objectMetadataId: company.id, type: 'TEXT', name: 'motto', label: 'Motto' };
  expect((await space.rest('POST', '/rest/metadata/fields', input)).status).toBe(201);
  const { body } = await space.rest('GET', '/rest/companies?limit=1&fields=motto,vatNumber,favouriteArtistId');
  expect(body.data.companies).toEqual([]);
});
