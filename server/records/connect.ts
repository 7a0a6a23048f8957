/** Records named by a unique key of theirs, where another is connected to them. Contract: core.md 2.20 */

import type { PgClient } from 'postgraphile/@dataplan/pg';
import { type SQL, sql } from '../../db/sql.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { keyMistake } from '../model/keys.ts';
import { type Column, type Field, fieldByName, joinName } from '../model/model.ts';
import { run } from './batch.ts';
import { inCurrentNames } from './former-names.ts';
import { invalidKey, selectedKey } from './keys.ts';
import { targetOf } from './plugins/orders.ts';
import { named } from './refused-record.ts';
import type { Input, Row } from './row.ts';

type Build = GraphileBuild.Build;

/** Join columns set by `connect`, one row per input; null where none has any. One look-up a relation */
export async function connectAll(
  build: Build,
  served: ServedObject,
  inputs: readonly Input[],
  isMany: boolean,
  client: PgClient,
): Promise<Row[] | null> {
  const fields = served.fields.filter(
    ({ name, relation }) => relation?.kind === 'MANY_TO_ONE' && inputs.some((input) => input[name] != null),
  );
  if (fields.length === 0) return null;
  const at = (index: number) => (isMany ? { recordIndex: index } : {});
  const rows: Row[] = inputs.map(() => new Map());
  for (const field of fields) {
    const target = targetOf(build, served, field.name) as ServedObject;
    const wanted = inputs.flatMap((input, index) => {
      const path = named(isMany ? index : undefined, () => {
        const where = connectWhere(field, input);
        return where && keyPath(inCurrentNames(target, where));
      });
      return path ? [{ index, path }] : [];
    });
    if (wanted.length === 0) continue;
    const column = served.relations.get(field.name)?.localColumn as string;
    const [
      {
        path: { key },
      },
    ] = wanted as [(typeof wanted)[number]];
    const stray = wanted.find(({ path }) => path.key !== key);
    if (stray)
      throw refuse('CONNECT_UNIQUE_CONSTRAINT_ERROR', {
        message: `All records must connect "${field.name}" by the same unique field: ${key}, not ${stray.path.key}`,
        ...at(stray.index),
      });
    const ids = await lookUp(target, key, wanted, isMany, client);
    for (const [i, { index, path }] of wanted.entries()) {
      const id = ids[i];
      if (id === undefined) {
        throw refuse('CONNECT_RECORD_NOT_FOUND', {
          message: `Expected 1 record to connect to field "${field.name}", found 0 with ${key} = ${path.value}`,
          ...at(index),
        });
      }
      rows[index]?.set(column, id);
    }
  }
  return rows;
}

function connectWhere(field: Field, input: Input): Input | null {
  const operation = input[field.name];
  if (operation == null) return null;
  if (operation.connect != null && operation.disconnect === true) {
    throw refuse('CONNECT_NOT_ALLOWED', `"connect" and "disconnect" of "${field.name}" cannot both be given`);
  }
  if (operation.connect == null && operation.disconnect == null)
    throw refuse('CONNECT_NOT_ALLOWED', `"${field.name}" needs connect or disconnect`);
  if (operation.connect == null) return null;
  if (input[joinName(field)] !== undefined)
    throw refuse('INVALID_ARGS_DATA', `"${joinName(field)}" and "${field.name}" cannot both be provided`);
  if (!operation.connect.where) throw refuse('CONNECT_NOT_ALLOWED', `"connect" of "${field.name}" needs where`);
  return operation.connect.where;
}

/** `{ domainName: { primaryLinkUrl: 'acme.com' } }` → key `domainName.primaryLinkUrl`, value `acme.com`. */
function keyPath(where: Input): { key: string; value: string } {
  const entries = Object.entries(where).flatMap(([name, value]) =>
    value !== null && typeof value === 'object'
      ? Object.entries(value).map(([part, each]) => [`${name}.${part}`, each] as const)
      : [[name, value] as const],
  );
  const [entry] = entries;
  if (entries.length !== 1 || !entry || entry[1] == null)
    throw refuse('CONNECT_NOT_ALLOWED', 'connect needs exactly one unique field in where');
  return { key: entry[0], value: String(entry[1]) };
}

/** The ids of the wanted records in their order, undefined for one that there isn't. */
async function lookUp(
  target: ServedObject,
  key: string,
  wanted: readonly { readonly index: number; readonly path: { readonly value: string } }[],
  isMany: boolean,
  client: PgClient,
): Promise<(string | undefined)[]> {
  const [name, part] = key.split('.') as [string, string | undefined];
  const { table, object } = target;
  const field = fieldByName(object, name) as Field;
  const column = columnsFor(target, field).find((each) => (part ? each.part.name === part : true)) as Column;
  // The values are written as the field would write them, so that a client finds a record by what it sent to make it.
  const values = wanted.map(({ index, path: { value } }) =>
    named(isMany ? index : undefined, () => {
      const type = key === 'id' ? target.key.type : column.type === 'uuid' ? 'uuid' : 'text';
      const mistake = keyMistake(type, value);
      if (type !== 'text' && mistake !== null) throw refuse('INVALID_ARGS_DATA', invalidKey(type, value, key, mistake));
      return String(FIELD_TYPES[field.type].write(part ? { [part]: value } : value, field)[part ?? 'value'] ?? value);
    }),
  );
  const keyColumn = sql`old.${sql.identifier(column.name)}`;
  const rows = await run<{ id: string; place: number }>(
    client,
    sql`select ${selectedKey(target, sql`old`)}, given.place::int
        from unnest(${sql.value(values)}::${table.codec.attributes[column.name].codec.sqlType}[]) with ordinality as given (key, place)
        join ${table.from as SQL} as old on ${keyColumn} = given.key
        ${fieldByName(object, 'deletedAt') ? sql`where old.deleted_at is null` : sql.blank}`,
  );
  const ids: (string | undefined)[] = wanted.map(() => undefined);
  for (const { id, place } of rows) ids[place - 1] = id;
  return ids;
}
