/** Records as clients give them, checked, and as the columns that they are in Postgres. Contract: core.md 2.20, 2.22 */

import type { PgClient } from 'postgraphile/@dataplan/pg';
import { columnsFor, type ServedObject, type ServedRelation } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { canonicalKey, keyMistake } from '../model/keys.ts';
import { type Column, type Field, joinName } from '../model/model.ts';
import { connectAll } from './connect.ts';
import { invalidKey } from './keys.ts';
import { named } from './refused-record.ts';
import type { Row } from './unique-keys.ts';

export type Input = Readonly<Record<string, any>>;
type Build = GraphileBuild.Build;

/** Checked records as columns, connected to those that they name. @param isMany whether a refused one is named by its place */
export async function rowsOf(
  build: Build,
  served: ServedObject,
  inputs: readonly Input[],
  isMany: boolean,
  client: PgClient,
): Promise<Row[]> {
  const connected = await connectAll(build, served, inputs, isMany, client);
  return inputs.map((input, index) =>
    named(isMany ? index : undefined, () => rowOf(served, input, connected[index] as Row)),
  );
}

/** Checks one record and gives it as columns. @throws PlinthError INVALID_ARGS_DATA, naming the field. Contract: core.md 2.22 */
function rowOf(served: ServedObject, input: Input, connected: Row): Row {
  const row: Row = new Map(connected);
  for (const field of served.fields) {
    if (field.relation) {
      if (field.relation.kind === 'ONE_TO_MANY') continue;
      setJoin(field, served.relations.get(field.name) as ServedRelation, input, row);
      continue;
    }
    const value = input[field.name];
    if (value === undefined) continue;
    for (const [column, each] of columnValues(field, columnsFor(served, field), value)) row.set(column, each);
  }
  const { column, type } = served.key;
  const id = row.get(column);
  if (type !== 'uuid' && id != null) {
    const mistake = keyMistake(type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(type, String(id), 'id', mistake));
    row.set(column, canonicalKey(type, String(id)));
  }
  return row;
}

function setJoin(field: Field, { localColumn, targetKey }: ServedRelation, input: Input, row: Row): void {
  const id = input[joinName(field)];
  const operation = input[field.name];
  if (id !== undefined && operation !== undefined) {
    throw refuse('INVALID_ARGS_DATA', `"${joinName(field)}" and "${field.name}" cannot both be provided`);
  }
  if (id !== undefined) {
    const mistake = id === null ? null : keyMistake(targetKey.type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(targetKey.type, id, joinName(field), mistake));
    row.set(localColumn, id);
  }
  if (operation === null || operation?.disconnect === true) row.set(localColumn, null);
}

function columnValues(field: Field, columns: readonly Column[], value: unknown): [string, unknown][] {
  const type = FIELD_TYPES[field.type];
  if (value === null) {
    if (!field.isNullable && type.composite === null)
      throw refuse('INVALID_ARGS_DATA', `Field "${field.name}" cannot be null`);
    return columns.filter(({ part }) => !part.isReadOnly).map(({ name }) => [name, null]);
  }
  const mistakes = type.check(value, field);
  if (mistakes.length > 0) throw refuse('INVALID_ARGS_DATA', invalid(field, value, mistakes));
  const written = type.write(value, field);
  return columns.flatMap((column): [string, unknown][] => {
    const each = written[column.part.name ?? 'value'];
    if (each === undefined) return [];
    // Two records without a domain don't collide: in a unique column an empty text is null.
    return [[column.name, each === '' && field.isUnique && column.part.isUniqueKey ? null : each]];
  });
}

function invalid(field: Field, value: unknown, mistakes: readonly string[]): string {
  const shown = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80);
  const { refusal } = FIELD_TYPES[field.type];
  return refusal?.(shown, field.name) ?? `Invalid value '${shown}' for field "${field.name}": ${mistakes.join('; ')}`;
}
