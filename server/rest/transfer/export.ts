/**
 * All records that a filter finds, as a file: one snapshot, read and sent piece by piece, as fast as the client takes
 * it.
 *
 * What is refused is refused before the first byte. What fails after that breaks the connection off, in the middle of
 * the chunked body, which every HTTP client reports: a file that came to its end is a whole one.
 */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Database } from '../../../db/pool.ts';
import { type Identity, type PoolSizes, shareOf } from '../../../db/workspace-pool.ts';
import { refuse, shown } from '../../errors.ts';
import { parsedExactly } from '../../model/exact-json.ts';
import type { WithClient } from '../../records/adaptor.ts';
import { inSnapshot } from '../../records/snapshot.ts';
import type { Property } from '../vocabulary.ts';
import { columnsOf, headerText, rowsText } from './csv.ts';
import { linesText } from './ndjson.ts';

type Row = Readonly<Record<string, unknown>>;

type Export = {
  readonly who: Identity;
  /** When the client is gone. */
  readonly signal: AbortSignal;
  /** Of the object: the file is named after it. */
  readonly plural: string;
  /** The next records of the snapshot as JSON, none at its end, and what they show. */
  readonly read: (snapshot: WithClient) => Promise<{ records: readonly string[]; properties: readonly Property[] }>;
};

export type SendExport = (request: Request, response: Response, asked: Export) => Promise<void>;

// Some 500 KB of companies as text, a few MB while they are made. Larger pieces are no faster, smaller ones cost round
// trips.
const PIECE = 500;

// A client that takes nothing for this long would keep its connection and its snapshot from everybody else.
const STALLED_AFTER_MS = 60_000;

// Of a response: a pipeline adds half a dozen to those that every request has, which Node would warn of as a leak.
const MOST_LISTENERS = 20;

const FORMATS = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const;

/**
 * An export keeps a connection for as long as it runs. So they take at most half of the pool, and those of one
 * workspace half of its share.
 */
export function openExports(database: Database, { poolSize, workspacePoolSize }: PoolSizes): SendExport {
  const max = Math.max(1, Math.floor(poolSize / 2));
  const maxOfWorkspace = Math.ceil(shareOf(poolSize, workspacePoolSize) / 2);
  const running = new Map<string, number>();

  return async function send(request, response, asked) {
    const { schema } = asked.who;
    const own = running.get(schema) ?? 0;
    const all = [...running.values()].reduce((sum, each) => sum + each, 0);
    if (own >= maxOfWorkspace || all >= max) {
      response.setHeader('Retry-After', '5');
      const count = own >= maxOfWorkspace ? `${own} exports of this workspace` : `${all} exports`;
      throw refuse('TOO_MANY_EXPORTS', `${count} are running; try again when one of them is done`);
    }
    running.set(schema, own + 1);
    try {
      await sendExport(database, request, response, asked);
    } catch (error) {
      if (!response.headersSent) throw error;
      response.destroy();
      if (!isGone(error)) request.log.error({ err: error }, 'an export was broken off');
    } finally {
      const left = (running.get(schema) ?? 1) - 1;
      if (left === 0) running.delete(schema);
      else running.set(schema, left);
    }
  };
}

async function sendExport(database: Database, request: Request, response: Response, asked: Export): Promise<void> {
  const { who, signal, plural, read } = asked;
  const format = formatOf(request.query.format);
  await inSnapshot(database, { who, size: PIECE, signal }, async (snapshot) => {
    const first = await read(snapshot);
    const columns = columnsOf(first.properties);
    const textOf = (records: readonly string[]) =>
      format === 'csv'
        ? rowsText(
            columns,
            records.map((json) => parsedExactly(json) as Row),
          )
        : linesText(records);
    response.writeHead(200, {
      'Content-Type': `${FORMATS[format]}; charset=utf-8`,
      'Content-Disposition': `attachment; filename="${plural}-${new Date().toISOString().slice(0, 10)}.${format}"`,
    });
    if (request.method === 'HEAD') return void response.end();
    response.setTimeout(STALLED_AFTER_MS, () => response.destroy());

    async function* texts(): AsyncGenerator<string> {
      if (format === 'csv') yield headerText(columns);
      for (let { records } = first; records.length > 0; { records } = await read(snapshot)) yield textOf(records);
    }
    response.setMaxListeners(MOST_LISTENERS);
    await pipeline(Readable.from(texts()), response);
  });
}

function formatOf(format: unknown): keyof typeof FORMATS {
  if (format === undefined) return 'ndjson';
  if (format === 'ndjson' || format === 'csv') return format;
  throw refuse('BAD_REQUEST', `format ${shown(format)} is invalid: it is ndjson or csv`);
}

/** Whoever asked has left: nobody is there to be told, and nothing is wrong here. */
function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
