/** Time zones, as requests name them. */

import { refuse } from '../errors.ts';

/**
 * Offsets are no zones: Postgres counts `+02:00` westward, and a zone's summer would be lost.
 * @throws PlinthError INVALID_TIMEZONE
 */
export function checkedZone(zone: string): string {
  try {
    if (/^[a-z]/i.test(zone)) {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return zone;
    }
  } catch {
    // A name that isn't known: refused below, as an offset is.
  }
  throw refuse('INVALID_TIMEZONE', `Time zone '${zone}' is unknown; use an IANA name such as Europe/Paris`);
}
