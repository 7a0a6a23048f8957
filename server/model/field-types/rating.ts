/** One to five stars: a SELECT with fixed options. Contract: core.md 2.6, metadata.md 2.5. */

import { randomUUID } from 'node:crypto';
import type { FieldType, Option } from './field-type.ts';
import { select } from './select.ts';

const STARS = [1, 2, 3, 4, 5];

function stars(): Option[] {
  return STARS.map((count) => ({
    id: randomUUID(),
    value: `RATING_${count}`,
    label: String(count),
    color: 'yellow',
    position: count - 1,
  }));
}

const { inferredFrom: _, ...ofSelect } = select;

export const rating: FieldType = { ...ofSelect, type: 'RATING', fixedOptions: stars };
