/** Any error of an operation as the wire shows it: a code, a sentence, and nothing of SQL, schemas or stacks. */

import pg from 'pg';
import type { Logger } from 'pino';
import { GraphQLError } from 'postgraphile/grafast/graphql';
import { isConnectionLoss } from '../../db/connection-loss.ts';
import { PlinthError, refuse } from '../errors.ts';
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
  if (refused.status >= 500) log.error({ err: withoutValues(cause) }, 'an operation failed');
  return new GraphQLError(refused.message, {
    originalError: refused,
    extensions: refused.extensions,
    ...(path && { path }),
    ...(nodes && { nodes }),
    ...(source && { source }),
    ...(positions && { positions }),
  });
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
  if (cause instanceof Error && /^(Invalid cursor|.*cursor digest)/i.test(cause.message))
    return refuse('INVALID_CURSOR', { cause });
  if (isConnectionLoss(cause)) return refuse('DATABASE_UNAVAILABLE', { cause });
  if (!(cause instanceof GraphQLError) || !(error instanceof GraphQLError)) return null;
  const { message } = cause;
  if (message.startsWith('Syntax Error')) return refuse('GRAPHQL_PARSE_FAILED', { message, cause });
  // Variables are coerced when the operation runs; everything else that graphql-js refuses is the operation's text.
  return message.startsWith('Variable "$') || cause.extensions.code === 'BAD_USER_INPUT'
    ? refuse('BAD_REQUEST', { message, cause })
    : refuse('GRAPHQL_VALIDATION_FAILED', { message, cause });
}

/** Postgres' codes in our words; what a constraint stands for, the model knows. */
function ofPostgres(cause: pg.DatabaseError, model: Model): PlinthError | null {
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
      return refuse('INVALID_ARGS_DATA', { message: `The record breaks the rule ${cause.constraint}`, cause });
    case '22P02': // invalid_text_representation
    case '22003': // numeric_value_out_of_range
    case '22007': // invalid_datetime_format
    case '22008': // datetime_field_overflow
    case '22021': // character_not_in_repertoire
    case '22P05': // untranslatable_character
    case '54000': // program_limit_exceeded: a text too long for an index
      return refuse('INVALID_ARGS_DATA', { message: 'A value is out of range or not of its type', cause });
    case '42501': // insufficient_privilege
      return refuse('PERMISSION_DENIED', { cause });
    case '57014': // query_canceled
      return refuse('TIMEOUT', { cause });
    default:
      return isConnectionLoss(cause) ? refuse('DATABASE_UNAVAILABLE', { cause }) : null;
  }
}

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
