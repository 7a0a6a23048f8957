/**
 * Is the process there (`/healthz`), and can it serve (`/readyz`): the database answers, has all migrations, and takes
 * writes.
 */

import express, { type NextFunction, type Request, type Response } from 'express';
import { pendingMigrations } from '../../db/migrate.ts';
import type { Database } from '../../db/pool.ts';
import { Busy } from '../../db/queue.ts';
import { sql } from '../../db/sql.ts';
import type { ErrorCode } from '../errors.ts';
import { unavailable } from '../graphql/wire-errors.ts';
import { rolledBack } from '../store/run.ts';

const REASONS: Partial<Record<ErrorCode, string>> = {
  DATABASE_FULL: 'the disk of the database is full',
  DATABASE_READ_ONLY: 'the database takes no writes',
  DATABASE_OVERLOADED: 'the database is out of memory, connections or temporary space',
  DATABASE_STORAGE_FAILED: 'the storage of the database fails',
};

/**
 * Both answer without a key, so they say no more than a load balancer needs.
 *
 * Whether the database takes writes is not tried while all goes well: that would write each time. Once a request was
 * answered 503, each `/readyz` tries it, until a write succeeds.
 */
export function healthRouter(database: Database): express.Router {
  const router = express.Router();
  let isInDoubt = false;
  let trying: Promise<void> | null = null;

  /** One at a time, however many ask. */
  function tryWrite(): Promise<void> {
    trying ??= writeSomething(database).finally(() => {
      trying = null;
    });
    return trying;
  }

  async function ready(): Promise<string | null> {
    if ((await pendingMigrations(database)).length > 0) return 'the database lacks migrations';
    if (!isInDoubt) return null;
    isInDoubt = false; // unless the next request finds otherwise
    try {
      await tryWrite();
      return null;
    } catch (error) {
      isInDoubt = true;
      if (error instanceof Busy) return null; // it was not tried
      throw error;
    }
  }

  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (request, response) => {
    try {
      const reason = await ready();
      if (reason === null) response.json({ status: 'ok' });
      else notReady(response, reason);
    } catch (error) {
      request.log.warn({ err: error }, 'not ready');
      const code = unavailable(error)?.code;
      notReady(response, (code && REASONS[code]) ?? 'the database does not answer');
    }
  });
  router.use((_request: Request, response: Response, next: NextFunction) => {
    response.once('finish', () => {
      // GraphQL answers 200 whatever became of it.
      if ((response.locals.status ?? response.statusCode) === 503) isInDoubt = true;
    });
    next();
  });
  return router;
}

/** Some 200 KB in a new file: a row might still find room in an old one. Nothing is left of it. */
async function writeSomething(database: Database): Promise<void> {
  await rolledBack(database, (client) =>
    client.rows(sql`create table plinth.written as select repeat('x', 2000) as text from generate_series(1, 100)`),
  );
}

function notReady(response: Response, reason: string): void {
  response.status(503).json({ status: 'unavailable', reason });
}
