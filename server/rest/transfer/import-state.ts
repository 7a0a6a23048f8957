/**
 * How far an import is, in the control schema: written in the transaction of each batch, so that it goes on after what
 * is there.
 */

import type { Client } from '../../../db/client.ts';
import type { Database } from '../../../db/pool.ts';
import { sql } from '../../../db/sql.ts';
import { refuse } from '../../errors.ts';

/** What must be the same for an import to be gone on with. Ids are each workspace's own. */
export type ImportKey = {
  readonly workspaceId: string;
  readonly id: string;
  readonly objectName: string;
  readonly format: 'csv' | 'ndjson';
  readonly isUpsert: boolean;
};

export type ImportState = {
  /** The last line that is done with. */
  readonly line: number;
  /** Of the file up to the end of that line. */
  readonly digest: string;
  readonly created: number;
  readonly updated: number;
  readonly refused: number;
};

// Whoever hasn't gone on with an import by then begins another.
const KEPT_FOR = '7 days';

const COUNTS = sql`line::float8 as line, created::float8 as created, updated::float8 as updated,
refused::float8 as refused`;

/**
 * Begins an import, or finds where one of this id stopped. Old ones go.
 * @throws PlinthError IMPORT_CONFLICT where it is of another object or format
 */
export async function openImport(database: Database, key: ImportKey): Promise<ImportState> {
  const { workspaceId, id, objectName, format, isUpsert } = key;
  const [found] = await database.asOwner((client) =>
    client.rows<ImportState & Pick<ImportKey, 'objectName' | 'format' | 'isUpsert'>>(sql`
      with old as (
        delete from plinth.imports
        where updated_at < now() - ${sql.value(KEPT_FOR)}::interval
          and (workspace_id, id) <> (${sql.value(workspaceId)}, ${sql.value(id)})
      )
      insert into plinth.imports (workspace_id, id, object_name, format, is_upsert)
      values (${sql.value(workspaceId)}, ${sql.value(id)}, ${sql.value(objectName)}, ${sql.value(format)},
        ${sql.value(isUpsert)})
      on conflict (workspace_id, id) do update set updated_at = now()
      returning object_name as "objectName", format, is_upsert as "isUpsert", digest, ${COUNTS}`),
  );
  if (!found) throw new Error('The import was neither made nor found');
  if (found.objectName !== objectName || found.format !== format || found.isUpsert !== isUpsert) {
    throw refuse(
      'IMPORT_CONFLICT',
      `Import ${id} is of ${found.objectName} as ${found.format}, ${found.isUpsert ? 'with' : 'without'} upsert: it cannot go on as another`,
    );
  }
  return found;
}

/**
 * In the writer's transaction. Two requests with the same import wait for each other here, and the second finds the
 * first's line, and is refused.
 * @throws PlinthError IMPORT_CONFLICT
 */
export async function advanceImport(
  client: Client,
  { workspaceId, id }: ImportKey,
  from: ImportState,
  to: ImportState,
): Promise<void> {
  const moved = await client.rows(sql`
    update plinth.imports
    set
      line = ${sql.value(to.line)},
      digest = ${sql.value(to.digest)},
      created = ${sql.value(to.created)},
      updated = ${sql.value(to.updated)},
      refused = ${sql.value(to.refused)},
      updated_at = now()
    where workspace_id = ${sql.value(workspaceId)} and id = ${sql.value(id)} and line = ${sql.value(from.line)}
    returning id`);
  if (moved.length === 0) throw refuse('IMPORT_CONFLICT', `Import ${id} is going on in another request`);
}

export async function finishImport(database: Database, { workspaceId, id }: ImportKey): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`
      update plinth.imports
      set is_done = true, updated_at = now()
      where workspace_id = ${sql.value(workspaceId)} and id = ${sql.value(id)}`),
  );
}

/** As the API shows it. @throws PlinthError IMPORT_NOT_FOUND */
export async function findImport(
  database: Database,
  workspaceId: string,
  objectName: string,
  id: string,
): Promise<object> {
  const [found] = await database.asOwner((client) =>
    client.rows<object>(sql`
      select
        id, object_name as "objectName", format, is_upsert as upsert, is_done as "isDone", ${COUNTS},
        created_at as "createdAt", updated_at as "updatedAt"
      from plinth.imports
      where workspace_id = ${sql.value(workspaceId)} and id = ${sql.value(id)}
        and object_name = ${sql.value(objectName)}`),
  );
  if (!found) throw refuse('IMPORT_NOT_FOUND');
  return found;
}
