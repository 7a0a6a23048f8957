/**
 * Who made or changed a record, and by what means. Clients write source and context only. Contract: core.md 2.7, 2.23.
 */

import { checkParts, isPlainObject, mistakesIf, shown } from './checks.ts';
import { compositeDefault } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';

const ACTOR_SOURCES = [
  'EMAIL',
  'CALENDAR',
  'WORKFLOW',
  'API',
  'IMPORT',
  'MANUAL',
  'SYSTEM',
  'WEBHOOK',
  'AGENT',
  'APPLICATION',
] as const;

const parts: readonly Part[] = [
  { name: 'source', suffix: 'source', sql: 'actor_source', scalar: 'ActorSource', default: `'MANUAL'` },
  { name: 'workspaceMemberId', suffix: 'workspace_member_id', sql: 'uuid', scalar: 'UUID', isReadOnly: true },
  { name: 'name', suffix: 'name', sql: 'text', scalar: 'String', empty: '', isReadOnly: true, default: `'System'` },
  { name: 'context', suffix: 'context', sql: 'jsonb', scalar: 'JSON' },
];

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'source'
      ? mistakesIf(
          !(ACTOR_SOURCES as readonly unknown[]).includes(each),
          `source is one of ${ACTOR_SOURCES.join(', ')}, not ${shown(each)}`,
        )
      : mistakesIf(!isPlainObject(each), `context must be an object, not ${shown(each)}`),
  );

export const actor: FieldType = {
  type: 'ACTOR',
  composite: 'Actor',
  parts,
  sharedEnum: { name: 'actor_source', values: ACTOR_SOURCES },
  creatable: true,
  isActor: true,
  check,
  checkDefault: compositeDefault(parts, check),
  write: (value) => value,
  openapi: () => ({ type: 'object', properties: { source: { type: 'string', enum: [...ACTOR_SOURCES] } } }),
};
