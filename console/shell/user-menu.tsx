/** The name of the user, and the button to sign out. */

import { ActionIcon, Text } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/session.ts';
import { IconSignOut } from '../parts/icons.ts';
import { useSignOut } from './sign-out.ts';

export function UserMenu() {
  const { t } = useTranslation();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const leave = useSignOut();
  return (
    <>
      <Text fz={14} truncate flex={1} px={10} title={user?.email}>
        {user?.name}
      </Text>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('shell.signOut')} onClick={leave}>
        <IconSignOut size={18} stroke={1.6} />
      </ActionIcon>
    </>
  );
}
