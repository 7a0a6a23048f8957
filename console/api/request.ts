/** Requests to the public APIs, with the session cookie and the selected workspace. */

import { selectedWorkspace } from './selected-workspace.ts';

/** The most root fields that the GraphQL APIs accept in one request. */
export const MAX_ROOT_FIELDS = 20;

/** An error response of an API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** Further mistakes of the input, after the first. */
  readonly mistakes: readonly string[];

  constructor(message: string, { code, status, mistakes = [] }: { code: string; status: number; mistakes?: string[] }) {
    super(message);
    this.code = code;
    this.status = status;
    this.mistakes = mistakes;
  }
}

type GraphqlError = {
  message: string;
  extensions?: { code?: string; errors?: Record<string, { errors: Mistake[] }[]> };
};
type Mistake = { message: string };

/** @throws ApiError with the first error */
export async function graphql<Data>(
  path: '/graphql' | '/metadata',
  query: string,
  variables: object = {},
  { key, signal }: { key?: string; signal?: AbortSignal } = {},
): Promise<Data> {
  const response = await send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...credentials(key) },
    body: JSON.stringify({ query, variables }),
    ...(signal && { signal }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: GraphqlError[] };
  if (errors?.[0]) throw graphqlError(errors[0], response.status);
  return data as Data;
}

/** @throws ApiError for every status other than 2xx */
export async function rest<Data>(method: string, path: string, body?: object): Promise<Data> {
  const response = await send(path, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...credentials() },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await restError(response);
  return (await response.text().then((text) => (text === '' ? null : JSON.parse(text)))) as Data;
}

/** The browser sends the session cookie by itself. @param key an API key to use instead of the session */
export function credentials(key?: string): Record<string, string> {
  if (key) return { Authorization: `Bearer ${key}` };
  const workspace = selectedWorkspace();
  return workspace ? { 'X-Plinth-Workspace': workspace } : {};
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('', { code: 'UNREACHABLE', status: 0 });
  }
}

export async function restError(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => ({}));
  const messages: string[] = [body.messages ?? body.message ?? []].flat();
  return new ApiError(messages[0] ?? `HTTP ${response.status}`, {
    code: body.code ?? body.error ?? 'HTTP',
    status: response.status,
    mistakes: messages.slice(1),
  });
}

function graphqlError({ message, extensions }: GraphqlError, status: number): ApiError {
  const mistakes = Object.values(extensions?.errors ?? {})
    .flat()
    .flatMap(({ errors }) => errors.map((mistake) => mistake.message));
  return new ApiError(mistakes[0] ?? message, {
    code: extensions?.code ?? 'UNKNOWN',
    status,
    mistakes: mistakes.slice(1),
  });
}
