/**
 * What answers: HTTP and WebSockets, which run operations by one path, and share one account of what each caller may
 * ask.
 */

import type { Server } from 'node:http';
import { openGuessLimit } from '../access/guessing.ts';
import { openInFlight } from '../access/in-flight.ts';
import { openRateLimit } from '../access/rate-limit.ts';
import { openTurns } from '../access/turns.ts';
import { limitsOf } from '../limits/limits.ts';
import { type Listening, openExecute } from '../records/execute.ts';
import { type AppOptions, createApp } from './app.ts';
import { serveWebSockets } from './web-socket.ts';

export type ServeOptions = Omit<AppOptions, 'execute' | 'turns' | 'rateLimit' | 'inFlight' | 'guesses'> & {
  readonly feed: Listening;
};

/** @returns what ends the connections that would stay for ever */
export function serve(server: Server, options: ServeOptions): { stop(): Promise<void> } {
  const { settings, database, log, feed } = options;
  const turns = openTurns();
  const parts = {
    ...options,
    turns,
    execute: openExecute({
      database,
      log,
      turns,
      listening: feed,
      maxRecords: settings.maxRecordsPerRequest,
      limits: limitsOf(settings),
    }),
    rateLimit: openRateLimit({ database, log, rate: settings.rateLimit }),
    inFlight: openInFlight(settings.maxInFlight),
    guesses: openGuessLimit({ database, log, perMinute: settings.wrongTokenLimit }),
  };
  const app = createApp(parts);
  server.on('request', app);
  return serveWebSockets(server, { ...parts, app });
}
