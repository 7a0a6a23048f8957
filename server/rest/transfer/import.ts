/**
 * A file of any size into records: read as a stream, written in batches by the mutation that creates many, with lines
 * of NDJSON in answer while it goes on:
 *
 *   { event: 'started', import, line }                          line: the last one that is done with from before
 *   { event: 'refused', line, message }                         a record that isn't written; at most MAX_TOLD of these
 *   { event: 'progress', line, created, updated, refused }      after each batch, all counted from the start of the file
 *   { event: 'done', … the same, untold }   or   { event: 'failed', … the same, message }
 *
 * A batch commits together with how far the import is (`import-state.ts`). So the same file sent again goes on after
 * the last batch that is there, whatever cut it off.
 */

import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Database } from '../../../db/pool.ts';
import { PlinthError, refuse, shown } from '../../errors.ts';
import { unavailable } from '../../graphql/wire-errors.ts';
import { isUuid } from '../../model/field-types/checks.ts';
import type { Alongside } from '../../records/alongside.ts';
import type { Written } from '../../records/write.ts';
import { restError } from '../envelope.ts';
import type { Resource } from '../vocabulary.ts';
import { DELIMITERS, headerOf, recordOf, statedDelimiter } from './csv.ts';
import { type Delimiters, type Frame, framesOf } from './frames.ts';
import {
  advanceImport,
  findImport,
  finishImport,
  type ImportKey,
  type ImportState,
  openImport,
} from './import-state.ts';
import { lineReader } from './ndjson.ts';

type Input = Readonly<Record<string, unknown>>;

/** What is written with a batch, and told of it. */
type BatchNote = { readonly alongside: Alongside; readonly onWritten: (written: Written) => void };

type Import = {
  readonly workspaceId: string;
  readonly resource: Resource;
  /** Is no other workspace asking for anything? */
  readonly isAlone: () => boolean;
  /** Creates or upserts records, all or none. @returns why none was written, in as many errors as there are */
  readonly write: (records: readonly Input[], note: BatchNote) => Promise<readonly Error[]>;
};

// Measured with companies: batches of 60 take 1.5 times the processor's time for each record, those of 1,000 hardly
// less. One of 500 keeps the event loop busy for some 40 ms, though, so that it is smaller while others are waiting for
// that.
const BATCH = 500;
const CONSIDERATE_BATCH = 100;

// How long a client may send nothing and take nothing, while a batch is written too.
const STALLED_AFTER_MS = 60_000;

// Records may be long: a batch ends here too, so that memory doesn't grow with them.
const MAX_BATCH_CHARACTERS = 4_000_000;

// Refused records that the answer names one by one; the counts go on.
const MAX_TOLD = 1_000;

// A batch is tried again without the records that were refused so often; then its halves are, each by itself, so that a
// file of nothing but mistakes costs some dozens of attempts a record less.
const MAX_ROUNDS = 10;

const NDJSON = 'application/x-ndjson';

/** A record of the file; with a mistake it isn't written. */
type Row = Pick<Frame, 'line' | 'lastLine' | 'digest'> & { readonly record: Input; mistake: string | null };

export async function receiveImport(
  database: Database,
  request: Request,
  response: Response,
  { workspaceId, resource, isAlone, write }: Import,
): Promise<void> {
  const format = formatOf(request);
  const id = idOf(request) ?? randomUUID();
  const isUpsert = request.query.upsert === 'true';
  const key: ImportKey = { workspaceId, id, objectName: resource.object.namePlural, format, isUpsert };
  // Not destroyed with the iteration: the connection must live to say why it ended.
  const delimiters = format === 'csv' ? { bytes: DELIMITERS.map(byteOf) } : null;
  const frames = framesOf(request.iterator({ destroyOnReturn: false }), delimiters);
  const say = (line: object) => void (response.destroyed || response.write(`${JSON.stringify(line)}\n`));
  let told = 0;
  response.locals.liftDeadline?.(); // of whole requests
  request.setTimeout(STALLED_AFTER_MS, () => request.destroy());

  const begun = async () => {
    const read = delimiters ? await rowReader(frames, resource, delimiters) : lineReader(resource);
    return { read, state: await openImport(database, key) };
  };
  const { read, ...first } = await begun().catch(async (error) => {
    // What is still to come is read, or the next request on this connection would wait behind it without end.
    await frames.return(undefined);
    request.resume();
    throw error;
  });
  let { state } = first;
  const counts = () => ({ line: state.line, created: state.created, updated: state.updated, refused: state.refused });

  /** Writes the rows that can be written, in as few transactions as the others allow. */
  async function put(rows: readonly Row[]): Promise<void> {
    for (let round = 1; ; round++) {
      const good = rows.filter(({ mistake }) => mistake === null);
      const errors = await putTogether(rows, good);
      if (errors.length === 0) return tell(rows);
      const divideAt = judge(good, errors, round);
      if (divideAt !== null) {
        const place = rows.indexOf(good[divideAt] as Row);
        await put(rows.slice(0, place));
        return put(rows.slice(place));
      }
    }
  }

  async function putTogether(rows: readonly Row[], good: readonly Row[]): Promise<readonly Error[]> {
    const { lastLine, digest } = rows.at(-1) as Row;
    const from = state;
    let to: ImportState = {
      ...from,
      line: lastLine,
      digest: digest(),
      refused: from.refused + rows.length - good.length,
    };
    if (good.length === 0) await database.transaction((client) => advanceImport(client, key, from, to));
    else {
      const errors = await write(
        good.map(({ record }) => record),
        {
          onWritten: ({ ids, created = 0 }) => {
            to = { ...to, created: from.created + created, updated: from.updated + ids.length - created };
          },
          alongside: { after: (client) => advanceImport(client, key, from, to) },
        },
      );
      if (errors.length > 0) return errors;
    }
    state = to;
    return [];
  }

  function tell(rows: readonly Row[]): void {
    for (const { line, mistake } of rows) {
      if (mistake !== null && ++told <= MAX_TOLD) say({ event: 'refused', line, message: mistake });
    }
    // Never waited for: a client may send all of its file before it reads. A line that finds no room is left out, the
    // next one says more.
    if (!response.writableNeedDrain) say({ event: 'progress', ...counts() });
  }

  response.on('error', () => undefined); // of a client that left, which reading its file tells too
  response.writeHead(200, {
    'Content-Type': `${NDJSON}; charset=utf-8`,
    'Cache-Control': 'no-store, no-transform', // whoever compresses it would hold lines back
    'X-Plinth-Import': id,
  });
  say({ event: 'started', import: id, line: state.line });
  try {
    for await (const rows of batchesOf(frames, read, state, () => (isAlone() ? BATCH : CONSIDERATE_BATCH)))
      await put(rows);
    await finishImport(database, key);
    say({ event: 'done', import: id, ...counts(), untold: Math.max(told - MAX_TOLD, 0) });
  } catch (error) {
    if (response.destroyed) return;
    const { status, body } = restError(unavailable(error) ?? error, String(request.id));
    if (status >= 500) request.log.error({ err: error }, 'an import failed');
    say({ event: 'failed', import: id, ...counts(), statusCode: status, message: body.messages[0] });
    request.resume(); // what is still to come, so that the client comes to read the answer
  }
  response.end();
}

/** How far an import is. @throws PlinthError IMPORT_NOT_FOUND */
export async function showImport(
  database: Database,
  request: Request,
  { workspaceId, resource }: Pick<Import, 'workspaceId' | 'resource'>,
): Promise<object> {
  const id = idOf(request);
  if (id === null) throw refuse('BAD_REQUEST', 'import: the id of an import is needed');
  return { data: { import: await findImport(database, workspaceId, resource.object.namePlural, id) } };
}

/** @param delimiters of the rest of the file is the one that its first line is written with */
async function rowReader(
  frames: AsyncIterator<Frame>,
  resource: Resource,
  delimiters: Delimiters,
): Promise<(text: string) => Input | null> {
  const first = await firstLine(frames);
  const stated = statedDelimiter(first);
  const header = headerOf(stated === null ? first : await firstLine(frames), resource, stated);
  delimiters.bytes = [byteOf(header.delimiter)];
  return (text) => recordOf(header, text);
}

async function firstLine(frames: AsyncIterator<Frame>): Promise<string> {
  const { value: frame } = await frames.next();
  if (!frame) throw refuse('INVALID_ARGS_DATA', 'The file is empty: its first line must name the columns');
  if (frame.text === null) throw refuse('INVALID_ARGS_DATA', `The first line must name the columns. ${frame.mistake}`);
  return frame.text;
}

function byteOf(delimiter: string): number {
  return delimiter.charCodeAt(0);
}

/** What of the file is not done with yet. @throws PlinthError IMPORT_CONFLICT where it isn't the file that was */
async function* batchesOf(
  frames: AsyncIterable<Frame>,
  read: (text: string) => Input | null,
  done: ImportState,
  size: () => number,
): AsyncGenerator<Row[]> {
  let rows: Row[] = [];
  let characters = 0;
  let lastLine = 0;
  for await (const { text, mistake, ...frame } of frames) {
    lastLine = frame.lastLine;
    if (frame.line <= done.line) {
      if (lastLine > done.line || (lastLine === done.line && frame.digest() !== done.digest)) throw isAnother(done);
      continue;
    }
    const record = text === null ? { record: {}, mistake } : text.trim() === '' ? null : parsed(text, read);
    if (!record) continue;
    rows.push({ ...frame, ...record });
    characters += text?.length ?? 0;
    if (rows.length < size() && characters < MAX_BATCH_CHARACTERS) continue;
    yield rows;
    rows = [];
    characters = 0;
  }
  if (lastLine < done.line) throw isAnother(done);
  if (rows.length > 0) yield rows;
}

function isAnother({ line }: ImportState): PlinthError {
  return refuse('IMPORT_CONFLICT', `This is not the file that was imported up to line ${line}`);
}

/** Null for a row that says nothing. */
function parsed(text: string, read: (text: string) => Input | null): Pick<Row, 'record' | 'mistake'> | null {
  try {
    const record = read(text);
    return record && { record, mistake: null };
  } catch (error) {
    return { record: {}, mistake: (error as Error).message };
  }
}

/**
 * Notes which of the rows were refused, so that the others can be tried again.
 * @returns where to divide them instead, or null
 * @throws the error that is nobody's mistake
 */
function judge(rows: readonly Row[], errors: readonly Error[], round: number): number | null {
  const half = rows.length > 1 ? rows.length >> 1 : null;
  const refusals = errors.filter((error) => error instanceof PlinthError);
  const serious = errors.find((error) => !(error instanceof PlinthError && [400, 404].includes(error.status)));
  if (serious instanceof PlinthError && serious.code === 'TIMEOUT' && half !== null) return half;
  if (serious) throw serious;
  // Records of one batch that mean the same record are no mistake of a file: the later one is written later.
  const again = refusals.find(({ code }) => code === 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT')?.recordIndex;
  if (again) return again;
  const isDivided = half !== null && round >= MAX_ROUNDS;
  let found = 0;
  for (const { recordIndex, message } of refusals) {
    const row = rows[recordIndex ?? (half === null ? 0 : -1)];
    if (!row) continue;
    row.mistake = message.replace(/^Record \d+: /, '').replace(/^Record \d+ /, 'The record ');
    found++;
  }
  return found === 0 || isDivided ? half : null;
}

/** @throws PlinthError UNSUPPORTED_MEDIA_TYPE */
function formatOf({ headers }: Request): ImportKey['format'] {
  const [type, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((each) => /^\s*charset="?([^"\s]*)"?\s*$/.exec(each)?.[1]).find(Boolean) ?? 'utf-8';
  const encoding = headers['content-encoding'] ?? 'identity';
  if (charset !== 'utf-8' && charset !== 'utf8')
    throw refuse('UNSUPPORTED_MEDIA_TYPE', `The file must be in UTF-8, not ${charset}`);
  if (encoding !== 'identity') throw refuse('UNSUPPORTED_MEDIA_TYPE', 'The file must be sent as it is, not compressed');
  switch (type?.trim()) {
    case NDJSON:
      return 'ndjson';
    case 'text/csv':
      return 'csv';
    default:
      throw refuse('UNSUPPORTED_MEDIA_TYPE', `The Content-Type of an import is ${NDJSON} or text/csv`);
  }
}

function idOf({ query }: Request): string | null {
  const given = query.import;
  if (given === undefined) return null;
  if (!isUuid(given)) throw refuse('BAD_REQUEST', `import ${shown(given)} is not a valid UUID`);
  return given.toLowerCase();
}
