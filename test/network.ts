/** A way to a database that can be cut in each of the ways in which networks are. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

// What PostgreSQL answers while it recovers from a crash: a message of type E, its length, its fields.
const FIELDS = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
const STARTING = Buffer.from(`E\0\0\0${String.fromCharCode(FIELDS.length + 4)}${FIELDS}`, 'latin1');

export async function wayTo(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'open' | 'closed' | 'silent' | 'starting' = 'open';

  const server = createServer((from) => {
    sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => sockets.delete(from));
    if (state === 'closed') from.destroy();
    if (state === 'starting') from.once('data', () => from.end(STARTING));
    if (state !== 'open') return;
    const to = connect(Number(target.port || 5432), target.hostname);
    sockets.add(to);
    to.on('error', () => from.destroy());
    to.on('close', () => {
      sockets.delete(to);
      from.destroy();
    });
    from.on('close', () => to.destroy());
    // What is sent while the network is silent is lost, as if a firewall had forgotten the connection.
    from.on('data', (data) => isHeard(from) && to.write(data));
    to.on('data', (data) => isHeard(from) && from.write(data));
  }).listen(0, '127.0.0.1');
  const forgotten = new WeakSet<Socket>();
  const isHeard = (socket: Socket) => !forgotten.has(socket);
  await once(server, 'listening');

  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    /** The connections end, and others are refused. */
    close() {
      state = 'closed';
      for (const socket of sockets) socket.destroy();
    },
    /** Nothing ends, and nothing arrives any more; new connections aren't answered. */
    silence() {
      state = 'silent';
      for (const socket of sockets) forgotten.add(socket);
    },
    /** New connections are told that the database is starting. */
    recover() {
      state = 'starting';
    },
    /** New connections are let through; the forgotten ones stay so. */
    open() {
      state = 'open';
    },
    async end() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
