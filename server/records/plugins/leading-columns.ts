/**
 * Reads which columns an index leads with, in the order that Postgres gives by default: for those, paging knows what
 * serves it.
 */

import 'postgraphile/graphile-build-pg';
import type { Table } from '../../catalog/table.ts';

// Of `pg_index.indoption`: ascending with nulls last, and its reverse.
const USUAL_ORDER = new Set([0, 3]);

export const LeadingColumnsPlugin: GraphileConfig.Plugin = {
  name: 'LeadingColumnsPlugin',
  version: '1.0.0',
  description: 'Notes the columns that an index of all rows leads with',
  gather: {
    hooks: {
      pgTables_PgResourceOptions(_info, { pgClass, resourceOptions }) {
        const leading = pgClass.getIndexes().flatMap((index) => {
          if (!index.indisvalid || index.indpred !== null) return [];
          if (!USUAL_ORDER.has(Number(index.indoption?.[0]))) return [];
          const column = pgClass.getAttribute({ number: index.indkey[0] as number });
          return column ? [column.attname] : []; // else an expression
        });
        resourceOptions.extensions = { ...resourceOptions.extensions, leadingColumns: new Set(leading) } as never;
      },
    },
  },
};

/** Does an index give the rows of the table in the order of the column? */
export function isLed(table: Table, column: string): boolean {
  return (
    (table.extensions as { leadingColumns?: ReadonlySet<string> } | undefined)?.leadingColumns?.has(column) ?? false
  );
}
