/** Options of SELECT and MULTI_SELECT, and the records that hold them. Contract: metadata.md 2.5. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  CREATE_FIELD,
  changeField,
  makeField,
  makeObject,
  mistakesIn,
  UPDATE_FIELD,
  type Workspace,
} from './asking.ts';

let space: Workspace;
let objectMetadataId: string;

beforeAll(async () => {
  space = await workspace();
  objectMetadataId = (await makeObject(space)).id;
});

const option = (value: unknown, position: unknown = 0, more: object = {}) => ({
  value,
  label: String(value),
  color: 'red',
  position,
  ...more,
});
const ID = '20202020-0000-4000-8000-000000000000';

describe('refused', () => {
  const select = (options: unknown, more: object = {}) => ({
    type: 'SELECT',
    name: 'fuel',
    label: 'Fuel',
    options,
    ...more,
  });
  test.each<[string, object, string[]]>([
    ['none', select(undefined), ['Options are required for enum fields']],
    ['an empty list', select([]), ['Options are required for enum fields']],
    ['a value twice', select([option('A', 0), option('A', 1)]), ['Duplicated option value']],
    ['an id twice', select([option('A', 0, { id: ID }), option('B', 1, { id: ID })]), ['Duplicated option id']],
    ['a position twice', select([option('A', 0), option('B', 0)]), ['Duplicated option position']],
    ['an id that is none', select([option('A', 0, { id: 'one' })]), ['Option id is invalid']],
    ['a comma', select([option('A', 0, { label: 'A, B' })]), ['Label must not contain a comma']],
    ['no label', select([option('A', 0, { label: ' ' })]), ['Option label is required']],
    ['lower case', select([option('lox')]), ['Value must be in UPPER_CASE and follow snake_case']],
    ['a space', select([option('LIQUID OXYGEN')]), ['Value must be in UPPER_CASE and follow snake_case']],
    ['a digit first', select([option('2LOX')]), ['Value must be in UPPER_CASE and follow snake_case']],
    ['a value too long', select([option('L'.repeat(64), 0, { label: 'L' })]), ['Option value is too long']],
    ['a bare default', select([option('A')], { defaultValue: 'A' }), ['Default value should be as quoted string']],
    [
      'a default of no option',
      select([option('A')], { defaultValue: "'B'" }),
      [`Default value "'B'" must be one of the option values`],
    ],
    [
      'a text as default of many',
      select([option('A')], { type: 'MULTI_SELECT', defaultValue: "'A'" }),
      ["Default value for multi-select must be an array got 'A'"],
    ],
    [
      'an empty default of many',
      select([option('A')], { type: 'MULTI_SELECT', defaultValue: [] }),
      ['If defined default value must contain at least one value'],
    ],
    [
      'a default of many that is no option',
      select([option('A')], { type: 'MULTI_SELECT', defaultValue: ["'B'"] }),
      [`Default value "'B'" must be one of the option values`],
    ],
    [
      'several mistakes at once',
      select([option('a', 0, { label: 'x,y' }), option('a', 0)]),
      [
        'Duplicated option value',
        'Duplicated option position',
        'Value must be in UPPER_CASE and follow snake_case',
        'Label must not contain a comma',
        'Value must be in UPPER_CASE and follow snake_case',
      ],
    ],
  ])('%s', async (_, field, messages) => {
    const error = await space.metadataRefused(CREATE_FIELD, { field: { objectMetadataId, ...field } });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error)).toEqual(messages.map((message) => `INVALID_FIELD_INPUT: ${message}`));
  });

  test('what is no list of options', async () => {
    expect((await space.rest('POST', '/rest/metadata/fields', { objectMetadataId, ...select('A') })).status).toBe(400);
    expect((await space.rest('POST', '/rest/metadata/fields', { objectMetadataId, ...select(['A']) })).status).toBe(
      400,
    );
  });

  test('other options of a rating', async () => {
    const rating = await makeField(space, { objectMetadataId, type: 'RATING', name: 'stars', label: 'Stars' });
    expect(rating.options.map(({ value }: any) => value)).toEqual([1, 2, 3, 4, 5].map((n) => `RATING_${n}`));
    expect(
      mistakesIn(await space.metadataRefused(UPDATE_FIELD, { id: rating.id, update: { options: [option('BAD')] } })),
    ).toEqual(['INVALID_FIELD_INPUT: The options of a rating cannot be changed']);
  });
});

describe('records', () => {
  let phase: any;
  let tags: any;
  const stored = async () =>
    (await space.sql('select phase::text, tags::text[] from rockets order by position')).map(({ phase, tags }) => [
      phase,
      tags,
    ]);
  const change = async (field: any, options: object[], more: object = {}) =>
    changeField(space, field.id, { options, ...more });

  beforeAll(async () => {
    const options = ['PLANNED', 'BUILT', 'FLOWN'].map((value, i) => option(value, i));
    phase = await makeField(space, { objectMetadataId, type: 'SELECT', name: 'phase', label: 'Phase', options });
    tags = await makeField(space, { objectMetadataId, type: 'MULTI_SELECT', name: 'tags', label: 'Tags', options });
    await space.gql(`mutation { createRockets(data: [
      { phase: PLANNED, tags: [PLANNED, BUILT] }, { phase: BUILT, tags: [BUILT] }, { phase: FLOWN, tags: [FLOWN, PLANNED] }
    ]) { id } }`);
  });

  test('options get ids and keep them; values and labels are trimmed', async () => {
    expect(phase.options.every(({ id }: any) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
    const [planned, built, flown] = phase.options;
    const { options } = await change(phase, [
      { ...planned, value: ' PLANNED ', label: '  To  be   planned ', color: 'blue' },
      built,
      flown,
    ]);
    expect(options).toEqual([{ ...planned, label: 'To be planned', color: 'blue' }, built, flown]);
    expect(await stored()).toHaveLength(3);
  });

  test('a value renamed by its id takes records along, even in exchange with another', async () => {
    for (const field of [phase, tags]) {
      const [planned, built, flown] = field.options;
      await change(field, [{ ...planned, value: 'BUILT' }, { ...built, value: 'PLANNED' }, flown]);
    }
    expect(await stored()).toEqual([
      ['BUILT', ['BUILT', 'PLANNED']],
      ['PLANNED', ['PLANNED']],
      ['FLOWN', ['FLOWN', 'BUILT']],
    ]);
    const { rockets } = await space.gql('{ rockets(filter: { phase: { eq: BUILT } }) { totalCount } }');
    expect(rockets.totalCount).toBe(1);
    for (const field of [phase, tags]) await change(field, field.options);
  });

  test('options are added at any place, and stand in their order in psql', async () => {
    const [planned, built, flown] = phase.options;
    const changed = await change(phase, [
      option('IDEA', 0),
      { ...planned, position: 1 },
      option('TESTED', 3),
      { ...built, position: 2 },
      { ...flown, position: 4 },
    ]);
    expect(changed.options).toHaveLength(5);
    const [{ values }] = await space.sql('select enum_range(null::rockets_phase)::text as values');
    expect(values).toBe('{IDEA,PLANNED,BUILT,TESTED,FLOWN}');
    await space.gql('mutation { createRocket(data: { phase: IDEA }) { id } }');
    phase = changed;
  });

  test('a removed option becomes the default, or nothing; lists lose it', async () => {
    const without = (field: any, ...values: string[]) =>
      field.options
        .filter(({ value }: any) => !values.includes(value))
        .map((each: any, position: number) => ({ ...each, position }));
    await change(tags, without(tags, 'PLANNED'));
    await change(phase, without(phase, 'IDEA'));
    expect(await stored()).toEqual([
      ['PLANNED', ['BUILT']],
      ['BUILT', ['BUILT']],
      ['FLOWN', ['FLOWN']],
      [null, null],
    ]);
    const changed = await change(phase, without(phase, 'IDEA', 'FLOWN'), { defaultValue: "'BUILT'" });
    expect((await stored()).map(([phase]) => phase)).toEqual(['PLANNED', 'BUILT', 'BUILT', null]);
    phase = changed;
  });

  test('a default follows the option that it names, and goes with it', async () => {
    const built = phase.options.find(({ value }: any) => value === 'BUILT');
    const others = phase.options.filter(({ value }: any) => value !== 'BUILT');
    expect(await change(phase, [...others, { ...built, value: 'MADE' }])).toMatchObject({ defaultValue: "'MADE'" });
    expect((await space.gql('mutation { createRocket(data: {}) { phase } }')).createRocket.phase).toBe('MADE');
    expect(await change(phase, others)).toMatchObject({ defaultValue: null });
  });
});
