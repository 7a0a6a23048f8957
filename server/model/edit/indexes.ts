/** Indexes that users ask for. Contract: metadata.md 2.8. */

import { randomUUID } from 'node:crypto';
import { refuse } from '../../errors.ts';
import {
  type Column,
  type Field,
  type Index,
  indexedColumn,
  indexKindOf,
  type Model,
  type ObjectType,
} from '../model.ts';
import { type Mistake, refuseMistakes } from './check.ts';
import { checkedId, foundIndex, foundObject, mapObject } from './steps.ts';

/** Both generations of the input: fields by id alone, or each with its sub-field. */
export type CreateIndex = {
  readonly objectMetadataId: string;
  readonly fieldMetadataIds?: readonly string[] | null;
  readonly indexFieldMetadatas?:
    | readonly { readonly fieldMetadataId: string; readonly subFieldName?: string | null }[]
    | null;
  readonly indexType?: 'BTREE' | 'GIN' | null;
  readonly isUnique?: boolean | null;
};

// Every index is written with every row; a table with more is usually one that nobody looks at.
const MAX_INDEXES = 10;

/** @throws PlinthError METADATA_VALIDATION_FAILED with every mistake */
export function createIndex(model: Model, input: CreateIndex): { model: Model; id: string } {
  const object = foundObject(model, input.objectMetadataId);
  const fields = wantedFields(input);
  const index: Index = {
    id: randomUUID(),
    type: input.indexType ?? 'BTREE',
    isUnique: input.isUnique ?? false,
    fields: fields.map(({ fieldMetadataId, subFieldName }) => ({
      id: randomUUID(),
      field: String(fieldMetadataId).toLowerCase(),
      part: subFieldName ?? null,
    })),
  };
  refuseMistakes('index', 'create', { id: index.id, objectMetadataId: object.id }, indexMistakes(object, index));
  return {
    model: mapObject(model, object.id, (each) => ({ ...each, indexes: [...each.indexes, index] })),
    id: index.id,
  };
}

export function deleteIndex(model: Model, id: string): Model {
  const brought = model.objects.flatMap((object) => object.fields).find((field) => field.id === checkedId(id));
  if (brought)
    throw refuse('INVALID_INDEX_INPUT', `The index belongs to field "${brought.name}" and cannot be changed by itself`);
  const { object, index } = foundIndex(model, id);
  return mapObject(model, object.id, (each) => ({
    ...each,
    indexes: each.indexes.filter((one) => one.id !== index.id),
  }));
}

function wantedFields({ fieldMetadataIds, indexFieldMetadatas }: CreateIndex) {
  if (fieldMetadataIds != null && indexFieldMetadatas != null)
    throw refuse('INVALID_INDEX_INPUT', 'fieldMetadataIds and indexFieldMetadatas cannot both be given');
  const wanted = indexFieldMetadatas ?? (fieldMetadataIds ?? []).map((fieldMetadataId) => ({ fieldMetadataId }));
  if (!Array.isArray(wanted)) throw refuse('INVALID_INDEX_INPUT', 'The fields of an index must be a list');
  return wanted as readonly { readonly fieldMetadataId: string; readonly subFieldName?: string | null }[];
}

export function indexMistakes(object: ObjectType, index: Index): Mistake[] {
  const wrong = (message: string, value?: unknown): Mistake => ({ code: 'INVALID_INDEX_INPUT', message, value });
  const columns = index.fields.map(({ field: id, part }) => {
    const field = object.fields.find((each) => each.id === id);
    return { id, part, field, column: field && indexedColumn(object, field, part) };
  });
  const key = columnsKey(
    index.type,
    columns.map(({ column }) => column?.name ?? ''),
  );
  return [
    ...(index.type === 'BTREE' || index.type === 'GIN' ? [] : [wrong('Index type is BTREE or GIN', index.type)]),
    ...(columns.length === 0 ? [wrong('An index needs at least one field')] : []),
    ...(new Set(columns.map(({ column, id }) => column?.name ?? id)).size < columns.length
      ? [wrong('An index has each column once')]
      : []),
    ...columns.flatMap(({ id, part, field, column }) => {
      if (!field) return [wrong(`Field ${id} is not a field of ${object.nameSingular}`, id)];
      if (!column) return [wrong(`Field "${field.name}" has no column${part ? ` "${part}"` : ''} to index`, id)];
      return methodMistakes(index, field, column).map((message) => wrong(message, id));
    }),
    ...(index.type === 'GIN' && index.isUnique ? [wrong('A GIN index cannot be unique')] : []),
    ...(object.indexes.length >= MAX_INDEXES
      ? [wrong(`An object may have ${MAX_INDEXES} custom indexes, not more`, object.nameSingular)]
      : []),
    ...(columns.length > 0 && existing(object).has(key) ? [wrong('The same index exists already')] : []),
  ];
}

/** GIN looks into a column: lists, JSON, words. BTREE orders whole values, which JSON and words don't have. */
function methodMistakes({ type }: Index, field: Field, column: Column): string[] {
  const isInside = column.isArray || column.type === 'jsonb' || column.type === 'tsvector';
  if (type === 'GIN' && !isInside) return [`A GIN index is not for field "${field.name}" of type ${field.type}`];
  return type === 'BTREE' && isInside && !column.isArray
    ? [`A BTREE index is not for field "${field.name}" of type ${field.type}`]
    : [];
}

/** Columns of every index of the object, those that fields bring along too. */
function existing(object: ObjectType): Set<string> {
  return new Set([...object.indexes, ...broughtIndexes(object)].map((index) => keyIn(object, index)));
}

/** Without the indexes that its fields have come to bring along. */
export function withoutBrought(object: ObjectType): ObjectType {
  const brought = new Set(broughtIndexes(object).map((index) => keyIn(object, index)));
  return { ...object, indexes: object.indexes.filter((index) => !brought.has(keyIn(object, index))) };
}

function keyIn(object: ObjectType, { type, fields }: Pick<Index, 'type' | 'fields'>): string {
  const columns = fields.map(({ field: id, part }) => {
    const field = object.fields.find((each) => each.id === id);
    return (field && indexedColumn(object, field, part)?.name) ?? '';
  });
  return columnsKey(type, columns);
}

function columnsKey(type: string, columns: readonly string[]): string {
  return `${type} ${columns.join()}`;
}

/**
 * What fields bring along: unique keys, join columns, words, positions. Ids are the fields' own, for they are theirs.
 */
export function broughtIndexes(object: ObjectType): Index[] {
  return object.fields.flatMap((field): Index[] => {
    const brought = (type: Index['type'], isUnique: boolean): Index[] => [
      { id: field.id, type, isUnique, fields: [{ id: field.id, field: field.id, part: null }] },
    ];
    if (!indexedColumn(object, field, null)) return [];
    if (field.isUnique) return brought('BTREE', true);
    const index = indexKindOf(field);
    return index ? brought(index, false) : [];
  });
}
