/**
 * A GraphQL error in REST's words: REST clients know objects and fields, not types and variables. Contract: core.md
 * 3.12
 */

import { GraphQLError } from 'postgraphile/grafast/graphql';
import { PlinthError, refuse } from '../errors.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { listed } from '../model/field-types/options.ts';
import type { Field } from '../model/model.ts';
import type { Resource } from './vocabulary.ts';

/**
 * The error to throw for a GraphQL error: what the records side refused, in its words; what graphql-js refused of the
 * input, in ours.
 */
export function refusalOf(error: GraphQLError, resource: Resource): Error {
  const refused = error.originalError instanceof PlinthError ? error.originalError : null;
  if (refused && !(refused.cause instanceof GraphQLError)) return inRestWords(refused);
  const said = [error.message, ...messagesUnder(refused ?? error)];
  const isInput = refused ? refused.status < 500 : said.some((message) => message.startsWith(OF_A_VARIABLE));
  return isInput ? refuse('INVALID_ARGS_DATA', { ...inputRefusal(said, resource), cause: error }) : (refused ?? error);
}

/** REST's names of arguments that it spells in another way. */
const PARAMETERS: Readonly<Record<string, string>> = {
  groupBy: 'group_by',
  limit: 'limit',
  orderBy: 'order_by',
  orderByForRecords: 'order_by_for_records',
  viewId: 'view_id',
};

/** Sentences about an argument begin with its name. */
function inRestWords(refused: PlinthError): PlinthError {
  const [, argument = ''] = /^(\w+)[,:]/.exec(refused.message) ?? [];
  const parameter = PARAMETERS[argument];
  if (parameter === undefined) return refused;
  return refuse(refused.code, { message: parameter + refused.message.slice(argument.length), cause: refused });
}

/** graphql-js wraps what a scalar or an input object says in a sentence with the variable's name, place and value. */
function messagesUnder(error: Error): string[] {
  const inner = error instanceof GraphQLError ? error.originalError : error.cause;
  return inner instanceof Error ? [inner.message, ...messagesUnder(inner)] : [];
}

const OF_A_VARIABLE = 'Variable "$';

/** What graphql-js says of input → what a REST client can use. Tried in this order. */
const SENTENCES: readonly {
  readonly pattern: RegExp;
  readonly say: (place: Place, found: RegExpExecArray) => string;
}[] = [
  {
    pattern: /Field "([^"]+)" is not defined by type "[^"]+"/,
    say: ({ object, field, unwritable }, [, name = '']) =>
      field === ''
        ? unwritable.has(name)
          ? `Field "${name}" of ${object} is not writable`
          : `Object ${object} doesn't have any "${name}" field.`
        : `Field "${field}" of ${object} doesn't have any "${name}" sub-field.`,
  },
  {
    pattern: /Value "(.*)" does not exist in "[^"]+" enum/s,
    say: ({ field, options }, [, value]) =>
      `Invalid value '${value}' for field "${field}"${options ? `: expected ${listed(options)}` : ''}`,
  },
  {
    pattern: /Field "([^"]+)" of required type "[^"]+" was not provided/,
    say: ({ object, field }, [, name]) =>
      `Field "${field === '' ? name : `${field}.${name}`}" of ${object} is required`,
  },
  {
    pattern: /Expected non-nullable type "[^"]+" not to be null/,
    say: ({ object, field }) => `Field "${field}" of ${object} cannot be null`,
  },
  {
    pattern: /Expected type "[^"]+" to be an object/,
    say: ({ object, field }) =>
      field === '' ? `A record of ${object} must be an object` : `Field "${field}" of ${object} must be an object`,
  },
];

type Place = {
  readonly object: string;
  readonly field: string;
  /** Fields that the object has, and its inputs don't: the many side of relations, what is generated. */
  readonly unwritable: ReadonlySet<string>;
  /** Of a field that has some. */
  readonly options: Field['options'];
};

/** @param said the outermost message first; the innermost says why, without the value */
function inputRefusal(said: readonly string[], resource: Resource): { message: string; recordIndex?: number } {
  const object = resource.object.nameSingular;
  const whole = said.find((message) => message.startsWith(OF_A_VARIABLE)) ?? '';
  const why = said.at(-1) as string;
  // `Variable "$data" got invalid value … at "data[1].name"; <why>`: the value may hold anything, so the last place
  // counts.
  const [, index, field = ''] = /.* at "\w+(?:\[(\d+)\])?\.?([^"]*)"; /s.exec(whole) ?? [];
  const parameter = PARAMETERS[/^Variable "\$(\w+)"/.exec(whole)?.[1] ?? ''];
  if (parameter !== undefined) {
    const element = index === undefined ? '' : `, element ${Number(index) + 1}`;
    return { message: `${parameter}${element}: ${parameterMessage(why, field, object)}` };
  }
  const options = resource.words.get(/^\w*/.exec(field)?.[0] ?? '')?.field.options ?? null;
  const message = sentenceOf(why, { object, field, unwritable: unwritableOf(resource), options });
  return index === undefined ? { message } : { message: `Record ${index}: ${message}`, recordIndex: Number(index) };
}

function sentenceOf(why: string, place: Place): string {
  for (const { pattern, say } of SENTENCES) {
    const found = pattern.exec(why);
    if (found) return say(place, found);
  }
  return place.field === '' ? why : `Invalid value for field "${place.field}" of ${place.object}: ${why}`;
}

/**
 * The same of a parameter that is JSON.
 * @param field the place in its element, `closeDate.granularity`; empty for all of it
 */
function parameterMessage(why: string, field: string, object: string): string {
  const place = field === '' ? 'it' : `"${field}"`;
  const [, unknown] = /Field "([^"]+)" is not defined by type/.exec(why) ?? [];
  if (unknown !== undefined)
    return `"${field === '' ? unknown : `${field}.${unknown}`}" of ${object} cannot be used here`;
  const [, value] = /Value "(.*)" does not exist in "[^"]+" enum/s.exec(why) ?? [];
  if (value !== undefined) return `Invalid value '${value}' for ${place}`;
  if (/ to be an object/.test(why)) return `${place} must be an object`;
  if (/ not to be null/.test(why)) return `${place} must not be null`;
  return field === '' ? why : `${place}: ${why}`;
}

function unwritableOf({ properties }: Resource): ReadonlySet<string> {
  const unwritable = properties.filter(({ kind, field }) => kind === 'many' || FIELD_TYPES[field.type].isGenerated);
  return new Set(unwritable.map(({ name }) => name));
}
