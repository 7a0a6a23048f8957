/** Shows a new token, which can't be shown again, and links to where it can be tried. */

import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../parts/copy.tsx';

export function TokenReveal({ token, onClose }: { token: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Alert color="yellow" variant="light" py="xs" c="bright">
        {t('keys.tokenAbout')}
      </Alert>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          label={t('keys.tokenLabel')}
          value={token}
          readOnly
          flex={1}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <CopyButton text={token} />
      </Group>
      <Text fz={14} c="dimmed">
        {t('keys.tokenNext')}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button component={Link} to="/docs" variant="default">
          {t('keys.openDocs')}
        </Button>
        <Button component={Link} to="/playground" variant="default">
          {t('keys.openPlayground')}
        </Button>
        <Button onClick={onClose}>{t('common.done')}</Button>
      </Group>
    </Stack>
  );
}
