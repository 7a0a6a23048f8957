/**
 * A workspace with an object that has a field of each type, for the tests that go through the contract's tables by
 * type.
 */

import { expect } from 'vitest';
import { workspace } from '../fixture.ts';

const options = ['RED', 'BLUE'].map((value, position) => ({ value, label: value, color: 'blue', position }));

export const FIELDS: [string, string, object?][] = [
  ['title', 'TEXT'],
  ['weight', 'NUMBER'],
  ['seats', 'NUMBER', { settings: { dataType: 'int' } }],
  ['distance', 'NUMBER', { settings: { dataType: 'bigint' } }],
  ['code', 'UUID'],
  ['colour', 'SELECT', { options }],
  [
    'stars',
    'RATING',
    { options: [1, 2, 3].map((n) => ({ value: `RATING_${n}`, label: `${n}`, color: 'blue', position: n })) },
  ],
  ['colours', 'MULTI_SELECT', { options }],
  ['words', 'ARRAY'],
  ['isReady', 'BOOLEAN'],
  ['day', 'DATE'],
  ['moment', 'DATE_TIME'],
  ['extra', 'RAW_JSON'],
  ['price', 'CURRENCY'],
  ['place', 'ADDRESS'],
  ['pilot', 'FULL_NAME'],
  ['mails', 'EMAILS'],
  ['calls', 'PHONES'],
  ['sites', 'LINKS'],
  ['story', 'RICH_TEXT_V2'],
  ['papers', 'FILES', { settings: { maxNumberOfValues: 2 } }],
];

/** Has no records yet. `mass` is a numeric column, which only a person in psql can make. */
export async function crafts() {
  const space = await workspace();
  const object = { nameSingular: 'craft', namePlural: 'crafts', labelSingular: 'Craft', labelPlural: 'Crafts' };
  const made = await space.rest('POST', '/rest/metadata/objects', object);
  for (const [name, type, more] of FIELDS) {
    const field = { objectMetadataId: made.body.id, name, label: name, type, ...more };
    const answer = await space.rest('POST', '/rest/metadata/fields', field);
    expect(answer, `${name} ${JSON.stringify(answer.body)}`).toMatchObject({ status: 201 });
  }
  await space.sql('alter table crafts add column mass numeric');
  return space;
}

export type Space = Awaited<ReturnType<typeof crafts>>;

export async function createCrafts({ gql }: Space, data: readonly object[]): Promise<string[]> {
  const { createCrafts } = await gql('mutation ($data: [CraftCreateInput!]!) { createCrafts(data: $data) { id } }', {
    data,
  });
  return createCrafts.map(({ id }: { id: string }) => id);
}
