/** Dates and times as clients write them. */

import { isText } from './checks.ts';
import { oneOf, settingsOf } from './defaults.ts';

// ISO 8601, leniently: a day alone, a space instead of T, no time zone. Postgres has no year 0.
const MOMENT = /^(?!0000)(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](.*))?)?)?$/i;

/**
 * The moment that a text names. Without a time zone it is in UTC, whatever zone the server is in. Null for any other
 * text, and for days that do not exist: `Date` would read February 30 as March 2.
 */
export function momentOf(value: unknown): Date | null {
  const [, year, month = '1', day = '1', time = '00:00'] = (isText(value) && MOMENT.exec(value.trim())) || [];
  if (year === undefined) return null;
  const hasZone = /(?:z|[+-]\d{2}(?::?\d{2})?)$/i.test(time);
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const moment = new Date(
    `${date}T${time.replace(/([+-]\d{2})(\d{2})?$/, (_, h, m) => `${h}:${m ?? '00'}`)}${hasZone ? '' : 'Z'}`,
  );
  return Number(day) > lastDay || Number.isNaN(moment.getTime()) ? null : moment;
}

export const checkDateSettings = settingsOf({ displayFormat: oneOf('RELATIVE', 'USER_SETTINGS', 'CUSTOM') });
