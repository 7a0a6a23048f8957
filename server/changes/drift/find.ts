/**
 * Drift: where tables that the model describes were changed by hand. Found by comparison with tables made of the model.
 */

import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Client } from '../../../db/client.ts';
import { ident, sql } from '../../../db/sql.ts';
import { type CatalogTables, readTables } from '../../catalog/tables.ts';
import { planShapes } from '../../ddl/plan.ts';
import { type Shape, type ShapeOptions, shapeOf } from '../../ddl/shape.ts';
import type { Model } from '../../model/model.ts';
import { planOptions } from '../../store/plan-options.ts';
import { runInSchema } from '../../store/run.ts';
import { type Drift, driftOf } from './compare.ts';

/** What was made by hand beside the model is no drift, nor is what a job has still to do. */
export async function findDrift(
  client: Client,
  { workspaceId, schema }: { readonly workspaceId: string; readonly schema: string },
  model: Model,
): Promise<Drift[]> {
  const options = await planOptions(client);
  const shape = shapeOf(model, options);
  const actual = await readTables(client, schema);
  const drift = driftOf(model, shape, await tablesOf(client, shape, options), actual);
  const left = await client.rows<{ key: string }>(sql`
    select key from plinth.model_jobs
    where workspace_id = ${sql.value(workspaceId)} and state in ('waiting', 'running')`);
  const unfinished = new Set(left.map(({ key }) => key));
  return drift.filter(({ key }) => !unfinished.has(key));
}

export function patched(shape: Shape, drift: readonly Drift[]): Shape {
  return drift.reduce((so, { patch }) => patch(so), shape);
}

// Some 100 KB for the standard model. Postgres says the same of the same statements, whichever workspace asks; what
// could change that, another version of it, is part of the key. To make the tables takes seconds on a busy machine, and
// leaves dead rows in the catalog.
const MAX_KNOWN_CHARACTERS = 20_000_000;
const known = new LRUCache<string, CatalogTables>({ maxSize: MAX_KNOWN_CHARACTERS });

/**
 * What Postgres says of tables that are as the model has them: made for the purpose, and dropped again, once for each
 * model.
 */
async function tablesOf(client: Client, shape: Shape, options: ShapeOptions): Promise<CatalogTables> {
  const statements = planShapes({ enums: [], tables: [] }, shape, options);
  const [server] = await client.rows<{ version: string }>(sql`select version()`);
  const key = hash('sha256', JSON.stringify([server?.version, ...statements.map((statement) => statement.sql)]));
  const before = known.get(key);
  if (before) return before;
  const schema = `plinth_rehearsal_${randomBytes(8).toString('hex')}`;
  await client.run(`create schema ${ident(schema)}`);
  await runInSchema(client, schema, statements);
  const tables = await readTables(client, schema);
  await client.run(`drop schema ${ident(schema)} cascade`);
  known.set(key, tables, { size: JSON.stringify(tables).length });
  return tables;
}
