/** The server: settings → database → serve → stop. */

import './boot/node-version.ts';
import './graphile-env.ts';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { isConnectionLoss } from '../db/connection-loss.ts';
import { faultOf } from '../db/faults.ts';
import { openAccess } from './access/authentication.ts';
import { makeSetUpLink } from './access/links.ts';
import { openSessions } from './access/sessions.ts';
import { openUsage } from './access/usage.ts';
import { watchAccess } from './access/watch.ts';
import { builtConsole } from './boot/console-build.ts';
import { makeDemo } from './boot/demo.ts';
import { greeting } from './boot/greeting.ts';
import { openJobs } from './boot/jobs.ts';
import { openReadyDatabase, reasonOf, warnOfSuperuser } from './boot/start.ts';
import { openFeed } from './events/feed.ts';
import { openStreams } from './events/streams.ts';
import { BOUNDS, boundedServer } from './http/bounds.ts';
import { serve } from './http/serve.ts';
import { openModelCache } from './records/schema-cache.ts';
import { prepareRole } from './roles/postgres-roles.ts';
import { readSettings, type Settings } from './settings.ts';

// Requests in flight get this long to finish once the server was told to stop.
const GRACE_MS = 10_000;

// After an error that nothing caught, closing may itself hang: the process ends this long after the grace time in any
// case.
const CLOSING_MS = 5_000;

// Lines of the log that wait for their disk; those after them are dropped.
const MAX_UNWRITTEN_LOG_BYTES = 1_048_576;

/** Opens everything, in order; `opened` closes it in the other, however far this came. */
async function start(given: Settings, log: Logger, opened: AsyncDisposableStack): Promise<void> {
  // The port comes first: it is what fails most often, and the demo's key is shown only once.
  const bounds = { ...BOUNDS, keepAliveTimeoutMs: given.keepAliveTimeoutMs };
  const server = boundedServer(bounds).on('request', starting);
  const port = await listen(server, given);
  // A connection that cannot be accepted (no file descriptor is left) is its client's loss alone.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
  opened.defer(() => closed(server));
  const settings = given.port === port ? given : readSettings({ ...process.env, PORT: String(port) });

  const building = builtConsole().catch((error: Error) => {
    log.error({ err: error }, 'the console could not be built');
    return null;
  });
  const { database, stop } = await openReadyDatabase(settings, log);
  opened.defer(stop);
  await warnOfSuperuser(database, log);
  const models = await openModelCache({
    database,
    maxSchemas: settings.schemaCacheSize,
    log,
    prepareRole: (who) => prepareRole(database, who),
  });
  opened.defer(() => models.stop());
  const sessions = await openSessions(database, settings, log);
  const access = openAccess(database, sessions);
  const accessWatch = await watchAccess(database, access, log);
  opened.defer(() => accessWatch.stop());
  const usage = openUsage({ database, log });
  opened.defer(() => usage.stop());
  const jobs = openJobs({ database, log, settings });
  opened.defer(() => jobs.stop());
  const feed = openFeed({ database, models, log });
  opened.defer(() => feed.stop());
  const streams = openStreams({ database, log, maxPerCaller: settings.maxStreams });
  const demoKey = settings.hasDemo ? await makeDemo(database) : null;
  const setUpLink = await makeSetUpLink(database, settings.publicUrl);

  const consoleDir = await building;
  server.off('request', starting); // only now: a request that nobody listens for is never answered
  const serving = serve(server, {
    settings,
    database,
    access,
    sessions,
    models,
    log,
    feed,
    streams,
    usage,
    consoleDir,
  });
  // Before what the requests in flight need; together with sockets and streams, which would go on for ever.
  opened.defer(() => Promise.all([closed(server), serving.stop(), streams.stop()]).then(() => undefined));
  process.stdout.write(greeting(settings.publicUrl, { demoKey, setUpLink }));
}

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Retry-After': '1', Connection: 'close' }).end();
};

/** @returns the port, which is another than asked for where that is 0 */
function listen(server: Server, { port, host }: Settings): Promise<number> {
  return new Promise((settle, fail) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      fail(new Error(code === 'EADDRINUSE' ? `Port ${port} is in use: set PORT to another` : message));
    });
    server.listen(port, host, () => settle((server.address() as AddressInfo).port));
  });
}

/**
 * Takes no more requests, and waits for those in flight. Connections that are kept open are closed as they fall idle.
 */
function closed(server: Server): Promise<void> {
  return new Promise((settle) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      settle();
    });
  });
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = openLog(settings);
  const opened = new AsyncDisposableStack();
  const started = start(settings, log, opened);

  let stopping: Promise<void> | undefined;
  /** However often it is told to. What is still starting is waited for, so that nothing is left behind. */
  function stop(): Promise<void> {
    stopping ??= started.finally(() => opened.disposeAsync());
    return stopping;
  }

  let isFailing = false;
  /**
   * After an error that nothing caught, nobody knows the state of the process: it ends in order, and a supervisor
   * starts it again.
   */
  function fail(error: unknown): void {
    log.fatal({ err: error }, 'an error that nothing caught; the server stops');
    if (isFailing) return;
    isFailing = true;
    setTimeout(() => process.exit(1), GRACE_MS + CLOSING_MS);
    stop().finally(() => process.exit(1));
  }

  process.on('uncaughtException', fail);
  // graphile-worker 0.17 waits for none of the statements by which it lets go of jobs (worker.ts, failJob and
  // completeJob): when the database goes away during one, or its disk is full, nobody catches that. The job is given to
  // a worker again.
  process.on('unhandledRejection', (reason) => {
    if (isConnectionLoss(reason) || faultOf(reason)) log.warn({ err: reason }, 'the database failed a background job');
    else fail(reason);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!stopping) log.info({ signal }, 'stopping');
      stop().then(() => process.exit(isFailing ? 1 : 0), exit);
    });
  }
  await started.catch(stop);
}

/** Lines that cannot be written (the log's disk is full, its reader is gone) are lost, and stop nobody. */
function openLog({ logLevel }: Settings): Logger {
  process.stdout.on('error', () => undefined);
  const lines = pino.destination({ dest: 1, sync: true, maxLength: MAX_UNWRITTEN_LOG_BYTES });
  lines.on('error', () => undefined);
  return pino({ level: logLevel }, lines);
}

function exit(error: unknown): never {
  process.stderr.write(`plinth: ${reasonOf(error)}\n`);
  process.exit(1);
}

await main().catch(exit);
