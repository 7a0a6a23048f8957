/**
 * What a target of a morph relation is called by the object that it points to: today, and by that object's former
 * names. Pure.
 *
 *   target → rocket                                targetRocket, formerly rocket
 *   rocket renamed to launcher, keeping its name   targetLauncher, formerly launcher, rocket, targetRocket
 */

import { type Field, type Model, type ObjectType, relationSettings } from '../model.ts';
import { isMember, memberName } from '../morphs.ts';
import { RESERVED_FIELDS } from '../reserved.ts';
import { mapFields, mapFieldsOf } from './steps.ts';

/** The field under the name that it has by its target. */
export function calledAfter(field: Field, target: Pick<ObjectType, 'nameSingular'>): Field {
  const { relation } = field;
  if (!relation || !isMember(field)) return field;
  const name = memberName(relation.morph as string, target);
  if (name === field.name) return field;
  return { ...field, name, settings: { ...field.settings, ...relationSettings(name, relation) } };
}

/** What points to an object follows it to other names; by its former ones it is known as long as the object is. */
export function withTargetsFollowing(model: Model, before: ObjectType, after: ObjectType): Model {
  if (namesIn(before) === namesIn(after)) return model;
  const followed = mapFields(model, (field) => {
    if (!isMember(field) || field.relation?.targetObject !== after.id) return field;
    const [were, are] = [before, after].map((target) => formerNames(field, target)) as [string[], string[]];
    const { name } = calledAfter(field, after);
    const aliases = [...field.aliases.filter((alias) => !were.includes(alias) && alias !== name), ...are];
    return { ...calledAfter(field, after), aliases: [...new Set(aliases)] };
  });
  return withBroughtAliases(followed);
}

function namesIn({ nameSingular, aliases }: ObjectType): string {
  return JSON.stringify([nameSingular, aliases]);
}

function formerNames({ relation }: Field, { aliases }: ObjectType): string[] {
  return aliases.map((alias) => memberName(relation?.morph as string, alias));
}

/**
 * Targets that come with an object by themselves have no former names but by it; and as older releases called them by
 * the object's name alone, that goes on being served, where nothing else is called so. Contract: decisions.md, aliases
 */
export function withBroughtAliases(model: Model): Model {
  const objects = new Map(model.objects.map((object) => [object.id, object]));
  return {
    objects: model.objects.map((object) => {
      const isBrought = (field: Field) => field.isSystem && isMember(field);
      if (!object.fields.some(isBrought)) return object;
      const taken = new Set(
        object.fields.flatMap((field) => withKeys([field.name, ...(isBrought(field) ? [] : field.aliases)])),
      );
      return mapFieldsOf(object, (field) => {
        const target = objects.get(field.relation?.targetObject ?? '');
        if (!isBrought(field) || !target) return field;
        const alone = [target, ...target.aliases].map(({ nameSingular }) => nameSingular);
        const aliases = [...alone, ...formerNames(field, target)].filter((alias) => {
          const isFree = !RESERVED_FIELDS.has(alias) && !withKeys([alias]).some((key) => taken.has(key));
          if (isFree) for (const key of withKeys([alias])) taken.add(key);
          return isFree;
        });
        return JSON.stringify(aliases) === JSON.stringify(field.aliases) ? field : { ...field, aliases };
      });
    }),
  };
}

/** Names with those of their join columns: neither may be another field's. */
function withKeys(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}Id`]);
}
