/** The server: settings → database → app → listen → stop. */

import './graphile-env.ts';
import type { Server } from 'node:http';
import { pino } from 'pino';
import { openAccess } from './access/principal.ts';
import { createApp } from './app.ts';
import { makeDemo } from './demo.ts';
import { openModelCache } from './records/schema-cache.ts';
import { readSettings, type Settings } from './settings.ts';
import { openReadyDatabase } from './start.ts';
import { greeting } from './greeting.ts';

// Requests in flight get this long to finish once the server was told to stop.
const GRACE_MS = 10_000;

// Slow clients: headers must be there within this time, a whole request within that one.
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

async function main(settings: Settings): Promise<void> {
  const log = pino({ level: settings.logLevel });
  const { database, stop: stopDatabase } = await openReadyDatabase(settings, log);
  const models = await openModelCache({ database, maxSchemas: settings.schemaCacheSize, log });
  const access = openAccess(database);
  const demoKey = settings.hasDemo ? await makeDemo(database) : null;
  const app = createApp({ settings, database, access, models, log });
  const server = await listen(app, settings);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;

  let stopping: Promise<void> | undefined;
  const stop = (signal: string) => {
    stopping ??= (async () => {
      log.info({ signal }, 'stopping: finishing the requests in flight');
      await closed(server);
      await models.stop();
      await stopDatabase();
      log.info('stopped');
    })();
    stopping.then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
  process.stdout.write(greeting(settings, server, demoKey));
}

function listen(app: ReturnType<typeof createApp>, { port, host }: Settings): Promise<Server> {
  return new Promise((settle, fail) => {
    const server = app.listen(port, host, (error?: Error) => (error ? fail(error) : settle(server)));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((settle) => {
    server.close(() => settle());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  });
}

try {
  await main(readSettings(process.env));
} catch (error) {
  process.stderr.write(`plinth: ${(error as Error).message}\n`);
  process.exit(1);
}
