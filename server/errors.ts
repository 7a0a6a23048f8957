/**
 * The one error type: each code has its GraphQL code, its HTTP status and its sentence, decided here and nowhere else.
 */

type Face = { readonly graphql: GraphqlCode; readonly status: number; readonly message: string };
type GraphqlCode =
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'INTERNAL_SERVER_ERROR'
  | 'METADATA_VALIDATION_FAILED'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_FOUND'
  | 'TIMEOUT'
  | 'TOO_MANY_REQUESTS'
  | 'UNAUTHENTICATED';

/**
 * Every code that the APIs answer; `docs/errors.md` has a line for each. Contract: core.md 1.2, 2.25, 3.12; metadata.md
 * 2.3.
 */
export const ERRORS = {
  // Who is asking
  MISSING_TOKEN: { graphql: 'FORBIDDEN', status: 403, message: 'Missing authentication token' },
  INVALID_TOKEN: { graphql: 'UNAUTHENTICATED', status: 401, message: 'Token invalid.' },
  EXPIRED_TOKEN: { graphql: 'UNAUTHENTICATED', status: 401, message: 'Token has expired.' },
  REVOKED_API_KEY: { graphql: 'UNAUTHENTICATED', status: 401, message: 'This API Key is revoked' },
  INVALID_CREDENTIALS: { graphql: 'UNAUTHENTICATED', status: 401, message: 'Wrong e-mail address or password' },
  FOREIGN_ORIGIN: {
    graphql: 'FORBIDDEN',
    status: 403,
    message: 'A request with a session cookie must come from a page of this server',
  },
  MISSING_WORKSPACE: {
    graphql: 'FORBIDDEN',
    status: 403,
    message: 'A request with a session cookie must name its workspace in the header X-Plinth-Workspace',
  },
  PASSWORD_NOT_ENOUGH: {
    graphql: 'FORBIDDEN',
    status: 403,
    message: 'This workspace does not allow password sign-in; use another provider',
  },
  NOT_A_MEMBER: { graphql: 'FORBIDDEN', status: 403, message: 'You are not a member of this workspace' },
  PERMISSION_DENIED: {
    graphql: 'FORBIDDEN',
    status: 403,
    message: 'Entity performing the request does not have permission',
  },
  RATE_LIMIT_REACHED: { graphql: 'TOO_MANY_REQUESTS', status: 429, message: 'Limit reached: too many requests' },
  TOO_MANY_IN_FLIGHT: { graphql: 'TOO_MANY_REQUESTS', status: 429, message: 'Too many concurrent requests' },

  // What was asked, records
  RECORD_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Record not found' },
  ARGS_CONFLICT: { graphql: 'BAD_USER_INPUT', status: 400, message: 'These arguments cannot be given together' },
  INVALID_ARGS_FIRST: { graphql: 'BAD_USER_INPUT', status: 400, message: 'first must not be negative' },
  INVALID_ARGS_LAST: { graphql: 'BAD_USER_INPUT', status: 400, message: 'last must not be negative' },
  INVALID_ARGS_DATA: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid data' },
  INVALID_ARGS_FILTER: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid filter' },
  INVALID_QUERY_INPUT: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid query input' },
  INVALID_CURSOR: {
    graphql: 'BAD_USER_INPUT',
    status: 400,
    message: 'Invalid cursor: it was not issued by this API, or belongs to another order',
  },
  INVALID_TIMEZONE: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Unknown time zone' },
  BAD_REQUEST: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Bad request' },
  TOO_MANY_RECORDS_TO_UPDATE: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Too many records in one request' },
  TOO_COMPLEX_QUERY: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Query is too complex' },
  LIMIT_EXCEEDED: { graphql: 'BAD_USER_INPUT', status: 400, message: 'The request exceeds a limit' },
  ANSWER_TOO_LARGE: { graphql: 'BAD_USER_INPUT', status: 400, message: 'The answer would be too large' },
  UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT: {
    graphql: 'BAD_USER_INPUT',
    status: 400,
    message: 'Multiple records found with the same unique field values',
  },
  DUPLICATE_ENTRY_DETECTED: { graphql: 'BAD_USER_INPUT', status: 400, message: 'A duplicate entry was detected' },
  IMPORT_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Import not found' },
  IMPORT_CONFLICT: { graphql: 'CONFLICT', status: 409, message: 'The import cannot be resumed like this' },
  TOO_MANY_STREAMS: { graphql: 'TOO_MANY_REQUESTS', status: 429, message: 'Too many open streams' },
  TOO_MANY_EXPORTS: { graphql: 'TOO_MANY_REQUESTS', status: 429, message: 'Too many exports are running' },
  RECORDS_BUSY: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'Another request is writing the same records; nothing was changed. Try again in a moment',
  },
  RECORD_CHANGED: {
    graphql: 'CONFLICT',
    status: 412,
    message: 'The record has changed since the version in If-Match; nothing was changed. Read it again',
  },
  IDEMPOTENCY_KEY_REUSED: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'This Idempotency-Key was used for another request; nothing was changed',
  },
  ANSWER_NOT_KEPT: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'This request has already succeeded, but its answer was too large to store. Read the records instead',
  },
  ANSWER_NOT_SHOWN: {
    graphql: 'CONFLICT',
    status: 409,
    message:
      'This request was carried out before; what its role may read has changed since, so its answer is not shown again. Read the records instead',
  },
  CONNECT_RECORD_NOT_FOUND: {
    graphql: 'BAD_USER_INPUT',
    status: 400,
    message: 'Expected 1 record to connect to, found 0',
  },
  CONNECT_NOT_ALLOWED: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Connect is not allowed here' },
  CONNECT_UNIQUE_CONSTRAINT_ERROR: {
    graphql: 'BAD_USER_INPUT',
    status: 400,
    message: 'All records of a batch must connect by the same unique fields',
  },

  // What was asked, metadata
  METADATA_VALIDATION_FAILED: {
    graphql: 'METADATA_VALIDATION_FAILED',
    status: 400,
    message: 'Metadata validation failed',
  },
  INVALID_OBJECT_INPUT: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid object' },
  INVALID_FIELD_INPUT: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid field' },
  INVALID_INDEX_INPUT: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid index' },
  FIELD_MUTATION_NOT_ALLOWED: { graphql: 'FORBIDDEN', status: 403, message: 'This field cannot be changed' },
  OBJECT_METADATA_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Object not found' },
  FIELD_METADATA_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Field not found' },
  INDEX_METADATA_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Index not found' },
  LINK_NOT_VALID: {
    graphql: 'NOT_FOUND',
    status: 404,
    message: 'This link is invalid: it was used, withdrawn, or has expired',
  },
  INVALID_PERSON: { graphql: 'BAD_USER_INPUT', status: 400, message: 'Invalid name, e-mail address or password' },
  MEMBER_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Member not found' },
  LAST_ADMIN: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'This is the last Admin of the workspace; make somebody else an Admin first',
  },
  INVITATION_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Invitation not found' },
  ALREADY_A_MEMBER: { graphql: 'CONFLICT', status: 409, message: 'This person is already a member' },
  ROLE_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Role not found' },
  WORKSPACE_NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Workspace not found' },
  WORKSPACE_ALREADY_EXISTS: { graphql: 'CONFLICT', status: 409, message: 'A workspace with this name already exists' },
  INVALID_WORKSPACE_NAME: {
    graphql: 'BAD_USER_INPUT',
    status: 400,
    message: 'A workspace name is 1 to 40 lower-case letters, digits and underscores, and starts with a letter',
  },
  DATA_LOSS_NOT_ALLOWED: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'The change would destroy data, which was not allowed',
  },
  MODEL_DRIFT: {
    graphql: 'CONFLICT',
    status: 409,
    message:
      'A table that this would change was changed by hand; nothing was changed. See what differs, and settle it first',
  },
  MODEL_BUSY: {
    graphql: 'CONFLICT',
    status: 409,
    message: 'The table is busy; nothing was changed. Try again in a moment',
  },

  // The request itself
  GRAPHQL_PARSE_FAILED: { graphql: 'GRAPHQL_PARSE_FAILED', status: 400, message: 'The query cannot be parsed' },
  GRAPHQL_VALIDATION_FAILED: { graphql: 'GRAPHQL_VALIDATION_FAILED', status: 400, message: 'The query is not valid' },
  NOT_FOUND: { graphql: 'NOT_FOUND', status: 404, message: 'Not found' },
  METHOD_NOT_ALLOWED: { graphql: 'METHOD_NOT_ALLOWED', status: 405, message: 'Method not allowed' },
  PAYLOAD_TOO_LARGE: { graphql: 'BAD_USER_INPUT', status: 413, message: 'The request body is too large' },
  TOO_MANY_HEADERS: { graphql: 'BAD_USER_INPUT', status: 431, message: 'The request has too many headers' },
  CLIENT_GONE: { graphql: 'TIMEOUT', status: 499, message: 'The client closed the connection' },
  UNSUPPORTED_MEDIA_TYPE: {
    graphql: 'BAD_USER_INPUT',
    status: 415,
    message: 'This content type is not supported here',
  },
  TIMEOUT: { graphql: 'TIMEOUT', status: 503, message: 'The request took too long and was cancelled' },
  WORKSPACE_BUSY: {
    graphql: 'TOO_MANY_REQUESTS',
    status: 503,
    message: 'The workspace is busy: too many of its requests are running or waiting. Try again in a moment',
  },
  DATABASE_UNAVAILABLE: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message: 'The database cannot be reached; try again in a moment',
  },
  ROLE_CANNOT_LOG_IN: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message: 'The database refuses the login of the workspace role; see the server log',
  },
  DATABASE_FULL: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message: 'The disk of the database is full; nothing was changed. Try again when there is room',
  },
  DATABASE_READ_ONLY: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message: 'The database does not accept writes at the moment; nothing was changed. Try again later',
  },
  DATABASE_OVERLOADED: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message:
      'The database is out of memory, connections or temporary space; nothing was changed. Try again in a moment',
  },
  DATABASE_STORAGE_FAILED: {
    graphql: 'INTERNAL_SERVER_ERROR',
    status: 503,
    message: 'The storage of the database failed; nothing was changed. Try again later',
  },
  INTERNAL_SERVER_ERROR: { graphql: 'INTERNAL_SERVER_ERROR', status: 500, message: 'Internal server error' },
} as const satisfies Record<string, Face>;

export type ErrorCode = keyof typeof ERRORS;

type Detail = {
  /** A sentence for this very case, instead of the code's general one. */
  readonly message?: string;
  /** Position of the refused record in the request, from 0. */
  readonly recordIndex?: number;
  /** What else the wire carries under `extensions`. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

/** Thrown by whoever refuses a request; made with `refuse`. */
export class PlinthError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly recordIndex: number | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail: Detail = {}) {
    super(detail.message ?? ERRORS[code].message, { cause: detail.cause });
    this.name = 'PlinthError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.recordIndex = detail.recordIndex;
    this.extensions = {
      code: ERRORS[code].graphql,
      ...(ERRORS[code].graphql === code ? {} : { subCode: code }),
      userFriendlyMessage: 'An error occurred.',
      ...(detail.recordIndex === undefined ? {} : { recordIndex: detail.recordIndex }),
      ...detail.extensions,
    };
  }
}

/**
 * What a client sent, as a message quotes it. An object may have a `toString` of its own, so it is not asked for one.
 */
export function shown(given: unknown): string {
  return `'${typeof given === 'string' ? given : JSON.stringify(given)}'`;
}

/** `throw refuse('RECORD_NOT_FOUND')`; a sentence for the case replaces the general one. */
export function refuse(code: ErrorCode, detail: Detail | string = {}): PlinthError {
  return new PlinthError(code, typeof detail === 'string' ? { message: detail } : detail);
}
