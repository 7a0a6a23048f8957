/** What goes back: records in REST's envelopes, and every error in the one shape. Contract: core.md 1.2, 3.8, 3.12 */

import { ERRORS, type ErrorCode, PlinthError } from '../errors.ts';
import type { Operation } from './translate.ts';

type ErrorBody = { readonly statusCode: number; readonly error: string; readonly messages: readonly [string] };

/** `{ data, totalCount, pageInfo }` of a page, `{ data }` of all else: text around the text that Postgres made. */
export function envelope({ answer, key }: Operation, json: string): string {
  switch (answer) {
    case 'page': {
      // What follows the list is a number and cursors, so the last such name is this one.
      const end = json.lastIndexOf(',"totalCount":');
      return `{"data":${json.slice(0, end)}}${json.slice(end)}`;
    }
    case 'groups':
      return json;
    case 'pages':
      return `{"data":${json}}`;
    default:
      return `{"data":{${JSON.stringify(key)}:${json}}}`;
  }
}

const NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  401: 'UnauthorizedException',
  403: 'ForbiddenException',
  404: 'NotFoundException',
  405: 'MethodNotAllowedException',
  409: 'ConflictException',
  412: 'PreconditionFailedException',
  413: 'PayloadTooLargeException',
  415: 'UnsupportedMediaTypeException',
  422: 'UnprocessableEntityException',
  429: 'HttpException',
  500: 'InternalServerErrorException',
  503: 'ServiceUnavailableException',
};

/**
 * Clients read a code where other errors have a name: of who is asking, and of what keeps the database from serving
 * anybody.
 */
const CODES: Partial<Record<ErrorCode, string>> = {
  MISSING_TOKEN: 'FORBIDDEN_EXCEPTION',
  INVALID_TOKEN: 'UNAUTHENTICATED',
  EXPIRED_TOKEN: 'UNAUTHENTICATED',
  REVOKED_API_KEY: 'UNAUTHENTICATED',
  DATABASE_FULL: 'DATABASE_FULL',
  DATABASE_READ_ONLY: 'DATABASE_READ_ONLY',
  DATABASE_OVERLOADED: 'DATABASE_OVERLOADED',
  DATABASE_STORAGE_FAILED: 'DATABASE_STORAGE_FAILED',
};

/**
 * The answer to whatever was thrown on the way. What isn't ours and isn't the client's fault says nothing but that it
 * happened.
 * @param requestId goes into the message of a 5xx, so that whoever reports it names the line in the log
 */
export function restError(error: unknown, requestId?: string): { status: number; body: ErrorBody } {
  const { status, name, message } = faceOf(error);
  const text = status >= 500 && requestId !== undefined ? `${message} (request ${requestId})` : message;
  return { status, body: { statusCode: status, error: name, messages: [text] } };
}

function faceOf(error: unknown): { status: number; name: string; message: string } {
  if (error instanceof PlinthError) {
    return {
      status: error.status,
      name: CODES[error.code] ?? nameOf(error.status),
      message: messageOf(error),
    };
  }
  const status = bodyErrorStatus(error);
  if (status === null) return { status: 500, name: nameOf(500), message: ERRORS.INTERNAL_SERVER_ERROR.message };
  return { status, name: nameOf(status), message: BODY_MESSAGES[status] ?? ERRORS.BAD_REQUEST.message };
}

/** Names the refused record, where the sentence doesn't do so itself. */
function messageOf({ message, recordIndex }: PlinthError): string {
  return recordIndex === undefined || /^Records? \d/.test(message) ? message : `Record ${recordIndex}: ${message}`;
}

function nameOf(status: number): string {
  return NAMES[status] ?? 'HttpException';
}

/**
 * Express and its body parser throw errors with a 4xx `status`; their texts quote the body, so ours stand in for them.
 */
function bodyErrorStatus(error: unknown): number | null {
  const status = error instanceof Error && 'status' in error ? error.status : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

const BODY_MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read: its body must be valid JSON, its path valid percent-encoding',
  413: ERRORS.PAYLOAD_TOO_LARGE.message,
  415: 'The body must be JSON in UTF-8',
};
