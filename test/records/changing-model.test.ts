/** Records are read while the model changes again and again, with no pause. */

import { expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

const CHANGES = 40;

test('requests are answered between two changes, not only after the last', { timeout: 120_000 }, async () => {
  const space = await workspace();
  const { createOneObject } = await space.metadata(`mutation {
    createOneObject(input: { object: { nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id }
  }`);
  let changes = 0;
  const readers = Array.from({ length: 3 }, async () => {
    const answered: number[] = [];
    while (changes < CHANGES) {
      await space.gql('{ rockets(first: 1) { edges { node { id } } } }');
      answered.push(changes);
    }
    return answered;
  });
  for (; changes < CHANGES; changes++)
    await space.metadata('mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }', {
      field: { objectMetadataId: createOneObject.id, type: 'TEXT', name: `motto${changes}`, label: `Motto ${changes}` },
    });
  for (const answered of await Promise.all(readers)) {
    expect(new Set(answered.filter((at) => at > 0 && at < CHANGES)).size).toBeGreaterThan(3);
  }
});
