/** Random REST requests of an OpenAPI document, valid by it unless something hostile is put in. */

import type { HttpCall } from './call.ts';
import type { Dice } from './dice.ts';
import { encoded, SLOW, SLOW_SHARE } from './graphql.ts';
import { hostile, hostileText, toJson } from './hostile.ts';
import type { Known, OpenApi } from './known.ts';
import { resolved, validJson, validValue } from './valid.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
// What no document tells of is asked for as well.
const ODD_METHODS = ['OPTIONS', 'PROPFIND', 'HEAD', 'PURGE'];
const ODD_TYPES = [
  'text/plain',
  'text/csv',
  'application/x-ndjson',
  'application/json; charset=utf-16',
  'multipart/form-data',
  'x',
];
const ODD_HEADERS = ['x', '"a"', 'W/"b", *', '*', ',,,', 'x'.repeat(3_000), 'gzip', 'bytes=0-1', '\u00ff'];

const FILTERS = [
  'createdAt[gt]:"2024-01-01T00:00:00.000Z"',
  'or(createdAt[is]:NULL,not(updatedAt[is]:NULL))',
  'id[in]:["0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f"],position[gte]:0',
];
// Of companies and people: others refuse them.
const OWN_FILTERS = [
  'name[ilike]:"%a%",employees[lte]:5',
  'company.name[startsWith]:"A"',
  'domainName.primaryLinkUrl[is]:NULL',
];
const ORDERS = ['createdAt', 'createdAt[DescNullsLast],id[AscNullsFirst]', 'position'];
const GROUPS = ['[{"createdAt":{"granularity":"MONTH"}}]', '[{"updatedAt":true}]'];
const AGGREGATES = ['["countNotEmptyId"]', '["maxCreatedAt","countNotEmptyId"]'];

export function restCall(dice: Dice, known: Known, part: 'core' | 'metadata', isHostile: boolean): HttpCall {
  const document = part === 'core' ? known.coreDocument : known.metadataDocument;
  const [template, operations] = dice.pick(
    Object.entries<OpenApi>(document.paths).filter(([path]) => !SLOW.test(path) || dice.chance(SLOW_SHARE)),
  );
  const [method, operation] = dice.pick(Object.entries<OpenApi>(operations).filter(([name]) => METHODS.includes(name)));
  const spoil = () => (isHostile && dice.chance(0.25) ? { value: hostile(dice) } : null);
  const segment = () => {
    const spoiled = isHostile && dice.chance(0.3);
    return encoded(spoiled ? hostileText(dice).slice(0, 2_000) : known.id(dice, [template]));
  };
  const path = new URL(document.servers[0].url).pathname.replace(/\/$/, '') + template.replace(/\{\w+\}/g, segment);
  const parameters = [...(operations.parameters ?? []), ...(operation.parameters ?? [])]
    .map((each: OpenApi) => resolved(document, each))
    .filter((each) => each.in === 'query');
  const given = parameters.filter((each) => each.name !== 'view_id' && (each.required || dice.chance(0.3)));
  const query = given.map((each) => {
    const value =
      isHostile && dice.chance(0.4) ? hostileParameter(dice) : parameterValue(dice, known, each, [template]);
    return `${encoded(each.name)}=${encoded(value)}`;
  });
  if (isHostile && dice.chance(0.2)) query.push(oddParameter(dice));
  const content = resolved(document, operation.requestBody ?? {}).content as Record<string, OpenApi> | undefined;
  const [type, media] = content ? dice.pick(Object.entries<OpenApi>(content)) : [undefined, undefined];
  const headers: Record<string, string> = {};
  if (type) headers['Content-Type'] = type;
  if (dice.chance(0.05)) headers['Idempotency-Key'] = `key-${dice.below(50)}`;
  if (isHostile && type && dice.chance(0.05)) headers['Content-Type'] = dice.pick(ODD_TYPES);
  if (isHostile && dice.chance(0.1))
    headers[
      dice.pick(['Idempotency-Key', 'If-Match', 'If-None-Match', 'Accept', 'Content-Encoding', 'Last-Event-ID'])
    ] = dice.pick(ODD_HEADERS);
  const json = () => validJson(dice, known, document, media?.schema ?? {}, [template], spoil);
  const body =
    type === undefined
      ? undefined
      : type.includes('json') && !type.includes('ndjson')
        ? toJson(json())
        : file(dice, known, isHostile);
  const sent =
    isHostile && dice.chance(0.05)
      ? dice.pick([...METHODS.map((each) => each.toUpperCase()), ...ODD_METHODS])
      : method.toUpperCase();
  const hasBody = body !== undefined && sent !== 'GET' && sent !== 'HEAD';
  return {
    kind: 'http',
    api: part === 'core' ? 'REST core' : 'REST metadata',
    method: sent,
    path: query.length > 0 ? `${path}?${query.join('&')}` : path,
    headers,
    ...(hasBody && {
      body:
        isHostile && dice.chance(0.03) ? `\ufeff${body}` : isHostile && dice.chance(0.03) ? body.slice(0, -1) : body,
    }),
  };
}

function parameterValue(dice: Dice, known: Known, { name, schema = {} }: OpenApi, path: readonly string[]): string {
  if (name === 'filter') return dice.pick([...FILTERS, ...OWN_FILTERS, `id[eq]:"${known.id(dice, path)}"`]);
  if (/^order_by/.test(name)) return dice.pick(ORDERS);
  if (name === 'fields') return dice.pick(['id', 'id,createdAt']);
  if (name === 'group_by') return dice.pick(GROUPS);
  if (name === 'aggregate') return dice.pick(AGGREGATES);
  if (/^(starting_after|ending_before|after|before)$/.test(name)) return known.cursor(dice, path);
  if (schema.enum) return String(dice.pick(schema.enum));
  if (schema.type === 'integer') return name === 'depth' ? dice.pick(['0', '1']) : dice.pick(['0', '1', '3', '60']);
  if (schema.type === 'boolean') return dice.pick(['true', 'false']);
  if (schema.format === 'date-time') return '2024-01-01T00:00:00Z';
  if (schema.format === 'uuid' || /id$|^import$/i.test(name)) return known.id(dice, path);
  return String(validValue(dice, known, 'String', [name]));
}

function hostileParameter(dice: Dice): string {
  const text = hostileText(dice).slice(0, 4_000);
  switch (dice.below(5)) {
    case 0:
      return `${dice.pick(FILTERS)}${text}`;
    case 1:
      return `${'and('.repeat(dice.pick([10, 300]))}name[eq]:1`;
    case 2:
      return dice.pick([...FILTERS, ...OWN_FILTERS]).replace(/\w+/, () => text);
    case 3:
      return toJson(hostile(dice)).slice(0, 4_000);
    default:
      return text;
  }
}

/** Parameters twice, as lists, as objects, of names that mean something elsewhere. */
function oddParameter(dice: Dice): string {
  const name = dice.pick([
    'limit',
    'filter',
    'order_by',
    'depth',
    'fields',
    'upsert',
    'format',
    'since',
    '__proto__',
    'constructor',
    'x',
  ]);
  const shape = dice.pick(['', '[]', '[a]', '[__proto__][x]', '[0][1][2][3][4][5][6]', '[toString]', '%5B', '[']);
  return Array.from(
    { length: dice.pick([1, 2, 30]) },
    () => `${name}${shape}=${encoded(hostileText(dice).slice(0, 200))}`,
  ).join('&');
}

function file(dice: Dice, known: Known, isHostile: boolean): string {
  const cell = () =>
    isHostile && dice.chance(0.3)
      ? hostileText(dice).slice(0, 10_000)
      : String(validValue(dice, known, 'String', ['name']));
  const rows = Array.from({ length: dice.pick([0, 1, 3, 61]) }, () => cell());
  if (dice.chance(0.5))
    return rows.map((name) => toJson({ name, ...(isHostile && dice.chance(0.3) && { x: hostile(dice) }) })).join('\n');
  const quoted = (text: string) => (isHostile && dice.chance(0.2) ? text : `"${text.replaceAll('"', '""')}"`);
  return ['name', ...rows.map(quoted)].join(dice.pick(['\n', '\r\n']));
}
