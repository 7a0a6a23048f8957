/** The list of API keys: create and revoke keys, add tokens. */

import { Badge, Button, Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiKey, apiKeysQuery } from '../../api/keys.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { IconPlus } from '../../parts/icons.ts';
import { Table } from '../../parts/table.tsx';
import { ApisPage } from './apis-page.tsx';

// Dialogs are loaded when they are opened.
const NewKey = lazy(async () => ({ default: (await import('./new-key.tsx')).NewKey }));
const NewToken = lazy(async () => ({ default: (await import('./new-token.tsx')).NewToken }));
const RevokeKey = lazy(async () => ({ default: (await import('./revoke-key.tsx')).RevokeKey }));

type OpenDialog = { what: 'create' } | { what: 'token' | 'revoke'; key: ApiKey };

export function Keys() {
  const { t } = useTranslation();
  const { data: keys } = useSuspenseQuery(apiKeysQuery);
  const [dialog, openDialog] = useState<OpenDialog | null>(null);
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => openDialog({ what: 'create' })}>
      {t('keys.create')}
    </Button>
  );
  return (
    <ApisPage tab="keys" actions={keys.length > 0 && create}>
      {keys.length === 0 ? (
        <div className="card-plain">
          <EmptyState title={t('keys.emptyTitle')} about={t('keys.emptyAbout')}>
            {create}
          </EmptyState>
        </div>
      ) : (
        <Table
          label={t('apis.keys')}
          headings={[t('keys.name'), t('keys.role'), t('keys.expiry'), t('keys.lastUsed')]}
          hasActions
        >
          {keys.map((key) => (
            <tr key={key.id}>
              <td className="strong">{key.name}</td>
              <td>{key.role?.label ?? '–'}</td>
              <td>
                <Expiry at={key.expiresAt} />
              </td>
              <td>{key.lastUsedAt ? <DateTime at={key.lastUsedAt} isPrecise /> : t('keys.neverUsed')}</td>
              <td>
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  <Button
                    variant="subtle"
                    size="compact-sm"
                    aria-label={t('keys.newTokenNamed', { name: key.name })}
                    onClick={() => openDialog({ what: 'token', key })}
                  >
                    {t('keys.newToken')}
                  </Button>
                  <Button
                    variant="subtle"
                    color="red"
                    size="compact-sm"
                    aria-label={t('keys.revokeNamed', { name: key.name })}
                    onClick={() => openDialog({ what: 'revoke', key })}
                  >
                    {t('keys.revoke')}
                  </Button>
                </Group>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Suspense>
        {dialog?.what === 'create' && <NewKey onClose={() => openDialog(null)} />}
        {dialog?.what === 'token' && <NewToken apiKey={dialog.key} onClose={() => openDialog(null)} />}
        {dialog?.what === 'revoke' && <RevokeKey apiKey={dialog.key} onClose={() => openDialog(null)} />}
      </Suspense>
    </ApisPage>
  );
}

function Expiry({ at }: { at: string | null }) {
  const { t } = useTranslation();
  if (at === null) return t('keys.neverExpires');
  if (new Date(at) > new Date()) return <DateTime at={at} />;
  return (
    <Badge color="red" variant="light" tt="none">
      {t('keys.expired')}
    </Badge>
  );
}
