/** Times in the format of `<input type="datetime-local">`. */

const MINUTE_MS = 60_000;

/** `2026-01-31T09:30`, in the time zone of the browser. */
export function localTime(at: number | string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}
