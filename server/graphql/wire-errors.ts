/** Any error of an operation as the wire shows it: a code, a sentence, and nothing of SQL, schemas or stacks. */

import pg from 'pg';
import type { Logger } from 'pino';
import { GraphQLError } from 'postgraphile/grafast/graphql';
import { isConnectionLoss } from '../../db/connection-loss.ts';
import { type Fault, faultOf } from '../../db/faults.ts';
import { Busy } from '../../db/queue.ts';
import { type ErrorCode, PlinthError, refuse } from '../errors.ts';
import { columnsOf, type Model, tableName } from '../model/model.ts';

/** Contract: core.md 2.25. */
export function asWireError(error: unknown, { model }: { readonly model: Model }, log: Logger): GraphQLError {
  const { path, nodes, source, positions } = error instanceof GraphQLError ? error : ({} as Partial<GraphQLError>);
  const cause = rootOf(error);
  const known =
    cause instanceof PlinthError
      ? cause
      : cause instanceof pg.DatabaseError
        ? ofPostgres(cause, model)
        : ofRequest(cause, error);
  const refused = known ?? refuse('INTERNAL_SERVER_ERROR', { cause });
  if (isFault(refused)) log.error({ err: withoutValues(cause) }, 'an operation failed');
  return new GraphQLError(shortened(refused.message), {
    originalError: refused,
    extensions: refused.extensions,
    ...(path && { path }),
    ...(nodes && { nodes }),
    ...(source && { source }),
    ...(positions && { positions }),
  });
}

/**
 * Is there something for whoever runs the server to look into? A workspace that asks for too much is told so itself.
 */
export function isFault({ status, code }: PlinthError): boolean {
  return status >= 500 && code !== 'WORKSPACE_BUSY';
}

// graphql-js repeats names and values of a document in each of up to 100 errors, however long they are.
const MAX_MESSAGE_CHARACTERS = 2_000;

function shortened(message: string): string {
  return message.length > MAX_MESSAGE_CHARACTERS ? `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…` : message;
}

function rootOf(error: unknown): unknown {
  let cause = error;
  // What graphql-js says of a variable names the place; what it wraps says only why.
  while (cause instanceof GraphQLError && cause.originalError && !cause.message.startsWith('Variable "$'))
    cause = cause.originalError;
  return cause;
}

/** What the client sent and graphql-js refused. */
function ofRequest(cause: unknown, error: unknown): PlinthError | null {
  const away = unavailable(cause);
  if (away) return away;
  // A variable nested thousands of levels deep: whoever walks down it has no room left.
  if (cause instanceof RangeError && cause.message.startsWith('Maximum call stack'))
    return refuse('BAD_REQUEST', { message: 'A variable is nested too deeply', cause });
  if (!(cause instanceof GraphQLError) || !(error instanceof GraphQLError)) return null;
  const { message } = cause;
  if (message.startsWith('Syntax Error')) return refuse('GRAPHQL_PARSE_FAILED', { message, cause });
  // Variables are coerced when the operation runs, literals when its text is validated: a wrong value is the same
  // mistake.
  return message.startsWith('Variable "$') || cause.extensions.code === 'BAD_USER_INPUT' || OF_A_VALUE.test(message)
    ? refuse('BAD_REQUEST', { message, cause })
    : refuse('GRAPHQL_VALIDATION_FAILED', { message, cause });
}

/** How graphql-js speaks of values that aren't of the type of their place. */
const OF_A_VALUE = / does not exist in ".*" enum| is not defined by type | cannot represent |^Expected value of type /s;

/** Postgres' codes in our words; what a constraint stands for, the model knows. */
export function ofPostgres(cause: pg.DatabaseError, model: Model): PlinthError | null {
  switch (cause.code) {
    case '23505': // unique_violation
      return refuse('DUPLICATE_ENTRY_DETECTED', {
        message: `A duplicate entry was detected${onField(cause, model)}`,
        cause,
      });
    case '23503': // foreign_key_violation
      return refuse('INVALID_ARGS_DATA', {
        message: `The record referred to${onField(cause, model)} does not exist`,
        cause,
      });
    case '23502': // not_null_violation
      return refuse('INVALID_ARGS_DATA', { message: `A value is required${onField(cause, model)}`, cause });
    case '23514': // check_violation
    case '23P01': // exclusion_violation
      return refuse('INVALID_ARGS_DATA', { message: `The record breaks the rule ${cause.constraint}`, cause });
    case '428C9': // generated_always
      return refuse('INVALID_ARGS_DATA', { message: 'A generated field cannot be written', cause });
    case 'P0001': // raise_exception: a trigger of the workspace's own
      return refuse('INVALID_ARGS_DATA', { message: 'The record breaks a rule of the database', cause });
    case '54000': // program_limit_exceeded: a text too long for an index
    case '54001': // statement_too_complex: JSON nested too deeply
      return refuse('INVALID_ARGS_DATA', { message: 'A value is too long', cause });
    case '54011': // too_many_columns: more aggregates than an answer of Postgres has room for
    case '54023': // too_many_arguments
      return refuse('TOO_COMPLEX_QUERY', { message: 'Query is too complex: it asks for too much at once', cause });
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
    case '55P03': // lock_not_available
      return refuse('RECORDS_BUSY', { cause });
    case '42501': // insufficient_privilege
      return refuse('PERMISSION_DENIED', { cause });
    case '57014': // query_canceled
      return refuse('TIMEOUT', { cause });
    default:
      // Class 22: values that Postgres cannot take, out of range or not of their type.
      if (cause.code?.startsWith('22'))
        return refuse('INVALID_ARGS_DATA', { message: 'A value is out of range or not of its type', cause });
      return unavailable(cause);
  }
}

/** Nothing is wrong with the request: the database has no room for it, cannot serve it, or cannot be reached. */
export function unavailable(cause: unknown): PlinthError | null {
  if (cause instanceof Busy) return refuse('WORKSPACE_BUSY', { cause });
  const fault = faultOf(cause);
  if (fault) return refuse(FAULTS[fault], { cause });
  return isConnectionLoss(cause) ? refuse('DATABASE_UNAVAILABLE', { cause }) : null;
}

const FAULTS = {
  full: 'DATABASE_FULL',
  readOnly: 'DATABASE_READ_ONLY',
  exhausted: 'DATABASE_OVERLOADED',
  storage: 'DATABASE_STORAGE_FAILED',
} as const satisfies Record<Fault, ErrorCode>;

/** ` on domainName`, from the constraint or column that Postgres names. */
function onField({ table, column, constraint }: pg.DatabaseError, model: Model): string {
  const object = model.objects.find((each) => tableName(each) === table);
  if (!object) return '';
  if (constraint?.endsWith('_pkey')) return ' on id';
  const field =
    object.fields.find((each) =>
      columnsOf(object, each).some(
        ({ name }) =>
          name === column || constraint?.startsWith(`${table}_${name}_`) || constraint === `${table}_${name}_key`,
      ),
    ) ??
    object.fields.find(
      (each) => constraint === `${table}_${each.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_key`,
    );
  return field ? ` on ${field.name}` : '';
}

/** A Postgres error's detail, hint and query hold rows' values: they are not for the log. */
function withoutValues(cause: unknown): unknown {
  if (!(cause instanceof pg.DatabaseError)) return cause;
  const { message, code, table, column, constraint, routine, stack } = cause;
  return { message, code, table, column, constraint, routine, stack };
}
