/** Every setting: its name in the environment, what it must be, and what it is for. */

import { z } from 'zod';

const onOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

// `describe` is what the README's table and an error say of a setting.
const SETTINGS = z.object({
  PORT: whole(0, 65535).default(3000).describe('port that the server listens on; 0 takes a free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('address that it listens on; 0.0.0.0 for all'),
  PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')).optional().describe('where clients reach it, for documents and links'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional().describe('a PostgreSQL 15 or later of yours, instead of the bundled one'),
  PLINTH_DATA_DIR: z.string().min(1).default('.data').describe('where the bundled PostgreSQL keeps its data'),
  PLINTH_DEMO: onOff.default(true).describe('make a workspace "demo" where there is none yet'),
  RATE_LIMIT: z.union([z.literal('off').transform(() => null), whole(1, 1_000_000)]).default(100).describe('requests a second and API key, or off'),
  MAX_RECORDS_PER_REQUEST: whole(1, 10_000).default(60).describe('records that one request may write'),
  REST_METADATA_FORMAT: z.enum(['direct', 'legacy']).default('direct').describe('envelope of the REST metadata API'),
  DATABASE_POOL_SIZE: whole(1, 500).default(10).describe('database connections for records'),
  STATEMENT_TIMEOUT_MS: whole(100, 600_000).default(15_000).describe('after this a statement is cancelled'),
  SCHEMA_CACHE_SIZE: whole(1, 10_000).default(50).describe('GraphQL schemas kept in memory, some 5 MB each'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').describe('least severe line that is logged'),
});

type Environment = Readonly<Record<string, string | undefined>>;
type Read = z.infer<typeof SETTINGS>;

export type Settings = {
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly hasDemo: boolean;
  readonly rateLimit: number | null;
  readonly maxRecordsPerRequest: number;
  readonly restMetadataFormat: 'direct' | 'legacy';
  readonly databasePoolSize: number;
  readonly statementTimeoutMs: number;
  readonly schemaCacheSize: number;
  readonly logLevel: Read['LOG_LEVEL'];
};

/** @throws Error whose message is one line that names the setting, what it is and what it should be */
export function readSettings(environment: Environment): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const result = SETTINGS.safeParse(given);
  if (!result.success) throw new Error(result.error.issues.map(({ path, message }) => mistake(String(path[0]), given, message)).join('; '));
  const read = result.data;
  return {
    port: read.PORT,
    host: read.HOST,
    publicUrl: read.PUBLIC_URL ?? `http://${read.HOST === '0.0.0.0' || read.HOST === '127.0.0.1' ? 'localhost' : read.HOST}:${read.PORT}`,
    databaseUrl: read.DATABASE_URL ?? null,
    dataDir: read.PLINTH_DATA_DIR,
    hasDemo: read.PLINTH_DEMO,
    rateLimit: read.RATE_LIMIT,
    maxRecordsPerRequest: read.MAX_RECORDS_PER_REQUEST,
    restMetadataFormat: read.REST_METADATA_FORMAT,
    databasePoolSize: read.DATABASE_POOL_SIZE,
    statementTimeoutMs: read.STATEMENT_TIMEOUT_MS,
    schemaCacheSize: read.SCHEMA_CACHE_SIZE,
    logLevel: read.LOG_LEVEL,
  };
}

/** A database's URL holds a password: it is not repeated. */
function mistake(name: string, given: Environment, problem: string): string {
  const purpose = SETTINGS.shape[name as keyof Read]?.description;
  const shown = name === 'DATABASE_URL' ? 'its value' : JSON.stringify(given[name]);
  return `${name}: ${shown} is not valid (${problem}). It is the ${purpose}`;
}
