/** A text. Contract: core.md 2.6, 2.22. */

import { isText, mistakesIf, shown } from './checks.ts';
import { quotedDefault, settingsOf, wholeNumber } from './defaults.ts';
import { asGiven, type FieldType } from './field-type.ts';

const check: FieldType['check'] = (value) => mistakesIf(!isText(value), `must be a text, not ${shown(value)}`);

export const text: FieldType = {
  type: 'TEXT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'text', scalar: 'String', empty: '', isUniqueKey: true }],
  inferredFrom: { text: {}, varchar: {}, citext: {}, bpchar: {} },
  creatable: true,
  canLabel: true,
  check,
  checkDefault: quotedDefault(check, 'as quoted string'),
  checkSettings: settingsOf({ displayedMaxRows: wholeNumber(0) }),
  write: asGiven,
  openapi: () => ({ type: 'string' }),
};
