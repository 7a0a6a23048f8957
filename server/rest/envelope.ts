/** What goes back: GraphQL's data in REST's envelopes, and every error in the one shape. Contract: core.md 1.2, 3.8, 3.12 */

import { ERRORS, type ErrorCode, PlinthError } from '../errors.ts';
import type { Operation } from './translate.ts';

type Row = Record<string, unknown>;
export type Connection = { readonly edges: readonly { readonly node: Row }[] };
type Page = Connection & { readonly totalCount: number; readonly pageInfo: Row };

type Group = Row & Partial<Connection>;

type ErrorBody = { readonly statusCode: number; readonly error: string; readonly messages: readonly [string] };

/** `{ data, totalCount, pageInfo }` of a page, `{ data }` of all else; connections become plain lists. */
export function envelope(operation: Operation, data: Readonly<Record<string, unknown>>): object {
  const value = data[operation.root];
  switch (operation.answer) {
    case 'page': {
      const { totalCount, pageInfo } = value as Page;
      return { data: { [operation.key]: recordsOf(operation, value as Page) }, totalCount, pageInfo };
    }
    case 'groups':
      return (value as readonly Group[]).map((group) => groupOf(operation, group));
    case 'pages':
      return { data: (value as readonly Page[]).map((page) => pageOf(operation, page)) };
    default: {
      const records = Array.isArray(value)
        ? value.map((row) => recordOf(operation, row))
        : recordOf(operation, value as Row);
      return { data: { [operation.key]: records } };
    }
  }
}

/** A group with its records, where they were asked for, as a plain list. Contract: core.md 3.11 */
function groupOf(operation: Operation, { edges, ...group }: Group): object {
  return edges ? { ...group, records: recordsOf(operation, { edges }) } : group;
}

/** One of several pages, which has nothing before it. Contract: core.md 3.9 */
function pageOf(operation: Operation, page: Page): object {
  const { hasNextPage, startCursor, endCursor } = page.pageInfo;
  const records = recordsOf(operation, page);
  return { totalCount: page.totalCount, pageInfo: { hasNextPage, startCursor, endCursor }, [operation.key]: records };
}

/** The records of a page, without what is said of the page. */
export function recordsOf(operation: Operation, { edges }: Connection): Row[] {
  return edges.map(({ node }) => recordOf(operation, node));
}

function recordOf({ lists }: Operation, row: Row): Row {
  if (lists.length === 0 || row === null) return row;
  const record = { ...row };
  for (const name of lists) {
    const connection = row[name] as Connection | null;
    record[name] = connection ? connection.edges.map(({ node }) => node) : [];
  }
  return record;
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

/** Clients read a code where other errors have a name: of who is asking, and of what keeps the database from serving anybody. */
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
 * The answer to whatever was thrown on the way. What isn't ours and isn't the client's fault says nothing but that it happened.
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

/** Express and its body parser throw errors with a 4xx `status`; their texts quote the body, so ours stand in for them. */
function bodyErrorStatus(error: unknown): number | null {
  const status = error instanceof Error && 'status' in error ? error.status : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

const BODY_MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read: its body must be valid JSON, its path valid percent-encoding',
  413: ERRORS.PAYLOAD_TOO_LARGE.message,
  415: 'The body must be JSON in UTF-8',
};
