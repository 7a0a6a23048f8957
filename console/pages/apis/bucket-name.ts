/** An hour or a day of the usage, as people of the language write it. */

import type { Range } from '../../api/usage.ts';

export function bucketName(start: string, range: Range, language: string): string {
  const style: Intl.DateTimeFormatOptions =
    range === 'day'
      ? { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }
      : { month: 'short', day: 'numeric', weekday: 'short' };
  return new Intl.DateTimeFormat(language, style).format(new Date(start));
}

/** Below the plot there is little room. */
export function shortBucketName(start: string, range: Range, language: string): string {
  const style: Intl.DateTimeFormatOptions =
    range === 'day' ? { hour: 'numeric', minute: '2-digit' } : { month: 'numeric', day: 'numeric' };
  return new Intl.DateTimeFormat(language, style).format(new Date(start));
}
