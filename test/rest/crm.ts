/** A small model for the pure tests of REST and OpenAPI: two objects, a morph relation, one of each kind of field. */

import type { FieldTypeName } from '../../server/model/field-types/index.ts';
import { type Field, type Model, type ObjectType, PLAIN_FIELD, type Relation } from '../../server/model/model.ts';
import { type Resource, vocabularyOf } from '../../server/rest/vocabulary.ts';

type Given = Partial<Omit<Field, 'options'>> & { options?: readonly string[] };

export function field(name: string, type: FieldTypeName, { options, ...given }: Given = {}): Field {
  return {
    ...PLAIN_FIELD,
    id: name,
    name,
    type,
    label: name,
    origin: 'standard',
    options: options?.map((value, position) => ({ id: value, value, label: value, color: 'blue', position })) ?? null,
    ...given,
  };
}

export function relation(
  name: string,
  kind: Relation['kind'],
  targetObject: string,
  targetField: string,
  morph: string | null = null,
): Field {
  return field(name, 'RELATION', {
    relation: { kind, targetObject, targetField, onDelete: 'SET_NULL', morph, morphId: morph },
  });
}

export function object(
  nameSingular: string,
  namePlural: string,
  fields: readonly Field[],
  isActive = true,
): ObjectType {
  return {
    id: nameSingular,
    nameSingular,
    namePlural,
    labelSingular: nameSingular,
    labelPlural: namePlural,
    description: null,
    icon: null,
    shortcut: null,
    color: null,
    origin: 'standard',
    overridden: [],
    aliases: [],
    isActive,
    isSystem: false,
    isSearchable: true,
    labelIdentifier: null,
    imageIdentifier: null,
    duplicateCriteria: [],
    indexes: [],
    fields: [
      field('id', 'UUID', { isNullable: false, defaultValue: 'uuid' }),
      field('createdAt', 'DATE_TIME', { isNullable: false, defaultValue: 'now' }),
      field('updatedAt', 'DATE_TIME', { isNullable: false, defaultValue: 'now' }),
      field('deletedAt', 'DATE_TIME'),
      ...fields,
    ],
  };
}

export const crm: Model = {
  objects: [
    object('company', 'companies', [
      field('name', 'TEXT', { isNullable: false }),
      field('domainName', 'LINKS', { isUnique: true }),
      field('employees', 'NUMBER'),
      field('floors', 'NUMBER', { settings: { dataType: 'int' } }),
      field('revenue', 'CURRENCY'),
      field('isTarget', 'BOOLEAN', { isNullable: false, defaultValue: false }),
      field('stage', 'SELECT', { options: ['NEW', 'CUSTOMER'] }),
      field('industries', 'MULTI_SELECT', { options: ['SPACE', 'SEA'] }),
      field('tags', 'ARRAY'),
      field('extra', 'RAW_JSON'),
      field('foundedOn', 'DATE'),
      field('position', 'POSITION', { isNullable: false, defaultValue: 0 }),
      field('createdBy', 'ACTOR', { isNullable: false }),
      field('searchVector', 'TS_VECTOR'),
      field('retired', 'TEXT', { isActive: false }),
      relation('people', 'ONE_TO_MANY', 'person', 'company'),
      relation('noteTargets', 'ONE_TO_MANY', 'noteTarget', 'targetCompany', 'target'),
      relation('ghosts', 'ONE_TO_MANY', 'ghost', 'company'),
    ]),
    object('person', 'people', [
      field('name', 'FULL_NAME'),
      field('jobTitle', 'TEXT'),
      relation('company', 'MANY_TO_ONE', 'company', 'people'),
    ]),
    object('noteTarget', 'noteTargets', [
      relation('targetCompany', 'MANY_TO_ONE', 'company', 'noteTargets', 'target'),
      relation('ghost', 'MANY_TO_ONE', 'ghost', 'noteTargets'),
    ]),
    object('ghost', 'ghosts', [relation('company', 'MANY_TO_ONE', 'company', 'ghosts')], false),
  ],
};

const vocabulary = vocabularyOf(crm);
export const companies = vocabulary.byPlural.get('companies') as Resource;
export const people = vocabulary.byPlural.get('people') as Resource;
export const noteTargets = vocabulary.byPlural.get('noteTargets') as Resource;
export const wide = (count: number): Resource =>
  vocabularyOf({
    objects: [
      object(
        'wide',
        'wides',
        Array.from({ length: count }, (_, index) => field(`field${String(index).padStart(3, '0')}`, 'TEXT')),
      ),
    ],
  }).byPlural.get('wides') as Resource;
