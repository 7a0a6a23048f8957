/** Shown instead of an empty list: a title, a description and an action. */

import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

export function EmptyState({ title, about, children }: { title: string; about?: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap={4} py={56} px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {about && (
        <Text c="dimmed" fz={14} maw={440}>
          {about}
        </Text>
      )}
      {children && <div style={{ marginTop: 12 }}>{children}</div>}
    </Stack>
  );
}
