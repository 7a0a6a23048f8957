/** A closed loop of requests to a server on this machine: each connection asks again as soon as it is answered. */

import { Agent, type ClientRequestArgs, request as httpRequest } from 'node:http';
import type { Request } from './cases.ts';

export type Target = { readonly port: number; readonly key: (connection: number) => string };
export type Loaded = { readonly requests: number; readonly seconds: number; readonly medianMs: number };

/** @throws Error on the first answer that isn't a success: a server that refuses is not fast */
export async function load(
  target: Target,
  request: (connection: number) => Request,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Loaded> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const began = performance.now();
  const end = began + seconds * 1000;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      while (performance.now() < end) {
        const from = performance.now();
        await ask(target.port, target.key(connection), request(connection), agent);
        times.push(performance.now() - from);
      }
    }),
  );
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    requests: times.length,
    seconds: (performance.now() - began) / 1000,
    medianMs: times[times.length >> 1] ?? 0,
  };
}

/** @returns the body of a success */
export function ask(port: number, key: string, { method, path, body }: Request, agent?: Agent): Promise<string> {
  const options: ClientRequestArgs = {
    host: '127.0.0.1',
    port,
    method,
    path,
    agent,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
    },
  };
  return new Promise((settle, fail) => {
    const asked = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isSuccess = (response.statusCode ?? 500) < 300 && !text.startsWith('{"errors"');
        if (isSuccess) settle(text);
        else fail(new Error(`${method} ${path} → ${response.statusCode} ${text.slice(0, 500)}`));
      });
    });
    asked.on('error', fail);
    asked.end(body);
  });
}
