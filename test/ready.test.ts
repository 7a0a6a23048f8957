/** From settings to a database that is ready, where the database isn't quite. */

import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { sql } from '../db/sql.ts';
import { openReadyDatabase } from '../server/boot/start.ts';
import { readSettings } from '../server/settings.ts';
import { wayTo } from './network.ts';

const log = pino({ level: 'silent' });

test('a database that is starting is waited for; one that is not there is not', async () => {
  const network = await wayTo(inject('databaseUrl'));
  const settings = readSettings({ DATABASE_URL: network.url });
  network.recover();
  const opening = openReadyDatabase(settings, log);
  const first = await Promise.race([opening, wait(1_200, 'waiting')]);
  expect(first).toBe('waiting');
  network.open();
  const { stop } = await opening;
  await Promise.all([stop(), stop()]);
  network.close();
  await expect(openReadyDatabase(settings, log)).rejects.toThrow(/^The database cannot be reached: /);
  await network.end();
});

test('stopping does not wait for a statement that nobody waits for', async () => {
  const { database, stop } = await openReadyDatabase(readSettings({ DATABASE_URL: inject('databaseUrl') }), log);
  const asleep = database.asOwner((client) => client.rows(sql`select pg_sleep(4.5)`));
  await wait(200);
  let isOver = false;
  asleep.then(() => {
    isOver = true;
  });
  await stop();
  expect(isOver).toBe(false);
  await asleep;
});
