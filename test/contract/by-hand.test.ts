/** Tables made by hand are served like any others, whatever their key is. docs/adoption.md. */

import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';

const CHINOOK = readFileSync(new URL('../data/chinook.sql', import.meta.url), 'utf8');

let it: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  it = await workspace();
  await it.sql(CHINOOK);
  await it.untilServed('invoiceLines');
}, 30_000);

const names = (connection: any) => connection.edges.map(({ node }: any) => node.name);

describe('reading', () => {
  test('the key is the field id, whatever its column is called; relations go both ways', async () => {
    const { artists } = await it.gql(`{ artists(orderBy: [{ name: AscNullsLast }], first: 1) { totalCount edges { node {
      id name albums { totalCount edges { node { id title artistId artist { id name }
        tracks(orderBy: [{ milliseconds: DescNullsLast }]) { edges { node { id name unitPrice genreId genre { id } } } } } } } } } } }`);
    expect(artists.totalCount).toBe(3);
    const { node } = artists.edges[0];
    expect(node).toMatchObject({ id: '1', name: 'AC/DC', albums: { totalCount: 2 } });
    expect(node.albums.edges[0].node).toEqual({
      id: '1',
      title: 'For Those About To Rock',
      artistId: '1',
      artist: { id: '1', name: 'AC/DC' },
      tracks: {
        edges: [
          { node: { id: '1', name: 'For Those About To Rock', unitPrice: 0.99, genreId: '1', genre: { id: '1' } } },
          { node: { id: '2', name: 'Put The Finger On You', unitPrice: 0.99, genreId: '1', genre: { id: '1' } } },
        ],
      },
    });
  });

  test.each([
    ['{ artist(filter: { id: { eq: 2 } }) { name } }', { artist: { name: 'Accept' } }],
    ['{ country(filter: { id: { eq: "BR" } }) { id name } }', { country: { id: 'BR', name: 'Brazil' } }],
    ['{ track(filter: { id: { eq: "4" } }) { id name } }', { track: { id: '4', name: 'Go Down' } }],
    ['{ genre(filter: { id: { eq: 2 } }) { id name } }', { genre: { id: '2', name: 'Jazz' } }],
    ['{ listenings { totalCount } }', { listenings: { totalCount: 2 } }],
    ['{ employee(filter: { id: { eq: 1 } }) { hireDate } }', { employee: { hireDate: '2002-08-14T09:30:00.000Z' } }],
    [
      '{ employees(filter: { hireDate: { gte: "2002-08-14T09:30:00Z" } }) { edges { node { firstName } } } }',
      { employees: { edges: [{ node: { firstName: 'Andrew' } }] } },
    ],
    [
      '{ customers(filter: { tags: { containsIlike: "k%" } }) { edges { node { id email tags } } } }',
      { customers: { edges: [{ node: { id: '1', email: 'luis@example.com', tags: ['old', 'kind'] } }] } },
    ],
    [
      '{ invoices(filter: { state: { eq: paid } }) { edges { node { id state customer { countryByCountryCode { name } } } } } }',
      {
        invoices: {
          edges: [
            {
              node: {
                id: '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f',
                state: 'paid',
                customer: { countryByCountryCode: { name: 'Brazil' } },
              },
            },
          ],
        },
      },
    ],
  ])('%s', async (query, expected) => {
    expect(await it.gql(query)).toEqual(expected);
  });

  test('filters follow relations, and take join columns by the type of the key', async () => {
    const by = async (filter: string) => {
      const { tracks } = await it.gql(
        `{ tracks(filter: ${filter}, orderBy: [{ id: AscNullsLast }]) { edges { node { name } } } }`,
      );
      return names(tracks).length;
    };
    expect(await by('{ album: { artist: { name: { eq: "AC/DC" } } } }')).toBe(3);
    expect(await by('{ albumId: { in: [1, 2] } }')).toBe(3);
    expect(await by('{ id: { gt: "2" } }')).toBe(2);
    expect(await by('{ words: { search: "rock" } }')).toBe(1);
    expect(await by('{ invoiceLines: { some: { quantity: { gte: 2 } } } }')).toBe(1);
  });

  test('cursors go through all records, whichever way', async () => {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { tracks }: any = await it.gql(
        'query ($after: String) { tracks(first: 3, after: $after, orderBy: [{ genreId: DescNullsLast }]) { edges { node { id } } pageInfo { endCursor hasNextPage } } }',
        { after },
      );
      seen.push(...tracks.edges.map(({ node }: any) => node.id));
      if (!tracks.pageInfo.hasNextPage) break;
      after = tracks.pageInfo.endCursor;
    }
    expect(seen).toEqual(['4', '1', '2', '3']);
    const { body: page } = await it.rest('GET', '/rest/countries?limit=1');
    const next = await it.rest('GET', `/rest/countries?limit=1&starting_after=${page.pageInfo.endCursor}`);
    expect([page, next.body].map(({ data }) => data.countries[0].id)).toEqual(['BR', 'DE']);
  });

  test('groups, with a sample of their records', async () => {
    const { tracksGroupBy } =
      await it.gql(`{ tracksGroupBy(groupBy: [{ genreId: true }], orderBy: [{ aggregate: { totalCount: DescNullsLast } }]) {
      groupByDimensionValues totalCount sumMilliseconds edges { node { id } } } }`);
    expect(tracksGroupBy).toEqual([
      {
        groupByDimensionValues: [1],
        totalCount: 3,
        sumMilliseconds: 891943,
        edges: ['1', '2', '3'].map((id) => ({ node: { id } })),
      },
      { groupByDimensionValues: [2], totalCount: 1, sumMilliseconds: 331180, edges: [{ node: { id: '4' } }] },
    ]);
  });

  test('REST: by id, at depth 1, filtered and ordered', async () => {
    const album = await it.rest('GET', '/rest/albums/1?depth=1');
    expect(album).toMatchObject({
      status: 200,
      body: { data: { album: { id: '1', artistId: '1', artist: { id: '1', name: 'AC/DC' } } } },
    });
    expect(album.body.data.album.tracks.map(({ id }: any) => id)).toEqual(['1', '2']);
    const found = await it.rest(
      'GET',
      '/rest/tracks?filter=album.artistId[eq]:1,id[in]:[1,4]&order_by=id[DescNullsLast]',
    );
    expect(found.body.data.tracks.map(({ id }: any) => id)).toEqual(['4', '1']);
    expect((await it.rest('GET', '/rest/countries/DE')).body.data.country.name).toBe('Germany');
    expect((await it.rest('GET', '/rest/employees/2?depth=1')).status).toBe(200);
    const file = await fetch(`${it.url}/rest/tracks/export?format=csv&fields=id,albumId&filter=id[lte]:2`, {
      headers: { Authorization: `Bearer ${it.key}` },
    });
    expect((await file.text()).split(/\r?\n/)).toEqual(['id,albumId', '1,1', '2,1', '']);
  });
});

describe('writing', () => {
  test('whole numbers come from the sequence of the column, in the order of the input', async () => {
    const { createAlbums } = await it.gql(
      'mutation ($data: [AlbumCreateInput!]!) { createAlbums(data: $data) { id title } }',
      { data: ['a', 'b', 'c'].map((title) => ({ title, artistId: 3 })) },
    );
    expect(createAlbums.map(({ title }: any) => title)).toEqual(['a', 'b', 'c']);
    const ids = createAlbums.map(({ id }: any) => Number(id));
    expect(ids).toEqual([ids[0], ids[0] + 1, ids[0] + 2]);
    const [{ next }] = await it.sql("select nextval(pg_get_serial_sequence('album', 'album_id'))::int as next");
    expect(next).toBe(ids[2] + 1);
    const { deleted } = await it.gql(
      'mutation ($filter: AlbumFilterInput!) { deleted: destroyAlbums(filter: $filter) { id } }',
      {
        filter: { id: { in: ids } },
      },
    );
    expect(deleted.map(({ id }: any) => Number(id))).toEqual(ids);
  });

  test('an id may be given, a text must be', async () => {
    const given = await it.gql('mutation { createGenre(data: { id: 7, name: "Metal" }) { id name } }');
    expect(given.createGenre).toEqual({ id: '7', name: 'Metal' });
    expect(await it.refused('mutation { createGenre(data: { name: "Pop" }) { id } }')).toMatchObject({
      message: 'Field "id" is required',
    });
    expect(
      await it.refused(
        'mutation { createCountries(data: [{ id: "FR", name: "France" }, { name: "Nowhere" }]) { id } }',
      ),
    ).toMatchObject({ message: 'Record 1: Field "id" is required', extensions: { recordIndex: 1 } });
    const made = await it.rest('POST', '/rest/countries', { id: 'IT', name: 'Italy' });
    expect(made).toMatchObject({ status: 201, body: { data: { createCountry: { id: 'IT', name: 'Italy' } } } });
    await it.rest('DELETE', '/rest/countries/IT');
  });

  test('one record: created, updated, connected, upserted, removed', async () => {
    const { status, body } = await it.rest('POST', '/rest/albums', { title: 'High Voltage', artistId: 1 });
    expect(status).toBe(201);
    const { id } = body.data.createAlbum;
    const updated = await it.rest('PATCH', `/rest/albums/${id}`, { title: 'Powerage', artistId: '2' });
    expect(updated.body.data.updateAlbum).toMatchObject({ id, title: 'Powerage', artistId: '2' });
    const { updateAlbum } = await it.gql(
      'mutation ($id: ID!) { updateAlbum(id: $id, data: { artist: { connect: { where: { name: "Aerosmith" } } } }) { artist { name } } }',
      { id: Number(id) },
    );
    expect(updateAlbum.artist.name).toBe('Aerosmith');
    const { connected } = await it.gql(
      'mutation ($id: ID!) { connected: updateAlbum(id: $id, data: { artist: { connect: { where: { id: 1 } } } }) { artistId } }',
      { id },
    );
    expect(connected.artistId).toBe('1');
    const { createAlbum } = await it.gql(
      'mutation ($id: ID!) { createAlbum(data: { id: $id, title: "again" }, upsert: true) { id title artistId } }',
      { id },
    );
    expect(createAlbum).toEqual({ id, title: 'again', artistId: '1' });
    const tag = (await it.rest('GET', `/rest/albums/${id}`)).headers.get('ETag') as string;
    expect((await it.rest('PATCH', `/rest/albums/${id}`, { title: 'x' }, { 'If-Match': tag })).status).toBe(200);
    expect((await it.rest('PATCH', `/rest/albums/${id}`, { title: 'y' }, { 'If-Match': tag })).status).toBe(412);
    expect((await it.rest('DELETE', `/rest/albums/${id}`)).body.data.deleteAlbum).toEqual({ id });
    expect((await it.rest('GET', `/rest/albums/${id}`)).status).toBe(404);
  });

  test('many at once match by any unique key; uuid keys of another name are made here', async () => {
    const { status, body } = await it.rest('POST', '/rest/batch/customers?upsert=true', [
      { email: 'luis@example.com', vip: true },
      { email: 'new@example.com', countryByCountryCodeId: 'DE' },
    ]);
    expect(status).toBe(201);
    expect(body.data.createCustomers).toMatchObject([
      { id: '1', vip: true, countryByCountryCodeId: 'BR' },
      { vip: false, countryByCountryCodeId: 'DE' },
    ]);
    const invoice = await it.rest('POST', '/rest/invoices', { customerId: body.data.createCustomers[1].id });
    expect(invoice.body.data.createInvoice.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const { id } = invoice.body.data.createInvoice;
    const line = await it.rest('POST', '/rest/invoiceLines', {
      invoiceId: id,
      trackId: 1,
      unitPrice: 1.5,
      quantity: 2,
    });
    expect(line.body.data.createInvoiceLine).toMatchObject({ total: 3, trackId: '1' });
    expect((await it.rest('DELETE', `/rest/invoices/${id}`)).status).toBe(200);
  });

  test.each([
    ['GET', '/rest/albums/abc', undefined, 400, "'abc' is not a whole number of 32 bits"],
    ['GET', '/rest/albums/99999999999999', undefined, 400, "'99999999999999' is not a whole number of 32 bits"],
    ['GET', '/rest/genres/99999', undefined, 400, 'A value is out of range or not of its type'],
    [
      'GET',
      '/rest/tracks/99999999999999999999',
      undefined,
      400,
      "'99999999999999999999' is not a whole number of 64 bits",
    ],
    ['GET', '/rest/invoices/12', undefined, 400, "'12' is not a valid UUID"],
    ['GET', '/rest/countries/%E0', undefined, 400, "'%E0' is not valid percent-encoding"],
    ['GET', '/rest/countries/XX', undefined, 404, 'Record not found'],
    ['PATCH', '/rest/albums/4711', { title: 'x' }, 404, 'Record not found'],
    [
      'PATCH',
      '/rest/albums/1',
      { artistId: 'abc' },
      400,
      `Invalid value for field "artistId": 'abc' is not a whole number of 32 bits`,
    ],
    ['PATCH', '/rest/albums/1', { artistId: 4711 }, 400, 'The record referred to on artistId does not exist'],
    [
      'POST',
      '/rest/artists',
      { id: 'abc', name: 'x' },
      400,
      `Invalid value 'abc' for field "id": must be a whole number, not "abc"`,
    ],
    ['POST', '/rest/artists', { name: 'AC/DC' }, 400, 'A duplicate entry was detected on name'],
    [
      'DELETE',
      '/rest/albums/1?soft_delete=true',
      undefined,
      400,
      'albums cannot be soft-deleted: the table has no deleted_at',
    ],
    [
      'DELETE',
      '/rest/artists/1',
      undefined,
      400,
      'Records of album refer to artists that would be gone, and forbid it by album_artist_id_fkey',
    ],
    ['POST', '/rest/customers', { email: 'nonsense' }, 400, 'The record breaks the rule email_check'],
  ])('%s %s %j → %i', async (method, path, body, status, message) => {
    const answer = await it.rest(method, path, body);
    expect([answer.status, answer.body.messages]).toEqual([status, [message]]);
  });

  test.each([
    [
      'mutation { updateAlbum(id: "abc", data: { title: "x" }) { id } }',
      "Invalid id: 'abc' is not a whole number of 32 bits",
    ],
    [
      'mutation { destroyAlbum(id: 99999999999999) { id } }',
      "Invalid id: '99999999999999' is not a whole number of 32 bits",
    ],
    [
      'mutation { updateAlbum(id: 1, data: { artist: { connect: { where: { id: "x" } } } }) { id } }',
      `Invalid value for field "id": 'x' is not a whole number of 32 bits`,
    ],
  ])('%s', async (query, message) => {
    expect((await it.refused(query)).message).toBe(message);
  });
});

test('what cannot be served is told, with the reason', async () => {
  const { models } = await server();
  const { unserved } = await models.get(it.schema);
  expect(unserved.map(({ table, column, reason }) => [table, column, reason])).toEqual(
    expect.arrayContaining([
      ['loud_track', null, 'views are not served'],
      ['log_entry', null, 'it has no primary key'],
      ['playlist_track', null, 'its primary key has several columns'],
      ['measurement', null, 'its primary key has several columns'],
      ['badge', null, 'its primary key badge_id would be the field "id", which the column id is'],
      [
        'address',
        null,
        'another object or type has the names "address" and "addresses"; say other names in the table’s comment: @singular and @plural',
      ],
      ['track', 'sample', 'columns of type bytea are not served'],
      ['track', 'rated', 'the labels of its enum are no names of GraphQL: letters, digits and underscores alone'],
      ['employee', 'home', 'columns of type place are not served'],
    ]),
  );
  expect(unserved).toHaveLength(9);
});

test('a DBA says other names in comments, and the table is served', async () => {
  await it.sql(`comment on table address is e'@singular postalAddress\n@plural postalAddresses\nWhere people live'`);
  await it.untilServed('postalAddresses');
  const made = await it.rest('POST', '/rest/postalAddresses', { street: 'Elm Street' });
  expect(made.body.data.createPostalAddress).toEqual({ id: '1', street: 'Elm Street' });
});

test('the document of such tables has nothing to find fault with', async () => {
  const { body } = await it.rest('GET', '/rest/open-api/core');
  const config = await createConfig({ extends: ['recommended'], rules: { 'no-server-trailing-slash': 'off' } });
  const problems = await lintFromString({ source: JSON.stringify(body), config });
  const found = problems.map(({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer}`);
  // The document itself is never refused.
  expect(found.filter((each) => !each.includes('open-api~1core/get/responses'))).toEqual([]);
});

test('columns and names that no API can show keep nothing else from being served', async () => {
  await it.sql(`
    create table "Order Details" (
      "DetailId" serial primary key, "Title" text, "Artist Name" text, "not" text, "2nd" int, address_2 text,
      a interval, b time, c inet, d int4range, e oid, f xml, g money
    );
    create table query (query_id serial primary key);
    create table film (film_id serial primary key);
    create table film_text (film_id int primary key references film, body text)`);
  await it.untilServed('filmTexts');
  const made = await it.rest('POST', '/rest/orderDetails', { title: 'x', address2: 'y' });
  expect(made.body.data.createOrderDetail).toEqual({ id: '1', title: 'x', address2: 'y' });
  expect((await it.rest('POST', '/rest/filmTexts', { id: 1 })).body.messages).toEqual([
    'The record referred to does not exist',
  ]);
  const { models } = await server();
  const { unserved } = await models.get(it.schema);
  const columns = unserved.filter(({ table }) => table === 'Order Details').map(({ column }) => column);
  expect(columns).toEqual(['2nd', 'Artist Name', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'not']);
  expect(unserved).toContainEqual({
    table: 'film_text',
    column: 'film_id',
    reason: 'a foreign key that is the table’s own key is served as the id alone, not as a relation',
  });
});
