/** The sidebar: workspace, pages, user, language and theme. */

import { Box, Divider, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Membership } from '../api/session.ts';
import { Brand } from './brand.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { SECTIONS } from './sections.ts';
import { ThemeSwitch } from './theme-switch.tsx';
import { UserMenu } from './user-menu.tsx';
import { WorkspaceSwitch } from './workspace-switch.tsx';

export function Navigation({ workspace, onNavigate }: { workspace: Membership | null; onNavigate: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap={0} h="100%">
      <Box p="md" pb="xs">
        <Box visibleFrom="sm" mb="md">
          <Brand />
        </Box>
        {workspace && <WorkspaceSwitch workspace={workspace} />}
      </Box>
      <Box flex={1} px="xs" style={{ overflowY: 'auto' }}>
        <nav aria-label={t('shell.navigation')}>
          {SECTIONS.map(({ title, pages }) => (
            <Box key={title} mt="md">
              <Text id={title} fz={12} fw={600} c="dimmed" px={10} mb={4}>
                {t(title)}
              </Text>
              <Stack component="ul" aria-labelledby={title} gap={1} m={0} p={0} style={{ listStyle: 'none' }}>
                {pages.map(({ to, label, Icon }) => (
                  <li key={to}>
                    <Link to={to} className="nav-link" onClick={onNavigate}>
                      <Icon size={18} stroke={1.6} aria-hidden />
                      {t(label)}
                    </Link>
                  </li>
                ))}
              </Stack>
            </Box>
          ))}
        </nav>
      </Box>
      <Divider color="var(--plinth-line)" />
      <Group p="xs" gap={2} wrap="nowrap">
        <UserMenu />
        <LanguageSwitch />
        <ThemeSwitch />
      </Group>
    </Stack>
  );
}
