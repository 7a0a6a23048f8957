/**
 * The record in an event is what the API answers of it, field type by field type; and what counts as a change.
 * Contract: metadata.md 5
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { eventsOf } from '../../server/events/event.ts';
import { recordOf, rowOf } from '../../server/events/record.ts';
import { crafts, createCrafts, FIELDS, type Space } from '../contract/crafts.ts';
import { server } from '../fixture.ts';

const BIG = '9007199254740993';
const FULL = {
  title: 'Ariane',
  weight: 1.5,
  seats: 3,
  distance: BIG,
  code: '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f',
  colour: 'RED',
  stars: 'RATING_2',
  colours: ['BLUE', 'RED'],
  words: ['a', 'b "c"', ''],
  isReady: true,
  day: '2026-03-01',
  moment: '2026-03-01T09:00:00.123Z',
  extra: { deep: { distance: 1, list: [1.5, null, 'x'] } },
  price: { amountMicros: BIG, currencyCode: 'EUR' },
  place: { addressStreet1: 'Main 1', addressCity: 'Kourou', addressLat: 5.16, addressLng: -52.65 },
  pilot: { firstName: 'Ada', lastName: 'Lovelace' },
  mails: { primaryEmail: 'ada@example.com', additionalEmails: ['b@example.com'] },
  calls: { primaryPhoneNumber: '+33612345678', additionalPhones: [{ number: '+33612345679' }] },
  sites: { primaryLinkUrl: 'https://esa.int', secondaryLinks: [{ url: 'https://cnes.fr', label: 'CNES' }] },
  story: { markdown: '# Once', blocknote: null },
  papers: [{ fileId: '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f', label: 'Plan' }],
};

let space: Space;
beforeAll(async () => {
  space = await crafts();
  await createCrafts(space, [FULL, {}]);
  await space.sql(`update crafts set mass = 12345678901234567890.5 where title is not null`);
  await space.untilServed('crafts');
});

async function servedBy(table: string) {
  const { models } = await server();
  models.changed(space.schema);
  const served = (await models.get(space.schema)).byTable.get(table);
  if (!served) throw new Error(`${table} is not served`);
  return served;
}

/** As a trigger writes it down, in the time zone of whoever writes. */
const ROWS = `
  with zone as materialized (select set_config('timezone', $1, true))
  select id, row_to_json(t)::text as text from zone, crafts as t order by title nulls last`;

test.each(['UTC', 'Asia/Kathmandu'])('a record of each field type, full and empty, written in %s', async (zone) => {
  expect(Object.keys(FULL).sort()).toEqual(FIELDS.map(([name]) => name).sort());
  const served = await servedBy('crafts');
  const rows = await space.sql(ROWS, [zone]);
  expect(rows).toHaveLength(2);
  for (const { id, text } of rows) {
    const { body } = await space.rest('GET', `/rest/crafts/${id}`);
    expect(recordOf(served, rowOf(text))).toEqual(body.data.craft);
  }
});

test('a record of each standard object', async () => {
  const plurals = ['companies', 'people', 'opportunities', 'notes', 'tasks', 'attachments', 'noteTargets', 'favorites'];
  const { createCompany } = await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
  await space.gql(`mutation {
    createPerson(data: { name: { firstName: "Ada" }, companyId: "${createCompany.id}" }) { id }
    createOpportunity(data: { name: "x", amount: { amountMicros: 5, currencyCode: "EUR" } }) { id }
    createNote(data: { title: "x" }) { id }
    createTask(data: { title: "x" }) { id }
    createAttachment(data: { name: "x", targetCompanyId: "${createCompany.id}" }) { id }
    createNoteTarget(data: { targetCompanyId: "${createCompany.id}" }) { id }
    createFavorite(data: { position: 1 }) { id }
  }`);
  for (const plural of plurals) {
    const table = plural.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const [{ id, text }] = await space.sql(`select id, row_to_json(t)::text as text from ${table} as t limit 1`);
    const { body } = await space.rest('GET', `/rest/${plural}/${id}`);
    const [record] = Object.values(body.data);
    expect(recordOf(await servedBy(table), rowOf(text))).toEqual(record);
  }
});

test.each([
  [
    'artists',
    'artist_id bigint primary key, name varchar(20) not null, born date, at timestamp, score numeric(30, 10), tags text[]',
    `9007199254740993, 'X', '1970-01-01', '2026-01-01 10:00', 12345678901234567.5, '{a}'`,
  ],
  ['codes', 'code text primary key, n smallint, r real, j json', `'a/b', 1, 1.25, '{"a": 1}'`],
])('a record of the table %s, which a hand has made', async (table, columns, values) => {
  await space.sql(`create table ${table} (${columns})`);
  await space.untilServed(table);
  await space.sql(`insert into ${table} values (${values})`);
  const [{ text }] = await space.sql(`select row_to_json(t)::text as text from ${table} as t`);
  const { body } = await space.rest('GET', `/rest/${table}`);
  expect(recordOf(await servedBy(table), rowOf(text))).toEqual(body.data[table][0]);
});

describe('what a change of a row is', () => {
  const row = { id: 'a', title: 'x', price_amount_micros: 1, deleted_at: null, updated_at: '1', updated_by_name: 'me' };
  const gone = '2026-01-01T00:00:00+00:00';
  test.each<[string, object | null, object | null, [string, string[] | null][]]>([
    ['a new row', null, row, [['created', null]]],
    ['a row that is gone', row, null, [['destroyed', null]]],
    ['a value', row, { ...row, title: 'y' }, [['updated', ['title']]]],
    ['a part of a composite', row, { ...row, price_amount_micros: 2 }, [['updated', ['price']]]],
    ['bookkeeping alone', row, { ...row, updated_at: '2', updated_by_name: 'you', search_vector: "'x'" }, []],
    ['a soft deletion', row, { ...row, deleted_at: gone }, [['deleted', null]]],
    ['its undoing', { ...row, deleted_at: gone }, row, [['restored', null]]],
    ['another time of deletion', { ...row, deleted_at: gone }, { ...row, deleted_at: '2025-01-01T00:00:00Z' }, []],
    [
      'a revival with another value',
      { ...row, deleted_at: gone },
      { ...row, title: 'y' },
      [
        ['restored', null],
        ['updated', ['title']],
      ],
    ],
    [
      'a change and a deletion at once',
      row,
      { ...row, title: 'y', deleted_at: gone },
      [
        ['updated', ['title']],
        ['deleted', null],
      ],
    ],
  ])('%s', async (_what, before, after, expected) => {
    const text = (value: object | null) => value && JSON.stringify(value);
    const events = eventsOf(await servedBy('crafts'), text(before), text(after));
    expect(events.map(({ action, updatedFields }) => [action, updatedFields])).toEqual(expected);
    for (const { recordId, record } of events) expect([recordId, record.id]).toEqual(['a', 'a']);
  });

  test('by an upsert, a revival is an update', async () => {
    const craft = await servedBy('crafts');
    const told = (after: object) =>
      eventsOf(craft, JSON.stringify({ ...row, deleted_at: gone }), JSON.stringify(after), { isUpsert: true }).map(
        ({ action, updatedFields }) => [action, updatedFields?.toSorted()],
      );
    expect(told(row)).toEqual([['updated', ['deletedAt']]]);
    expect(told({ ...row, title: 'y' })).toEqual([['updated', ['deletedAt', 'title']]]);
  });
});
