/** Which tables can be served, and why others cannot. */

import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg';
import type { KeyType } from '../model/keys.ts';
import type { ObjectType } from '../model/model.ts';
import { generatedTypes, operationNames, SHARED_TYPES } from '../model/type-names.ts';
import type { Table } from './table.ts';

/** What of a schema the APIs don't show; of all of a table where `column` is null. */
export type Unserved = { readonly table: string; readonly column: string | null; readonly reason: string };

/** The one column that identifies a row. */
export type Key = { readonly column: string; readonly codec: PgCodec; readonly type: KeyType };

const KEY_TYPES = new Map<unknown, KeyType>([
  [TYPES.uuid, 'uuid'],
  [TYPES.int2, 'int'],
  [TYPES.int, 'int'],
  [TYPES.bigint, 'bigint'],
  [TYPES.text, 'text'],
  [TYPES.varchar, 'text'],
  [TYPES.bpchar, 'text'],
]);

/** The key of a table, or the reason why it has none that can be served. */
export function keyOf(table: Table): Key | string {
  const { isView, isForeignTable } = (table.extensions ?? {}) as { isView?: boolean; isForeignTable?: boolean };
  if (isView) return 'views are not served';
  const [column, another] = table.uniques.find(({ isPrimary }) => isPrimary)?.attributes ?? [];
  if (column === undefined) return isForeignTable ? 'foreign tables have no primary key' : 'it has no primary key';
  if (another !== undefined) return 'its primary key has several columns';
  const attributes = table.codec.attributes as Record<string, { codec: PgCodec }>;
  const { codec } = attributes[column] as { codec: PgCodec };
  const inner = codec.domainOfCodec ?? codec;
  const type = KEY_TYPES.get(inner);
  if (type === undefined)
    return `its primary key ${column} is of type ${inner.extensions?.pg?.name ?? inner.name}; uuid, whole numbers and texts are served`;
  if (column !== 'id' && 'id' in attributes)
    return `its primary key ${column} would be the field "id", which the column id is`;
  return { column, codec: inner, type };
}

export function reasonAgainstType(type: string | undefined): string {
  return type === undefined ? 'its type is of another schema' : `columns of type ${type} are not served`;
}

type Names = Pick<ObjectType, 'nameSingular' | 'namePlural'>;

/** Names of types and operations that are somebody's already. */
export function namesTaken() {
  const types = new Set(SHARED_TYPES);
  const operations = new Set<string>();
  return {
    add(names: Names): void {
      for (const type of typesOf(names)) types.add(type);
      for (const operation of operationNames(names as ObjectType)) operations.add(operation);
    },
    has: (names: Names) =>
      typesOf(names).some((type) => types.has(type)) ||
      operationNames(names as ObjectType).some((operation) => operations.has(operation)),
  };
}

function typesOf(names: Names): string[] {
  return generatedTypes({ ...names, fields: [] as ObjectType['fields'] } as ObjectType);
}

const OBJECT_NAME = /^[a-z][a-zA-Z0-9]*$/;

/** Why a table made by hand cannot be called so; null where it can. */
export function reasonAgainst(names: Names, taken: ReturnType<typeof namesTaken>): string | null {
  const { nameSingular, namePlural } = names;
  const instead = 'say other names in the table’s comment: @singular and @plural';
  if (!OBJECT_NAME.test(nameSingular) || !OBJECT_NAME.test(namePlural) || nameSingular === namePlural)
    return `"${nameSingular}" and "${namePlural}" are not valid object names; ${instead}`;
  return taken.has(names)
    ? `another object or type has the names "${nameSingular}" and "${namePlural}"; ${instead}`
    : null;
}
