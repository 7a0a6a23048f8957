/** The records of an object as a table: filter, sort, edit in place, import and export. */

import { Button, Group, NativeSelect, SegmentedControl, Text } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nodesOf } from '../../api/connection.ts';
import { isShown, objectsQuery } from '../../api/model.ts';
import { changeRecords, exportCsv, type OrderBy, recordsQuery } from '../../api/records.ts';
import { downloadBlob } from '../../parts/download.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { IconPlus } from '../../parts/icons.ts';
import { Page } from '../../parts/page.tsx';
import { Loading } from '../../shell/loading.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { columnsOf } from './columns.ts';
import { type Condition, filterOf } from './conditions.ts';
import { FilterBar } from './filter-bar.tsx';
import { type Order, RecordsTable } from './records-table.tsx';

const RecordForm = lazy(async () => ({ default: (await import('./record-form.tsx')).RecordForm }));
const ImportDialog = lazy(async () => ({ default: (await import('./import-dialog.tsx')).ImportDialog }));

export function RecordsPage() {
  const { plural } = getRouteApi('/workspace/records/$plural').useParams();
  // The key resets all state when another object is selected.
  return <Records key={plural} plural={plural} />;
}

function Records({ plural }: { plural: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const object = objects.find(({ namePlural, isActive }) => namePlural === plural && isActive);
  const columns = useMemo(() => (object ? columnsOf(object, objects) : []), [object, objects]);
  const [dialog, openDialog] = useState<'create' | 'import' | null>(null);
  const [order, setOrder] = useState<Order | null>(null);
  const [conditions, setConditions] = useState<Condition[]>([]);
  const [showsDeleted, setShowsDeleted] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());

  const input = {
    selection: columns.map(({ selection }) => selection).join(' '),
    filter: { and: [...conditions.flatMap(filterOf), ...(showsDeleted ? [{ deletedAt: { is: 'NOT_NULL' } }] : [])] },
    orderBy: order ? [orderOf(order)] : [],
  };
  const records = useInfiniteQuery({
    ...recordsQuery(
      object as NonNullable<typeof object>,
      input.filter.and.length > 0 ? input : { ...input, filter: {} },
    ),
    enabled: object !== undefined,
    placeholderData: (before) => before,
  });
  const changing = useMutation({
    mutationFn: (what: 'delete' | 'restore' | 'destroy') =>
      changeRecords(object as NonNullable<typeof object>, what, [...selected]),
    async onSuccess() {
      setSelected(new Set());
      await queryClient.invalidateQueries({ queryKey: ['records', plural] });
    },
  });
  const exporting = useMutation({
    mutationFn: async () => downloadBlob(`${plural}.csv`, await exportCsv(object as NonNullable<typeof object>)),
  });
  const pages = records.data?.pages;
  const rows = useMemo(() => nodesOf(pages ?? []), [pages]);
  if (!object) return <NotFound />;
  const total = pages?.[0]?.totalCount ?? 0;
  return (
    <Page
      title={object.labelPlural}
      width="100%"
      actions={
        <>
          <Button variant="default" loading={exporting.isPending} onClick={() => exporting.mutate()}>
            {t('records.export')}
          </Button>
          <Button variant="default" onClick={() => openDialog('import')}>
            {t('records.import')}
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => openDialog('create')}>
            {t('records.create')}
          </Button>
        </>
      }
    >
      <div className="filters">
        <NativeSelect
          aria-label={t('model.object')}
          data={objects
            .filter((each) => isShown(each) || each.id === object.id)
            .map(({ namePlural, labelPlural }) => ({ value: namePlural, label: labelPlural }))}
          value={plural}
          onChange={({ currentTarget }) =>
            navigate({ to: '/records/$plural', params: { plural: currentTarget.value } })
          }
        />
        <SegmentedControl
          aria-label={t('records.which')}
          data={[
            { value: 'present', label: t('records.present') },
            { value: 'deleted', label: t('records.deleted') },
          ]}
          value={showsDeleted ? 'deleted' : 'present'}
          onChange={(which) => {
            setSelected(new Set());
            setShowsDeleted(which === 'deleted');
          }}
        />
        <Text fz={14} c="dimmed" aria-live="polite">
          {t('records.count', { count: total })}
        </Text>
      </div>
      <div className="filters">
        <FilterBar columns={columns} conditions={conditions} onChange={setConditions} />
      </div>
      {selected.size > 0 && (
        <Group gap="xs" mb="sm">
          <Text fz={14} fw={600}>
            {t('records.selected', { count: selected.size })}
          </Text>
          {showsDeleted ? (
            <>
              <Button variant="default" size="compact-sm" onClick={() => changing.mutate('restore')}>
                {t('records.restore')}
              </Button>
              <Button color="red" variant="light" size="compact-sm" onClick={() => changing.mutate('destroy')}>
                {t('records.destroy')}
              </Button>
            </>
          ) : (
            <Button color="red" variant="light" size="compact-sm" onClick={() => changing.mutate('delete')}>
              {t('common.delete')}
            </Button>
          )}
        </Group>
      )}
      <ErrorAlert error={records.error ?? changing.error ?? exporting.error} />
      {records.isPending && <Loading />}
      {rows.length > 0 && (
        <RecordsTable
          object={object}
          columns={columns}
          rows={rows}
          total={total}
          order={order}
          onOrder={setOrder}
          selected={selected}
          onSelect={setSelected}
          isReadOnly={showsDeleted}
          // Fetching a next page would restart a request for the first page that is running.
          hasMore={records.hasNextPage && !records.isFetching}
          onEnd={records.fetchNextPage}
        />
      )}
      {records.data && rows.length === 0 && (
        <div className="card-plain">
          <EmptyState
            title={t(showsDeleted ? 'records.noDeleted' : 'records.none')}
            about={conditions.length > 0 ? t('records.noneFits') : undefined}
          />
        </div>
      )}
      <Suspense>
        {dialog === 'create' && <RecordForm object={object} columns={columns} onClose={() => openDialog(null)} />}
        {dialog === 'import' && <ImportDialog object={object} onClose={() => openDialog(null)} />}
      </Suspense>
    </Page>
  );
}

function orderOf({ column: { field, main }, isDescending }: Order): OrderBy {
  const direction = isDescending ? 'DescNullsLast' : 'AscNullsLast';
  return { [field.name]: main?.sub ? { [main.sub]: direction } : direction };
}
