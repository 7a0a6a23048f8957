/**
 * How much each key asks of which API, and how much of it fails: counted in each process, and told to the database
 * every two seconds, all counts in one statement. A process that is killed takes what it hasn't told yet with it.
 */

import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import type { Principal } from './principal.ts';

export type Api = 'REST_CORE' | 'REST_METADATA' | 'GRAPHQL_CORE' | 'GRAPHQL_METADATA';

export type Usage = {
  /** Counts a request of whoever it is as it begins. @returns to be told the status of its answer */
  count(who: Pick<Principal, 'apiKey'>, api: Api): (status: number) => void;
  /** What was counted is told. */
  stop(): Promise<void>;
};

export type UsageOptions = { readonly database: Database; readonly log: Logger };

const TELL_EVERY_MS = 2_000;
const HOUR_MS = 3_600_000;

type Counts = { requests: number; clientErrors: number; serverErrors: number };
type Place = { readonly key: string; readonly hour: string; readonly api: Api };
type Counted = Place & Counts;

export function openUsage({ database, log }: UsageOptions): Usage {
  let untold = new Map<string, Counted>();
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> | null = null;

  function add(place: Place, more: Partial<Counts>): void {
    const name = `${place.key} ${place.hour} ${place.api}`;
    const known = untold.get(name) ?? { ...place, requests: 0, clientErrors: 0, serverErrors: 0 };
    known.requests += more.requests ?? 0;
    known.clientErrors += more.clientErrors ?? 0;
    known.serverErrors += more.serverErrors ?? 0;
    untold.set(name, known);
    timer ??= setTimeout(tell, TELL_EVERY_MS).unref();
  }

  /** One at a time; what could not be told is told the next time. */
  function tell(): Promise<void> {
    telling ??= tellAll().finally(() => {
      telling = null;
    });
    return telling;
  }

  async function tellAll(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const told = [...untold.values()];
    untold = new Map();
    if (told.length === 0) return;
    await write(database, told).catch((error) => {
      log.warn({ err: error }, 'the usage of keys waits to be written down');
      for (const { requests, clientErrors, serverErrors, ...place } of told)
        add(place, { requests, clientErrors, serverErrors });
    });
  }

  return {
    count({ apiKey }, api) {
      if (!apiKey) return () => undefined;
      const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS).toISOString();
      const place = { key: apiKey.id, hour, api };
      add(place, { requests: 1 });
      return (status) => {
        if (status >= 400) add(place, status >= 500 ? { serverErrors: 1 } : { clientErrors: 1 });
      };
    },
    async stop() {
      await telling;
      await tell();
      clearTimeout(timer);
    },
  };
}

/**
 * In one order for all processes, so that none waits for another's rows while that waits for its own. Keys that are
 * gone are left out.
 */
async function write(database: Database, told: readonly Counted[]): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`
      with there as materialized (
        select id from plinth.api_keys
        where id = any (${sql.value(told.map(({ key }) => key))}::uuid[])
        order by id
        for key share
      )
      insert into plinth.api_usage as known (api_key_id, hour, api, requests, client_errors, server_errors)
      select told.key, told.hour, told.api, told.requests, told."clientErrors", told."serverErrors"
      from json_to_recordset(${sql.value(JSON.stringify(told))}::json) as told (
        key uuid, hour timestamptz, api text, requests bigint, "clientErrors" bigint, "serverErrors" bigint
      )
      join there on there.id = told.key
      order by told.key, told.hour, told.api
      on conflict (api_key_id, hour, api) do update set
        requests = known.requests + excluded.requests,
        client_errors = known.client_errors + excluded.client_errors,
        server_errors = known.server_errors + excluded.server_errors`),
  );
}

/** Whose a path is, below which of the four APIs: their documents, and former paths, count as theirs. */
export function apiOf(path: string): Api {
  if (/^\/graphql\b/i.test(path)) return 'GRAPHQL_CORE';
  if (/^\/metadata\b/i.test(path)) return 'GRAPHQL_METADATA';
  return /^\/rest\/(metadata|webhooks|apiKeys)(\/|$)|^(\/rest)?\/open-api\/metadata\b/i.test(path)
    ? 'REST_METADATA'
    : 'REST_CORE';
}

export async function forgetOldUsage(database: Database, days: number): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`delete from plinth.api_usage where hour < now() - make_interval(days => ${sql.value(days)})`),
  );
}
