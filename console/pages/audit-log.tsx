/** The audit log, newest first. An entry expands to its details. */

import { NativeSelect } from '@mantine/core';
import { useSuspenseInfiniteQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AuditEntry, auditLogQuery } from '../api/audit-log.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { DescriptionList } from '../parts/description-list.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { Loading } from '../shell/loading.tsx';

/** The API names of what an entry can be about. */
const KINDS = ['model', 'api_key', 'webhook', 'role', 'member', 'invitation', 'workspace'] as const;

export function AuditLog() {
  const { t } = useTranslation();
  const [kind, setKind] = useState('');
  return (
    <Page title={t('pages.audit')} about={t('audit.about')}>
      <div className="filters">
        <NativeSelect
          aria-label={t('audit.kind')}
          data={[
            { value: '', label: t('audit.allKinds') },
            ...KINDS.map((value) => ({ value, label: t(`audit.kinds.${value}`) })),
          ]}
          value={kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value)}
        />
      </div>
      <Suspense fallback={<Loading />}>
        <Entries kind={kind || null} />
      </Suspense>
    </Page>
  );
}

function Entries({ kind }: { kind: string | null }) {
  const { t } = useTranslation();
  const entries = useSuspenseInfiniteQuery(auditLogQuery(kind));
  return (
    <PagedList query={entries} empty={<EmptyState title={t('audit.empty')} />}>
      {(entry) => <Entry key={entry.id} entry={entry} />}
    </PagedList>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  return (
    <li>
      <details>
        <summary>
          <span className="strong" style={{ minWidth: 180 }}>
            {entry.action}
          </span>
          <span className="grow">{entry.subjectName ?? ''}</span>
          <span>
            {entry.actorName} <span className="note">{t(`audit.actors.${entry.actorType}`)}</span>
          </span>
          <span className="note">
            <DateTime at={entry.createdAt} isPrecise />
          </span>
        </summary>
        <div className="details">
          <DescriptionList
            facts={[
              [t('audit.address'), entry.ip],
              [t('audit.browser'), entry.userAgent],
              [t('audit.request'), entry.requestId && <code key="request">{entry.requestId}</code>],
            ]}
          />
          {entry.detail !== null && (
            <CodeBlock label={t('audit.detail')} text={JSON.stringify(entry.detail, null, 2)} isWrapped />
          )}
        </div>
      </details>
    </li>
  );
}
