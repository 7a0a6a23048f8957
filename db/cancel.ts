/**
 * Asks PostgreSQL to cancel what runs on a connection, by its own way for that: a message on a connection of its own.
 */

import pg from 'pg';

// The parts of pg.Client that know where the server is and how to speak TLS to it; its types leave them out.
type Wire = {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation: string;
  readonly connection: pg.Connection & {
    connect(portOrPath: number | string, host?: string): void;
    requestSsl(): void;
    cancel(processId: number, secret: number): void;
    readonly stream: { destroy(): void };
  };
};

// A request that isn't taken in this time has come too late for most statements; their own time limit is left.
const PATIENCE_MS = 2_000;

/**
 * Not `pg_cancel_backend`: the process that a pooler names is none of PostgreSQL's, while it passes these requests on.
 * Settles when PostgreSQL has sent the signal, or cannot be reached. Whatever runs by then is cancelled, so what runs
 * next on the connection must be of the same user.
 */
export function cancelStatement(config: pg.ClientConfig, target: pg.Client): Promise<void> {
  const { processID, secretKey } = target as unknown as { processID: number; secretKey: number };
  const { connection, host, port, ssl, sslNegotiation } = new pg.Client(config) as unknown as Wire;
  const cancel = () => connection.cancel(processID, secretKey);
  return new Promise((settle) => {
    const patience = setTimeout(() => connection.stream.destroy(), PATIENCE_MS);
    connection.on('connect', () => {
      if (!ssl) cancel();
      else if (sslNegotiation !== 'direct') connection.requestSsl();
    });
    connection.on('sslconnect', cancel);
    connection.on('error', () => connection.stream.destroy());
    connection.on('end', () => {
      clearTimeout(patience);
      settle();
    });
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
