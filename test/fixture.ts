/** A server for each test file, and fresh workspaces on it: `const { gql, rest, sql } = await workspace()`. */

import '../server/graphile-env.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, inject, vi } from 'vitest';
import { migrate } from '../db/migrate.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { openAccess } from '../server/access/authentication.ts';
import { openSessions } from '../server/access/sessions.ts';
import { openUsage, type Usage } from '../server/access/usage.ts';
import { watchAccess } from '../server/access/watch.ts';
import { openJobs } from '../server/boot/jobs.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces, type NewWorkspace } from '../server/changes/workspaces.ts';
import { type Feed, openFeed } from '../server/events/feed.ts';
import { openStreams, type Streams } from '../server/events/streams.ts';
import { BOUNDS, type Bounds, boundedServer } from '../server/http/bounds.ts';
import { type ServeOptions, serve } from '../server/http/serve.ts';
import type { Model } from '../server/model/model.ts';
import { type ModelCache, openModelCache, type Served } from '../server/records/schema-cache.ts';
import { prepareRole } from '../server/roles/postgres-roles.ts';
import { readSettings } from '../server/settings.ts';
import { mistakesOf } from './documented.ts';

export type Running = {
  readonly application: string;
  readonly url: string;
  readonly database: Database;
  readonly models: ModelCache;
  readonly feed: Feed;
  readonly streams: Streams;
  readonly usage: Usage;
  /** To be called when a request begins, and its answer when it is over: the models that may have served it. */
  readonly served: (schema: string) => () => readonly Model[];
};

let running: Promise<Running & { close(): Promise<void> }> | undefined;
const made: string[] = [];

/** The file's server, started when first asked for. */
export function server(): Promise<Running> {
  running ??= start();
  return running;
}

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
const others: Listening[] = [];

/** The URL of another server on this one's connections, with settings of its own. */
export async function beside(
  environment: Record<string, string>,
  bounds: Bounds = BOUNDS,
  publicUrl = 'http://plinth.test',
): Promise<string> {
  const { database, models, feed, streams, usage } = await server();
  const settings = settingsOf({ ...environment, PUBLIC_URL: publicUrl });
  const other = await listen(settings, { database, models, feed, streams, usage }, bounds);
  others.push(other);
  return other.url;
}

/** A server on a database of its own, for what there is once in an instance: who set it up, and its people. */
export async function alone(environment: Record<string, string> = {}) {
  const name = `plinth_${randomBytes(5).toString('hex')}`;
  await asSuperuser(`create database ${name}`);
  const address = new URL(inject('databaseUrl'));
  address.pathname = `/${name}`;
  await migrate(address.href, log);
  const settings = settingsOf({ DATABASE_POOL_SIZE: '4', ...environment });
  const database = openDatabase({
    url: address.href,
    poolSize: settings.databasePoolSize,
    statementTimeoutMs: 15_000,
    log,
  });
  const models = await openModelCache({ database, maxSchemas: 5, log });
  const feed = openFeed({ database, models, log });
  const streams = openStreams({ database, log, maxPerCaller: settings.maxStreams });
  const usage = openUsage({ database, log });
  const serving = await listen(settings, { database, models, feed, streams, usage });
  return {
    url: serving.url,
    database,
    databaseUrl: address.href,
    async close() {
      await Promise.all([streams.stop(), serving.webSockets.stop()]);
      await closed(serving);
      await usage.stop();
      await feed.stop();
      for (const workspace of await listWorkspaces(database)) await deleteWorkspace(database, workspace.name);
      await models.stop();
      await database.end();
      await asSuperuser(`drop database ${name} with (force)`);
    },
  };
}

async function asSuperuser(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

function settingsOf(environment: Record<string, string>) {
  const ours = { RATE_LIMIT: 'off', SIGN_IN_LIMIT: 'off', ALLOW_PRIVATE_WEBHOOK_TARGETS: 'true' };
  const given = { ...ours, PUBLIC_URL: 'http://plinth.test', ...environment };
  return readSettings(given) as ServeOptions['settings'];
}

type Opened = Pick<ServeOptions, 'database' | 'models' | 'feed' | 'streams' | 'usage'>;

type Listening = Awaited<ReturnType<typeof listen>>;

async function listen(settings: ServeOptions['settings'], opened: Opened, bounds = BOUNDS) {
  const sessions = await openSessions(opened.database, settings, log);
  const access = openAccess(opened.database, sessions);
  const http = boundedServer(bounds);
  const webSockets = serve(http, {
    settings,
    log,
    consoleDir: inject('consoleDir'),
    ...opened,
    access,
    sessions,
    bounds,
  });
  await new Promise<void>((settle) => {
    http.listen(0, '127.0.0.1', settle);
  });
  return { http, webSockets, access, url: `http://127.0.0.1:${(http.address() as { port: number }).port}` };
}

function closed({ http }: Listening): Promise<void> {
  return new Promise((settle) => {
    http.close(() => settle());
    http.closeAllConnections();
  });
}

async function start() {
  const settings = settingsOf({ DATABASE_POOL_SIZE: '6' });
  // A name of its own, so that a test can find this file's connections and no others.
  const application = `plinth-${randomBytes(4).toString('hex')}`;
  const database = openDatabase({
    url: `${inject('databaseUrl')}?application_name=${application}`,
    poolSize: settings.databasePoolSize,
    statementTimeoutMs: settings.statementTimeoutMs,
    log,
  });
  const cache = await openModelCache({
    database,
    maxSchemas: settings.schemaCacheSize,
    log,
    prepareRole: (who) => prepareRole(database, who),
  });
  const { models, served } = remembered(cache);
  const jobs = openJobs({ database, log, settings });
  const feed = openFeed({ database, models: cache, log });
  const streams = openStreams({ database, log, maxPerCaller: settings.maxStreams });
  const usage = openUsage({ database, log });
  const serving = await listen(settings, { database, models, feed, streams, usage });
  const accessWatch = await watchAccess(database, serving.access, log);
  return {
    application,
    url: serving.url,
    database,
    models,
    feed,
    streams,
    usage,
    served,
    async close() {
      await Promise.all([serving, ...others].map(({ webSockets }) => webSockets.stop()));
      await streams.stop();
      await Promise.all([serving, ...others].map(closed));
      await usage.stop();
      await jobs.stop();
      await feed.stop();
      await models.stop();
      await accessWatch.stop();
      await database.end();
    },
  };
}

/**
 * Keeps which models a workspace was served by, so that an answer can be held against the document of the one it is of.
 */
function remembered(cache: ModelCache): Pick<Running, 'models' | 'served'> {
  const bySchema = new Map<string, Model[]>();
  const modelsOf = (schema: string) => bySchema.get(schema) ?? bySchema.set(schema, []).get(schema) ?? [];
  function note(schema: string, { model }: Served): void {
    const known = modelsOf(schema);
    if (known.at(-1) !== model) known.push(model);
  }
  const models: ModelCache = Object.assign(Object.create(cache), {
    serve: ((who, run, signal) => {
      const noted: typeof run = (it, mayBeStale) => {
        note(who.schema, it);
        return run(it, mayBeStale);
      };
      return cache.serve(who, noted, signal);
    }) satisfies ModelCache['serve'],
    async get(schema: string, role?: string) {
      const it = await cache.get(schema, role);
      note(schema, it);
      return it;
    },
  });
  return {
    models,
    served(schema) {
      const known = modelsOf(schema);
      const since = Math.max(0, known.length - 1);
      return () => known.slice(since);
    },
  };
}

afterAll(async () => {
  if (!running) return;
  const { database, close } = await running;
  for (const name of made) await deleteWorkspace(database, name);
  await close();
});

export type Answer = { readonly status: number; readonly body: any; readonly headers: Headers };

/** A workspace of its own, with the standard objects unless made otherwise, its key, and three ways in. */
export async function workspace(
  make = (database: Database, name: string): Promise<NewWorkspace> => createWorkspace(database, { name }),
) {
  const { url, database, served } = await server();
  const name = `t${randomBytes(5).toString('hex')}`;
  const created = await make(database, name);
  made.push(name);
  const key = created.apiKey;
  const since = () => served(created.schema);

  return {
    ...created,
    key,
    url,
    ...doors(url, { Authorization: `Bearer ${key}` }, since),
    /** The same ways in for somebody else: `{ Authorization: … }`, or what a browser sends. */
    as: (who: Readonly<Record<string, string>>) => doors(url, who, since),
    /** As a DBA in psql would, with the workspace's schema in the search path. */
    async sql(text: string, values: unknown[] = []): Promise<any[]> {
      const client = new pg.Client({ connectionString: inject('databaseUrl') });
      await client.connect();
      try {
        await client.query(`set search_path to ${pg.escapeIdentifier(created.schema)}`);
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
  };
}

/** The APIs, for whoever sends these headers. */
function doors(url: string, who: Readonly<Record<string, string>>, served: () => () => readonly Model[]) {
  async function rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const modelsSince = served();
    const response = await fetch(url + path, {
      method,
      headers: { ...who, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
    isDocumented(method, path, answer, modelsSince());
    return answer;
  }

  /** Answer of a GraphQL operation, errors and all. */
  async function graphql(
    path: '/graphql' | '/metadata',
    query: string,
    variables?: object,
  ): Promise<{ data?: any; errors?: any[] }> {
    return (await rest('POST', path, { query, variables })).body;
  }

  /** Data of a GraphQL operation; its errors fail the test, with what was sent. */
  async function data(path: '/graphql' | '/metadata', query: string, variables?: object): Promise<any> {
    const answer = await graphql(path, query, variables);
    if (answer.errors)
      throw new Error(`${query}\n${JSON.stringify(variables)}\n→ ${JSON.stringify(answer.errors, null, 2)}`);
    return answer.data;
  }

  /** The first error of an operation that must fail. */
  async function refusal(path: '/graphql' | '/metadata', query: string, variables?: object): Promise<any> {
    const { errors } = await graphql(path, query, variables);
    if (!errors?.[0]) throw new Error(`${query} was not refused`);
    return errors[0];
  }

  return {
    who,
    rest,
    gql: (query: string, variables?: object) => data('/graphql', query, variables),
    refused: (query: string, variables?: object) => refusal('/graphql', query, variables),
    metadata: (query: string, variables?: object) => data('/metadata', query, variables),
    metadataRefused: (query: string, variables?: object) => refusal('/metadata', query, variables),
    /** A table made by hand is an object as soon as the server has heard of it. */
    async untilServed(plural: string) {
      const isServed = async () => {
        const { status } = await rest('GET', `/rest/${plural}?limit=0`);
        if (status !== 200) throw new Error(`/rest/${plural} answers ${status}`);
        // Asked as somebody else, who may hear of it later where no event trigger tells.
        const { objects } = await data(
          '/metadata',
          '{ objects(paging: { first: 1000 }) { edges { node { namePlural } } } }',
        );
        if (!objects.edges.some(({ node }: any) => node.namePlural === plural))
          throw new Error(`${plural} aren't listed`);
      };
      await vi.waitFor(isServed, { timeout: 10_000 });
    },
  };
}

/** Every answer of the core REST API is one that the OpenAPI document of the workspace tells of. */
function isDocumented(method: string, path: string, { status, body, headers }: Answer, models: readonly Model[]): void {
  const exchange = { method, path, status, contentType: headers.get('content-type'), body: body ?? undefined };
  const mistakes = models.map((model) => mistakesOf(exchange, model));
  if (mistakes.length === 0) mistakes.push(mistakesOf(exchange, null));
  if (mistakes.some(({ length }) => length === 0)) return;
  const shown = JSON.stringify(body)?.slice(0, 2_000);
  throw new Error(`${method} ${path} → ${status} is not as documented:\n${mistakes.flat().join('\n')}\n${shown}`);
}
