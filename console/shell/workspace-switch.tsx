/** Selects the workspace. */

import { NativeSelect } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { setActiveKey } from '../api/active-key.ts';
import { selectWorkspace } from '../api/selected-workspace.ts';
import { type Membership, sessionKey, sessionQuery } from '../api/session.ts';

export function WorkspaceSwitch({ workspace }: { workspace: Membership }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { workspaces } = useSuspenseQuery(sessionQuery).data;

  async function change(name: string) {
    selectWorkspace(name);
    setActiveKey(null); // the key belongs to the previous workspace
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    await queryClient.invalidateQueries({ queryKey: sessionKey });
    await router.navigate({ to: '/' });
  }
  return (
    <NativeSelect
      aria-label={t('shell.workspace')}
      data={workspaces.map(({ name, displayName }) => ({ value: name, label: displayName ?? name }))}
      value={workspace.name}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      styles={{ input: { fontWeight: 600 } }}
    />
  );
}
