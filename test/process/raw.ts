/** Requests as bytes, for what no HTTP client would send. */

import { connect, type Socket } from 'node:net';

/** Sends bytes on a connection of its own. @returns all that comes back until the server closes */
export async function raw(url: string, bytes: string): Promise<string> {
  const socket = opened(url);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(bytes, 'latin1');
  await new Promise((settle) => socket.once('close', settle));
  return answer;
}

/** A connection whose errors are nobody's concern. */
export function opened(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname).on('error', () => undefined);
}

export function upgradeOf(
  target: string,
  headers = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
) {
  return `GET ${target} HTTP/1.1\r\nHost: plinth.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`;
}
