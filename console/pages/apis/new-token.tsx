/** Creates an additional token for an existing key. */

import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setActiveKey } from '../../api/active-key.ts';
import { type ApiKey, generateToken } from '../../api/keys.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { expiresAt, type Lifetime } from './expiry.ts';
import { LifetimeSelect } from './lifetime-select.tsx';
import { TokenReveal } from './token-reveal.tsx';

export function NewToken({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const [lifetime, setLifetime] = useState<Lifetime>('year1');
  const creating = useMutation({
    mutationFn: () => generateToken(apiKey.id, expiresAt(lifetime)),
    onSuccess: setActiveKey,
  });
  return (
    <Dialog
      onClose={onClose}
      keepOpen={creating.data !== undefined}
      title={t('keys.newTokenNamed', { name: apiKey.name })}
      size={creating.data ? 'lg' : 'md'}
    >
      {creating.data ? (
        <TokenReveal token={creating.data} onClose={onClose} />
      ) : (
        <Stack>
          <Text fz={14}>{t('keys.newTokenAbout')}</Text>
          <LifetimeSelect value={lifetime} onChange={setLifetime} />
          <ErrorAlert error={creating.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button loading={creating.isPending} onClick={() => creating.mutate()}>
              {t('keys.newToken')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
