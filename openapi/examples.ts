/** Values that a schema allows, for people to start from. */

import type { Schema } from './components.ts';

const BY_FORMAT: Record<string, string> = {
  date: '2026-03-01',
  'date-time': '2026-03-01T09:00:00.000Z',
  uuid: '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69',
};

export function exampleOf(schema: Schema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, property]) => [
          name,
          exampleOf(property),
        ]),
      );
    case 'array':
      return schema.items ? [exampleOf(schema.items as Schema)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    default:
      return BY_FORMAT[String(schema.format)] ?? 'text';
  }
}
