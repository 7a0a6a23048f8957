/**
 * Events as they come, for whoever reads them while they do: in the order of their positions, from any position that is
 * still kept.
 *
 * Reading counts as listening: the triggers are made when the first reader comes, and stay for ten minutes after the
 * last has gone, so that one who comes back has missed nothing. One who stayed away for longer is told of the gap.
 */

import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { v5 as uuidv5 } from 'uuid';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { holdTables } from '../catalog/held.ts';
import { changeListeners } from '../changes/apply.ts';
import { ownTable } from '../ddl/triggers.ts';
import { refuse } from '../errors.ts';
import { parsedExactly } from '../model/exact-json.ts';
import type { Action } from '../store/operations.ts';
import { EVENTS_CHANNEL, lockEvents, quoted, type Workspace } from './outbox.ts';
import type { RecordValue } from './record.ts';

export type Change = {
  /** A whole number that grows; it may be larger than JavaScript counts. */
  readonly position: string;
  readonly action: Action | typeof GAP;
  readonly objectName: string;
  readonly recordId: string;
  /** In the shape of the core APIs, all fields. */
  readonly record: RecordValue;
  readonly before: RecordValue | null;
  readonly updatedFields: readonly string[] | null;
  readonly at: Date;
};

type Wanted = {
  /** Name of the object; all that there are where null. */
  readonly object: string | null;
  /** Events after this one; where null, those that come from now on. */
  readonly since: string | null;
  readonly signal: AbortSignal;
};

/** What came, up to a position, and whether some of it may be missing. The first is empty: the reader is there. */
type Batch = { readonly changes: readonly Change[]; readonly position: string; readonly hasGap: boolean };

export type Streams = {
  /** Counts one reader of a caller until it is disposed of. @throws PlinthError TOO_MANY_STREAMS */
  enter(caller: string): Disposable;
  read(workspace: Workspace, wanted: Wanted): AsyncGenerator<Batch>;
  stop(): Promise<void>;
};

export type StreamOptions = { readonly database: Database; readonly log: Logger; readonly maxPerCaller: number };

const BATCH = 60;

// How long triggers stay when nobody reads any more, and how often a reader puts that off.
const STAY = '10 minutes';
const RENEW_MS = 60_000;

// A word that is lost is made up for by looking.
const LOOK_EVERY_MS = 1_000;
const RECONNECT_MS = 500;

// Any Postgres role may notify the channel of anything. Without a prefix a payload of "error" would be an error that
// nobody handles.
const OF_WORKSPACE = 'workspace ';

export function openStreams({ database, log, maxPerCaller }: StreamOptions): Streams {
  const stopping = new AbortController();
  const heard = new EventEmitter().setMaxListeners(0);
  const readers = new Map<string, number>();
  let hearing: Promise<void> | undefined;

  async function keepHearing(): Promise<void> {
    while (!stopping.signal.aborted) {
      const client = new pg.Client({ connectionString: database.url, application_name: 'plinth events' });
      const close = () => void client.end().catch(() => undefined);
      try {
        const lost = new Promise((settle) => client.once('end', settle));
        client.on('error', () => undefined); // and then it ends
        client.on('notification', ({ payload }) => heard.emit(`${OF_WORKSPACE}${payload}`));
        await client.connect();
        await client.query(`listen ${EVENTS_CHANNEL}`);
        stopping.signal.addEventListener('abort', close);
        if (stopping.signal.aborted) close();
        await lost;
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'cannot hear of events; looking for them instead');
      } finally {
        stopping.signal.removeEventListener('abort', close);
        close();
      }
      await wait(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    enter(caller) {
      const count = readers.get(caller) ?? 0;
      if (count >= maxPerCaller)
        throw refuse('TOO_MANY_STREAMS', `At most ${maxPerCaller} concurrent streams per key or member`);
      readers.set(caller, count + 1);
      return {
        [Symbol.dispose]() {
          const left = (readers.get(caller) ?? 1) - 1;
          if (left === 0) readers.delete(caller);
          else readers.set(caller, left);
        },
      };
    },
    async *read(workspace, { object, since, signal }) {
      hearing ??= keepHearing();
      const own = database.sharedBy(workspace.schema);
      const over = AbortSignal.any([signal, stopping.signal]);
      const last = await listen(own, workspace, object);
      let position = since ?? last;
      let renewed = performance.now();
      yield { changes: [], position, hasGap: since !== null && (await isForgotten(own, workspace, since)) };
      while (!over.aborted) {
        const word = once(heard, `${OF_WORKSPACE}${workspace.id}`, { signal: over }).catch(() => undefined);
        const found = await changesAfter(own, workspace, object, position);
        if (found.length > 0) {
          position = (found.at(-1) as Change).position;
          const changes = found.filter(({ action }) => action !== GAP);
          yield { changes, position, hasGap: changes.length < found.length };
          continue;
        }
        if (performance.now() - renewed > RENEW_MS) {
          await listen(own, workspace, object);
          renewed = performance.now();
        }
        await Promise.race([word, wait(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined)]);
      }
    },
    async stop() {
      stopping.abort();
      await hearing;
    },
  };
}

/** In the place of an event: before it, triggers were not there, so that changes may be missing. */
const GAP = 'gap';

function changesAfter(
  database: Database,
  workspace: Workspace,
  object: string | null,
  position: string,
): Promise<Change[]> {
  return database.transaction(async (client) => {
    await holdTables(client, workspace.schema, ['plinth_events']);
    const rows = await client.rows<Omit<Change, 'record' | 'before'> & { record: string; before: string | null }>(sql`
      select
        position, action, object_name as "objectName", record_id as "recordId", record::text, before::text,
        updated_fields as "updatedFields", at
      from ${ownTable(workspace, 'plinth_events')}
      where position > ${sql.value(position)}::bigint
        ${object === null ? sql.blank : sql`and object_name = ${sql.value(object)}`}
      order by position
      limit ${sql.value(BATCH)}::int`);
    return rows.map((row) => ({
      ...row,
      record: recordIn(row.record),
      before: row.before === null ? null : recordIn(row.before),
    }));
  });
}

function recordIn(text: string): RecordValue {
  return parsedExactly(text) as RecordValue;
}

/** Is what came after this position no longer kept? */
async function isForgotten(database: Database, workspace: Workspace, position: string): Promise<boolean> {
  const [row] = await database.transaction(async (client) => {
    await holdTables(client, workspace.schema, ['plinth_events']);
    return client.rows<{ isForgotten: boolean }>(sql`
      select coalesce(min(position) > ${sql.value(position)}::bigint + 1, false) as "isForgotten"
      from ${ownTable(workspace, 'plinth_events')}`);
  });
  return row?.isForgotten ?? false;
}

/** Sees to it that events are written down, for a while from now. @returns the last position that was given */
async function listen(database: Database, workspace: Workspace, object: string | null): Promise<string> {
  const key = object === null ? '*' : await objectId(database, workspace, object);
  const until = sql`now() + ${sql.value(STAY)}::interval`;
  const isLive = await database.asOwner((client) =>
    client.rows(sql`
      update plinth.listeners set until = ${until}
      where workspace_id = ${sql.value(workspace.id)} and object = ${sql.value(key)} and until > now()
      returning object`),
  );
  if (isLive.length === 0) {
    await changeListeners(database, workspace.id, (client) =>
      client.rows(sql`
        insert into plinth.listeners (workspace_id, object, until)
        values (${sql.value(workspace.id)}, ${sql.value(key)}, ${until})
        on conflict (workspace_id, object) do update set until = excluded.until`),
    );
    await markGap(database, workspace, object);
  }
  const [row] = await database.asOwner((client) =>
    client.rows<{ last: string }>(sql`
      select coalesce(pg_sequence_last_value(pg_get_serial_sequence(${sql.value(quoted(workspace))}, 'position')),
        0)::text as last`),
  );
  return row?.last ?? '0';
}

/** Positions are given by one at a time, as when events are dispatched. */
async function markGap(database: Database, workspace: Workspace, object: string | null): Promise<void> {
  await database.transaction(async (client) => {
    await client.rows(lockEvents(workspace));
    await holdTables(client, workspace.schema, ['plinth_events']);
    await client.rows(sql`
      insert into ${ownTable(workspace, 'plinth_events')} (object_id, object_name, action, record_id, record, at)
      select ${sql.value(workspace.id)}, name, ${sql.value(GAP)}, '', '{}', now()
      from unnest(${sql.value(object === null ? ['*'] : [object])}::text[]) as name`);
  });
}

async function objectId(database: Database, { id }: Workspace, name: string): Promise<string> {
  const [row] = await database.asOwner((client) =>
    client.rows<{ id: string }>(sql`
      select id from plinth.objects where workspace_id = ${sql.value(id)} and name_singular = ${sql.value(name)}`),
  );
  return row?.id ?? uuidv5(name, id); // of a table made by hand, as the metadata APIs have it
}
