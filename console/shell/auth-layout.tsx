/** The layout of the pages before sign-in: a card in the center, language and theme in a corner. */

import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export function AuthLayout({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <Box mih="100dvh" style={{ background: 'var(--plinth-sidebar)', display: 'flex', flexDirection: 'column' }}>
      <Group component="header" justify="space-between" p="md">
        <Brand />
        <Group gap={4}>
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Group>
      <Box component="main" flex={1} px="md" pb={96} style={{ display: 'grid', placeItems: 'center' }}>
        <Paper
          w="100%"
          maw={420}
          p={{ base: 'lg', xs: 32 }}
          radius="lg"
          withBorder
          style={{ borderColor: 'var(--plinth-line)' }}
        >
          <Stack gap={4} mb="lg">
            <Title order={1}>{title}</Title>
            {about && (
              <Text c="dimmed" fz={14}>
                {about}
              </Text>
            )}
          </Stack>
          {children}
        </Paper>
      </Box>
    </Box>
  );
}
