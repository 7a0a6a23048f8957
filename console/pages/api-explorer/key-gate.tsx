/** Asks for an API key before it shows its content. A key that was just created is used without asking. */

import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { setActiveKey, useActiveKey } from '../../api/active-key.ts';
import { ApiError, graphql } from '../../api/request.ts';
import { sessionQuery } from '../../api/session.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { Page } from '../../parts/page.tsx';

type KeyGateProps = { title: string; about: string; children: (key: string) => ReactNode };

export function KeyGate({ title, about, children }: KeyGateProps) {
  const { t } = useTranslation();
  const activeKey = useActiveKey();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const form = useForm({ initialValues: { key: '' } });
  const checking = useMutation({
    mutationFn: async () => {
      const key = form.values.key.trim().replace(/^Bearer\s+/i, '');
      // A header can't contain other characters.
      if (!/^[!-~]+$/.test(key)) throw new ApiError(t('keyGate.notAKey'), { code: 'INVALID_TOKEN', status: 401 });
      await graphql('/graphql', '{ __typename }', {}, { key });
      return key;
    },
    onSuccess: setActiveKey,
  });
  if (activeKey) return children(activeKey);
  return (
    <Page title={title} about={about} width={640}>
      <form className="card-plain" style={{ padding: 24 }} onSubmit={form.onSubmit(() => checking.mutate())}>
        <Stack>
          <PasswordInput
            label={t('keyGate.key')}
            description={t('keyGate.about')}
            placeholder="plinth_…"
            autoComplete="off"
            required
            withAsterisk={false}
            {...form.getInputProps('key')}
          />
          <ErrorAlert error={checking.error} />
          <Group gap="xs">
            <Button type="submit" loading={checking.isPending}>
              {t('keyGate.open')}
            </Button>
            {user && (
              <Button component={Link} to="/settings/apis/keys" variant="default">
                {t('keyGate.make')}
              </Button>
            )}
          </Group>
          {!user && (
            <Text fz={13} c="dimmed">
              {t('keyGate.command')} <code>scripts/plinth key create WORKSPACE NAME</code>
            </Text>
          )}
        </Stack>
      </form>
    </Page>
  );
}
