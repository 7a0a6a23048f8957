/** Is the process there (`/healthz`), and can it serve (`/readyz`): the database answers and has all migrations. */

import express from 'express';
import { pendingMigrations } from '../db/migrate.ts';
import type { Database } from '../db/pool.ts';

export function healthRouter(database: Database): express.Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (request, response) => {
    try {
      const pending = await pendingMigrations(database);
      response.status(pending.length === 0 ? 200 : 503).json({ status: pending.length === 0 ? 'ready' : 'migrations pending', pending });
    } catch (error) {
      request.log.warn({ err: error }, 'not ready');
      response.status(503).json({ status: 'the database cannot be reached' });
    }
  });
  return router;
}
