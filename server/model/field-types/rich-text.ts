/** Text with form: blocks for the editor, Markdown for everybody else. Contract: core.md 2.7. */

import { checkParts, textOnly } from './checks.ts';
import { compositeDefault } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';

const parts: readonly Part[] = [
  { name: 'blocknote', suffix: 'blocknote', sql: 'text', scalar: 'String' },
  { name: 'markdown', suffix: 'markdown', sql: 'text', scalar: 'String', empty: '' },
];

const check: FieldType['check'] = (value) => checkParts(value, parts, textOnly);

export const richText: FieldType = {
  type: 'RICH_TEXT_V2',
  composite: 'RichTextV2',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  write: (value) => value,
  openapi: () => ({ type: 'object', properties: { blocknote: { type: 'string' }, markdown: { type: 'string' } } }),
};
