/** A day of the calendar. Contract: core.md 2.6, 2.22. */

import { mistakesIf, shown } from './checks.ts';
import { quotedDefault } from './defaults.ts';
import type { FieldType } from './field-type.ts';
import { checkDateSettings, dayOf } from './moment.ts';

const check: FieldType['check'] = (value) =>
  mistakesIf(dayOf(value) === null, `must be a date, YYYY-MM-DD, not ${shown(value)}`);

export const date: FieldType = {
  type: 'DATE',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'date', scalar: 'Date', isUniqueKey: true, aggregates: ['min', 'max'] }],
  inferredFrom: { date: {} },
  creatable: true,
  check,
  checkDefault: quotedDefault(check, '"now" or a quoted date', 'now'),
  checkSettings: checkDateSettings,
  write: (value: string) => ({ value: dayOf(value) }),
  openapi: () => ({ type: 'string', format: 'date' }),
};
