/** The workspace that the pages are about, and the person's others. */

import { Group, Menu, Text, UnstyledButton } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Membership, sessionKey, sessionQuery } from '../api/session.ts';
import { chooseWorkspace } from '../api/workspace-choice.ts';
import { IconCheck, IconSelector } from '../parts/icons.ts';

export function WorkspaceSwitch({ workspace }: { workspace: Membership }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { workspaces } = useSuspenseQuery(sessionQuery).data;

  async function change(name: string) {
    chooseWorkspace(name);
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    await queryClient.invalidateQueries({ queryKey: sessionKey });
    await router.navigate({ to: '/' });
  }
  return (
    <Menu position="bottom-start" width={224}>
      <Menu.Target>
        <UnstyledButton className="workspace-switch" aria-label={t('shell.workspace', { name: shown(workspace) })}>
          <Text fz={14} fw={600} truncate>
            {shown(workspace)}
          </Text>
          <IconSelector size={16} stroke={1.6} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {workspaces.map((each) => (
          <Menu.Item key={each.id} onClick={() => change(each.name)}>
            <Group justify="space-between" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <Text fz={14} truncate>
                  {shown(each)}
                </Text>
                <Text fz={12} c="dimmed">
                  {each.role.label}
                </Text>
              </div>
              {each.id === workspace.id && <IconCheck size={16} aria-label={t('shell.current')} />}
            </Group>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const shown = ({ displayName, name }: Membership) => displayName ?? name;
