/**
 * A stream of bytes as the records that it holds: lines of NDJSON, or of CSV, where a quoted cell may hold line breaks.
 */

import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';

/** One record's bytes, still unparsed. */
export type Frame = {
  /** The first and the last line that it stands on, from 1. */
  readonly line: number;
  readonly lastLine: number;
  /** Without its line break; null where there is a `mistake`. */
  readonly text: string | null;
  readonly mistake: string | null;
  /** Of all bytes up to the end of this record. */
  readonly digest: () => string;
};

// A record of more than this is refused rather than held in memory.
export const MAX_FRAME_BYTES = 1_048_576;

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Where a reader of CSV stands in a cell:
 *
 *   START ──"──▶ QUOTED ◀──"──▶ CLOSED       a quote opens a cell at its start only; two in a row are one that belongs to it
 *     └────────▶ PLAIN  ◀───────┘            a delimiter, or outside of QUOTED a line break, leads back to START
 */
type State = 'START' | 'PLAIN' | 'QUOTED' | 'CLOSED';

/** What may stand between the cells of a file; one alone, once its first line has been read. */
export type Delimiters = { bytes: readonly number[] };

/** @param delimiters of CSV, in which line breaks within quotes belong to the record; null for lines */
export async function* framesOf(source: AsyncIterable<Buffer>, delimiters: Delimiters | null): AsyncGenerator<Frame> {
  const isCsv = delimiters !== null;
  const hash = createHash('sha256');
  let state: State = isCsv ? 'START' : 'PLAIN';
  let pieces: Buffer[] = [];
  let size = 0;
  let line = 1;
  let lineBreaks = 0;
  let isAfterReturn = false;

  function take(piece: Buffer): void {
    hash.update(piece);
    size += piece.length;
    if (size <= MAX_FRAME_BYTES) pieces.push(piece);
    else pieces = [];
  }

  function finish(): Frame {
    const { text, mistake } = size > MAX_FRAME_BYTES ? TOO_LONG : decoded(pieces, line === 1);
    const frame = { line, lastLine: line + Math.max(lineBreaks - 1, 0), text, mistake, digest: digestOf(hash.copy()) };
    line += lineBreaks;
    lineBreaks = 0;
    pieces = [];
    size = 0;
    if (isCsv) state = 'START';
    return frame;
  }

  for await (const chunk of source) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isAfterReturn && byte !== NEWLINE) {
        // A line that ends with a carriage return alone, as some spreadsheets write it.
        lineBreaks++;
        take(chunk.subarray(from, at));
        from = at;
        yield finish();
      }
      isAfterReturn = isCsv && byte === RETURN && state !== 'QUOTED';
      if (byte === NEWLINE) {
        lineBreaks++;
        // A quote that is never closed must not swallow the rest: what is too long for a record ends with the line.
        if (state === 'QUOTED' && size + at - from < MAX_FRAME_BYTES) continue;
        take(chunk.subarray(from, at + 1));
        from = at + 1;
        yield finish();
      } else if (!isCsv) {
        const next = chunk.indexOf(NEWLINE, at);
        at = (next < 0 ? chunk.length : next) - 1;
      } else state = after(state, byte as number, delimiters.bytes);
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (size > 0) {
    lineBreaks++;
    yield finish();
  }
}

function after(state: State, byte: number, delimiters: readonly number[]): State {
  if (state === 'QUOTED') return byte === QUOTE ? 'CLOSED' : 'QUOTED';
  if (delimiters.includes(byte)) return 'START';
  if (byte === QUOTE && state !== 'PLAIN') return 'QUOTED';
  // What follows a closing quote, the carriage return before a line break aside, is a mistake for the parser to tell.
  return 'PLAIN';
}

type Decoded = Pick<Frame, 'text' | 'mistake'>;

const TOO_LONG: Decoded = {
  text: null,
  mistake: `The record is longer than ${MAX_FRAME_BYTES} bytes, or a quote in it is never closed`,
};

function decoded(pieces: readonly Buffer[], isFirst: boolean): Decoded {
  const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  if (!isUtf8(bytes)) return { text: null, mistake: 'The record is not in UTF-8' };
  const text = bytes.toString('utf8').replace(/(?:\r\n|\n|\r)$/, '');
  return { text: isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text, mistake: null };
}

/** Taken when it is asked for: most records are never asked. */
function digestOf(hash: Hash): () => string {
  let digest: string | undefined;
  return () => {
    digest ??= hash.digest('base64');
    return digest;
  };
}
