/**
 * Statements that are prepared by name: which are, on which connections, and what becomes of them when the tables
 * change.
 */

import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { forgetPrepared, repeated } from '../../db/prepared.ts';

async function connected(use: (raw: pg.Client) => Promise<void>) {
  const raw = new pg.Client({ connectionString: inject('databaseUrl') });
  await raw.connect();
  await use(raw).finally(() => raw.end());
}

async function namesOn(raw: pg.Client): Promise<string[]> {
  return (await raw.query('select name from pg_prepared_statements order by name')).rows.map(({ name }) => name);
}

test('a statement has a name from the second time on, and goes on by it', () =>
  connected(async (raw) => {
    const ask = () => repeated(raw, 'public', { text: 'select $1::int as n', values: [7] });
    await ask();
    expect(await namesOn(raw)).toEqual([]);
    for (let i = 0; i < 3; i++) expect((await ask()).rows).toEqual([{ n: 7 }]);
    expect(await namesOn(raw)).toEqual(['answer_1']);
  }));

test('a text that was asked for on another connection has a name at once', () =>
  connected(async (first) => {
    const ask = (raw: pg.Client) => repeated(raw, 'public', { text: 'select $1::int as again', values: [7] });
    await ask(first);
    expect(await namesOn(first)).toEqual([]);
    await connected(async (second) => {
      await ask(second);
      expect(await namesOn(second)).toEqual(['answer_1']);
    });
  }));

test('of two schemas the same text is two statements, and few are kept of each', () =>
  connected(async (raw) => {
    for (const schema of ['a', 'b', 'a', 'b']) await repeated(raw, schema, { text: 'select 1', values: [] });
    expect(await namesOn(raw)).toHaveLength(2);
    for (let i = 0; i < 200; i++) {
      const statement = { text: `select ${i}`, values: [] };
      await repeated(raw, 'a', statement);
      await repeated(raw, 'a', statement);
    }
    expect((await namesOn(raw)).length).toBeLessThanOrEqual(101);
  }));

test('a connection that serves many schemas forgets the statements of those that it has not served for longest', () =>
  connected(async (raw) => {
    for (let schema = 0; schema < 400; schema++) {
      for (let i = 0; i < 4; i++) await repeated(raw, `ws_${schema}`, { text: `select ${i % 2}`, values: [] });
    }
    const names = await namesOn(raw);
    expect(names.length).toBeGreaterThan(490);
    expect(names.length).toBeLessThanOrEqual(500);
    const ask = () => repeated(raw, 'ws_399', { text: 'select 1', values: [] });
    await ask();
    expect(await namesOn(raw)).toEqual(names);
  }));

test('what the database has forgotten, or has other types for, is run all the same', () =>
  connected(async (raw) => {
    await raw.query("create type pg_temp.mood as enum ('a')");
    const ask = () => repeated(raw, 'public', { text: "select 'a'::pg_temp.mood::text as mood", values: [] });
    for (let i = 0; i < 2; i++) await ask();
    await raw.query('deallocate all');
    expect((await ask()).rows).toEqual([{ mood: 'a' }]);
    for (let i = 0; i < 2; i++) await ask();
    await raw.query("drop type pg_temp.mood; create type pg_temp.mood as enum ('b', 'a')");
    expect((await ask()).rows).toEqual([{ mood: 'a' }]);
    await raw.query('discard all');
    forgetPrepared(raw);
    for (let i = 0; i < 2; i++) await expect(ask()).rejects.toThrow('mood');
  }));

test('a statement that fails the first time it has a name gets another one', () =>
  connected(async (raw) => {
    const ask = () => repeated(raw, 'public', { text: 'select 1 as one', values: [] });
    await ask();
    await raw.query('begin');
    await raw.query('select nothing').catch(() => undefined);
    await expect(ask()).rejects.toThrow('aborted');
    await raw.query('rollback');
    for (let i = 0; i < 3; i++) expect((await ask()).rows).toEqual([{ one: 1 }]);
  }));
