/** Changes of the model are heard of, whatever becomes of the connection that listens for them. */

import { pino } from 'pino';
import { afterEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../db/pool.ts';
import { watchModels } from '../../server/catalog/watch.ts';
import { openModelCache } from '../../server/records/schema-cache.ts';
import { workspace } from '../fixture.ts';
import { wayTo } from '../network.ts';

const log = pino({ level: 'silent' });
const WITHIN = { timeout: 5_000, interval: 50 };

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function way() {
  const network = await wayTo(inject('databaseUrl'));
  opened.push(() => network.end());
  return network;
}

test('a change is served within 5 s although the connection that listens was lost without a word', async () => {
  const space = await workspace();
  const network = await way();
  const database = openDatabase({ url: inject('databaseUrl'), poolSize: 2, statementTimeoutMs: 5_000, log });
  opened.push(() => database.end());
  const models = await openModelCache({ database: { ...database, url: network.url }, maxSchemas: 5, log });
  opened.push(() => models.stop());
  const { fingerprint: before } = await models.get(space.schema);
  network.silence();
  await space.sql('alter table companies add column motto text');
  await expect.poll(async () => (await models.get(space.schema)).fingerprint, WITHIN).not.toBe(before);
});

test('a lost connection is opened again, and what happened meanwhile counts as missed', async () => {
  const network = await way();
  const heard: string[] = [];
  let gaps = 0;
  const watch = await watchModels({
    database: { url: network.url },
    log,
    onChange: (schema) => heard.push(schema),
    onGap: () => gaps++,
  });
  opened.push(() => watch.stop());
  expect(gaps).toBe(1);
  for (const [i, lose] of [network.close, network.silence].entries()) {
    lose();
    await expect.poll(watch.seesChangesByHand, WITHIN).toBe(false);
    network.open();
    await expect.poll(() => gaps, { timeout: 15_000 }).toBe(i + 2);
    const database = openDatabase({ url: inject('databaseUrl'), poolSize: 1, statementTimeoutMs: 5_000, log });
    await database.asOwner(({ run }) => run(`notify plinth_model, 'ws_${i}'`));
    await expect.poll(() => heard, WITHIN).toContain(`ws_${i}`);
    await database.end();
  }
});

test.each([0, 1_500])('stops within 2 s, also when nobody has answered for %i ms', async (ms) => {
  const network = await way();
  const watch = await watchModels({ database: { url: network.url }, log, onChange: () => {}, onGap: () => {} });
  network.silence();
  await new Promise((settle) => setTimeout(settle, ms));
  const began = performance.now();
  await watch.stop();
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('begins without a database, and hears of it when it comes', async () => {
  const network = await way();
  network.close();
  let gaps = 0;
  const watch = await watchModels({ database: { url: network.url }, log, onChange: () => {}, onGap: () => gaps++ });
  opened.push(() => watch.stop());
  expect([watch.seesChangesByHand(), gaps]).toEqual([false, 0]);
  network.open();
  await expect.poll(() => gaps, WITHIN).toBe(1);
});
