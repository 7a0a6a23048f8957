/** What a path under `/rest` says. Contract: core.md 3.1, path parsing rules */

import { refuse } from '../errors.ts';
import { isUuid } from './filter.ts';

type ParsedPath = {
  readonly plural: string;
  /** As the OpenAPI document spells the path: `/companies/{id}`. */
  readonly template: string;
  readonly id: string | null;
};

const EXAMPLES = '/rest/companies, /rest/companies/{id}, /rest/batch/companies';

/** Operations on several records of an object, which stand where an id may stand. */
const VERBS: ReadonlySet<string> = new Set(['duplicates', 'export', 'groupBy', 'import', 'merge']);

/** HEAD answers as GET does; PUT is an undocumented alias of PATCH. */
export function methodOf(method: string): string {
  if (method === 'PUT') return 'patch';
  return method === 'HEAD' ? 'get' : method.toLowerCase();
}

/** @throws PlinthError BAD_REQUEST for what is no path of an object, or no UUID where one belongs */
export function parsePath(method: string, path: string): ParsedPath {
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
    return { plural: second, template: `/restore/${second}/{id}`, id: uuid(third) };
  }
  if (third !== undefined) {
    if (!isPatch || third !== 'restore') throw invalid(path);
    return { plural: first, template: `/${first}/{id}/restore`, id: uuid(second as string) };
  }
  if (second === undefined) return { plural: first, template: `/${first}`, id: null };
  if (isPatch && second === 'restore') return { plural: first, template: `/${first}/restore`, id: null };
  if (VERBS.has(second)) return { plural: first, template: `/${first}/${second}`, id: null };
  const id = uuid(second);
  // A create that names an id in its path is a create: the body decides. Contract: core.md 3.1
  if (method === 'POST') return { plural: first, template: `/${first}`, id: null };
  return { plural: first, template: `/${first}/{id}`, id };
}

function uuid(segment: string): string {
  if (!isUuid(segment)) throw refuse('BAD_REQUEST', `'${segment}' is not a valid UUID`);
  return segment;
}

function invalid(path: string): Error {
  return refuse('BAD_REQUEST', `Query path '/rest${path}' is invalid. Valid examples: ${EXAMPLES}`);
}
