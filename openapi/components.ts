/**
 * Parts that every core OpenAPI document shares: parameters, headers, error answers, security. Contract: core.md 1.2,
 * 3.2, 3.12, 4
 */

export type Schema = Readonly<Record<string, unknown>>;

export function reference(schema: string): Schema {
  return { $ref: `#/components/schemas/${schema}` };
}

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
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A text of your making, new for each write: the same request under the same key within 24 hours gets the first one’s answer, and writes nothing',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  ifMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'An `ETag` of the record, or several: it is changed only while it is at one of them',
    schema: { type: 'string' },
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of what you have: it is not sent again while the record is as it was. Not with `depth=1`',
    schema: { type: 'string' },
  },
  groupLimit: {
    name: 'limit',
    in: 'query',
    description: 'How many groups there are at most',
    schema: { type: 'integer', minimum: 0, maximum: 2000, default: 50 },
  },
  includeRecordsSample: {
    name: 'include_records_sample',
    in: 'query',
    description: 'true: with up to ten records of each group',
    schema: { type: 'boolean', default: false },
  },
  orderByForRecords: {
    name: 'order_by_for_records',
    in: 'query',
    description: 'What to sort the records of a group by, as `order_by` of records says it',
    schema: { type: 'string' },
    examples: { simple: { value: 'createdAt[DescNullsLast]', summary: 'The newest first' } },
  },
  viewId: {
    name: 'view_id',
    in: 'query',
    description: 'There are no views: refused when given',
    schema: { type: 'string', format: 'uuid' },
  },
  omitNullValues: {
    name: 'omit_null_values',
    in: 'query',
    description: 'true: without the records that have no value in one of the fields grouped by',
    schema: { type: 'boolean', default: false },
  },
} as const;

/** Headers of answers that more than one operation has. */
export const BASE_HEADERS = {
  RequestId: { description: 'Names this request in the log of the server', schema: { type: 'string', format: 'uuid' } },
  RateLimitLimit: { description: 'Requests that the API key may make a second', schema: { type: 'integer' } },
  RateLimitRemaining: { description: 'How many of them are left', schema: { type: 'integer' } },
  RateLimitReset: { description: 'Seconds until there are more', schema: { type: 'integer' } },
  RetryAfter: { description: 'Seconds to wait before asking again', schema: { type: 'integer' } },
  FieldsCapped: {
    description: 'true when the object has more fields than an answer shows unasked, so that some were left out',
    schema: { type: 'boolean' },
  },
  FieldsMax: { description: 'How many fields an answer shows unasked', schema: { type: 'integer' } },
  RecordTag: {
    description: 'The version of the record, for `If-Match` and `If-None-Match`. Another after each change',
    schema: { type: 'string' },
  },
  IdempotentReplayed: {
    description: 'true where this is the stored answer of a request that was carried out before',
    schema: { type: 'boolean' },
  },
} as const;

/** The headers of every answer, where they apply: limits are only told when there are some. */
export const COMMON_HEADERS = headers({
  'X-Request-Id': 'RequestId',
  'RateLimit-Limit': 'RateLimitLimit',
  'RateLimit-Remaining': 'RateLimitRemaining',
  'RateLimit-Reset': 'RateLimitReset',
});

export const CAPPED_HEADERS = headers({
  'X-Twenty-Fields-Capped': 'FieldsCapped',
  'X-Twenty-Fields-Max': 'FieldsMax',
  'X-Plinth-Fields-Capped': 'FieldsCapped',
  'X-Plinth-Fields-Max': 'FieldsMax',
});

export const TAG_HEADERS = headers({ ETag: 'RecordTag' });

export const REPLAY_HEADERS = headers({ 'Idempotent-Replayed': 'IdempotentReplayed' });

function headers(names: Readonly<Record<string, keyof typeof BASE_HEADERS>>): Schema {
  return Object.fromEntries(
    Object.entries(names).map(([name, component]) => [name, { $ref: `#/components/headers/${component}` }]),
  );
}

export const BASE_RESPONSES = {
  '304': { description: 'The record is as `If-None-Match` says', headers: { ...COMMON_HEADERS, ...TAG_HEADERS } },
  '400': errorResponse('Something is wrong with the request', 400, 'BadRequestException', 'Invalid filter'),
  '401': errorResponse('The API key is not valid, or no longer', 401, 'UNAUTHENTICATED', 'Token invalid.'),
  '403': errorResponse(
    'There is no API key, or its role does not allow this',
    403,
    'FORBIDDEN_EXCEPTION',
    'Missing authentication token',
  ),
  '404': errorResponse('There is no such record', 404, 'NotFoundException', 'Record not found'),
  '409': errorResponse(
    'Others are writing the same records, so that the request can be sent again; or its Idempotency-Key was another request’s. Nothing was changed',
    409,
    'ConflictException',
    'Another request is writing the same records; nothing was changed. Try again in a moment',
  ),
  '412': errorResponse(
    'The record has changed since the version in `If-Match`; nothing was changed',
    412,
    'PreconditionFailedException',
    'The record has changed since the version in If-Match; nothing was changed. Read it again',
  ),
  '413': errorResponse('The body is too large', 413, 'PayloadTooLargeException', 'The request body is too large'),
  '415': errorResponse(
    'The body is of a type that is not understood',
    415,
    'UnsupportedMediaTypeException',
    'The body must be JSON in UTF-8',
  ),
  '429': {
    ...errorResponse('Too many requests', 429, 'HttpException', 'Limit reached: 100 requests a second'),
    headers: { ...COMMON_HEADERS, ...headers({ 'Retry-After': 'RetryAfter' }) },
  },
  '5XX': errorResponse(
    'Not the fault of the request: it may be sent again',
    500,
    'InternalServerErrorException',
    'Internal server error (request 6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69)',
  ),
} as const;

export const PAGE_INFO = {
  type: 'object',
  properties: {
    hasNextPage: { type: 'boolean' },
    hasPreviousPage: { type: 'boolean' },
    startCursor: { type: ['string', 'null'] },
    endCursor: { type: ['string', 'null'] },
  },
  required: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
} as const;

/** The one shape of refusals. Contract: core.md 3.12 */
function errorResponse(description: string, statusCode: number, error: string, message: string) {
  const schema = {
    type: 'object',
    properties: {
      statusCode: { type: 'integer' },
      error: { type: 'string' },
      messages: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 1 },
    },
    required: ['statusCode', 'error', 'messages'],
    example: { statusCode, error, messages: [message] },
  };
  return { description, headers: COMMON_HEADERS, content: { 'application/json': { schema } } };
}
