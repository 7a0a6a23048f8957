/** Is the process there (`/healthz`), and can it serve (`/readyz`): the database answers and has all migrations. */

import express, { type Response } from 'express';
import { pendingMigrations } from '../db/migrate.ts';
import type { Database } from '../db/pool.ts';

/** Both answer without a key, so they say no more than a load balancer needs. */
export function healthRouter(database: Database): express.Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (request, response) => {
    try {
      const pending = await pendingMigrations(database);
      if (pending.length === 0) response.json({ status: 'ok' });
      else notReady(response, 'the database lacks migrations');
    } catch (error) {
      request.log.warn({ err: error }, 'not ready');
      notReady(response, 'the database does not answer');
    }
  });
  return router;
}

function notReady(response: Response, reason: string): void {
  response.status(503).json({ status: 'unavailable', reason });
}
