/**
 * Values that break servers: odd texts, numbers and dates at the edges, names of prototypes, deep and duplicate JSON.
 */

import type { Dice } from './dice.ts';

/** JSON text that `JSON.stringify` would not write: `1e400`, `-0`, duplicate keys. `toJson` inserts it as it is. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A name in GraphQL: a member of an enum. In JSON it is a text. */
export class Name {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  toJSON(): string {
    return this.name;
  }
}

const TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    "'",
    '"',
    '\\',
    '%',
    '_',
    '$1',
    '\0',
    'a\0b',
    '\ufeff',
    '\ufeffx',
    '\ud800',
    'x\udfff',
    '\u202e',
    '\u2028',
  ],
  ...[
    "'; drop table companies; --",
    '" or 1=1 --',
    '*/ select 1 /*',
    '$$',
    '${7*7}',
    '{{7*7}}',
    '%s%n',
    '../../etc/passwd',
  ],
  ...[
    'é'.normalize('NFD'),
    'İ',
    'ß',
    'ﬃ',
    '👩‍👩‍👧‍👦',
    'a'.repeat(64),
    'z̷̢̧'.repeat(50),
    '\r\n',
    '\r\nSet-Cookie: a=b',
    '\x7f',
    '\t',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__typename', '__schema'],
  ...[
    'null',
    'undefined',
    'true',
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '1e400',
    '0x10',
    '[]',
    '{}',
    '[object Object]',
  ],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775809', '1'.repeat(400), `0.${'0'.repeat(400)}1`],
  ...['@inactive', '@name hijack', ' @type JSON', '@behavior -*', 'plinth_', 'ws_x', 'pg_catalog', 'search_vector'],
  ...['NULL', 'NOT_NULL', 'first', 'last', 'eq', 'and', 'id', 'W10=', 'bnVsbA==', 'eyJpZCI6MX0=', '(', ')))', '['],
  ...[
    'http://[',
    'http://127.0.0.1/',
    'https://[::1]/',
    'javascript:alert(1)',
    'https://a@b:c@d/',
    'file:///etc/passwd',
  ],
  ...[
    '00000000-0000-0000-0000-000000000000',
    '{0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f}',
    '0192C8F23C1E7CC398C4DC0C0C07398F',
  ],
  ...['Europe/Paris', 'Etc/GMT+14', 'Mars/Olympus', 'USD', 'usd', 'ZZZ', '+1', '+41446681800', 'x@y', 'x@xn--'],
];

const DATES: readonly string[] = [
  ...[
    '2024-02-30',
    '0000-00-00',
    '0000-01-01',
    '9999-12-31',
    '10000-01-01',
    '99999-01-01T00:00:00Z',
    '-infinity',
    'infinity',
  ],
  ...[
    '2024-01-01T25:61:61Z',
    '2016-12-31T23:59:60Z',
    '2024-01-01T00:00:00+25:00',
    '2024-01-01T00:00:00.123456789Z',
    'now',
  ],
  ...[
    'epoch',
    'allballs',
    '4713-01-01 BC',
    '294276-12-31T23:59:59.999Z',
    '294277-01-01T00:00:00Z',
    '2024-1-1',
    '1',
    'tomorrow',
  ],
];

const NUMBERS: readonly unknown[] = [
  ...[
    0,
    1,
    -1,
    0.5,
    -0.5,
    60,
    61,
    200,
    201,
    1e6,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53,
    2 ** 63,
    1e308,
    5e-324,
  ],
  ...['-0', '1e400', '-1e400', '9223372036854775808', '1E+2', `1${'0'.repeat(400)}`, `0.${'1'.repeat(400)}`].map(
    (text) => new RawJson(text),
  ),
];

const KEYS: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'id', 'name', 'eq', 'in', 'is', 'and', 'or', 'not'],
  ...['connect', 'disconnect', 'where', 'some', 'filter', 'createdAt', 'a b', '0', '\0', '\ud800', 'é'],
];

const LONG: readonly number[] = [300, 5_000, 70_000];
const HUGE = 1_000_000;

export function hostileText(dice: Dice): string {
  if (dice.chance(0.003)) return dice.pick(['x', '😀', '\\"', 'a ']).repeat(HUGE / 2);
  if (dice.chance(0.03)) return dice.pick(['x', 'é', '%', "'", 'a ', '(']).repeat(dice.pick(LONG));
  return dice.chance(0.2) ? dice.pick(DATES) : dice.pick(TEXTS);
}

export function hostileName(dice: Dice): string {
  return dice.pick(KEYS);
}

/** Any JSON, `levels` deep at most, but for the few that are deep on purpose. */
export function hostile(dice: Dice, levels = 3): unknown {
  switch (dice.below(levels > 0 ? 9 : 5)) {
    case 0:
      return dice.pick([null, true, false]);
    case 1:
      return dice.pick(NUMBERS);
    case 2:
    case 3:
    case 4:
      return hostileText(dice);
    case 5:
      return Array.from({ length: dice.pick([0, 1, 2, 61]) }, () => hostile(dice, levels - 2));
    case 6:
    case 7:
      return Object.fromEntries(
        Array.from({ length: dice.below(4) }, () => [hostileName(dice), hostile(dice, levels - 1)]),
      );
    default:
      return dice.chance(0.3) ? deep(dice) : new RawJson('{"eq":1,"eq":[2],"__proto__":{"eq":3},"eq":null}');
  }
}

const DEPTHS: readonly number[] = [40, 150, 1_000, 8_000, 100_000];

function deep(dice: Dice): RawJson {
  const depth = dice.pick(DEPTHS);
  const [open, close] = dice.pick([
    ['[', ']'],
    ['{"and":[', ']}'],
    ['{"not":', '}'],
    ['{"a":', '}'],
  ]) as [string, string];
  return new RawJson(`${open.repeat(depth)}${open.startsWith('{') ? '{}' : ''}${close.repeat(depth)}`);
}

/** The text of any value, raw parts as they are. */
export function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (value !== null && typeof value === 'object' && !(value instanceof Name)) {
    const members = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${toJson(each)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
