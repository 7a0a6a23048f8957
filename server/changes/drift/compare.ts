/** The differences between tables as they are and tables made of the model. Pure. */

import type { CatalogColumn, CatalogTable, CatalogTables } from '../../catalog/tables.ts';
import type { Column, Constraint, Index, Shape, Table } from '../../ddl/shape.ts';
import type { Model } from '../../model/model.ts';

export type Drift = {
  /** The object, or the field of it: `rocket.stage`. */
  readonly place: string;
  readonly what: 'table' | 'column' | 'constraint' | 'index' | 'enum';
  readonly kind: 'missing' | 'renamed' | 'changed';
  readonly table: string;
  readonly name: string;
  /** In Postgres' words; null where it is missing. */
  readonly expected: string;
  readonly actual: string | null;
  /** Of the thing in the model, and in what it differs. */
  readonly key: string;
  readonly aspect: 'existence' | 'name' | 'type' | 'null' | 'default' | 'definition';
  /** What the thing is like in the catalog, said of the model's shape. */
  readonly patch: (shape: Shape) => Shape;
};

export function driftOf(model: Model, shape: Shape, wanted: CatalogTables, actual: CatalogTables): Drift[] {
  const placeOf = placesIn(model);
  const known = new Set(shape.tables.map(({ name }) => name));
  const strays = Object.entries(actual.tables).filter(([name]) => !known.has(name));
  const pairs = shape.tables.map((table) => {
    const want = wanted.tables[table.name] as CatalogTable;
    const here = actual.tables[table.name];
    const renamed = here ? [] : strays.filter(([, each]) => isSameTable(want, each));
    const [only] = renamed;
    return {
      table,
      want,
      now: here ?? (only && renamed.length === 1 ? only[1] : undefined),
      name: here ? table.name : only?.[0],
    };
  });
  const tableNames = new Map(
    pairs.flatMap(({ table, now, name }) => (now && name ? [[name, table.name] as const] : [])),
  );
  const gone = pairs.flatMap(({ table, now }) => (now ? [] : [table.key]));
  const enumNames = renamedEnums(shape, actual, pairs);
  const ofTables = pairs.flatMap(({ table, want, now, name }): Drift[] => {
    const place = placeOf(table.key);
    const about = {
      place,
      what: 'table' as const,
      table: table.name,
      name: table.name,
      key: table.key,
      expected: table.name,
    };
    if (!now)
      return [
        {
          ...about,
          kind: 'missing',
          actual: null,
          aspect: 'existence',
          patch: (so) => ({
            ...so,
            tables: so.tables.filter(({ key }) => key !== table.key).map(withoutWhatNames(table.key)),
          }),
        },
      ];
    const moved: Drift[] =
      name === table.name || name === undefined
        ? []
        : [
            {
              ...about,
              kind: 'renamed',
              actual: name,
              aspect: 'name',
              patch: onTable(table.key, (each) => ({ ...each, name })),
            },
          ];
    return [...moved, ...driftOfTable(table, want, now, { placeOf, tableNames, enumNames, gone })];
  });
  return [...ofTables, ...driftOfEnums(shape, wanted, actual, enumNames, placeOf)];
}

/** `rocket`, `rocket.stage`: by the ids that keys begin with. */
function placesIn({ objects }: Model): (key: string) => string {
  const places = new Map(
    objects.flatMap((object) => [
      [object.id, object.nameSingular] as const,
      ...object.indexes.map(({ id }) => [id, object.nameSingular] as const),
      ...object.fields.flatMap((field) => [
        [field.id, `${object.nameSingular}.${field.name}`] as const,
        ...(field.relation?.morphId && field.relation.kind === 'MANY_TO_ONE'
          ? [[field.relation.morphId, `${object.nameSingular}.${field.relation.morph}`] as const]
          : []),
      ]),
    ]),
  );
  return (key) => places.get(key.split(' ')[0] as string) ?? key;
}

/**
 * Actual names of enum types → the model's: the type that the column of a field has is that field's, whatever it is
 * called.
 */
function renamedEnums(
  { enums }: Shape,
  actual: CatalogTables,
  pairs: readonly { readonly table: Table; readonly now: CatalogTable | undefined }[],
): Map<string, string> {
  const names = new Map(enums.map(({ key, name }) => [key, name]));
  const known = new Set(names.values());
  return new Map(
    pairs.flatMap(({ table, now }) =>
      table.columns.flatMap((column) => {
        const type = now?.columns[column.name]?.type.replace(/\[\]$/, '').replaceAll('"', '');
        const name = column.enumKey === null ? undefined : names.get(column.enumKey);
        const isStray = type !== undefined && type in actual.enums && !known.has(type);
        return isStray && name !== undefined ? [[type, name] as const] : [];
      }),
    ),
  );
}

function isSameTable(want: CatalogTable, { columns }: CatalogTable): boolean {
  return Object.entries(want.columns).every(([name, { type }]) => columns[name]?.type === type);
}

type Around = {
  readonly placeOf: (key: string) => string;
  /** Actual names of tables → the model's. */
  readonly tableNames: ReadonlyMap<string, string>;
  readonly enumNames: ReadonlyMap<string, string>;
  /** Keys of tables that are missing. */
  readonly gone: readonly string[];
};

function driftOfTable(table: Table, want: CatalogTable, now: CatalogTable, around: Around): Drift[] {
  const columns = table.columns.flatMap((column) => driftOfColumn(table, column, want, now, around));
  const columnNames = new Map(
    columns.flatMap(({ aspect, actual, name }) => (aspect === 'name' && actual ? [[actual, name] as const] : [])),
  );
  const inModelsWords = (definition: string) =>
    [...columnNames, ...around.tableNames].reduce((text, [from, to]) => renamedIn(text, from, to), definition);
  // A generated column may read one that was renamed: then it is as it should be.
  const own = columns.filter(
    ({ aspect, expected, actual }) => aspect !== 'definition' || actual === null || inModelsWords(actual) !== expected,
  );
  const missing = [...around.gone, ...own.filter(({ aspect }) => aspect === 'existence').map(({ key }) => key)];
  return [
    ...own,
    ...driftOfNamed(
      'constraint',
      table,
      table.constraints,
      want.constraints,
      now.constraints,
      inModelsWords,
      missing,
      around,
    ),
    ...driftOfNamed('index', table, table.indexes, want.indexes, now.indexes, inModelsWords, missing, around),
  ];
}

/** A name in a definition, quoted or not, as a whole word. */
function renamedIn(text: string, from: string, to: string): string {
  if (from === to) return text;
  const word = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w"'])("?)${word}\\1(?![\\w"'])`, 'g'), to);
}

function driftOfColumn(
  table: Table,
  column: Column,
  { columns: want }: CatalogTable,
  { columns: now }: CatalogTable,
  { placeOf, enumNames }: Around,
): Drift[] {
  const wanted = want[column.name] as CatalogColumn;
  const about = {
    place: placeOf(column.key),
    what: 'column' as const,
    table: table.name,
    name: column.name,
    key: column.key,
  };
  const patch = (change: Partial<Column>) => onColumn(table.key, column.key, change);
  const here = now[column.name];
  const alike = here ? undefined : renamedColumn(table, column, want, now);
  const found = here ?? (alike ? now[alike] : undefined);
  const inModelsWords = (text: string) => [...enumNames].reduce((so, [from, to]) => renamedIn(so, from, to), text);
  const actual = found && {
    ...found,
    type: inModelsWords(found.type),
    default: found.default === null ? null : inModelsWords(found.default),
  };
  if (!actual)
    return [
      {
        ...about,
        kind: 'missing',
        expected: wanted.type,
        actual: null,
        aspect: 'existence',
        patch: onTable(table.key, (each) =>
          withoutWhatNames(column.key)({ ...each, columns: each.columns.filter(({ key }) => key !== column.key) }),
        ),
      },
    ];
  const changed = (aspect: Drift['aspect'], expected: string, is: string, change: Partial<Column>): Drift[] =>
    expected === is ? [] : [{ ...about, kind: 'changed', aspect, expected, actual: is, patch: patch(change) }];
  return [
    ...(alike === undefined
      ? []
      : [
          {
            ...about,
            kind: 'renamed' as const,
            aspect: 'name' as const,
            expected: column.name,
            actual: alike,
            patch: patch({ name: alike }),
          },
        ]),
    ...changed('type', wanted.type, actual.type, {
      type: actual.type,
      enumKey: null,
      isArray: actual.type.endsWith('[]'),
    }),
    ...changed('null', nullability(wanted), nullability(actual), { isNotNull: actual.isNotNull }),
    // A default is of the column's type; with another type it is another text, and no drift of its own.
    ...(wanted.type === actual.type
      ? changed('default', wanted.default ?? 'no default', actual.default ?? 'no default', { default: actual.default })
      : []),
    ...changed('definition', wanted.generated ?? 'not generated', actual.generated ?? 'not generated', {
      generated: actual.generated === null ? null : { sql: actual.generated, meaning: 'made by hand' },
    }),
  ];
}

function nullability({ isNotNull }: CatalogColumn): string {
  return isNotNull ? 'not null' : 'null';
}

/**
 * A column that the model doesn't know may be one that it misses: where there is one of that type and comment, which a
 * rename keeps, and one missing.
 */
function renamedColumn(
  table: Table,
  column: Column,
  want: CatalogTable['columns'],
  now: CatalogTable['columns'],
): string | undefined {
  const { type, comment } = want[column.name] as CatalogColumn;
  const isAlike = (other: CatalogColumn | undefined) => other?.type === type && other.comment === comment;
  const names = new Set(table.columns.map(({ name }) => name));
  const strays = Object.keys(now).filter((name) => !names.has(name) && isAlike(now[name]));
  const missing = table.columns.filter(({ name }) => !now[name] && isAlike(want[name]));
  return strays.length === 1 && missing.length === 1 ? strays[0] : undefined;
}

/** Constraints or indexes: by name, or under another name by what they are. */
function driftOfNamed<T extends Constraint | Index>(
  what: 'constraint' | 'index',
  table: Table,
  things: readonly T[],
  want: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  inModelsWords: (definition: string) => string,
  missing: readonly string[],
  { placeOf }: Around,
): Drift[] {
  const names = new Set(things.map(({ name }) => name));
  const list = what === 'constraint' ? 'constraints' : 'indexes';
  return things.flatMap((thing): Drift[] => {
    // What hangs on something that is missing went with it, and comes back with it.
    if (missing.some((key) => thing.meaning.includes(key))) return [];
    const wanted = want[thing.name];
    if (wanted === undefined) return [];
    const about = {
      place: placeOf(thing.key),
      what,
      table: table.name,
      name: thing.name,
      key: thing.key,
      expected: wanted,
    };
    const patch = (change: (all: readonly T[]) => readonly T[]) =>
      onTable(table.key, (each) => ({ ...each, [list]: change(each[list] as unknown as readonly T[]) }));
    const found = now[thing.name];
    if (found !== undefined) {
      if (inModelsWords(found) === wanted) return [];
      const change = { meaning: 'made by hand' };
      return [
        {
          ...about,
          kind: 'changed',
          actual: found,
          aspect: 'definition',
          patch: patch((all) => all.map((each) => (each.key === thing.key ? { ...each, ...change } : each))),
        },
      ];
    }
    const other = Object.keys(now).find((name) => !names.has(name) && inModelsWords(now[name] as string) === wanted);
    if (other !== undefined)
      return [
        {
          ...about,
          kind: 'renamed',
          actual: other,
          aspect: 'name',
          patch: patch((all) => all.map((each) => (each.key === thing.key ? { ...each, name: other } : each))),
        },
      ];
    return [
      {
        ...about,
        kind: 'missing',
        actual: null,
        aspect: 'existence',
        patch: patch((all) => all.filter(({ key }) => key !== thing.key)),
      },
    ];
  });
}

function driftOfEnums(
  shape: Shape,
  wanted: CatalogTables,
  actual: CatalogTables,
  enumNames: ReadonlyMap<string, string>,
  placeOf: (key: string) => string,
): Drift[] {
  return shape.enums.flatMap((type): Drift[] => {
    const labels = wanted.enums[type.name] ?? [];
    const about = {
      place: placeOf(type.key),
      what: 'enum' as const,
      table: '',
      name: type.name,
      key: type.key,
      expected: labels.join(', '),
    };
    const patch = (change: Partial<Shape['enums'][number]>) => (so: Shape) => ({
      ...so,
      enums: so.enums.map((each) => (each.key === type.key ? { ...each, ...change } : each)),
    });
    const found = actual.enums[type.name];
    if (found) {
      if (found.join() === labels.join()) return [];
      const values = found.map(
        (value) => type.values.find((each) => each.value === value) ?? { id: `made by hand ${value}`, value },
      );
      return [{ ...about, kind: 'changed', actual: found.join(', '), aspect: 'definition', patch: patch({ values }) }];
    }
    const other = [...enumNames].find(([, name]) => name === type.name)?.[0];
    if (other !== undefined)
      return [{ ...about, kind: 'renamed', actual: other, aspect: 'name', patch: patch({ name: other }) }];
    const without = (so: Shape) => ({ ...so, enums: so.enums.filter(({ key }) => key !== type.key) });
    return [{ ...about, kind: 'missing', actual: null, aspect: 'existence', patch: without }];
  });
}

// Patches ------------------------------------------------------------------------------------------------------------

function onTable(tableKey: string, change: (table: Table) => Table): (shape: Shape) => Shape {
  return (shape) => ({
    ...shape,
    tables: shape.tables.map((table) => (table.key === tableKey ? change(table) : table)),
  });
}

function onColumn(tableKey: string, columnKey: string, change: Partial<Column>): (shape: Shape) => Shape {
  return onTable(tableKey, (table) => ({
    ...table,
    columns: table.columns.map((column) => (column.key === columnKey ? { ...column, ...change } : column)),
  }));
}

/** Without what hangs on a table or a column that is missing. */
function withoutWhatNames(key: string): (table: Table) => Table {
  return (table) => ({
    ...table,
    constraints: table.constraints.filter(({ meaning }) => !meaning.includes(key)),
    indexes: table.indexes.filter(({ meaning }) => !meaning.includes(key)),
  });
}
