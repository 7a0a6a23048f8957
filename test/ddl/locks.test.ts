/** What a plan says of its statements (what they lock, whether they rewrite) is what Postgres does. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { requireStatements } from '../../server/ddl/later.ts';
import { plan } from '../../server/ddl/plan.ts';
import type { Column, Table } from '../../server/ddl/shape.ts';
import type { Lock, Statement } from '../../server/ddl/statement.ts';
import { createField, deleteField, updateField } from '../../server/model/edit/fields.ts';
import { createObject, deleteObject, updateObject } from '../../server/model/edit/objects.ts';
import type { Model } from '../../server/model/model.ts';
import { emptyModel } from '../../server/model/standard/standard.ts';

const OPTIONS = { idDefault: 'gen_random_uuid()' };

let client: pg.Client;
const schema = `locks_${randomBytes(5).toString('hex')}`;

beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  await client.query(`create schema ${schema}; set search_path to ${schema}`);
});

afterAll(async () => {
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
});

const BLOCKS: Record<string, Lock['blocks']> = {
  AccessExclusiveLock: 'all',
  ExclusiveLock: 'writes',
  ShareRowExclusiveLock: 'writes',
  ShareLock: 'writes',
};

type Seen = { readonly locks: Lock[]; readonly rewrites: boolean };

type Known = { readonly oid: number; readonly name: string; readonly file: number };

async function tables(): Promise<Known[]> {
  const { rows } = await client.query<Known>(
    `select oid, relname as name, relfilenode as file from pg_class
    where relnamespace = '${schema}'::regnamespace and relkind = 'r'`,
  );
  return rows;
}

/** Runs a statement, and looks at what it holds of `known` tables before it lets go. */
async function seen({ sql }: Statement, known: ReadonlySet<number>): Promise<Seen> {
  const before = (await tables()).filter(({ oid }) => known.has(oid));
  await client.query('begin');
  try {
    await client.query(sql);
    const { rows } = await client.query<{ oid: number; mode: string }>(
      `select relation as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
    );
    const after = new Map((await tables()).map(({ oid, file }) => [oid, file]));
    const held = before.flatMap(({ oid, name }) => {
      const modes = rows.filter((row) => row.oid === oid).map(({ mode }) => BLOCKS[mode]);
      const blocks = modes.includes('all') ? 'all' : modes.includes('writes') ? 'writes' : null;
      return blocks ? [{ table: name, blocks } as const] : [];
    });
    return { locks: held, rewrites: before.some(({ oid, file }) => after.has(oid) && after.get(oid) !== file) };
  } finally {
    await client.query('commit');
  }
}

const byTable = (a: Lock, b: Lock) => (a.table < b.table ? -1 : 1);

test('locks and rewrites are as planned', async () => {
  let model = emptyModel();
  let before: Model = { objects: [] };
  const kinds = new Set<string>();
  const idOf = (name: string) => model.objects.find(({ nameSingular }) => nameSingular === name)?.id as string;
  const fieldId = (object: string, name: string) =>
    model.objects.find(({ nameSingular }) => nameSingular === object)?.fields.find((field) => field.name === name)
      ?.id as string;
  const field =
    (object: string, type: string, name: string, more: object = {}) =>
    () =>
      createField(model, { objectMetadataId: idOf(object), type, name, label: name, ...more }).model;
  const object = (nameSingular: string, namePlural: string) => () =>
    createObject(model, { nameSingular, namePlural, labelSingular: nameSingular, labelPlural: namePlural });
  const options = (...values: string[]) => ({
    options: values.map((value, position) => ({ value, label: value, position })),
  });
  const steps: (() => Model)[] = [
    () => model,
    object('rocket', 'rockets'),
    object('pad', 'pads'),
    field('rocket', 'TEXT', 'code'),
    field('rocket', 'TEXT', 'serial', { isUnique: true }),
    field('rocket', 'UUID', 'token', { defaultValue: 'uuid' }),
    field('rocket', 'DATE_TIME', 'built', { defaultValue: 'now' }),
    field('rocket', 'NUMBER', 'thrust', { defaultValue: 2 }),
    field('rocket', 'SELECT', 'stage', { ...options('A', 'B'), defaultValue: "'A'" }),
    () => related(),
    () => updateField(model, fieldId('rocket', 'code'), { isUnique: true }),
    () => updateField(model, fieldId('rocket', 'code'), { name: 'mark' }),
    () => updateField(model, fieldId('rocket', 'thrust'), { settings: { dataType: 'int' } }),
    () => updateField(model, fieldId('rocket', 'thrust'), { settings: { dataType: 'float' } }),
    () => updateField(model, fieldId('rocket', 'stage'), options('A', 'B', 'C')),
    () => updateField(model, fieldId('rocket', 'stage'), options('C', 'A')),
    () => updateField(model, fieldId('rocket', 'name'), { name: 'title' }), // the search vector reads it
    () => updateField(model, fieldId('rocket', 'stage'), { description: 'Where it is', defaultValue: null }),
    () => updateObject(model, idOf('rocket'), { nameSingular: 'launcher', namePlural: 'launchers' }),
    () => deleteField(model, fieldId('launcher', 'pad')),
    () => deleteField(model, fieldId('launcher', 'mark')),
    () => deleteObject(model, idOf('launcher')),
  ];
  // Before PostgreSQL 18 what may not be empty has no name that would have to follow its table's.
  const { rows } = await client.query(`select current_setting('server_version_num')::int >= 180000 as "areNamed"`);
  const locksOf = ({ sql, locks }: Statement) => (rows[0].areNamed || !sql.startsWith('do $$') ? [...locks] : []);
  for (const [number, step] of steps.entries()) {
    before = number === 0 ? before : model;
    model = step();
    const known = new Set((await tables()).map(({ oid }) => oid));
    for (const statement of plan(before, model, OPTIONS)) {
      const { locks, rewrites } = await seen(statement, known);
      const { sql } = statement;
      expect({ sql, locks: locks.sort(byTable), rewrites }).toEqual({
        sql,
        locks: locksOf(statement).sort(byTable),
        rewrites: statement.rewrites,
      });
      kinds.add(`${statement.locks.map(({ blocks }) => blocks).join()} ${statement.rewrites}`);
    }
  }
  expect(kinds.size).toBeGreaterThan(4);

  function related(): Model {
    return createField(model, {
      objectMetadataId: idOf('rocket'),
      type: 'RELATION',
      name: 'pad',
      label: 'Pad',
      relationCreationPayload: {
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: idOf('pad'),
        targetFieldLabel: 'Rockets',
      },
    }).model;
  }
});

test('a column that may not be empty any more is not read under the lock that says so', async () => {
  await client.query('create table crates (weight integer)');
  const said: string[] = [];
  const hear = ({ message }: { message?: string | undefined }) => said.push(String(message));
  client.on('notice', hear);
  await client.query('set client_min_messages to debug1');
  const column = { name: 'weight', isNotNull: true } as Column;
  for (const statement of requireStatements({ name: 'crates' } as Table, column)) await client.query(statement);
  await client.query('reset client_min_messages');
  client.off('notice', hear);
  expect(said).toContainEqual(
    expect.stringMatching(/^existing constraints on column "crates.weight" are sufficient to prove/),
  );
  const { rows } = await client.query(
    `select attnotnull, (select count(*)::int from pg_constraint where conrelid = attrelid and contype = 'c') as checks
     from pg_attribute where attrelid = 'crates'::regclass and attname = 'weight'`,
  );
  expect(rows).toEqual([{ attnotnull: true, checks: 0 }]);
});
