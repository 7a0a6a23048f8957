/** What is beside the four APIs: `/auth`, WebSockets, and bytes that are no well-formed request. */

import type { HttpCall, RawCall, SocketCall } from './call.ts';
import type { Dice } from './dice.ts';
import { graphqlOperation, subscriptionOperation } from './graphql.ts';
import { hostile, hostileName, hostileText, toJson } from './hostile.ts';
import type { Known } from './known.ts';

const AUTH: readonly (readonly [string, string, readonly string[]])[] = [
  ['GET', '/context', []],
  ['POST', '/link', ['token']],
  ['POST', '/set-up', ['token', 'name', 'email', 'password', 'workspace']],
  ['POST', '/accept-invitation', ['token', 'name', 'email', 'password']],
  ['POST', '/create-workspace', ['name', 'displayName']],
  ['POST', '/sign-in/email', ['email', 'password', 'callbackURL', 'rememberMe']],
  ['POST', '/sign-in/social', ['provider', 'callbackURL', 'errorCallbackURL', 'idToken', 'scopes']],
  ['POST', '/sign-out', []],
  ['POST', '/change-password', ['currentPassword', 'newPassword', 'revokeOtherSessions']],
  ['POST', '/revoke-session', ['token']],
  ['POST', '/revoke-sessions', []],
  ['POST', '/revoke-other-sessions', []],
  ['POST', '/link-social', ['provider', 'callbackURL']],
  ['POST', '/unlink-account', ['providerId', 'accountId']],
  ['GET', '/get-session', []],
  ['GET', '/list-sessions', []],
  ['GET', '/list-accounts', []],
  ['GET', '/callback/github', []],
  ['GET', '/error', []],
  ['POST', '/sign-up/email', ['email', 'password', 'name']],
];

// Bodies of `/auth` are small: longer ones are refused by their length.
const MAX_AUTH_TEXT = 2_000;

export function authCall(dice: Dice, isHostile: boolean): HttpCall {
  const [method, path, names] = dice.pick(AUTH);
  const text = () => (isHostile ? hostileText(dice).slice(0, MAX_AUTH_TEXT) : `p${dice.below(50)}@example.com`);
  const members = names.map((name) => [name, isHostile && dice.chance(0.3) ? hostile(dice) : text()]);
  if (isHostile && dice.chance(0.2)) members.push([hostileName(dice), hostile(dice)]);
  const query =
    isHostile && dice.chance(0.2)
      ? `?${dice.pick(['state', 'code', 'error', 'x[]'])}=${encodeURIComponent(text().toWellFormed())}`
      : '';
  const cookie = isHostile && dice.chance(0.3);
  return {
    kind: 'http',
    api: 'auth',
    method,
    path: `/auth${path}${query}`,
    headers: {
      ...(method === 'POST' && { 'Content-Type': 'application/json' }),
      ...(cookie && { Cookie: `plinth.session_token=${encodeURIComponent(text().toWellFormed())}; =; plinth.state=%` }),
    },
    ...(method === 'POST' && {
      body: isHostile && dice.chance(0.1) ? toJson(hostile(dice)) : toJson(Object.fromEntries(members)),
    }),
  };
}

const INIT = (key: string) => JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } });

export function socketCall(dice: Dice, known: Known, key: string, isHostile: boolean): SocketCall {
  const messages = isHostile && dice.chance(0.2) ? [] : [INIT(key)];
  for (let left = 1 + dice.below(3); left > 0; left--) messages.push(message(dice, known, isHostile));
  return { kind: 'socket', api: 'WebSocket', messages };
}

function message(dice: Dice, known: Known, isHostile: boolean): string {
  const isGarbage = isHostile && dice.chance(0.4);
  if (isGarbage && dice.chance(0.3))
    return dice.pick(['', '{', 'null', '[]', '"x"', '\ufeff{}', 'x'.repeat(100_000), '\0']);
  if (isGarbage)
    return toJson({
      type: dice.pick<unknown>([
        'subscribe',
        'connection_init',
        'complete',
        'ping',
        'pong',
        'next',
        'error',
        'x',
        '__proto__',
        null,
      ]),
      id: dice.chance(0.5) ? '1' : hostile(dice),
      payload: hostile(dice),
    });
  const payload = dice.chance(0.5)
    ? subscriptionOperation(dice, known, isHostile)
    : graphqlOperation(dice, known, known.core, isHostile);
  return toJson({ type: 'subscribe', id: `s${dice.below(3)}`, payload });
}

const TARGETS = [
  ...[
    '/',
    '//',
    '///x',
    '/graphql',
    '//graphql',
    'http://[bad',
    'http://[::1',
    '*',
    'x',
    '/%',
    '/%00',
    '/..',
    '/graphql?%',
    '/graphql#',
  ],
  ...[
    'https://a:b@c:99999/',
    '?',
    '/\u00ff',
    '/graphql/',
    `/${'a'.repeat(15_000)}`,
    'http://',
    '//a:b:c/',
    '/metadata',
    '/rest/companies',
  ],
];

/** Requests to upgrade, in good form and bad, and what is hardly HTTP. */
export function rawCall(dice: Dice, key: string): RawCall {
  const target = dice.pick(TARGETS);
  const upgrade = dice.pick(['websocket', 'h2c', 'WebSocket, x', '', 'TLS/1.0']);
  const lines = dice.several(
    [
      'Host: x',
      'Connection: Upgrade',
      `Upgrade: ${upgrade}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
      `Authorization: Bearer ${key}`,
      'Content-Length: 5',
      'Content-Length: 6',
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      'Expect: x',
      'Cookie: a=b; =; ;',
      'X: \u00ff\u00fe',
      ': x',
    ],
    3 + dice.below(9),
  );
  const method = dice.pick(['GET', 'GET', 'GET', 'POST', 'CONNECT', 'TRACE', 'OPTIONS', 'PRI', 'get', '']);
  const version = dice.chance(0.9) ? 'HTTP/1.1' : dice.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '', 'x']);
  const tail = dice.chance(0.3)
    ? dice.pick(['\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff', 'x'.repeat(100), '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'])
    : '';
  return {
    kind: 'raw',
    api: 'raw',
    bytes: `${method} ${target} ${version}\r\n${lines.join('\r\n')}\r\n\r\n${tail}`,
    isReset: dice.chance(0.3),
  };
}
