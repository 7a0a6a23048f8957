/**
 * What a role may do with records, as grants of Postgres: object permissions are table grants, field permissions column
 * grants. Pure.
 */

import { ident, idents } from '../../db/sql.ts';
import { accessTo, type Guarded, type GuardedField, type RolePermissions } from '../model/roles/permissions.ts';
import type { Change } from './compare.ts';
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

/**
 * Those that the role's permissions say something of: of what was made by hand, what was granted by hand or by default
 * holds else.
 */
export function governedTables({ objects, fields }: RolePermissions, grantings: readonly Granting[]): Granting[] {
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
 * The grants of a role on the tables of objects. A whole table is granted where nothing is kept back, and never to an
 * allow list, which has no column that it wasn't given.
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
 * What grants have become when tables have changed: they go with what is kept, and a table that is made has what the
 * schema gives by default.
 */
export function carriedGrants(
  { tables, kept }: Pick<Change, 'tables' | 'kept'>,
  grants: readonly Grant[],
  byDefault: readonly Privilege[],
): Grant[] {
  const gone = new Set(tables.gone.map(({ name }) => name));
  const pairs = new Map(kept.map((pair) => [pair.before.name, pair]));
  const carried = grants.flatMap((grant): Grant[] => {
    const pair = pairs.get(grant.table);
    if (!pair) return gone.has(grant.table) ? [] : [grant];
    const { after, columns } = pair;
    if (grant.columns === null) return [{ ...grant, table: after.name }];
    const names = renamedColumns(columns);
    const left = grant.columns.flatMap((column) => names(column) ?? []);
    return left.length > 0 ? [{ ...grant, table: after.name, columns: left }] : [];
  });
  const made = tables.come.flatMap(({ name: table }) =>
    byDefault.map((privilege) => ({ table, privilege, columns: null })),
  );
  return [...carried, ...made];
}

/** The same of what else there is in the tables. */
export function carriedStrays({ kept }: Pick<Change, 'kept'>, strays: Present['strays']): Present['strays'] {
  const pairs = new Map(kept.map((pair) => [pair.before.name, pair]));
  return new Map(
    [...strays].map(([table, columns]) => {
      const pair = pairs.get(table);
      if (!pair) return [table, columns];
      const names = renamedColumns(pair.columns);
      return [
        pair.after.name,
        columns.map(({ name, madeOf }) => ({ name, madeOf: madeOf.flatMap((column) => names(column) ?? column) })),
      ];
    }),
  );
}

/** undefined for one that is gone, be it to come again. */
function renamedColumns({ gone, kept }: Change['kept'][number]['columns']): (name: string) => string | undefined {
  const left = new Set(gone.map(({ name }) => name));
  const names = new Map(kept.map(({ before, after }) => [before.name, after.name]));
  return (name) => (left.has(name) ? undefined : (names.get(name) ?? name));
}

/**
 * What a role shall have of tables: of what it has, without what it is no longer to be granted and with what it is to
 * be granted now. What a hand has granted or revoked beside stays so. Where one of a table's own columns is kept back
 * for the first time, the others that a hand has added are granted one by one, unless they are made of what is kept
 * back.
 * @param before what it was to be granted; null to have it as is wanted, whatever a hand did
 */
export function settledGrants(
  grantings: readonly Granting[],
  { grants, strays }: Present,
  wanted: readonly Grant[],
  before: readonly Grant[] | null,
): Grant[] {
  return grantings.flatMap(({ table, columns }) => {
    const own = [...columns.map(({ name }) => name), ...SYSTEM_COLUMNS];
    return PRIVILEGES.flatMap((privilege): Grant[] => {
      const current = columnsIn(grants, table, privilege);
      const target = columnsIn(wanted, table, privilege);
      const previousTarget = before ? columnsIn(before, table, privilege) : undefined;
      const settled =
        before && isSame(previousTarget, target)
          ? current
          : settledColumns({ current, target, previousTarget }, own, strays.get(table) ?? []);
      return settled === undefined ? [] : [{ table, privilege, columns: settled }];
    });
  });
}

/**
 * As its permissions say, whatever a hand did; of columns that a hand has added to a table that is refused, what it
 * granted stays.
 */
export function restoredGrants(grantings: readonly Granting[], present: Present, wanted: readonly Grant[]): Grant[] {
  const settled = settledGrants(grantings, present, wanted, null);
  const beside = present.grants.flatMap((grant): Grant[] => {
    if (grant.columns === null || columnsIn(settled, grant.table, grant.privilege) !== undefined) return [];
    const strays = new Set(present.strays.get(grant.table)?.map(({ name }) => name));
    const columns = grant.columns.filter((column) => strays.has(column));
    return columns.length > 0 ? [{ ...grant, columns }] : [];
  });
  return [...settled, ...beside];
}

type Columns = readonly string[] | null | undefined;

function settledColumns(
  {
    current,
    target,
    previousTarget,
  }: { readonly current: Columns; readonly target: Columns; readonly previousTarget: Columns },
  own: readonly string[],
  strays: readonly Stray[],
): Columns {
  if (!target) return target;
  const isStray = new Set(strays.map(({ name }) => name));
  const fitting = strays.filter(({ madeOf }) =>
    madeOf.every((column) => target.includes(column) || isStray.has(column)),
  );
  const beside = fitting.map(({ name }) => name);
  if (previousTarget === undefined)
    return [...target, ...beside.filter((name) => current === null || current?.includes(name))];
  const was = previousTarget ?? own;
  if (current === null && was.every((column) => target.includes(column))) return current; // somebody granted all of it
  const kept = (current === null ? [...own, ...beside] : (current ?? [])).filter((column) =>
    isStray.has(column) ? beside.includes(column) : target.includes(column) || !was.includes(column),
  );
  return [...kept, ...target.filter((column) => !was.includes(column) && !kept.includes(column))];
}

function isSame(one: Columns, other: Columns): boolean {
  if (!one || !other) return one === other;
  return one.length === other.length && one.every((column) => other.includes(column));
}

/** null for the whole table; undefined for nothing of it. */
function columnsIn(grants: readonly Grant[], table: string, privilege: Privilege): Columns {
  const found = grants.filter((each) => each.table === table && each.privilege === privilege);
  if (found.length === 0) return undefined;
  return found.some(({ columns }) => columns === null) ? null : found.flatMap(({ columns }) => columns ?? []);
}

/** Where what a role has is not what it shall have: what it lacks, and what it has beside. */
export type GrantDrift = {
  readonly table: string;
  readonly kind: 'missing' | 'added' | 'changed';
  /** As `\dp` would say it. */
  readonly expected: string;
  readonly actual: string | null;
};

export function grantDrift(current: readonly Grant[], target: readonly Grant[]): GrantDrift[] {
  const tables = [...new Set([...current, ...target].map(({ table }) => table))].sort();
  return tables.flatMap((table) =>
    PRIVILEGES.flatMap((privilege): GrantDrift[] => {
      const [is, expected] = [columnsIn(current, table, privilege), columnsIn(target, table, privilege)];
      if (isSame(is, expected)) return [];
      if (is === undefined)
        return [{ table, kind: 'missing', expected: inWords(privilege, expected ?? null), actual: null }];
      if (expected === undefined) return [{ table, kind: 'added', expected: NOTHING, actual: inWords(privilege, is) }];
      if (is === null || expected === null)
        return [{ table, kind: 'changed', expected: inWords(privilege, expected), actual: inWords(privilege, is) }];
      const lacking = expected.filter((column) => !is.includes(column));
      const beside = is.filter((column) => !expected.includes(column));
      return [
        ...(lacking.length > 0
          ? [{ table, kind: 'missing' as const, expected: inWords(privilege, lacking), actual: null }]
          : []),
        ...(beside.length > 0
          ? [{ table, kind: 'added' as const, expected: NOTHING, actual: inWords(privilege, beside) }]
          : []),
      ];
    }),
  );
}

const NOTHING = 'nothing';

function inWords(privilege: Privilege, columns: readonly string[] | null): string {
  return columns === null ? privilege : `${privilege} (${idents(columns)})`;
}

/**
 * The statements that lead from the grants that a role has to those that it shall have. What goes, goes first: to
 * revoke a privilege on a table is to revoke it on its columns too.
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

function revoke(role: string, current: Grant, wanted: Grant | undefined): Statement[] {
  if (current.columns === null) return wanted?.columns === null ? [] : [on('revoke', current, role)];
  const columns = current.columns.filter((column) => wanted?.columns?.includes(column) !== true);
  return columns.length === 0 ? [] : [on('revoke', { ...current, columns }, role)];
}

/** Keeps nobody from anything meanwhile. */
function on(verb: 'grant' | 'revoke', { table, privilege, columns }: Grant, role: string): Statement {
  const what = inWords(privilege, columns);
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
