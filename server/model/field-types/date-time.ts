/** A moment in time. Contract: core.md 2.6, 2.22. */

import { mistakesIf, shown } from './checks.ts';
import { quotedDefault } from './defaults.ts';
import type { FieldType } from './field-type.ts';
import { checkDateSettings, momentOf } from './moment.ts';

const check: FieldType['check'] = (value) =>
  mistakesIf(momentOf(value) === null, `must be a date and time in ISO 8601, not ${shown(value)}`);

export const dateTime: FieldType = {
  type: 'DATE_TIME',
  composite: null,
  parts: [
    { name: null, suffix: null, sql: 'timestamptz', scalar: 'DateTime', isUniqueKey: true, aggregates: ['min', 'max'] },
  ],
  inferredFrom: { timestamptz: {}, timestamp: {} },
  creatable: true,
  check,
  checkDefault: quotedDefault(check, '"now" or a quoted date', 'now'),
  checkSettings: checkDateSettings,
  write: (value: string) => ({ value: (momentOf(value) as Date).toISOString() }),
  openapi: () => ({ type: 'string', format: 'date-time' }),
};
