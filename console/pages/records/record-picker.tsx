/** Selects a record of an object. The server searches while the user types, and returns page by page. */

import { Combobox, Loader, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nodesOf } from '../../api/connection.ts';
import type { ModelObject } from '../../api/model.ts';
import { recordsQuery } from '../../api/records.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { useInitialFocus } from '../../parts/initial-focus.ts';
import { labelOf, type Row } from './columns.ts';
import { recordSearch } from './record-search.ts';

// Search starts after a pause in typing.
const PAUSE_MS = 200;

/** Options that are not records. */
const NONE = 'none';
const MORE = 'more';

type RecordPickerProps = {
  object: ModelObject;
  label: string;
  /** Whether the label is visible, or only read by screen readers. */
  hasLabel?: boolean;
  record: Row | null;
  hasFocus?: boolean;
  onChange: (record: Row | null) => void;
};

export function RecordPicker({
  object,
  label,
  hasLabel = false,
  record,
  hasFocus = false,
  onChange,
}: RecordPickerProps) {
  const { t } = useTranslation();
  const combobox = useCombobox({ defaultOpened: hasFocus });
  const ref = useInitialFocus<HTMLInputElement>(hasFocus);
  const [typed, setTyped] = useState<string | null>(null);
  const [searchText] = useDebouncedValue(typed ?? '', PAUSE_MS);
  const results = useInfiniteQuery({
    ...recordsQuery(object, recordSearch(object, searchText)),
    enabled: combobox.dropdownOpened,
    placeholderData: keepPreviousData,
  });
  const rows = nodesOf(results.data?.pages ?? []);

  function select(option: string) {
    if (option === MORE) {
      results.fetchNextPage();
      return;
    }
    setTyped(null);
    combobox.closeDropdown();
    onChange(rows.find(({ id }) => id === option) ?? null);
  }
  return (
    <Combobox store={combobox} onOptionSubmit={select}>
      <Combobox.Target withExpandedAttribute>
        <TextInput
          ref={ref}
          role="combobox"
          autoComplete="off"
          label={hasLabel ? label : undefined}
          aria-label={hasLabel ? undefined : label}
          placeholder={t('records.pickerPlaceholder')}
          value={typed ?? labelOf(record)}
          rightSection={results.isFetching && <Loader size={14} />}
          onFocus={() => combobox.openDropdown()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => {
            combobox.closeDropdown();
            setTyped(null);
          }}
          onChange={({ currentTarget }) => {
            setTyped(currentTarget.value);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <section aria-label={label}>
          <Combobox.Options aria-label={label} mah={280} style={{ overflowY: 'auto' }}>
            {record && <Combobox.Option value={NONE}>{t('records.pickNone')}</Combobox.Option>}
            {rows.map((row) => (
              <Combobox.Option key={row.id} value={row.id} active={row.id === record?.id}>
                {labelOf(row)}
              </Combobox.Option>
            ))}
            {results.hasNextPage && <Combobox.Option value={MORE}>{t('common.more')}</Combobox.Option>}
          </Combobox.Options>
          {rows.length === 0 && (
            <Combobox.Empty>{t(results.isFetching ? 'common.loading' : 'records.none')}</Combobox.Empty>
          )}
          <ErrorAlert error={results.error} />
        </section>
      </Combobox.Dropdown>
    </Combobox>
  );
}
