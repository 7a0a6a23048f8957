/**
 * Phone numbers, one of them the main one; country and calling code complete each other. Contract: core.md 2.7, 2.22.
 */

import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';
import { checkParts, listOf, mistakesIf, shown, textOnly } from './checks.ts';
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

const check: FieldType['check'] = (value) => {
  const mistakes = checkParts(value, parts, (name, each) =>
    name === 'additionalPhones' ? listOf(name, ['number', 'countryCode', 'callingCode'], each) : textOnly(name, each),
  );
  if (mistakes.length > 0) return mistakes;
  const { additionalPhones, ...primary } = value as Phones;
  return [primaryOf(primary), ...(additionalPhones ?? [])].flatMap(phoneMistakes);
};

const CALLING_CODES: ReadonlySet<string> = new Set(getCountries().map((country) => getCountryCallingCode(country)));

// Of a number without a country nobody knows how long it is.
const NATIONAL = /^[\d\s().\-/*#]*\d[\d\s().\-/*#]*$/;

/** What contradicts itself, or is no phone number. libphonenumber-js decides. */
function phoneMistakes(phone: Phone): string[] {
  const { number, code, country, calling } = read(phone);
  if (code !== '' && country === undefined) return [`${shown(code)} is not the code of a country, such as US`];
  if (calling !== '' && !CALLING_CODES.has(calling)) return [`"+${calling}" is not a calling code, such as +1`];
  if (country !== undefined && calling !== '' && getCountryCallingCode(country) !== calling)
    return [`the calling code of ${country} is +${getCountryCallingCode(country)}, not +${calling}`];
  if (number === '') return [];
  const known = country === undefined ? calling : getCountryCallingCode(country);
  if (known === '' && !number.startsWith('+'))
    return mistakesIf(!NATIONAL.test(number), `${shown(number)} is not a phone number`);
  const parsed = parse(phone);
  if (!parsed?.isPossible()) return [`${shown(number)} is not a phone number`];
  return mistakesIf(
    known !== '' && parsed.countryCallingCode !== known,
    `${shown(number)} begins with another calling code than +${known}`,
  );
}

export const phones: FieldType = {
  type: 'PHONES',
  composite: 'Phones',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  checkSettings: MAX_VALUES,
  write: (value: Phones) => {
    const given = value.primaryPhoneNumber ? complete(primaryOf(value)) : null;
    return {
      ...value,
      ...(given && { primaryPhoneNumber: given.number }),
      ...(given?.countryCode && { primaryPhoneCountryCode: given.countryCode }),
      ...(given?.callingCode && { primaryPhoneCallingCode: given.callingCode }),
      ...(value.additionalPhones && {
        additionalPhones: distinct(value.additionalPhones.map(complete), ({ number, callingCode }) =>
          JSON.stringify([callingCode, number]),
        ),
      }),
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

function primaryOf(value: Phones): Phone {
  return {
    number: value.primaryPhoneNumber,
    countryCode: value.primaryPhoneCountryCode,
    callingCode: value.primaryPhoneCallingCode,
  };
}

/** A phone as it is meant: codes without spaces and signs. */
function read({ number, countryCode, callingCode }: Phone) {
  const code = countryCode?.trim().toUpperCase() ?? '';
  return {
    number: number?.trim() ?? '',
    code,
    country: isSupportedCountry(code) ? (code as CountryCode) : undefined,
    calling: callingCode?.replace(/[^\d]/g, '') ?? '',
  };
}

function parse(phone: Phone) {
  const { number, country, calling } = read(phone);
  const isWhole = number.startsWith('+') || country !== undefined || calling === '';
  return parsePhoneNumberFromString(isWhole ? number : `+${calling}${number}`, country);
}

/**
 * `+33612345678`, or `06 12 34 56 78` of FR, → number 612345678, country FR, calling code +33. A number without a
 * country stays as it was given.
 */
function complete(phone: Phone): Phone {
  const { code, country, calling } = read(phone);
  const parsed = parse(phone);
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
