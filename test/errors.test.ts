import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERRORS, PlinthError } from '../server/errors.ts';

const PAGE = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8');

/** Entries of the page: code, GraphQL code, status. */
const ENTRIES = [...PAGE.matchAll(/^- `(\w+)`, `(\w+)`, (\d+): /gm)].map(([, code, graphql, status]) => [
  code,
  graphql,
  Number(status),
]);

test('docs/errors.md lists each error with its GraphQL code and status, and no other', () => {
  const codes = Object.entries(ERRORS).map(([code, { graphql, status }]) => [code, graphql, status]);
  expect(ENTRIES).toEqual(codes);
});

test('an error carries its code for clients, and never its cause', () => {
  const error = new PlinthError('RECORD_NOT_FOUND', { cause: new Error('secret') });
  expect(error).toMatchObject({ status: 404, extensions: { code: 'NOT_FOUND', subCode: 'RECORD_NOT_FOUND' } });
  expect(JSON.stringify(error.extensions)).not.toContain('secret');
});
