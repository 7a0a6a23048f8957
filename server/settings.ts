/** Every setting: its name in the environment, what it must be, its default, and what it is for. */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

type Setting<Value> = {
  readonly name: string;
  /** Reads the text of the environment; its message completes "PORT must be …". */
  readonly check: z.ZodType<Value>;
  /** As it would be written in the environment; null where there is none. */
  readonly default: string | null;
  readonly purpose: string;
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The table; docs/operations.md has the same lines for readers. */
export const SETTINGS = {
  port: setting('PORT', whole(0, 65_535), '3000', 'TCP port of the server; 0 for any free port'),
  host: setting('HOST', z.string(), '127.0.0.1', 'address to listen on; 0.0.0.0 for all'),
  publicUrl: setting('PUBLIC_URL', httpUrl(), null, 'URL of the server for clients; default localhost and the port'),
  databaseUrl: setting(
    'DATABASE_URL',
    postgresUrl(),
    null,
    'PostgreSQL (15 or later) to use instead of the bundled one',
  ),
  dataDir: setting('PLINTH_DATA_DIR', directory(), resolve(ROOT, '.data'), 'data directory of the bundled PostgreSQL'),
  hasDemo: setting('PLINTH_DEMO', onOff(), 'on', 'create a workspace "demo" if none exists'),
  rateLimit: setting('RATE_LIMIT', numberOrOff(1, 1_000_000), '100', 'requests per second and API key, or off'),
  maxInFlight: setting(
    'MAX_REQUESTS_IN_FLIGHT',
    numberOrOff(1, 1_000_000),
    '200',
    'concurrent requests of one API key or member, or off',
  ),
  wrongTokenLimit: setting(
    'WRONG_TOKEN_LIMIT',
    numberOrOff(1, 1_000_000),
    '60',
    'wrong tokens per minute and address, or off',
  ),
  trustedProxies: setting('TRUSTED_PROXIES', proxies(), 'off', 'proxies whose X-Forwarded-For is trusted, or off'),
  corsOrigins: setting(
    'CORS_ORIGINS',
    origins(),
    '*',
    'origins that may also send cookies; * for none; off forbids all',
  ),
  maxRecordsPerRequest: setting(
    'MAX_RECORDS_PER_REQUEST',
    whole(1, 10_000),
    '60',
    'records that one request may write',
  ),
  graphqlMaxDepth: setting('GRAPHQL_MAX_DEPTH', whole(1, 100), '8', 'levels of records in a GraphQL request'),
  graphqlMaxRootFields: setting('GRAPHQL_MAX_ROOT_FIELDS', whole(1, 10_000), '20', 'root fields in a GraphQL request'),
  graphqlMaxFields: setting('GRAPHQL_MAX_FIELDS', whole(1, 1_000_000), '2000', 'selected fields in a GraphQL request'),
  graphqlMaxCost: setting(
    'GRAPHQL_MAX_COST',
    whole(1, 1_000_000_000),
    '20000',
    'rows that a GraphQL request may ask for',
  ),
  graphqlMaxValues: setting(
    'GRAPHQL_MAX_VALUES',
    whole(1, 1_000_000_000),
    '500000',
    'values (rows times fields) that a GraphQL request may ask for',
  ),
  auditRetentionDays: setting(
    'AUDIT_RETENTION_DAYS',
    numberOrOff(1, 36_500),
    '730',
    'days for which the audit log is kept; off: for ever',
  ),
  usageRetentionDays: setting(
    'USAGE_RETENTION_DAYS',
    numberOrOff(1, 36_500),
    '90',
    'days for which the usage of keys is kept; off: for ever',
  ),
  restMetadataFormat: setting(
    'REST_METADATA_FORMAT',
    oneOf(['direct', 'legacy']),
    'direct',
    'envelope of the REST metadata API: direct or legacy',
  ),
  databasePoolSize: setting('DATABASE_POOL_SIZE', whole(1, 1_000), '10', 'database connections for records'),
  workspacePoolSize: setting(
    'WORKSPACE_POOL_SIZE',
    whole(1, 1_000),
    null,
    'how many of these one workspace may use at a time; default half',
  ),
  hasPreparedStatements: setting(
    'PREPARED_STATEMENTS',
    onOff(),
    'on',
    'named prepared statements; off for poolers that lack them',
  ),
  statementTimeoutMs: setting('STATEMENT_TIMEOUT_MS', whole(100, 3_600_000), '15000', 'time limit of a statement'),
  requestTimeoutMs: setting(
    'REQUEST_TIMEOUT_MS',
    whole(100, 3_600_000),
    '30000',
    'time limit of a request for records',
  ),
  keepAliveTimeoutMs: setting(
    'KEEP_ALIVE_TIMEOUT_MS',
    whole(1_000, 3_600_000),
    '65000',
    'time for which an idle HTTP connection stays open',
  ),
  maxStreams: setting('MAX_STREAMS', whole(1, 10_000), '20', 'concurrent streams of one key'),
  webhookTimeoutMs: setting(
    'WEBHOOK_TIMEOUT_MS',
    whole(100, 60_000),
    '5000',
    'time in which a webhook receiver must answer',
  ),
  webhookRetryHours: setting('WEBHOOK_RETRY_HOURS', whole(0, 720), '24', 'hours for which a delivery is retried'),
  webhookDisableHours: setting(
    'WEBHOOK_DISABLE_AFTER_HOURS',
    whole(1, 8_760),
    '72',
    'hours of failure after which a webhook is disabled',
  ),
  eventRetentionHours: setting(
    'EVENT_RETENTION_HOURS',
    whole(1, 8_760),
    '168',
    'hours for which events and deliveries are kept',
  ),
  allowPrivateWebhookTargets: setting(
    'ALLOW_PRIVATE_WEBHOOK_TARGETS',
    oneOf(['true', 'false']).transform((value) => value === 'true'),
    'false',
    'deliver webhooks into private networks too',
  ),
  hasServerTiming: setting(
    'SERVER_TIMING',
    onOff(),
    'off',
    'report the stages of each request in the Server-Timing header',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'least severe level that is logged',
  ),
  authSecret: setting('AUTH_SECRET', secret(), null, 'signs session cookies; default: generated, kept in the database'),
  signInLimit: setting(
    'SIGN_IN_LIMIT',
    numberOrOff(1, 10_000),
    '10',
    'sign-in attempts per person in 15 minutes; 5 times per address',
  ),
  mayCreateWorkspace: setting(
    'WORKSPACE_CREATION',
    oneOf(['everyone', 'owner', 'nobody']),
    'owner',
    'people who may create workspaces: everyone, owner or nobody',
  ),
  googleClientId: setting('GOOGLE_CLIENT_ID', z.string(), null, 'enables sign-in with Google'),
  googleClientSecret: setting('GOOGLE_CLIENT_SECRET', z.string(), null, 'the secret of that client id'),
  microsoftClientId: setting('MICROSOFT_CLIENT_ID', z.string(), null, 'enables sign-in with Microsoft'),
  microsoftClientSecret: setting('MICROSOFT_CLIENT_SECRET', z.string(), null, 'the secret of that client id'),
  githubClientId: setting('GITHUB_CLIENT_ID', z.string(), null, 'enables sign-in with GitHub'),
  githubClientSecret: setting('GITHUB_CLIENT_SECRET', z.string(), null, 'the secret of that client id'),
  schemaCacheSize: setting(
    'SCHEMA_CACHE_SIZE',
    whole(1, 10_000),
    '50',
    'models held in memory, about 7 MB per dozen objects',
  ),
} as const;

type Table = typeof SETTINGS;

export type Settings = {
  readonly [Key in keyof Table]: z.output<Table[Key]['check']> | (Key extends Optional ? null : never);
};

/** What there may be none of. */
type Optional = 'databaseUrl' | 'authSecret' | 'workspacePoolSize' | `${string}ClientId` | `${string}ClientSecret`;

/** @throws Error whose message is one line that says what each wrong setting must be */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const mistakes: string[] = [];
  const values = Object.entries<Setting<unknown>>(SETTINGS).map(([key, { name, check, default: normal }]) => {
    const given = environment[name]?.trim() || normal;
    if (given === null) return [key, null];
    const { success, data, error } = check.safeParse(given);
    if (!success) mistakes.push(`${name} must be ${error.issues[0]?.message}${shown(name, given)}`);
    return [key, data];
  });
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  const settings: Settings = Object.fromEntries(values);
  return { ...settings, publicUrl: settings.publicUrl ?? localUrl(settings) };
}

function localUrl({ host, port }: Settings): string {
  const name = ['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Secrets, and a database's URL, which holds a password, aren't repeated. */
function shown(name: string, given: string): string {
  return name === 'DATABASE_URL' || name.endsWith('_SECRET') ? '' : `, and is ${JSON.stringify(given)}`;
}

function setting<Value>(name: string, check: z.ZodType<Value>, normal: string | null, purpose: string): Setting<Value> {
  return { name, check, default: normal, purpose };
}

// --- What a setting can be ------------------------------------------------------------------------------------------

function whole(min: number, max: number, error = `a whole number from ${min} to ${max}`) {
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .pipe(z.number(error).min(min, error).max(max, error));
}

function numberOrOff(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}, or off`;
  const off = z.literal('off').transform(() => null);
  return z.union([off, whole(min, max, error)], error);
}

function onOff() {
  return oneOf(['on', 'off']).transform((value) => value === 'on');
}

function oneOf<const Value extends string>(values: readonly Value[]) {
  return z.enum(values, `one of ${values.join(', ')}`);
}

/** Shorter ones could be guessed. */
function secret() {
  const error = 'at least 32 characters';
  return z.string().min(32, error);
}

function directory() {
  return z.string().transform((path) => resolve(path));
}

function httpUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'a URL like https://plinth.example' })
    .transform((url) => url.replace(/\/+$/, ''));
}

function origins(): z.ZodType<'*' | readonly string[]> {
  const error = 'origins like https://app.example, with commas between them, or * or off';
  const all = z.literal('*');
  const none = z.literal('off').transform(() => []);
  const listed = listOf(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, error));
  return z.union([all, none, listed], error);
}

/** As express takes it for `trust proxy`. */
function proxies(): z.ZodType<false | string[]> {
  const error =
    'addresses or networks like 10.0.0.0/8, or loopback, linklocal, uniquelocal, with commas between them, or off';
  const none = z.literal('off').transform((): false => false);
  const names = z.enum(['loopback', 'linklocal', 'uniquelocal']);
  return z.union([none, listOf(z.union([names, z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], error))], error);
}

function listOf<Value extends string>(item: z.ZodType<Value, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(item));
}

function postgresUrl() {
  return z.url({
    protocol: /^postgres(ql)?$/,
    hostname: /.*/,
    error: 'a URL like postgres://user:password@host:5432/database',
  });
}
