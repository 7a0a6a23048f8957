/** Conditions on the version of one record: ETag, If-Match, If-None-Match. RFC 9110, 8.8.3 and 13.1. */

import type { Request, Response } from 'express';
import type { OperationKind } from '../../openapi/operations.ts';
import { refuse } from '../errors.ts';
import type { Versioning } from '../records/version.ts';

/** Operations whose answer is one record as it is now. */
const SHOWN: ReadonlySet<OperationKind> = new Set(['findOne', 'createOne', 'updateOne', 'restoreOne']);
/** Those that change one record which is there. */
const CONDITIONAL: ReadonlySet<OperationKind> = new Set(['updateOne', 'deleteOne', 'restoreOne']);

type Conditions = {
  /** For `execute`; undefined where there is neither a condition nor a record to be told of. */
  readonly versioning: Versioning | undefined;
  /** Puts the ETag on the answer. @returns whether the client has that very answer already, and needs no body */
  answer(response: Response): boolean;
};

/**
 * A tag is the model's fingerprint and the record's version: a field that is added changes what a record looks like
 * too. With related records in the answer it is a weak one, for it tells nothing of theirs.
 * @throws PlinthError BAD_REQUEST for a condition that this operation would not keep
 */
export function conditionsOf(request: Request, kind: OperationKind, fingerprint: string): Conditions {
  const isRead = kind === 'findOne' || kind === 'findMany';
  const ifMatch = request.get('If-Match');
  const ifNoneMatch = request.get('If-None-Match');
  if (!isRead && ifNoneMatch !== undefined)
    throw refuse('BAD_REQUEST', 'If-None-Match is only supported for reading one record');
  if (!isRead && ifMatch !== undefined && !CONDITIONAL.has(kind))
    throw refuse('BAD_REQUEST', 'If-Match is only supported for changing one record by its id');

  const model = fingerprint.slice(0, 12);
  const expected = isRead || ifMatch === undefined ? undefined : versionsOf(ifMatch, 'If-Match', model);
  const hasOthers = request.query.depth === '1';
  let version: string | undefined;
  const tell = (told: string) => {
    version = told;
  };
  return {
    versioning: SHOWN.has(kind) || expected ? { expected: expected === 'any' ? undefined : expected, tell } : undefined,
    answer(response) {
      if (version === undefined || !SHOWN.has(kind)) return false;
      response.setHeader('ETag', `${hasOthers ? 'W/' : ''}"${model}-${version}"`);
      if (kind !== 'findOne' || hasOthers || ifNoneMatch === undefined) return false;
      const versions = versionsOf(ifNoneMatch, 'If-None-Match', model);
      return versions === 'any' || versions.has(version);
    },
  };
}

// A list of tags, each in quotes, which may hold commas. W/ says nothing of the record itself: whoever compresses an
// answer on its way puts it there, and clients send it back.
const TAGS = /^\s*(?:W\/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e]*"\s*)*$/;

/** Of those tags that are of this model; what they look like is nobody's business but ours. */
function versionsOf(header: string, name: string, model: string): ReadonlySet<string> | 'any' {
  if (header.trim() === '*') return 'any';
  if (!TAGS.test(header)) throw refuse('BAD_REQUEST', `${name} must be "*" or a list of ETags in double quotes`);
  const tags = [...header.matchAll(/"([^"]*)"/g)].map(([, tag]) => tag as string);
  return new Set(tags.flatMap((tag) => (tag.startsWith(`${model}-`) ? [tag.slice(model.length + 1)] : [])));
}
