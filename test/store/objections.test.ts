/** What records say against a change: one sentence, by what PostgreSQL was doing when it refused. */

import { expect, test } from 'vitest';
import { objectionOf } from '../../server/store/objections.ts';

test.each([
  ['validate', 'records break a rule'],
  ['require', 'records have no value where one is required'],
] as const)('a check that fails in a job that has to %s', (kind, objection) => {
  expect(objectionOf('23514', kind)).toBe(objection);
});

test('an error that is not about records is tried again', () => {
  expect(objectionOf('55P03', 'validate')).toBeNull();
});
