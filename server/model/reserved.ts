/**
 * Names that no object or field of a user may have. What would collide with a generated name is seen by `check.ts`.
 * Contract: metadata.md 2.2
 */

/** Names of the reference's own things, and words that paths and operations are made with. */
export const RESERVED: ReadonlySet<string> = new Set(
  [
    'user',
    'workspace',
    'role',
    'job',
    'featureFlag',
    'keyValuePair',
    'appToken',
    'plan',
    'event',
    'field',
    'link',
    'type',
    'object',
    'relation',
    'pageLayout',
    'userWorkspace',
    'webhook',
    'apiKey',
    'view',
    'viewField',
    'viewFilter',
    'viewSort',
  ]
    .flatMap((name) => [name, `${name}s`])
    .concat(
      'currency',
      'currencies',
      'fullName',
      'fullNames',
      'address',
      'addresses',
      'index',
      'indexes',
      'aggregate',
      'aggregates',
      'search',
      'batch',
      'duplicates',
      'restore',
      'merge',
      'groupBy',
      'metadata',
      'openApi',
    ),
);

// Keys of filters, and of connections beside the records.
/** Of fields alone. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'some',
  'none',
  'every',
  'edges',
  'node',
  'pageInfo',
  'totalCount',
  'cursor',
  'type',
  'aggregate',
  'groupByDimensionValues',
]);
