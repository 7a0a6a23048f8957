/** What operations of the metadata API have in common. */

import { BASE_HEADERS, COMMON_HEADERS, reference } from './components.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** What requests of metadata may meet; conditions and idempotency are for records. */
export const MET = ['400', '401', '403', '404', '409', '413', '415', '429', '5XX'] as const;

const { RequestId, RateLimitLimit, RateLimitRemaining, RateLimitReset, RetryAfter } = BASE_HEADERS;
export const HEADERS = { RequestId, RateLimitLimit, RateLimitRemaining, RateLimitReset, RetryAfter };

export const json = (schema: object) => ({ content: { 'application/json': { schema } } });
export const bodyOf = (schema: string) => ({ required: true, ...json(reference(schema)) });
export const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
export const REFUSALS = Object.fromEntries(MET.map((status) => [status, { $ref: `#/components/responses/${status}` }]));

export const PAGING = [
  {
    name: 'limit',
    in: 'query',
    description: 'How many a page has at most; more than 200 are 200',
    schema: { type: 'integer', minimum: 0, default: 60 },
  },
  {
    name: 'starting_after',
    in: 'query',
    description: 'Id of the item before the page',
    schema: { type: 'string', format: 'uuid' },
  },
  {
    name: 'ending_before',
    in: 'query',
    description: 'Id of the item after the page',
    schema: { type: 'string', format: 'uuid' },
  },
];

export const DRY_RUN = {
  name: 'dry_run',
  in: 'query',
  description: 'true: answer what the change would do (200, a plan), and change nothing',
  schema: { type: 'boolean', default: false },
};

export const ALLOW_DATA_LOSS = {
  name: 'allow_data_loss',
  in: 'query',
  description: 'true: also where that destroys records or values; else it is refused with 409, and they are counted',
  schema: { type: 'boolean', default: false },
};

export function answers(status: number, description: string, schema: object) {
  return { [status]: { description, headers: COMMON_HEADERS, ...json(schema) }, ...REFUSALS };
}

export function required(properties: Readonly<Record<string, object>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}
