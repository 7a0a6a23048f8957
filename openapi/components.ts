/** Parts that every core OpenAPI document shares: parameters, error answers, security. Contract: core.md 3.2, 3.12, 4 */

export type Schema = Readonly<Record<string, unknown>>;

export const SECURITY_SCHEMES = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An API key of the workspace, as `Authorization: Bearer <key>`',
  },
} as const;

export const BASE_PARAMETERS = {
  idPath: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'Id of the record',
    schema: { type: 'string', format: 'uuid' },
  },
  startingAfter: {
    name: 'starting_after',
    in: 'query',
    description: 'The records after this cursor (`pageInfo.endCursor` of the page before)',
    schema: { type: 'string' },
  },
  endingBefore: {
    name: 'ending_before',
    in: 'query',
    description: 'The records before this cursor (`pageInfo.startCursor` of the page after)',
    schema: { type: 'string' },
  },
  filter: {
    name: 'filter',
    in: 'query',
    description:
      'Which records: `field[comparator]:value`, several separated by commas, which must all hold. ' +
      'Comparators: eq, neq, in, containsAny, containsExactly, is, gt, gte, lt, lte, startsWith, endsWith, like, ilike. ' +
      'Groups: and(…), or(…), not(…). Sub-fields and relations with a dot: `name.firstName[ilike]:"a%"`, `company.name[eq]:"Acme"`.',
    schema: { type: 'string' },
    examples: {
      simple: { value: 'createdAt[gte]:"2026-01-01"', summary: 'One condition' },
      group: { value: 'or(position[lte]:1,not(deletedAt[is]:NULL))', summary: 'Conditions in groups' },
    },
  },
  depth: {
    name: 'depth',
    in: 'query',
    description: '0: the record alone; 1: with the records that it is directly related to',
    schema: { type: 'integer', enum: [0, 1], default: 0 },
  },
  fields: {
    name: 'fields',
    in: 'query',
    description: 'Names of the fields to answer, separated by commas; `id` always comes. All of them when left out',
    schema: { type: 'string' },
  },
  orderBy: {
    name: 'order_by',
    in: 'query',
    description:
      'Fields to sort by, separated by commas, each with `[AscNullsFirst]` (the default), `[AscNullsLast]`, `[DescNullsFirst]` or `[DescNullsLast]`',
    schema: { type: 'string' },
    examples: { simple: { value: 'position[DescNullsLast],createdAt', summary: 'Two fields' } },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'How many records a page has at most',
    schema: { type: 'integer', minimum: 0, maximum: 200, default: 60 },
  },
  upsert: {
    name: 'upsert',
    in: 'query',
    description: 'true: a record that matches an existing one by its id or a unique field updates it',
    schema: { type: 'boolean', default: false },
  },
  softDelete: {
    name: 'soft_delete',
    in: 'query',
    description: 'true: hide the records, so that they can be restored, instead of removing them',
    schema: { type: 'boolean', default: false },
  },
} as const;

export const BASE_RESPONSES = {
  '400': errorResponse('Something is wrong with the request', 400, 'BadRequestException', 'Invalid filter'),
  '401': errorResponse('The API key is not valid', 401, 'UNAUTHENTICATED', 'Token invalid.'),
  '404': errorResponse('There is no such record', 404, 'NotFoundException', 'Record not found'),
} as const;

export const PAGE_INFO = {
  type: 'object',
  properties: {
    hasNextPage: { type: 'boolean' },
    hasPreviousPage: { type: 'boolean' },
    startCursor: { type: 'string' },
    endCursor: { type: 'string' },
  },
} as const;

export function reference(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` };
}

function errorResponse(description: string, statusCode: number, error: string, message: string) {
  const schema = {
    type: 'object',
    properties: {
      statusCode: { type: 'integer' },
      error: { type: 'string' },
      messages: { type: 'array', items: { type: 'string' } },
    },
    example: { statusCode, error, messages: [message] },
  };
  return { description, content: { 'application/json': { schema } } };
}
