/** What requests of the metadata REST API say: ids, bodies, pages, dry runs. Contract: metadata.md 3. */

import type { Request, RequestHandler } from 'express';
import { coerceInputValue, type GraphQLInputObjectType } from 'postgraphile/grafast/graphql';
import { refuse, shown } from '../errors.ts';
import type { Given } from '../given.ts';
import { pageLimit } from '../limits/page-limit.ts';
import { isUuid } from '../model/field-types/checks.ts';
import type { Page } from '../store/paging.ts';
import { METADATA_TYPES } from './sdl/schema.ts';

/** `?dry_run=true`: what would be done, with nothing done. */
export function isDry(request: Request): boolean {
  return isTrue(request, 'dry_run');
}

/** Anything but true and false is a mistake, and must not become a change. */
export function isTrue({ query }: Request, name: string): boolean {
  const given = query[name];
  if (given === undefined || given === 'false') return false;
  if (given !== 'true') throw refuse('BAD_REQUEST', `${name} ${shown(given)} is invalid. Should be true or false`);
  return true;
}

export function idOf({ params }: Request): string {
  const id = String(params.id);
  if (!isUuid(id)) throw refuse('BAD_REQUEST', `'${id}' is not a valid UUID`);
  return id.toLowerCase();
}

export function bodyOf({ body }: Pick<Request, 'body'>): object {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw refuse('BAD_REQUEST', 'Send a JSON object as application/json');
  return body;
}

/** A body as the GraphQL input that it spells: both APIs take the same, and refuse the same. All mistakes are named. */
export function inputOf(type: string, request: Request): Given {
  return coerced(type, bodyOf(request));
}

export function coerced(type: string, given: object): Given {
  const mistakes: string[] = [];
  const input = coerceInputValue(
    given,
    METADATA_TYPES.getType(type) as GraphQLInputObjectType,
    (path, _value, { message }) => mistakes.push(mistakeOf(path, message)),
  );
  if (mistakes.length > 0) throw refuse('BAD_REQUEST', mistakes.join(', '));
  return input;
}

/** What graphql-js says of a value, in words of JSON. */
function mistakeOf(path: readonly (string | number)[], message: string): string {
  const at = (name: string | undefined) => [...path, ...(name === undefined ? [] : [name])].join('.');
  const missing = /^Field "([^"]+)" of required type/.exec(message);
  if (missing) return `${at(missing[1])} should not be empty`;
  const unknown = /^Field "([^"]+)" is not defined by type "[^"]+"\.?(.*)$/.exec(message);
  if (unknown) return `property ${at(unknown[1])} should not exist.${unknown[2]}`;
  return message.startsWith('Expected non-nullable type')
    ? `${at(undefined)} should not be empty`
    : `${at(undefined)}: ${message}`;
}

/** Parameters of a list. */
export const PAGE_PARAMETERS = ['limit', 'starting_after', 'ending_before'];

/** @throws PlinthError BAD_REQUEST */
export function pageOfQuery({ query: { limit, starting_after, ending_before } }: Request): Page {
  const [after, before] = [cursorOf(starting_after, 'starting_after'), cursorOf(ending_before, 'ending_before')];
  if (after && before) throw refuse('BAD_REQUEST', 'starting_after and ending_before cannot both be given');
  return { size: pageLimit(limit), after, before, isBackward: before !== null };
}

/** What a query says beside the page: the filter of a list that takes one. */
export function filterOfQuery({ query }: Request): object {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !PAGE_PARAMETERS.includes(name)));
}

/** Refuses parameters that a route does not take, so that a misspelled one is not a wrong answer. */
export function accepting(...parameters: readonly string[]): RequestHandler {
  return function refuseOthers({ query }, _response, next) {
    const unknown = Object.keys(query).filter((name) => !parameters.includes(name));
    if (unknown.length > 0)
      throw refuse('BAD_REQUEST', unknown.map((name) => `property ${name} should not exist.`).join(', '));
    next();
  };
}

function cursorOf(given: unknown, name: string): string | null {
  if (given === undefined || given === '') return null;
  if (!isUuid(given)) throw refuse('BAD_REQUEST', `${name} ${shown(given)} is not a valid UUID`);
  return given.toLowerCase();
}
