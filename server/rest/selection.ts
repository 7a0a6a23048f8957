/** What a REST answer shows of a record, as a GraphQL selection: by `depth` and `fields`. Contract: core.md 3.6, 3.7 */

import { refuse } from '../errors.ts';
import type { Property, Resource } from './vocabulary.ts';

export type Depth = 0 | 1;

type Selection = {
  readonly text: string;
  /** What is in it, in the order of the object. */
  readonly properties: readonly Property[];
  /** Were fields left out because the object has more than an answer shows unasked? */
  readonly isCapped: boolean;
};

/**
 * Of an object with more fields than this, REST answers only so many unless `fields` asks for others. Contract: core.md
 * 3.7
 */
export const MAX_DEFAULT_FIELDS = 200;

/** Records that one to-many relation brings along. Contract: core.md 2.21 */
const MAX_RELATED = 60;

/** @throws PlinthError BAD_REQUEST when `fields` names what the object doesn't have, or a list at depth 0 */
export function selectionOf(
  resource: Resource,
  depth: Depth,
  fields: readonly string[] | null,
  maxFields = MAX_DEFAULT_FIELDS,
): Selection {
  const { properties, isCapped } = fields
    ? { properties: namedProperties(resource, depth, fields), isCapped: false }
    : defaultProperties(resource, maxFields);
  const shown = properties.filter((property) => depth === 1 || !isRelation(property));
  return {
    text: `{ ${shown.map(textOf).join(' ')} }`,
    properties: shown,
    isCapped,
  };
}

function textOf(property: Property): string {
  switch (property.kind) {
    case 'plain':
    case 'join':
      return property.name;
    case 'composite':
      return `${property.name} { ${[...property.parts.keys()].join(' ')} }`;
    case 'one':
      return `${property.name} ${selectionOf(property.target(), 0, null).text}`;
    case 'many':
      return `${property.name}(first: ${MAX_RELATED}) { edges { node ${selectionOf(property.target(), 0, null).text} } }`;
  }
}

function isRelation(property: Property): boolean {
  return property.kind === 'one' || property.kind === 'many';
}

/** A target of a morph relation shows as its join column, never as an object. */
function isMorphTarget(property: Property): boolean {
  return property.kind === 'one' && property.field.relation?.morph != null;
}

function isShownUnasked(property: Property): boolean {
  return !isMorphTarget(property) && !(property.kind === 'plain' && property.part.scalar === 'TSVector');
}

function defaultProperties(
  resource: Resource,
  maxFields: number,
): { properties: readonly Property[]; isCapped: boolean } {
  const properties = resource.properties.filter(isShownUnasked);
  const names = new Set(properties.map(({ field }) => field.name));
  if (names.size <= maxFields) return { properties, isCapped: false };
  const kept = new Set([...names].sort(byImportance(resource)).slice(0, maxFields));
  return { properties: properties.filter(({ field }) => kept.has(field.name)), isCapped: true };
}

/** What identifies a record, then its base fields, then standard before custom, then by name. */
function byImportance({ object }: Resource): (one: string, other: string) => number {
  const first = ['id', object.labelIdentifier ?? 'id', 'createdAt', 'updatedAt', 'deletedAt', 'position'];
  const isStandard = new Set(object.fields.filter(({ origin }) => origin === 'standard').map(({ name }) => name));
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : isStandard.has(name) ? 10 : 11);
  return (one, other) => rank(one) - rank(other) || (one < other ? -1 : 1);
}

function namedProperties(resource: Resource, depth: Depth, fields: readonly string[]): Property[] {
  const { nameSingular } = resource.object;
  const unknown = fields.filter((name) => !resource.words.has(name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `"${name}"`).join(', ');
    throw refuse('BAD_REQUEST', `fields: Object ${nameSingular} doesn't have any ${names} field`);
  }
  const asked = new Set(['id', ...fields]);
  for (const name of fields) {
    const property = resource.words.get(name) as Property;
    if (property.kind === 'many' && depth === 0) {
      throw refuse('BAD_REQUEST', `fields: "${name}" of ${nameSingular} is a list of records; ask for it with depth=1`);
    }
  }
  return resource.properties.filter(
    // A many-to-one relation brings its join column, so that `fields=company` says something at depth 0 too.
    (property) =>
      !isMorphTarget(property) &&
      (asked.has(property.name) || (property.kind === 'join' && asked.has(property.field.name))),
  );
}
