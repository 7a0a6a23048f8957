/** Reading a schema costs as much as there is in it: no part of it is compared with each other part. */

import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Client } from '../../db/client.ts';
import { openDatabase } from '../../db/pool.ts';
import { compiled, type SQL } from '../../db/sql.ts';
import { fingerprint } from '../../server/catalog/fingerprint.ts';
import { introspect } from '../../server/catalog/introspection.ts';

const database = openDatabase({
  url: inject('databaseUrl'),
  poolSize: 1,
  statementTimeoutMs: 15_000,
  log: pino({ level: 'silent' }),
});
const [SMALL, LARGE] = [40, 160];
const name = `linear_${randomBytes(4).toString('hex')}`;
const schemaOf = (tables: number) => `${name}_${tables}`;

beforeAll(async () => {
  await database.asOwner(async (client) => {
    await client.run(`create role ${name}`);
    for (const tables of [SMALL, LARGE]) {
      const schema = schemaOf(tables);
      await client.run(`create schema ${schema}; grant usage on schema ${schema} to ${name}`);
      for (let i = 0; i < tables; i++) {
        const before = i === 0 ? '' : `, before_id int references ${schema}.t${i - 1}`;
        await client.run(`
          create table ${schema}.t${i} (id int primary key, a text, b text, hidden text unique ${before});
          comment on column ${schema}.t${i}.a is 'first';
          grant select (id, a${i === 0 ? '' : ', before_id'}), update (a) on ${schema}.t${i} to ${name}`);
      }
    }
  });
});

afterAll(async () => {
  await database.asOwner(async (client) => {
    for (const tables of [SMALL, LARGE]) await client.run(`drop schema ${schemaOf(tables)} cascade`);
    await client.run(`drop role ${name}`);
  });
  await database.end();
});

test.each([
  ['introspection', introspect],
  ['fingerprint', fingerprint],
] as const)('the %s of a role that may read a part grows with the schema, not with its square', async (_name, read) => {
  const rowsOf = async (tables: number) => rowsReadBy((client) => read(client, schemaOf(tables), name));
  const [small, large] = [await rowsOf(SMALL), await rowsOf(LARGE)];
  expect(large / small).toBeLessThan(1.2 * (LARGE / SMALL));
});

type Plan = {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
};

/** How many rows the steps of a statement went through. */
async function rowsReadBy(read: (client: Client) => Promise<unknown>): Promise<number> {
  let rows = 0;
  await database.asOwner((client) =>
    read({
      ...client,
      rows: async <Row>(fragment: SQL) => {
        const { text, values } = compiled(fragment);
        const { rows: plans } = await client.raw.query(`explain (analyze, format json) ${text}`, values);
        rows += sumOf(plans[0]['QUERY PLAN'][0].Plan);
        return client.rows<Row>(fragment);
      },
    }),
  );
  return rows;
}

function sumOf(plan: Plan): number {
  const read = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
  return read + (plan.Plans ?? []).reduce((sum, each) => sum + sumOf(each), 0);
}
