/** Settings → Workspace: settings, the public link and technical details. */

import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../api/session.ts';
import { workspaceQuery } from '../../api/workspace.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { DescriptionList } from '../../parts/description-list.tsx';
import { Page } from '../../parts/page.tsx';
import { PublicLink } from './public-link.tsx';
import { WorkspaceForm } from './workspace-form.tsx';

export function WorkspacePage() {
  const { t } = useTranslation();
  const { data: workspace } = useSuspenseQuery(workspaceQuery);
  const membership = useWorkspace();
  return (
    <Page title={t('pages.workspace')} about={t('workspace.about')} width={760}>
      <WorkspaceForm workspace={workspace} />
      <PublicLink workspace={workspace} />
      <section aria-label={t('workspace.facts')}>
        <div className="section-head">
          <h2>{t('workspace.facts')}</h2>
        </div>
        <DescriptionList
          facts={[
            [t('workspace.name'), <code key="name">{membership?.name}</code>],
            [t('workspace.schema'), <code key="schema">{workspace.databaseSchema}</code>],
            [t('workspace.id'), <code key="id">{workspace.id}</code>],
            [t('pages.members'), workspace.workspaceMembersCount],
            [t('workspace.since'), <DateTime key="since" at={workspace.createdAt} />],
          ]}
        />
      </section>
    </Page>
  );
}
