/**
 * PostGraphile as it comes, for the tables of one workspace: its own preset (amber), driver and HTTP server. The
 * workspace's role and search path are settings of each request. It has no API keys and no limits, and serves no other
 * workspace.
 */

import { createServer } from 'node:http';
import pg from 'pg';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { ident } from '../../db/sql.ts';

const schema = process.env.BENCH_SCHEMA as string;
const connections = Number(process.env.DATABASE_POOL_SIZE);
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: connections,
  min: connections,
  options: '-c jit=off -c TimeZone=UTC',
});
const pgSettings = { role: process.env.BENCH_ROLE, search_path: `${ident(schema)}, pg_temp` };

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: [schema] })],
  grafast: { context: () => ({ pgSettings }) },
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
