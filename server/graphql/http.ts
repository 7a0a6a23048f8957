/**
 * GraphQL over HTTP, for the core API and the metadata API alike. Contract: core.md 1.3, 2.1, 2.25; decisions.md
 * (transport).
 */

import type { Request, Response } from 'express';
import type { ExecutionResult } from 'postgraphile/grafast/graphql';
import { PlinthError, refuse } from '../errors.ts';
import { parseJson } from '../limits/json.ts';

export type GraphqlRequest = {
  readonly source: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  /** GET requests may only read. */
  readonly isReadOnly: boolean;
};

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/** @throws PlinthError BAD_REQUEST when there is no query, or one of its companions isn't what it should be */
export function readGraphqlRequest(request: Request): GraphqlRequest {
  const isReadOnly = request.method === 'GET';
  const { query, variables, operationName } = isReadOnly ? fromUrl(request) : fromBody(request);
  if (typeof query !== 'string' || query.trim() === '') throw refuse('BAD_REQUEST', 'The request has no "query"');
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables)))
    throw refuse('BAD_REQUEST', '"variables" must be an object');
  if (operationName != null && typeof operationName !== 'string')
    throw refuse('BAD_REQUEST', '"operationName" must be a text');
  return {
    source: query,
    isReadOnly,
    ...(variables && { variables: variables as Record<string, unknown> }),
    ...(operationName && { operationName }),
  };
}

function fromBody(request: Request): Record<string, unknown> {
  const { body } = request as { body: unknown };
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw refuse('BAD_REQUEST', 'Send a JSON object with "query" as application/json');
  }
  return body as Record<string, unknown>;
}

function fromUrl({ query }: Request): Record<string, unknown> {
  try {
    return { ...query, ...(typeof query.variables === 'string' && { variables: parseJson(query.variables) }) };
  } catch (cause) {
    if (cause instanceof PlinthError) throw cause;
    throw refuse('BAD_REQUEST', { message: '"variables" is not JSON', cause });
  }
}

/** What it would be in REST, the worst of several errors; 200 without any. */
export function statusOf({ errors = [] }: GraphqlAnswer): number {
  return Math.max(200, ...errors.map(({ originalError }) => (originalError as Partial<PlinthError>)?.status ?? 400));
}

/** What of a result decides how it is answered; `text` is all of it. */
export type GraphqlAnswer = {
  readonly data?: unknown;
  readonly errors?: ExecutionResult['errors'] | undefined;
};

/** Answers a result: 200 as the reference does, or by GraphQL-over-HTTP where the client asks for that. */
export function sendGraphql(request: Request, response: Response, result: GraphqlAnswer, text: string): void {
  const wantsStatus = request.headers.accept?.includes(GRAPHQL_RESPONSE) ?? false;
  const refused = result.errors?.[0]?.originalError as Partial<PlinthError> | undefined;
  const isUnexecuted = result.data === undefined && result.errors !== undefined;
  const isLimited = refused?.status === 429 || refused?.status === 405 || isBusy(result);
  response.statusCode = isLimited || (wantsStatus && isUnexecuted) ? (refused?.status ?? 400) : 200;
  response.setHeader('Content-Type', `${wantsStatus ? GRAPHQL_RESPONSE : 'application/json'}; charset=utf-8`);
  response.end(text);
}

/** Was nothing answered because there was no room for it? Then whoever asked, and proxies between, should wait. */
function isBusy({ data, errors = [] }: GraphqlAnswer): boolean {
  return (
    errors.some(({ originalError }) => (originalError as Partial<PlinthError>)?.code === 'WORKSPACE_BUSY') &&
    valuesOf(data).every((value) => value === null || value === 'null')
  );
}

/** Of the root fields: values, or the texts of their JSON. */
function valuesOf(data: unknown): unknown[] {
  return data instanceof Map ? [...data.values()] : Object.values(data ?? {});
}

/** A refusal before anything ran, in the form of a result. */
export function refusedResult(error: PlinthError): ExecutionResult {
  return {
    errors: [
      {
        message: error.message,
        extensions: error.extensions,
        originalError: error,
        toJSON: () => ({ message: error.message, extensions: error.extensions }),
      } as never,
    ],
  };
}
