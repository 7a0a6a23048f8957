/**
 * Keeps events flowing: looks for what was written down, and calls workers for what is due.
 *
 * Writes that come through this process are dispatched at once: it knows of them. For all others (psql, another process
 * that died after its commit) it looks every second. Why not NOTIFY from the triggers:
 * docs/decisions/2026-11-24-events.md.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { changeListeners } from '../changes/apply.ts';
import type { ModelCache } from '../records/schema-cache.ts';
import { lockName } from './deliver.ts';
import { dispatchAll, type Workspace } from './outbox.ts';

export type Feed = {
  /** Does anybody listen to the workspace of this schema? Known within a second. */
  isListening(schema: string): boolean;
  /** Something was committed there. */
  wrote(schema: string): void;
  stop(): Promise<void>;
};

export type FeedOptions = { readonly database: Database; readonly models: ModelCache; readonly log: Logger };

const LOOK_EVERY_MS = 1_000;

// Outboxes looked at a second: one query of some 10 ms. Of more workspaces each has its turn after as many seconds.
const MAX_OUTBOXES = 200;

// Writes that follow each other closely are dispatched together.
const GATHER_MS = 5;

export function openFeed({ database, models, log }: FeedOptions): Feed {
  const stopping = new AbortController();
  let listening: ReadonlyMap<string, Workspace> = new Map();
  let turn = 0;

  /** By what each listening workspace was served when its triggers were looked at. */
  const followed = new Map<string, string>();

  /** Triggers come with a change of the model, but not with a table that a hand makes. */
  async function follow({ id, schema }: Workspace): Promise<void> {
    const { fingerprint } = await models.get(schema);
    if (followed.get(schema) === fingerprint) return;
    await changeListeners(database.sharedBy(schema), id, async () => undefined);
    followed.set(schema, fingerprint);
  }

  /** Workspaces that are being dispatched, and whether something came in the meantime. */
  const busy = new Map<string, { again: boolean; done: Promise<void> }>();

  function dispatch(workspace: Workspace): Promise<void> {
    const running = busy.get(workspace.schema);
    if (running) {
      running.again = true;
      return running.done;
    }
    const state = { again: false, done: Promise.resolve() };
    async function run() {
      try {
        do {
          await wait(GATHER_MS);
          state.again = false;
          await dispatchAll(database, models, workspace);
        } while (state.again && !stopping.signal.aborted);
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error, workspace: workspace.id }, 'events wait; trying again');
      } finally {
        busy.delete(workspace.schema);
      }
    }
    busy.set(workspace.schema, state);
    state.done = run();
    return state.done;
  }

  async function look(): Promise<void> {
    listening = new Map((await listeningWorkspaces(database)).map((workspace) => [workspace.schema, workspace]));
    const all = [...listening.values()];
    const from = all.length > MAX_OUTBOXES ? (turn++ * MAX_OUTBOXES) % all.length : 0;
    const some = all.slice(from, from + MAX_OUTBOXES);
    for (const workspace of await filledOutboxes(database, some)) dispatch(workspace);
    await callForDue(database);
    for (const workspace of some) {
      if (stopping.signal.aborted) return;
      await follow(workspace).catch((error) => log.debug({ err: error, workspace: workspace.id }, 'triggers wait'));
    }
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'cannot look for events; trying again');
      });
      await wait(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const looking = keepLooking();
  return {
    isListening: (schema) => listening.has(schema),
    wrote(schema) {
      const workspace = listening.get(schema);
      if (workspace) dispatch(workspace);
    },
    async stop() {
      stopping.abort();
      await looking;
      await Promise.all([...busy.values()].map(({ done }) => done));
    },
  };
}

/** Whose tables have triggers, or had until a moment ago. */
function listeningWorkspaces(database: Database): Promise<Workspace[]> {
  return database.asOwner((client) =>
    client.rows<Workspace>(sql`
      select w.id, w.schema_name as schema
      from plinth.workspaces as w
      where
        (
          exists (select from plinth.webhooks where workspace_id = w.id)
          or exists (select from plinth.listeners where workspace_id = w.id)
        )
        and to_regclass(quote_ident(w.schema_name) || '.plinth_outbox') is not null
      order by w.id`),
  );
}

async function filledOutboxes(database: Database, workspaces: readonly Workspace[]): Promise<Workspace[]> {
  if (workspaces.length === 0) return [];
  const [row] = await database.asOwner((client) =>
    client.rows<{ filled: boolean[] }>(sql`
      select array(
        select plinth.has_untold(schema)
        from unnest(${sql.value(workspaces.map(({ schema }) => schema))}::text[]) with ordinality as given (schema,
          place)
        order by place) as filled`),
  );
  return workspaces.filter((_, i) => row?.filled[i]);
}

/** Gives to the workers what is due and nobody is at: after a pause, or because its worker died. */
async function callForDue(database: Database): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`
      with due as materialized (
        select id from plinth.webhooks where due_at <= now() and disabled_at is null limit 1000
      ), idle as materialized (
        select id from due where pg_try_advisory_xact_lock(hashtextextended(${sql.value(lockName(''))} || id, 0))
      )
      select graphile_worker.add_job('deliver_webhook', json_build_object('id', id), job_key => 'webhook ' || id)
      from idle`),
  );
}
