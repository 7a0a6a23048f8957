/**
 * Drift settled: adopted, so that the model says what the tables are; or the tables restored to what the model says.
 */

import { randomUUID } from 'node:crypto';
import type { Client } from '../../../db/client.ts';
import type { Database } from '../../../db/pool.ts';
import { sql } from '../../../db/sql.ts';
import { planShapes } from '../../ddl/plan.ts';
import { shapeOf } from '../../ddl/shape.ts';
import { mapFields, mapObject, renamedField, withoutFields } from '../../model/edit/steps.ts';
import type { Option } from '../../model/field-types/field-type.ts';
import { FIELD_TYPE_NAMES, FIELD_TYPES, type FieldTypeName } from '../../model/field-types/index.ts';
import { type Field, fieldByName, type Model, type ObjectType, relationSettings } from '../../model/model.ts';
import { camelCase, snakeCase } from '../../model/names.ts';
import { type GuardDrift, guardDrift } from '../../roles/guards.ts';
import { type Facts, readFacts } from '../../store/facts.ts';
import { readRoles } from '../../store/roles.ts';
import { rolledBack } from '../../store/run.ts';
import { type Changed, type ChangeOptions, changeTables, type Decision, wholePlan } from '../apply.ts';
import type { Reader } from '../losses.ts';
import { type PlanView, viewOf } from '../planning.ts';
import type { Drift } from './compare.ts';
import { findDrift, patched } from './find.ts';

export type Settlement = 'adopt' | 'restore';

export type DriftView = Pick<Drift, 'place' | 'table' | 'name' | 'expected' | 'actual'> & {
  readonly what: Drift['what'] | GuardDrift['what'];
  readonly kind: Drift['kind'] | GuardDrift['kind'];
  /** What each way would do; null where the model cannot follow the table, and why not. */
  readonly adopt: string | null;
  readonly whyNotAdopted: string | null;
  readonly restore: string;
};

type Where = { readonly database: Database; readonly workspaceId: string; readonly schema: string };

/** Where the workspace's tables are not as its model says, and the two ways to settle each. */
export async function driftView({
  database,
  workspaceId,
}: Pick<Where, 'database' | 'workspaceId'>): Promise<DriftView[]> {
  return rolledBack(database, async (client) => {
    const facts = await readFacts(client, workspaceId);
    const { model } = facts.stored;
    const drift = await findDrift(client, facts, model);
    const shape = patched(shapeOf(model, facts.planOptions), drift);
    const ofTables = drift.map((each): DriftView => {
      const { place, what, kind, table, name, expected, actual } = each;
      const adopted = adoption(model, each);
      return {
        place,
        what,
        kind,
        table,
        name,
        expected,
        actual,
        adopt: adopted?.why ?? null,
        whyNotAdopted: adopted ? null : NOT_ADOPTED,
        restore: restoration(each),
      };
    });
    return [...ofTables, ...(await guardDrift(client, facts, model, shape))];
  });
}

const NOT_ADOPTED = 'What came with Plinth, and what makes an object, stays as the model has it';

/** All drift that can be settled in this way. What is made anew is empty: values that are gone stay so. */
export async function settle(
  { database, workspaceId, schema }: Where,
  way: Settlement,
  options: ChangeOptions,
): Promise<Changed> {
  const action = way === 'adopt' ? 'model.drift_adopted' : 'model.drift_restored';
  return changeTables(database, { workspaceId, schema }, { ...options, action }, (client, facts) =>
    decide(client, facts, { way, role: options.by?.role }),
  );
}

export async function planSettlement(
  { database, workspaceId, schema, role }: Where & Reader,
  way: Settlement,
): Promise<Omit<PlanView, 'schema'>> {
  const statements = await rolledBack(database, async (client) => {
    const facts = await readFacts(client, workspaceId);
    return wholePlan(client, facts, await decide(client, facts, { way, role }));
  });
  return viewOf(database, { schema, role }, statements);
}

async function decide(
  client: Client,
  facts: Facts,
  { way, role }: { readonly way: Settlement; readonly role: string | undefined },
): Promise<Decision> {
  const before = facts.stored.model;
  const found = await findDrift(client, facts, before);
  const isLeft = (drift: Drift) => way === 'adopt' && adoption(before, drift) === null;
  const left = new Set(found.filter(isLeft).map(identity));
  const after = way === 'restore' ? before : adoptAll(before, found);
  const isRewritten = await keepPermissions(client, before, after);
  // The model that follows the tables has other names for what hangs on them, which follow in turn.
  const now = way === 'restore' ? found : await findDrift(client, facts, after);
  const wanted = shapeOf(after, facts.planOptions);
  const kept = now.filter((drift) => left.has(identity(drift)));
  const shapes = { before: patched(wanted, now), after: patched(wanted, kept) };
  return {
    after,
    shapes,
    statements: planShapes(shapes.before, shapes.after, facts.planOptions),
    isRestored: way === 'restore' && isUnrestricted(facts, role),
    ...(isRewritten && { roles: await readRoles(client, facts.workspaceId) }),
  };
}

/**
 * Grants and policies are restored by whoever may do everything with records: what a hand took from a role, that role,
 * or one that may do less, would give to itself or to others.
 */
function isUnrestricted({ roleName }: Facts, role: string | undefined): boolean {
  return role === undefined || role === roleName;
}

/** Permissions on a field pass to the field that takes its place. @returns whether there were any such fields */
async function keepPermissions(client: Client, before: Model, after: Model): Promise<boolean> {
  const known = new Set(before.objects.flatMap(({ fields }) => fields.map(({ id }) => id)));
  const successors = after.objects.flatMap(({ id: objectId, fields }) =>
    fields.flatMap(({ id: to, name }) => {
      const former = fieldByName(before.objects.find(({ id }) => id === objectId) as ObjectType, name);
      return former && !known.has(to) ? [{ objectId, from: former.id, to }] : [];
    }),
  );
  if (successors.length === 0) return false;
  const given = sql`jsonb_to_recordset(${sql.value(JSON.stringify(successors))}::jsonb) as given ("objectId" uuid,
    "from" uuid, "to" uuid)`;
  await client.rows(sql`
    update plinth.field_permissions set field_id = given."to" from ${given}
    where object_id = given."objectId" and field_id = given."from"`);
  await client.rows(sql`
    update plinth.object_permissions as permission
    set granted = array(
      select coalesce(given."to", id)
      from unnest(permission.granted) with ordinality as had (id, place)
      left join ${given} on given."from" = id
      order by place)
    where object_id in (select "objectId" from ${given})`);
  return true;
}

function identity({ what, key, aspect }: Drift): string {
  return `${what} ${key} ${aspect}`;
}

function restoration({ what, kind, table, name, expected, actual }: Drift): string {
  const of = what === 'table' || what === 'enum' ? `${what} ${name}` : `${what} ${name} of ${table}`;
  if (kind === 'missing') return `make the ${of} again${what === 'table' || what === 'column' ? ', empty' : ''}`;
  return kind === 'renamed' ? `rename ${actual} back to ${expected}` : `make the ${of} ${expected} again`;
}

// Adoption, pure -----------------------------------------------------------------------------------------------------

type Adoption = { readonly why: string; readonly adopt: (model: Model) => Model };

function adoptAll(model: Model, drift: readonly Drift[]): Model {
  return drift.reduce((so, each) => adoption(so, each)?.adopt(so) ?? so, model);
}

/** What came with Plinth stays as it came, and so does what makes an object: there the tables are restored. */
function adoption(model: Model, drift: Drift): Adoption | null {
  const [id, suffix] = drift.key.split(' ') as [string, string?];
  const object = model.objects.find((each) => each.id === id || each.fields.some((field) => field.id === id));
  const field = object?.fields.find((each) => each.id === id);
  if (drift.what === 'index') return adoptedIndex(model, id);
  if (!object) return null;
  if (drift.what === 'table') return object.origin === 'custom' ? adoptedTable(object, drift) : null;
  if (field?.origin !== 'custom' || field.isSystem) return null;
  switch (drift.what) {
    case 'constraint':
      return suffix === 'unique' && drift.kind === 'missing'
        ? changed(field, 'is not unique', { isUnique: false })
        : null;
    case 'enum':
      return drift.kind === 'changed' ? adoptedOptions(field, (drift.actual ?? '').split(', ')) : null;
    default:
      return adoptedColumn(object, field, drift);
  }
}

function changed(field: Field, how: string, change: Partial<Field>): Adoption {
  return {
    why: `the field ${field.name} ${how}`,
    adopt: (model) => mapFields(model, (each) => (each.id === field.id ? { ...each, ...change } : each)),
  };
}

function adoptedIndex(model: Model, id: string): Adoption | null {
  const owner = model.objects.find(({ indexes }) => indexes.some((index) => index.id === id));
  if (!owner) return null; // a field's own comes with it
  return {
    why: 'the model has no such index',
    adopt: (so) =>
      mapObject(so, owner.id, (object) => ({ ...object, indexes: object.indexes.filter((index) => index.id !== id) })),
  };
}

function adoptedTable(object: ObjectType, { kind, actual }: Drift): Adoption | null {
  if (kind === 'missing')
    return {
      why: `the object ${object.nameSingular} is deleted`,
      adopt(model) {
        const toIt = model.objects.flatMap(({ fields }) =>
          fields.filter(({ relation }) => relation?.targetObject === object.id),
        );
        const without = withoutFields(model, new Set(toIt.map(({ id }) => id)));
        return { objects: without.objects.filter(({ id }) => id !== object.id) };
      },
    };
  const namePlural = nameOf(actual);
  if (namePlural === null) return null;
  return {
    why: `the object ${object.nameSingular} has the plural ${namePlural}`,
    adopt: (model) => mapObject(model, object.id, (each) => ({ ...each, namePlural })),
  };
}

/** The name whose snake_case this is; null for what no name of a model makes. */
function nameOf(sqlName: string | null): string | null {
  const name = camelCase(sqlName ?? '');
  return sqlName !== null && snakeCase(name) === sqlName && /^[a-z][a-zA-Z0-9]*$/.test(name) ? name : null;
}

/** The field type whose column has exactly this Postgres type, and the settings that make it so. */
function fieldTypeOf(sqlType: string): readonly [FieldTypeName, Field['settings']] | undefined {
  const wanted = sqlType === 'timestamp with time zone' ? 'timestamptz' : sqlType;
  for (const type of FIELD_TYPE_NAMES) {
    const { parts, inferredFrom = {}, creatable, hasOptions } = FIELD_TYPES[type];
    const sql = parts[0]?.sql;
    if (creatable !== true || hasOptions || sql === undefined) continue;
    for (const settings of Object.values(inferredFrom))
      if ((typeof sql === 'function' ? sql(settings) : sql) === wanted) return [type, settings];
  }
  return undefined;
}

function adoptedColumn(object: ObjectType, field: Field, { kind, aspect, key, actual }: Drift): Adoption | null {
  if (kind === 'missing') {
    if (object.labelIdentifier === field.name) return null;
    const gone = new Set(field.relation ? [field.id, field.relation.targetField] : [field.id]);
    return { why: `the field ${field.name} is deleted`, adopt: (model) => withoutFields(model, gone) };
  }
  if (key !== field.id) return null; // one column of several
  switch (aspect) {
    case 'name': {
      const name = nameOf(field.relation ? (actual ?? '').replace(/_id$/, '') : actual);
      if (name === null || field.relation?.morphId || (field.relation && !actual?.endsWith('_id'))) return null;
      if (fieldByName(object, name)) return null;
      const settings = field.relation ? relationSettings(name, field.relation) : field.settings;
      return {
        why: `the field ${field.name} is called ${name}`,
        adopt: (model) =>
          renamedField(
            mapFields(model, (each) => (each.id === field.id ? { ...each, name, settings } : each)),
            object.id,
            field.name,
            name,
          ),
      };
    }
    case 'type': {
      const [type, settings] = fieldTypeOf(actual ?? '') ?? [];
      if (type === undefined || field.relation) return null;
      if (type === field.type)
        return changed(field, `is of type ${actual}`, { settings: { ...field.settings, ...settings } });
      // A field keeps its type: one of another type is another field.
      const id = randomUUID();
      const other = { id, type, settings: settings ?? {}, options: null, defaultValue: null };
      return {
        why: `the field ${field.name} is a ${type}`,
        adopt: (model) => ({
          objects: mapFields(model, (each) => (each.id === field.id ? { ...each, ...other } : each)).objects.map(
            (each) => ({
              ...each,
              indexes: each.indexes.map((index) =>
                index.fields.some((part) => part.field === field.id)
                  ? {
                      ...index,
                      id: randomUUID(),
                      fields: index.fields.map((part) => (part.field === field.id ? { ...part, field: id } : part)),
                    }
                  : index,
              ),
            }),
          ),
        }),
      };
    }
    case 'null':
      return FIELD_TYPES[field.type].isNeverNull || (actual === 'not null' && field.defaultValue === null)
        ? null
        : changed(field, actual === 'null' ? 'may be empty' : 'may not be empty', { isNullable: actual === 'null' });
    case 'default':
      return actual === 'no default' && field.isNullable
        ? changed(field, 'has no default', { defaultValue: null })
        : null;
    default:
      return null;
  }
}

function adoptedOptions(field: Field, labels: readonly string[]): Adoption | null {
  if (FIELD_TYPES[field.type].fixedOptions || labels.some((label) => !/^[A-Z_][A-Z0-9_]*$/.test(label))) return null;
  const options = labels.map((value, position): Option => {
    const known = field.options?.find((option) => option.value === value);
    return known ? { ...known, position } : { id: randomUUID(), value, label: value, color: 'gray', position };
  });
  const isOption = (value: unknown) => labels.some((label) => `'${label}'` === value);
  const { defaultValue } = field;
  const isKept = defaultValue === null || [defaultValue].flat().every(isOption);
  return changed(field, `has the options ${labels.join(', ')}`, { options, ...(isKept ? {} : { defaultValue: null }) });
}
