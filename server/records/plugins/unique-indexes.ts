/**
 * Reads unique indexes as unique keys, as PostGraphile reads constraints: an upsert matches by both. Contract: core.md
 * 2.18
 */

import 'postgraphile/graphile-build-pg';

export const UniqueIndexesPlugin: GraphileConfig.Plugin = {
  name: 'UniqueIndexesPlugin',
  version: '1.0.0',
  description: 'Adds the unique indexes that no constraint stands for, unless of expressions or of some rows only',
  gather: {
    hooks: {
      pgTables_PgResourceOptions(_info, { pgClass, resourceOptions }) {
        const uniques = [...((resourceOptions.uniques ?? []) as readonly { attributes: readonly string[] }[])];
        for (const index of pgClass.getIndexes()) {
          if (!index.indisunique || !index.indisvalid || index.indpred !== null) continue;
          // Columns after these are only included. The typings leave `indnkeyatts` out.
          const { indnkeyatts } = index as unknown as { indnkeyatts: number };
          const columns = index.indkey.slice(0, indnkeyatts).map((number) => pgClass.getAttribute({ number })?.attname);
          if (!columns.every((column) => column !== undefined)) continue; // an expression
          if (uniques.some(({ attributes }) => attributes.join() === columns.join())) continue;
          uniques.push({ attributes: columns });
        }
        resourceOptions.uniques = uniques as never;
      },
    },
  },
};
