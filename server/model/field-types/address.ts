/** A postal address, with its place on the map. Contract: core.md 2.7. */

import { checkParts, isNumeric, mistakesIf, shown, textOnly } from './checks.ts';
import { compositeDefault, settingsOf } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';

const lines = ['Street1', 'Street2', 'City', 'Postcode', 'State', 'Country'];

const parts: readonly Part[] = [
  ...lines.map(
    (line): Part => ({
      name: `address${line}`,
      suffix: `address_${line.toLowerCase()}`,
      sql: 'text',
      scalar: 'String',
      empty: '',
    }),
  ),
  { name: 'addressLat', suffix: 'address_lat', sql: 'double precision', scalar: 'BigFloat' },
  { name: 'addressLng', suffix: 'address_lng', sql: 'double precision', scalar: 'BigFloat' },
];

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'addressLat' || name === 'addressLng'
      ? mistakesIf(!isNumeric(each), `${name} must be a number, not ${shown(each)}`)
      : textOnly(name, each),
  );

export const address: FieldType = {
  type: 'ADDRESS',
  composite: 'Address',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  checkSettings: settingsOf({
    subFields: (value) =>
      mistakesIf(
        !Array.isArray(value) || !value.every((each) => parts.some(({ name }) => name === each)),
        `must be a list of ${parts.map(({ name }) => name).join(', ')}`,
      ),
  }),
  write: (value) => value,
  openapi: () => ({
    type: 'object',
    properties: Object.fromEntries(
      parts.map(({ name, scalar }) => [name, { type: scalar === 'String' ? 'string' : 'number' }]),
    ),
  }),
};
