import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERRORS, PlinthError } from '../server/errors.ts';

const PAGE = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the page's table: code, GraphQL code, status. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, code, graphql, status]) => [code, graphql, Number(status)]);

test('docs/errors.md has a line for each code, with both its faces, and no other', () => {
  const codes = Object.entries(ERRORS).map(([code, { graphql, status }]) => [code, graphql, status]);
  expect(ROWS).toEqual(codes);
});

test('an error carries its code for clients, and never its cause', () => {
  const error = new PlinthError('RECORD_NOT_FOUND', { cause: new Error('secret') });
  expect(error).toMatchObject({ status: 404, extensions: { code: 'NOT_FOUND', subCode: 'RECORD_NOT_FOUND' } });
  expect(JSON.stringify(error.extensions)).not.toContain('secret');
});
