/** What goes out comes in again: every field type, awkward texts, both formats. */

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../../fixture.ts';
import { exported, type Format, imported, type Space } from './files.ts';

const options = ['RED', 'BLUE'].map((value, position) => ({ value, label: value, color: 'blue', position }));
const stars = [1, 2].map((n) => ({ value: `RATING_${n}`, label: `${n}`, color: 'blue', position: n }));

// Quotes, separators, line breaks, formulas, other alphabets; no character that Postgres has no place for.
const address = fc.emailAddress().filter((email) => !/[(){}[\]"\\]/.test(email));
const awkward = fc.oneof(
  fc.constantFrom(
    '=1+1',
    "'=1+1",
    "''-2",
    '+33 6',
    '-',
    '@x',
    '\t',
    '\r',
    '\n=1',
    '＝１',
    "'tis",
    '"',
    '""',
    ',',
    ' a ',
    '\ufeff',
  ),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', "'", '=', ' ', 'é', '漢', '🚀', '\\'), maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
);
const text = fc.option(awkward);
const word = awkward.filter((each) => each.trim() !== '');
const moment = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const json = fc.oneof(fc.dictionary(awkward, awkward, { maxKeys: 3 }), fc.array(awkward, { maxLength: 3 }));

type Case = [name: string, type: string, value: fc.Arbitrary<unknown>, more?: object];

const FIELDS: readonly Case[] = [
  ['title', 'TEXT', text],
  ['motto', 'TEXT', awkward, { isNullable: false, defaultValue: "'none'" }],
  ['weight', 'NUMBER', fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0))],
  ['seats', 'NUMBER', fc.option(fc.integer()), { settings: { dataType: 'int' } }],
  ['stock', 'NUMBER', fc.option(fc.maxSafeInteger()), { settings: { dataType: 'bigint' } }],
  ['code', 'UUID', fc.option(fc.uuid())],
  ['colour', 'SELECT', fc.option(fc.constantFrom('RED', 'BLUE')), { options }],
  ['stars', 'RATING', fc.option(fc.constantFrom('RATING_1', 'RATING_2')), { options: stars }],
  ['colours', 'MULTI_SELECT', fc.subarray(['RED', 'BLUE']), { options }],
  ['words', 'ARRAY', fc.array(awkward, { maxLength: 3 })],
  ['isReady', 'BOOLEAN', fc.boolean(), { isNullable: false, defaultValue: false }],
  ['day', 'DATE', fc.option(moment.map((date) => date.toISOString().slice(0, 10)))],
  ['moment', 'DATE_TIME', fc.option(moment.map((date) => date.toISOString()))],
  ['extra', 'RAW_JSON', fc.option(json)],
  ['price', 'CURRENCY', fc.record({ amountMicros: fc.maxSafeInteger(), currencyCode: fc.constantFrom('EUR', 'USD') })],
  [
    'place',
    'ADDRESS',
    fc.record({
      addressStreet1: text,
      addressCity: text,
      addressLat: fc.double({ min: -90, max: 90, noNaN: true }).map((number) => number + 0),
    }),
  ],
  ['pilot', 'FULL_NAME', fc.record({ firstName: text, lastName: text })],
  [
    'mails',
    'EMAILS',
    fc.record({ primaryEmail: address, additionalEmails: fc.uniqueArray(address, { maxLength: 2 }) }),
  ],
  [
    'calls',
    'PHONES',
    fc.record({ primaryPhoneNumber: fc.constant('612345678'), primaryPhoneCallingCode: fc.constant('+33') }),
  ],
  [
    'sites',
    'LINKS',
    fc.record({
      primaryLinkLabel: text,
      secondaryLinks: fc.array(fc.record({ label: word, url: fc.constant('https://x.test') }), { maxLength: 2 }),
    }),
  ],
  ['story', 'RICH_TEXT_V2', fc.record({ markdown: text, blocknote: fc.constant(null) })],
  [
    'papers',
    'FILES',
    fc.array(fc.record({ fileId: fc.uuid(), label: word }), { maxLength: 2 }),
    { settings: { maxNumberOfValues: 2 } },
  ],
];

const craft = fc.record(Object.fromEntries(FIELDS.map(([name, , value]) => [name, value])));

let here: Space;

beforeAll(async () => {
  here = await workspace();
  const object = { nameSingular: 'craft', namePlural: 'crafts', labelSingular: 'Craft', labelPlural: 'Crafts' };
  const made = await here.rest('POST', '/rest/metadata/objects', object);
  for (const [name, type, , more] of FIELDS) {
    const field = { objectMetadataId: made.body.id, name, label: name, type, ...more };
    const answer = await here.rest('POST', '/rest/metadata/fields', field);
    expect(answer, `${name} ${JSON.stringify(answer.body)}`).toMatchObject({ status: 201 });
  }
});

describe.each<Format>(['ndjson', 'csv'])('%s', (format) => {
  test('all fields of any records', { timeout: 60_000 }, async () => {
    const path = `/rest/crafts/export?format=${format}&order_by=position`;
    await fc.assert(
      fc.asyncProperty(fc.array(craft, { minLength: 20, maxLength: 40 }), async (crafts) => {
        await here.sql('delete from crafts');
        const made = await here.rest('POST', '/rest/batch/crafts', crafts);
        expect(made.status, JSON.stringify(made.body)).toBe(201);
        const file = await exported(here, path);
        await here.sql('delete from crafts');
        const events = await imported(here, '/rest/crafts/import', format, file);
        expect(events.at(-1)).toMatchObject({ event: 'done', created: crafts.length, refused: 0 });
        expect(await exported(here, path)).toBe(file);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('a spreadsheet finds no formula, a program its text', async () => {
    await here.sql('delete from crafts');
    const made = { title: '=HYPERLINK("http://evil.test")', weight: -1.5, words: ['=1'], pilot: { firstName: '@x' } };
    expect((await here.rest('POST', '/rest/crafts', made)).status).toBe(201);
    const file = await exported(here, `/rest/crafts/export?format=${format}&fields=title,weight,words,pilot`);
    const [id] = /[0-9a-f-]{36}/.exec(file) as RegExpExecArray;
    expect(file).toBe(
      format === 'ndjson'
        ? `${JSON.stringify({ id, ...made, pilot: { firstName: '@x', lastName: '' } })}\n`
        : `id,title,weight,words,pilot.firstName,pilot.lastName\r\n${id},"'=HYPERLINK(""http://evil.test"")",-1.5,"[""=1""]",'@x,\r\n`,
    );
  });
});
