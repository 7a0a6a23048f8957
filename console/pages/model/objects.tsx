/** Settings → Data model: the list of objects. */

import { Alert, Anchor, Badge, Button, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { driftQuery } from '../../api/drift.ts';
import { type ModelObject, objectsQuery } from '../../api/model.ts';
import { recordCountsQuery } from '../../api/record-counts.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { IconPlus } from '../../parts/icons.ts';
import { OriginBadge } from '../../parts/origin-badge.tsx';
import { Page } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';

const ObjectForm = lazy(async () => ({ default: (await import('./object-form.tsx')).ObjectForm }));

type Filter = 'all' | 'custom' | 'inactive';

const FILTERS: Record<Filter, (object: ModelObject) => boolean> = {
  all: ({ isActive }) => isActive,
  custom: ({ isActive, origin }) => isActive && origin !== 'standard',
  inactive: ({ isActive }) => !isActive,
};

export function Objects() {
  const { t } = useTranslation();
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const { data: drift = [] } = useQuery(driftQuery);
  const { data: counts } = useQuery(recordCountsQuery(objects.filter(FILTERS.all).map(({ namePlural }) => namePlural)));
  const [filter, setFilter] = useState<Filter>('all');
  const [words, setWords] = useState('');
  const [isCreating, setCreating] = useState(false);
  const searchText = words.trim().toLowerCase();
  const matching = objects.filter(
    (object) =>
      FILTERS[filter](object) && `${object.labelPlural} ${object.nameSingular}`.toLowerCase().includes(searchText),
  );
  return (
    <Page
      title={t('pages.model')}
      about={t('model.about')}
      actions={
        <>
          <Button component={Link} to="/settings/data-model/diagram" variant="default">
            {t('model.diagram')}
          </Button>
          <Button component={Link} to="/settings/data-model/code" variant="default">
            {t('model.code')}
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('model.newObject')}
          </Button>
        </>
      }
    >
      {drift.length > 0 && (
        <Alert color="orange" variant="light" mb="md" py="xs" c="bright">
          {t('model.driftFound', { count: drift.length })}{' '}
          <Anchor component={Link} to="/settings/data-model/drift" fz="inherit" underline="always">
            {t('model.driftShow')}
          </Anchor>
        </Alert>
      )}
      <div className="filters">
        <SegmentedControl
          size="sm"
          aria-label={t('model.shown')}
          data={(['all', 'custom', 'inactive'] as const).map((value) => ({ value, label: t(`model.filter.${value}`) }))}
          value={filter}
          onChange={(chosen) => setFilter(chosen as Filter)}
        />
        <TextInput
          type="search"
          aria-label={t('common.search')}
          placeholder={t('common.search')}
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
        />
      </div>

      {matching.length === 0 ? (
        <div className="card-plain">
          <EmptyState title={t('model.noObjects')} />
        </div>
      ) : (
        <Table
          label={t('pages.model')}
          headings={[t('model.object'), t('model.apiName'), t('model.origin'), t('model.fields'), t('model.records')]}
          numbers={2}
        >
          {matching.map((object) => (
            <tr key={object.id}>
              <td>
                <Link
                  to="/settings/data-model/objects/$name"
                  params={{ name: object.nameSingular }}
                  className="row-link"
                >
                  {object.labelPlural}
                </Link>
                {object.isSystem && (
                  <Badge ml={8} size="sm" color="gray" variant="light" tt="none">
                    {t('model.system')}
                  </Badge>
                )}
              </td>
              <td>
                <code>{object.namePlural}</code>
              </td>
              <td>
                <OriginBadge origin={object.origin} />
              </td>
              <td className="number">{object.fieldsList.length}</td>
              <td className="number">{counts?.[object.namePlural]?.toLocaleString() ?? '–'}</td>
            </tr>
          ))}
        </Table>
      )}
      <Suspense>{isCreating && <ObjectForm onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}
