/** Permissions as grants, and the way from those that are there to those that are wanted: pure. docs/roles.md */

import { describe, expect, test } from 'vitest';
import { compare } from '../../server/ddl/compare.ts';
import {
  carriedGrants,
  defaultPrivileges,
  type Grant,
  type Granting,
  planGrants,
  settledGrants,
  wantedGrants,
} from '../../server/ddl/grants.ts';
import { shapesOf } from '../../server/ddl/plan.ts';
import { planPolicy } from '../../server/ddl/policies.ts';
import { shapeOf } from '../../server/ddl/shape.ts';
import { fieldByName, type Model, type ObjectType } from '../../server/model/model.ts';
import { NO_RIGHTS, type Rights, type RolePermissions } from '../../server/model/roles/permissions.ts';
import { standardModel } from '../../server/model/standard/standard.ts';
import { grantingsOf } from '../../server/store/handmade.ts';

const model = standardModel();
const company = model.objects.find(({ nameSingular }) => nameSingular === 'company') as ObjectType;
const idOf = (name: string) => fieldByName(company, name)?.id as string;

const READS: Rights = { ...NO_RIGHTS, read: true };
const ALL: Rights = { read: true, update: true, softDelete: true, destroy: true };
const role = (all: Rights, more: Partial<RolePermissions> = {}): RolePermissions => ({
  all,
  objects: [],
  fields: [],
  rules: [],
  flags: [],
  ...more,
});
const field = (name: string, read: boolean | null, update: boolean | null = null) => ({
  objectId: company.id,
  fieldId: idOf(name),
  read,
  update,
});

/** On companies: privilege → columns, `*` for the table. */
function granted(of: RolePermissions): Record<string, readonly string[] | '*'> {
  const grants = wantedGrants(grantingsOf(model, shapeOf(model, { idDefault: '' })), of).filter(
    ({ table }) => table === 'companies',
  );
  return Object.fromEntries(grants.map(({ privilege, columns }) => [privilege, columns ?? '*']));
}

describe('what a role is granted', () => {
  test('all, by table', () => {
    expect(granted(role(ALL))).toEqual({ select: '*', insert: '*', update: '*', delete: '*' });
    expect(granted(role(READS))).toEqual({ select: '*' });
    expect(granted(role(NO_RIGHTS))).toEqual({});
  });

  test('without a field: by column, and without the search vector that is made of it', () => {
    const { select } = granted(role(READS, { fields: [field('name', false)] }));
    expect(select).toEqual(expect.arrayContaining(['id', 'deleted_at', 'employees', 'xmin', 'ctid']));
    expect(select).not.toContain('name');
    expect(select).not.toContain('search_vector');
    expect(granted(role(READS, { fields: [field('employees', false)] })).select).toContain('search_vector');
  });

  test('updates without soft deletion: all columns but that of it', () => {
    const { insert, update, delete: destroy } = granted(role({ ...READS, update: true }));
    expect([insert, destroy]).toEqual(['*', undefined]);
    expect(update).toEqual(expect.arrayContaining(['name', 'updated_at', 'updated_by_name']));
    expect(update).not.toContain('deleted_at');
  });

  test('soft deletion alone: the columns that it writes', () => {
    const { select, insert, update } = granted(role({ ...READS, softDelete: true }));
    expect([select, insert]).toEqual(['*', undefined]);
    expect(update).toEqual(expect.arrayContaining(['deleted_at', 'updated_at', 'updated_by_name']));
    expect(update).not.toContain('name');
    expect(update).not.toContain('created_by_name');
  });

  test('one field to update, and no record to make', () => {
    const grants = granted(role(READS, { fields: [field('employees', null, true)] }));
    expect(grants.update).toEqual(expect.arrayContaining(['employees', 'updated_at']));
    expect(grants.update).not.toContain('name');
    expect(grants.insert).toBeUndefined();
  });

  test('to an allow list: the fields that were there, and never a table', () => {
    const own = {
      objectId: company.id,
      read: true,
      update: null,
      softDelete: null,
      destroy: null,
      granted: [idOf('name')],
    };
    const { select } = granted(role(NO_RIGHTS, { objects: [own] }));
    expect(select).toContain('name');
    expect(select).not.toContain('employees');
    const all = { ...own, granted: company.fields.map(({ id }) => id) };
    expect(granted(role(NO_RIGHTS, { objects: [all] })).select).not.toBe('*');
  });

  test('by default, tables that are made by hand', () => {
    expect(defaultPrivileges(role(ALL))).toEqual(['select', 'insert', 'update', 'delete']);
    expect(defaultPrivileges(role({ ...READS, update: true }))).toEqual(['select']);
    expect(defaultPrivileges(role(NO_RIGHTS))).toEqual([]);
  });
});

describe('the way from one to the other', () => {
  const role = 'ws_x__sales';
  const select = (columns: readonly string[] | null): Grant => ({ table: 't', privilege: 'select', columns });

  test.each([
    ['nothing to do', [select(null)], [select(null)], []],
    ['nothing to do by column', [select(['a', 'b'])], [select(['b', 'a'])], []],
    ['the table', [], [select(null)], ['grant select on "t" to "ws_x__sales"']],
    [
      'a column more and one less',
      [select(['a', 'b'])],
      [select(['b', 'c'])],
      ['revoke select ("a") on "t" from "ws_x__sales"', 'grant select ("c") on "t" to "ws_x__sales"'],
    ],
    [
      'columns instead of the table',
      [select(null), select(['a'])],
      [select(['a'])],
      ['revoke select on "t" from "ws_x__sales"', 'grant select ("a") on "t" to "ws_x__sales"'],
    ],
    [
      'the table instead of columns',
      [select(['a'])],
      [select(null)],
      ['revoke select ("a") on "t" from "ws_x__sales"', 'grant select on "t" to "ws_x__sales"'],
    ],
    [
      'names that are none',
      [],
      [select(['a"; drop table t; --'])],
      ['grant select ("a""; drop table t; --") on "t" to "ws_x__sales"'],
    ],
  ] as [string, Grant[], Grant[], string[]][])('%s', (_what, before, after, statements) => {
    expect(planGrants(role, before, after).map(({ sql }) => sql)).toEqual(statements);
  });
});

describe('what becomes of grants', () => {
  const rename = (name: string, to: string): Model => ({
    objects: model.objects.map((object) =>
      object.id === company.id
        ? { ...object, fields: object.fields.map((field) => (field.name === name ? { ...field, name: to } : field)) }
        : object,
    ),
  });
  const options = { idDefault: '' } as const;
  const changeTo = (after: Model) => {
    const shapes = shapesOf(model, after, options);
    return compare(shapes.before, shapes.after);
  };
  const of = (columns: readonly string[] | null): Grant[] => [{ table: 'companies', privilege: 'select', columns }];

  test('they follow a rename, and go with a column that is made anew', () => {
    const change = changeTo(rename('employees', 'heads'));
    expect(carriedGrants(change, of(['employees', 'note']), [])).toEqual(of(['heads', 'note']));
    expect(carriedGrants(change, of(null), [])).toEqual(of(null));
    // The search vector reads the name under its new name, and is made anew.
    expect(carriedGrants(changeTo(withSources(['employees'])), of(['search_vector', 'employees']), [])).toEqual(
      of(['employees']),
    );
  });

  test('of a table that goes none are left, and one that comes has those by default', () => {
    const fields = company.fields.filter(({ relation }) => relation === null);
    const lone = { ...company, id: 'lone', nameSingular: 'rocket', namePlural: 'rockets', fields };
    const shapes = shapesOf(model, { objects: [...model.objects, lone] }, options);
    const onIt: Grant = { table: 'rockets', privilege: 'select', columns: null };
    expect(carriedGrants(compare(shapes.before, shapes.after), [], ['select'])).toEqual([onIt]);
    expect(carriedGrants(compare(shapes.after, shapes.before), [onIt], ['select'])).toEqual([]);
  });

  function withSources(sources: readonly string[]): Model {
    return {
      objects: model.objects.map((object) =>
        object.id === company.id
          ? {
              ...object,
              fields: object.fields.map((each) =>
                each.type === 'TS_VECTOR' ? { ...each, settings: { ...each.settings, sources } } : each,
              ),
            }
          : object,
      ),
    };
  }
});

describe('what a role shall have', () => {
  const granting: Granting = {
    object: company,
    table: 't',
    columns: ['a', 'b', 'c'].map((name) => ({ name, field: name, isGenerated: false })),
  };
  const select = (columns: readonly string[] | null | undefined): Grant[] =>
    columns === undefined ? [] : [{ table: 't', privilege: 'select', columns }];
  const strays = new Map([
    [
      't',
      [
        { name: 'x', madeOf: [] },
        { name: 'made_of_c', madeOf: ['c'] },
      ],
    ],
  ]);
  type Columns = readonly string[] | null | undefined;

  test.each([
    ['nothing changes: what a hand granted stays', ['a', 'c'], ['a'], ['a'], ['a', 'c']],
    ['nothing changes: what a hand revoked stays so', ['a'], ['a', 'b'], ['a', 'b'], ['a']],
    ['a column comes', ['a', 'c'], ['a'], ['a', 'b'], ['a', 'c', 'b']],
    ['a column goes', ['a', 'b', 'x'], ['a', 'b'], ['a'], ['a', 'x']],
    ['all of it, of which a hand granted all already', null, ['a'], ['a', 'b'], null],
    [
      'a column is kept back for the first time',
      null,
      null,
      ['a', 'b', 'xmin', 'ctid'],
      ['a', 'b', 'xmin', 'ctid', 'x'],
    ],
    ['nothing any more, of what a hand has added either', ['a', 'x'], ['a'], undefined, undefined],
    ['all of it again', ['a', 'x'], ['a'], null, null],
  ] as [string, Columns, Columns, Columns, Columns][])('%s', (_what, has, before, wanted, shall) => {
    const settled = settledGrants([granting], { grants: select(has), strays }, select(wanted), select(before));
    expect(settled).toEqual(select(shall));
  });

  test('whatever a hand did, where that is asked for', () => {
    const settled = (has: Columns) =>
      settledGrants([granting], { grants: select(has), strays }, select(['a', 'c']), null);
    expect(settled(['b', 'x'])).toEqual(select(['a', 'c', 'x']));
    expect(settled(null)).toEqual(select(['a', 'c', 'x', 'made_of_c']));
  });
});

describe('rules on rows', () => {
  const sqlOf = (...given: Parameters<typeof planPolicy>) => planPolicy(...given).map(({ sql }) => sql);

  test('the first of a table switches row security on, for nobody else', () => {
    expect(sqlOf({ table: 't', isEnabled: false, policies: [] }, { role: 'r', condition: 'a = 1' })).toEqual([
      'create policy plinth_everybody on "t" using (true) with check (true)',
      'alter table "t" enable row level security',
      'create policy "r" on "t" as restrictive to "r" using (a = 1) with check (a = 1)',
    ]);
  });

  test('the last of a table switches it off', () => {
    expect(
      sqlOf({ table: 't', isEnabled: true, policies: ['plinth_everybody', 'r'] }, { role: 'r', condition: null }),
    ).toEqual([
      'drop policy "r" on "t"',
      'alter table "t" disable row level security',
      'drop policy plinth_everybody on "t"',
    ]);
  });

  test('what a DBA has switched on stays as it is', () => {
    const own = { table: 't', isEnabled: true, policies: ['dba'] };
    expect(sqlOf(own, { role: 'r', condition: 'a = 1' })).toHaveLength(1);
    expect(sqlOf({ ...own, policies: ['dba', 'r'] }, { role: 'r', condition: null })).toEqual([
      'drop policy "r" on "t"',
    ]);
  });
});
