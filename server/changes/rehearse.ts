/**
 * A change tried out on tables of its own: what it makes of the GraphQL schema, with nobody's tables touched or locked.
 */

import { randomBytes } from 'node:crypto';
import type { Database } from '../../db/pool.ts';
import { ident } from '../../db/sql.ts';
import type { Builder } from '../access/request-context.ts';
import { see } from '../catalog/see.ts';
import { plan } from '../ddl/plan.ts';
import type { Statement } from '../ddl/statement.ts';
import { type SchemaDifference, schemaDifference } from '../graphql/schema-difference.ts';
import type { Model } from '../model/model.ts';
import { planOptions } from '../store/plan-options.ts';
import { rolledBack, runInNewSchema } from '../store/run.ts';

const NOTHING: Model = { objects: [] };

/**
 * Makes the tables of `before` in a schema that nobody else sees, looks at them, runs the statements there and looks
 * again; then rolls all of it back. The alternative, to run them in the workspace itself and roll that back, locks its
 * tables.
 *
 * What was made by hand is in neither of the two, so the difference is that of the model alone.
 */
export async function rehearse(
  database: Database,
  builder: Builder,
  before: Model,
  statements: readonly Statement[],
): Promise<SchemaDifference> {
  if (statements.length === 0) return { changes: [], breaking: [], dangerous: [] };
  const [was, now] = await rolledBack(database, async (client) => {
    const schema = `plinth_rehearsal_${randomBytes(8).toString('hex')}`;
    await client.run(`create schema ${ident(schema)}`);
    await runInNewSchema(client, schema, plan(NOTHING, before, await planOptions(client)));
    const first = await see(client, schema);
    await runInNewSchema(client, schema, statements);
    return [first, await see(client, schema)] as const;
  });
  const { schema } = await builder.servedFor(was);
  return schemaDifference(schema, (await builder.servedFor(now)).schema);
}
