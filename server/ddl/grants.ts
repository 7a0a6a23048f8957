/** What a role may do with records, as grants of Postgres: object permissions are table grants, field permissions column grants. Pure. */

import { ident, idents } from '../../db/sql.ts';
import type { Model } from '../model/model.ts';
import { accessTo, type RolePermissions } from '../model/permissions.ts';
import { type Column, shapeOf, type Table } from './shape.ts';

const PRIVILEGES = ['select', 'insert', 'update', 'delete'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** A privilege on a table, or on some of its columns. */
export type Grant = {
  readonly table: string;
  readonly privilege: Privilege;
  /** null for the whole table, and so for the columns that it will have. */
  readonly columns: readonly string[] | null;
};

/** A role, and the schema whose tables it is granted. */
export type Grantee = { readonly schema: string; readonly role: string };

// By which the version of a record is known (`records/version.ts`).
export const SYSTEM_COLUMNS: readonly string[] = ['xmin', 'ctid'];

/** What a change of a record changes beside what it was asked to. */
const TOUCHED = ['updatedAt', 'updatedBy'];

/**
 * The grants of a role on the tables of a model. A whole table is granted where nothing is kept back, and never to an allow
 * list, which has no column that it wasn't given. Tables and columns made by hand are granted by hand.
 */
export function wantedGrants(model: Model, role: RolePermissions): Grant[] {
  const { tables } = shapeOf(model, { idDefault: '' });
  return model.objects.flatMap((object) => {
    const table = tables.find(({ key }) => key === object.id) as Table;
    const { rights, readable, updatable } = accessTo(role, object);
    const idsOf = (names: readonly string[]) =>
      object.fields.filter(({ name }) => names.includes(name)).map(({ id }) => id);
    const columnsOf = (fields: ReadonlySet<string>) => table.columns.filter((column) => fields.has(fieldOf(column)));
    const written = (fields: ReadonlySet<string>) => columnsOf(fields).filter(({ generated }) => generated === null);
    const isWhole = (columns: readonly Column[], of: readonly Column[]) =>
      role.all.read && columns.length === of.length;
    const grant = (
      privilege: Privilege,
      columns: readonly Column[],
      of: readonly Column[],
      more: readonly string[] = [],
    ): Grant[] =>
      columns.length === 0
        ? []
        : [
            {
              table: table.name,
              privilege,
              columns: isWhole(columns, of) ? null : [...columns.map(({ name }) => name), ...more],
            },
          ];
    const stored = table.columns.filter(({ generated }) => generated === null);
    const deletedAt = rights.softDelete ? idsOf(['deletedAt']) : [];
    const isWritten = updatable.size + deletedAt.length > 0;
    const inserted = rights.update ? written(new Set([...updatable, ...idsOf(['deletedAt'])])) : [];
    const updated = written(new Set([...updatable, ...deletedAt, ...(isWritten ? idsOf(TOUCHED) : [])]));
    return [
      ...grant('select', columnsOf(readable), table.columns, SYSTEM_COLUMNS),
      ...grant('insert', inserted, stored),
      ...grant('update', updated, stored),
      ...(rights.destroy ? [{ table: table.name, privilege: 'delete' as const, columns: null }] : []),
    ];
  });
}

function fieldOf({ key }: Column): string {
  return key.split(' ')[0] as string;
}

/**
 * The statements that lead from the grants that a role has to those that it shall have. What goes, goes first: to revoke a
 * privilege on a table is to revoke it on its columns too.
 */
export function planGrants({ schema, role }: Grantee, before: readonly Grant[], after: readonly Grant[]): string[] {
  const who = { schema, role };
  const gone = before.flatMap((grant) => revoke(who, grant, wantedOf(after, grant)));
  const come = after.flatMap((grant) => {
    const had = before.filter(({ table, privilege }) => table === grant.table && privilege === grant.privilege);
    if (grant.columns === null) return had.some(({ columns }) => columns === null) ? [] : [on('grant', grant, who)];
    // With the privilege on the table, that on its columns was revoked.
    const kept = had.some(({ columns }) => columns === null) ? [] : had.flatMap(({ columns }) => columns ?? []);
    const columns = grant.columns.filter((column) => !kept.includes(column));
    return columns.length === 0 ? [] : [on('grant', { ...grant, columns }, who)];
  });
  return [...gone, ...come];
}

function wantedOf(after: readonly Grant[], { table, privilege }: Grant): Grant | undefined {
  return after.find((each) => each.table === table && each.privilege === privilege);
}

function revoke(who: Grantee, has: Grant, wanted: Grant | undefined): string[] {
  if (has.columns === null) return wanted?.columns === null ? [] : [on('revoke', has, who)];
  const columns = has.columns.filter((column) => wanted?.columns?.includes(column) !== true);
  return columns.length === 0 ? [] : [on('revoke', { ...has, columns }, who)];
}

function on(verb: 'grant' | 'revoke', { table, privilege, columns }: Grant, { schema, role }: Grantee): string {
  const what = columns === null ? privilege : `${privilege} (${idents(columns)})`;
  return `${verb} ${what} on ${ident(schema)}.${ident(table)} ${verb === 'grant' ? 'to' : 'from'} ${ident(role)}`;
}

/** What a role may do with tables that nobody has said anything of: those that will be made by hand. */
export function defaultPrivileges({ all }: Pick<RolePermissions, 'all'>): Privilege[] {
  return PRIVILEGES.filter((privilege) => {
    if (!all.read) return false;
    if (privilege === 'select') return true;
    return privilege === 'delete' ? all.destroy : all.update && all.softDelete;
  });
}
