/** Text with form: blocks for the editor, Markdown for everybody else. Contract: core.md 2.7. */

import { checkParts, textOnly } from './checks.ts';
import type { FieldType, Part } from './field-type.ts';

const parts: readonly Part[] = [
  { name: 'blocknote', suffix: 'blocknote', sql: 'text', scalar: 'String' },
  { name: 'markdown', suffix: 'markdown', sql: 'text', scalar: 'String', empty: '' },
];

export const richText: FieldType = {
  type: 'RICH_TEXT_V2',
  composite: 'RichTextV2',
  parts,
  creatable: true,
  check: (value) => checkParts(value, parts, textOnly),
  write: (value) => value,
  openapi: () => ({ type: 'object', properties: { blocknote: { type: 'string' }, markdown: { type: 'string' } } }),
};
