/** JSON whose numbers keep all their digits: JavaScript's own numbers have fifteen. */

// Only numbers that are as long as this, or have an exponent, may be others in JavaScript.
// Minus zero is written as zero.
const LONG_NUMBER = /\d{16}|\d\.\d{15}|\d[eE]|-0(?![.\d]*\d)/;

/**
 * The value of a JSON text; numbers that JavaScript would change are `JSON.rawJSON`, which `JSON.stringify` writes as
 * they were.
 */
export function parsedExactly(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, ((_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== undefined && !isSame(value, source) ? rawJson(source) : value) as never);
}

/** Does JavaScript write the number as the text has it, the exponent and zeros aside? */
function isSame(value: number, source: string): boolean {
  return digitsOf(String(value)) === digitsOf(source);
}

/** `-1.50e3` → `-15 4`: the digits that count, and the place of the point after the first of them. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const place = whole.length - (all.length - digits.length) + Number(exponent);
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? `${sign}0` : `${sign}${significant} ${place}`;
}

/** A number that JavaScript would change. */
export function isRaw(value: unknown): value is { readonly rawJSON: string } {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

function rawJson(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}
