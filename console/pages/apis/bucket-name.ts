/** Formats the hour or day of a usage bucket. */

import type { Range } from '../../api/usage.ts';

export function bucketName(start: string, range: Range, language: string): string {
  const style: Intl.DateTimeFormatOptions =
    range === 'day'
      ? { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }
      : { month: 'short', day: 'numeric', weekday: 'short' };
  return new Intl.DateTimeFormat(language, style).format(new Date(start));
}

/** For the axis of the chart, where space is limited. */
export function shortBucketName(start: string, range: Range, language: string): string {
  const style: Intl.DateTimeFormatOptions =
    range === 'day' ? { hour: 'numeric', minute: '2-digit' } : { month: 'numeric', day: 'numeric' };
  return new Intl.DateTimeFormat(language, style).format(new Date(start));
}
