/** A request as the fuzzer sends it, and prints it so that it can be sent again. */

export type Api = 'REST core' | 'REST metadata' | 'GraphQL core' | 'GraphQL metadata' | 'auth' | 'WebSocket' | 'raw';

export type HttpCall = {
  readonly kind: 'http';
  readonly api: Api;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Messages to a WebSocket at `/graphql`, one after the other. */
export type SocketCall = { readonly kind: 'socket'; readonly api: 'WebSocket'; readonly messages: readonly string[] };

/** Bytes on a connection of their own. */
export type RawCall = {
  readonly kind: 'raw';
  readonly api: 'raw';
  readonly bytes: string;
  /** Reset instead of read. */
  readonly isReset: boolean;
};

export type Call = HttpCall | SocketCall | RawCall;

const MAX_PRINTED = 4_000;

export function printed(call: Call): string {
  const text = JSON.stringify(call);
  return text.length <= MAX_PRINTED ? text : `${text.slice(0, MAX_PRINTED)}… (${text.length} characters)`;
}
