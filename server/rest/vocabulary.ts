/**
 * The names that a request may use: objects by their plural, and what each dotted path means in an object. Built once a
 * model.
 */

import type { Part } from '../model/field-types/field-type.ts';
import { type Scalar, scalarOfPart } from '../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import {
  type Field,
  fieldByName,
  formerFields,
  joinName,
  type Model,
  type ObjectType,
  objectById,
} from '../model/model.ts';

export type Vocabulary = {
  readonly byPlural: ReadonlyMap<string, Resource>;
  /** For the hint to who wrote `/rest/company`. */
  readonly bySingular: ReadonlyMap<string, Resource>;
};

/** An object as REST sees it. */
export type Resource = {
  readonly object: ObjectType;
  /** Active fields in the model's order, relations to inactive objects left out. */
  readonly properties: readonly Property[];
  /** Field names, and join columns (`companyId`). */
  readonly words: ReadonlyMap<string, Property>;
};

/** What one name of an object is. A many-to-one relation is two properties, its join column before it. */
export type Property =
  | { readonly kind: 'plain'; readonly name: string; readonly field: Field; readonly part: Part }
  | {
      readonly kind: 'composite';
      readonly name: string;
      readonly field: Field;
      readonly parts: ReadonlyMap<string, Part>;
    }
  | { readonly kind: 'join'; readonly name: string; readonly field: Field; readonly part: Part }
  | { readonly kind: 'one' | 'many'; readonly name: string; readonly field: Field; readonly target: () => Resource };

/** A path that ends at one column. */
export type Leaf = {
  readonly field: Field;
  readonly part: Part;
  readonly scalar: Scalar;
  readonly path: readonly string[];
};

/** A join column holds what the key of its target is. */
function joinPart(target: ObjectType | undefined): Part {
  const id = target && fieldByName(target, 'id');
  const [part] = id ? FIELD_TYPES[id.type].parts : [];
  return { name: null, suffix: 'id', sql: 'uuid', scalar: id && part ? scalarOfPart(part, id) : 'UUID' };
}

/** As the GraphQL schema has it. Contract: decisions.md, filters through relations */
const MAX_HOPS = 3;

export function vocabularyOf(model: Model): Vocabulary {
  const byId = new Map<string, Resource>();
  for (const object of model.objects) {
    if (object.isActive) byId.set(object.id, resourceOf(model, object, byId));
  }
  const resources = [...byId.values()];
  return {
    byPlural: new Map(resources.map((resource) => [resource.object.namePlural, resource])),
    bySingular: new Map(resources.map((resource) => [resource.object.nameSingular, resource])),
  };
}

function resourceOf(model: Model, object: ObjectType, byId: ReadonlyMap<string, Resource>): Resource {
  const properties = object.fields
    .filter((field) => field.isActive)
    .flatMap((field) => [field, ...formerFields(object, field)])
    .flatMap((field) =>
      field.relation ? relationProperties(model, field, field.relation, byId) : [propertyOf(field)],
    );
  return { object, properties, words: new Map(properties.map((property) => [property.name, property])) };
}

function propertyOf(field: Field): Property {
  const { composite, parts } = FIELD_TYPES[field.type];
  const [part] = parts;
  if (composite === null && part) return { kind: 'plain', name: field.name, field, part };
  return { kind: 'composite', name: field.name, field, parts: new Map(parts.map((each) => [String(each.name), each])) };
}

function relationProperties(
  model: Model,
  field: Field,
  relation: NonNullable<Field['relation']>,
  byId: ReadonlyMap<string, Resource>,
): Property[] {
  const isOne = relation.kind === 'MANY_TO_ONE';
  const targetObject = objectById(model, relation.targetObject);
  const join: Property[] = isOne ? [{ kind: 'join', name: joinName(field), field, part: joinPart(targetObject) }] : [];
  if (!targetObject?.isActive) return join;
  // Objects point at each other in circles, so the other end is looked up when it is asked for.
  const target = () => byId.get(relation.targetObject) as Resource;
  return [...join, { kind: isOne ? 'one' : 'many', name: field.name, field, target }];
}

/**
 * The column that a dotted path stands for: `name.firstName`, `companyId`, `company.name`.
 * @throws the sentence that says why it stands for none, made an error by `fail`, which knows the parameter and the
 *   position
 */
export function leafOf(resource: Resource, path: readonly string[], fail: (why: string) => Error): Leaf {
  let from = resource;
  for (let step = 0; step < path.length; step++) {
    const name = path[step] as string;
    const property = from.words.get(name);
    const object = from.object.nameSingular;
    const isLast = step === path.length - 1;
    if (!property) throw fail(`Object ${object} doesn't have any "${name}" field`);
    switch (property.kind) {
      case 'plain':
      case 'join':
        if (!isLast) throw fail(`Field "${name}" of ${object} has no sub-field "${path[step + 1]}"`);
        return leaf(property.field, property.part, path);
      case 'composite': {
        const names = [...property.parts.keys()].join(', ');
        if (isLast)
          throw fail(
            `Field "${name}" of ${object} needs a sub-field, as in ${name}.${[...property.parts.keys()][0]}: ${names}`,
          );
        const part = property.parts.get(path[step + 1] as string);
        if (!part || step + 2 < path.length) {
          throw fail(`Field "${name}" of ${object} has no sub-field "${path.slice(step + 1).join('.')}", but ${names}`);
        }
        return leaf(property.field, part, path);
      }
      case 'one':
        if (isLast)
          throw fail(
            `Field "${name}" of ${object} is a relation; use "${joinName(property.field)}", or a field of it, as in ${name}.id`,
          );
        if (step >= MAX_HOPS) throw fail(`A path may go through ${MAX_HOPS} relations, not more`);
        from = property.target();
        break;
      case 'many':
        throw fail(`Field "${name}" of ${object} is a relation to many records, which cannot be used here`);
    }
  }
  throw fail('A field name is missing');
}

function leaf(field: Field, part: Part, path: readonly string[]): Leaf {
  return { field, part, scalar: scalarOfPart(part, field), path };
}
