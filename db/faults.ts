/**
 * Errors that mean: the database is there, but cannot do what it is asked for reasons of its own. Nothing is wrong with
 * the request.
 */

export type Fault = 'full' | 'readOnly' | 'exhausted' | 'storage';

const FAULTS: Readonly<Record<string, Fault>> = {
  '53100': 'full', // disk_full
  '25006': 'readOnly', // read_only_sql_transaction: a standby, or set so by an administrator
  '53000': 'exhausted', // insufficient_resources
  '53200': 'exhausted', // out_of_memory, shared memory for locks among it
  '53300': 'exhausted', // too_many_connections
  '53400': 'exhausted', // configuration_limit_exceeded, such as temp_file_limit
  '58000': 'storage', // system_error
  '58030': 'storage', // io_error
  '58P01': 'storage', // undefined_file
  '58P02': 'storage', // duplicate_file
};

export function faultOf(error: unknown): Fault | null {
  return error instanceof Error ? (FAULTS[String((error as { code?: unknown }).code)] ?? null) : null;
}
