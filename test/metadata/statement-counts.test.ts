/** How many statements a change of the model or of a role sends: each waits for the one before. */

import { expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { statementsOfChange } from '../statements.ts';
import { CREATE_FIELD, objectNamed } from './asking.ts';

// Both are counted with `begin` and `commit`.
const MOST_FOR_A_FIELD = 10;
const MOST_FOR_A_ROLE = 14;

test('createOneField', async () => {
  const space = await workspace();
  const { id } = await objectNamed(space, 'company');
  const field = { objectMetadataId: id, name: 'crest', label: 'Crest', type: 'TEXT' };
  const sent = await statementsOfChange([space.id, space.schema], () => space.metadata(CREATE_FIELD, { field }));
  expect(sent.length, shown(sent)).toBeLessThanOrEqual(MOST_FOR_A_FIELD);
});

test('createOneRole', async () => {
  const space = await workspace();
  const sent = await statementsOfChange([space.id, space.schema], () =>
    space.rest('POST', '/rest/metadata/roles', { label: 'Pilot' }),
  );
  expect(sent.length, shown(sent)).toBeLessThanOrEqual(MOST_FOR_A_ROLE);
});

/** Numbered, the beginning of each. */
function shown(sent: readonly string[]): string {
  return sent.map((text, i) => `${i + 1}. ${text.replace(/\s+/g, ' ').slice(0, 150)}`).join('\n');
}
