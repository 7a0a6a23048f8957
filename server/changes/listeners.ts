/** Which objects somebody listens to, and the triggers that follow from it: none where nobody does. */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import type { Change } from '../ddl/compare.ts';
import { short } from '../ddl/shape.ts';
import type { Statement } from '../ddl/statement.ts';
import { CHANGES, type Present, planTriggers, planUntold, type RowChange, type Source } from '../ddl/triggers.ts';
import type { Model } from '../model/model.ts';
import { snakeCase } from '../model/names.ts';
import type { Where } from '../store/handmade.ts';
import type { Operation } from '../store/operations.ts';

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

/** A change that is about to happen: the model after it, and what becomes of tables. */
type Coming = { readonly after: Model; readonly change: Pick<Change, 'tables' | 'kept'> };

/**
 * What leads to the triggers that are wanted, after a change of the model or of who listens.
 * @param operations that somebody listens to
 * @param coming of the model; without one, somebody has begun to listen, or stopped
 */
export async function triggerStatements(
  client: Client,
  { workspaceId, schema }: Where,
  operations: readonly Operation[],
  coming?: Coming,
): Promise<Statement[]> {
  if (operations.length === 0 && coming) return []; // nobody listened before
  const now = await catalogOf(client, workspaceId, schema);
  const { objects, tables, present, hasOutbox } = coming ? afterwards(now, coming) : now;
  const modelled = new Map(objects.map(({ id, plural }) => [short(snakeCase(plural)), id]));
  const sources = tables.map((table): Source => {
    const id = modelled.get(table);
    // Whoever listens to an object that the model doesn't have listens to a table that a hand has made.
    const isMeant = ({ object }: Operation) =>
      object === '*' || (id === undefined ? !objects.some((each) => each.id === object) : object === id);
    const listened = new Set(operations.filter(isMeant).flatMap(({ action }) => changesOf(action)));
    return { table, isModelled: id !== undefined, listened };
  });
  const triggers = planTriggers(sources, present, { hasOutbox });
  return coming && hasOutbox ? [...planUntold(coming.change), ...triggers] : triggers;
}

/** What the catalog will say: tables of the model have their names and keys then, and their triggers with them. */
function afterwards({ tables, present, hasOutbox }: Catalog, { after, change }: Coming): Catalog {
  const names = new Map(change.kept.map((pair) => [pair.before.name, pair.after.name]));
  const gone = new Set(change.tables.gone.map(({ name }) => name));
  const nameOf = (table: string) => names.get(table) ?? table;
  const objects = after.objects.map(({ id, namePlural }) => ({ id, plural: namePlural }));
  const left = tables.filter((table) => !gone.has(table)).map(nameOf);
  const made = [...change.tables.come.map(({ name }) => name), ...names.values()];
  return {
    objects,
    tables: [...new Set([...left, ...made])].sort(),
    present: present.flatMap((each) => (gone.has(each.table) ? [] : { ...each, table: nameOf(each.table) })),
    hasOutbox,
  };
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
          select from pg_catalog.pg_constraint
          where conrelid = tables.oid and contype = 'p' and cardinality(conkey) = 1)) as tables,
      (select coalesce(json_agg(json_build_object('table', relname, 'trigger', tgname)), '[]')
        from pg_catalog.pg_trigger join tables on tgrelid = tables.oid
        where starts_with(tgname::text, 'plinth_') and not tgisinternal) as present,
      exists (select from tables where relname = 'plinth_outbox') as "hasOutbox"`);
  return row as Catalog;
}
