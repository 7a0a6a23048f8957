/** A file comes in pieces of any size; its records and their lines are the same. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framesOf, MAX_FRAME_BYTES } from '../../../server/rest/transfer/frames.ts';

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let i = 0; from < bytes.length; i++) {
    const size = sizes.length > 0 ? (sizes[i % sizes.length] as number) : bytes.length;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

async function framesIn(file: string | Buffer, isCsv: boolean, sizes: readonly number[] = []) {
  const frames = await Array.fromAsync(
    framesOf(inPieces(Buffer.from(file as string), sizes), isCsv ? { bytes: [0x2c] } : null),
  );
  return frames.map(({ digest, ...frame }) => ({ ...frame, digest: digest() }));
}

/** `[first line, last line, text or mistake]` of each record. */
async function read(file: string | Buffer, isCsv: boolean) {
  return (await framesIn(file, isCsv)).map(({ line, lastLine, text, mistake }) => [line, lastLine, text ?? mistake]);
}

const tooLong = expect.stringContaining('longer than');
const long = 'x'.repeat(MAX_FRAME_BYTES);

describe('NDJSON', () => {
  test.each<[string, string | Buffer, unknown[]]>([
    ['nothing', '', []],
    ['one line without its break', 'a', [[1, 1, 'a']]],
    [
      'breaks of both kinds',
      'a\r\nb\nc',
      [
        [1, 1, 'a'],
        [2, 2, 'b'],
        [3, 3, 'c'],
      ],
    ],
    [
      'empty lines',
      '\n\na\n',
      [
        [1, 1, ''],
        [2, 2, ''],
        [3, 3, 'a'],
      ],
    ],
    [
      'quotes, which mean nothing',
      '"a\n"b\n',
      [
        [1, 1, '"a'],
        [2, 2, '"b'],
      ],
    ],
    [
      'a byte order mark',
      '\ufeffa\n\ufeffb',
      [
        [1, 1, 'a'],
        [2, 2, '\ufeffb'],
      ],
    ],
    [
      'a line too long, and the next',
      `a\n${long}y\nb\n`,
      [
        [1, 1, 'a'],
        [2, 2, tooLong],
        [3, 3, 'b'],
      ],
    ],
    [
      'what is no UTF-8',
      Buffer.from([0x61, 0xe9, 0x0a, 0x62]),
      [
        [1, 1, 'The record is not in UTF-8'],
        [2, 2, 'b'],
      ],
    ],
  ])('%s', async (_name, file, expected) => {
    expect(await read(file, false)).toEqual(expected);
  });
});

describe('CSV', () => {
  test.each<[string, string, unknown[]]>([
    [
      'breaks within quotes',
      'a,"b\r\nc\n"\r\nd',
      [
        [1, 3, 'a,"b\r\nc\n"'],
        [4, 4, 'd'],
      ],
    ],
    [
      'quotes within quotes',
      '"a""\n""b"\nc',
      [
        [1, 2, '"a""\n""b"'],
        [3, 3, 'c'],
      ],
    ],
    [
      'a quote within a plain cell',
      '5" pipe,x\ny',
      [
        [1, 1, '5" pipe,x'],
        [2, 2, 'y'],
      ],
    ],
    [
      'something after a closing quote',
      '"a"b,"\n"\nc',
      [
        [1, 2, '"a"b,"\n"'],
        [3, 3, 'c'],
      ],
    ],
    [
      'commas within quotes',
      '",",\n",\n",\n',
      [
        [1, 1, '",",'],
        [2, 3, '",\n",'],
      ],
    ],
    [
      'a quote that is never closed',
      'a\n"b\nc',
      [
        [1, 1, 'a'],
        [2, 3, '"b\nc'],
      ],
    ],
    [
      'the same in a file that goes on',
      `a\n"b\n${long}\nc\nd`,
      [
        [1, 1, 'a'],
        [2, 3, tooLong],
        [4, 4, 'c'],
        [5, 5, 'd'],
      ],
    ],
  ])('%s', async (_name, file, expected) => {
    expect(await read(file, true)).toEqual(expected);
  });
});

test('pieces of any size give the same', async () => {
  const file = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '🚀'), maxLength: 60 });
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(file, fc.boolean(), sizes, async (text, isCsv, each) => {
      const whole = await framesIn(text, isCsv);
      expect(await framesIn(text, isCsv, each)).toEqual(whole);
      expect(new Set(whole.map(({ digest }) => digest)).size).toBe(whole.length);
    }),
    { numRuns: 300 },
  );
});
