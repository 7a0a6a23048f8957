/** Who is signed in, and the way out. */

import { Menu, Text, UnstyledButton } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/session.ts';
import { IconSignOut } from '../parts/icons.ts';
import { useLeave } from './leave.ts';

export function UserMenu() {
  const { t } = useTranslation();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const leave = useLeave();
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <UnstyledButton className="nav-link" style={{ minWidth: 0, flex: 1 }}>
          <Text fz={14} truncate>
            {user?.name}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="dimmed">{user?.email}</Menu.Label>
        <Menu.Item leftSection={<IconSignOut size={16} />} onClick={leave}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
