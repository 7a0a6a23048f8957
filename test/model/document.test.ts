/** A model as a document: what it says, what comes of it, and what is wrong with one. Pure. */

import { describe, expect, test } from 'vitest';
import { plan } from '../../server/ddl/plan.ts';
import { PlinthError } from '../../server/errors.ts';
import {
  documentOf,
  type ModelDocument,
  modelDocumentSchema,
  readDocument,
} from '../../server/model/document/document.ts';
import { modelOf } from '../../server/model/document/from-document.ts';
import { createField, deleteField, updateField } from '../../server/model/edit/fields.ts';
import { createIndex } from '../../server/model/edit/indexes.ts';
import { createObject, updateObject } from '../../server/model/edit/objects.ts';
import type { Field, Model } from '../../server/model/model.ts';
import { emptyModel, standardModel } from '../../server/model/standard/standard.ts';
import { upgradeOf, withStandard } from '../../server/model/standard/upgrade.ts';

const OPTIONS = { idDefault: 'gen_random_uuid()' };
const NOTHING: Model = { objects: [] };
const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };

const idOf = (model: Model, name: string) =>
  model.objects.find(({ nameSingular }) => nameSingular === name)?.id as string;
const fieldId = (model: Model, object: string, name: string) =>
  model.objects.find(({ nameSingular }) => nameSingular === object)?.fields.find((field) => field.name === name)
    ?.id as string;
const sqlOf = (before: Model, after: Model) => plan(before, after, OPTIONS).map(({ sql }) => sql);

/** A model with something of everything. */
function rich(): Model {
  let model = createObject(standardModel(), { ...ROCKET, description: 'It flies', icon: 'IconRocket' });
  model = createObject(model, {
    nameSingular: 'pad',
    namePlural: 'launchPads',
    labelSingular: 'Pad',
    labelPlural: 'Launch pads',
  });
  const add = (object: string, type: string, name: string, more: object = {}) => {
    model = createField(model, { objectMetadataId: idOf(model, object), type, name, label: name, ...more }).model;
  };
  add('rocket', 'SELECT', 'stage', {
    options: [
      { value: 'BUILT', label: 'Built', color: 'blue', position: 1 },
      { value: 'IN_FLIGHT', label: 'Up there', color: 'red', position: 0 },
    ],
    defaultValue: "'BUILT'",
  });
  add('rocket', 'NUMBER', 'crew', { isNullable: false, defaultValue: 3, settings: { dataType: 'int' } });
  add('rocket', 'RATING', 'stars');
  add('rocket', 'BOOLEAN', 'isReusable');
  add('rocket', 'TEXT', 'serial', { isUnique: true, description: 'On its side' });
  add('rocket', 'CURRENCY', 'price');
  add('rocket', 'RELATION', 'pad', {
    relationCreationPayload: {
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: idOf(model, 'pad'),
      targetFieldLabel: 'Rockets',
    },
    settings: { onDelete: 'CASCADE' },
  });
  add('rocket', 'RELATION', 'replacing', {
    relationCreationPayload: {
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: idOf(model, 'rocket'),
      targetFieldLabel: 'Replaced by',
    },
  });
  add('rocket', 'MORPH_RELATION', 'owner', {
    morphRelationsCreationPayload: ['company', 'person'].map((name) => ({
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: idOf(model, name),
      targetFieldLabel: 'Owned rockets',
    })),
  });
  model = createIndex(model, {
    objectMetadataId: idOf(model, 'rocket'),
    indexFieldMetadatas: [
      { fieldMetadataId: fieldId(model, 'rocket', 'price'), subFieldName: 'amountMicros' },
      { fieldMetadataId: fieldId(model, 'rocket', 'crew') },
    ],
  }).model;
  model = updateObject(model, idOf(model, 'company'), { labelSingular: 'Account' });
  model = updateField(model, fieldId(model, 'company', 'employees'), { isActive: false });
  return updateField(model, fieldId(model, 'rocket', 'serial'), { name: 'serialNumber', keepFormerName: true });
}

function optionsInOrder({ objects }: Model): Model {
  const sorted = (field: Field) =>
    field.options ? { ...field, options: [...field.options].sort((a, b) => a.position - b.position) } : field;
  return { objects: objects.map((object) => ({ ...object, fields: object.fields.map(sorted) })) };
}

describe('there and back', () => {
  test.each([
    ['the standard model', standardModel()],
    ['a model with something of everything', rich()],
  ])('%s', (_, model) => {
    const document = documentOf(model);
    expect(JSON.stringify(document)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    const same = modelOf(readDocument(JSON.parse(JSON.stringify(document))), model);
    expect(optionsInOrder(same)).toEqual(optionsInOrder(model));
    const made = modelOf(document, NOTHING);
    expect(documentOf(made)).toEqual(document);
    expect(sqlOf(NOTHING, made).sort()).toEqual(sqlOf(NOTHING, model).sort());
  });

  test('says what was decided, and not what comes by itself', () => {
    const rocket = documentOf(rich()).objects.find(({ name }) => name === 'rocket');
    expect(rocket).toEqual({
      name: 'rocket',
      plural: 'rockets',
      description: 'It flies',
      icon: 'IconRocket',
      fields: [
        { name: 'name', type: 'TEXT' },
        {
          name: 'stage',
          type: 'SELECT',
          label: 'stage',
          default: "'BUILT'",
          options: [
            { value: 'IN_FLIGHT', label: 'Up there', color: 'red' },
            { value: 'BUILT', color: 'blue' },
          ],
        },
        { name: 'crew', type: 'NUMBER', label: 'crew', required: true, default: 3, settings: { dataType: 'int' } },
        { name: 'stars', type: 'RATING', label: 'stars' },
        { name: 'isReusable', type: 'BOOLEAN', label: 'isReusable' },
        {
          name: 'serialNumber',
          type: 'TEXT',
          label: 'serial',
          description: 'On its side',
          unique: true,
          aliases: ['serial'],
        },
        { name: 'price', type: 'CURRENCY', label: 'price' },
        { name: 'pad', type: 'RELATION', label: 'pad', to: 'pad', onDelete: 'CASCADE' },
        { name: 'replacing', type: 'RELATION', label: 'replacing', to: 'rocket' },
        { name: 'replacedBy', type: 'RELATION', label: 'Replaced by', from: 'rocket.replacing' },
        { name: 'owner', type: 'MORPH_RELATION', label: 'owner', to: ['company', 'person'] },
      ],
      indexes: [{ fields: ['price.amountMicros', 'crew'] }],
    });
  });
});

describe('former names of the targets of a morph relation', () => {
  const launcher = { nameSingular: 'launcher', namePlural: 'launchers', keepFormerName: true };
  const fieldsOf = (model: Model, object: string) =>
    model.objects.find(({ nameSingular }) => nameSingular === object)?.fields ?? [];
  const aliasesOf = (model: Model, object: string, name: string) =>
    fieldsOf(model, object).find((field) => field.name === name)?.aliases;
  /** The pad is held by companies and rockets; it was owned by them, and rockets are called launchers now. */
  const renamed = () => {
    let model = rich();
    const made = createField(model, {
      objectMetadataId: idOf(model, 'pad'),
      ...{ type: 'MORPH_RELATION', name: 'owner', label: 'Owner', isUnique: true },
      morphRelationsCreationPayload: ['company', 'rocket'].map((name) => ({
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: idOf(model, name),
        targetFieldLabel: 'Pads',
      })),
    });
    model = updateField(made.model, made.id, { name: 'holder', keepFormerName: true });
    return { id: made.id, model: updateObject(model, idOf(model, 'rocket'), launcher) };
  };

  test('follow a rename, and are said by target; those of what comes with an object are made of its own', () => {
    const { model } = renamed();
    expect(aliasesOf(model, 'pad', 'holderLauncher')).toEqual(['ownerRocket', 'holderRocket']);
    expect(aliasesOf(model, 'noteTarget', 'targetLauncher')).toEqual(['launcher', 'rocket', 'targetRocket']);
    const document = documentOf(model);
    const holder = document.objects.find(({ name }) => name === 'pad')?.fields.find(({ name }) => name === 'holder');
    expect(holder?.aliases).toEqual({ company: ['ownerCompany'], launcher: ['ownerRocket', 'holderRocket'] });
    const made = modelOf(readDocument(JSON.parse(JSON.stringify(document))), NOTHING);
    expect(documentOf(made)).toEqual(document);
    expect(sqlOf(NOTHING, made).sort()).toEqual(sqlOf(NOTHING, model).sort());
  });

  test('are left out again: of one target, or with those of its object', () => {
    const { model, id } = renamed();
    const fewer = updateField(model, id, { aliases: ['ownerRocket'] });
    expect(aliasesOf(fewer, 'pad', 'holderCompany')).toEqual([]);
    expect(aliasesOf(fewer, 'pad', 'holderLauncher')).toEqual(['ownerRocket']);
    expect(() => updateField(model, id, { aliases: ['keeper'] })).toThrow('"keeper" is no former name of a target');
    const without = updateObject(model, idOf(model, 'launcher'), { aliases: [] });
    expect(aliasesOf(without, 'pad', 'holderLauncher')).toEqual(['ownerRocket']);
    expect(aliasesOf(without, 'noteTarget', 'targetLauncher')).toEqual(['launcher']);
  });

  test('give way to a field of that name, and come back when it goes', () => {
    const field = { objectMetadataId: idOf(standardModel(), 'attachment'), type: 'TEXT', name: 'rocket', label: 'R' };
    const bare = standardModel();
    const made = createField(bare, { ...field, objectMetadataId: idOf(bare, 'attachment') });
    const model = createObject(made.model, ROCKET);
    expect(aliasesOf(model, 'attachment', 'targetRocket')).toEqual([]);
    expect(aliasesOf(deleteField(model, made.id), 'attachment', 'targetRocket')).toEqual(['rocket']);
  });

  test.each([
    [['ownerCompany'], 'pad.holder.aliases: of a MORPH_RELATION they are said by target'],
    [{ moon: ['ownerMoon'] }, 'pad.holder.aliases: "moon" is none of its targets'],
  ])('%j are refused', (aliases, message) => {
    const document = structuredClone(documentOf(renamed().model)) as any;
    const pad = document.objects.find(({ name }: any) => name === 'pad');
    pad.fields.find(({ name }: any) => name === 'holder').aliases = aliases;
    expect(() => modelOf(readDocument(document), NOTHING)).toThrow(message);
  });

  test('the other side of one that points to its own object cannot be called as it is', () => {
    const model = rich();
    const made = createField(model, {
      objectMetadataId: idOf(model, 'pad'),
      ...{ type: 'MORPH_RELATION', name: 'owner', label: 'Owner' },
      morphRelationsCreationPayload: [
        { type: 'MANY_TO_ONE', targetObjectMetadataId: idOf(model, 'pad'), targetFieldLabel: 'Pads' },
      ],
    }).model;
    expect(() => updateField(made, fieldId(made, 'pad', 'pads'), { name: 'owner' })).toThrow(
      'Multiple validation errors',
    );
  });

  test('its targets are alike in all else, at whatever end it is asked for', () => {
    const { model, id } = renamed();
    const [inverse] = fieldsOf(model, 'company').filter(({ name }) => name === 'pads');
    const more = updateField(updateField(model, inverse?.id as string, { settings: { onDelete: 'RESTRICT' } }), id, {
      morphRelationsUpdatePayload: [
        { type: 'MANY_TO_ONE', targetObjectMetadataId: idOf(model, 'person'), targetFieldLabel: 'Pads' },
      ],
    });
    const ends = more.objects.flatMap(({ fields }) => fields.filter(({ relation }) => relation?.morphId === id));
    expect(ends.map(({ relation }) => relation?.onDelete)).toEqual(Array.from({ length: 6 }, () => 'RESTRICT'));
    expect(ends.filter(({ isUnique }) => isUnique)).toHaveLength(3);
    expect(() => updateField(model, id, { isNullable: false })).toThrow();
  });
});

describe('changes', () => {
  const model = rich();
  const change = (edit: (document: any) => void): { after: Model; document: ModelDocument } => {
    const document = structuredClone(documentOf(model)) as any;
    edit(Object.assign(document, { rocket: document.objects.find(({ name }: any) => name === 'rocket') }));
    const { rocket: _rocket, ...wanted } = document;
    return { after: modelOf(readDocument(wanted), model), document: wanted };
  };
  const field = (document: any, name: string) => document.rocket.fields.find((each: any) => each.name === name);

  test('a field that is new is added, where it stands; one that is missing goes', () => {
    const { after, document } = change(({ rocket }) => {
      rocket.fields.splice(1, 0, { name: 'motto', type: 'TEXT' });
      rocket.fields = rocket.fields.filter(({ name }: any) => name !== 'stars');
    });
    expect(sqlOf(model, after)).toEqual([
      'alter table "rockets" drop column "stars"',
      'drop type "rockets_stars"',
      'alter table "rockets" add column "motto" text',
    ]);
    expect(documentOf(after)).toEqual(document);
  });

  test('a rename says what it was, and is none the second time', () => {
    const { after, document } = change((document) => {
      field(document, 'serialNumber').name = 'number';
      field(document, 'number').was = 'serialNumber';
      field(document, 'stage').options[1] = { value: 'ON_PAD', was: 'BUILT' };
      field(document, 'stage').default = "'ON_PAD'";
      Object.assign(document.rocket, { name: 'launcher', plural: 'launchers', was: 'rocket' });
      for (const object of document.objects)
        for (const each of object.fields) if (each.from) each.from = each.from.replace(/^rocket\./, 'launcher.');
      for (const each of document.rocket.fields) if (each.to === 'rocket') each.to = 'launcher';
    });
    const statements = sqlOf(model, after);
    expect(statements).toEqual(
      expect.arrayContaining([
        'alter table "rockets" rename to "launchers"',
        'alter table "launchers" rename column "serial_number" to "number"',
        `alter type "launchers_stage" rename value 'BUILT' to 'ON_PAD'`,
        'alter table "note_targets" rename column "target_rocket_id" to "target_launcher_id"',
      ]),
    );
    expect(statements.join('\n')).not.toMatch(/drop (table|column|type)/);
    expect(modelOf(readDocument(document), after)).toEqual(after);
  });

  test('names may be exchanged, and given to others', () => {
    const { after } = change((document) => {
      const [serial, crew] = [field(document, 'serialNumber'), field(document, 'crew')];
      Object.assign(serial, { name: 'crew', was: 'serialNumber' });
      Object.assign(crew, { name: 'heads', was: 'crew' });
      document.rocket.fields.push({ name: 'serialNumber', type: 'TEXT' });
      document.rocket.indexes = undefined;
    });
    expect(fieldId(after, 'rocket', 'crew')).toBe(fieldId(model, 'rocket', 'serialNumber'));
    expect(fieldId(after, 'rocket', 'heads')).toBe(fieldId(model, 'rocket', 'crew'));
    expect(sqlOf(model, after)).toContain('alter table "rockets" add column "serial_number" text');
  });

  test('an object that is missing goes, with what points to it', () => {
    const { after } = change((document) => {
      document.objects = document.objects.filter(({ name }: any) => name !== 'pad');
      document.rocket.fields = document.rocket.fields.filter(({ name }: any) => name !== 'pad');
    });
    expect(sqlOf(model, after)).toContain('drop table "launch_pads"');
    expect(idOf(after, 'pad')).toBeUndefined();
  });

  const mistaken: [string, (document: any) => void, string][] = [
    ['an unknown key', ({ rocket }) => Object.assign(rocket, { colour: 'red' }), 'rocket: Unrecognized key: "colour"'],
    [
      'a type that there is not',
      ({ rocket }) => rocket.fields.push({ name: 'x', type: 'BLOB' }),
      'rocket.x.type: Invalid option',
    ],
    [
      'a field twice',
      ({ rocket }) => rocket.fields.push({ name: 'crew', type: 'TEXT' }),
      'rocket.crew: is there twice',
    ],
    [
      'another type',
      (document) => Object.assign(field(document, 'crew'), { type: 'TEXT', default: "'a'", settings: undefined }),
      'rocket.crew: its type is NUMBER and cannot become TEXT',
    ],
    [
      'a former name that nothing had',
      ({ rocket }) => rocket.fields.push({ name: 'x', was: 'y', type: 'TEXT' }),
      'rocket.x: there is no "y" that it could have been',
    ],
    [
      'a relation without its other side',
      ({ rocket }) => rocket.fields.push({ name: 'x', type: 'RELATION', to: 'pad' }),
      'rocket.x: "pad" has no field that says "from": "rocket.x"',
    ],
    [
      'a relation to nothing',
      ({ rocket }) => rocket.fields.push({ name: 'x', type: 'RELATION', to: 'moon' }),
      'rocket.x: there is no object "moon" in the model',
    ],
    [
      'a relation whose other side was renamed in silence',
      ({ objects }) => {
        const pad = objects.find(({ name }: any) => name === 'pad');
        pad.fields.find(({ name }: any) => name === 'rockets').name = 'launched';
      },
      'rocket.pad: its other side is another field than before',
    ],
    [
      'a standard field left out',
      ({ objects }) => objects[0].fields.splice(2, 1),
      'a standard field cannot be deleted; say "active": false',
    ],
    [
      'a standard object left out',
      (document) => {
        document.objects = document.objects.filter(({ name }: any) => name !== 'favorite');
        for (const object of document.objects)
          object.fields = object.fields.filter((each: any) => !each.from?.startsWith('favorite.'));
      },
      'favorite: a standard object cannot be deleted; say "active": false',
    ],
    [
      'a name that is reserved',
      ({ objects }) => objects.push({ name: 'user', plural: 'users', fields: [{ name: 'name', type: 'TEXT' }] }),
      'user: This name is reserved',
    ],
    [
      'options without any',
      ({ rocket }) => rocket.fields.push({ name: 'x', type: 'SELECT' }),
      'rocket.x: Options are required for enum fields',
    ],
    [
      'a label identifier that is no field',
      ({ rocket }) => Object.assign(rocket, { labelIdentifier: 'title' }),
      'rocket.labelIdentifier: "title" is none of its fields',
    ],
    [
      'an index over nothing',
      ({ rocket }) => rocket.indexes.push({ fields: ['mass'] }),
      'rocket.indexes.1: "mass" is none of its fields',
    ],
    [
      'a required field without a default',
      ({ rocket }) => rocket.fields.push({ name: 'x', type: 'TEXT', required: true }),
      'rocket.x: A field that is not nullable needs a default value',
    ],
  ];
  test.each(mistaken)('%s is refused, with its place', (_, edit, message) => {
    try {
      change(edit);
    } catch (error) {
      if (!(error instanceof PlinthError)) throw error;
      expect(error.code).toBe('METADATA_VALIDATION_FAILED');
      const said = (error.extensions.mistakes as any[]).map((each) => `${each.place}: ${each.message}`).join('\n');
      expect(said).toContain(message);
      return;
    }
    throw new Error('it was not refused');
  });
});

test('the JSON Schema knows every field type, and refuses unknown keys', () => {
  const schema = modelDocumentSchema() as any;
  const field = schema.properties.objects.items.properties.fields.items;
  expect(field.properties.type.enum).toEqual(expect.arrayContaining(['TEXT', 'MORPH_RELATION', 'RELATION']));
  expect(field.additionalProperties).toBe(false);
  expect(schema.properties.objects.items.required).toEqual(['name', 'plural', 'fields']);
});

describe('standard objects evolve', () => {
  const without = (model: Model, gone: (object: string, field: string) => boolean): Model => {
    const ids = new Set(
      model.objects.flatMap(({ nameSingular, fields }) =>
        fields
          .filter(({ name }) => gone(nameSingular, name))
          .flatMap(({ id, relation }) => [id, relation?.targetField]),
      ),
    );
    return {
      objects: model.objects.map((object) => ({ ...object, fields: object.fields.filter(({ id }) => !ids.has(id)) })),
    };
  };

  test('what is missing is added, and nothing else is touched', () => {
    const older = without(
      rich(),
      (object, field) => object === 'company' && ['address', 'accountOwner'].includes(field),
    );
    const { model, added, skipped } = withStandard(older);
    expect([...added].sort()).toEqual([
      'company.accountOwner',
      'company.address',
      'workspaceMember.accountOwnerForCompanies',
    ]);
    expect(skipped).toEqual([]);
    for (const object of older.objects) {
      const now = model.objects.find(({ id }) => id === object.id);
      expect(now?.fields.filter(({ id }) => object.fields.some((field) => field.id === id))).toEqual(object.fields);
    }
    expect(sqlOf(older, model).join('\n')).not.toMatch(/drop|rename/);
    expect(withStandard(model)).toEqual({ model, added: [], skipped: [] });
  });

  test('a whole object comes with its relations, to custom objects too', () => {
    const full = rich();
    const note = idOf(full, 'noteTarget');
    const older: Model = {
      objects: full.objects
        .filter(({ id }) => id !== note)
        .map((object) => ({
          ...object,
          fields: object.fields.filter(({ relation }) => relation?.targetObject !== note),
        })),
    };
    const { model, added } = upgradeOf(older);
    expect(added).toContain('noteTarget');
    expect(sqlOf(NOTHING, model).sort()).toEqual(sqlOf(NOTHING, full).sort());
  });

  test.each([
    ['began empty', emptyModel()],
    ['was adopted', NOTHING],
    ['began with its own objects', createObject(emptyModel(), ROCKET)],
  ])('a workspace that %s gets no standard objects', (_, model) => {
    expect(upgradeOf(model)).toEqual({ model, added: [], skipped: [] });
  });

  test('what a user made under the name stays, and is told of', () => {
    const older = without(rich(), (object, field) => object === 'company' && field === 'xLink');
    const own = createField(older, {
      objectMetadataId: idOf(older, 'company'),
      type: 'TEXT',
      name: 'xLink',
      label: 'X',
    }).model;
    const { model, added, skipped } = withStandard(own);
    expect(model).toEqual(own);
    expect(added).toEqual([]);
    expect(skipped).toEqual([{ place: 'company.xLink', reason: expect.stringContaining('"xLink" is not available') }]);
  });
});
