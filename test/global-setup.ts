/**
 * For the whole run: one real PostgreSQL, the bundled one in a directory of its own or TEST_DATABASE_URL, and the
 * console.
 */

import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { builtConsole } from '../server/boot/console-build.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    consoleDir: string;
  }
}

export default async function setup(project: TestProject) {
  const log = pino({ level: 'warn' });
  const given = process.env.TEST_DATABASE_URL;
  const dataDir = await mkdtemp(join(tmpdir(), 'plinth-test-'));
  await chmod(dataDir, 0o755); // the server may run as another user, who must be let through
  const building = builtConsole();
  const embedded = given ? null : await startEmbedded({ dataDir, log });
  const consoleDir = await building;
  // As a superuser: tests make databases and roles. What Plinth may do as less is in managed.test.ts and
  // db/embedded-login.test.ts.
  const url = given ?? (await superuserUrl((embedded as { url: string }).url, dataDir));
  await migrate(url, log);
  project.provide('databaseUrl', url);
  project.provide('consoleDir', consoleDir);
  return async () => {
    await embedded?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** Of a bundled PostgreSQL, whose own URL is that of its login role. */
export async function superuserUrl(url: string, dataDir: string): Promise<string> {
  const password = await readFile(join(dataDir, 'postgres/data/plinth_password'), 'utf8');
  return Object.assign(new URL(url), { username: 'postgres', password }).href;
}
