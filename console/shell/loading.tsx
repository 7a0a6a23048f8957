/** Shown while a page is loading. */

import { Center, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center mih={240}>
      <Loader size="sm" role="status" aria-label={t('common.loading')} />
    </Center>
  );
}
