/** An object as the core APIs serve it: what the model says, with the table that it is in. */

import type { Column, Field, ObjectType } from '../model/model.ts';
import type { Key } from './servable.ts';
import type { Table } from './table.ts';

/** An object with its table, and the registry relation behind each of its relation fields. */
export type ServedObject = {
  readonly object: ObjectType;
  readonly table: Table;
  readonly key: Key;
  readonly relations: ReadonlyMap<string, ServedRelation>;
  /** Active fields. */
  readonly fields: readonly Field[];
  /** Columns of all fields, by their names in the table. Computed once, because every request reads them. */
  readonly columns: ReadonlyMap<Field, readonly Column[]>;
  /** Former names of fields → current names: `companyId` → `targetCompanyId`. */
  readonly formerNames: ReadonlyMap<string, string>;
};

/** Columns of a field of the object; none for the many side of a relation. */
export function columnsFor({ columns }: ServedObject, field: Field): readonly Column[] {
  return columns.get(field) ?? [];
}

export type ServedRelation = {
  /** Name in PostGraphile's registry. */
  readonly name: string;
  readonly targetTable: Table;
  readonly targetKey: Key;
  readonly localColumn: string;
  readonly remoteColumn: string;
};
