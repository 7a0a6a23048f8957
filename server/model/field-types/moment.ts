/** Dates and times as clients write them. */

import { isText } from './checks.ts';
import { oneOf, settingsOf } from './defaults.ts';

// ISO 8601, leniently: a day alone, one digit for two, a space instead of T, no time zone. Never a month or a year alone:
// whoever means its first day must say so. Postgres has no year 0.
const WRITTEN = /^(?!0000)(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](.*))?$/i;

/**
 * The moment that a text names. Without a time zone it is in UTC, whatever zone the server is in. Null for any other
 * text, for days that do not exist (`Date` would read February 30 as March 2), and for moments that UTC has in a year
 * before 1 or after 9999.
 */
export function momentOf(value: unknown): Date | null {
  const moment = read(value)?.moment;
  return moment && moment.getUTCFullYear() >= 1 && moment.getUTCFullYear() <= 9999 ? moment : null;
}

/** The day as it is written, YYYY-MM-DD, whatever time zone follows; null for what is not a date. */
export function dayOf(value: unknown): string | null {
  return read(value)?.day ?? null;
}

function read(value: unknown): { readonly day: string; readonly moment: Date } | null {
  const [, year, month = '', date = '', time = '00:00'] = (isText(value) && WRITTEN.exec(value.trim())) || [];
  if (year === undefined) return null;
  const day = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  const hasZone = /(?:z|[+-]\d{2}(?::?\d{2})?)$/i.test(time);
  const zoned = time.replace(/([+-]\d{2})(\d{2})?$/, (_, hours, minutes) => `${hours}:${minutes ?? '00'}`);
  const moment = new Date(`${day}T${zoned}${hasZone ? '' : 'Z'}`);
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(date) > lastDay || Number.isNaN(moment.getTime()) ? null : { day, moment };
}

export const checkDateSettings = settingsOf({ displayFormat: oneOf('RELATIVE', 'USER_SETTINGS', 'CUSTOM') });
