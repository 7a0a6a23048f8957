/** One more token of a key that there is. */

import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { takeInHand } from '../../api/key-in-hand.ts';
import { type ApiKey, generateToken } from '../../api/keys.ts';
import { Dialogue } from '../../parts/dialogue.tsx';
import { Refusal } from '../../parts/refusal.tsx';
import { expiresAt, type Lifetime } from './expiry.ts';
import { LifetimeSelect } from './lifetime-select.tsx';
import { TokenOnce } from './token-once.tsx';

export function NewToken({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const [lifetime, setLifetime] = useState<Lifetime>('year1');
  const making = useMutation({
    mutationFn: () => generateToken(apiKey.id, expiresAt(lifetime)),
    onSuccess: takeInHand,
  });
  return (
    <Dialogue
      onClose={onClose}
      isHeld={making.data !== undefined}
      title={t('keys.newTokenNamed', { name: apiKey.name })}
      size={making.data ? 'lg' : 'md'}
    >
      {making.data ? (
        <TokenOnce token={making.data} onClose={onClose} />
      ) : (
        <Stack>
          <Text fz={14}>{t('keys.newTokenAbout')}</Text>
          <LifetimeSelect value={lifetime} onChange={setLifetime} />
          <Refusal error={making.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button loading={making.isPending} onClick={() => making.mutate()}>
              {t('keys.newToken')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialogue>
  );
}
