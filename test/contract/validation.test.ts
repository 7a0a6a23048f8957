/** What each field type takes, refuses, and makes of it. Contract: core.md 2.22 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { crafts, type Space } from './crafts.ts';

const UUID = '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69';

let space: Space;
beforeAll(async () => {
  space = await crafts();
});

const files = (count: number) => Array.from({ length: count }, (_, i) => ({ fileId: UUID, label: `${i}` }));

describe('takes, and shows', () => {
  const same = (field: string, value: unknown): [string, unknown, unknown] => [field, value, value];
  test.each<[string, unknown, unknown]>([
    same('title', 'a "quoted" \\ text 🚀'),
    ['title', null, ''],
    same('weight', 1.5),
    same('weight', null),
    same('seats', 3),
    same('code', UUID),
    same('code', null),
    same('colour', 'RED'),
    same('colour', null),
    same('stars', 'RATING_2'),
    same('colours', ['BLUE', 'RED']),
    ['colours', 'RED', ['RED']],
    ['colours', null, []],
    same('words', ['a', 'b c']),
    ['words', 'a', ['a']],
    ['words', null, []],
    same('isReady', true),
    same('day', '2026-02-28'),
    ['day', '2026-02-28T23:30:00Z', '2026-02-28'],
    same('day', null),
    ['moment', '2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['moment', '2026-02-28T10:00:00+02:00', '2026-02-28T08:00:00.000Z'],
    ['moment', '2026-02-28 10:00', '2026-02-28T10:00:00.000Z'],
    same('extra', { a: [1, null, { b: '\\u0000' }] }),
    same('extra', [1, 'x']),
    ['extra', '{"a":1}', { a: 1 }],
    same('extra', null),
    ['position', -2.5, -2.5],
    ['position', 'first', expect.any(Number)],
    ['position', 'last', expect.any(Number)],
    same('price', { amountMicros: 1_500_000, currencyCode: 'EUR' }),
    ['price', { amountMicros: '9223372036854775807' }, { amountMicros: '9223372036854775807', currencyCode: null }],
    ['price', { currencyCode: '' }, { amountMicros: null, currencyCode: null }],
    ['price', null, { amountMicros: null, currencyCode: null }],
    [
      'place',
      { addressCity: 'Kourou', addressLat: 5.2 },
      expect.objectContaining({ addressCity: 'Kourou', addressState: '', addressLat: 5.2, addressLng: null }),
    ],
    ['pilot', { firstName: 'Ada' }, { firstName: 'Ada', lastName: '' }],
    ['pilot', null, { firstName: '', lastName: '' }],
    ['mails', { primaryEmail: ' Ada@Example.COM ' }, { primaryEmail: 'ada@example.com', additionalEmails: [] }],
    [
      'mails',
      { primaryEmail: 'ada@bücher．example.' },
      { primaryEmail: 'ada@xn--bcher-kva.example', additionalEmails: [] },
    ],
    ['mails', { additionalEmails: ['B@C.de', 'x@y'] }, { primaryEmail: '', additionalEmails: ['b@c.de', 'x@y'] }],
    [
      'mails',
      { additionalEmails: ['b@c.de', 'x@y', ' B@c.de'] },
      expect.objectContaining({ additionalEmails: ['b@c.de', 'x@y'] }),
    ],
    ['colours', ['BLUE', 'RED', 'BLUE'], ['BLUE', 'RED']],
    ['mails', { primaryEmail: null, additionalEmails: null }, { primaryEmail: '', additionalEmails: [] }],
    [
      'sites',
      { primaryLinkUrl: 'HTTPS://Acme.com/A/' },
      { primaryLinkUrl: 'https://acme.com/A', primaryLinkLabel: '', secondaryLinks: [] },
    ],
    [
      'sites',
      { secondaryLinks: [{ url: 'B.com/', label: null }] },
      { primaryLinkUrl: '', primaryLinkLabel: '', secondaryLinks: [{ url: 'b.com', label: null }] },
    ],
    [
      'calls',
      { primaryPhoneNumber: '+33612345678' },
      {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [],
      },
    ],
    [
      'calls',
      { primaryPhoneNumber: '06 12 34 56 78', primaryPhoneCountryCode: 'fr' },
      {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [],
      },
    ],
    [
      'calls',
      { primaryPhoneNumber: '612345678', primaryPhoneCallingCode: '33' },
      {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [],
      },
    ],
    [
      'calls',
      { primaryPhoneNumber: '06 12 34' },
      {
        primaryPhoneNumber: '06 12 34',
        primaryPhoneCountryCode: '',
        primaryPhoneCallingCode: '',
        additionalPhones: [],
      },
    ],
    [
      'calls',
      { additionalPhones: [{ number: '+4930123456' }] },
      expect.objectContaining({ additionalPhones: [{ number: '30123456', countryCode: 'DE', callingCode: '+49' }] }),
    ],
    same('papers', files(2)),
    ['papers', null, []],
    [
      'createdBy',
      { source: 'EMAIL' },
      { source: 'EMAIL', workspaceMemberId: null, name: expect.any(String), context: null },
    ],
    ['createdBy', null, expect.objectContaining({ source: 'API' })],
  ])('%s: %j', async (field, given, shown) => {
    const { status, body } = await space.rest('POST', `/rest/crafts?fields=${field}`, { [field]: given });
    expect({ status, body }).toMatchObject({ status: 201 });
    const written = body.data.createCraft;
    expect(written[field]).toEqual(shown);
    // What was answered, written again, changes nothing: so a client can send back what it read.
    if (field === 'createdBy' || given === 'first' || given === 'last') return;
    const again = await space.rest('PATCH', `/rest/crafts/${written.id}?fields=${field}`, { [field]: written[field] });
    expect(again.body).toEqual({ data: { updateCraft: written } });
  });

  test('in a composite, an update changes the sub-fields that it names', async () => {
    const made = await space.rest('POST', '/rest/crafts', { place: { addressCity: 'Kourou', addressState: 'Guyane' } });
    const { id } = made.body.data.createCraft;
    const { body } = await space.rest('PATCH', `/rest/crafts/${id}`, { place: { addressCity: 'Cayenne' } });
    expect(body.data.updateCraft.place).toMatchObject({ addressCity: 'Cayenne', addressState: 'Guyane' });
  });

  test('company.domainName as the bare domain', async () => {
    const { body } = await space.rest('POST', '/rest/companies', {
      domainName: { primaryLinkUrl: 'https://www.Acme.com/about/' },
    });
    expect(body.data.createCompany.domainName.primaryLinkUrl).toBe('acme.com');
  });
});

describe('refuses', () => {
  const wrong: Record<string, unknown[]> = {
    title: [{}, [], true, 3, 'a\0b', 'half \ud83d'],
    weight: [{}, [], true, 'heavy'],
    seats: [1.5, 3_000_000_000, 'two', true],
    code: ['x', 3, {}, true, []],
    colour: ['GREEN', 3, {}, true, ['GREEN']],
    stars: ['RATING_9', 2],
    colours: ['GREEN', ['GREEN'], {}, true, 3],
    words: [true, 3, [3], {}, [null]],
    isReady: [null, 'true', 1, {}],
    day: ['soon', '2026-02-30', '2026-13-01', '0000-01-01', {}, [], true, 3],
    moment: ['soon', '2026-02-30', '2026-01-01T25:00', {}, [], true, 3],
    extra: ['soon', 3, true, { a: '\0' }],
    position: ['middle', 'NaN', true, {}],
    price: ['x', { amount: 1 }, { amountMicros: 1.5 }, { amountMicros: '9223372036854775808' }, { currencyCode: 3 }],
    place: ['x', { city: 'x' }, { addressLat: 'north' }, { addressCity: 3 }],
    pilot: ['Ada', { first: 'Ada' }, { firstName: 3 }],
    mails: [
      'a@b.c',
      { primary: 'a@b.c' },
      { primaryEmail: 3 },
      { additionalEmails: 'a@b.c' },
      { additionalEmails: [3] },
      { primaryEmail: 'a@b.co, c@d.ef' },
      { primaryEmail: 'Ann <a@b.co>' },
      { primaryEmail: 'nobody' },
      { additionalEmails: ['a@b.co', 'nobody'] },
    ],
    calls: [
      '112',
      { number: '112' },
      { primaryPhoneNumber: 112 },
      { additionalPhones: [{ number: 112 }] },
      { additionalPhones: ['112'] },
      { primaryPhoneNumber: 'ask Ada' },
      { primaryPhoneNumber: '+33612345678', primaryPhoneCountryCode: 'US' },
      { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR', primaryPhoneCallingCode: '+1' },
      { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'ZZ' },
      { primaryPhoneNumber: '612345678', primaryPhoneCallingCode: '+999' },
      { additionalPhones: [{ number: 'not a phone', countryCode: 'FR' }] },
    ],
    sites: [
      'a.com',
      { url: 'a.com' },
      { primaryLinkUrl: 3 },
      { secondaryLinks: [{ url: 3 }] },
      { secondaryLinks: [{ href: 'x' }] },
    ],
    story: ['x', { html: 'x' }, { markdown: 3 }],
    papers: ['x', [{ fileId: 'x' }], [{ file: UUID }], files(3)],
    createdBy: ['me', { source: 'GUESS' }, { name: 'Ada' }, { workspaceMemberId: UUID }],
    id: ['x', 3], // null is as if it were not given
    noteTargets: [[], {}],
    searchVector: ['x'],
  };
  const each = Object.entries(wrong).flatMap(([field, values]) =>
    values.map((value): [string, unknown] => [field, value]),
  );

  test.each(each)('%s: %j', async (field, value) => {
    const one = await space.rest('POST', '/rest/crafts', { [field]: value });
    expect(one).toMatchObject({ status: 400, body: { statusCode: 400, error: 'BadRequestException' } });
    expect(one.body.messages).toEqual([expect.stringContaining(field)]);
    const many = await space.rest('POST', '/rest/batch/crafts', [{}, { [field]: value }]);
    expect(many).toMatchObject({ status: 400, body: { messages: [expect.stringMatching(/^Record 1: /)] } });
    const error = await space.refused('mutation ($data: CraftCreateInput!) { createCraft(data: $data) { id } }', {
      data: { [field]: value },
    });
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('and leaves nothing behind', async () => {
    const before = (await space.rest('GET', '/rest/crafts?limit=0')).body.totalCount;
    for (const [field, value] of each) await space.rest('POST', '/rest/batch/crafts', [{}, { [field]: value }]);
    expect((await space.rest('GET', '/rest/crafts?limit=0')).body.totalCount).toBe(before);
  });

  test('an unknown key, naming object and key; a field that must be given', async () => {
    expect((await space.rest('POST', '/rest/crafts', { wings: 2 })).body.messages).toEqual([
      'Object craft doesn\'t have any "wings" field.',
    ]);
    const { name, rest, sql } = await workspace();
    await sql('create table pads (id uuid primary key default gen_random_uuid(), site text not null)');
    await expect.poll(async () => (await rest('GET', '/rest/pads')).status, { timeout: 10_000 }).toBe(200);
    expect(name).toBeTruthy();
    expect((await rest('POST', '/rest/batch/pads', [{ site: 'a' }, {}])).body.messages).toEqual([
      'Record 1: Field "site" is required',
    ]);
    expect((await rest('POST', '/rest/pads', { site: null })).body.messages).toEqual(['Field "site" cannot be null']);
  });
});

test('a refused option lists the options, twenty of them at most', async () => {
  const { body } = await space.rest('POST', '/rest/crafts', { colour: 'Red' });
  expect(body.messages[0]).toMatch(/colour.*RED, BLUE/);
});

test('an id of null is generated', async () => {
  const { createCraft } = await space.gql('mutation { createCraft(data: { id: null, title: "x" }) { id } }');
  expect(createCraft.id).toMatch(/^[0-9a-f-]{36}$/);
  const { status, body } = await space.rest('POST', '/rest/batch/crafts?upsert=true', [{ id: null, title: 'y' }]);
  expect([status, body.data.createCrafts[0].title]).toEqual([201, 'y']);
});

test('a link keeps the user and the password before its host', async () => {
  const { body } = await space.rest('POST', '/rest/crafts?depth=0', {
    sites: { primaryLinkUrl: 'HTTPS://user:PW@Example.com/', secondaryLinks: [{ url: 'a.b' }, { url: 'A.b/' }] },
  });
  expect(body.data.createCraft.sites).toMatchObject({
    primaryLinkUrl: 'https://user:PW@example.com',
    secondaryLinks: [{ url: 'a.b' }],
  });
});
