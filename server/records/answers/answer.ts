/** What an operation answers: texts that Postgres made, which nobody reads on their way. */

import type { GraphQLError } from 'postgraphile/grafast/graphql';
import { answerTooLarge } from '../../limits/answer.ts';
import { MAX_ANSWER_CHARACTERS } from '../../limits/limits.ts';
import { parsedExactly } from '../../model/exact-json.ts';

export type Answer = {
  /** The JSON of each root field, in their order; of one that was refused `null`. Undefined where nothing ran. */
  readonly data?: ReadonlyMap<string, string> | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
  /** Where they were asked for one by one: the JSON of each record. */
  readonly rows?: readonly string[] | undefined;
};

/** The answer as GraphQL has it. @throws PlinthError ANSWER_TOO_LARGE */
export function textOfAnswer({ data, errors }: Answer): string {
  const said = errors ? `"errors":${JSON.stringify(errors)}` : '';
  if (data === undefined) return `{${said}}`;
  let members = '';
  for (const [key, json] of data) {
    if (members.length + json.length > MAX_ANSWER_CHARACTERS) throw answerTooLarge();
    members += `${members && ','}${JSON.stringify(key)}:${json}`;
  }
  return `{${said}${said && ','}"data":{${members}}}`;
}

/** The same as a value, for whoever must put it in another text; no number loses a digit. */
export function valueOfAnswer({ data, errors }: Answer): {
  data?: Record<string, unknown>;
  errors?: readonly GraphQLError[];
} {
  return {
    ...(errors && { errors }),
    ...(data && { data: Object.fromEntries([...data].map(([key, json]) => [key, parsedExactly(json)])) }),
  };
}
