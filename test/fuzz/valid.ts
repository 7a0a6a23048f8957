/** Values that a place takes: by the scalar's name in GraphQL, by the property's schema in OpenAPI. */

import type { Dice } from './dice.ts';
import type { Known, OpenApi } from './known.ts';

const WORDS = ['acme', 'rocket', 'launch pad', 'Ünïcode', 'o’brien', 'x', 'Ada Lovelace', 'ESA', '100 %', 'a_b'];
const FIELD_TYPES = ['TEXT', 'NUMBER', 'BOOLEAN', 'DATE_TIME', 'UUID', 'RAW_JSON', 'ARRAY', 'EMAILS', 'PHONES'];

export function validValue(dice: Dice, known: Known, scalar: string, path: readonly string[]): unknown {
  const name = path.at(-1) ?? '';
  switch (scalar) {
    case 'UUID':
    case 'ID':
      return known.id(dice, path);
    case 'Int':
      return /^(first|last|limit|offset)$/i.test(name)
        ? dice.pick([0, 1, 2, 3, 60])
        : dice.pick([0, 1, 2, -1, 12, 2_147_483_647]);
    case 'Float':
    case 'Position':
      return dice.pick([0, 1, -1.5, 0.1, 1e9]);
    case 'BigInt':
    case 'BigFloat':
      return dice.pick<unknown>(['0', '1', '-12', '9007199254740993', 3]);
    case 'Boolean':
      return path.some((each) => /groupBy/i.test(each)) || dice.chance(0.5);
    case 'Date':
      return dice.pick(['2024-02-29', '1969-12-31', '2031-01-01']);
    case 'DateTime':
      return dice.pick(['2024-02-29T12:00:00Z', '1969-12-31T23:59:59.999+02:00', '2031-01-01T00:00:00.000Z']);
    case 'Time':
      return '12:34:56';
    case 'JSON':
    case 'RawJSONScalar':
      return dice.pick<unknown>([{ a: [1, { b: null }] }, {}]);
    case 'Cursor':
      return known.cursor(dice, path);
    default:
      return validText(dice, known, path);
  }
}

function validText(dice: Dice, known: Known, path: readonly string[]): string {
  const name = path.at(-1) ?? '';
  if (/cursor|^after$|^before$/i.test(name)) return known.cursor(dice, path);
  if (/(^id|Ids?)$/.test(name)) return known.id(dice, path);
  if (/url$/i.test(name)) return dice.pick(['https://hook.example/x', 'https://example.org']);
  if (/(expires|At$|date)/i.test(name)) return '2031-01-01T00:00:00.000Z';
  if (/^(nameSingular|namePlural|name)$/.test(name))
    return `thing${dice.below(500)}${name === 'namePlural' ? 's' : ''}`;
  if (/^label/.test(name)) return `Thing ${dice.below(500)}${name === 'labelPlural' ? 's' : ''}`;
  if (/email/i.test(name)) return `p${dice.below(100)}@example.com`;
  if (/timeZone/i.test(name)) return dice.pick(['Europe/Paris', 'UTC']);
  if (/currencyCode/.test(name)) return dice.pick(['EUR', 'USD']);
  if (/phoneNumber/i.test(name)) return '+41446681800';
  if (/^type$/.test(name)) return dice.pick(FIELD_TYPES);
  if (/subdomain/i.test(name)) return `fuzz${dice.below(1_000)}`;
  return dice.pick(WORDS);
}

/** By JSON schema. `spoil` may put something else in any place. */
export function validJson(
  dice: Dice,
  known: Known,
  document: OpenApi,
  given: OpenApi,
  path: readonly string[],
  spoil: () => { readonly value: unknown } | null,
): unknown {
  const spoiled = spoil();
  if (spoiled) return spoiled.value;
  const schema = resolved(document, given);
  const alternatives = schema.anyOf ?? schema.oneOf;
  const of = (inner: OpenApi, name = path.at(-1) ?? '') =>
    validJson(dice, known, document, inner, [...path, name], spoil);
  if (alternatives) return of(dice.pick(alternatives));
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((each: OpenApi) => of(each)));
  if (schema.enum) return dice.pick(schema.enum);
  if (schema.const !== undefined) return schema.const;
  const name = path.at(-1) ?? '';
  const type = dice.pick([schema.type].flat());
  if (type === 'null') return null;
  if (type === 'array')
    return path.length > 5 ? [] : Array.from({ length: dice.pick([0, 1, 1, 2]) }, () => of(schema.items ?? {}, name));
  if (type === 'object' || schema.properties) {
    if (path.length > 5) return {};
    const properties = Object.entries<OpenApi>(schema.properties ?? {});
    const required = properties.filter(([key]) => schema.required?.includes(key));
    const optional = properties.filter(([key]) => !schema.required?.includes(key));
    const chosen = [...required, ...dice.several(optional, dice.below(5))];
    return Object.fromEntries(chosen.map(([key, value]) => [key, of(value, key)]));
  }
  if (type === 'boolean') return validValue(dice, known, 'Boolean', path);
  if (type === 'integer') return validValue(dice, known, 'Int', path);
  if (type === 'number') return validValue(dice, known, 'Float', path);
  if (schema.format === 'uuid') return known.id(dice, path);
  if (schema.format === 'date') return validValue(dice, known, 'Date', path);
  if (schema.format === 'date-time') return validValue(dice, known, 'DateTime', path);
  return validText(dice, known, path);
}

export function resolved(document: OpenApi, schema: OpenApi): OpenApi {
  if (!schema?.$ref) return schema ?? {};
  const keys: string[] = schema.$ref.slice(2).split('/');
  const found = keys.reduce<OpenApi>((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  return resolved(document, found);
}
