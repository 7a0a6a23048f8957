/** A TypeScript client is generated from the document: a right program type-checks and runs, a wrong one doesn't. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

const FOLDER = join(import.meta.dirname, 'client');
/** Where the programs import the client's types from; never on disk. */
const SCHEMA = join(FOLDER, 'schema.ts');

let space: Awaited<ReturnType<typeof workspace>>;
let schema: string;
beforeAll(async () => {
  space = await workspace();
  const { body } = await space.rest('GET', '/rest/open-api/core');
  schema = astToString(await openapiTS(body));
});

/** Lines of a program that don't type-check, with what is said of them. */
function mistakesIn(program: string): { line: number; message: string }[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === SCHEMA || fileExists(name);
  host.readFile = (name) => (name === SCHEMA ? schema : readFile(name));
  host.getSourceFile = (name, version, ...more) =>
    name === SCHEMA ? ts.createSourceFile(name, schema, version) : getSourceFile(name, version, ...more);
  const built = ts.createProgram([join(FOLDER, program)], options, host);
  return ts.getPreEmitDiagnostics(built).map(({ file, start, messageText }) => ({
    line: file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1,
    message: `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  }));
}

test('a program that uses the API as it is type-checks, and does what it says', async () => {
  expect(mistakesIn('program.ts')).toEqual([]);
  const { openClient } = await import(new URL('client/client.ts', import.meta.url).href);
  const { program } = await import(new URL('client/program.ts', import.meta.url).href);
  expect(await program(openClient(space.url, space.key))).toEqual({
    people: [],
    stage: 'CUSTOMER',
    largest: 2,
    total: 3,
    names: ['First of Acme', 'Second of Acme', 'Third'],
    deleted: 1,
  });
}, 60_000);

test('each mistake is found, on its line', () => {
  const lines = readFileSync(join(FOLDER, 'mistakes.ts'), 'utf8').split('\n');
  const wrong = lines.flatMap((line, index) => (line.includes('await call(') ? [index] : []));
  expect(wrong.length).toBeGreaterThan(10);
  expect([...new Set(mistakesIn('mistakes.ts').map(({ line }) => line))].sort((a, b) => a - b)).toEqual(wrong);
}, 60_000);
