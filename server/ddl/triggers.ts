/**
 * What writes changed rows down for those who listen: an outbox in the schema itself, and triggers that fill it in the
 * writer's own transaction, whoever writes. Pure. Why so: docs/decisions/2026-11-24-events.md.
 *
 *   insert, update, delete, truncate → trigger → plinth_outbox → (server/events) → plinth_events → webhooks, streams
 */

import { ident, literal, type SQL, sql } from '../../db/sql.ts';
import type { Change } from './compare.ts';
import { type Statement, statement } from './statement.ts';

/**
 * Changes of rows that somebody may want to hear of. What of an update is `updated`, `deleted` or `restored` is told
 * later.
 */
export const CHANGES = ['created', 'updated', 'destroyed'] as const;
export type RowChange = (typeof CHANGES)[number];

/** A table, and which of its changes somebody listens to. */
export type Source = {
  readonly table: string;
  /**
   * Does the model describe it? Then its key is `id` for good, and one statement writes all rows of another down: half
   * the cost of a call for each row. Tables made by hand may have any key, and partitions that are written to by
   * themselves.
   */
  readonly isModelled: boolean;
  readonly listened: ReadonlySet<RowChange>;
};

/** A trigger that is there, by its name. */
export type Present = { readonly table: string; readonly trigger: string };

/**
 * Leads from the triggers that are there to those that are wanted: none where nobody listens.
 * @param hasOutbox is it there already?
 */
export function planTriggers(
  sources: readonly Source[],
  present: readonly Present[],
  { hasOutbox }: { readonly hasOutbox: boolean },
): Statement[] {
  const wanted = sources.flatMap(triggersOf);
  const isIn = (list: readonly Present[], { table, trigger }: Present) =>
    list.some((each) => each.table === table && each.trigger === trigger);
  const gone = present.filter((each) => !isIn(wanted, each));
  const come = wanted.filter((each) => !isIn(present, each));
  return [
    ...(hasOutbox || come.length === 0 ? [] : outbox()),
    ...gone.map(({ table, trigger }) =>
      statement(`drop trigger ${ident(trigger)} on ${ident(table)}`, `nobody listens to ${table} any more`, {
        locks: [{ table, blocks: 'all' }],
      }),
    ),
    ...come.map(({ table, sql }) =>
      statement(sql, `somebody listens to ${table}`, { locks: [{ table, blocks: 'writes' }] }),
    ),
  ];
}

/** Tables of a workspace's schema which are Plinth's own. */
export function ownTable({ schema }: { readonly schema: string }, name: 'plinth_outbox' | 'plinth_events'): SQL {
  return sql.identifier(schema, name);
}

/**
 * Rows that were written down and are not told of yet, have columns by the names of then: they follow a rename. This
 * runs as the login role. So functions and operators are named with their schema: another schema in the search path may
 * have some of the same names that fit the types better, and would be called.
 */
export function planUntold({ kept }: Pick<Change, 'kept'>): Statement[] {
  return kept.flatMap(({ after: { name: table }, columns }) => {
    const renamed = columns.kept.filter(({ before, after }) => before.name !== after.name);
    if (renamed.length === 0) return [];
    const names = renamed.map(({ before, after }) => `(${literal(before.name)}, ${literal(after.name)})`).join(', ');
    const inNewNames = (row: string) =>
      `(
  select pg_catalog.json_object_agg(coalesce(now, key), value)
  from pg_catalog.json_each(${row})
  left join names on was operator(pg_catalog.=) key)`;
    return statement(
      `with names (was, now) as (values ${names})
update plinth_outbox set before = ${inNewNames('before')}, after = ${inNewNames('after')}
where source operator(pg_catalog.=) ${literal(ident(table))}::regclass`,
      `changes of ${table} that are still to be told have the new names`,
    );
  });
}

/** Takes back all that there is of it, with the triggers: of a schema that stays when its workspace goes. */
export function withoutEvents(): string {
  return `drop function if exists ${FUNCTIONS.map((name) => `${name}()`).join(', ')} cascade;
drop table if exists plinth_outbox, plinth_events`;
}

/** What the triggers call. */
const FUNCTIONS = ['plinth_created', 'plinth_updated', 'plinth_destroyed', 'plinth_changed_row', 'plinth_truncated'];

type Wanted = Present & { readonly sql: string };

function triggersOf({ table, isModelled, listened }: Source): Wanted[] {
  const each = CHANGES.filter((change) => listened.has(change)).map((change) =>
    isModelled ? ofStatements(table, change) : ofRows(table, change),
  );
  return listened.has('destroyed') ? [...each, ofTruncate(table)] : each;
}

const EVENTS = { created: 'insert', updated: 'update', destroyed: 'delete' } as const;
const ROWS = {
  created: 'new table as after',
  updated: 'old table as before new table as after',
  destroyed: 'old table as before',
} as const;

function ofStatements(table: string, change: RowChange): Wanted {
  const trigger = `plinth_${change}`;
  return {
    table,
    trigger,
    sql: `create trigger ${trigger} after ${EVENTS[change]} on ${ident(table)} referencing ${ROWS[change]} for each statement execute function ${trigger}()`,
  };
}

function ofRows(table: string, change: RowChange): Wanted {
  const trigger = `plinth_${change}_row`;
  return {
    table,
    trigger,
    sql: `create trigger ${trigger} after ${EVENTS[change]} on ${ident(table)} for each row execute function plinth_changed_row()`,
  };
}

function ofTruncate(table: string): Wanted {
  return {
    table,
    trigger: 'plinth_truncated',
    sql: `create trigger plinth_truncated before truncate on ${ident(table)} for each statement execute function plinth_truncated()`,
  };
}

/**
 * Rows are written down as `json`, which is text: half the cost of `jsonb`, and no number loses a digit. A table is
 * remembered as `regclass`, so that a rename between the write and its event does no harm. `*<>` compares rows byte by
 * byte, whatever their types.
 */
function outbox(): Statement[] {
  return [
    statement(
      `create table plinth_outbox (
  id bigint generated always as identity constraint plinth_outbox_pkey primary key,
  source regclass not null,
  before json,
  after json,
  actor text default current_setting('plinth.actor', true),
  at timestamptz not null default clock_timestamp()
)`,
      'rows that were changed, written down by triggers in the writer’s transaction',
    ),
    statement(
      `create table plinth_events (
  position bigint generated always as identity constraint plinth_events_pkey primary key,
  object_id uuid not null,
  object_name text not null,
  action text not null,
  record_id text not null,
  record json not null,
  before json,
  updated_fields text[],
  actor json,
  at timestamptz not null
)`,
      'what became of them: events in the order in which they are told',
    ),
    statement('create index plinth_events_at_idx on plinth_events (at)', 'old events are deleted'),
    ...[
      ['plinth_created', `insert into plinth_outbox (source, after) select tg_relid, row_to_json(a) from after as a;`],
      [
        'plinth_updated',
        `insert into plinth_outbox (source, before, after)
    select tg_relid, row_to_json(b), row_to_json(a)
    from before as b
    full join after as a using (id) -- a row that got another id is another record
    where b.id is null or a.id is null or b *<> a;`,
      ],
      [
        'plinth_destroyed',
        `insert into plinth_outbox (source, before) select tg_relid, row_to_json(b) from before as b;`,
      ],
      [
        'plinth_changed_row',
        `if tg_op = 'INSERT' then
    insert into plinth_outbox (source, after) values (tg_relid, row_to_json(new));
  elsif tg_op = 'DELETE' then
    insert into plinth_outbox (source, before) values (tg_relid, row_to_json(old));
  elsif old *<> new then
    insert into plinth_outbox (source, before, after) values (tg_relid, row_to_json(old), row_to_json(new));
  end if;`,
      ],
      [
        'plinth_truncated',
        `execute format('insert into plinth_outbox (source, before) select %s, row_to_json(t) from %s as t', tg_relid, tg_relid::regclass);`,
      ],
    ].map(([name, body]) => statement(triggerFunction(name as string, body as string), `what a trigger ${name} does`)),
    statement(
      `select plinth.disown(current_schema()::text, array[${FUNCTIONS.map(literal).join(', ')}])`,
      'triggers write rows down as the role of the workspace, whoever writes a record; the two tables are for nobody else',
    ),
  ];
}

/**
 * Runs as its owner, for whoever writes a record needs no right to the outbox; and in its own schema, whatever the
 * writer’s path.
 */
function triggerFunction(name: string, body: string): string {
  return `create function ${name}() returns trigger language plpgsql security definer set search_path from current as ${literal(`
begin
  ${body}
  return null;
end
`)};
revoke all on function ${name}() from public`;
}
