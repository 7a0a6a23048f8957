/** Phone numbers, one of them the main one; country and calling code complete each other. Contract: core.md 2.7, 2.22. */

import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import { checkParts, isPlainObject, mistakesIf, shown, textOnly } from './checks.ts';
import type { FieldType, Part } from './field-type.ts';

const parts: readonly Part[] = [
  {
    name: 'primaryPhoneNumber',
    suffix: 'primary_phone_number',
    sql: 'text',
    scalar: 'String',
    empty: '',
    isUniqueKey: true,
  },
  { name: 'primaryPhoneCountryCode', suffix: 'primary_phone_country_code', sql: 'text', scalar: 'String', empty: '' },
  { name: 'primaryPhoneCallingCode', suffix: 'primary_phone_calling_code', sql: 'text', scalar: 'String', empty: '' },
  { name: 'additionalPhones', suffix: 'additional_phones', sql: 'jsonb', scalar: 'JSON', empty: '[]' },
];

type Phone = { number?: string | null; countryCode?: string | null; callingCode?: string | null };
type Phones = {
  primaryPhoneNumber?: string | null;
  primaryPhoneCountryCode?: string | null;
  primaryPhoneCallingCode?: string | null;
  additionalPhones?: Phone[] | null;
};

export const phones: FieldType = {
  type: 'PHONES',
  composite: 'Phones',
  parts,
  creatable: true,
  check: (value) =>
    checkParts(value, parts, (name, each) =>
      name === 'additionalPhones'
        ? mistakesIf(
            !Array.isArray(each) || !each.every(isPlainObject),
            `additionalPhones must be a list of { number, countryCode, callingCode }, not ${shown(each)}`,
          )
        : textOnly(name, each),
    ),
  write: (value: Phones) => {
    const given = value.primaryPhoneNumber
      ? complete({
          number: value.primaryPhoneNumber,
          countryCode: value.primaryPhoneCountryCode,
          callingCode: value.primaryPhoneCallingCode,
        })
      : null;
    return {
      ...value,
      ...(given && { primaryPhoneNumber: given.number }),
      ...(given?.countryCode && { primaryPhoneCountryCode: given.countryCode }),
      ...(given?.callingCode && { primaryPhoneCallingCode: given.callingCode }),
      ...(value.additionalPhones && { additionalPhones: value.additionalPhones.map(complete) }),
    };
  },
  openapi: () => ({
    type: 'object',
    properties: {
      primaryPhoneNumber: { type: 'string' },
      primaryPhoneCountryCode: { type: 'string' },
      primaryPhoneCallingCode: { type: 'string' },
      additionalPhones: {
        type: 'array',
        items: {
          type: 'object',
          properties: { number: { type: 'string' }, countryCode: { type: 'string' }, callingCode: { type: 'string' } },
        },
      },
    },
  }),
};

/** `+33612345678` → number 612345678, country FR, calling code +33. What isn't understood stays as it was given. */
function complete(phone: Phone): Phone {
  const country =
    phone.countryCode && isSupportedCountry(phone.countryCode) ? (phone.countryCode as CountryCode) : undefined;
  const written = phone.number ?? '';
  const parsed = written.startsWith('+') ? parsePhoneNumberFromString(written, country) : undefined;
  if (parsed) {
    return {
      ...phone,
      number: parsed.nationalNumber,
      countryCode: phone.countryCode || parsed.country || '',
      callingCode: `+${parsed.countryCallingCode}`,
    };
  }
  return {
    ...phone,
    callingCode: phone.callingCode || (country ? `+${getCountryCallingCode(country)}` : (phone.callingCode ?? '')),
  };
}
