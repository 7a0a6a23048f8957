/**
 * What is wrong with an answer, whatever was sent: a failure of the server, a shape that no client reads, a leak of
 * internals.
 */

import { ERRORS, type ErrorCode } from '../../server/errors.ts';
import type { Call } from './call.ts';
import type { Answer } from './send.ts';

/** What only PostgreSQL, Node or our own files say. */
const LEAKS: readonly RegExp[] = [
  /\bws_\w+|\bpg_\w+/,
  /\bselect\b.+\bfrom\b|\binsert into\b|\bupdate "/is,
  /invalid input syntax|violates .* constraint|syntax error at|out of range for type|operator does not exist/,
  /relation "|column "[^"]*" (?:of|does)|SQLSTATE|cannot cast/,
  /node_modules|file:\/\/|\.ts:\d+|\bat \S+ \(/,
  /Cannot read propert|is not a function|is not iterable|undefined \(reading/,
];

/** The codes that may come with a 503. docs/errors.md */
const UNAVAILABLE: ReadonlySet<string> = new Set(
  Object.entries(ERRORS).flatMap(([code, { status }]) => (status === 503 ? [code] : [])),
);

export type Verdict = {
  readonly wrong: string | null;
  readonly isRefused: boolean;
  /** Of a declared 503. */
  readonly unavailable: string | null;
};

export function judge(call: Call, answer: Answer, schema: string): Verdict {
  if (call.kind === 'raw') {
    const isFailure = answer.status >= 500 && !NOT_IMPLEMENTED.has(answer.status);
    return { wrong: isFailure ? 'a 5xx' : null, isRefused: answer.status >= 400, unavailable: null };
  }
  if (call.kind === 'socket') return judgedMessages(answer);
  const { status, contentType, text } = answer;
  const isGraphql = call.api.startsWith('GraphQL');
  const body = /json/.test(contentType) && !/ndjson/.test(contentType) ? parsed(text) : undefined;
  const errors: any[] = body?.errors ?? [];
  const isRefused = status >= 400 || errors.length > 0;
  const unavailable = unavailableCode(status, body);
  const found = (wrong: string | null): Verdict => ({ wrong, isRefused, unavailable });
  if (body === NOT_JSON) return found('not valid JSON');
  if (status >= 500 && unavailable === null) return found('a 5xx');
  if (errors.some(isInternal)) return found('an internal error');
  if (!isRefused) return found(null);
  if (call.method === 'HEAD' || status === 304 || status === HEADERS_TOO_LARGE) return found(null);
  if (body === undefined) return found('a refusal that is not JSON');
  const isShaped = isGraphql ? isGraphqlRefusal(errors) : isRestRefusal(body, status, call.api === 'auth');
  if (!isShaped) return found('a refusal without its reason');
  // What the client wrote may be quoted to it; of an answer with data beside its errors, only these are ours.
  const sent = `${JSON.stringify(call)} ${decoded(call.path)}`;
  const said = JSON.stringify(body.errors ?? body);
  const leak = LEAKS.find((each) => !each.test(sent) && each.test(said)) ?? (said.includes(schema) ? schema : null);
  return found(leak && `it says ${leak}`);
}

// Node itself answers these without a body.
const HEADERS_TOO_LARGE = 431;

// Methods and versions that Node itself does not know.
const NOT_IMPLEMENTED: ReadonlySet<number> = new Set([501, 505]);

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const NOT_JSON = Symbol('not JSON');

function parsed(text: string): any {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function unavailableCode(status: number, body: any): string | null {
  const said: string[] = [
    ...(body?.errors ?? []).flatMap(({ extensions }: any) => [extensions?.code, extensions?.subCode]),
    ...(status === 503 ? (body?.messages ?? []) : []),
  ].map(String);
  // REST says the sentence instead of the code.
  const isSaid = (code: string) =>
    said.some((one) => one === code || one.startsWith(ERRORS[code as ErrorCode].message));
  return [...UNAVAILABLE].find(isSaid) ?? null;
}

function isInternal({ extensions, message }: any): boolean {
  if (extensions?.code === undefined) return true;
  if (UNAVAILABLE.has(extensions.subCode)) return false;
  return extensions.code === 'INTERNAL_SERVER_ERROR' || /Internal server error/.test(message);
}

function isGraphqlRefusal(errors: readonly any[]): boolean {
  return (
    errors.length > 0 && errors.every(({ message, extensions }) => isSentence(message) && isSentence(extensions?.code))
  );
}

function isRestRefusal(body: any, status: number, isAuth: boolean): boolean {
  if (body.errors) return isGraphqlRefusal(body.errors);
  // better-auth's own answers.
  if (isAuth && body.messages === undefined) return isSentence(body.message);
  return (
    body.statusCode === status && isSentence(body.error) && body.messages?.length > 0 && body.messages.every(isSentence)
  );
}

function isSentence(value: unknown): boolean {
  return typeof value === 'string' && /\S/.test(value);
}

function judgedMessages({ text }: Answer): Verdict {
  const messages = text === '' ? [] : text.split('\n').map(parsed);
  const errors = messages.flatMap((each) => (each?.type === 'error' ? each.payload : (each?.payload?.errors ?? [])));
  const isWrong = messages.includes(NOT_JSON) || errors.some(isInternal);
  return { wrong: isWrong ? 'an internal error' : null, isRefused: errors.length > 0, unavailable: null };
}
