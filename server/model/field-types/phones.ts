/**
 * Phone numbers, one of them the main one; country and calling code complete each other. Contract: core.md 2.7, 2.22.
 */

import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import { checkParts, listOf, textOnly } from './checks.ts';
import { compositeDefault, MAX_VALUES } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';
import { distinct } from './lists.ts';

const parts: readonly Part[] = [
  {
    name: 'primaryPhoneNumber',
    suffix: 'primary_phone_number',
    sql: 'text',
    scalar: 'String',
    empty: '',
    isUniqueKey: true,
  },
  {
    name: 'primaryPhoneCountryCode',
    suffix: 'primary_phone_country_code',
    sql: 'text',
    scalar: 'String',
    empty: '',
    isQualifier: true,
  },
  {
    name: 'primaryPhoneCallingCode',
    suffix: 'primary_phone_calling_code',
    sql: 'text',
    scalar: 'String',
    empty: '',
    isQualifier: true,
  },
  { name: 'additionalPhones', suffix: 'additional_phones', sql: 'jsonb', scalar: 'JSON', empty: '[]' },
];

type Phone = { number?: string | null; countryCode?: string | null; callingCode?: string | null };
type Phones = {
  primaryPhoneNumber?: string | null;
  primaryPhoneCountryCode?: string | null;
  primaryPhoneCallingCode?: string | null;
  additionalPhones?: Phone[] | null;
};

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'additionalPhones' ? listOf(name, ['number', 'countryCode', 'callingCode'], each) : textOnly(name, each),
  );

export const phones: FieldType = {
  type: 'PHONES',
  composite: 'Phones',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  checkSettings: MAX_VALUES,
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
  combine(values: readonly Phones[]) {
    const primaries = values.map(
      ({
        primaryPhoneNumber: number,
        primaryPhoneCountryCode: countryCode,
        primaryPhoneCallingCode: callingCode,
      }): Phone => ({
        number,
        countryCode,
        callingCode,
      }),
    );
    const primary = primaries.find(({ number }) => number);
    const all = values.flatMap(({ additionalPhones }, i) => [primaries[i] as Phone, ...(additionalPhones ?? [])]);
    const phones = distinct([...(primary ? [primary] : []), ...all], ({ number, callingCode }) =>
      number ? `${callingCode ?? ''} ${number}` : null,
    );
    return {
      primaryPhoneNumber: primary?.number ?? null,
      primaryPhoneCountryCode: (primary ?? primaries[0])?.countryCode ?? null,
      primaryPhoneCallingCode: (primary ?? primaries[0])?.callingCode ?? null,
      additionalPhones: phones.filter((phone) => phone.number && phone !== primary),
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

/**
 * `+33612345678`, or `06 12 34 56 78` of FR, → number 612345678, country FR, calling code +33. What isn't understood
 * stays as it was given.
 */
function complete(phone: Phone): Phone {
  const code = phone.countryCode?.trim().toUpperCase() ?? '';
  const country = isSupportedCountry(code) ? (code as CountryCode) : undefined;
  const calling = phone.callingCode?.replace(/[^\d]/g, '') ?? '';
  const written = phone.number?.trim() ?? '';
  const isWhole = written.startsWith('+') || country !== undefined || calling === '';
  const parsed = parsePhoneNumberFromString(isWhole ? written : `+${calling}${written}`, country);
  if (parsed?.isPossible()) {
    return {
      ...phone,
      number: parsed.nationalNumber,
      countryCode: code || parsed.country || '',
      callingCode: `+${parsed.countryCallingCode}`,
    };
  }
  const callingCode = calling ? `+${calling}` : country ? `+${getCountryCallingCode(country)}` : '';
  return { ...phone, countryCode: code, callingCode };
}
