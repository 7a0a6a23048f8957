/** A list of input rows of a form: each row can be changed and removed, and rows can be added. */

import { ActionIcon, Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { IconPlus, IconTrash } from './icons.ts';

type RowListProps<Row> = {
  rows: readonly Row[];
  onChange: (rows: Row[]) => void;
  /** Null where rows can't be added or removed. */
  newRow: (() => Row) | null;
  minRows?: number;
  addLabel: string;
  removeLabel: string;
  /** The inputs of a row. */
  children: (row: Row, onChange: (row: Row) => void) => ReactNode;
};

export function RowList<Row>({ rows, onChange, newRow, minRows = 0, ...row }: RowListProps<Row>) {
  return (
    <Stack gap="xs" mt={4}>
      {rows.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their position
        <Group key={index} gap="xs" wrap="nowrap" align="flex-end">
          {row.children(each, (changed) => onChange(rows.with(index, changed)))}
          {newRow && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={row.removeLabel}
              disabled={rows.length <= minRows}
              onClick={() => onChange(rows.toSpliced(index, 1))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {newRow && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...rows, newRow()])}
          >
            {row.addLabel}
          </Button>
        </div>
      )}
    </Stack>
  );
}
