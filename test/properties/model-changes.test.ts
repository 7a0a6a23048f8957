/**
 * Any model, led through any changes, with records in it: after each change the tables are those that the plan's own
 * SQL makes elsewhere, the APIs serve exactly the model, roles have what their permissions say, and what should survive
 * did; at the end a workspace made of its file is the same.
 */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describeSchema, fingerprint } from '../../server/catalog/fingerprint.ts';
import { createWorkspace, deleteWorkspace } from '../../server/changes/workspaces.ts';
import { plan } from '../../server/ddl/plan.ts';
import type { Field, Model } from '../../server/model/model.ts';
import { snakeCase } from '../../server/model/names.ts';
import { readModel } from '../../server/store/model.ts';
import { planOptions } from '../../server/store/plan-options.ts';
import { server, workspace } from '../fixture.ts';
import { runs } from '../property-runs.ts';
import { makeRole } from '../roles.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

// One short run each time; PROPERTY_RUNS=20 looks harder, with the length that it takes to come across most meetings.
const CHANGES = process.env.PROPERTY_RUNS ? 50 : 16;

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
});
afterAll(() => client.end());

/** What to do, to the object and the field that these numbers happen to mean when it is done. */
const change = fc.record({
  what: fc.constantFrom(
    ...['object', 'field', 'field', 'field', 'relation', 'morph', 'target', 'index', 'rename', 'rename'],
    ...['renameObject', 'renameObject', 'alias', 'alias', 'objectAlias', 'options', 'face', 'unique', 'onDelete'],
    ...['active', 'activeObject', 'dropField', 'dropObject', 'document'],
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  c: fc.nat(1000),
});
type Drawn = { readonly what: string; readonly a: number; readonly b: number; readonly c: number };

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
const TYPES = 'TEXT NUMBER BOOLEAN DATE DATE_TIME SELECT MULTI_SELECT RATING CURRENCY FULL_NAME ARRAY RAW_JSON'.split(
  ' ',
);
const ON_DELETE = ['SET_NULL', 'CASCADE', 'RESTRICT', 'NO_ACTION'];
const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
const options = (count: number, from: number) =>
  Array.from({ length: (count % 3) + 1 }, (_, i) => ({
    value: `OPTION_${from + i}`,
    label: `Option ${from + i}`,
    color: 'gray',
    position: i,
  }));

/**
 * The change as an input of `planModelChange`, which is a mutation and its input; null where there is nothing to do it
 * to.
 */
function asked(model: Model, { what, a, b, c }: Drawn): Record<string, any> | null {
  const custom = model.objects.filter(({ origin }) => origin === 'custom');
  const name = pick(NAMES, b);
  if (custom.length === 0 || what === 'object') {
    if (custom.length >= 4) return null;
    const names = { nameSingular: name, namePlural: `${name}s`, labelSingular: name, labelPlural: `${name}s` };
    return { createOneObject: { object: names } };
  }
  const object = pick(custom, a);
  const own = object.fields.filter(({ isSystem, name }) => !isSystem && name !== 'name');
  const field = own.length > 0 ? pick(own, b) : undefined;
  const id = field?.relation?.morphId && field.relation.kind === 'MANY_TO_ONE' ? field.relation.morphId : field?.id;
  const to = (target: Model['objects'][number], more: string) => ({
    type: 'MANY_TO_ONE',
    targetObjectMetadataId: target.id,
    targetFieldLabel: `${name} ${more}`,
  });
  const making = { objectMetadataId: object.id, name: pick(NAMES, c), label: pick(NAMES, c) };
  const update = (change: object) => (id === undefined ? null : { updateOneField: { id, update: change } });
  switch (what) {
    case 'field': {
      const type = pick(TYPES, b);
      const isEnum = type === 'SELECT' || type === 'MULTI_SELECT';
      const more = isEnum
        ? { options: options(a, 0), ...(type === 'SELECT' && c % 2 && { defaultValue: "'OPTION_0'" }) }
        : {};
      return { createOneField: { field: { ...making, type, ...more } } };
    }
    case 'relation': {
      const relationCreationPayload = {
        ...to(pick(model.objects, c), `of ${a}`),
        type: b % 2 ? 'MANY_TO_ONE' : 'ONE_TO_MANY',
      };
      return { createOneField: { field: { ...making, type: 'RELATION', relationCreationPayload } } };
    }
    case 'morph': {
      const morphRelationsCreationPayload = custom.slice(0, 2).map((target) => to(target, `has ${a}`));
      const more = { isUnique: c % 4 === 0, settings: { onDelete: pick(ON_DELETE, b) } };
      return {
        createOneField: { field: { ...making, type: 'MORPH_RELATION', ...more, morphRelationsCreationPayload } },
      };
    }
    case 'target': {
      const morph = own.find(({ relation }) => relation?.kind === 'MANY_TO_ONE' && relation.morphId !== null);
      const morphRelationsUpdatePayload = [to(pick(custom, c), `more ${a}`)];
      return morph?.relation?.morphId
        ? { updateOneField: { id: morph.relation.morphId, update: { morphRelationsUpdatePayload } } }
        : null;
    }
    case 'index':
      return field
        ? { createOneIndex: { index: { objectMetadataId: object.id, fieldMetadataIds: [field.id] } } }
        : null;
    case 'rename':
      return update({ name: pick(NAMES, c), keepFormerName: (b + c) % 2 === 0 });
    case 'renameObject': {
      // Former names go on being taken, so there must be many to choose from.
      const called = c % 3 === 0 ? name : `${name}${'ABCDEFGHIJ'[c % 10]}`;
      const renamed = { nameSingular: called, namePlural: `${called}Many`, keepFormerName: c % 2 === 0 };
      return { updateOneObject: { id: object.id, update: renamed } };
    }
    case 'alias': {
      const former = own.filter(({ aliases }) => aliases.length > 0);
      if (former.length === 0) return null;
      const { id, aliases, relation } = pick(former, b);
      const isTarget = relation?.kind === 'MANY_TO_ONE' && relation.morphId !== null;
      const left = isTarget ? [] : aliases.slice(0, c % aliases.length);
      return { updateOneField: { id: isTarget ? relation.morphId : id, update: { aliases: left } } };
    }
    case 'objectAlias': {
      const former = custom.filter(({ aliases }) => aliases.length > 0);
      if (former.length === 0) return null;
      const { id, aliases } = pick(former, b);
      return { updateOneObject: { id, update: { aliases: aliases.slice(0, c % aliases.length) } } };
    }
    case 'onDelete':
      return field?.relation ? update({ settings: { onDelete: pick(ON_DELETE, c) } }) : null;
    case 'options':
      return field?.options && field.type !== 'RATING'
        ? update({
            options: [...field.options.slice(c % 2), ...options(a, 10 + (c % 5) * 3)].map((option, position) => ({
              ...option,
              position,
            })),
          })
        : null;
    case 'face':
      return update({ description: c % 2 ? `It's "${name}"` : null, label: `Label ${c}` });
    case 'unique':
      return update({ isUnique: !field?.isUnique });
    case 'active':
      return update({ isActive: !field?.isActive });
    case 'activeObject':
      return { updateOneObject: { id: object.id, update: { isActive: !object.isActive } } };
    case 'dropField':
      return id === undefined ? null : { deleteOneField: { id } };
    case 'dropObject':
      return c % 3 === 0 ? { deleteOneObject: { id: object.id } } : null;
    default:
      return null;
  }
}

const SELECTION: Record<string, string> = { applyModel: '' };

/**
 * Records that were written, by id of the object; values by id of the field, of those whose values are kept as they
 * are.
 */
type Records = Map<string, { readonly id: string; readonly values: Map<string, unknown> }[]>;

class Walk {
  readonly space: Workspace;
  readonly shadow = `shadow_${randomBytes(5).toString('hex')}`;
  readonly records: Records = new Map();
  readonly done: string[] = [];

  constructor(space: Workspace) {
    this.space = space;
  }

  async begin(): Promise<void> {
    await client.query(`create schema ${this.shadow}`);
    const reads = { canReadAllObjectRecords: true };
    const hidden = { fields: { 'workspaceMember.colorScheme': { read: false } } };
    await makeRole(this.space, 'Writes', { ...reads, canUpdateAllObjectRecords: true, ...hidden });
    await makeRole(this.space, 'Reads', { ...reads, objects: { workspaceMember: { read: false } } });
    await makeRole(this.space, 'Granted', { objects: { workspaceMember: { read: true } } });
    const { database } = await server();
    const options = await database.asOwner(planOptions);
    await this.inShadow(plan({ objects: [] }, await this.model(), options).map(({ sql }) => sql));
  }

  async model(): Promise<Model> {
    const { database } = await server();
    return (await database.asOwner((owner) => readModel(owner, this.space.id))).model;
  }

  /** What is remembered of a model is what is stored of it: where its version is another, it is read anew. */
  async isRemembered(remembered: Model): Promise<void> {
    await client.query('update plinth.workspaces set updated_at = clock_timestamp() where id = $1', [this.space.id]);
    expect(JSON.parse(JSON.stringify(remembered))).toEqual(await this.model());
  }

  async inShadow(statements: readonly string[]): Promise<void> {
    await client.query(`begin; set local search_path to ${this.shadow}; ${statements.join(';\n')}; commit`);
  }

  /** Plans, applies, and looks. What is refused is refused by the plan too, or for what only the records know. */
  async step(drawn: Drawn): Promise<void> {
    const before = await this.model();
    const change = drawn.what === 'document' ? await this.document(drawn) : asked(before, drawn);
    if (!change) return;
    const [[mutation, input]] = Object.entries(change) as [[string, any]];
    const planned = await this.metadata(
      'query ($changes: [ModelChangeInput!]!) { planModelChange(changes: $changes) { statements { sql isBackground } } }',
      { changes: [change] },
    );
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const inputType = /OneField/.test(mutation) ? FIELD_INPUTS[mutation] : type;
    const applied = await this.metadata(
      `mutation ($input: ${inputType}!) { ${mutation}(input: $input) ${SELECTION[mutation] ?? '{ id }'} }`,
      { input },
    );
    if (applied.errors) {
      expect(await this.model(), `a refused ${JSON.stringify(change)} changes nothing`).toEqual(before);
      if (!planned.errors) expect(applied.errors[0].message).toMatch(/does not fit what is in the database/);
      return;
    }
    expect(planned.errors, `what was planned: ${JSON.stringify(change)}`).toBeUndefined();
    this.done.push(JSON.stringify(change).slice(0, 400));
    await this.inShadow(planned.data.planModelChange.statements.map(({ sql }: any) => sql));
    const after = await this.model();
    await this.isRemembered(after);
    await this.isAsPlanned();
    await this.isGranted();
    await this.isServed(after);
    await this.isKept(after);
    await this.write(after);
  }

  /** The workspace's own file, edited: a field more, and an object called otherwise. */
  async document({ a, b }: Drawn): Promise<Record<string, object> | null> {
    const { body: model } = await this.space.rest('GET', '/rest/metadata/model');
    const custom = model.objects.filter(({ origin }: any) => origin === undefined);
    if (custom.length === 0) return null;
    const object = pick(custom, a) as any;
    object.fields.splice(1 + (b % object.fields.length), 0, { name: `noted${b % 4}`, type: 'TEXT' });
    return { applyModel: { model, allowDataLoss: false } };
  }

  async metadata(query: string, variables: object): Promise<any> {
    return (await this.space.rest('POST', '/metadata', { query, variables })).body;
  }

  async isAsPlanned(): Promise<void> {
    const { database } = await server();
    const [is, wouldBe] = await database.asOwner(async (owner) => [
      await describeSchema(owner, this.space.schema),
      await describeSchema(owner, this.shadow),
    ]);
    expect(is).toBe(wouldBe);
  }

  /** Roles have what their permissions say, of what there is now: what each change granted adds up. */
  async isGranted(): Promise<void> {
    const { body } = await this.space.rest('GET', '/rest/metadata/drift');
    expect(body.data).toEqual([]);
  }

  /** Types and fields of the GraphQL API, and lists of the REST API: those of the model, and no others. */
  async isServed({ objects }: Model): Promise<void> {
    const active = objects.filter(({ isActive }) => isActive);
    const isActive = new Set(active.map(({ id }) => id));
    const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
    const { __schema } = await this.space.gql(
      '{ __schema { types { kind name fields(includeDeprecated: true) { name isDeprecated } } } }',
    );
    const types = new Map<string, any>(__schema.types.map((type: any) => [type.name, type]));
    for (const object of objects) {
      const type = types.get(upper(object.nameSingular));
      if (!isActive.has(object.id)) {
        expect(type, `${object.nameSingular} is not active`).toBeUndefined();
        continue;
      }
      // The many side of what isn't served has nothing to show; where the column is, there is still its id.
      const shown = ({ relation }: Field, names: readonly string[]) => {
        const isShown = !relation || isActive.has(relation.targetObject);
        const keys = relation?.kind === 'MANY_TO_ONE' ? names.map((name) => `${name}Id`) : [];
        return [...(isShown ? names : []), ...keys];
      };
      const fields = object.fields.filter((field) => field.isActive);
      const expected = {
        today: fields.flatMap((field) => shown(field, [field.name])).sort(),
        formerly: fields.flatMap((field) => shown(field, field.aliases)).sort(),
      };
      const named = (isFormer: boolean) =>
        type.fields.flatMap(({ name, isDeprecated }: any) => (isDeprecated === isFormer ? [name] : [])).sort();
      expect({ today: named(false), formerly: named(true) }, `fields of ${object.nameSingular}`).toEqual(expected);
    }
    const records = [...types.keys()]
      .filter((name) => name.endsWith('Edge') && name !== 'SearchResultEdge')
      .map((name) => name.slice(0, -4));
    // A former name is served beside today's, and is no object of its own.
    const former = active.flatMap(({ aliases }) => aliases.map((alias) => upper(alias.nameSingular)));
    const ofToday = records.filter((name) => !former.includes(name));
    expect(ofToday.sort()).toEqual(active.map(({ nameSingular }) => upper(nameSingular)).sort());
    expect(records).toEqual(expect.arrayContaining(former));
    const [first] = active.filter(({ origin }) => origin === 'custom');
    if (first) expect((await this.space.rest('GET', `/rest/${first.namePlural}?limit=1`)).status).toBe(200);
  }

  async isKept({ objects }: Model): Promise<void> {
    for (const [objectId, records] of this.records) {
      const object = objects.find(({ id }) => id === objectId);
      if (!object) {
        this.records.delete(objectId);
        continue;
      }
      const texts = object.fields.filter(({ type }) => type === 'TEXT');
      const columns = ['id', ...texts.map(({ name }) => `"${snakeCase(name)}"`)].join(', ');
      const rows = await this.space.sql(`select ${columns} from "${snakeCase(object.namePlural)}" order by id`);
      expect(rows.map(({ id }) => id)).toEqual(records.map(({ id }) => id).sort());
      for (const { id, values } of records) {
        const row = rows.find((each) => each.id === id);
        for (const { id: fieldId, name } of texts)
          if (values.has(fieldId))
            expect(row[snakeCase(name)], `${object.nameSingular}.${name}`).toBe(values.get(fieldId));
      }
    }
  }

  /** Through the API, a record more of each object, up to three; with a text in every text field. */
  async write({ objects }: Model): Promise<void> {
    for (const object of objects.filter(({ origin, isActive }) => origin === 'custom' && isActive)) {
      const records = this.records.get(object.id) ?? [];
      if (records.length === 3) continue;
      const texts = object.fields.filter(({ type, isActive: isServed }) => type === 'TEXT' && isServed);
      const values = new Map(texts.map(({ id }) => [id, `${randomBytes(4).toString('hex')}`]));
      const body = Object.fromEntries(texts.map(({ id, name }) => [name, values.get(id)]));
      const { status, body: made } = await this.space.rest('POST', `/rest/${object.namePlural}`, body);
      expect([status, made]).toEqual([201, expect.anything()]);
      const id = (Object.values(made.data)[0] as { id: string }).id;
      this.records.set(object.id, [...records, { id, values }]);
      await client.query(
        `insert into ${this.shadow}."${snakeCase(object.namePlural)}" (id)
        values ('${id}')`, // so that it is no empty table
      );
    }
  }

  /** The file of the model makes the same tables, and the same file. */
  async end(): Promise<void> {
    const { database } = await server();
    const { body: document } = await this.space.rest('GET', '/rest/metadata/model');
    const name = `copy_${randomBytes(5).toString('hex')}`;
    const copy = await createWorkspace(database, { name, document });
    try {
      const print = (schema: string) => database.asOwner((owner) => fingerprint(owner, schema));
      if ((await print(copy.schema)) !== (await print(this.space.schema))) {
        const text = (schema: string) => database.asOwner((owner) => describeSchema(owner, schema));
        expect(await text(copy.schema)).toBe(await text(this.space.schema));
      }
    } finally {
      await deleteWorkspace(database, name);
      await client.query(`drop schema ${this.shadow} cascade`);
    }
  }
}

const FIELD_INPUTS: Record<string, string> = {
  createOneField: 'CreateOneFieldMetadataInput',
  updateOneField: 'UpdateOneFieldMetadataInput',
  deleteOneField: 'DeleteOneFieldInput',
};

test('changes of a model keep their word', { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: CHANGES, maxLength: CHANGES }), async (changes) => {
      const walk = new Walk(await workspace());
      try {
        await walk.begin();
        for (const each of changes) await walk.step(each);
        await walk.end();
      } catch (error) {
        throw new Error(`${(error as Error).message}\nafter\n${walk.done.join('\n')}`, { cause: error });
      }
    }),
    { ...runs(1), endOnFailure: true },
  );
});
