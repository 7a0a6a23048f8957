/**
 * Field types: which can be created, with what settings, and defaults that are Postgres' own. Contract: metadata.md
 * 2.4.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { CREATE_FIELD, changeField, columnsOf, makeObject, mistakesIn, type Workspace } from './asking.ts';

let space: Workspace;
let objectMetadataId: string;

beforeAll(async () => {
  space = await workspace();
  objectMetadataId = (await makeObject(space)).id;
});

const options = ['OPTION_1', 'OPTION_2'].map((value, position) => ({ value, label: value, position, color: 'red' }));
const ID = '20202020-0000-4000-8000-000000000000';

describe('defaults', () => {
  // Type, what is asked for beside it, what a new record has, and the default of its first column in Postgres.
  const DEFAULTS: [
    type: string,
    more: { defaultValue: unknown; [key: string]: unknown },
    shown: unknown,
    sql: string,
  ][] = [
    ['TEXT', { defaultValue: "'It''s'" }, "It''s", "'It''''s'::text"],
    ['TEXT', { defaultValue: "''", isNullable: false }, '', "''::text"],
    ['NUMBER', { defaultValue: 1.5 }, 1.5, '1.5'],
    ['NUMBER', { defaultValue: 7, settings: { dataType: 'int', decimals: 0, type: 'percentage' } }, 7, '7'],
    ['NUMBER', { defaultValue: 8, settings: { dataType: 'bigint' } }, 8, '8'],
    ['BOOLEAN', { defaultValue: true }, true, 'true'],
    ['BOOLEAN', { defaultValue: null }, false, 'false'],
    ['DATE', { defaultValue: "'2026-05-01'" }, '2026-05-01', "'2026-05-01'::date"],
    ['DATE', { defaultValue: 'now' }, expect.stringMatching(/^\d{4}-\d\d-\d\d$/), 'CURRENT_DATE'],
    [
      'DATE_TIME',
      { defaultValue: 'now', settings: { displayFormat: 'RELATIVE' } },
      expect.stringMatching(/Z$/),
      'now()',
    ],
    [
      'DATE_TIME',
      { defaultValue: "'2026-05-01T10:00:00Z'" },
      '2026-05-01T10:00:00.000Z',
      "'2026-05-01 10:00:00+00'::timestamp with time zone",
    ],
    [
      'UUID',
      { defaultValue: 'uuid' },
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringContaining('uuid') as never,
    ],
    ['UUID', { defaultValue: `'${ID}'` }, ID, `'${ID}'::uuid`],
    ['SELECT', { defaultValue: "'OPTION_1'", options }, 'OPTION_1', expect.stringContaining("'OPTION_1'") as never],
    [
      'MULTI_SELECT',
      { defaultValue: ["'OPTION_2'", "'OPTION_1'"], options },
      ['OPTION_2', 'OPTION_1'],
      expect.stringContaining('{OPTION_2,OPTION_1}') as never,
    ],
    ['RATING', { defaultValue: "'RATING_3'" }, 'RATING_3', expect.stringContaining("'RATING_3'") as never],
    ['ARRAY', { defaultValue: ["'a'", 'b'] }, ['a', 'b'], "'{a,b}'::text[]"],
    [
      'RAW_JSON',
      { defaultValue: { a: "'x'", b: [1] } },
      { a: 'x', b: [1] },
      expect.stringContaining('::jsonb') as never,
    ],
    [
      'CURRENCY',
      { defaultValue: { amountMicros: '5000000', currencyCode: "'USD'" } },
      { amountMicros: 5000000, currencyCode: 'USD' },
      "'5000000'::bigint",
    ],
    [
      'CURRENCY',
      { defaultValue: { amountMicros: null, currencyCode: "'EUR'" } },
      { amountMicros: null, currencyCode: 'EUR' },
      null as never,
    ],
    [
      'FULL_NAME',
      { defaultValue: { firstName: "'Ada'", lastName: "''" } },
      { firstName: 'Ada', lastName: '' },
      "'Ada'::text",
    ],
    [
      'ADDRESS',
      {
        defaultValue: { addressStreet1: "'1 Main'", addressCity: "'Kourou'", addressLat: 5.16 },
        settings: { subFields: ['addressCity'] },
      },
      expect.objectContaining({ addressStreet1: '1 Main', addressCity: 'Kourou', addressLat: 5.16, addressLng: null }),
      "'1 Main'::text",
    ],
    [
      'EMAILS',
      { defaultValue: { primaryEmail: "'ada@esa.int'", additionalEmails: null }, settings: { maxNumberOfValues: 2 } },
      { primaryEmail: 'ada@esa.int', additionalEmails: [] },
      "'ada@esa.int'::text",
    ],
    [
      'PHONES',
      { defaultValue: { primaryPhoneNumber: "''", primaryPhoneCountryCode: "'FR'", primaryPhoneCallingCode: "'+33'" } },
      expect.objectContaining({
        primaryPhoneNumber: '',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
      }),
      null as never,
    ],
    [
      'LINKS',
      { defaultValue: { primaryLinkUrl: "'https://esa.int'", primaryLinkLabel: "'ESA'", secondaryLinks: [] } },
      { primaryLinkUrl: 'https://esa.int', primaryLinkLabel: 'ESA', secondaryLinks: [] },
      "'ESA'::text",
    ],
    [
      'RICH_TEXT_V2',
      { defaultValue: { markdown: "'# Hi'", blocknote: null } },
      expect.objectContaining({ markdown: '# Hi' }),
      null as never,
    ],
    [
      'ACTOR',
      { defaultValue: { source: "'IMPORT'", name: "'Robot'" } },
      expect.objectContaining({ source: 'IMPORT', name: 'Robot' }),
      "'IMPORT'::actor_source",
    ],
  ];

  test('of every type are what a new record has, and stand in Postgres', async () => {
    const named = DEFAULTS.map(([type, more], i) => ({
      type,
      name: `field${i}`,
      label: `Field ${i}`,
      objectMetadataId,
      ...more,
    }));
    const { createManyFields } = await space.metadata(
      'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { name type defaultValue } }',
      { inputs: named.map((field) => ({ field })) },
    );
    expect(createManyFields.map(({ defaultValue }: any) => defaultValue)).toEqual(
      DEFAULTS.map(([type, { defaultValue }]) => (type === 'BOOLEAN' ? (defaultValue ?? false) : defaultValue)),
    );
    const { body } = await space.rest('POST', '/rest/rockets', { name: 'Ariane' });
    const record = body.data.createRocket;
    expect(named.map(({ name }) => record[name])).toEqual(DEFAULTS.map(([, , shown]) => shown));
    // A row that somebody inserts in psql has them too.
    const [row] = await space.sql("insert into rockets (name) values ('Vega') returning field0, field2, field5::text");
    expect(row).toEqual({ field0: "It''s", field2: 1.5, field5: 'true' });
    const columns = await columnsOf(space, 'rockets');
    const byDefault = (i: number) => columns.find(({ name }) => name === `field_${i}` || name.startsWith(`field${i}`));
    const text = (sql: string | null) => sql?.replaceAll(`${space.schema}.`, '') ?? null;
    expect(DEFAULTS.map((_, i) => [i, text(byDefault(i).default)])).toEqual(DEFAULTS.map(([, , , sql], i) => [i, sql]));
  });
});

describe('refused', () => {
  test.each<[string, object, string]>([
    ['TS_VECTOR', {}, 'TS Vector is not supported for field creation'],
    ['POSITION', {}, 'Field type POSITION is a system type and cannot be created manually.'],
    ['NUMERIC', {}, 'Field type NUMERIC is not supported for field creation. Use NUMBER instead.'],
    ['RICH_TEXT', {}, 'Field type RICH_TEXT is deprecated. Use RICH_TEXT_V2 instead.'],
    ['TEXT', { defaultValue: 'bare' }, 'Default value should be as quoted string'],
    ['TEXT', { defaultValue: 1 }, 'Default value should be as quoted string'],
    [
      'TEXT',
      { settings: { displayedMaxRows: 'many' } },
      'Setting "displayedMaxRows" must be a whole number, 0 or more',
    ],
    ['NUMBER', { defaultValue: '1' }, 'Default value should be a number'],
    ['NUMBER', { defaultValue: 1.5, settings: { dataType: 'int' } }, 'Default value should be a number'],
    ['NUMBER', { settings: { dataType: 'text' } }, 'Setting "dataType" must be one of float, int, bigint'],
    ['NUMBER', { settings: { decimals: -1 } }, 'Setting "decimals" must be a whole number from 0 to 15'],
    ['BOOLEAN', { defaultValue: 'true' }, 'Default value should be true or false'],
    ['DATE', { defaultValue: '2026-05-01' }, 'Default value should be "now" or a quoted date'],
    ['DATE', { defaultValue: "'2026-13-01'" }, 'Default value should be "now" or a quoted date'],
    [
      'DATE_TIME',
      { settings: { displayFormat: 'NICE' } },
      'Setting "displayFormat" must be one of RELATIVE, USER_SETTINGS, CUSTOM',
    ],
    ['UUID', { defaultValue: ID }, 'Default value should be "uuid" or a quoted uuid'],
    ['ARRAY', { defaultValue: "'a'" }, 'Default value should be a list of texts'],
    ['ARRAY', { settings: { maxNumberOfValues: 0 } }, 'Setting "maxNumberOfValues" must be a whole number, 1 or more'],
    ['RAW_JSON', { defaultValue: 'x' }, 'Default value should be an object'],
    [
      'CURRENCY',
      { defaultValue: { currencyCode: 'USD' } },
      'Default value of "currencyCode" should be as quoted string',
    ],
    [
      'CURRENCY',
      { defaultValue: { amountMicros: '1.5' } },
      'Default value: amountMicros must be a whole number of millionths, not "1.5"',
    ],
    [
      'FULL_NAME',
      { defaultValue: { middleName: "'X'" } },
      'Default value: has no sub-field "middleName"; it has firstName, lastName',
    ],
    [
      'ADDRESS',
      { settings: { subFields: ['planet'] } },
      'Setting "subFields" must be a list of addressStreet1, addressStreet2, addressCity, addressPostcode, addressState, addressCountry, addressLat, addressLng',
    ],
    ['FILES', {}, 'Setting "maxNumberOfValues" is required for files'],
    ['ARRAY', { isUnique: true }, 'A field of type ARRAY cannot be unique'],
    ['NUMBER', { isNullable: false }, 'A field that is not nullable needs a default value'],
    ['TEXT', { options }, 'Options are not for fields of type TEXT'],
  ])('%s with %j', async (type, more, message) => {
    const error = await space.metadataRefused(CREATE_FIELD, {
      field: { objectMetadataId, type, name: 'extra', label: 'Extra', ...more },
    });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error)).toEqual([`INVALID_FIELD_INPUT: ${message}`]);
  });
});

test('a number becomes whole where its values are, and a default can come and go', async () => {
  const { createOneField } = await space.metadata(CREATE_FIELD, {
    field: { objectMetadataId, type: 'NUMBER', name: 'stages', label: 'Stages' },
  });
  const column = async () => (await columnsOf(space, 'rockets')).find(({ name }) => name === 'stages');
  expect(await column()).toMatchObject({ type: 'double precision', default: null });
  await changeField(space, createOneField.id, { settings: { dataType: 'int' }, defaultValue: 2 });
  expect(await column()).toMatchObject({ type: 'integer', default: '2' });
  await changeField(space, createOneField.id, { defaultValue: null });
  expect(await column()).toMatchObject({ type: 'integer', default: null });
});
