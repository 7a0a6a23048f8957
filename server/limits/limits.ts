/** How much one request may ask for. Each bound has its reason here, and its row in docs/limits.md. */

import { ERRORS, type ErrorCode, type PlinthError, refuse } from '../errors.ts';
import type { Settings } from '../settings.ts';

/** What a GraphQL operation may ask for; the settings `GRAPHQL_MAX_…`. */
export type Limits = {
  /** Records inside records; `edges`, `node`, `pageInfo` and composites are not levels. */
  readonly maxDepth: number;
  readonly maxRootFields: number;
  /**
   * Every selection counts, wherever it is written: fields, aliases, `__typename`, introspection, inline fragments, and
   * spreads with what they spread.
   */
  readonly maxFields: number;
  /** Rows that the page sizes allow. */
  readonly maxCost: number;
  /** Of these rows, and of all else: one for each field of each. */
  readonly maxValues: number;
};

export function limitsOf(settings: Settings): Limits {
  return {
    maxDepth: settings.graphqlMaxDepth,
    maxRootFields: settings.graphqlMaxRootFields,
    maxFields: settings.graphqlMaxFields,
    maxCost: settings.graphqlMaxCost,
    maxValues: settings.graphqlMaxValues,
  };
}

// Parsing and validating this many tokens takes some 50 ms. The largest introspection query has 600, a write of 60
// records as literals some 5,000.
export const MAX_DOCUMENT_TOKENS = 20_000;

// Selections and values inside each other, through fragments too. Parsers, validation and execution recurse into them:
// the stack holds some 1,500. Eight levels of records are 24 levels of selections, an introspection query has 15.
export const MAX_DOCUMENT_DEPTH = 100;

// An editor sends all its tabs in one document; validation costs something for each operation.
export const MAX_OPERATIONS = 50;

// A write of 60 records, with a variable for each of their values, has some 600.
export const MAX_VARIABLES = 1_000;

// One for each second field at the most; clients put `@include` on some.
export const MAX_DIRECTIVES = 1_000;

// What all definitions of a document select together, each with its fragments, in multiples of what one operation may
// select: validation walks through all of them. Fragments inside fragments count once a level.
export const MAX_DOCUMENT_OPERATIONS_WORTH = 10;

// Tools ask for the schema once; some ask once for the names of the root types and once for the rest.
export const MAX_SCHEMA_INTROSPECTIONS = 2;

// A record's JSON field inside variables is some ten levels down; what goes through JSON recurses, and its stack holds
// some thousands.
export const MAX_JSON_DEPTH = 100;

// A search is a few words; each of its forms is looked for in every object.
export const MAX_SEARCH_CHARACTERS = 1_000;
// Of ten thousand, Postgres would make a tree too deep for its stack.
export const MAX_SEARCH_WORDS = 100;

// Descriptions are read with each model, and are in each schema and document that is made of it. Logos may be data
// URLs.
export const MAX_DESCRIPTION_CHARACTERS = 10_000;

// Names that people read, and icons: they are shown on one line.
export const MAX_DISPLAY_NAME_CHARACTERS = 255;

// Writing this many takes half a second, in which nobody else is answered. The introspection of 500 objects has 30
// million.
export const MAX_ANSWER_CHARACTERS = 100_000_000;

// Values that an operation on metadata resolves, a field of an object each: some two seconds' worth. A model of 500
// objects has 500,000.
export const MAX_METADATA_VALUES = 1_000_000;

type Exceeded = {
  /** Of a constant here or of a setting. */
  readonly name: string;
  readonly max: number;
  /** What was asked for, where it is known: counting stops at what is refused. */
  readonly value?: number;
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly code?: ErrorCode | undefined;
};

/** The refusal of what exceeds a bound: it names the bound, its value, and what was asked for. */
export function tooMuch({ name, max, value, unit, code = 'TOO_COMPLEX_QUERY' }: Exceeded): PlinthError {
  const asked = value === undefined ? `more than ${max} ${unit}` : `${value} ${unit}, and at most ${max} are allowed`;
  return refuse(code, {
    message: `${ERRORS[code].message}: ${asked} (${name})`,
    extensions: { limit: { name, max, ...(value !== undefined && { value }) } },
  });
}

export function atMost(value: number, max: number, name: string, unit: string, code?: ErrorCode): void {
  if (value > max) throw tooMuch({ name, max, unit, code, ...(Number.isSafeInteger(value) && { value }) });
}

/** Of a text that is kept. @throws PlinthError BAD_REQUEST */
export function checkLength(name: string, text: string | null | undefined, max: number): void {
  if ((text?.length ?? 0) > max) throw refuse('BAD_REQUEST', `${name} must be at most ${max} characters`);
}
