/** A virtualized table: only visible rows and a few around them are rendered. */

import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { IconAscending, IconDescending } from '../../parts/icons.ts';
import { type Column, labelOf, type Row } from './columns.ts';
import { RecordCell } from './record-cell.tsx';
import styles from './records.module.css';
import { RelationCell } from './relation-cell.tsx';

const ROW_HEIGHT = 41;
const OVERSCAN = 12;
// Rows that aren't loaded yet count towards the scroll height, up to what browsers can draw.
const AHEAD = 20_000;

export type Order = { readonly column: Column; readonly isDescending: boolean };

type RecordsTableProps = {
  object: ModelObject;
  columns: readonly Column[];
  /** The loaded rows; `total` is the number of all rows. */
  rows: readonly Row[];
  total: number;
  order: Order | null;
  onOrder: (order: Order | null) => void;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  isReadOnly: boolean;
  /** Whether more rows can be loaded now. */
  hasMore: boolean;
  /** Called when the last loaded rows become visible. */
  onEnd: () => void;
};

export function RecordsTable(props: RecordsTableProps) {
  const { object, columns, rows, total, order, onOrder, selected, onSelect, isReadOnly, hasMore, onEnd } = props;
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: Math.min(total, rows.length + AHEAD),
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (place) => rows[place]?.id ?? place,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const isAtEnd = last >= rows.length - OVERSCAN;
  useEffect(() => {
    if (hasMore && isAtEnd) onEnd();
  }, [hasMore, isAtEnd, onEnd]);
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  function toggle(id: string) {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  }
  function nextOrder(column: Column): Order | null {
    if (order?.column !== column) return { column, isDescending: false };
    return order.isDescending ? null : { column, isDescending: true };
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard could not scroll it otherwise
    <section ref={frame} className={styles.frame} aria-label={object.labelPlural} tabIndex={0}>
      <table className={styles.table} aria-rowcount={total}>
        <thead>
          <tr>
            <th className={styles.check}>
              <Checkbox
                size="xs"
                aria-label={t('records.selectAll')}
                checked={rows.length > 0 && selected.size === rows.length}
                indeterminate={selected.size > 0 && selected.size < rows.length}
                onChange={() => onSelect(new Set(selected.size > 0 ? [] : rows.map(({ id }) => id)))}
              />
            </th>
            {columns.map((column) => (
              <th key={column.field.id} aria-sort={sortOf(order, column)}>
                {column.main ? (
                  <button type="button" onClick={() => onOrder(nextOrder(column))}>
                    {column.field.label}
                    {order?.column === column &&
                      (order.isDescending ? (
                        <IconDescending size={14} aria-hidden />
                      ) : (
                        <IconAscending size={14} aria-hidden />
                      ))}
                  </button>
                ) : (
                  column.field.label
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden>
              <td style={{ height: before }} />
            </tr>
          )}
          {items.map(({ key, index }) => {
            const row = rows[index];
            if (!row) return <WaitingRow key={key} columns={columns.length + 1} />;
            const name = columns[0] ? labelOf({ id: row.id, name: row[columns[0].field.name] }) : row.id;
            return (
              <tr
                key={key}
                aria-rowindex={index + 1}
                style={{ height: ROW_HEIGHT }}
                data-is-selected={selected.has(row.id)}
              >
                <td className={styles.check}>
                  <Checkbox
                    size="xs"
                    aria-label={t('records.select', { name })}
                    checked={selected.has(row.id)}
                    onChange={() => toggle(row.id)}
                  />
                </td>
                {columns.map((column) => {
                  const Cell = column.targets.length > 0 ? RelationCell : RecordCell;
                  return (
                    <Cell key={column.field.id} object={object} column={column} row={row} isReadOnly={isReadOnly} />
                  );
                })}
              </tr>
            );
          })}
          {after > 0 && (
            <tr aria-hidden>
              <td style={{ height: after }} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

/** A row that isn't loaded yet. */
function WaitingRow({ columns }: { columns: number }) {
  return (
    <tr aria-hidden style={{ height: ROW_HEIGHT }}>
      <td colSpan={columns} className={styles.waiting} />
    </tr>
  );
}

function sortOf(order: Order | null, column: Column): 'ascending' | 'descending' | undefined {
  if (order?.column !== column) return undefined;
  return order.isDescending ? 'descending' : 'ascending';
}
