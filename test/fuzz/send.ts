/** Sends a call and waits for its answer, however it comes. */

import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Call, HttpCall, RawCall, SocketCall } from './call.ts';

export type Answer = {
  /** 0 where none was said. */
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
};

// Beyond the 5 s that an answer may take, so that a late answer can be told from none.
const PATIENCE_MS = 60_000;
// A subscription is silent until something changes; what is wrong with it is said at once.
const SOCKET_MS = 250;
const RAW_MS = 500;

export function send(url: string, key: string, call: Call): Promise<Answer> {
  switch (call.kind) {
    case 'http':
      return sendHttp(url, key, call);
    case 'socket':
      return sendMessages(url, call);
    case 'raw':
      return sendBytes(url, call);
  }
}

async function sendHttp(url: string, key: string, { api, method, path, headers, body }: HttpCall): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { ...(api !== 'auth' && { Authorization: `Bearer ${key}` }), ...headers },
    ...(body !== undefined && { body }),
  });
  const contentType = response.headers.get('content-type') ?? '';
  const isEndless = response.body !== null && contentType.startsWith('text/event-stream');
  const text = isEndless ? await firstChunk(response) : await response.text();
  return { status: response.status, contentType, text };
}

async function firstChunk(response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** @returns all messages, a line each */
function sendMessages(url: string, { messages }: SocketCall): Promise<Answer> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const answers: string[] = [];
  return new Promise((settle) => {
    const end = () => {
      clearTimeout(patience);
      socket.terminate();
      settle({ status: 0, contentType: 'graphql-transport-ws', text: answers.join('\n') });
    };
    let patience = setTimeout(end, PATIENCE_MS);
    const quiet = () => {
      clearTimeout(patience);
      patience = setTimeout(end, SOCKET_MS);
    };
    socket.on('error', () => undefined); // and then it closes
    socket.on('close', end);
    socket.on('open', () => {
      // Those that follow the first wait for its answer, as the protocol says.
      const [first, ...rest] = messages;
      socket.send(first as string);
      const others = () => {
        for (const each of rest) if (socket.readyState === WebSocket.OPEN) socket.send(each);
        quiet();
      };
      if (first?.includes('"connection_init"')) socket.once('message', others);
      else others();
    });
    socket.on('message', (data) => answers.push(String(data)));
  });
}

/** @returns the first answer on the connection, or none where it was reset or closed without one */
function sendBytes(url: string, { bytes, isReset }: RawCall): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((settle) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.write(Buffer.from(bytes, 'latin1'), () => {
        if (isReset) setTimeout(() => socket.resetAndDestroy(), 1);
      });
    });
    const end = () => {
      clearTimeout(patience);
      socket.destroy();
      settle({ status: Number(/^HTTP\/1\.\d (\d{3})/.exec(text)?.[1] ?? 0), contentType: '', text });
    };
    const patience = setTimeout(end, RAW_MS);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined); // and then it closes
    socket.on('close', end);
  });
}
