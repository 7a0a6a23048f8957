/** What a role may do with records, as grants of Postgres: object permissions are table grants, field permissions column grants. Pure. */

import { ident, idents } from '../../db/sql.ts';
import { accessTo, type Guarded, type GuardedField, type RolePermissions } from '../model/permissions.ts';
import { type Statement, statement } from './statement.ts';

const PRIVILEGES = ['select', 'insert', 'update', 'delete'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** A privilege on a table, or on some of its columns. */
export type Grant = {
  readonly table: string;
  readonly privilege: Privilege;
  /** null for the whole table, and so for the columns that it will have. */
  readonly columns: readonly string[] | null;
};

/** An object, and the columns of its table with the field that each is of. */
export type Granting = {
  readonly object: Guarded;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly field: string; readonly isGenerated: boolean }[];
};

/** What a role has of some tables as they are. */
export type Present = {
  readonly grants: readonly Grant[];
  /** Columns of them that a hand has added, of which nobody has said anything, by table. */
  readonly strays: ReadonlyMap<string, readonly Stray[]>;
};

/** `madeOf`: names of the columns that it is generated from. */
export type Stray = { readonly name: string; readonly madeOf: readonly string[] };

// By which the version of a record is known (`records/version.ts`).
const SYSTEM_COLUMNS: readonly string[] = ['xmin', 'ctid'];

/** What a change of a record changes beside what it was asked to. */
const TOUCHED = ['updatedAt', 'updatedBy'];

/** Those that the role's permissions say something of: of what was made by hand, what was granted by hand or by default holds else. */
export function saidTo({ objects, fields }: RolePermissions, grantings: readonly Granting[]): Granting[] {
  const said = new Set([
    ...objects.flatMap(({ objectId, granted }) => [objectId, ...granted]),
    ...fields.flatMap(({ objectId, fieldId }) => [objectId, fieldId]),
  ]);
  return grantings.flatMap((granting) => {
    const { object, columns } = granting;
    if (object.origin === 'database') return said.has(object.id) ? granting : [];
    const isSaid = (field: GuardedField) => field.origin !== 'database' || said.has(field.id);
    if (object.fields.every(isSaid)) return granting;
    const own = object.fields.filter(isSaid);
    const ids = new Set(own.map(({ id }) => id));
    return { ...granting, object: { ...object, fields: own }, columns: columns.filter(({ field }) => ids.has(field)) };
  });
}

/**
 * The grants of a role on the tables of objects. A whole table is granted where nothing is kept back, and never to an allow list, which
 * has no column that it wasn't given.
 */
export function wantedGrants(grantings: readonly Granting[], role: RolePermissions): Grant[] {
  return grantings.flatMap(({ object, table, columns: all }) => {
    const { rights, readable, updatable } = accessTo(role, object);
    const idsOf = (names: readonly string[]) =>
      object.fields.filter(({ name }) => names.includes(name)).map(({ id }) => id);
    const columnsOf = (fields: ReadonlySet<string>) => all.filter(({ field }) => fields.has(field));
    const stored = all.filter(({ isGenerated }) => !isGenerated);
    const written = (fields: ReadonlySet<string>) => columnsOf(fields).filter(({ isGenerated }) => !isGenerated);
    const grant = (
      privilege: Privilege,
      columns: Granting['columns'],
      of: Granting['columns'],
      more: readonly string[] = [],
    ): Grant[] => {
      if (columns.length === 0) return [];
      const isWhole = role.all.read && columns.length === of.length;
      return [{ table, privilege, columns: isWhole ? null : [...columns.map(({ name }) => name), ...more] }];
    };
    const deletedAt = rights.softDelete ? idsOf(['deletedAt']) : [];
    const isWritten = updatable.size + deletedAt.length > 0;
    const inserted = rights.update ? written(new Set([...updatable, ...idsOf(['deletedAt'])])) : [];
    const updated = written(new Set([...updatable, ...deletedAt, ...(isWritten ? idsOf(TOUCHED) : [])]));
    return [
      ...grant('select', columnsOf(readable), all, SYSTEM_COLUMNS),
      ...grant('insert', inserted, stored),
      ...grant('update', updated, stored),
      ...(rights.destroy ? [{ table, privilege: 'delete' as const, columns: null }] : []),
    ];
  });
}

/**
 * What a role shall have of tables: all that it is to be granted, and of columns made by hand what it has. Where one of the table's own
 * columns is kept back, the others that a hand has added are granted one by one, unless they are made of what is kept back.
 */
export function settledGrants(
  grantings: readonly Granting[],
  { grants, strays }: Present,
  wanted: readonly Grant[],
): Grant[] {
  return grantings.flatMap(({ table }) =>
    PRIVILEGES.flatMap((privilege): Grant[] => {
      const [has, shall] = [columnsIn(grants, table, privilege), columnsIn(wanted, table, privilege)];
      if (shall === undefined) return [];
      if (shall === null) return [{ table, privilege, columns: null }];
      const beside = (strays.get(table) ?? []).filter(({ madeOf }) => madeOf.every((column) => shall.includes(column)));
      const kept = beside.map(({ name }) => name).filter((name) => has === null || has?.includes(name));
      return [{ table, privilege, columns: [...shall, ...kept] }];
    }),
  );
}

/** null for the whole table; undefined for nothing of it. */
function columnsIn(
  grants: readonly Grant[],
  table: string,
  privilege: Privilege,
): readonly string[] | null | undefined {
  const found = grants.filter((each) => each.table === table && each.privilege === privilege);
  if (found.length === 0) return undefined;
  return found.some(({ columns }) => columns === null) ? null : found.flatMap(({ columns }) => columns ?? []);
}

/**
 * The statements that lead from the grants that a role has to those that it shall have. What goes, goes first: to revoke a
 * privilege on a table is to revoke it on its columns too.
 */
export function planGrants(role: string, before: readonly Grant[], after: readonly Grant[]): Statement[] {
  const gone = before.flatMap((grant) => revoke(role, grant, wantedOf(after, grant)));
  const come = after.flatMap((grant) => {
    const had = before.filter(({ table, privilege }) => table === grant.table && privilege === grant.privilege);
    if (grant.columns === null) return had.some(({ columns }) => columns === null) ? [] : [on('grant', grant, role)];
    // With the privilege on the table, that on its columns was revoked.
    const kept = had.some(({ columns }) => columns === null) ? [] : had.flatMap(({ columns }) => columns ?? []);
    const columns = grant.columns.filter((column) => !kept.includes(column));
    return columns.length === 0 ? [] : [on('grant', { ...grant, columns }, role)];
  });
  return [...gone, ...come];
}

function wantedOf(after: readonly Grant[], { table, privilege }: Grant): Grant | undefined {
  return after.find((each) => each.table === table && each.privilege === privilege);
}

function revoke(role: string, has: Grant, wanted: Grant | undefined): Statement[] {
  if (has.columns === null) return wanted?.columns === null ? [] : [on('revoke', has, role)];
  const columns = has.columns.filter((column) => wanted?.columns?.includes(column) !== true);
  return columns.length === 0 ? [] : [on('revoke', { ...has, columns }, role)];
}

/** Keeps nobody from anything meanwhile. */
function on(verb: 'grant' | 'revoke', { table, privilege, columns }: Grant, role: string): Statement {
  const what = columns === null ? privilege : `${privilege} (${idents(columns)})`;
  const [preposition, may] = verb === 'grant' ? ['to', 'may'] : ['from', 'may no longer'];
  return statement(
    `${verb} ${what} on ${ident(table)} ${preposition} ${ident(role)}`,
    `${role} ${may} ${WORDS[privilege]} ${columns === null ? table : `${columns.join(', ')} of ${table}`}`,
  );
}

const WORDS: Readonly<Record<Privilege, string>> = {
  select: 'read',
  insert: 'make records with',
  update: 'change',
  delete: 'destroy records of',
};

/** What a role may do with tables that nobody has said anything of: those that will be made by hand. */
export function defaultPrivileges({ all }: Pick<RolePermissions, 'all'>): Privilege[] {
  return PRIVILEGES.filter((privilege) => {
    if (!all.read) return false;
    if (privilege === 'select') return true;
    return privilege === 'delete' ? all.destroy : all.update && all.softDelete;
  });
}
