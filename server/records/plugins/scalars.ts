/** Scalars and shared enums of the core API. Contract: core.md 2.5, 2.8, 2.10. */

import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'postgraphile/grafast/graphql';
import type { GivenFields } from '../../given.ts';
import { isUuid } from '../../model/field-types/checks.ts';

type Coercion = {
  readonly description: string;
  readonly input: (value: unknown) => unknown;
};

function refused(message: string): never {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function text(name: string) {
  return (value: unknown) => (typeof value === 'string' ? value : refused(`${name} must be a string`));
}

const SCALARS: Record<string, Coercion> = {
  UUID: {
    description: 'A UUID, such as 0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f.',
    input: (value) => {
      if (typeof value !== 'string') refused('UUID must be a string');
      return isUuid(value) ? value : refused(`Invalid UUID "${value}"`);
    },
  },
  DateTime: {
    description: 'A moment, ISO 8601 in UTC with milliseconds.',
    input: text('DateTime'),
  },
  Date: { description: 'A day, YYYY-MM-DD.', input: text('Date') },
  Position: {
    description: 'Where a record stands among the others: a number, "first" or "last".',
    input: (value) =>
      (typeof value === 'number' && Number.isFinite(value)) || value === 'first' || value === 'last'
        ? value
        : refused(`Invalid position ${JSON.stringify(value)}: a number, "first" or "last" is expected`),
  },
  BigFloat: {
    description: 'A number of any size: a JSON number while exactly representable, else a string.',
    input: (value) =>
      typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
        ? value
        : refused(`Invalid number ${JSON.stringify(value)}`),
  },
  JSON: { description: 'Any JSON.', input: (value) => value },
  ConnectionCursor: { description: 'A place in a connection; opaque.', input: text('ConnectionCursor') },
  TSVector: { description: 'The words by which a record is found.', input: text('TSVector') },
};

/** A decimal text as a number where that loses nothing. */
export function exactNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return Number.isFinite(number) && String(number) === withoutTrailingZeros(value) ? number : value;
}

/** Of digits behind a point. Not by a regular expression, which would begin anew at each of thousands of digits. */
function withoutTrailingZeros(decimal: string): string {
  if (!decimal.includes('.')) return decimal;
  let end = decimal.length;
  while (decimal[end - 1] === '0') end--;
  return decimal.slice(0, decimal[end - 1] === '.' ? end - 1 : end);
}

const ENUMS: Record<string, { description: string; values: readonly string[] }> = {
  FilterIs: { description: 'Null or not.', values: ['NULL', 'NOT_NULL'] },
  OrderByDirection: {
    description: 'Direction of an order, and where nulls stand in it.',
    values: ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'],
  },
};

export const ScalarsPlugin: GraphileConfig.Plugin = {
  name: 'ScalarsPlugin',
  version: '1.0.0',
  description: 'Adds the scalars and shared enums of the core API',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, { description, input }] of Object.entries(SCALARS)) {
          build.registerScalarType(
            name,
            {},
            () => ({
              description,
              serialize: (value: unknown) => value, // what Postgres gives as JSON is never read
              parseValue: input,
              parseLiteral: (node: ValueNode, variables: GivenFields | null | undefined) =>
                input(
                  node.kind === Kind.INT || node.kind === Kind.FLOAT
                    ? Number(node.value)
                    : valueFromASTUntyped(node, variables),
                ),
            }),
            `ScalarsPlugin adds ${name}`,
          );
        }
        for (const [name, { description, values }] of Object.entries(ENUMS)) {
          build.registerEnumType(
            name,
            {},
            () => ({ description, values: Object.fromEntries(values.map((value) => [value, { value }])) }),
            `ScalarsPlugin adds ${name}`,
          );
        }
        return _;
      },
    },
  },
};
