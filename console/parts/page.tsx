/** The frame of a page: what it is, what can be done with all of it, and then the page. */

import { Box, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { BackLink } from './back-link.tsx';

type PageProps = {
  title: string;
  /** Where the page is one of several: the way back to them. */
  back?: { to: string; label: string };
  about?: ReactNode;
  actions?: ReactNode;
  /** Tables of records take the whole width; texts and forms are read better within this. */
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
