/** A filter of the API as the condition of a policy: text, for DDL takes no parameters. */

import { randomUUID } from 'node:crypto';
import { coerceInputValue, type GraphQLInputObjectType, type GraphQLSchema } from 'postgraphile/grafast/graphql';
import { compiled, literal, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { type Filter, ME } from '../model/roles/row-rules.ts';
import { filterCondition } from './plugins/filters.ts';
import { typeNames } from './plugins/served-objects.ts';

// Set on each connection of a person (`db/workspace-pool.ts`); nobody where a key asks.
const ME_IN_SQL = `nullif(current_setting('plinth.member_id', true), '')::uuid`;

/** @throws PlinthError BAD_REQUEST for a filter that is none, or says nothing */
export function policyText(
  build: GraphileBuild.Build,
  schema: GraphQLSchema,
  nameSingular: string,
  given: Filter,
): string {
  const served = build.servedObjects.find(({ object }) => object.nameSingular === nameSingular);
  if (!served) throw refuse('BAD_REQUEST', `Object "${nameSingular}" is not served, so a rule has no effect`);
  const me = randomUUID(); // stands for whoever asks, where values are checked
  const mistakes: string[] = [];
  const filter = coerceInputValue(
    withMe(given, me),
    schema.getType(typeNames(served).filterInput) as GraphQLInputObjectType,
    (path, _value, { message }) => mistakes.push([path.join('.'), message].filter(Boolean).join(': ')),
  );
  if (mistakes.length > 0) throw refuse('BAD_REQUEST', `filter: ${mistakes.join(', ')}`.replaceAll(me, ME));
  const table = (served.table.extensions as { pg?: { name: string } } | undefined)?.pg?.name ?? served.table.name;
  const condition = filterCondition(build, served, sql.identifier(table), filter as Filter);
  if (!condition) throw refuse('BAD_REQUEST', 'filter must not be empty; send null to remove the rule');
  const { text, values } = compiled(condition);
  return text.replace(/\$(\d+)/g, (_, number) => constant(values[Number(number) - 1])).replaceAll(`'${me}'`, ME_IN_SQL);
}

function withMe(value: unknown, me: string): unknown {
  if (value === ME) return me;
  if (Array.isArray(value)) return value.map((each) => withMe(each, me));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withMe(each, me)]));
}

/** What `pg` would send as a parameter; of no type, so that it is read as what it stands beside. */
function constant(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? `'{}'` : `array[${value.map(constant).join(', ')}]`;
  return literal(String(value));
}
