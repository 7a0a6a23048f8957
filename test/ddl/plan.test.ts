/** The planner: cases, and two properties that hold for any models. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { describeSchema } from '../../server/catalog/fingerprint.ts';
import { plan } from '../../server/ddl/plan.ts';
import { PlinthError } from '../../server/errors.ts';
import { createField, deleteField, updateField } from '../../server/model/edit/fields.ts';
import { createObject, deleteObject, updateObject } from '../../server/model/edit/objects.ts';
import { FIELD_TYPES } from '../../server/model/field-types/index.ts';
import type { Model, ObjectType } from '../../server/model/model.ts';
import { standardModel } from '../../server/model/standard/standard.ts';
import { server } from '../fixture.ts';

const NOTHING: Model = { objects: [] };
const OPTIONS = { idDefault: 'gen_random_uuid()' };

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
});

afterAll(() => client.end());

function sqlOf(before: Model, after: Model): string[] {
  return plan(before, after, OPTIONS).map((statement) => statement.sql);
}

/** The description of a schema that was led through these models, one after the other. */
async function led(through: readonly Model[]): Promise<string> {
  const schema = `plan_${randomBytes(5).toString('hex')}`;
  await client.query(`create schema ${schema}`);
  try {
    let before = NOTHING;
    for (const after of through) {
      const statements = sqlOf(before, after);
      await client.query(`begin; set local search_path to ${schema}`);
      for (const sql of statements) {
        await client.query(sql).catch(async (error) => {
          await client.query('rollback');
          throw new Error(`${error.message}\nin ${sql}\nof\n${statements.join(';\n')}`);
        });
      }
      await client.query('commit');
      before = after;
    }
    const { database } = await server();
    return await database.asOwner((owner) => describeSchema(owner, schema));
  } finally {
    await client.query(`drop schema ${schema} cascade`);
  }
}

const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };

function object(model: Model, name: string): ObjectType {
  return model.objects.find(({ nameSingular }) => nameSingular === name) as ObjectType;
}

describe('cases', () => {
  const one = createObject(NOTHING, rocket);
  const { id } = object(one, 'rocket');
  const field = (type: string, more: object = {}) =>
    createField(one, { objectMetadataId: id, type, name: 'extra', label: 'Extra', ...more });

  test('nothing to do makes no statements', () => {
    const model = standardModel();
    expect(plan(model, model, OPTIONS)).toEqual([]);
  });

  test('a field is a column', () => {
    expect(sqlOf(one, field('TEXT').model)).toEqual(['alter table "rockets" add column "extra" text']);
    expect(sqlOf(field('TEXT').model, one)).toEqual(['alter table "rockets" drop column "extra"']);
  });

  test('what destroys says so', () => {
    const lost = (before: Model, after: Model) =>
      plan(before, after, OPTIONS).flatMap(({ sql, losses }) =>
        losses.map(({ what, count }) => ({ sql, what, count })),
      );
    expect(lost(field('TEXT').model, one)).toEqual([
      {
        sql: 'alter table "rockets" drop column "extra"',
        what: 'values of rockets.extra',
        count: 'select count(*) from "rockets" where "extra" is not null',
      },
    ]);
    expect(lost(one, NOTHING)).toEqual([
      { sql: 'drop table "rockets"', what: 'records of rockets', count: 'select count(*) from "rockets"' },
    ]);
    expect(lost(one, field('TEXT').model)).toEqual([]);
  });

  test('a rename is no drop, and takes constraints and indexes along', () => {
    const unique = field('TEXT', { isUnique: true });
    const renamed = updateField(unique.model, unique.id, { name: 'other', label: 'Other' });
    expect(sqlOf(unique.model, renamed)).toEqual([
      'alter table "rockets" rename column "extra" to "other"',
      'alter table "rockets" rename constraint "rockets_extra_key" to "rockets_other_key"',
    ]);
  });

  test('a label that says another thing than the name is in a comment', () => {
    const plain = field('TEXT');
    expect(sqlOf(plain.model, updateField(plain.model, plain.id, { label: 'Another  thing' }))).toEqual([
      `comment on column "rockets"."extra" is '@label Another thing'`,
    ]);
  });

  test('names that look like SQL stay names', () => {
    const { model } = field('SELECT', { options: [{ value: 'A', label: `'); drop table rockets; --`, position: 0 }] });
    expect(sqlOf(one, model).join('\n')).not.toContain('drop table');
    const described = updateObject(one, id, { description: `'; drop table rockets; --\\` });
    expect(sqlOf(one, described)).toEqual([
      `comment on table "rockets" is  E'@singular rocket\n@label name\n@search\n''; drop table rockets; --\\\\'`,
    ]);
  });

  test('two fields may exchange their names', async () => {
    const a = createField(one, { objectMetadataId: id, type: 'TEXT', name: 'a', label: 'A' });
    const b = createField(a.model, { objectMetadataId: id, type: 'NUMBER', name: 'b', label: 'B' });
    const swapped: Model = {
      objects: b.model.objects.map((each) => ({
        ...each,
        fields: each.fields.map((one) =>
          one.name === 'a' ? { ...one, name: 'b' } : one.name === 'b' ? { ...one, name: 'a' } : one,
        ),
      })),
    };
    expect(await led([b.model, swapped])).toBe(await led([swapped]));
  });
});

// Properties ---------------------------------------------------------------------------------------------------------

type Step = (model: Model) => Model;

const TYPES = Object.keys(FIELD_TYPES).filter(
  (type) => !['RELATION', 'TS_VECTOR', 'POSITION', 'NUMERIC'].includes(type),
);
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'aVeryLongNameThatGoesOnAndOnUntilPostgresWouldCutItOffSomewhere'];

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
const optionsOf = (count: number, from: number) =>
  Array.from({ length: (count % 3) + 1 }, (_, i) => ({
    value: `OPTION_${from + i}`,
    label: `Option ${i}`,
    position: i,
  }));

/** Any change that the metadata API could ask for; one that it would refuse changes nothing. */
const step: fc.Arbitrary<Step> = fc
  .record({ what: fc.nat(7), a: fc.nat(50), b: fc.nat(50), c: fc.nat(50), flag: fc.boolean() })
  .map(({ what, a, b, c, flag }) => (model: Model): Model => {
    const custom = model.objects.filter(({ origin }) => origin === 'custom');
    const chosen = custom.length > 0 ? pick(custom, a) : undefined;
    const own = chosen?.fields.filter(({ origin, isSystem }) => origin === 'custom' && !isSystem) ?? [];
    const name = pick(NAMES, b);
    const changed = (make: () => Model): Model => {
      try {
        return make();
      } catch (error) {
        if (error instanceof PlinthError) return model;
        throw error;
      }
    };
    if (!chosen || what === 0) {
      return changed(() =>
        createObject(model, {
          nameSingular: name,
          namePlural: `${name}s`.slice(-63),
          labelSingular: name,
          labelPlural: `${name}s`,
        }),
      );
    }
    const field = own.length > 0 ? pick(own, b) : undefined;
    switch (what) {
      case 1:
      case 2: {
        const type = pick(TYPES, c);
        const hasOptions = type === 'SELECT' || type === 'MULTI_SELECT';
        return changed(
          () =>
            createField(model, {
              objectMetadataId: chosen.id,
              type,
              name,
              label: name,
              isUnique: flag,
              ...(hasOptions && {
                options: optionsOf(b, 0),
                ...(flag && type === 'SELECT' && { defaultValue: "'OPTION_0'" }),
              }),
            }).model,
        );
      }
      case 3:
        return changed(
          () =>
            createField(model, {
              objectMetadataId: chosen.id,
              type: 'RELATION',
              name,
              label: name,
              relationCreationPayload: {
                type: flag ? 'MANY_TO_ONE' : 'ONE_TO_MANY',
                targetObjectMetadataId: pick(model.objects, c).id,
                targetFieldLabel: pick(NAMES, c) + a,
              },
            }).model,
        );
      case 4:
        return field
          ? changed(() =>
              updateField(model, field.id, {
                name: pick(NAMES, c),
                isActive: flag,
                description: flag ? `It's ${name}` : null,
              }),
            )
          : model;
      case 5:
        return field?.options
          ? changed(() =>
              updateField(model, field.id, {
                options: flag
                  ? [...(field.options ?? []).slice(1), ...optionsOf(b, 10)].map((option, position) => ({
                      ...option,
                      position,
                    }))
                  : optionsOf(c, 0),
              }),
            )
          : model;
      case 6:
        return field ? changed(() => deleteField(model, field.id)) : model;
      default:
        return flag
          ? changed(() => deleteObject(model, chosen.id))
          : changed(() => updateObject(model, chosen.id, { nameSingular: name, namePlural: `${name}Many`.slice(-63) }));
    }
  });

const BASE: Model = { objects: [] };
const models = fc
  .tuple(fc.array(step, { minLength: 3, maxLength: 10 }), fc.array(step, { minLength: 1, maxLength: 8 }))
  .map(([first, then]) => {
    const a = first.reduce((model, change) => change(model), BASE);
    return { a, b: then.reduce((model, change) => change(model), a) };
  });

describe('properties', () => {
  test('A led to B is B built from nothing', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(models, async ({ a, b }) => {
        expect(await led([a, b])).toBe(await led([b]));
      }),
      { numRuns: 60, interruptAfterTimeLimit: 40_000 },
    );
  });

  test('B led to B needs nothing', () => {
    fc.assert(
      fc.property(models, ({ b }) => {
        expect(plan(b, b, OPTIONS)).toEqual([]);
      }),
    );
  });
});

test('has room for as many objects as there are columns for in a table', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `thing${i}`);
  const crowded = names.reduce(
    (model, name) =>
      createObject(model, {
        nameSingular: name,
        namePlural: `${name}s`,
        labelSingular: name,
        labelPlural: `${name}s`,
      }),
    standardModel(),
  );
  expect(await led([crowded])).toContain('thing119s');
});
