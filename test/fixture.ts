/** A server for each test file, and fresh workspaces on it: `const { gql, rest, sql } = await workspace()`. */

import '../server/graphile-env.ts';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../db/pool.ts';
import { openAccess } from '../server/access/principal.ts';
import { createApp } from '../server/app.ts';
import { createWorkspace, deleteWorkspace } from '../server/metadata/workspaces.ts';
import { type ModelCache, openModelCache } from '../server/records/schema-cache.ts';
import { readSettings } from '../server/settings.ts';

export type Running = {
  readonly application: string;
  readonly url: string;
  readonly database: Database;
  readonly models: ModelCache;
};

let running: Promise<Running & { close(): Promise<void> }> | undefined;
const made: string[] = [];

/** The file's server, started when first asked for. */
export function server(): Promise<Running> {
  running ??= start();
  return running;
}

async function start() {
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const settings = { ...readSettings({ RATE_LIMIT: 'off', DATABASE_POOL_SIZE: '6' }), publicUrl: 'http://plinth.test' };
  // A name of its own, so that a test can find this file's connections and no others.
  const application = `plinth-${randomBytes(4).toString('hex')}`;
  const database = openDatabase({
    url: `${inject('databaseUrl')}?application_name=${application}`,
    poolSize: settings.databasePoolSize,
    statementTimeoutMs: settings.statementTimeoutMs,
    log,
  });
  const models = await openModelCache({ database, maxSchemas: settings.schemaCacheSize, log });
  const app = createApp({ settings, database, access: openAccess(database), models, log });
  const listening = await new Promise<Server>((settle) => {
    const it = app.listen(0, '127.0.0.1', () => settle(it));
  });
  const { port } = listening.address() as { port: number };
  return {
    application,
    url: `http://127.0.0.1:${port}`,
    database,
    models,
    async close() {
      await new Promise<void>((settle) => {
        listening.close(() => settle());
        listening.closeAllConnections();
      });
      await models.stop();
      await database.end();
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

/** A workspace of its own, with the standard objects, its key, and three ways in. */
export async function workspace() {
  const { url, database } = await server();
  const name = `t${randomBytes(5).toString('hex')}`;
  const created = await createWorkspace(database, { name });
  made.push(name);
  const key = created.apiKey;

  async function rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
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

  return {
    ...created,
    key,
    url,
    rest,
    gql: (query: string, variables?: object) => data('/graphql', query, variables),
    /** The first error of an operation that must fail. */
    async refused(query: string, variables?: object): Promise<any> {
      const { errors } = await graphql('/graphql', query, variables);
      if (!errors?.[0]) throw new Error(`${query} was not refused`);
      return errors[0];
    },
    metadata: (query: string, variables?: object) => data('/metadata', query, variables),
    async metadataRefused(query: string, variables?: object): Promise<any> {
      const { errors } = await graphql('/metadata', query, variables);
      if (!errors?.[0]) throw new Error(`${query} was not refused`);
      return errors[0];
    },
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
