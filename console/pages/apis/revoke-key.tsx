/** Revokes a key. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type ApiKey, apiKeysQuery, revokeApiKey } from '../../api/keys.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';

export function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => revokeApiKey(apiKey.id),
    async onSuccess() {
      await queryClient.invalidateQueries(apiKeysQuery);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={t('keys.revokeTitle')}
      action={t('keys.revoke')}
      isPending={revoking.isPending}
      error={revoking.error}
      onConfirm={() => revoking.mutate()}
      onClose={onClose}
    >
      {t('keys.revokeAbout', { name: apiKey.name })}
    </ConfirmDialog>
  );
}
