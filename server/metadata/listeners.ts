/** Which objects somebody listens to, and the triggers that follow from it: none where nobody does. */

import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { short } from '../ddl/shape.ts';
import type { Statement } from '../ddl/statement.ts';
import { CHANGES, type Present, planTriggers, type RowChange, type Source } from '../ddl/triggers.ts';
import { snakeCase } from '../model/names.ts';

/** What happens to records, as events name it. Contract: metadata.md 5 */
export const ACTIONS = ['created', 'updated', 'deleted', 'restored', 'destroyed'] as const;
export type Action = (typeof ACTIONS)[number];

/** What somebody listens to: an object by its id, whatever it is called; `*` for all there are, and will be. */
export type Operation = { readonly object: string; readonly action: Action | '*' };

/** Of a soft delete and its undoing, a table sees an update. */
function changesOf(action: Operation['action']): readonly RowChange[] {
  if (action === '*') return CHANGES;
  return [action === 'created' || action === 'destroyed' ? action : 'updated'];
}

type Catalog = {
  objects: { id: string; plural: string }[];
  /** With a key of one column, as objects have. */
  tables: string[];
  present: Present[];
  hasOutbox: boolean;
};

/**
 * What leads to the triggers that are wanted now, after a change of the model or of who listens.
 * @returns nothing where it is known that nobody listens, unless `mayBeLess`: somebody has just stopped
 */
export async function triggerStatements(
  client: Client,
  workspaceId: string,
  schema: string,
  { mayBeLess = false } = {},
): Promise<Statement[]> {
  const operations = await operationsOf(client, workspaceId);
  if (operations.length === 0 && !mayBeLess) return [];
  const { objects, tables, present, hasOutbox } = await catalogOf(client, workspaceId, schema);
  const modelled = new Map(objects.map(({ id, plural }) => [short(snakeCase(plural)), id]));
  const sources = tables.map((table): Source => {
    const id = modelled.get(table);
    // Whoever listens to an object that the model doesn't have listens to a table that a hand has made.
    const isMeant = ({ object }: Operation) =>
      object === '*' || (id === undefined ? !objects.some((each) => each.id === object) : object === id);
    const listened = new Set(operations.filter(isMeant).flatMap(({ action }) => changesOf(action)));
    return { table, isModelled: id !== undefined, listened };
  });
  return planTriggers(sources, present, { hasOutbox });
}

async function operationsOf(client: Client, workspaceId: string): Promise<Operation[]> {
  return client.rows<Operation>(sql`
    select distinct operation ->> 'object' as object, operation ->> 'action' as action
    from plinth.webhooks, jsonb_array_elements(operations) as operation
    where workspace_id = ${sql.value(workspaceId)} and disabled_at is null
    union
    select object, '*' from plinth.listeners where workspace_id = ${sql.value(workspaceId)} and until > now()`);
}

async function catalogOf(client: Client, workspaceId: string, schema: string): Promise<Catalog> {
  const [row] = await client.rows<Catalog>(sql`
    with tables as materialized (
      select c.oid, c.relname
      from pg_catalog.pg_depend as d
      join pg_catalog.pg_class as c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid
      where d.refclassid = 'pg_catalog.pg_namespace'::regclass
        and d.refobjid = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
        and c.relkind in ('r', 'p') and not c.relispartition
    )
    select
      (select coalesce(json_agg(json_build_object('id', id, 'plural', name_plural)), '[]')
        from plinth.objects where workspace_id = ${sql.value(workspaceId)}) as objects,
      (select coalesce(json_agg(relname order by relname), '[]')
        from tables
        where not starts_with(relname::text, 'plinth_') and exists (
          select from pg_catalog.pg_constraint where conrelid = tables.oid and contype = 'p' and cardinality(conkey) = 1)) as tables,
      (select coalesce(json_agg(json_build_object('table', relname, 'trigger', tgname)), '[]')
        from pg_catalog.pg_trigger join tables on tgrelid = tables.oid
        where starts_with(tgname::text, 'plinth_') and not tgisinternal) as present,
      exists (select from tables where relname = 'plinth_outbox') as "hasOutbox"`);
  return row as Catalog;
}
