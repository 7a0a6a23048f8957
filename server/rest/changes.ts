/**
 * `GET /rest/{plural}/changes`: changes of an object as server-sent events, from any position that is kept. Contract:
 * decisions.md (subscriptions).
 */

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Access } from '../access/authentication.ts';
import { callerOf, type Principal } from '../access/principal.ts';
import { PlinthError, refuse, shown } from '../errors.ts';
import { objectNamed, seenBy, type Viewing } from '../events/seen.ts';
import type { Change, Streams } from '../events/streams.ts';
import type { ModelCache } from '../records/schema-cache.ts';

export type ChangesOptions = Viewing & {
  readonly access: Access;
  readonly models: Pick<ModelCache, 'get'>;
  readonly streams: Streams;
};

// Proxies close connections on which nothing comes for a minute; most of them sooner than that.
const HEARTBEAT_MS = 15_000;

// How soon a revoked key ends what it reads.
const ASK_AGAIN_MS = 1_000;

/** @returns what sends changes of the object of a name, until the reader goes or may no longer read */
export function openChanges(options: ChangesOptions) {
  return async function sendChanges(principal: Principal, name: string, request: Request, response: Response) {
    const since = sinceOf(request);
    using _reader = options.streams.enter(callerOf(principal));
    const over = new AbortController();
    response.once('close', () => over.abort());
    const beating = beat(request, response, options.access, over);
    try {
      await send(options, principal, { name, since }, request, response, over);
    } finally {
      over.abort();
      await beating;
      if (response.headersSent) response.end();
    }
  };
}

/** @throws PlinthError BAD_REQUEST */
function sinceOf({ query, headers }: Request): string | null {
  const given = headers['last-event-id'] ?? query.since;
  if (given === undefined || given === '') return null;
  if (typeof given !== 'string' || !/^\d{1,18}$/.test(given))
    throw refuse('BAD_REQUEST', `since ${shown(given)} is invalid. Should be the id of an event`);
  return given;
}

async function send(
  { models, streams, access, ...viewing }: ChangesOptions,
  principal: Principal,
  { name, since }: { readonly name: string; readonly since: string | null },
  request: Request,
  response: Response,
  { signal }: AbortController,
): Promise<void> {
  /** Its role may be another by now, or may do less. */
  async function viewerNow() {
    const now = await access.authenticate(request.headers);
    return { principal: now, served: await models.get(now.schema, now.role) };
  }
  const workspace = { id: principal.workspaceId, schema: principal.schema };
  for await (const { changes, position, hasGap } of streams.read(workspace, { object: name, since, signal })) {
    if (!response.headersSent) {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform', // whoever compresses it would hold changes back
        'X-Accel-Buffering': 'no',
      });
      write(response, { id: position, event: 'ready', data: {} });
      if (request.method === 'HEAD') return; // headers alone: a stream without an end would hold the connection
    }
    if (hasGap)
      write(response, { id: position, event: 'gap', data: { message: 'Changes before this may be missing' } });
    if (changes.length === 0) continue;
    const viewer = await viewerNow();
    const object = objectNamed(viewer, name);
    if (!object) return;
    for (const change of await seenBy(viewing, viewer, object, changes))
      write(response, { id: change.position, event: change.action, data: dataOf(change) });
    if (response.writableNeedDrain) await once(response, 'drain', { signal }).catch(() => undefined);
  }
}

function dataOf({ action, objectName, recordId, record, before, updatedFields, at }: Change): object {
  const eventName = `${objectName}.${action}`;
  return {
    eventName,
    eventDate: at,
    recordId,
    record,
    ...(updatedFields && { ...(before && { before }), updatedFields }),
  };
}

type Event = { readonly id: string; readonly event: string; readonly data: object };

function write(response: Response, { id, event, data }: Event): void {
  response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Says now and then that the connection is there, and ends it when the key is not. */
async function beat(request: Request, response: Response, access: Access, over: AbortController): Promise<void> {
  let said = performance.now();
  while (!over.signal.aborted) {
    await wait(ASK_AGAIN_MS, undefined, { signal: over.signal }).catch(() => undefined);
    if (over.signal.aborted) return;
    try {
      await access.authenticate(request.headers);
    } catch (error) {
      if (!(error instanceof PlinthError) || error.status >= 500) continue; // the database is away, not the key
      if (response.headersSent) response.write(`event: end\ndata: ${JSON.stringify({ message: error.message })}\n\n`);
      over.abort();
    }
    if (performance.now() - said < HEARTBEAT_MS || !response.headersSent) continue;
    response.write(':\n\n');
    said = performance.now();
  }
}
