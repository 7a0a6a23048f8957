/**
 * What differs between field types is in server/model/field-types/: other code reads their table and names none of
 * them.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { FIELD_TYPE_NAMES, MORPH_RELATION, RETIRED_TYPES } from '../../server/model/field-types/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const ALLOWED = [
  'server/model/field-types/', // their home
  'server/model/standard/objects.ts', // data: the fields of the standard objects
];

const NAMES = new Set<string>([...FIELD_TYPE_NAMES, MORPH_RELATION, ...Object.keys(RETIRED_TYPES)]);

/** Strings and keys of object literals that are a field type's name. */
function namesIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const report = (node: ts.Node, name: string) => {
    if (!NAMES.has(name) || isScalar(name, node)) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file}:${line + 1} ${name}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) report(node, node.text);
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) report(node.name, node.name.text);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'FIELD_TYPES')
      report(node.name, node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** UUID is a scalar of GraphQL as well: there it is a field type only where something's `type` is compared with it. */
function isScalar(name: string, { parent }: ts.Node): boolean {
  return name === 'UUID' && !(ts.isBinaryExpression(parent) && /\btype$/.test(parent.left.getText()));
}

test('no field type is named outside field-types/', async () => {
  const files = await Promise.all(
    ['server', 'openapi'].map(async (directory) =>
      (await readdir(join(ROOT, directory), { recursive: true }))
        .filter((entry) => entry.endsWith('.ts'))
        .map((entry) => join(directory, entry)),
    ),
  );
  const checked = files.flat().filter((file) => !ALLOWED.some((allowed) => file.startsWith(allowed)));
  expect(checked.length).toBeGreaterThan(200);
  const found = await Promise.all(checked.map(async (file) => namesIn(file, await readFile(join(ROOT, file), 'utf8'))));
  expect(found.flat()).toEqual([]);
});

test.each([
  [`if (field.type === 'CURRENCY') return;`, ['x.ts:1 CURRENCY']],
  [`const kinds = { TEXT: 1 };`, ['x.ts:1 TEXT']],
  [`const { parts } = FIELD_TYPES.LINKS;`, ['x.ts:1 LINKS']],
  [`if (type === 'UUID') return;`, ['x.ts:1 UUID']],
  ['// a "TEXT"\nconst statement = sql`select x in (\'SELECT\', \'UPDATE\')`; const scalar = "UUID";', []],
])('the search finds names in code alone: %s', (text, names) => {
  expect(namesIn('x.ts', text)).toEqual(names);
});
