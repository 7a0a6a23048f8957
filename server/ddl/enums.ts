/**
 * The enum types of options: made, added to in place where PostgreSQL can, else made anew with their records moved
 * over. Pure.
 */

import { ident, literal } from '../../db/sql.ts';
import type { Change, Pair } from './compare.ts';
import { inTurn } from './renames.ts';
import type { Column, Enum, Table } from './shape.ts';
import { alone, type Loss, loss, type Statement, statement } from './statement.ts';

export function createEnums({ enums }: Change): Statement[] {
  return enums.come.map((type) => createEnum(type.name, type.values));
}

function createEnum(name: string, values: Enum['values']): Statement {
  return statement(
    `create type ${ident(name)} as enum (${values.map(({ value }) => literal(value)).join(', ')})`,
    `options of ${name}`,
  );
}

export function dropEnums({ enums }: Change): Statement[] {
  return enums.gone.map(({ name }) =>
    statement(`drop type ${ident(name)}`, `no field has the options of ${name} any more`),
  );
}

export function alterEnums(change: Change): Statement[] {
  return change.enums.kept.flatMap(({ before, after }) => {
    const columns = columnsOfEnum(change, after.key);
    const renamed = after.values.flatMap(({ id, value }) => {
      const old = before.values.find((each) => each.id === id);
      return old && old.value !== value ? [{ from: old.value, to: value }] : [];
    });
    const kept = before.values.filter(({ id }) => after.values.some((each) => each.id === id));
    const isGrown =
      kept.length === before.values.length &&
      after.values
        .filter(({ id }) => before.values.some((each) => each.id === id))
        .every(({ id }, i) => id === kept[i]?.id);
    const added = after.values.filter(({ id }) => !before.values.some((each) => each.id === id));
    // A value added to an enum can't be used before the transaction ends, not even in a default.
    const isUsed = added.some(({ value }) =>
      columns.some(({ pair }) => pair.after.default?.includes(literal(value)) || pair.after.default?.includes(value)),
    );
    if (!isGrown || (added.length > 0 && isUsed)) return remakeEnum(before, after, columns);
    return [
      ...inTurn(
        renamed.map(({ from, to }) => ({
          from,
          to,
          what: `option of ${after.name}`,
          table: null,
          sql: (a, b) => `alter type ${ident(after.name)} rename value ${literal(a)} to ${literal(b)}`,
        })),
      ),
      ...added.map(({ id, value }): Statement => {
        const place = after.values.findIndex((each) => each.id === id);
        const previous = after.values[place - 1];
        const where = previous
          ? `after ${literal(previous.value)}`
          : after.values.length > 1 && before.values[0]
            ? `before ${literal(renamed.find(({ from }) => from === before.values[0]?.value)?.to ?? before.values[0].value)}`
            : '';
        return statement(
          `alter type ${ident(after.name)} add value ${literal(value)} ${where}`.trim(),
          `${value} is a new option of ${after.name}`,
        );
      }),
      ...columns.flatMap(({ table, pair }) => enumDefault(table, pair)),
    ];
  });
}

type EnumColumn = { readonly was: Table; readonly table: Table; readonly pair: Pair<Column> };

/** Every column that is of an enum, or an array of it, with its table. */
function columnsOfEnum({ kept }: Change, key: string): EnumColumn[] {
  return kept.flatMap(({ before: was, after: table, columns }) =>
    columns.kept.filter(({ after }) => after.enumKey === key).map((pair) => ({ was, table, pair })),
  );
}

function enumDefault(table: Table, { before, after }: Pair<Column>): Statement[] {
  if (before.default === after.default) return [];
  return [
    statement(
      `alter table ${ident(table.name)} alter column ${ident(after.name)} ${after.default === null ? 'drop default' : `set default ${after.default}`}`,
      `${table.name}.${after.name}: has another default`,
      alone(table.name),
    ),
  ];
}

/** Postgres can neither remove nor reorder values: a new type takes the old one's place, and records move over. */
function remakeEnum(before: Enum, after: Enum, columns: readonly EnumColumn[]): Statement[] {
  const old = `plinth_old_${columns.length}_${after.name}`.slice(0, 63);
  const removed = before.values
    .filter(({ id }) => !after.values.some((each) => each.id === id))
    .map(({ value }) => value);
  const renamed = after.values.flatMap((now) => {
    const was = before.values.find(({ id }) => id === now.id);
    return was && was.value !== now.value ? [[was.value, now.value] as const] : [];
  });
  return [
    statement(`alter type ${ident(after.name)} rename to ${ident(old)}`, `${after.name} gets other options`),
    createEnum(after.name, after.values),
    ...columns.flatMap(({ was: tableBefore, table, pair: { before: was, after: now } }) => {
      const column = ident(now.name);
      const alter = (action: string, why: string, more: Partial<Statement> = {}) =>
        statement(`alter table ${ident(table.name)} alter column ${column} ${action}`, why, {
          ...alone(table.name),
          ...more,
        });
      const moved = now.isArray ? movedArray(column, removed, renamed) : movedValue(column, now, removed, renamed);
      return [
        ...(was.default === null ? [] : [alter('drop default', 'a default is of the old type')]),
        alter(`type ${now.type} using ${moved}::${now.type}`, `records of ${table.name} move to the new options`, {
          rewrites: true,
          losses: removed.map((value) => optionLoss(tableBefore, was, value)),
        }),
        ...(now.default === null ? [] : [alter(`set default ${now.default}`, 'the default, of the new type')]),
      ];
    }),
    statement(`drop type ${ident(old)}`, 'nothing is of the old type any more'),
  ];
}

function optionLoss(table: Table, { name, isArray }: Column, value: string): Loss {
  return loss(
    `the option ${value} in ${table.name}.${name}`,
    table.name,
    name,
    isArray ? `${literal(value)} = any (${ident(name)}::text[])` : `${ident(name)}::text = ${literal(value)}`,
  );
}

/** A removed option becomes the default, or null. */
function movedValue(
  column: string,
  { default: byDefault }: Column,
  removed: readonly string[],
  renamed: readonly (readonly [string, string])[],
): string {
  const cases = [
    ...removed.map((value) => `when ${literal(value)} then ${byDefault ?? 'null'}`),
    ...renamed.map(([from, to]) => `when ${literal(from)} then ${literal(to)}`),
  ];
  return cases.length === 0 ? `${column}::text` : `(case ${column}::text ${cases.join(' ')} else ${column}::text end)`;
}

/** A removed option leaves the list. Through text, for no subquery is allowed here. */
function movedArray(
  column: string,
  removed: readonly string[],
  renamed: readonly (readonly [string, string])[],
): string {
  const without = removed.reduce((list, value) => `array_remove(${list}, ${literal(value)})`, `${column}::text[]`);
  // Two steps where names are exchanged: by way of a text that no option can be.
  const parted = renamed.reduce(
    (list, [from], i) => `array_replace(${list}, ${literal(from)}, ${literal(`: ${i}`)})`,
    without,
  );
  return renamed.reduce((list, [, to], i) => `array_replace(${list}, ${literal(`: ${i}`)}, ${literal(to)})`, parted);
}
