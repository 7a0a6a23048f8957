/** The frame of a page: title, description, actions and content. */

import { Box, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { BackLink } from './back-link.tsx';

type PageProps = {
  title: string;
  /** The link to the list that the page belongs to. */
  back?: { to: string; label: string };
  about?: ReactNode;
  actions?: ReactNode;
  /** Text and forms are easier to read in a limited width. Tables of records use the full width. */
  width?: number | '100%';
  children: ReactNode;
};

export function Page({ title, back, about, actions, width = 960, children }: PageProps) {
  useDocumentTitle(`${title} · Plinth`);
  return (
    <Box px={{ base: 'md', sm: 32 }} py={{ base: 'lg', sm: 32 }} maw={width} mx="auto">
      <Group justify="space-between" align="flex-start" mb="lg" gap="md">
        <Box flex="1 1 300px" maw={640}>
          {back && <BackLink {...back} />}
          <Title order={1}>{title}</Title>
          {about && (
            <Text c="dimmed" fz={14} mt={4}>
              {about}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
