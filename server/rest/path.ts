/** What a path under `/rest` says. Contract: core.md 3.1, path parsing rules */

import { refuse } from '../errors.ts';
import { type KeyType, keyMistake } from '../model/keys.ts';

type ParsedPath = {
  readonly plural: string;
  /** As the OpenAPI document spells the path: `/companies/{id}`. */
  readonly template: string;
  readonly id: string | null;
};

const EXAMPLES = '/rest/companies, /rest/companies/{id}, /rest/batch/companies';

/** Operations on several records of an object, which stand where an id may stand. */
const VERBS: ReadonlySet<string> = new Set(['changes', 'duplicates', 'export', 'groupBy', 'import', 'merge']);

/** HEAD answers as GET does; PUT is an undocumented alias of PATCH. */
export function methodOf(method: string): string {
  if (method === 'PUT') return 'patch';
  return method === 'HEAD' ? 'get' : method.toLowerCase();
}

/**
 * @param idOf the id that a segment is, of the object called `plural`
 * @throws PlinthError BAD_REQUEST for what is no path of an object, or no id where one belongs
 */
export function parsePath(
  method: string,
  path: string,
  idOf: (plural: string, segment: string) => string = (_plural, segment) => checkedId('uuid', segment),
): ParsedPath {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [first, second, third] = segments;
  if (first === undefined || segments.length > 3) throw invalid(path);
  if (first === 'batch') {
    if (second === undefined || third !== undefined) throw invalid(path);
    return { plural: second, template: `/batch/${second}`, id: null };
  }
  const isPatch = methodOf(method) === 'patch';
  if (first === 'restore') {
    // Only PATCH restores: nothing that ends in, or begins with, that word may ever be read as another operation.
    if (!isPatch || second === undefined) throw invalid(path);
    if (third === undefined) return { plural: second, template: `/restore/${second}`, id: null };
    return { plural: second, template: `/restore/${second}/{id}`, id: idOf(second, third) };
  }
  if (third !== undefined) {
    if (!isPatch || third !== 'restore') throw invalid(path);
    return { plural: first, template: `/${first}/{id}/restore`, id: idOf(first, second as string) };
  }
  if (second === undefined) return { plural: first, template: `/${first}`, id: null };
  if (isPatch && second === 'restore') return { plural: first, template: `/${first}/restore`, id: null };
  if (VERBS.has(second)) return { plural: first, template: `/${first}/${second}`, id: null };
  const id = idOf(first, second);
  // A create that names an id in its path is a create: the body decides. Contract: core.md 3.1
  if (method === 'POST') return { plural: first, template: `/${first}`, id: null };
  return { plural: first, template: `/${first}/{id}`, id };
}

/** A key that is a text may have any character in it, as a path spells it. @throws PlinthError BAD_REQUEST */
export function checkedId(type: KeyType, segment: string): string {
  const id = type === 'text' ? decoded(segment) : segment;
  const mistake = keyMistake(type, id);
  if (mistake !== null) throw refuse('BAD_REQUEST', mistake);
  return id;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refuse('BAD_REQUEST', `'${segment}' is not valid percent-encoding`);
  }
}

function invalid(path: string): Error {
  return refuse('BAD_REQUEST', `Query path '/rest${path}' is invalid. Valid examples: ${EXAMPLES}`);
}
