/** Records as clients give them, checked, and as the columns that they are in Postgres. Contract: core.md 2.20, 2.22 */

import type { PgClient } from 'postgraphile/@dataplan/pg';
import { columnsFor, type ServedObject, type ServedRelation } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { canonicalKey, keyMistake } from '../model/keys.ts';
import { type Field, joinName } from '../model/model.ts';
import { connectAll } from './connect.ts';
import { invalidKey } from './keys.ts';
import { namedEach } from './refused-record.ts';
import type { Input, Row } from './row.ts';

type Build = GraphileBuild.Build;

/**
 * Checked records as columns, connected to those that they name.
 * @param isMany whether a refused one is named by its place
 */
export async function rowsOf(
  build: Build,
  served: ServedObject,
  inputs: readonly Input[],
  isMany: boolean,
  client: PgClient,
): Promise<Row[]> {
  const connected = await connectAll(build, served, inputs, isMany, client);
  return namedEach(isMany, inputs, (input, index) => rowOf(served, input, connected?.[index] ?? new Map()));
}

/**
 * Checks one record and adds its columns to those that connect it. Fields are checked in the order in which the input
 * has them, which is that of the object: inputs are coerced.
 * @throws PlinthError INVALID_ARGS_DATA, naming the field. Contract: core.md 2.22
 */
function rowOf(served: ServedObject, input: Input, row: Row): Row {
  const members = membersOf(served);
  for (const name in input) {
    const value = input[name];
    if (value !== undefined) members.get(name)?.(value, row, input);
  }
  const { column, type } = served.key;
  if (type === 'uuid') return row;
  const id = row.get(column);
  if (id != null) {
    const mistake = keyMistake(type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(type, String(id), 'id', mistake));
    row.set(column, canonicalKey(type, String(id)));
  }
  return row;
}

/** Checks the value of a member of an input, and sets its columns. */
type SetMember = (value: Given, row: Row, input: Input) => void;

const known = new WeakMap<ServedObject, ReadonlyMap<string, SetMember>>();

/** What sets each member that an input of the object may have, by its name. */
function membersOf(served: ServedObject): ReadonlyMap<string, SetMember> {
  let members = known.get(served);
  if (!members) {
    members = new Map(served.fields.flatMap((field) => membersOfField(served, field)));
    known.set(served, members);
  }
  return members;
}

function membersOfField(served: ServedObject, field: Field): [string, SetMember][] {
  if (!field.relation) return [[field.name, valueSetter(served, field)]];
  if (field.relation.kind === 'ONE_TO_MANY') return [];
  const { localColumn, targetKey } = served.relations.get(field.name) as ServedRelation;
  const join = joinName(field);
  const setJoin: SetMember = (id, row, input) => {
    if (input[field.name] !== undefined)
      throw refuse('INVALID_ARGS_DATA', `"${join}" and "${field.name}" cannot both be provided`);
    const mistake = id === null ? null : keyMistake(targetKey.type, id);
    if (mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(targetKey.type, id, join, mistake));
    row.set(localColumn, id);
  };
  const disconnect: SetMember = (operation, row) => {
    if (operation === null || operation.disconnect === true) row.set(localColumn, null);
  };
  return [
    [join, setJoin],
    [field.name, disconnect],
  ];
}

function valueSetter(served: ServedObject, field: Field): SetMember {
  const { composite, check, write } = FIELD_TYPES[field.type];
  const columns = columnsFor(served, field).map(({ name, part }) => ({
    name,
    part: part.name ?? 'value',
    isReadOnly: part.isReadOnly === true,
    // Two records without a domain don't collide: in a unique column an empty text is null.
    isEmptyNull: field.isUnique && part.isUniqueKey === true,
  }));
  return (value, row) => {
    if (value === null) {
      if (field.name === 'id') return; // as if it were not given: it is generated
      if (!field.isNullable && composite === null)
        throw refuse('INVALID_ARGS_DATA', `Field "${field.name}" cannot be null`);
      for (const { name, isReadOnly } of columns) if (!isReadOnly) row.set(name, null);
      return;
    }
    const mistakes = check(value, field);
    if (mistakes.length > 0) throw refuse('INVALID_ARGS_DATA', invalid(field, value, mistakes));
    const written = write(value, field);
    for (const { name, part, isEmptyNull } of columns) {
      const each = written[part];
      if (each !== undefined) row.set(name, each === '' && isEmptyNull ? null : each);
    }
  };
}

function invalid(field: Field, value: unknown, mistakes: readonly string[]): string {
  const shown = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80);
  const { refusal } = FIELD_TYPES[field.type];
  return refusal?.(shown, field.name) ?? `Invalid value '${shown}' for field "${field.name}": ${mistakes.join('; ')}`;
}
