/** A receiver of webhooks: keeps what arrives, and answers as it is told to. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

type Arrival = {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: any;
  /** Was it told that it has arrived? */
  readonly isTaken: () => boolean;
};
export type Answering = (response: ServerResponse, arrival: Arrival, count: number) => void;

const open = new Set<{ close(): Promise<void> }>();
afterEach(async () => {
  await Promise.all([...open].map((receiver) => receiver.close()));
});

/** @param answer what it does with each, the first of which has `count` 1 */
export async function receive(answer: Answering = (response) => response.end('thanks')) {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const isTaken = () => response.writableFinished && response.statusCode < 300;
      const arrival = { headers: request.headers, text, body: JSON.parse(text), isTaken };
      arrivals.push(arrival);
      answer(response, arrival, arrivals.length);
    });
    request.on('error', () => undefined); // of a sender that was killed
  });
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    arrivals,
    close() {
      open.delete(receiver);
      return new Promise<void>((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      });
    },
  };
  open.add(receiver);
  return receiver;
}
